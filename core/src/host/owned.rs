//! Events that own their data, so that they can wait and move between threads.

use core::fmt;
use std::borrow::Cow;
use std::sync::Arc;

use crate::copy::{owned, owned_text};
use crate::event::{Event, Message};
use crate::params::{AsPayload, Payload};

/// An [`Event`] that owns its message.
///
/// ```
/// use connect_socket_core::{Config, ConnectOptions, OwnedEvent, Session, Tape, Time, Workspace};
///
/// let mut session = Session::new(Config::default(), Tape::default());
/// let mut work = Workspace::default();
/// session.connect(Time::ZERO, &ConnectOptions::new("test.php"));
/// let kept: Option<OwnedEvent> = session.poll_event(&mut work).map(|event| event.into_owned());
/// assert!(matches!(kept, Some(OwnedEvent::Settled { result: Err(_), .. })));
/// ```
pub type OwnedEvent = Event<OwnedMessage>;

impl OwnedEvent {
    /// The same, borrowed.
    pub fn as_event(&self) -> Event<Message<'_>> {
        match self {
            Self::Settled { call, result } => Event::Settled { call: *call, result: result.clone() },
            Self::Open { connection, opened } => {
                Event::Open { connection: *connection, opened: Arc::clone(opened) }
            }
            Self::Message { connection, message, last } => {
                Event::Message { connection: *connection, message: message.as_message(), last: *last }
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

impl Event<Message<'_>> {
    /// The same, owned. The payload is copied, so the event can wait and move to another thread.
    pub fn into_owned(self) -> OwnedEvent {
        self.map(OwnedMessage::from)
    }
}

impl From<Event<Message<'_>>> for OwnedEvent {
    fn from(event: Event<Message<'_>>) -> Self {
        event.into_owned()
    }
}

/// A received message, or one to send. `{:?}` shows only the beginning of a long one.
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
        self.as_message().fmt(f)
    }
}

impl From<Message<'_>> for OwnedMessage {
    fn from(message: Message<'_>) -> Self {
        match message {
            Message::Text(text) => text.into(),
            Message::Binary(bytes) => bytes.into(),
        }
    }
}

impl From<&str> for OwnedMessage {
    fn from(text: &str) -> Self {
        Self::Text(owned_text(text))
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

impl From<&[u8]> for OwnedMessage {
    fn from(bytes: &[u8]) -> Self {
        Self::Binary(owned(bytes))
    }
}

impl From<&String> for OwnedMessage {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl<const N: usize> From<[u8; N]> for OwnedMessage {
    fn from(bytes: [u8; N]) -> Self {
        Self::Binary(bytes.into())
    }
}

impl<const N: usize> From<&[u8; N]> for OwnedMessage {
    fn from(bytes: &[u8; N]) -> Self {
        Self::Binary(bytes.into())
    }
}

impl From<Cow<'_, str>> for OwnedMessage {
    fn from(text: Cow<'_, str>) -> Self {
        Self::Text(text.into_owned())
    }
}

impl From<Cow<'_, [u8]>> for OwnedMessage {
    fn from(bytes: Cow<'_, [u8]>) -> Self {
        Self::Binary(bytes.into_owned())
    }
}

impl AsPayload for OwnedMessage {
    fn as_payload(&self) -> Payload<'_> {
        self.as_message().into()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Cause, ConnectPhase, Error};
    use crate::event::Opened;
    use crate::ids::{CallId, ConnectionId};
    use crate::lifecycle::CloseCause;

    #[test]
    fn g5_an_event_that_is_kept_and_lent_again_is_the_same() {
        let connection = ConnectionId(1);
        let error = Error::new(Cause::EndOfStream(ConnectPhase::Open), None);
        for message in [Message::Text("a"), Message::Binary(&[0xff])] {
            for event in [
                Event::Settled { call: CallId(7), result: Err(error.clone()) },
                Event::Open { connection, opened: Arc::new(Opened::default()) },
                Event::Message { connection, message, last: true },
                Event::Message { connection, message, last: false },
                Event::Error { connection, error: error.clone() },
                Event::Close { connection, code: 1000, reason: "r".into(), cause: CloseCause::Local },
            ] {
                let shown = format!("{event:?}");
                let kept = OwnedEvent::from(event);
                assert_eq!(format!("{kept:?}"), shown);
                assert_eq!(format!("{:?}", kept.as_event().into_owned()), shown);
            }
        }
    }
}
