//! Events that own what they tell, so that they can wait and go through a stream.

use std::sync::Arc;

use connect_socket_core::{self as core, CallId, CloseCause, ConnectionId, Error, Opened, Payload};

/// What a Mini Program observes, in its order: [`core::Event`], owned.
#[derive(Clone, Debug)]
pub enum Event {
    /// A call is over: its success or fail callback, and then its complete callback. A [`Call`](crate::Call)
    /// gives the same.
    Settled {
        /// The call.
        call: CallId,
        /// Success, or the error that fail and complete receive.
        result: Result<(), Error>,
    },
    /// onSocketOpen.
    Open {
        /// The connection that is open now.
        connection: ConnectionId,
        /// What the server answered.
        opened: Arc<Opened>,
    },
    /// onSocketMessage.
    Message {
        /// The connection that it came on.
        connection: ConnectionId,
        /// The message.
        message: Message,
    },
    /// onSocketError.
    Error {
        /// The connection that failed.
        connection: ConnectionId,
        /// What happened.
        error: Error,
    },
    /// onSocketClose: nothing of this connection follows.
    Close {
        /// The connection that ended.
        connection: ConnectionId,
        /// The close code (RFC 6455 §7.1.5); 1005 for none, 1006 for no close frame at all.
        code: u16,
        /// The reason, perhaps empty (RFC 6455 §7.1.6).
        reason: Box<str>,
        /// How the connection came to its end.
        cause: CloseCause,
    },
}

impl Event {
    /// The same as core has it, for whoever handles events of several adapters.
    pub fn as_core(&self) -> core::Event<'_> {
        match self {
            Self::Settled { call, result } => core::Event::Settled { call: *call, result: result.clone() },
            Self::Open { connection, opened } => {
                core::Event::Open { connection: *connection, opened: Arc::clone(opened) }
            }
            Self::Message { connection, message } => {
                core::Event::Message { connection: *connection, message: message.as_core() }
            }
            Self::Error { connection, error } => {
                core::Event::Error { connection: *connection, error: error.clone() }
            }
            Self::Close { connection, code, reason, cause } => core::Event::Close {
                connection: *connection,
                code: *code,
                reason: reason.clone(),
                cause: *cause,
            },
        }
    }
}

/// A message, received or to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
}

impl Message {
    /// The same as core has it.
    pub fn as_core(&self) -> core::Message<'_> {
        match self {
            Self::Text(text) => core::Message::Text(text),
            Self::Binary(bytes) => core::Message::Binary(bytes),
        }
    }
    /// The payload's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.as_core().as_bytes()
    }
}

impl From<core::Event<'_>> for Event {
    fn from(event: core::Event<'_>) -> Self {
        match event {
            core::Event::Settled { call, result } => Self::Settled { call, result },
            core::Event::Open { connection, opened } => Self::Open { connection, opened },
            core::Event::Message { connection, message } => {
                Self::Message { connection, message: message.into() }
            }
            core::Event::Error { connection, error } => Self::Error { connection, error },
            core::Event::Close { connection, code, reason, cause } => {
                Self::Close { connection, code, reason, cause }
            }
        }
    }
}

impl From<core::Message<'_>> for Message {
    fn from(message: core::Message<'_>) -> Self {
        match message {
            core::Message::Text(text) => Self::Text(text.into()),
            core::Message::Binary(bytes) => Self::Binary(bytes.into()),
        }
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<u8>> for Message {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Binary(bytes)
    }
}

impl<'a> From<&'a Message> for Payload<'a> {
    fn from(message: &'a Message) -> Self {
        match message {
            Message::Text(text) => Self::Text(text),
            Message::Binary(bytes) => Self::Binary(bytes),
        }
    }
}
