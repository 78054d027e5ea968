//! What a test needs of an adapter: one trait, so that every adapter passes the same scenarios.

pub mod mio;
pub mod smol;

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use connect_socket_core::lifecycle::{CloseCause, Phase};
use connect_socket_core::{
    CallId, CloseOptions, Config, ConnectOptions, ConnectionId, Error, Event, Message, Opened, Payload,
};

pub use crate::peers::mailbox::Wake;

/// A test's own resolver: from a name and a port to addresses.
pub type Resolver = Arc<dyn Fn(&str, u16) -> io::Result<Vec<IpAddr>> + Send + Sync>;

/// A session over an adapter, as the one thread of a test or of the harness drives it.
pub trait Client: Sized {
    /// Makes the session. Without a resolver, names are looked up as the adapter does by itself.
    ///
    /// # Errors
    /// The system has no resources for it.
    fn start(config: Config, resolver: Option<Resolver>) -> io::Result<Self>;

    /// connectSocket.
    fn connect(&mut self, options: &ConnectOptions) -> CallId;

    /// sendSocketMessage.
    fn send(&mut self, payload: Payload<'_>) -> CallId;

    /// closeSocket.
    fn close(&mut self, options: &CloseOptions) -> CallId;

    /// Gives the next event, and serves the network until there is one. None: `deadline` has come, or the
    /// [`waker`](Client::waker) was used.
    ///
    /// # Errors
    /// The event loop itself failed.
    fn next(&mut self, deadline: Instant) -> io::Result<Option<Seen>>;

    /// Makes [`next`](Client::next) return from any thread.
    fn waker(&self) -> Wake;

    /// Stops reading from the network, and delivering what was read, or goes on with it.
    fn set_receiving(&mut self, receiving: bool);

    /// The state of the current connection.
    fn phase(&self) -> Phase;

    /// Whether there is no current connection.
    fn is_idle(&self) -> bool;

    /// Whether a message of so many bytes would be taken now.
    fn can_send(&self, length: usize) -> bool;

    /// How many bytes wait to be handed to the transport.
    fn buffered_amount(&self) -> usize;
}

/// An event that outlives the adapter's buffers.
#[derive(Clone, Debug)]
pub enum Seen {
    /// A call is over.
    Settled {
        /// The call.
        call: CallId,
        /// Its result.
        result: Result<(), Error>,
    },
    /// onSocketOpen.
    Open {
        /// The connection.
        connection: ConnectionId,
        /// What the server answered.
        opened: Arc<Opened>,
    },
    /// onSocketMessage with text.
    Text {
        /// The connection.
        connection: ConnectionId,
        /// The message.
        text: String,
    },
    /// onSocketMessage with bytes.
    Binary {
        /// The connection.
        connection: ConnectionId,
        /// The message.
        bytes: Vec<u8>,
    },
    /// onSocketError.
    Error {
        /// The connection.
        connection: ConnectionId,
        /// What happened.
        error: Error,
    },
    /// onSocketClose.
    Close {
        /// The connection.
        connection: ConnectionId,
        /// The close code.
        code: u16,
        /// The reason.
        reason: String,
        /// How it came to its end.
        cause: CloseCause,
    },
}

impl From<Event<'_>> for Seen {
    fn from(event: Event<'_>) -> Self {
        match event {
            Event::Settled { call, result } => Self::Settled { call, result },
            Event::Open { connection, opened } => Self::Open { connection, opened },
            Event::Message { connection, message: Message::Text(text) } => {
                Self::Text { connection, text: text.to_owned() }
            }
            Event::Message { connection, message: Message::Binary(bytes) } => {
                Self::Binary { connection, bytes: bytes.to_vec() }
            }
            Event::Error { connection, error } => Self::Error { connection, error },
            Event::Close { connection, code, reason, cause } => {
                Self::Close { connection, code, reason: reason.into(), cause }
            }
        }
    }
}
