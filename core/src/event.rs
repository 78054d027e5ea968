//! What comes out of a session: events for the user, actions and bytes for the host.

use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;
use std::sync::Arc;

use crate::error::{Error, TransportError};
use crate::ids::{CallId, ConnectionId, TransportId};
use crate::lifecycle::CloseCause;
use crate::show::{ShowBytes, ShowText};
use crate::upgrade::Response;

/// What a Mini Program observes, in order ([G2](crate::rules#g2), [G3](crate::rules#g3), [T](crate::rules#t)).
///
/// `M` is the type of a message: the [`Message`] that [`poll_event`](crate::Session::poll_event) lends, or the
/// [`OwnedMessage`](crate::OwnedMessage) of an [`OwnedEvent`](crate::OwnedEvent). A lent message is valid until the
/// next call:
///
/// ```
/// use connect_socket_core::{Event, Message, OwnedEvent};
///
/// /// One line for a log.
/// fn line(event: &Event<Message<'_>>) -> String {
///     match event {
///         Event::Settled { result: Ok(()), .. } => "a call succeeded".into(),
///         Event::Settled { result: Err(error), .. } | Event::Error { error, .. } => error.to_string(),
///         Event::Open { opened, .. } => format!("open, subprotocol {:?}", opened.response.protocol),
///         Event::Message { message, .. } => format!("{} bytes", message.as_bytes().len()),
///         Event::Close { code, reason, .. } => format!("closed with {code} {reason}"),
///     }
/// }
///
/// /// An event that was kept, or came from another thread, is shown in the same way.
/// fn line_of_owned(event: &OwnedEvent) -> String {
///     line(&event.as_event())
/// }
/// ```
#[derive(Clone, Debug)]
pub enum Event<M> {
    /// A call is over. Its success or fail callback runs now, and then its complete callback, with the same payload
    /// ([G2](crate::rules#g2)).
    Settled {
        /// The call.
        call: CallId,
        /// Success, or the error that the fail and complete callbacks receive.
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
        /// The connection on which it came.
        connection: ConnectionId,
        /// The message, or a part of it.
        message: M,
        /// The message ends with it. Always true, unless the session is set to deliver long messages in parts
        /// ([`Config::parts_above`](crate::Config#structfield.parts_above)).
        last: bool,
    },
    /// onSocketError.
    Error {
        /// The connection that failed.
        connection: ConnectionId,
        /// What happened.
        error: Error,
    },
    /// onSocketClose. No event of this connection follows ([G3](crate::rules#g3)).
    Close {
        /// The connection that ended.
        connection: ConnectionId,
        /// The close code (RFC 6455 §7.1.5): 1005 if the close frame had none, 1006 if there was no close frame.
        code: u16,
        /// The reason, perhaps empty (RFC 6455 §7.1.6).
        reason: Box<str>,
        /// How the connection ended.
        cause: CloseCause,
    },
}

impl<M> Event<M> {
    /// The same event with its message in another form.
    #[inline]
    pub(crate) fn map<N>(self, change: impl FnOnce(M) -> N) -> Event<N> {
        match self {
            Self::Settled { call, result } => Event::Settled { call, result },
            Self::Open { connection, opened } => Event::Open { connection, opened },
            Self::Message { connection, message, last } => {
                Event::Message { connection, message: change(message), last }
            }
            Self::Error { connection, error } => Event::Error { connection, error },
            Self::Close { connection, code, reason, cause } => {
                Event::Close { connection, code, reason, cause }
            }
        }
    }
}

/// A text or binary message (RFC 6455 §5.6). Its payload is borrowed until the next call, from the buffer into which it
/// was read or in which its parts were joined. `{:?}` shows only the beginning of a long message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Message<'a> {
    /// A text message.
    Text(&'a str),
    /// A binary message.
    Binary(&'a [u8]),
}

impl<'a> Message<'a> {
    /// The payload's bytes.
    pub fn as_bytes(&self) -> &'a [u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
}

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.debug_tuple("Text").field(&ShowText(text)).finish(),
            Self::Binary(bytes) => f.debug_tuple("Binary").field(&ShowBytes(bytes)).finish(),
        }
    }
}

/// What is known of a connection when it opens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opened {
    /// The server's answer: its headers and the subprotocol it chose.
    pub response: Response,
    /// The TLS version, `TLSv1_2` or `TLSv1_3`; none for ws.
    pub tls: Option<&'static str>,
    /// How long it took to get there.
    pub timing: Timing,
}

/// When each step to an open connection was done, counted from the call of connectSocket. The steps follow one another,
/// so the time that one step took is its difference from the step before. The times are those that the host reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timing {
    /// The host name was looked up. None if the url names an address, as there was nothing to look up.
    pub looked_up: Option<Duration>,
    /// TCP was connected to the first address that answered.
    pub connected: Duration,
    /// The TLS handshake was done. None for ws.
    pub secured: Option<Duration>,
    /// The server's answer to the upgrade was accepted: the connection is open.
    pub upgraded: Duration,
}

/// What the host is asked to do.
///
/// The first action of a connection is a look-up, or a dial where the url has an address:
///
/// ```
/// use connect_socket_core::{Action, Config, ConnectOptions, Session, Tape, Time};
///
/// let mut session = Session::new(Config::default(), Tape::default());
/// session.connect(Time::ZERO, &ConnectOptions::new("ws://example.com/feed"));
/// let Some(Action::Resolve { connection, host, port: 80 }) = session.poll_action() else { panic!() };
/// assert_eq!(&*host, "example.com");
///
/// session.handle_resolved(Time::ZERO, connection, Ok(&["192.0.2.1:80".parse()?]));
/// assert!(matches!(session.poll_action(), Some(Action::Dial { address, .. }) if address.port() == 80));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Look up a host name, then call [`handle_resolved`](crate::Session::handle_resolved). An answer that comes after
    /// the connection has ended has no effect.
    Resolve {
        /// The connection that waits for it.
        connection: ConnectionId,
        /// The name, in ASCII.
        host: Box<str>,
        /// The port that will be dialled, for resolvers that want one.
        port: u16,
    },
    /// Connect a socket to `address`, then call [`handle_connected`](crate::Session::handle_connected) or
    /// [`handle_connect_failed`](crate::Session::handle_connect_failed).
    Dial {
        /// The id of the new transport.
        transport: TransportId,
        /// The address to connect to.
        address: SocketAddr,
    },
    /// Shut down the sending half of the socket; keep reading.
    ShutdownWrite {
        /// Which.
        transport: TransportId,
    },
    /// Close the socket and forget it, even if more could be received from it.
    Release {
        /// Which.
        transport: TransportId,
    },
}

/// Why a name could not be resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResolveError {
    /// The name does not exist or has no address.
    NotFound,
    /// The resolver itself failed.
    Failed(TransportError),
}

/// Bytes to write to a transport: up to three borrowed slices, in order, for one vectored write. Report how many bytes
/// were written with [`handle_transmitted`](crate::Session::handle_transmitted).
#[derive(Clone, Copy, Default)]
pub struct Transmit<'a> {
    slices: [&'a [u8]; 3],
}

impl<'a> Transmit<'a> {
    pub(crate) fn new(slices: [&'a [u8]; 3]) -> Self {
        Self { slices }
    }

    /// The slices in order; some may be empty.
    pub fn slices(&self) -> [&'a [u8]; 3] {
        self.slices
    }

    /// The first bytes to write, for a host that writes one slice at a time; none if there is nothing.
    pub fn first(&self) -> Option<&'a [u8]> {
        self.slices.into_iter().find(|slice| !slice.is_empty())
    }

    /// The bytes, if they lie in one slice. To the system, a write of one slice costs less than one of several.
    ///
    /// ```
    /// use connect_socket_core::Transmit;
    /// use std::io::{self, IoSlice, Write};
    ///
    /// fn write(transmit: &Transmit<'_>, mut socket: impl Write) -> io::Result<usize> {
    ///     match transmit.alone() {
    ///         Some(slice) => socket.write(slice),
    ///         None => socket.write_vectored(&transmit.slices().map(IoSlice::new)),
    ///     }
    /// }
    /// ```
    pub fn alone(&self) -> Option<&'a [u8]> {
        match self.slices {
            [slice, [], []] | [[], slice, []] | [[], [], slice] => Some(slice),
            [..] => None,
        }
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.slices.iter().map(|slice| slice.len()).sum()
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.slices.iter().all(|slice| slice.is_empty())
    }
}

impl fmt::Debug for Transmit<'_> {
    /// Shows how many bytes there are, not the bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transmit").field("lengths", &self.slices.map(<[u8]>::len)).finish()
    }
}

/// Why a session wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The connect timeout ([D](crate::rules#d)).
    Connect,
    /// The next address of the dial plan (RFC 8305 §5).
    Dial,
    /// The close timeout of a connection that waits for its peer's close frame.
    Close,
    /// A ping is due ([F6](crate::rules#f6)).
    Ping,
    /// The pong timeout ([F6](crate::rules#f6)).
    Pong,
    /// The transport of an ended connection has lingered long enough ([F5](crate::rules#f5)).
    Linger,
    /// Nothing has been sent for a while, so an open connection frees the memory that it used for sending.
    Memory,
    /// Due now: not all that was read has been taken, because something had to be written first. Poll again.
    Input,
    /// Due now: writing has failed. If another round of reading brings nothing, the connection is over
    /// ([F7](crate::rules#f7)).
    Unwritable,
}

/// A mistake of the host. It does no harm: the call had no effect, or only the part of it that made sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Misuse {
    /// More bytes were reported as read than there was space for.
    ReceivedTooMuch {
        /// How many were reported.
        reported: usize,
        /// How many fit.
        possible: usize,
    },
    /// More bytes were reported as written than were offered.
    TransmittedTooMuch {
        /// How many were reported.
        reported: usize,
        /// How many were offered.
        offered: usize,
    },
    /// A window was handed in although [`wants_read`](crate::Session::wants_read) says no: the one before has not been
    /// taken yet.
    NotReceiving,
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReceivedTooMuch { reported, possible } => {
                write!(f, "{reported} bytes were reported as read, but there was space for {possible}")
            }
            Self::TransmittedTooMuch { reported, offered } => {
                write!(f, "{reported} bytes were reported as written, but {offered} were offered")
            }
            Self::NotReceiving => {
                f.write_str("bytes were handed in before those that came earlier were taken")
            }
        }
    }
}

impl std::error::Error for Misuse {}
