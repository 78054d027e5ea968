//! The ids of calls, connections and transports. None is ever used twice in a session, so late input can always be
//! recognised (rule G1).

use core::fmt;

/// One API call: a connect, a send or a close. Handed out in rising order from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub(crate) u64);

/// One accepted connect call and everything that follows from it. Handed out in rising order from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub(crate) u64);

/// One dialled address of a connection: the byte stream for which the host holds a socket. Every input that concerns a
/// socket carries this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransportId {
    pub(crate) connection: ConnectionId,
    pub(crate) attempt: u32,
}

impl CallId {
    /// The number, from 1, in the order of the calls.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl ConnectionId {
    /// The number, from 1, in the order of the accepted connects.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl TransportId {
    /// The connection that this transport was dialled for.
    pub const fn connection(self) -> ConnectionId {
        self.connection
    }

    /// Which address of the dial plan it is, from 0 (RFC 8305 §5).
    pub const fn attempt(self) -> u32 {
        self.attempt
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call {}", self.0)
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "connection {}", self.0)
    }
}

impl fmt::Display for TransportId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "transport {}.{}", self.connection.0, self.attempt)
    }
}
