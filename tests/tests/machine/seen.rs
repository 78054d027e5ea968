//! What comes out of a session, as the model foretells it and as the world sees it.

use std::net::SocketAddr;

use connect_socket_core::proptest::Bytes;
use connect_socket_core::{CloseCause, Event, Message, OwnedMessage};

/// What a Mini Program is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// A call by its number: success, or the code it fails with.
    Settled(u64, Result<(), u8>),
    /// onSocketOpen of a connection, by its number.
    Open(u64),
    /// onSocketMessage.
    Message(u64, OwnedMessage),
    /// onSocketError: the code.
    Error(u64, u8),
    /// onSocketClose.
    Close(u64, u16, String, CloseCause),
}

impl From<&Event<Message<'_>>> for Told {
    fn from(event: &Event<Message<'_>>) -> Self {
        match event {
            Event::Settled { call, result } => {
                let result = result.as_ref().map_or_else(|error| Err(error.code().number()), |()| Ok(()));
                Self::Settled(call.get(), result)
            }
            Event::Open { connection, .. } => Self::Open(connection.get()),
            Event::Message { connection, message, .. } => Self::Message(connection.get(), (*message).into()),
            Event::Error { connection, error } => Self::Error(connection.get(), error.code().number()),
            Event::Close { connection, code, reason, cause } => {
                Self::Close(connection.get(), *code, reason.to_string(), *cause)
            }
        }
    }
}

/// What a host is asked to do: with which connection, and which of its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Look up a connection's name.
    Resolve(u64),
    /// Dial.
    Dial(u64, u32, SocketAddr),
    /// Half-close.
    ShutdownWrite(u64, u32),
    /// Close.
    Release(u64, u32),
}

/// What a server gets whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Got {
    /// The request of the upgrade, of so many bytes.
    Request(usize),
    /// A message.
    Message(OwnedMessage),
    /// A ping, always empty.
    Ping,
    /// A pong.
    Pong(Bytes),
    /// A close frame: its payload.
    Close(Bytes),
}

/// All that comes of one step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// What the user is told, in order.
    pub(crate) told: Vec<Told>,
    /// What the host is asked, in order.
    pub(crate) asked: Vec<Asked>,
    /// What the servers got, by connection, in order.
    pub(crate) got: Vec<(u64, Got)>,
}
