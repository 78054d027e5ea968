//! Parts for an event loop of your own. They hold the rules that every host needs; they open no socket, start no
//! thread and read no clock.
//!
//! - [`Hub`]: many sessions and their sockets in one loop, each in its turn. It is made of `Link`, `Lookups` and `Timers`.
//! - [`Link`]: when one socket is worth a read or a write, and what comes of it.
//! - [`Lookups`]: the host names of many sessions, each asked once, in turns, with bounds.
//! - [`Resolver`]: those names, looked up on threads of the host by a function that blocks.
//! - [`Timers`]: the deadlines of many sessions, and the next of them.
//! - [`Inbox`]: events that wait for whoever takes them, for hosts made of tasks, threads or callbacks.
//!
//! With the feature `tasks`, the module of that name makes futures of a session.

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
