//! What can happen to a session: calls of the user, whose parameters are already judged, and signals from the layers
//! below.

use core::fmt;

use super::vocabulary::vocabulary;

vocabulary! {
    /// The verdict on a connect call's parameters ([V1](crate::rules#v1) to [V6](crate::rules#v6)). V5 is missing on
    /// purpose: it depends on the state, so the table decides it.
    ConnectVerdict {
        /// Nothing is wrong with the parameters.
        Accepted = "accepted",
        /// There is no url ([V1](crate::rules#v1)).
        UrlMissing = "url-missing",
        /// The url cannot be used ([V2](crate::rules#v2)).
        UrlInvalid = "url-invalid",
        /// The scheme is neither ws nor wss ([V3](crate::rules#v3)).
        SchemeInvalid = "scheme-invalid",
        /// The session requires wss and the url is ws ([V4](crate::rules#v4)).
        WssRequired = "wss-required",
        /// `header`, `data` or `protocols` cannot be used ([V6](crate::rules#v6)).
        ParameterInvalid = "parameter-invalid",
    }
}

vocabulary! {
    /// The verdict on a message ([C](crate::rules#c), code 11).
    SendVerdict {
        /// It can be queued.
        Accepted = "accepted",
        /// Its payload is invalid, it is larger than the limit, or the output buffer is full.
        Refused = "refused",
    }
}

vocabulary! {
    /// The verdict on a closeSocket call's code and reason.
    CloseVerdict {
        /// They may be sent.
        Accepted = "accepted",
        /// They may not ([T](crate::rules#t): wrong type, code out of range, reason too long).
        Refused = "refused",
    }
}

vocabulary! {
    /// Which connection a signal concerns ([G1](crate::rules#g1)).
    Origin {
        /// The session's current connection.
        Current = "current",
        /// A connection that is no longer current: the signal is ignored.
        Stale = "stale",
    }
}

vocabulary! {
    /// Why a connection never opened ([C](crate::rules#c)).
    Failure {
        /// The name was not found, the connection was refused, reset or ended, or TLS failed for a reason other than
        /// the certificate: 1.
        Unknown = "unknown",
        /// The connect timer fired: 6.
        TimedOut = "timed-out",
        /// The server's certificate is not valid for this host at this time: 7.
        Certificate = "certificate",
        /// The server's answer is not a valid upgrade: 8.
        Answer = "answer",
        /// The server chose a subprotocol although the request offered none: 9.
        Subprotocol = "subprotocol",
        /// The head of the answer is longer than its limit, or there is no memory for it: 12.
        Memory = "memory",
    }
}

/// What the layers below the session report about one connection.
///
/// A signal that makes no sense in a phase (opened while open, a message while connecting) also has a row, which does
/// nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// The upgrade was accepted.
    Opened,
    /// The connection will never open.
    Failed(Failure),
    /// A byte of a frame was received on a transport that can be written ([F6](crate::rules#f6)). This comes before the
    /// signal for the frame itself.
    Heard,
    /// A message is complete.
    Message,
    /// A ping was received.
    Ping,
    /// The ping timer fired.
    PingDue,
    /// The transport has taken the last byte of a queued message. This comes once for each message, in order.
    Sent,
    /// A close frame was received.
    PeerClose,
    /// The stream ended without a close frame.
    EndOfStream,
    /// The transport failed.
    TransportError,
    /// Writing failed, and nothing more goes out ([F7](crate::rules#f7)). What can still be read is delivered as usual.
    /// From here on, sends are refused, and [`Signal::Heard`] does not come, because there is no ping to delay. An end
    /// follows: the one that reading finds, or [`Signal::TransportError`]. If writing failed while connecting, this
    /// signal comes again after [`Signal::Opened`].
    Unwritable,
    /// The peer broke a rule of RFC 6455 §5 ([F1](crate::rules#f1)).
    Violation,
    /// A text or a close reason is not UTF-8, or data does not inflate ([F2](crate::rules#f2)).
    NotUtf8,
    /// A frame or a message exceeds its limit, or there is no memory for it ([F3](crate::rules#f3)).
    OverLimit,
    /// The pong timer fired.
    PongTimeout,
    /// The close timer fired.
    CloseTimeout,
}

impl Signal {
    /// Every signal, in a stable order.
    pub const ALL: [Self; 21] = [
        Self::Opened,
        Self::Failed(Failure::Unknown),
        Self::Failed(Failure::TimedOut),
        Self::Failed(Failure::Certificate),
        Self::Failed(Failure::Answer),
        Self::Failed(Failure::Subprotocol),
        Self::Failed(Failure::Memory),
        Self::Heard,
        Self::Message,
        Self::Ping,
        Self::PingDue,
        Self::Sent,
        Self::PeerClose,
        Self::EndOfStream,
        Self::TransportError,
        Self::Unwritable,
        Self::Violation,
        Self::NotUtf8,
        Self::OverLimit,
        Self::PongTimeout,
        Self::CloseTimeout,
    ];

    /// The stable lower-case name, for traces and vectors.
    pub const fn name(self) -> &'static str {
        self.names().0
    }

    /// The names of the signal for the current connection and for a stale one, side by side so that they agree.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Opened => ("opened", "stale-opened"),
            Self::Failed(failure) => match failure {
                Failure::Unknown => ("failed-unknown", "stale-failed-unknown"),
                Failure::TimedOut => ("failed-timed-out", "stale-failed-timed-out"),
                Failure::Certificate => ("failed-certificate", "stale-failed-certificate"),
                Failure::Answer => ("failed-answer", "stale-failed-answer"),
                Failure::Subprotocol => ("failed-subprotocol", "stale-failed-subprotocol"),
                Failure::Memory => ("failed-memory", "stale-failed-memory"),
            },
            Self::Heard => ("heard", "stale-heard"),
            Self::Message => ("message", "stale-message"),
            Self::Ping => ("ping", "stale-ping"),
            Self::PingDue => ("ping-due", "stale-ping-due"),
            Self::Sent => ("sent", "stale-sent"),
            Self::PeerClose => ("peer-close", "stale-peer-close"),
            Self::EndOfStream => ("end-of-stream", "stale-end-of-stream"),
            Self::TransportError => ("transport-error", "stale-transport-error"),
            Self::Unwritable => ("unwritable", "stale-unwritable"),
            Self::Violation => ("violation", "stale-violation"),
            Self::NotUtf8 => ("not-utf8", "stale-not-utf8"),
            Self::OverLimit => ("over-limit", "stale-over-limit"),
            Self::PongTimeout => ("pong-timeout", "stale-pong-timeout"),
            Self::CloseTimeout => ("close-timeout", "stale-close-timeout"),
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What happens to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trigger {
    /// connectSocket was called.
    Connect(ConnectVerdict),
    /// sendSocketMessage was called.
    Send(SendVerdict),
    /// closeSocket was called.
    Close(CloseVerdict),
    /// The layers below report something about a connection.
    Signal(Origin, Signal),
}

impl Trigger {
    const COUNT: usize = ConnectVerdict::ALL.len()
        + SendVerdict::ALL.len()
        + CloseVerdict::ALL.len()
        + Origin::ALL.len() * Signal::ALL.len();

    /// Every trigger, in a stable order: calls, signals of the current connection, stale signals.
    pub const ALL: [Self; Self::COUNT] = {
        let mut all = [Self::Connect(ConnectVerdict::Accepted); Self::COUNT];
        let mut at = 0;
        let mut from = 0;
        while from < ConnectVerdict::ALL.len() {
            all[at] = Self::Connect(ConnectVerdict::ALL[from]);
            (at, from) = (at + 1, from + 1);
        }
        from = 0;
        while from < SendVerdict::ALL.len() {
            all[at] = Self::Send(SendVerdict::ALL[from]);
            (at, from) = (at + 1, from + 1);
        }
        from = 0;
        while from < CloseVerdict::ALL.len() {
            all[at] = Self::Close(CloseVerdict::ALL[from]);
            (at, from) = (at + 1, from + 1);
        }
        from = 0;
        while from < Origin::ALL.len() * Signal::ALL.len() {
            let (origin, signal) = (from / Signal::ALL.len(), from % Signal::ALL.len());
            all[at] = Self::Signal(Origin::ALL[origin], Signal::ALL[signal]);
            (at, from) = (at + 1, from + 1);
        }
        all
    };

    /// The stable lower-case name, for traces and vectors.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect(verdict) => match verdict {
                ConnectVerdict::Accepted => "connect-accepted",
                ConnectVerdict::UrlMissing => "connect-url-missing",
                ConnectVerdict::UrlInvalid => "connect-url-invalid",
                ConnectVerdict::SchemeInvalid => "connect-scheme-invalid",
                ConnectVerdict::WssRequired => "connect-wss-required",
                ConnectVerdict::ParameterInvalid => "connect-parameter-invalid",
            },
            Self::Send(verdict) => match verdict {
                SendVerdict::Accepted => "send-accepted",
                SendVerdict::Refused => "send-refused",
            },
            Self::Close(verdict) => match verdict {
                CloseVerdict::Accepted => "close-accepted",
                CloseVerdict::Refused => "close-refused",
            },
            Self::Signal(origin, signal) => match origin {
                Origin::Current => signal.names().0,
                Origin::Stale => signal.names().1,
            },
        }
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
