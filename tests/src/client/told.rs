//! What a client tells, in values that outlive it and that need nothing of core to be made: another process tells
//! the same.

use std::fmt;
use std::sync::Arc;

use connect_socket_core::lifecycle::CloseCause;
use connect_socket_core::{CallId, Cause, Error, Event, Message, Opened};

/// A call, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Call(pub u64);

impl From<CallId> for Call {
    fn from(call: CallId) -> Self {
        Self(call.get())
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call {}", self.0)
    }
}

/// What a failed call or an error event carries.
#[derive(Clone, Debug, PartialEq)]
pub struct Raised {
    /// The code, 1 to 12.
    pub code: u8,
    /// What happened, in words.
    pub message: String,
    /// The same as a value; who looks from outside does not have it.
    cause: Option<Cause>,
}

impl Raised {
    /// As told from outside: a code and words.
    pub fn told(code: u8, message: String) -> Self {
        Self { code, message, cause: None }
    }

    /// Whether it was this, as far as it is known.
    pub fn was(&self, cause: &Cause) -> bool {
        self.was_like(|known| known == cause)
    }

    /// Whether it was something that `judge` takes, as far as it is known.
    pub fn was_like(&self, judge: impl FnOnce(&Cause) -> bool) -> bool {
        self.cause.as_ref().is_none_or(judge)
    }
}

impl From<Error> for Raised {
    fn from(error: Error) -> Self {
        let code = error.code().number();
        Self { code, message: error.to_string(), cause: Some(error.cause().clone()) }
    }
}

/// An event that outlives the buffers of an adapter.
#[derive(Clone, Debug)]
pub enum Seen {
    /// A call is over.
    Settled {
        /// The call.
        call: Call,
        /// Its result.
        result: Result<(), Raised>,
    },
    /// onSocketOpen.
    Open {
        /// The connection.
        connection: u64,
        /// What the server answered.
        opened: Arc<Opened>,
    },
    /// onSocketMessage with text.
    Text {
        /// The connection.
        connection: u64,
        /// The message, or a part of it.
        text: String,
        /// The message ends with it.
        last: bool,
    },
    /// onSocketMessage with bytes.
    Binary {
        /// The connection.
        connection: u64,
        /// The message, or a part of it.
        bytes: Vec<u8>,
        /// The message ends with it.
        last: bool,
    },
    /// onSocketError.
    Error {
        /// The connection.
        connection: u64,
        /// What happened.
        error: Raised,
    },
    /// onSocketClose.
    Close {
        /// The connection.
        connection: u64,
        /// The close code.
        code: u16,
        /// The reason.
        reason: String,
        /// How it came to its end.
        cause: CloseCause,
    },
}

impl From<Event<Message<'_>>> for Seen {
    fn from(event: Event<Message<'_>>) -> Self {
        match event {
            Event::Settled { call, result } => {
                Self::Settled { call: call.into(), result: result.map_err(Raised::from) }
            }
            Event::Open { connection, opened } => Self::Open { connection: connection.get(), opened },
            Event::Message { connection, message: Message::Text(text), last } => {
                Self::Text { connection: connection.get(), text: text.to_owned(), last }
            }
            Event::Message { connection, message: Message::Binary(bytes), last } => {
                Self::Binary { connection: connection.get(), bytes: bytes.to_vec(), last }
            }
            Event::Error { connection, error } => {
                Self::Error { connection: connection.get(), error: error.into() }
            }
            Event::Close { connection, code, reason, cause } => {
                Self::Close { connection: connection.get(), code, reason: reason.into(), cause }
            }
        }
    }
}
