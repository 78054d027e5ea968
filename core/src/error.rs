//! What went wrong, in detail: [`Cause`] says what happened, [`Cause::code`] gives the page's code for it, and
//! [`Error`] is the payload that a call or an event carries (semantics G6).

use core::fmt;
use std::io;
use std::sync::Arc;

use crate::code::ErrorCode;
use crate::frame::FrameError;

/// What a failed call or an error event carries: a code, a message, and the typed cause.
///
/// The message names the url's scheme, host, port and path at most, and of headers no value: no query, no
/// `Authorization`, no `Cookie` ever shows (semantics G6). Cloning is cheap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Arc<Detail>);

#[derive(Debug, PartialEq, Eq)]
struct Detail {
    cause: Cause,
    url: Option<Arc<str>>,
}

impl Error {
    /// An error with `cause`, about the connection to `url` (already stripped of what must not be shown).
    pub(crate) fn new(cause: Cause, url: Option<Arc<str>>) -> Self {
        Self(Arc::new(Detail { cause, url }))
    }

    /// The page's code.
    pub fn code(&self) -> ErrorCode {
        self.0.cause.code()
    }

    /// What happened.
    pub fn cause(&self) -> &Cause {
        &self.0.cause
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.url {
            Some(url) => write!(f, "{} ({url})", self.0.cause),
            None => self.0.cause.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0.cause)
    }
}

/// What happened. The table of codes in README names the code of each; [`Cause::code`] is that table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The url is absent, null, empty or only white space (V1).
    UrlMissing,
    /// The url cannot be used (V2).
    UrlInvalid(UrlError),
    /// The url's scheme is neither ws nor wss (V3).
    SchemeInvalid,
    /// The session requires wss and the url is ws (V4).
    WssRequired,
    /// The session keeps the connection that it has (V5).
    AlreadyConnected,
    /// `header`, `data` or `protocols` cannot be used (V6).
    ParameterInvalid(ParameterError),

    /// The name has no address.
    NameNotFound,
    /// The resolver failed; its words.
    NameLookup(Arc<str>),
    /// No address could be connected to; how many were tried, and what the last said.
    Dial {
        /// How many addresses were tried.
        tried: usize,
        /// What the last attempt failed with.
        last: TransportError,
    },
    /// No open within the connect timeout.
    ConnectTimeout(Phase),
    /// The stream ended before the connection was open.
    EndOfStream(Phase),
    /// The transport failed.
    Transport(Phase, TransportError),
    /// The url is wss and the session was given no TLS configuration, or core was built without TLS.
    TlsUnavailable,
    /// The server's certificate is not valid for this host now; the reason in words.
    Certificate(Arc<str>),
    /// The server ended TLS with an alert; its name.
    TlsAlert(Arc<str>),
    /// TLS failed for another reason; in words.
    Tls(Arc<str>),
    /// The server's answer is not a valid upgrade.
    Answer(AnswerError),
    /// closeSocket was called before the connection was open.
    ClosedWhileConnecting,
    /// A newer connectSocket replaced this connection.
    Replaced,

    /// A send while no connection is open.
    NotOpen,
    /// The message could not be sent.
    SendFailed(SendError),
    /// closeSocket with a code or reason that must not be sent.
    CloseInvalid(CloseError),

    /// The peer's frames could not be accepted.
    Frame(FrameError),
    /// No frame came within the pong timeout (F6).
    PongTimeout,
}

impl Cause {
    /// The page's code for it (semantics C).
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::UrlMissing => ErrorCode::UrlMissing,
            Self::UrlInvalid(_) => ErrorCode::UrlInvalid,
            Self::SchemeInvalid => ErrorCode::SchemeInvalid,
            Self::WssRequired => ErrorCode::AnswerInvalid,
            Self::AlreadyConnected | Self::Replaced => ErrorCode::AlreadyConnected,
            Self::ConnectTimeout(_) | Self::PongTimeout => ErrorCode::TimedOut,
            Self::Certificate(_) => ErrorCode::CertificateInvalid,
            Self::Answer(answer) => answer.code(),
            Self::NotOpen => ErrorCode::NotOpen,
            Self::SendFailed(_) => ErrorCode::SendFailed,
            Self::Frame(frame) => match frame.kind() {
                crate::frame::FrameErrorKind::TooBig => ErrorCode::OutOfMemory,
                crate::frame::FrameErrorKind::Protocol | crate::frame::FrameErrorKind::NotUtf8 => {
                    ErrorCode::Unknown
                }
            },
            Self::ParameterInvalid(_)
            | Self::NameNotFound
            | Self::NameLookup(_)
            | Self::Dial { .. }
            | Self::EndOfStream(_)
            | Self::Transport(..)
            | Self::TlsUnavailable
            | Self::TlsAlert(_)
            | Self::Tls(_)
            | Self::ClosedWhileConnecting
            | Self::CloseInvalid(_) => ErrorCode::Unknown,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UrlMissing => f.write_str("the url is missing: pass one that starts with wss:// or ws://"),
            Self::UrlInvalid(error) => write!(f, "the url is not valid: {error}"),
            Self::SchemeInvalid => f.write_str("the url must start with ws:// or wss://"),
            Self::WssRequired => {
                f.write_str("this session only allows wss: use a url that starts with wss://")
            }
            Self::AlreadyConnected => f.write_str(
                "a connection already exists, and this session does not replace it: close it first",
            ),
            Self::ParameterInvalid(error) => error.fmt(f),
            Self::NameNotFound => f.write_str("the host name has no address"),
            Self::NameLookup(words) => write!(f, "the host name could not be looked up: {words}"),
            Self::Dial { tried: 1, last } => write!(f, "could not connect: {last}"),
            Self::Dial { tried, last } => {
                write!(f, "could not connect to any of {tried} addresses; the last said: {last}")
            }
            Self::ConnectTimeout(phase) => write!(f, "timed out while {phase}"),
            Self::EndOfStream(phase) => write!(f, "the server ended the connection while {phase}"),
            Self::Transport(phase, error) => write!(f, "{error} while {phase}"),
            Self::TlsUnavailable => {
                f.write_str("wss is not available: this session has no TLS configuration")
            }
            Self::Certificate(words) => write!(f, "the server's certificate is not valid: {words}"),
            Self::TlsAlert(name) => write!(f, "the server ended TLS with the alert {name}"),
            Self::Tls(words) => write!(f, "TLS failed: {words}"),
            Self::Answer(error) => error.fmt(f),
            Self::ClosedWhileConnecting => {
                f.write_str("closeSocket was called before the connection was open")
            }
            Self::Replaced => f.write_str("a newer connectSocket call replaced this connection"),
            Self::NotOpen => f.write_str("no connection is open: send after onSocketOpen"),
            Self::SendFailed(error) => error.fmt(f),
            Self::CloseInvalid(error) => error.fmt(f),
            Self::Frame(error) => error.fmt(f),
            Self::PongTimeout => f.write_str("the server sent nothing within the pong timeout"),
        }
    }
}

impl std::error::Error for Cause {}

/// How far a connection had come (semantics T).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Looking up the host name.
    Resolving,
    /// Connecting to an address.
    Dialling,
    /// In the TLS handshake.
    Tls,
    /// Waiting for the answer to the upgrade.
    Upgrade,
    /// Open or closing.
    Open,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resolving => "looking up the host name",
            Self::Dialling => "connecting",
            Self::Tls => "in the TLS handshake",
            Self::Upgrade => "waiting for the server's answer to the upgrade",
            Self::Open => "the connection was open",
        })
    }
}

/// What a transport failed with: the host's I/O error as a value that compares and clones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportError {
    kind: io::ErrorKind,
    words: Arc<str>,
}

impl TransportError {
    /// An error of `kind`, in the words of the system.
    pub fn new(kind: io::ErrorKind, words: impl Into<Arc<str>>) -> Self {
        Self { kind, words: words.into() }
    }

    /// The kind, as the standard library classifies it.
    pub fn kind(&self) -> io::ErrorKind {
        self.kind
    }
}

impl From<&io::Error> for TransportError {
    fn from(error: &io::Error) -> Self {
        Self::new(error.kind(), error.to_string())
    }
}

impl From<io::Error> for TransportError {
    fn from(error: io::Error) -> Self {
        Self::from(&error)
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl std::error::Error for TransportError {}

/// Why a url cannot be used (V2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlError {
    /// It is not a string.
    NotAString,
    /// It does not parse; what the URL standard's parser says.
    Syntax(url::ParseError),
    /// It has no scheme, as in `test.php`.
    NoScheme,
    /// The scheme is not followed by `//` and a host.
    NoHost,
    /// White space or a control character somewhere in it.
    WhiteSpace,
    /// It has a fragment, an empty one perhaps (RFC 6455 §3).
    Fragment,
    /// The port is 0.
    PortZero,
    /// It names a user or a password.
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

/// Why `header`, `data` or `protocols` cannot be used (V6). Names are shown, values never.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterError {
    /// `header` is not an object.
    HeaderNotAnObject,
    /// `data` is not an object.
    DataNotAnObject,
    /// `data` is nested too deeply to be written out.
    DataTooDeep,
    /// `protocols` is not a list of strings.
    ProtocolsNotAList,
    /// A header's name is not a token (RFC 9110 §5.6.2).
    HeaderName(Arc<str>),
    /// A header's value holds a control character; the header's name.
    HeaderValue(Arc<str>),
    /// A header's value is an object or an array; the header's name.
    HeaderValueType(Arc<str>),
    /// A subprotocol's name is not a token (RFC 6455 §4.1). Not shown: it may be part of a header's value.
    Subprotocol,
    /// The request head would be longer than its limit.
    HeadTooLong {
        /// Its length, in bytes.
        length: usize,
        /// The limit, in bytes.
        limit: usize,
    },
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeaderNotAnObject => f.write_str("header must be an object"),
            Self::DataNotAnObject => f.write_str("data must be an object"),
            Self::DataTooDeep => f.write_str("data is nested too deeply"),
            Self::ProtocolsNotAList => f.write_str("protocols must be a list of strings"),
            Self::HeaderName(name) => write!(f, "the header name {name:?} is not a token"),
            Self::HeaderValue(name) => {
                write!(f, "the value of the header {name:?} has a control character in it")
            }
            Self::HeaderValueType(name) => {
                write!(f, "the value of the header {name:?} must be a string, a number or a boolean")
            }
            Self::Subprotocol => f.write_str("the name of a subprotocol is not a token"),
            Self::HeadTooLong { length, limit } => {
                write!(f, "the request head would have {length} bytes, over the limit of {limit}")
            }
        }
    }
}

impl std::error::Error for ParameterError {}

/// Why the server's answer is not a valid upgrade (U1–U5, Q5). [`AnswerError::SubprotocolUnasked`] has a code
/// of its own, 9; [`AnswerError::HeadTooLong`] and [`AnswerError::OutOfMemory`] are 12; the others are 8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerError {
    /// The answer is not HTTP/1.1, or its head is malformed; what is wrong.
    Malformed(&'static str),
    /// The status is not 101.
    Status(u16),
    /// `Upgrade` is missing, repeated, or not `websocket`.
    Upgrade,
    /// `Connection` does not contain `upgrade`.
    Connection,
    /// `Sec-WebSocket-Accept` is missing, repeated, or not the answer to our key.
    Accept,
    /// The server chose a subprotocol and the request offered none (code 9).
    SubprotocolUnasked,
    /// The server chose a subprotocol that was not offered, or several, or an empty one.
    Subprotocol,
    /// The server chose an extension that was not offered.
    Extension,
    /// The head passes its limit, in bytes (code 12).
    HeadTooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The allocator has no memory for a head within its limit (code 12).
    OutOfMemory,
}

impl AnswerError {
    /// The page's code for it.
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
            Self::HeadTooLong { limit } => {
                write!(f, "the head of the server's answer is over the limit of {limit} bytes")
            }
            Self::OutOfMemory => f.write_str("no memory for the head of the server's answer"),
        }
    }
}

impl std::error::Error for AnswerError {}

/// Why a message could not be sent (code 11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SendError {
    /// `data` is missing or neither a string nor bytes.
    NotAMessage,
    /// `data` should be base64 and is not (standard alphabet, padded, no blanks).
    NotBase64,
    /// The message is over the message limit.
    TooBig {
        /// Its length, in bytes.
        length: usize,
        /// The limit, in bytes.
        limit: usize,
    },
    /// The output buffer has no room for it below the high-water mark.
    BufferFull {
        /// How many bytes wait to be sent.
        buffered: usize,
        /// The high-water mark, in bytes.
        high_water: usize,
    },
    /// The connection ended before the last byte of the message was handed to the transport.
    Ended,
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
        }
    }
}

impl std::error::Error for SendError {}

/// Why closeSocket cannot send what it was asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloseError {
    /// The code is not the number 1000 or a whole number from 3000 to 4999.
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
