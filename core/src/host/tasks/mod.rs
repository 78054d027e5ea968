//! A session for async code: commands, call results, events and messages as futures, a stream and a sink, on any
//! runtime.
//!
//! This module opens no socket either. A [`Runtime`] provides sockets, name look-up, time and a seed, and this module
//! does the rest. `connect-socket-smol` is such a runtime for async-io, and `connect-socket-tokio` is one for tokio.
//! Their documentation shows these types in use.
//!
//! ```
//! use connect_socket_core::tasks::{Events, Runtime, Socket};
//! use connect_socket_core::{CloseOptions, ConnectOptions, Error, OwnedEvent};
//! use futures_util::StreamExt;
//!
//! async fn first_event<R: Runtime>(socket: &Socket<R>, events: &mut Events<R>) -> Result<Option<OwnedEvent>, Error> {
//!     socket.connect(&ConnectOptions::new("wss://echo.example/feed")).await?;
//!     socket.send("hello").await?;
//!     let event = events.next().await;
//!     socket.close(&CloseOptions::default()).await?;
//!     Ok(event)
//! }
//! ```
//!
//! # The parts
//! - [`Socket`] gives commands: `connect`, `send`, `close`. Each takes effect when it is called, in that order.
//! - [`Call`] is what a command returns: a future of its result.
//! - [`Events`] is a stream of everything that a Mini Program observes, including call results, in order.
//! - [`Messages`] combines a socket with its events: messages only, as a `Stream` and a `Sink` with back-pressure.
//! - [`EventLoop`] is a session that one task has for itself: messages are borrowed, not copied.
//! - [`Group`] holds what many sockets share.
//!
//! # What is promised
//! - Nothing is spawned. Any awaited future of a socket does the socket's work, and any number of tasks may await
//!   different ones. To have the work done in a task of its own, spawn [`Socket::run`]. A socket of which nothing is
//!   awaited stands still: nothing is sent, pings are not answered, and the server is held back.
//! - Futures are safe to cancel. You can drop each at any time, for example in `select` and timeouts, and nothing is
//!   half sent, lost or sent twice. Commands stay given, and events that were not taken come with the next poll. A
//!   future that is kept and not polled blocks no other.
//! - No lock is held while a future waits or while a waker is called.
//! - Messages that are not taken are kept in memory up to a bound (512 KiB, and one message more). Beyond it, the
//!   server is held back. Call results and all other events wait without a bound.
//! - A socket that always has something to read still lets other tasks have their turns.

mod event_loop;
mod group;
mod host;
mod messages;
#[cfg(all(test, loom))]
mod models;
mod names;
mod runtime;
#[cfg(all(test, shuttle))]
mod schedules;
mod second_look;
mod shared;
mod socket;
mod state;
mod sync;
mod transport;
mod waiters;

pub use event_loop::EventLoop;
pub use group::Group;
pub use messages::Messages;
pub use names::LookUp;
pub use runtime::{Runtime, Transport};
pub use socket::{Call, Events, Socket};
