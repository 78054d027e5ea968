//! `my.connectSocket` without I/O: the WebSocket client of a Mini Program as a state machine that a host drives.
//!
//! A Mini Program has one socket: a newer connect replaces the older connection, every call settles exactly
//! once, and failures have one of twelve codes. This crate decides all of that, and speaks TLS, HTTP/1.1 and
//! RFC 6455, but it never opens a socket, asks a clock, draws a random number or starts a thread. Time, entropy,
//! bytes and answers come in; events, actions, bytes and deadlines go out:
//!
//! ```text
//!   connect, send, close ──▶ ┌───────────────────────────────────────────┐ ──▶ poll_event: call results, open,
//!                            │ Session                                   │      messages, error, close
//!        handle_resolved ──▶ │   lifecycle: a finite table decides       │ ──▶ poll_action: resolve, dial,
//!       handle_connected ──▶ │   dial plan ▸ TLS ▸ upgrade ▸ frames      │      half-close, release
//!          receive_space ──▶ │                                           │ ──▶ poll_transmit: bytes to write
//!         handle_timeout ──▶ └───────────────────────────────────────────┘ ──▶ poll_timeout: when to wake it
//! ```
//!
//! **Most programs want an adapter**: `connect-socket-tokio`, `connect-socket-smol` or `connect-socket-mio`. They own the
//! sockets and the clock, and this crate decides. Use this crate directly for an event loop of your own, for tests and
//! simulations, or to read what a port has to do.
//!
//! - [`guide`]: chapters on embedding, testing, porting and tuning.
//! - [`Session`]: the contract and the loop, step by step.
//! - [`rules`]: everything that is promised, with a number for each rule.
//! - [`host`]: parts for a loop of your own. [`Hub`](host::Hub) gives many sessions their turns, [`Link`] reads and writes
//!   a socket, [`Lookups`](host::Lookups) and [`Timers`](host::Timers) keep names and deadlines, and [`Inbox`] holds
//!   events until somebody takes them.
//! - [`script`]: what the binding of any script engine needs.
//!
//! The parts also work alone, for tests and ports:
//! - [`lifecycle`]: every state, trigger and effect, as a table without bytes or times;
//! - [`params`]: the checks of what a call is given, and the request they make;
//! - [`dial`]: which address to connect to, and when (RFC 8305);
//! - [`upgrade`]: the server's answer to the request;
//! - [`frame`]: a strict decoder and encoder of RFC 6455;
//! - [`tls`]: what wss trusts;
//! - `deflate`: what is agreed on compression, with the feature of that name.
//!
//! # Features
//! - `tls` (on): wss, through rustls. Without it a wss url fails with code 1.
//! - `aws-lc-rs` (on): the cryptography under it. `ring`: that of ring instead.
//! - `platform-roots`: trust what the operating system trusts. `webpki-roots`: trust Mozilla's list instead, compiled in.
//! - `tasks`: futures, a stream and a sink over any runtime, in the module of that name.
//! - `deflate`: permessage-deflate for sessions that are asked to offer it, in the module of that name.
//! - `tracing`: reports every step of the lifecycle, with its cause in words, through the crate of that name. Never a payload,
//!   a header's value or a url's query.
//! - `proptest`: strategies to property-test a loop of your own, in the module of that name.
#![forbid(unsafe_code)]
// docs.rs shows which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

// A test module of the folder tests/ is read in a unit test, too.
#[cfg(all(test, shuttle))]
extern crate self as connect_socket_core;

mod backoff;
mod code;
mod config;
mod copy;
#[cfg(feature = "deflate")]
pub mod deflate;
pub mod dial;
mod end;
mod entropy;
mod error;
mod event;
pub mod frame;
pub mod guide;
pub mod host;
mod ids;
pub mod lifecycle;
pub mod params;
#[cfg(feature = "proptest")]
pub mod proptest;
#[doc = include_str!("../RULES.md")]
pub mod rules {}
pub mod script;
mod send_queue;
mod session;
mod show;
mod stats;
mod time;
pub mod tls;
pub mod upgrade;
mod value;
mod workspace;

pub use backoff::Backoff;
pub use code::{ErrorCode, UnknownCode};
pub use config::{Config, Keepalive};
pub use end::End;
pub use entropy::{Entropy, SeededEntropy, SharedEntropy, Tape};
pub use error::{
    AnswerError, Cause, CloseError, ConnectPhase, Error, ParameterError, SendError, TransportError, UrlError,
};
pub use event::{Action, Event, Message, Misuse, Opened, Reason, ResolveError, Timing, Transmit};
pub use host::owned::{OwnedEvent, OwnedMessage};
#[cfg(feature = "tasks")]
#[doc(inline)]
pub use host::tasks;
#[doc(inline)]
pub use host::{Inbox, Link};
pub use ids::{CallId, ConnectionId, TransportId};
pub use lifecycle::{CloseCause, OnExisting, Phase, Settle};
pub use params::{AsPayload, CloseOptions, ConnectOptions, Payload};
pub use session::{ReceiveSpace, Session};
pub use stats::{Stats, Traffic};
pub use time::Time;
pub use value::{InvalidJson, Value};
pub use workspace::{Window, Workspace};
