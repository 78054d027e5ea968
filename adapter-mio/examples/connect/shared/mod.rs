//! The example without its adapter: what it does, and how it is shown. It uses only the types of core, so every
//! adapter's example is this plus a loop of its own.

pub(crate) mod client;
pub(crate) mod escape;
pub(crate) mod insecure;
pub(crate) mod json;
pub(crate) mod options;
pub(crate) mod play;
pub(crate) mod server;
pub(crate) mod show;
pub(crate) mod table;
pub(crate) mod tour;

use std::time::{Duration, Instant};

use connect_socket_core::{CallId, CloseOptions, ConnectOptions, Event, Message, Payload};

/// A call of the API that a program wants to make.
pub(crate) enum Command {
    Connect {
        options: ConnectOptions,
        url: String,
        /// What else a reader should know of the options.
        remark: &'static str,
    },
    Send(Content),
    Close(CloseOptions),
}

/// A message to be sent.
pub(crate) enum Content {
    Text(String),
    Binary(Vec<u8>),
    /// Bytes that should be sent as text, but are not text.
    NotText(Vec<u8>),
}

impl Content {
    pub(crate) fn payload(&self) -> Payload<'_> {
        match self {
            Self::Text(text) => Payload::Text(text),
            Self::Binary(bytes) => Payload::Binary(bytes),
            Self::NotText(_) => Payload::Invalid,
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) | Self::NotText(bytes) => bytes,
        }
    }
}

/// What comes from outside the session.
pub(crate) enum Input {
    /// A line of standard input.
    Line(Vec<u8>),
    /// The end of standard input.
    End,
    /// The user wants it to end (Ctrl-C). It is taken at once, even while no other input is wanted.
    Interrupt,
    /// The tour's server reports something about its connection with this number.
    Server { connection: u64, words: String, ended: bool },
}

/// What the example does with its session, as a value. A loop asks it what to do next, and reports what happened.
pub(crate) trait Program {
    /// The next call to make.
    fn next_command(&mut self) -> Option<Command>;

    /// Reports the call that the last command made.
    fn made(&mut self, call: CallId);

    fn observe(&mut self, event: &Event<Message<'_>>);

    /// Whether it can use more input while this many bytes wait to be written.
    fn wants_input(&self, buffered: usize) -> bool;

    fn input(&mut self, input: Input);

    /// How long to wait for an event at most.
    fn patience(&self, now: Instant) -> Option<Duration>;

    /// The exit status, once it is over.
    fn exit_status(&self) -> Option<u8>;
}
