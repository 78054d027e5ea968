//! What a step asks the session to do: settle results, report events, queue frames, and handle timers and transports.

use core::fmt;

use super::vocabulary::vocabulary;
use crate::code::ErrorCode;

vocabulary! {
    /// Whose result a step settles.
    Call {
        /// The call that is being made now.
        This = "this",
        /// The connect call of the connection that was current before the step.
        Connect = "connect",
        /// The send call whose last byte the signal reports.
        Send = "send",
    }
}

/// The result of a call: success or fail, and then complete ([G2](crate::rules#g2)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// success, then complete.
    Success,
    /// fail with the code, then complete.
    Fail(ErrorCode),
}

vocabulary! {
    /// The code that a close event carries.
    CloseCode {
        /// 1000.
        Normal = "normal",
        /// The code and reason that closeSocket was called with.
        AsRequested = "as-requested",
        /// The code and reason of the peer's close frame; 1005 and no reason if it was empty ([F4](crate::rules#f4)).
        OfPeer = "of-peer",
        /// 1006: no close frame came.
        Abnormal = "abnormal",
        /// 1002.
        Protocol = "protocol",
        /// 1007.
        NotUtf8 = "not-utf8",
        /// 1009.
        TooBig = "too-big",
    }
}

impl CloseCode {
    /// The number, if the table alone determines it.
    pub const fn number(self) -> Option<u16> {
        match self {
            Self::Normal => Some(1000),
            Self::Protocol => Some(1002),
            Self::Abnormal => Some(1006),
            Self::NotUtf8 => Some(1007),
            Self::TooBig => Some(1009),
            Self::AsRequested | Self::OfPeer => None,
        }
    }
}

vocabulary! {
    /// The typed cause in a close event ([G6](crate::rules#g6)). If both sides close at once, the one that this side
    /// sees first is the cause ([T](crate::rules#t)).
    CloseCause {
        /// closeSocket was called.
        Local = "local",
        /// The peer sent a close frame.
        Remote = "remote",
        /// The stream ended or failed without a close frame.
        Abnormal = "abnormal",
        /// A newer connectSocket replaced the connection; its code is 2 ([C](crate::rules#c)).
        Replaced = "replaced",
        /// No pong came in time.
        TimedOut = "timed-out",
        /// The peer's frames broke a rule.
        Protocol = "protocol",
        /// The peer's frames exceeded a limit.
        TooBig = "too-big",
    }
}

/// An event of the API. Once a terminal one is reported, the session's slot is free ([G4](crate::rules#g4)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Notice {
    /// onSocketOpen.
    Opened,
    /// onSocketMessage.
    Message,
    /// onSocketError. It is terminal if the connection never opened; otherwise [`Notice::Closed`] follows at once.
    Error(ErrorCode),
    /// onSocketClose. It is always terminal.
    Closed(CloseCode, CloseCause),
}

vocabulary! {
    /// Which close frame goes out. No connection sends two ([F4](crate::rules#f4)).
    CloseFrameKind {
        /// 1000, no reason: the connection is replaced.
        Normal = "normal",
        /// The code and reason that closeSocket was called with.
        AsRequested = "as-requested",
        /// The reply to the peer's close frame, with the same code, or empty like that ([F4](crate::rules#f4)).
        Reply = "reply",
        /// 1002.
        Protocol = "protocol",
        /// 1007.
        NotUtf8 = "not-utf8",
        /// 1009.
        TooBig = "too-big",
    }
}

vocabulary! {
    /// The timers of a connection. The table says when they run, and the session knows how long.
    Timer {
        /// Runs while connecting. When it fires: [`Failure::TimedOut`](super::Failure::TimedOut).
        Connect = "connect",
        /// Runs while closing. When it fires: [`Signal::CloseTimeout`](super::Signal::CloseTimeout).
        Close = "close",
        /// Runs while open, from the last byte of a frame received. When it fires:
        /// [`Signal::PingDue`](super::Signal::PingDue). A session without keepalive never runs it.
        Ping = "ping",
        /// Runs while open, from a ping until a byte of a frame is received. When it fires:
        /// [`Signal::PongTimeout`](super::Signal::PongTimeout).
        Pong = "pong",
    }
}

/// One thing that the session does, in the order of the list.
///
/// In a list with [`Effect::Begin`], the effects before it concern the old connection, and those after it the new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Gives a call its result: success or fail, and then complete.
    Settle(Call, Outcome),
    /// Every send whose last byte the transport has not taken fails with code 11, so no send waits from here on. A
    /// partly written frame is still finished, and so is a close frame that is already queued ([F5](crate::rules#f5)),
    /// unless the transport takes no more ([F7](crate::rules#f7)).
    FailSends,
    /// Reports an event.
    Tell(Notice),
    /// A new connection begins and becomes the current one.
    Begin,
    /// The message of the call goes to the send queue; its result comes with [`Signal::Sent`](super::Signal::Sent)
    /// or [`Effect::FailSends`].
    QueueMessage,
    /// Queues a close frame after everything else. Nothing may be queued after it ([F4](crate::rules#f4)).
    SendClose(CloseFrameKind),
    /// A pong to the newest ping goes out ahead of queued messages.
    AnswerPing,
    /// A ping goes out.
    SendPing,
    /// Starts a timer, or restarts it if it runs.
    Arm(Timer),
    /// Stops a timer. Does nothing if it does not run.
    Disarm(Timer),
    /// Releases the transport of the connection at once.
    Drop,
    /// The transport finishes what is partly written and the close frame, half-closes, drains, and is released. No
    /// event waits for it ([F5](crate::rules#f5)).
    Linger,
}

impl Effect {
    /// The code with which it fails a call, or which it reports as an error.
    pub const fn failure(self) -> Option<ErrorCode> {
        match self {
            Self::Settle(_, Outcome::Fail(code)) | Self::Tell(Notice::Error(code)) => Some(code),
            Self::Settle(_, Outcome::Success)
            | Self::Tell(Notice::Opened | Notice::Message | Notice::Closed(_, _))
            | Self::FailSends
            | Self::Begin
            | Self::QueueMessage
            | Self::SendClose(_)
            | Self::AnswerPing
            | Self::SendPing
            | Self::Arm(_)
            | Self::Disarm(_)
            | Self::Drop
            | Self::Linger => None,
        }
    }
}

impl Outcome {
    /// The stable lower-case name, without the code.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Fail(_) => "fail",
        }
    }
}

impl Notice {
    /// The stable lower-case name, without the event's content.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Message => "message",
            Self::Error(_) => "error",
            Self::Closed(_, _) => "closed",
        }
    }
}

impl Effect {
    /// The stable lower-case name, without the effect's parameters; `Display` writes these, too.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Settle(_, _) => "settle",
            Self::FailSends => "fail-sends",
            Self::Tell(_) => "tell",
            Self::Begin => "begin",
            Self::QueueMessage => "queue-message",
            Self::SendClose(_) => "send-close",
            Self::AnswerPing => "answer-ping",
            Self::SendPing => "send-ping",
            Self::Arm(_) => "arm",
            Self::Disarm(_) => "disarm",
            Self::Drop => "drop",
            Self::Linger => "linger",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Success => f.write_str(self.name()),
            Self::Fail(code) => write!(f, "{} {}", self.name(), code.number()),
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opened | Self::Message => f.write_str(self.name()),
            Self::Error(code) => write!(f, "{} {}", self.name(), code.number()),
            Self::Closed(code, cause) => write!(f, "{} {code} {cause}", self.name()),
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settle(call, outcome) => write!(f, "{} {call} {outcome}", self.name()),
            Self::Tell(notice) => write!(f, "{} {notice}", self.name()),
            Self::SendClose(kind) => write!(f, "{} {kind}", self.name()),
            Self::Arm(timer) | Self::Disarm(timer) => write!(f, "{} {timer}", self.name()),
            Self::FailSends
            | Self::Begin
            | Self::QueueMessage
            | Self::AnswerPing
            | Self::SendPing
            | Self::Drop
            | Self::Linger => f.write_str(self.name()),
        }
    }
}
