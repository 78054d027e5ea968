//! `my.connectSocket` over smol: a Mini Program's WebSocket client as futures, a stream and a sink.
//!
//! Everything that decides is in [`connect_socket_core`], here as [`core`]; this crate holds sockets in
//! [async-io](async_io)'s reactor, looks names up on [blocking]'s threads, and brings a clock. It works
//! on whatever polls futures: `smol::block_on`, a `LocalExecutor`, an `Executor` on many threads, or another.
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
//!
//! # Features
//! `tls`, `aws-lc-rs` and `platform-roots` are on: wss works and trusts what the operating system trusts, unless
//! the configuration brings its own. `ring` and `webpki-roots` are the alternatives; without default features
//! only ws is spoken.
#![forbid(unsafe_code)]

mod bell;
mod group;
mod messages;
mod socket;
mod state;
mod transport;

/// Compiles its example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use connect_socket_core as core;
pub use core::{OwnedEvent as Event, OwnedMessage as Message};
pub use group::{Group, Resolve};
pub use messages::Messages;
pub use socket::{Call, Events, Socket};
