//! The twelve error codes of the API page, and nothing beneath them: [`Cause`](crate::Cause) is the detail.

use core::fmt;

/// An error code of `my.connectSocket`, as the API page numbers them.
///
/// ```
/// use connect_socket_core::ErrorCode;
///
/// assert_eq!(ErrorCode::TimedOut.number(), 6);
/// assert_eq!(ErrorCode::try_from(6), Ok(ErrorCode::TimedOut));
/// assert!(ErrorCode::try_from(13).is_err());
/// assert_eq!(ErrorCode::ALL.len(), 12);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ErrorCode {
    /// 1: an unknown error; whatever has no code of its own.
    Unknown = 1,
    /// 2: a network connection already exists, or this one was replaced by a newer call.
    AlreadyConnected = 2,
    /// 3: the url is null.
    UrlMissing = 3,
    /// 4: the url cannot be recognised.
    UrlInvalid = 4,
    /// 5: the url must start with ws or wss.
    SchemeInvalid = 5,
    /// 6: the connection timed out.
    TimedOut = 6,
    /// 7: the server's certificate is not valid.
    CertificateInvalid = 7,
    /// 8: the server's answer is not a valid upgrade.
    AnswerInvalid = 8,
    /// 9: the server chose a subprotocol and the request offered none.
    SubprotocolMissing = 9,
    /// 10: there is no open connection to send on.
    NotOpen = 10,
    /// 11: the message could not be sent.
    SendFailed = 11,
    /// 12: no memory for what the network sends.
    OutOfMemory = 12,
}

impl ErrorCode {
    /// Every code, in the order of the page.
    pub const ALL: [Self; 12] = [
        Self::Unknown,
        Self::AlreadyConnected,
        Self::UrlMissing,
        Self::UrlInvalid,
        Self::SchemeInvalid,
        Self::TimedOut,
        Self::CertificateInvalid,
        Self::AnswerInvalid,
        Self::SubprotocolMissing,
        Self::NotOpen,
        Self::SendFailed,
        Self::OutOfMemory,
    ];

    /// The number on the page, 1 to 12.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// What the code means, in a few words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Unknown => "unknown error",
            Self::AlreadyConnected => "a connection already exists",
            Self::UrlMissing => "the url is missing",
            Self::UrlInvalid => "the url is not valid",
            Self::SchemeInvalid => "the url must start with ws or wss",
            Self::TimedOut => "the connection timed out",
            Self::CertificateInvalid => "the server's certificate is not valid",
            Self::AnswerInvalid => "the server's answer is not a valid WebSocket upgrade",
            Self::SubprotocolMissing => "the server chose a subprotocol that was not asked for",
            Self::NotOpen => "there is no open connection",
            Self::SendFailed => "the message could not be sent",
            Self::OutOfMemory => "no memory for what the network sends",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.number(), self.text())
    }
}

/// The number is not one of the twelve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownCode(pub u8);

impl fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not an error code: they run from 1 to 12", self.0)
    }
}

impl std::error::Error for UnknownCode {}

impl TryFrom<u8> for ErrorCode {
    type Error = UnknownCode;

    fn try_from(number: u8) -> Result<Self, UnknownCode> {
        Self::ALL.into_iter().find(|code| code.number() == number).ok_or(UnknownCode(number))
    }
}
