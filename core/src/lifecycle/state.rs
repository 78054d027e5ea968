//! The states of a session, and how a connection can have ended.

use core::fmt;

use super::vocabulary::vocabulary;

vocabulary! {
    /// When the connect call settles ([S1](crate::rules#s1), [S2](crate::rules#s2)).
    #[derive(Default)]
    Settle {
        /// With the connection's outcome: success when it is open, fail when it never opens ([S1](crate::rules#s1)).
        #[default]
        OnOutcome = "on-outcome",
        /// With success as soon as the parameters are valid. Only events report what happens later
        /// ([S2](crate::rules#s2)).
        OnAccept = "on-accept",
    }
}

vocabulary! {
    /// What a connect does if there is already a connection ([V5](crate::rules#v5)).
    #[derive(Default)]
    OnExisting {
        /// The new connection replaces the old one.
        #[default]
        Replace = "replace",
        /// The new call fails with code 2, and the old connection continues.
        Reject = "reject",
    }
}

vocabulary! {
    /// The phase of a session ([T](crate::rules#t)).
    Phase {
        /// There is no current connection.
        Idle = "idle",
        /// Resolving, dialling, in the TLS handshake or in the upgrade.
        Connecting = "connecting",
        /// Messages can be sent and received.
        Open = "open",
        /// closeSocket was called on an open connection, and the session waits for the peer's close frame.
        Closing = "closing",
    }
}

vocabulary! {
    /// How a connection ended: its final state. Signals that come for it afterwards are stale ([G1](crate::rules#g1)).
    Ended {
        /// A newer connectSocket replaced it.
        Replaced = "replaced",
        /// It never opened, or it broke.
        Failed = "failed",
        /// closeSocket or a close frame of the peer ended it.
        Closed = "closed",
    }
}

/// All that the table knows about a session: its phase, and the two settings that affect rows.
///
/// The settings hold for the whole life of a session; no step changes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// The phase of the session.
    pub phase: Phase,
    /// When connect calls settle.
    pub settle: Settle,
    /// What a connect does to an existing connection.
    pub on_existing: OnExisting,
}

impl State {
    const COUNT: usize = Phase::ALL.len() * Settle::ALL.len() * OnExisting::ALL.len();

    /// Every state, in a stable order: first by settings, then by phase.
    pub const ALL: [Self; Self::COUNT] = {
        let mut all = [Self::idle(Settle::OnOutcome, OnExisting::Replace); Self::COUNT];
        let mut at = 0;
        while at < Self::COUNT {
            let (phase, settings) = (at % Phase::ALL.len(), at / Phase::ALL.len());
            all[at] = Self {
                phase: Phase::ALL[phase],
                settle: Settle::ALL[settings % Settle::ALL.len()],
                on_existing: OnExisting::ALL[settings / Settle::ALL.len()],
            };
            at += 1;
        }
        all
    };

    /// A session with these settings before its first connect.
    pub const fn idle(settle: Settle, on_existing: OnExisting) -> Self {
        Self { phase: Phase::Idle, settle, on_existing }
    }

    /// The same session in another phase.
    #[must_use]
    pub const fn in_phase(self, phase: Phase) -> Self {
        Self { phase, ..self }
    }
}

impl Default for State {
    fn default() -> Self {
        Self::idle(Settle::default(), OnExisting::default())
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.phase, self.settle, self.on_existing)
    }
}
