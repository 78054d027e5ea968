//! A session for tasks: commands, call results, events and messages as futures, a stream and a sink, on whichever runtime.
//!
//! This module opens no socket either. A [`Runtime`] brings sockets, name look-up, time and a seed; all that tasks need on
//! top of that is here. `connect-socket-smol` is such a runtime for async-io, and
//! `connect-socket-tokio` for tokio; their documentation shows these types at work.
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
//! - [`Call`] is what a command returns: the result, for whoever awaits it.
//! - [`Events`] is a stream of everything that a Mini Program observes, call results included, in its order.
//! - [`Messages`] is made of both: messages alone, as a `Stream` and a `Sink` with back-pressure.
//! - [`Group`] holds what many sockets share.
//!
//! # What is promised
//! - Nothing is spawned. Whichever future of a socket is awaited does the socket's work, and as many tasks as like
//!   may await different ones; a program that wants the work done in a task of its own spawns [`Socket::run`]. A
//!   socket of which nothing is awaited stands still: nothing is sent, pings go unanswered, the server is held
//!   back.
//! - Futures only look. Each can be dropped at any time, in `select`s and timeouts for example, and nothing is half
//!   sent, lost or sent twice: what was called was called, and what was not taken comes with the next poll. One that
//!   is kept and not polled holds nobody up.
//! - No lock is held while anything is waited for, and none while a waker is called.
//! - Messages that nobody takes are held in memory up to a bound (512 KiB, and one message more); beyond it, the
//!   server is held back. Call results and all other events wait for as long as it takes.
//! - A socket that always has something to read lets other tasks have their turn again and again.

mod group;
mod messages;
#[cfg(all(test, loom))]
mod models;
mod names;
mod runtime;
#[cfg(all(test, shuttle))]
mod schedules;
mod shared;
mod socket;
mod state;
mod sync;
mod transport;
mod waiters;

pub use group::Group;
pub use messages::Messages;
pub use names::LookUp;
pub use runtime::{Runtime, Transport};
pub use socket::{Call, Events, Socket};
