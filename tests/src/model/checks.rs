//! The checks by name, and what it is to fail one.

use std::fmt;

/// Declares the checks with their names and meanings.
macro_rules! checks {
    ($($(#[$meaning:meta])* $check:ident = $name:literal,)+) => {
        /// What is checked of the table, each by the name of the rule that it is for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Check {
            $($(#[$meaning])* $check,)+
        }

        impl Check {
            /// Every check.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$check),+];

            /// The name that is printed.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$check => $name,)+
                }
            }
        }
    };
}

checks! {
    /// G1: a signal of a connection that is not current changes nothing and tells nothing.
    Stale = "G1 stale signals",
    /// G2: each call is settled exactly once, its complete right behind it.
    Settled = "G2 calls settle once",
    /// G3: a connection has exactly one last event, the right one, and nothing follows it.
    LastEvent = "G3 one last event",
    /// G4: with the last event the session is idle, or the next connection has begun.
    FreeSlot = "G4 the slot is free",
    /// G5: opening, messages, error, close: what is told may wait, since its order is its sense.
    Order = "G5 events in order",
    /// S1, S2: when a connect settles.
    Connect = "S1 S2 when a connect settles",
    /// S3: everything of the old connection before anything of the new one.
    OldFirst = "S3 the old one first",
    /// S4: what is refused touches nothing.
    Refused = "S4 refused calls",
    /// F4: one close frame at most, and nothing goes out behind it.
    CloseFrame = "F4 one close frame",
    /// F5: the transport goes once, when all is told, and lingers only for a close frame.
    Transport = "F5 transports",
    /// G7, F6: the timers that run are those of the phase, and each that fires leads on.
    Deadlines = "G7 every deadline ends",
    /// G7: from everywhere there is a way back to idle.
    NoDeadEnd = "G7 no dead end",
    /// A step changes the phase and never the settings.
    Settings = "settings stay",
    /// What cannot come about in a phase does nothing there.
    OutOfPlace = "out of place does nothing",
    /// Every state of the table is reached.
    EveryState = "every state is reached",
    /// C: each of the twelve codes reaches a fail, and those of connections an onSocketError.
    EveryCode = "C every code is produced",
    /// T: each row is the one that was written by hand.
    Contract = "T rows written by hand",
}

/// A check that does not hold, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The check.
    pub check: Check,
    /// What is wrong.
    pub what: String,
    /// The shortest way there from idle, where it is a way.
    pub way: Vec<String>,
}

impl Breach {
    pub(super) fn new(check: Check, what: impl Into<String>) -> Self {
        Self { check, what: what.into(), way: Vec::new() }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.check.name(), self.what)?;
        if self.way.is_empty() { Ok(()) } else { write!(f, " (after {})", self.way.join(", ")) }
    }
}

/// Whether something holds; if not, that is a breach of the check.
pub(super) fn ensure(check: Check, holds: bool, otherwise: &str) -> Result<(), Breach> {
    if holds { Ok(()) } else { Err(Breach::new(check, otherwise)) }
}
