//! What can be wrong with the server's answer to the upgrade.

use core::fmt;

use crate::code::ErrorCode;
#[cfg(feature = "deflate")]
use crate::deflate::ExtensionError;

/// Why the server's answer is not a valid upgrade ([U1](crate::rules#u1) to [U5](crate::rules#u5),
/// [Q5](crate::rules#q5)). [`AnswerError::SubprotocolUnasked`] has a code of its own, 9; [`AnswerError::HeadTooLong`]
/// and [`AnswerError::OutOfMemory`] are 12; the others are 8.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnswerError {
    /// The answer is not HTTP/1.1, or its head is malformed. The text says what is wrong.
    Malformed(&'static str),
    /// The status is not 101.
    Status(u16),
    /// `Upgrade` is missing, repeated, or not `websocket`.
    Upgrade,
    /// `Connection` does not contain `upgrade`.
    Connection,
    /// `Sec-WebSocket-Accept` is missing, repeated, or does not match our key.
    Accept,
    /// The server chose a subprotocol although the request offered none (code 9).
    SubprotocolUnasked,
    /// The server chose a subprotocol that was not offered, or several, or an empty one.
    Subprotocol,
    /// The server chose an extension that was not offered.
    Extension,
    /// The server's answer to the offer of permessage-deflate is not valid.
    #[cfg(feature = "deflate")]
    Compression(ExtensionError),
    /// The head is longer than its limit (code 12).
    HeadTooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The allocator has no memory for a head within its limit (code 12).
    OutOfMemory,
}

impl AnswerError {
    /// The code of this error.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::SubprotocolUnasked => ErrorCode::SubprotocolMissing,
            Self::HeadTooLong { .. } | Self::OutOfMemory => ErrorCode::OutOfMemory,
            Self::Malformed(_)
            | Self::Status(_)
            | Self::Upgrade
            | Self::Connection
            | Self::Accept
            | Self::Subprotocol
            | Self::Extension => ErrorCode::AnswerInvalid,
            #[cfg(feature = "deflate")]
            Self::Compression(_) => ErrorCode::AnswerInvalid,
        }
    }
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(what) => write!(f, "the server's answer is not valid HTTP/1.1: {what}"),
            Self::Status(status) => write!(f, "the server answered with HTTP status {status}, not 101"),
            Self::Upgrade => f.write_str("the server's answer has no single Upgrade: websocket"),
            Self::Connection => f.write_str("the server's answer has no Connection: upgrade"),
            Self::Accept => f.write_str("the server's Sec-WebSocket-Accept is not the answer to our key"),
            Self::SubprotocolUnasked => f.write_str(
                "the server chose a subprotocol, but the request offered none: set Sec-WebSocket-Protocol in header",
            ),
            Self::Subprotocol => f.write_str("the server chose a subprotocol that was not offered"),
            Self::Extension => f.write_str("the server chose an extension that was not offered"),
            #[cfg(feature = "deflate")]
            Self::Compression(error) => error.fmt(f),
            Self::HeadTooLong { limit } => {
                write!(f, "the head of the server's answer is over the limit of {limit} bytes")
            }
            Self::OutOfMemory => f.write_str("no memory for the head of the server's answer"),
        }
    }
}

impl std::error::Error for AnswerError {}
