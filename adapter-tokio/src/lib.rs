//! `my.connectSocket` over tokio: a Mini Program's WebSocket client as futures, a stream and a sink.
//!
//! [`tasks`](connect_socket_core::tasks) of `connect-socket-core` has the futures and says what they promise. This crate
//! holds sockets in tokio's reactor, looks names up on its threads for blocking work, and brings its timers.
//!
//! ```no_run
//! use connect_socket_tokio::connect_socket_core::{CloseOptions, Config, ConnectOptions};
//! use connect_socket_tokio::{Event, Socket};
//! use futures_util::StreamExt;
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let (socket, mut events) = Socket::new(Config::default())?;
//!     socket.connect(&ConnectOptions::new("wss://echo.example/feed").header("Authorization", "Bearer ...")).await?;
//!     socket.send("hello").await?;
//!     while let Some(event) = events.next().await {
//!         match event {
//!             Event::Message { message, .. } => {
//!                 println!("{message:?}");
//!                 socket.close(&CloseOptions::default()).await?;
//!             }
//!             Event::Error { .. } | Event::Close { .. } => break,
//!             Event::Settled { .. } | Event::Open { .. } => {}
//!         }
//!     }
//!     socket.idle().await;
//!     Ok(())
//! }
//! ```
//!
//! # Features
//! `tls`, `aws-lc-rs` and `platform-roots` are on: wss works and trusts what the operating system trusts, unless
//! the configuration brings its own. `ring` and `webpki-roots` are the alternatives. Without default features
//! only ws is spoken.
#![forbid(unsafe_code)]

mod runtime;

/// Compiles its example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use connect_socket_core;
pub use connect_socket_core::{OwnedEvent as Event, OwnedMessage as Message};
pub use runtime::{Resolve, Tokio, Transport};

/// Gives commands; see [`connect_socket_core::tasks::Socket`].
pub type Socket = connect_socket_core::tasks::Socket<Tokio>;
/// The result of a command; see [`connect_socket_core::tasks::Call`].
pub type Call = connect_socket_core::tasks::Call<Tokio>;
/// Everything that a Mini Program observes, as a stream; see [`connect_socket_core::tasks::Events`].
pub type Events = connect_socket_core::tasks::Events<Tokio>;
/// Messages alone, as a stream and a sink; see [`connect_socket_core::tasks::Messages`].
pub type Messages = connect_socket_core::tasks::Messages<Tokio>;
/// Any number of sockets that share their memory; see [`connect_socket_core::tasks::Group`].
pub type Group = connect_socket_core::tasks::Group<Tokio>;
