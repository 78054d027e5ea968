//! Events that own what they tell, so that they can wait and go from one thread to another.

use core::fmt;
use std::sync::Arc;

use crate::error::Error;
use crate::event::{Event, Message, Opened};
use crate::ids::{CallId, ConnectionId};
use crate::lifecycle::CloseCause;
use crate::params::Payload;
use crate::show::{ShowBytes, ShowText};

/// What a Mini Program observes, in its order: [`Event`], owned.
#[derive(Clone, Debug)]
pub enum OwnedEvent {
    /// A call is over: its success or fail callback, and then its complete callback.
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
        message: OwnedMessage,
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

impl OwnedEvent {
    /// The same, borrowed.
    pub fn as_event(&self) -> Event<'_> {
        match self {
            Self::Settled { call, result } => Event::Settled { call: *call, result: result.clone() },
            Self::Open { connection, opened } => {
                Event::Open { connection: *connection, opened: Arc::clone(opened) }
            }
            Self::Message { connection, message } => {
                Event::Message { connection: *connection, message: message.as_message() }
            }
            Self::Error { connection, error } => {
                Event::Error { connection: *connection, error: error.clone() }
            }
            Self::Close { connection, code, reason, cause } => {
                Event::Close { connection: *connection, code: *code, reason: reason.clone(), cause: *cause }
            }
        }
    }
}

impl From<Event<'_>> for OwnedEvent {
    fn from(event: Event<'_>) -> Self {
        match event {
            Event::Settled { call, result } => Self::Settled { call, result },
            Event::Open { connection, opened } => Self::Open { connection, opened },
            Event::Message { connection, message } => Self::Message { connection, message: message.into() },
            Event::Error { connection, error } => Self::Error { connection, error },
            Event::Close { connection, code, reason, cause } => {
                Self::Close { connection, code, reason, cause }
            }
        }
    }
}

/// A message, received or to be sent. Shown with `{:?}` it is short, however long it is.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum OwnedMessage {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
}

impl OwnedMessage {
    /// The same, borrowed.
    pub fn as_message(&self) -> Message<'_> {
        match self {
            Self::Text(text) => Message::Text(text),
            Self::Binary(bytes) => Message::Binary(bytes),
        }
    }

    /// The payload's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.as_message().as_bytes()
    }
}

impl fmt::Debug for OwnedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.debug_tuple("Text").field(&ShowText(text)).finish(),
            Self::Binary(bytes) => f.debug_tuple("Binary").field(&ShowBytes(bytes)).finish(),
        }
    }
}

impl From<Message<'_>> for OwnedMessage {
    fn from(message: Message<'_>) -> Self {
        match message {
            Message::Text(text) => Self::Text(text.into()),
            Message::Binary(bytes) => Self::Binary(bytes.into()),
        }
    }
}

impl From<&str> for OwnedMessage {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for OwnedMessage {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<u8>> for OwnedMessage {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Binary(bytes)
    }
}

impl<'a> From<&'a OwnedMessage> for Payload<'a> {
    fn from(message: &'a OwnedMessage) -> Self {
        match message {
            OwnedMessage::Text(text) => Self::Text(text),
            OwnedMessage::Binary(bytes) => Self::Binary(bytes),
        }
    }
}
