//! What went wrong, in detail: [`Cause`] says what happened, [`Cause::code`] which of the twelve codes that is, and
//! [`Error`] is the payload that a call or an event carries (rule G6).

mod answer;
mod parameter;

use core::fmt;
use std::io;
use std::sync::Arc;

pub use answer::AnswerError;
pub use parameter::{CloseError, ParameterError, SendError, UrlError};

use crate::code::ErrorCode;
use crate::frame::FrameError;
use crate::upgrade::RefusedAnswer;

/// What a failed call or an error event carries: a code, a message, and the typed cause.
///
/// The message shows at most the scheme, host, port and path of the url, and never the value of a header. So no query,
/// `Authorization` or `Cookie` appears in it ([G6](crate::rules#g6)). Cloning is cheap.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Arc<Detail>);

#[derive(PartialEq, Eq)]
struct Detail {
    cause: Cause,
    url: Option<Arc<str>>,
    answer: Option<Arc<RefusedAnswer>>,
}

impl Error {
    /// An error with `cause`, about the connection to `url` (already stripped of what must not be shown).
    pub(crate) fn new(cause: Cause, url: Option<Arc<str>>) -> Self {
        Self(Arc::new(Detail { cause, url, answer: None }))
    }

    /// The same for an attempt to connect, with the server's `answer` if that was refused.
    pub(crate) fn connecting(cause: Cause, url: Arc<str>, answer: Option<Arc<RefusedAnswer>>) -> Self {
        Self(Arc::new(Detail { cause, url: Some(url), answer }))
    }

    /// The code, as in the documentation of the API.
    pub fn code(&self) -> ErrorCode {
        self.0.cause.code()
    }

    /// What happened.
    pub fn cause(&self) -> &Cause {
        &self.0.cause
    }

    /// The server's answer, if connecting failed because the answer was not a valid upgrade: its status, its headers
    /// and the beginning of its body. The values may be secret, so they are not in the message.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// /// When to try again, if the server says so in seconds.
    /// fn retry_after(error: &connect_socket_core::Error) -> Option<Duration> {
    ///     let seconds = error.answer()?.headers.get("Retry-After")?.parse().ok()?;
    ///     Some(Duration::from_secs(seconds))
    /// }
    /// ```
    pub fn answer(&self) -> Option<&RefusedAnswer> {
        self.0.answer.as_deref()
    }
}

impl fmt::Debug for Error {
    /// The message and the code, as a program shows them if its `main` returns the error.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} [code {}]", self.code().number())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Detail { cause, url, answer: _ } = &*self.0;
        cause.fmt(f)?;
        let Some(url) = url else { return Ok(()) };
        if matches!(cause, Cause::EndOfStream(ConnectPhase::Upgrade)) && url.starts_with("ws:") {
            f.write_str(": is the port for wss, not ws?")?;
        }
        write!(f, " ({url})")
    }
}

/// It has no [source](std::error::Error::source), because its message already says everything. [`Error::cause`] gives
/// the cause as a value.
impl std::error::Error for Error {}

impl From<Error> for std::io::Error {
    /// For functions that return I/O errors. `get_ref` and `downcast` give the error back.
    fn from(error: Error) -> Self {
        Self::other(error)
    }
}

/// What happened. Each cause has one of the twelve codes: [`Cause::code`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The url is absent, null, empty or only white space ([V1](crate::rules#v1)).
    UrlMissing,
    /// The url cannot be used ([V2](crate::rules#v2)).
    UrlInvalid(UrlError),
    /// The url's scheme is neither ws nor wss ([V3](crate::rules#v3)).
    SchemeInvalid,
    /// The session requires wss and the url is ws ([V4](crate::rules#v4)).
    WssRequired,
    /// The session keeps its existing connection ([V5](crate::rules#v5)).
    AlreadyConnected,
    /// `header`, `data` or `protocols` cannot be used ([V6](crate::rules#v6)).
    ParameterInvalid(ParameterError),

    /// The name has no address.
    NameNotFound,
    /// The resolver failed; what it said.
    NameLookup(Arc<str>),
    /// No address accepted a connection.
    Dial {
        /// How many addresses were tried.
        tried: usize,
        /// Why the last attempt failed.
        last: TransportError,
    },
    /// The connection did not open within the connect timeout.
    ConnectTimeout(ConnectPhase),
    /// The stream ended before the connection was open.
    EndOfStream(ConnectPhase),
    /// The transport failed.
    Transport(ConnectPhase, TransportError),
    /// The url is wss, but TLS is not available: the session has no TLS configuration, the system's certificates could
    /// not be read, or core was built without TLS. The text says which.
    TlsUnavailable(Arc<str>),
    /// The server's certificate is not valid for this host at this time; the reason in words.
    Certificate(Arc<str>),
    /// The server ended TLS with an alert; its name.
    TlsAlert(Arc<str>),
    /// TLS failed for another reason, in words.
    Tls(Arc<str>),
    /// The server's answer is not a valid upgrade.
    Answer(AnswerError),
    /// closeSocket was called before the connection was open.
    ClosedWhileConnecting,
    /// A newer connectSocket replaced this connection.
    Replaced,

    /// A message was sent while no connection was open.
    NotOpen,
    /// The message could not be sent.
    SendFailed(SendError),
    /// closeSocket was called with a code or reason that must not be sent.
    CloseInvalid(CloseError),

    /// The peer's frames could not be accepted.
    Frame(FrameError),
    /// No frame came within the pong timeout ([F6](crate::rules#f6)).
    PongTimeout,
}

impl Cause {
    /// The error code of this cause ([C](crate::rules#c)).
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
            | Self::TlsUnavailable(_)
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
                write!(f, "could not connect to any of {tried} addresses; the last error: {last}")
            }
            Self::ConnectTimeout(phase) => write!(f, "timed out while {phase}"),
            Self::EndOfStream(ConnectPhase::Tls) => f.write_str(
                "the server ended the connection while in the TLS handshake: is the port for ws, not wss?",
            ),
            Self::EndOfStream(phase) => write!(f, "the server ended the connection while {phase}"),
            Self::Transport(phase, error) => write!(f, "{error} while {phase}"),
            Self::TlsUnavailable(why) => write!(f, "wss is not available: {why}"),
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

/// How far a connection had come when it failed ([T](crate::rules#t)). While connecting, this is finer than
/// [`Phase`](crate::Phase).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConnectPhase {
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

impl fmt::Display for ConnectPhase {
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

/// Why a transport failed: the host's I/O error as a value that can be compared and cloned.
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
