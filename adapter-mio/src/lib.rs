//! `my.connectSocket` over [mio]: a Mini Program's WebSocket client inside an event loop that you own.
//!
//! Everything that decides is in [`core`]; this crate holds sockets, name look-up and a clock. There are two ways to use it:
//! - [`EventLoop`] owns a poll of its own: connect, then ask for one event after the other;
//! - [`Driver`] lives in your `mio::Poll`, beside your other sources, and drives any number of sessions.
//!
//! ```no_run
//! use connect_socket_mio::EventLoop;
//! use connect_socket_mio::core::{CloseOptions, Config, ConnectOptions, Event, Message};
//!
//! let mut socket = EventLoop::new(Config::default())?;
//! socket.connect(&ConnectOptions::new("wss://echo.example/feed").header("Authorization", "Bearer ..."));
//! loop {
//!     match socket.next_event(None)? {
//!         Some(Event::Open { .. }) => {
//!             socket.send("hello".into());
//!         }
//!         Some(Event::Message { message: Message::Text(text), .. }) => {
//!             println!("{text}");
//!             socket.close(&CloseOptions::default());
//!         }
//!         Some(Event::Settled { result: Err(error), .. }) => eprintln!("{}: {error}", error.code().number()),
//!         Some(Event::Error { .. } | Event::Close { .. }) => break,
//!         Some(Event::Settled { .. } | Event::Message { .. }) | None => {}
//!     }
//! }
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Features
//! `tls`, `aws-lc-rs` and `platform-roots` are on: wss works and trusts what the operating system trusts, unless
//! the configuration brings its own. `ring` and `webpki-roots` are the alternatives; without default features
//! only ws is spoken.
#![forbid(unsafe_code)]

mod driver;
mod event_loop;
mod socket;

pub use connect_socket_core as core;
pub use core::host::{Resolve, SessionKey};
pub use driver::{Driver, Slot};
pub use event_loop::EventLoop;
