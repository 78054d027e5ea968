//! Parts for an event loop of your own. They hold the rules that every host needs; they open no socket, start no
//! thread and read no clock.
//!
//! - [`Hub`]: many sessions and their sockets in one loop, each in its turn. It combines `Link`, `Lookups` and
//!   `Timers`.
//! - [`Link`]: reads and writes one socket for a session, and knows when that is worth a try.
//! - [`Lookups`]: the host names of many sessions, each asked once, in turns, with bounds.
//! - [`Resolver`]: looks up those names with a blocking function, on threads that the host starts.
//! - [`Timers`]: the deadlines of many sessions, and the next of them.
//! - [`Inbox`]: events that wait until they are taken, for hosts made of tasks, threads or callbacks.
//!
//! The module `tasks` (with the feature of that name) offers a session as futures and streams.

mod calls;
mod hub;
pub(crate) mod inbox;
pub(crate) mod joined;
pub(crate) mod link;
mod lookups;
pub(crate) mod owned;
mod resolver;
mod share;
#[cfg(feature = "tasks")]
pub mod tasks;
mod threads;
mod timers;

pub use hub::{Ask, Hub, Interest, Ready, SessionKey, Slot, Socket, SocketKey};
pub use inbox::Inbox;
pub use link::Link;
pub use lookups::{Answer, Lookups, Question, QuestionId};
pub use resolver::{Resolve, Resolver, ResolverThreads, ResolverWork};
pub use timers::Timers;
