//! How the last connection ended.

use core::fmt;

use crate::error::Error;
use crate::lifecycle::CloseCause;

/// How the last `my.connectSocket` ended, whether or not it ever opened: see [`Session::end`](crate::Session::end).
///
/// ```
/// use connect_socket_core::{Config, ConnectOptions, End, Session, Tape, Time};
///
/// let mut session = Session::new(Config::default(), Tape::default());
/// assert!(session.end().is_none(), "nothing has begun");
/// session.connect(Time::ZERO, &ConnectOptions::new("wss://"));
/// let Some(End::Failed(error)) = session.end() else { panic!() };
/// assert_eq!(error.code().number(), 4);
/// ```
#[derive(Clone, Debug)]
pub enum End {
    /// It never opened: the call was refused, the connection could not be made, or it was closed or replaced before it
    /// was open. The error is the one that the call's fail callback or onSocketError received.
    Failed(Error),
    /// It was open. The code, the reason and the cause are those of onSocketClose.
    Closed {
        /// The close code (RFC 6455 §7.1.5): 1005 if the close frame had none, 1006 if there was no close frame.
        code: u16,
        /// The reason, perhaps empty.
        reason: Box<str>,
        /// Which side ended it.
        cause: CloseCause,
        /// The error of onSocketError, if there was one.
        error: Option<Error>,
    },
}

impl End {
    /// The error, if there was one.
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::Failed(error) => Some(error),
            Self::Closed { error, .. } => error.as_ref(),
        }
    }

    /// Whether the connection was open and both sides closed it with a close frame (`wasClean` of browsers). A connection
    /// that was just lost has no error, because onSocketError does not report that, but it is not clean either.
    pub fn is_clean(&self) -> bool {
        // RFC 6455 section 7.1.5: 1006 stands for the close frame that did not come.
        matches!(self, Self::Closed { code, error: None, .. } if *code != 1006)
    }
}

impl fmt::Display for End {
    /// One line for a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => write!(f, "the connection failed: {error}"),
            Self::Closed { code, error: Some(error), .. } => {
                write!(f, "the connection ended with code {code}: {error}")
            }
            Self::Closed { cause: CloseCause::Abnormal, error: None, .. } => {
                f.write_str("the connection was lost: it ended without a close frame")
            }
            Self::Closed { code, reason, error: None, .. } if reason.is_empty() => {
                write!(f, "the connection was closed with code {code}")
            }
            Self::Closed { code, reason, error: None, .. } => {
                write!(f, "the connection was closed with code {code}: {reason:?}")
            }
        }
    }
}
