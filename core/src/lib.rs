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
//! [`Session`] is where to begin: its documentation has the contract and the loop, step by step. If you have an
//! event loop on mio or tasks on smol, the crates `connect-socket-mio` and `connect-socket-smol` have written that
//! loop for you.
//!
//! For those who write that loop, the module [`host`] has what it can be made of: [`Hub`](host::Hub) gives many sessions
//! their turns, [`Link`] has the rules by which a socket
//! is read and written, [`Lookups`](host::Lookups) and [`Timers`](host::Timers) those for the names and the deadlines of
//! many sessions, and [`Inbox`] those by which events wait for whoever takes them. With the feature `tasks` there are
//! futures, a stream and a sink for any other runtime.
//!
//! The parts stand on their own, for those who test or port them:
//! - [`lifecycle`]: every state, input and action, as a table without bytes or times;
//! - [`params`]: the checks of what a call is given, and the request they make;
//! - [`dial`]: which address to connect to, and when (RFC 8305);
//! - [`upgrade`]: the server's answer to the request;
//! - [`frame`]: a strict decoder and encoder of RFC 6455;
//! - [`tls`]: what wss trusts.
//!
//! # Features
//! - `tls` (on): wss, through rustls. Without it a wss url fails with code 1.
//! - `aws-lc-rs` (on) or `ring`: the cryptography under it.
//! - `platform-roots`: trust what the operating system trusts. `webpki-roots`: trust Mozilla's list, compiled in.
//! - `tasks`: futures, a stream and a sink on top of a session, for any runtime, in the module of that name.
//! - `proptest`: strategies to property-test a loop of your own with, in the module of that name.
#![forbid(unsafe_code)]

// A test module of the folder tests/ is read in a unit test, too.
#[cfg(all(test, shuttle))]
extern crate self as connect_socket_core;

mod backoff;
mod code;
mod config;
pub mod dial;
mod end;
mod entropy;
mod error;
mod event;
pub mod frame;
pub mod host;
mod ids;
pub mod lifecycle;
pub mod params;
#[cfg(feature = "proptest")]
pub mod proptest;
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
    AnswerError, Cause, CloseError, Error, ParameterError, Phase, SendError, TransportError, UrlError,
};
pub use event::{Action, Event, Message, Misuse, Opened, Reason, ResolveError, Timing, Transmit};
pub use host::owned::{OwnedEvent, OwnedMessage};
#[cfg(feature = "tasks")]
#[doc(inline)]
pub use host::tasks;
#[doc(inline)]
pub use host::{Inbox, Link};
pub use ids::{CallId, ConnectionId, TransportId};
pub use lifecycle::{CloseCause, OnExisting, Settle};
pub use params::{AsPayload, CloseOptions, ConnectOptions, Payload};
pub use session::{ReceiveSpace, Session};
pub use stats::{Stats, Traffic};
pub use time::Time;
pub use value::{InvalidJson, Value};
pub use workspace::{Window, Workspace};
