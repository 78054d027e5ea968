//! The lifecycle of a session as a table: every state, every trigger, and what each pair does.
//!
//! [`step`] implements all of [T](crate::rules#t), [S1](crate::rules#s1) to [S4](crate::rules#s4),
//! [V5](crate::rules#v5) and [G1](crate::rules#g1). It is finite and pure: it has no bytes, times or memory, and uses
//! nothing of the rest of this crate. The session judges parameters and frames, asks the table, and carries out the
//! [`Effects`] in order; it decides nothing itself. That keeps the rules in one place: [`table`] can list them, a test
//! can walk all of them, and a port to another language can be compared row by row. For that, every value has a stable
//! lower-case name.
//!
//! A [`Trigger`] goes in: a call, or the meaning of bytes and timers. An [`Effect`] comes out, and the session turns it
//! into an [`Event`](crate::Event) for the user, an [`Action`](crate::Action) for the host, a frame or a timer. The
//! vectors for ports call the two `event` and `actions`.
//!
//! [The guide](crate::guide::port) shows the whole lifecycle in one table.
//!
//! The end of a connection ([`Ended`]) is not a state of the session. The slot is free before the last event of the old
//! connection can be seen ([G4](crate::rules#g4)), and signals that still come for that connection are
//! [`Origin::Stale`].
//!
//! ```
//! use connect_socket_core::ErrorCode;
//! use connect_socket_core::lifecycle::{
//!     Call, ConnectVerdict, Effect, Failure, Notice, Origin, Outcome, Phase, Signal, State, Trigger, step,
//! };
//!
//! let idle = State::default();
//! let begun = step(idle, Trigger::Connect(ConnectVerdict::Accepted));
//! assert_eq!(begun.next.phase, Phase::Connecting);
//!
//! let failed = step(begun.next, Trigger::Signal(Origin::Current, Signal::Failed(Failure::Certificate)));
//! assert_eq!(failed.next, idle);
//! assert!(failed.effects.iter().any(|&effect| {
//!     effect == Effect::Settle(Call::Connect, Outcome::Fail(ErrorCode::CertificateInvalid))
//! }));
//! assert!(failed.effects.iter().any(|&effect| {
//!     effect == Effect::Tell(Notice::Error(ErrorCode::CertificateInvalid))
//! }));
//! ```

mod effect;
mod effects;
mod state;
mod step;
mod table;
#[cfg(test)]
mod tests;
mod trigger;
mod vocabulary;

pub use effect::{Call, CloseCause, CloseCode, CloseFrameKind, Effect, Notice, Outcome, Timer};
pub use effects::Effects;
pub use state::{Ended, OnExisting, Phase, Settle, State};
pub use step::{Step, step};
pub(crate) use table::SHORTCUTS;
pub use table::{Rows, accepts_sends, delivers, table};
pub use trigger::{CloseVerdict, ConnectVerdict, Failure, Origin, SendVerdict, Signal, Trigger};
