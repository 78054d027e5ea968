//! The transition function: the rows of rule T, with one match arm for each way in which rows differ.
//!
//! Results and events have the order of rule T. Around them, every row has the same order: timers of the old phase, the
//! send queue, results, events, the old transport, the new connection. Sends fail before a close frame is queued, so
//! the frame does not wait for messages that will never leave.

use super::effect::{Call, CloseCause, CloseCode, CloseFrameKind, Effect, Notice, Outcome, Timer};
use super::effects::Effects;
use super::state::{Ended, OnExisting, Phase, Settle, State};
use super::trigger::{CloseVerdict, ConnectVerdict, Failure, Origin, SendVerdict, Signal, Trigger};
use crate::code::ErrorCode;

/// One step: the state of the session after a trigger, and what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// The state after this step.
    pub next: State,
    /// How the connection that was current before the step ended, if this step ended it.
    pub ended: Option<Ended>,
    /// What to do, in this order.
    pub effects: Effects,
}

impl Step {
    /// The connection, if there is one, stays in its phase.
    const fn stay(state: State, effects: Effects) -> Self {
        Self { next: state, ended: None, effects }
    }

    /// The connection moves to another phase.
    const fn go(state: State, phase: Phase, effects: Effects) -> Self {
        Self { next: state.in_phase(phase), ended: None, effects }
    }

    /// The connection has ended and the slot is free (rule G4).
    const fn end(state: State, ended: Ended, effects: Effects) -> Self {
        Self { next: state.in_phase(Phase::Idle), ended: Some(ended), effects }
    }
}

/// What `trigger` does to a session in `state`. It is total and pure: there is a row for every pair, and the same pair
/// always gives the same row.
pub const fn step(state: State, trigger: Trigger) -> Step {
    match trigger {
        Trigger::Connect(verdict) => connect(state, verdict),
        Trigger::Send(verdict) => send(state, verdict),
        Trigger::Close(verdict) => close(state, verdict),
        Trigger::Signal(origin, signal) => match origin {
            Origin::Stale => Step::stay(state, Effects::NONE),
            Origin::Current => match state.phase {
                // There is no current connection for the signal.
                Phase::Idle => Step::stay(state, Effects::NONE),
                Phase::Connecting => while_connecting(state, signal),
                Phase::Open => while_open(state, signal),
                Phase::Closing => while_closing(state, signal),
            },
        },
    }
}

/// The table is finite, so the compiler can walk it: no row is longer than its list.
const _: () = {
    let mut from = 0;
    while from < State::ALL.len() {
        let mut by = 0;
        while by < Trigger::ALL.len() {
            assert!(step(State::ALL[from], Trigger::ALL[by]).effects.is_whole());
            by += 1;
        }
        from += 1;
    }
};

const fn settle_this(outcome: Outcome) -> Effects {
    Effects::NONE.then(Effect::Settle(Call::This, outcome))
}

/// V1 to V6, in that order. The caller judges all but V5, and V5 comes before V6.
const fn connect(state: State, verdict: ConnectVerdict) -> Step {
    let code = match verdict {
        ConnectVerdict::UrlMissing => ErrorCode::UrlMissing,
        ConnectVerdict::UrlInvalid => ErrorCode::UrlInvalid,
        ConnectVerdict::SchemeInvalid => ErrorCode::SchemeInvalid,
        ConnectVerdict::WssRequired => ErrorCode::AnswerInvalid,
        ConnectVerdict::ParameterInvalid | ConnectVerdict::Accepted if keeps_its_connection(state) => {
            ErrorCode::AlreadyConnected
        }
        ConnectVerdict::ParameterInvalid => ErrorCode::Unknown,
        ConnectVerdict::Accepted => return begin(state),
    };
    Step::stay(state, settle_this(Outcome::Fail(code)))
}

/// V5.
const fn keeps_its_connection(state: State) -> bool {
    match state.on_existing {
        OnExisting::Replace => false,
        OnExisting::Reject => match state.phase {
            Phase::Idle => false,
            Phase::Connecting | Phase::Open | Phase::Closing => true,
        },
    }
}

/// Everything about the old connection is reported before anything about the new one (S3).
const fn begin(state: State) -> Step {
    let replaced = Effect::Tell(Notice::Closed(CloseCode::Normal, CloseCause::Replaced));
    let (ended, old) = match state.phase {
        Phase::Idle => (None, Effects::NONE),
        Phase::Connecting => {
            let leaving = leave_connecting(state.settle, Outcome::Fail(ErrorCode::AlreadyConnected));
            (Some(Ended::Replaced), leaving.then(replaced).then(Effect::Drop))
        }
        Phase::Open => {
            let leaving = leave_open().then(Effect::SendClose(CloseFrameKind::Normal));
            (Some(Ended::Replaced), leaving.then(replaced).then(Effect::Linger))
        }
        Phase::Closing => {
            let closed = Effect::Tell(Notice::Closed(CloseCode::AsRequested, CloseCause::Local));
            (Some(Ended::Replaced), leave_closing().then(closed).then(Effect::Linger))
        }
    };
    let begun = old.then(Effect::Begin);
    let settled = match state.settle {
        Settle::OnOutcome => begun,
        Settle::OnAccept => begun.then(Effect::Settle(Call::This, Outcome::Success)),
    };
    Step {
        next: state.in_phase(Phase::Connecting),
        ended,
        effects: settled.then(Effect::Arm(Timer::Connect)),
    }
}

const fn send(state: State, verdict: SendVerdict) -> Step {
    let effects = match state.phase {
        // It does not matter here whether the message is valid (C, code 10).
        Phase::Idle | Phase::Connecting | Phase::Closing => settle_this(Outcome::Fail(ErrorCode::NotOpen)),
        Phase::Open => match verdict {
            SendVerdict::Accepted => Effects::NONE.then(Effect::QueueMessage),
            SendVerdict::Refused => settle_this(Outcome::Fail(ErrorCode::SendFailed)),
        },
    };
    Step::stay(state, effects)
}

const fn close(state: State, verdict: CloseVerdict) -> Step {
    match verdict {
        CloseVerdict::Refused => Step::stay(state, settle_this(Outcome::Fail(ErrorCode::Unknown))),
        CloseVerdict::Accepted => match state.phase {
            Phase::Idle | Phase::Closing => Step::stay(state, settle_this(Outcome::Success)),
            Phase::Connecting => {
                let done = Effects::NONE
                    .then(Effect::Disarm(Timer::Connect))
                    .then(Effect::Settle(Call::This, Outcome::Success));
                let told = settle_connect(done, state.settle, Outcome::Fail(ErrorCode::Unknown))
                    .then(Effect::Tell(Notice::Closed(CloseCode::AsRequested, CloseCause::Local)));
                Step::end(state, Ended::Closed, told.then(Effect::Drop))
            }
            // The sends stay pending. The close frame comes after them, so all of them may still leave.
            Phase::Open => {
                let effects = disarm_open()
                    .then(Effect::SendClose(CloseFrameKind::AsRequested))
                    .then(Effect::Settle(Call::This, Outcome::Success))
                    .then(Effect::Arm(Timer::Close));
                Step::go(state, Phase::Closing, effects)
            }
        },
    }
}

const fn while_connecting(state: State, signal: Signal) -> Step {
    match signal {
        Signal::Opened => {
            let begun = leave_connecting(state.settle, Outcome::Success);
            let told = begun.then(Effect::Tell(Notice::Opened));
            Step::go(state, Phase::Open, told.then(Effect::Arm(Timer::Ping)))
        }
        Signal::Failed(failure) => match failure {
            Failure::Unknown => fail_to_open(state, ErrorCode::Unknown),
            Failure::TimedOut => fail_to_open(state, ErrorCode::TimedOut),
            Failure::Certificate => fail_to_open(state, ErrorCode::CertificateInvalid),
            Failure::Answer => fail_to_open(state, ErrorCode::AnswerInvalid),
            Failure::Subprotocol => fail_to_open(state, ErrorCode::SubprotocolMissing),
            Failure::Memory => fail_to_open(state, ErrorCode::OutOfMemory),
        },
        Signal::EndOfStream | Signal::TransportError => fail_to_open(state, ErrorCode::Unknown),
        // Frames and their timers belong to open connections.
        Signal::Heard
        | Signal::Message
        | Signal::Ping
        | Signal::PingDue
        | Signal::Sent
        | Signal::PeerClose
        | Signal::Violation
        | Signal::NotUtf8
        | Signal::OverLimit
        | Signal::PongTimeout
        | Signal::CloseTimeout
        // The server's answer may have arrived anyway (F7).
        | Signal::Unwritable => Step::stay(state, Effects::NONE),
    }
}

const fn while_open(state: State, signal: Signal) -> Step {
    match signal {
        // Any byte of a frame stops the pong timer and delays the next ping (F6).
        Signal::Heard => {
            let effects = Effects::NONE.then(Effect::Disarm(Timer::Pong)).then(Effect::Arm(Timer::Ping));
            Step::stay(state, effects)
        }
        Signal::Message => Step::stay(state, Effects::NONE.then(Effect::Tell(Notice::Message))),
        Signal::Ping => Step::stay(state, Effects::NONE.then(Effect::AnswerPing)),
        Signal::PingDue => {
            Step::stay(state, Effects::NONE.then(Effect::SendPing).then(Effect::Arm(Timer::Pong)))
        }
        Signal::Sent => Step::stay(state, sent()),
        Signal::PeerClose => {
            let closed = Effect::Tell(Notice::Closed(CloseCode::OfPeer, CloseCause::Remote));
            let effects = leave_open().then(Effect::SendClose(CloseFrameKind::Reply)).then(closed);
            Step::end(state, Ended::Closed, effects.then(Effect::Linger))
        }
        Signal::EndOfStream => {
            let closed = Effect::Tell(Notice::Closed(CloseCode::Abnormal, CloseCause::Abnormal));
            Step::end(state, Ended::Failed, leave_open().then(closed).then(Effect::Drop))
        }
        Signal::TransportError => lose(state, ErrorCode::Unknown, CloseCause::Abnormal),
        // No more pings go out. What was received is reported before the end (F7).
        Signal::Unwritable => Step::stay(state, leave_open()),
        Signal::PongTimeout => lose(state, ErrorCode::TimedOut, CloseCause::TimedOut),
        Signal::Violation => {
            let closed = Notice::Closed(CloseCode::Protocol, CloseCause::Protocol);
            break_off(state, CloseFrameKind::Protocol, ErrorCode::Unknown, closed)
        }
        Signal::NotUtf8 => {
            let closed = Notice::Closed(CloseCode::NotUtf8, CloseCause::Protocol);
            break_off(state, CloseFrameKind::NotUtf8, ErrorCode::Unknown, closed)
        }
        Signal::OverLimit => {
            let closed = Notice::Closed(CloseCode::TooBig, CloseCause::TooBig);
            break_off(state, CloseFrameKind::TooBig, ErrorCode::OutOfMemory, closed)
        }
        Signal::Opened | Signal::Failed(_) | Signal::CloseTimeout => Step::stay(state, Effects::NONE),
    }
}

const fn while_closing(state: State, signal: Signal) -> Step {
    match signal {
        Signal::Sent => Step::stay(state, sent()),
        Signal::PeerClose => close_down(state, CloseCode::OfPeer, Effect::Linger),
        // Our close frame is on its way or still waits, and so does the rest of a frame before it (F5). After any
        // error, a decoder cannot go on. No second close frame goes out (F4).
        Signal::EndOfStream | Signal::Violation | Signal::NotUtf8 | Signal::OverLimit => {
            close_down(state, CloseCode::Abnormal, Effect::Linger)
        }
        // The peer's close frame may have arrived anyway (F7).
        Signal::Unwritable => Step::stay(state, Effects::NONE.then(Effect::FailSends)),
        // The stream is broken, or the peer has used the time that F5 allows.
        Signal::TransportError | Signal::CloseTimeout => close_down(state, CloseCode::Abnormal, Effect::Drop),
        // Messages and pings are dropped (T); the timers of the open connection are stopped.
        Signal::Opened
        | Signal::Failed(_)
        | Signal::Heard
        | Signal::Message
        | Signal::Ping
        | Signal::PingDue
        | Signal::PongTimeout => Step::stay(state, Effects::NONE),
    }
}

const fn sent() -> Effects {
    Effects::NONE.then(Effect::Settle(Call::Send, Outcome::Success))
}

/// Settles the connect call with the outcome, unless it was settled when it was accepted (S1, S2).
const fn settle_connect(effects: Effects, settle: Settle, outcome: Outcome) -> Effects {
    match settle {
        Settle::OnOutcome => effects.then(Effect::Settle(Call::Connect, outcome)),
        Settle::OnAccept => effects,
    }
}

const fn leave_connecting(settle: Settle, outcome: Outcome) -> Effects {
    settle_connect(Effects::NONE.then(Effect::Disarm(Timer::Connect)), settle, outcome)
}

const fn disarm_open() -> Effects {
    Effects::NONE.then(Effect::Disarm(Timer::Ping)).then(Effect::Disarm(Timer::Pong))
}

/// Nothing more of the open connection goes out. If it ends, its sends fail before its last event is reported (G2, G3).
const fn leave_open() -> Effects {
    disarm_open().then(Effect::FailSends)
}

/// The closing connection ends. Sends may still have waited before the close frame.
const fn leave_closing() -> Effects {
    Effects::NONE.then(Effect::Disarm(Timer::Close)).then(Effect::FailSends)
}

/// The connection never opens: fail and onSocketError with the same code.
const fn fail_to_open(state: State, code: ErrorCode) -> Step {
    let effects = leave_connecting(state.settle, Outcome::Fail(code)).then(Effect::Tell(Notice::Error(code)));
    Step::end(state, Ended::Failed, effects.then(Effect::Drop))
}

/// The open connection is gone, so there is no peer for a close frame.
const fn lose(state: State, code: ErrorCode, cause: CloseCause) -> Step {
    let effects = leave_open()
        .then(Effect::Tell(Notice::Error(code)))
        .then(Effect::Tell(Notice::Closed(CloseCode::Abnormal, cause)));
    Step::end(state, Ended::Failed, effects.then(Effect::Drop))
}

/// The peer's frames cannot be accepted: the close frame says why (RFC 6455 §7.1.7).
const fn break_off(state: State, frame: CloseFrameKind, code: ErrorCode, closed: Notice) -> Step {
    let effects = leave_open()
        .then(Effect::SendClose(frame))
        .then(Effect::Tell(Notice::Error(code)))
        .then(Effect::Tell(closed));
    Step::end(state, Ended::Failed, effects.then(Effect::Linger))
}

/// The closing connection has ended in some way. The user asked for it, so there is no error.
const fn close_down(state: State, code: CloseCode, transport: Effect) -> Step {
    let closed = Effect::Tell(Notice::Closed(code, CloseCause::Local));
    Step::end(state, Ended::Closed, leave_closing().then(closed).then(transport))
}
