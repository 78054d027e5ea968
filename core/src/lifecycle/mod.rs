//! The lifecycle of a session as a table: every state, every event, and what each pair does.
//!
//! [`step`] is the whole of [T](crate::rules#t), [S1](crate::rules#s1) to [S4](crate::rules#s4),
//! [V5](crate::rules#v5) and [G1](crate::rules#g1). It is finite and pure: no bytes, no times, no memory, nothing of
//! the rest of this crate. The session judges parameters and frames, asks the table, and
//! carries out the [`Actions`] in order; it decides nothing itself. That keeps the rules in one place, where
//! [`table`] can list them, a test can walk them all, and a port to another language can be compared row by
//! row. Every value has a stable lower-case name for that.
//!
//! In the default settings, without the rows that do nothing; `failed-*` is each [`Failure`]:
//!
#![doc = include_str!("lifecycle.svg")]
//!
//! The end of a connection ([`Ended`]) is no state of the session: the slot is free again before
//! the last event of the old connection can be seen ([G4](crate::rules#g4)), and what still comes for that connection is
//! [`Origin::Stale`].
//!
//! ```
//! use connect_socket_core::ErrorCode;
//! use connect_socket_core::lifecycle::{
//!     Action, Call, ConnectVerdict, Event, Failure, Notice, Origin, Outcome, Phase, Signal, State, step,
//! };
//!
//! let idle = State::default();
//! let begun = step(idle, Event::Connect(ConnectVerdict::Accepted));
//! assert_eq!(begun.next.phase, Phase::Connecting);
//!
//! let failed = step(begun.next, Event::Signal(Origin::Current, Signal::Failed(Failure::Certificate)));
//! assert_eq!(failed.next, idle);
//! assert!(failed.actions.iter().any(|&action| {
//!     action == Action::Settle(Call::Connect, Outcome::Fail(ErrorCode::CertificateInvalid))
//! }));
//! assert!(failed.actions.iter().any(|&action| {
//!     action == Action::Tell(Notice::Error(ErrorCode::CertificateInvalid))
//! }));
//! ```

mod action;
mod actions;
mod event;
mod state;
mod step;
mod table;
#[cfg(test)]
mod tests;
mod vocabulary;

pub use action::{Action, Call, CloseCause, CloseCode, CloseFrameKind, Notice, Outcome, Timer};
pub use actions::Actions;
pub use event::{CloseVerdict, ConnectVerdict, Event, Failure, Origin, SendVerdict, Signal};
pub use state::{Ended, OnExisting, Phase, Settle, State};
pub use step::{Step, step};
pub(crate) use table::SHORTCUTS;
pub use table::{Rows, accepts_sends, delivers, table};
