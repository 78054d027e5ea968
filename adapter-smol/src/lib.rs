//! `my.connectSocket` over smol: a Mini Program's WebSocket client as futures, a stream and a sink.
//!
//! Everything that decides is in [`connect_socket_core`], here as [`core`], and so are the futures, which no runtime is
//! needed for: see [`tasks`](core::tasks) for what they promise. This crate holds sockets in [async-io](async_io)'s
//! reactor, looks names up on [blocking]'s threads, and brings a clock. It works on whatever polls futures:
//! `smol::block_on`, a `LocalExecutor`, an `Executor` on many threads, or another.
//!
//! ```no_run
//! use connect_socket_smol::core::{CloseOptions, Config, ConnectOptions};
//! use connect_socket_smol::{Event, Message, Socket};
//! use futures_util::StreamExt;
//!
//! smol::block_on(async {
//!     let (socket, mut events) = Socket::new(Config::default())?;
//!     socket.connect(&ConnectOptions::new("wss://echo.example/feed").header("Authorization", "Bearer ...")).await?;
//!     socket.send("hello").await?;
//!     while let Some(event) = events.next().await {
//!         match event {
//!             Event::Message { message: Message::Text(text), .. } => {
//!                 println!("{text}");
//!                 socket.close(&CloseOptions::default()).await?;
//!             }
//!             Event::Error { .. } | Event::Close { .. } => break,
//!             Event::Settled { .. } | Event::Open { .. } | Event::Message { .. } => {}
//!         }
//!     }
//!     socket.idle().await;
//!     Ok::<(), Box<dyn std::error::Error>>(())
//! })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The parts
//! - [`Socket`] gives commands: `connect`, `send`, `close`. Each takes effect when it is called, in that order.
//! - [`Call`] is what a command returns: the result, for whoever awaits it.
//! - [`Events`] is a stream of everything that a Mini Program observes, call results included, in its order.
//! - [`Messages`] is made of both: messages alone, as a `Stream` and a `Sink` with back-pressure.
//! - [`Group`] holds what many sockets share.
//!
//! # Features
//! `tls`, `aws-lc-rs` and `platform-roots` are on: wss works and trusts what the operating system trusts, unless
//! the configuration brings its own. `ring` and `webpki-roots` are the alternatives; without default features
//! only ws is spoken.
#![forbid(unsafe_code)]

mod runtime;

/// Compiles its example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use connect_socket_core as core;
pub use core::{OwnedEvent as Event, OwnedMessage as Message};
pub use runtime::{Resolve, Smol, Transport};

/// Gives commands; see [`core::tasks::Socket`].
pub type Socket = core::tasks::Socket<Smol>;
/// The result of a command; see [`core::tasks::Call`].
pub type Call = core::tasks::Call<Smol>;
/// Everything that a Mini Program observes, as a stream; see [`core::tasks::Events`].
pub type Events = core::tasks::Events<Smol>;
/// Messages alone, as a stream and a sink; see [`core::tasks::Messages`].
pub type Messages = core::tasks::Messages<Smol>;
/// Any number of sockets that share their memory; see [`core::tasks::Group`].
///
/// ```no_run
/// use connect_socket_smol::core::{Config, ConnectOptions};
/// use connect_socket_smol::{Group, Socket};
///
/// let group = Group::new(Config::default())?;
/// let sockets: Vec<_> = (0..1000).map(|_| group.socket()).collect();
/// # Ok::<(), std::io::Error>(())
/// ```
pub type Group = core::tasks::Group<Smol>;
