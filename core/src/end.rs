//! How the last connection ended.

use core::fmt;

use crate::error::Error;
use crate::lifecycle::CloseCause;

/// How the last `my.connectSocket` ended, whichever way it took: see [`Session::end`](crate::Session::end).
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
    /// was open. The error is that of the call's fail callback or of onSocketError.
    Failed(Error),
    /// It was open. These are the code, the reason and the cause of onSocketClose.
    Closed {
        /// The close code (RFC 6455 §7.1.5): 1005 for none, 1006 for no close frame at all.
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
    /// What went wrong, if there was an error.
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::Failed(error) => Some(error),
            Self::Closed { error, .. } => error.as_ref(),
        }
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
                f.write_str("the connection was lost: the server went without a close frame")
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
