//! The twelve error codes of the API. [`Cause`](crate::Cause) has the details.

use core::fmt;

/// Declares the codes, each with its number, its stable name and its meaning. One line holds everything about a code,
/// so no list can fall behind.
macro_rules! codes {
    ($(#[$about:meta])* $kind:ident {
        $($(#[$meaning:meta])* $code:ident = $number:literal, $name:literal, $text:literal;)+
    }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $kind {
            $($(#[$meaning])* $code = $number,)+
        }

        impl $kind {
            /// Every code, in the order of its number.
            pub const ALL: [Self; [$($number),+].len()] = [$(Self::$code),+];

            /// The number that scripts see, 1 to 12.
            pub const fn number(self) -> u8 {
                self as u8
            }

            /// The stable lower-case name, for traces and vectors.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$code => $name,)+
                }
            }

            /// What the code means, in a few words.
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$code => $text,)+
                }
            }
        }
    };
}

codes! {
    /// An error code of `my.connectSocket`, with its number in the API's documentation. The lifecycle's table produces
    /// every one of them.
    ///
    /// ```
    /// use connect_socket_core::ErrorCode;
    ///
    /// assert_eq!(ErrorCode::TimedOut.number(), 6);
    /// assert_eq!(ErrorCode::TimedOut.name(), "timed-out");
    /// assert_eq!(ErrorCode::try_from(6), Ok(ErrorCode::TimedOut));
    /// assert!(ErrorCode::try_from(13).is_err());
    /// assert_eq!(ErrorCode::ALL.len(), 12);
    /// ```
    ErrorCode {
        /// 1: an unknown error, or one that has no code of its own.
        Unknown = 1, "unknown", "unknown error";
        /// 2: a connection already exists, or a newer call replaced this one.
        AlreadyConnected = 2, "already-connected", "a connection already exists";
        /// 3: the url is null.
        UrlMissing = 3, "url-missing", "the url is missing";
        /// 4: the url cannot be recognised.
        UrlInvalid = 4, "url-invalid", "the url is not valid";
        /// 5: the url must start with ws or wss.
        SchemeInvalid = 5, "scheme-invalid", "the url must start with ws or wss";
        /// 6: the connection timed out.
        TimedOut = 6, "timed-out", "the connection timed out";
        /// 7: the server's certificate is not valid.
        CertificateInvalid = 7, "certificate-invalid", "the server's certificate is not valid";
        /// 8: the server's answer is not a valid upgrade, or the url is ws where wss is required
        /// ([V4](crate::rules#v4)).
        AnswerInvalid = 8, "answer-invalid", "the server's answer is not a valid WebSocket upgrade";
        /// 9: the server chose a subprotocol although the request offered none.
        SubprotocolMissing = 9, "subprotocol-missing", "the server chose a subprotocol that was not asked for";
        /// 10: there is no open connection to send on.
        NotOpen = 10, "not-open", "there is no open connection";
        /// 11: the message could not be sent.
        SendFailed = 11, "send-failed", "the message could not be sent";
        /// 12: there is no memory for what the network sends.
        OutOfMemory = 12, "out-of-memory", "no memory for what the network sends";
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
        write!(f, "{} is not an error code: they run from 1 to {}", self.0, ErrorCode::ALL.len())
    }
}

impl std::error::Error for UnknownCode {}

impl TryFrom<u8> for ErrorCode {
    type Error = UnknownCode;

    fn try_from(number: u8) -> Result<Self, UnknownCode> {
        Self::ALL.into_iter().find(|code| code.number() == number).ok_or(UnknownCode(number))
    }
}
