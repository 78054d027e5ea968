//! Strategies for the crate proptest, which generate what users, servers and hosts do to a session (feature
//! `proptest`).
//!
//! A host, not core, decides when bytes are read, in which pieces, and what happens in between. With these strategies,
//! a host's own tests generate all of that, and shrink failures to something that a person can read:
//!
//! | Strategy | Makes up |
//! |---|---|
//! | [`connect`], [`refused_connect`] | the parameters of a connect; ones with a known fault, and its code |
//! | [`close_options`], [`refused_close_options`] | the parameters of a close |
//! | [`payload`], [`refused_payload`], [`message`] | what is sent |
//! | [`settings`] | configurations |
//! | [`cuts`], [`resolver_answer`], [`jump`] | a stream in pieces, a resolver, the clock |
//! | [`accepting_answer`], [`refusing_answer`] | the server's answer to the upgrade, and the code that it gives |
//! | [`frames`], [`control`], [`close_frame`], [`broken`] | a server's frames; ones that break a rule, and the close code that it gives |
//! | [`script`], [`orderly_script`] | a whole server, with pieces and times, and what must come of it |
//!
//! # A loop under test
//! `receive` is a loop that stands for yours. The server is a [`Script`], the clock is a number, and there is no
//! socket. In whatever pieces the server's bytes arrive, the messages come whole and in order.
//!
//! ```
//! use std::collections::VecDeque;
//! use std::io::{ErrorKind, Read};
//!
//! use connect_socket_core::OwnedMessage;
//! use connect_socket_core::proptest::{Arrival, Script, orderly_script};
//! use connect_socket_core::{Action, Config, ConnectOptions, Event, Workspace, Session, Tape, Time};
//! use proptest::prelude::*;
//!
//! /// Connects, and returns the messages that come until nothing more arrives.
//! fn receive(script: &Script) -> Result<Vec<OwnedMessage>, Box<dyn std::error::Error>> {
//!     let mut session = Session::new(Config::default(), Tape::default());
//!     let (mut now, mut work) = (Time::ZERO, Workspace::default());
//!     let (mut socket, mut request, mut messages) = (None, Vec::new(), Vec::new());
//!     let (mut arrivals, mut unread) = (VecDeque::new(), VecDeque::new());
//!
//!     session.connect(now, &ConnectOptions::new("ws://192.0.2.1"));
//!     loop {
//!         while let Some(event) = session.poll_event(&mut work) {
//!             if let Event::Message { message, .. } = event {
//!                 messages.push(message.into());
//!             }
//!         }
//!         while let Some(action) = session.poll_action() {
//!             if let Action::Dial { transport, .. } = action {
//!                 socket = Some(transport);
//!                 session.handle_connected(now, transport);
//!             }
//!         }
//!         let Some(transport) = socket else { return Ok(messages) };
//!         if let Some(bytes) = session.poll_transmit(transport, &mut work).first() {
//!             let count = bytes.len();
//!             if arrivals.is_empty() {
//!                 // What is written first is the request, and to that the server says its part.
//!                 request.extend_from_slice(bytes);
//!                 arrivals.extend(script.play(&request));
//!             }
//!             session.handle_transmitted(now, transport, count)?;
//!         } else if let Some(mut space) = session.receive_space(transport, &mut work)
//!             && !unread.is_empty()
//!         {
//!             let count = VecDeque::read(&mut unread, &mut space)?;
//!             space.filled(now, count)?;
//!         } else if let Some((pause, arrival)) = arrivals.pop_front() {
//!             now = now + pause;
//!             session.handle_timeout(now);
//!             match arrival {
//!                 Arrival::Bytes(bytes) => unread.extend(bytes.iter()),
//!                 Arrival::EndOfStream => session.handle_end_of_stream(now, transport),
//!                 Arrival::Reset => {
//!                     let error = std::io::Error::from(ErrorKind::ConnectionReset);
//!                     session.handle_transport_error(now, transport, error.into());
//!                 }
//!             }
//!         } else {
//!             return Ok(messages);
//!         }
//!     }
//! }
//!
//! proptest! {
//!     # #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
//!     # /*
//!     #[test]
//!     # */
//!     fn messages_arrive_whole_and_in_order(script in orderly_script()) {
//!         prop_assert_eq!(receive(&script).unwrap(), script.messages());
//!     }
//! }
//! # messages_arrive_whole_and_in_order();
//! ```
//!
//! A loop that drops what does not fit into the window would fail with
//!
//! ```text
//! minimal failing input: script = Script {
//!     answer: Accepts,
//!     frames: [
//!         Binary(b"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb" and 65486 more),
//!     ],
//!     broken: None,
//!     end: Waits,
//!     cuts: Cuts([133, 32769]),
//!     pauses: [],
//! }
//! ```

mod answer;
mod calls;
mod frames;
mod host;
mod payload;
mod script;
mod settings;
mod show;

pub use answer::{Answer, Answered, accepting_answer, refusing_answer};
pub use calls::{Connect, RefusedConnect, close_options, connect, refused_close_options, refused_connect};
pub use frames::{Broken, Frame, broken, close_frame, control, frames, messages, stream};
pub use host::{Cuts, Jump, ResolverAnswer, cuts, jump, resolver_answer};
pub use payload::{OwnedPayload, message, payload, refused_payload};
pub use script::{Arrival, End, Outcome, Script, orderly_script, script};
pub use settings::{Settings, settings};
pub use show::Bytes;
