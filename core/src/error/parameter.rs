//! What can be wrong with the parameters of a call. All of it is found before anything happens.

use core::fmt;
use std::sync::Arc;

/// Why a url cannot be used ([V2](crate::rules#v2)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UrlError {
    /// It is not a string.
    NotAString,
    /// It does not parse; the error of the URL standard's parser.
    Syntax(url::ParseError),
    /// It has no scheme, as in `test.php` or `localhost:9001`.
    NoScheme,
    /// The scheme is not followed by `//` and a host.
    NoHost,
    /// It contains white space or a control character.
    WhiteSpace,
    /// It has a fragment, perhaps an empty one (RFC 6455 §3).
    Fragment,
    /// The port is 0.
    PortZero,
    /// It contains a user name or a password.
    UserInfo,
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAString => f.write_str("it is not a string"),
            Self::Syntax(error) => error.fmt(f),
            Self::NoScheme => f.write_str("it has no scheme; it must start with wss:// or ws://"),
            Self::NoHost => f.write_str("it has no host after the scheme; write wss://host/path"),
            Self::WhiteSpace => f.write_str("it contains white space or a control character"),
            Self::Fragment => f.write_str("it has a fragment (#), which a WebSocket url must not have"),
            Self::PortZero => f.write_str("its port is 0"),
            Self::UserInfo => {
                f.write_str("it contains a user name or password; send an Authorization header instead")
            }
        }
    }
}

impl std::error::Error for UrlError {}

/// Why `header`, `data` or `protocols` cannot be used ([V6](crate::rules#v6)). Names are shown, long ones in part.
/// Values are never shown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParameterError {
    /// `header` is not an object.
    HeaderNotAnObject,
    /// `data` is not an object.
    DataNotAnObject,
    /// `protocols` is neither a string nor a list of strings.
    ProtocolsNotAList,
    /// A header's name is not a token (RFC 9110 §5.6.2).
    HeaderName(Arc<str>),
    /// The value of the header with this name contains a control character.
    HeaderValue(Arc<str>),
    /// The value of the header with this name is an object or an array.
    HeaderValueType(Arc<str>),
    /// A subprotocol's name is not a token (RFC 6455 §4.1). Not shown: it may be part of a header's value.
    Subprotocol,
    /// The request head would be longer than its limit.
    HeadTooLong {
        /// The limit, in bytes.
        limit: usize,
    },
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeaderNotAnObject => f.write_str("header must be an object"),
            Self::DataNotAnObject => f.write_str("data must be an object"),
            Self::ProtocolsNotAList => f.write_str("protocols must be a string or a list of strings"),
            Self::HeaderName(name) => write!(f, "the header name {name:?} is not a token"),
            Self::HeaderValue(name) => {
                write!(f, "the value of the header {name:?} contains a control character")
            }
            Self::HeaderValueType(name) => {
                write!(f, "the value of the header {name:?} must be a string, a number or a boolean")
            }
            Self::Subprotocol => f.write_str("the name of a subprotocol is not a token"),
            Self::HeadTooLong { limit } => write!(
                f,
                "url, header, data and protocols make a request head of more than {limit} bytes, which is its limit"
            ),
        }
    }
}

impl std::error::Error for ParameterError {}

/// Why a message could not be sent (code 11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SendError {
    /// `data` is missing or neither a string nor bytes.
    NotAMessage,
    /// `data` should be base64 (standard alphabet, padded, no blanks), but is not.
    NotBase64,
    /// The message is longer than the message limit.
    TooBig {
        /// Its length, in bytes.
        length: usize,
        /// The limit, in bytes.
        limit: usize,
    },
    /// The output buffer has no room for the message below the high-water mark. Each waiting message counts its frame
    /// and 16 bytes more.
    BufferFull {
        /// How many bytes of frames wait to be sent.
        buffered: usize,
        /// The high-water mark, in bytes.
        high_water: usize,
    },
    /// The connection ended before the last byte of the message was handed to the transport.
    Ended,
    /// Another message is being sent in parts, and its last part has not been sent.
    InParts,
    /// The part is text and the parts before it are bytes, or the other way round.
    PartOfAnotherKind,
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAMessage => f.write_str("data must be a string"),
            Self::NotBase64 => f.write_str("data is not valid base64 (standard alphabet, padded, no blanks)"),
            Self::TooBig { length, limit } => {
                write!(f, "the message has {length} bytes, over the limit of {limit}")
            }
            Self::BufferFull { buffered, high_water } => write!(
                f,
                "the output buffer has no room: {buffered} bytes wait, and the high-water mark is {high_water}"
            ),
            Self::Ended => f.write_str("the connection ended before the message was sent"),
            Self::InParts => f.write_str("another message is being sent in parts: send its last part first"),
            Self::PartOfAnotherKind => {
                f.write_str("the parts of a message must be all text or all bytes: this one differs")
            }
        }
    }
}

impl std::error::Error for SendError {}

/// Why closeSocket cannot send the given code or reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseError {
    /// The code is neither 1000 nor a whole number from 3000 to 4999.
    Code,
    /// The reason is not a string.
    ReasonNotAString,
    /// The reason is longer than 123 bytes of UTF-8 (RFC 6455 §5.5).
    ReasonTooLong {
        /// Its length, in bytes.
        length: usize,
    },
}

impl fmt::Display for CloseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code => f.write_str("the close code must be 1000 or from 3000 to 4999"),
            Self::ReasonNotAString => f.write_str("the close reason must be a string"),
            Self::ReasonTooLong { length } => {
                write!(f, "the close reason has {length} bytes of UTF-8; at most 123 fit")
            }
        }
    }
}

impl std::error::Error for CloseError {}
