//! The transition function: the rows of rule T, one match arm for each way in which a row differs.
//!
//! Results and events stand in the order of rule T. Around them, every row keeps one order: timers of
//! the phase that is left, the send queue, results, events, the old transport, the new connection. Sends fail
//! before a close frame is queued, so that the frame does not wait behind messages that will never leave.

use super::action::{Action, Call, CloseCause, CloseCode, CloseFrameKind, Notice, Outcome, Timer};
use super::actions::Actions;
use super::event::{CloseVerdict, ConnectVerdict, Event, Failure, Origin, SendVerdict, Signal};
use super::state::{Ended, OnExisting, Phase, Settle, State};
use crate::code::ErrorCode;

/// One step: where the session stands after an event, and what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// The state from here on.
    pub next: State,
    /// How the connection that was current before the step ended, if this step ended it.
    pub ended: Option<Ended>,
    /// What to do, in this order.
    pub actions: Actions,
}

impl Step {
    /// The connection, if any, goes on in the same phase.
    const fn stay(state: State, actions: Actions) -> Self {
        Self { next: state, ended: None, actions }
    }

    /// The connection goes on in another phase.
    const fn go(state: State, phase: Phase, actions: Actions) -> Self {
        Self { next: state.in_phase(phase), ended: None, actions }
    }

    /// The connection has ended and the slot is free (rule G4).
    const fn end(state: State, ended: Ended, actions: Actions) -> Self {
        Self { next: state.in_phase(Phase::Idle), ended: Some(ended), actions }
    }
}

/// What `event` does to a session in `state`. Total and pure: there is a row for every pair, and the same
/// pair always gives the same row.
pub const fn step(state: State, event: Event) -> Step {
    match event {
        Event::Connect(verdict) => connect(state, verdict),
        Event::Send(verdict) => send(state, verdict),
        Event::Close(verdict) => close(state, verdict),
        Event::Signal(origin, signal) => match origin {
            Origin::Stale => Step::stay(state, Actions::NONE),
            Origin::Current => match state.phase {
                // There is no current connection that the signal could concern.
                Phase::Idle => Step::stay(state, Actions::NONE),
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
        while by < Event::ALL.len() {
            assert!(step(State::ALL[from], Event::ALL[by]).actions.is_whole());
            by += 1;
        }
        from += 1;
    }
};

const fn settle_this(outcome: Outcome) -> Actions {
    Actions::NONE.then(Action::Settle(Call::This, outcome))
}

/// V1 to V6, in that order: all but V5 are judged by the caller, and V5 comes before V6.
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

/// Everything of the old connection is told before anything of the new one (S3).
const fn begin(state: State) -> Step {
    let replaced = Action::Tell(Notice::Closed(CloseCode::Normal, CloseCause::Replaced));
    let (ended, old) = match state.phase {
        Phase::Idle => (None, Actions::NONE),
        Phase::Connecting => {
            let leaving = leave_connecting(state.settle, Outcome::Fail(ErrorCode::AlreadyConnected));
            (Some(Ended::Replaced), leaving.then(replaced).then(Action::Drop))
        }
        Phase::Open => {
            let leaving = leave_open().then(Action::SendClose(CloseFrameKind::Normal));
            (Some(Ended::Replaced), leaving.then(replaced).then(Action::Linger))
        }
        Phase::Closing => {
            let closed = Action::Tell(Notice::Closed(CloseCode::AsRequested, CloseCause::Local));
            (Some(Ended::Replaced), leave_closing().then(closed).then(Action::Linger))
        }
    };
    let begun = old.then(Action::Begin);
    let settled = match state.settle {
        Settle::OnOutcome => begun,
        Settle::OnAccept => begun.then(Action::Settle(Call::This, Outcome::Success)),
    };
    Step {
        next: state.in_phase(Phase::Connecting),
        ended,
        actions: settled.then(Action::Arm(Timer::Connect)),
    }
}

const fn send(state: State, verdict: SendVerdict) -> Step {
    let actions = match state.phase {
        // Whether the message is a valid one does not matter here (C, code 10).
        Phase::Idle | Phase::Connecting | Phase::Closing => settle_this(Outcome::Fail(ErrorCode::NotOpen)),
        Phase::Open => match verdict {
            SendVerdict::Accepted => Actions::NONE.then(Action::QueueMessage),
            SendVerdict::Refused => settle_this(Outcome::Fail(ErrorCode::SendFailed)),
        },
    };
    Step::stay(state, actions)
}

const fn close(state: State, verdict: CloseVerdict) -> Step {
    match verdict {
        CloseVerdict::Refused => Step::stay(state, settle_this(Outcome::Fail(ErrorCode::Unknown))),
        CloseVerdict::Accepted => match state.phase {
            Phase::Idle | Phase::Closing => Step::stay(state, settle_this(Outcome::Success)),
            Phase::Connecting => {
                let done = Actions::NONE
                    .then(Action::Disarm(Timer::Connect))
                    .then(Action::Settle(Call::This, Outcome::Success));
                let told = settle_connect(done, state.settle, Outcome::Fail(ErrorCode::Unknown))
                    .then(Action::Tell(Notice::Closed(CloseCode::AsRequested, CloseCause::Local)));
                Step::end(state, Ended::Closed, told.then(Action::Drop))
            }
            // The sends stay pending: the frame goes behind them, and they may all leave before it.
            Phase::Open => {
                let actions = disarm_open()
                    .then(Action::SendClose(CloseFrameKind::AsRequested))
                    .then(Action::Settle(Call::This, Outcome::Success))
                    .then(Action::Arm(Timer::Close));
                Step::go(state, Phase::Closing, actions)
            }
        },
    }
}

const fn while_connecting(state: State, signal: Signal) -> Step {
    match signal {
        Signal::Opened => {
            let begun = leave_connecting(state.settle, Outcome::Success);
            let told = begun.then(Action::Tell(Notice::Opened));
            Step::go(state, Phase::Open, told.then(Action::Arm(Timer::Ping)))
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
        // The server's answer may be there all the same (F7).
        | Signal::Unwritable => Step::stay(state, Actions::NONE),
    }
}

const fn while_open(state: State, signal: Signal) -> Step {
    match signal {
        // Any byte of a frame ends the pong timer and puts the next ping off (F6).
        Signal::Heard => {
            let actions = Actions::NONE.then(Action::Disarm(Timer::Pong)).then(Action::Arm(Timer::Ping));
            Step::stay(state, actions)
        }
        Signal::Message => Step::stay(state, Actions::NONE.then(Action::Tell(Notice::Message))),
        Signal::Ping => Step::stay(state, Actions::NONE.then(Action::AnswerPing)),
        Signal::PingDue => {
            Step::stay(state, Actions::NONE.then(Action::SendPing).then(Action::Arm(Timer::Pong)))
        }
        Signal::Sent => Step::stay(state, sent()),
        Signal::PeerClose => {
            let closed = Action::Tell(Notice::Closed(CloseCode::OfPeer, CloseCause::Remote));
            let actions = leave_open().then(Action::SendClose(CloseFrameKind::Reply)).then(closed);
            Step::end(state, Ended::Closed, actions.then(Action::Linger))
        }
        Signal::EndOfStream => {
            let closed = Action::Tell(Notice::Closed(CloseCode::Abnormal, CloseCause::Abnormal));
            Step::end(state, Ended::Failed, leave_open().then(closed).then(Action::Drop))
        }
        Signal::TransportError => lose(state, ErrorCode::Unknown, CloseCause::Abnormal),
        // No ping goes out any more; what was received is told before the end (F7).
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
        Signal::Opened | Signal::Failed(_) | Signal::CloseTimeout => Step::stay(state, Actions::NONE),
    }
}

const fn while_closing(state: State, signal: Signal) -> Step {
    match signal {
        Signal::Sent => Step::stay(state, sent()),
        Signal::PeerClose => close_down(state, CloseCode::OfPeer, Action::Linger),
        // Our close frame is on its way or waits for it, and so do the rest of a frame before it: F5.
        // A decoder that met an error cannot go on, whatever the error was; no second close frame (F4).
        Signal::EndOfStream | Signal::Violation | Signal::NotUtf8 | Signal::OverLimit => {
            close_down(state, CloseCode::Abnormal, Action::Linger)
        }
        // The peer's close frame may be there all the same (F7).
        Signal::Unwritable => Step::stay(state, Actions::NONE.then(Action::FailSends)),
        // The stream is broken, or the peer had all the time that F5 grants it.
        Signal::TransportError | Signal::CloseTimeout => close_down(state, CloseCode::Abnormal, Action::Drop),
        // Messages and pings are dropped (T); the timers of the open connection are stopped.
        Signal::Opened
        | Signal::Failed(_)
        | Signal::Heard
        | Signal::Message
        | Signal::Ping
        | Signal::PingDue
        | Signal::PongTimeout => Step::stay(state, Actions::NONE),
    }
}

const fn sent() -> Actions {
    Actions::NONE.then(Action::Settle(Call::Send, Outcome::Success))
}

/// Settles the connect call with the outcome, unless it was settled when it was accepted (S1, S2).
const fn settle_connect(actions: Actions, settle: Settle, outcome: Outcome) -> Actions {
    match settle {
        Settle::OnOutcome => actions.then(Action::Settle(Call::Connect, outcome)),
        Settle::OnAccept => actions,
    }
}

const fn leave_connecting(settle: Settle, outcome: Outcome) -> Actions {
    settle_connect(Actions::NONE.then(Action::Disarm(Timer::Connect)), settle, outcome)
}

const fn disarm_open() -> Actions {
    Actions::NONE.then(Action::Disarm(Timer::Ping)).then(Action::Disarm(Timer::Pong))
}

/// Nothing of the open connection goes out any more. Where it ends, its sends fail before its last event is told
/// (G2, G3).
const fn leave_open() -> Actions {
    disarm_open().then(Action::FailSends)
}

/// The closing connection ends; sends may still have waited before the close frame.
const fn leave_closing() -> Actions {
    Actions::NONE.then(Action::Disarm(Timer::Close)).then(Action::FailSends)
}

/// The connection never opens: fail and onSocketError with the same code.
const fn fail_to_open(state: State, code: ErrorCode) -> Step {
    let actions = leave_connecting(state.settle, Outcome::Fail(code)).then(Action::Tell(Notice::Error(code)));
    Step::end(state, Ended::Failed, actions.then(Action::Drop))
}

/// The open connection is gone: there is nobody to send a close frame to.
const fn lose(state: State, code: ErrorCode, cause: CloseCause) -> Step {
    let actions = leave_open()
        .then(Action::Tell(Notice::Error(code)))
        .then(Action::Tell(Notice::Closed(CloseCode::Abnormal, cause)));
    Step::end(state, Ended::Failed, actions.then(Action::Drop))
}

/// The peer's frames cannot be accepted: the close frame says why (RFC 6455 §7.1.7).
const fn break_off(state: State, frame: CloseFrameKind, code: ErrorCode, closed: Notice) -> Step {
    let actions = leave_open()
        .then(Action::SendClose(frame))
        .then(Action::Tell(Notice::Error(code)))
        .then(Action::Tell(closed));
    Step::end(state, Ended::Failed, actions.then(Action::Linger))
}

/// The closing connection is closed, in whatever way: the user asked for it, so there is no error.
const fn close_down(state: State, code: CloseCode, transport: Action) -> Step {
    let closed = Action::Tell(Notice::Closed(code, CloseCause::Local));
    Step::end(state, Ended::Closed, leave_closing().then(closed).then(transport))
}
