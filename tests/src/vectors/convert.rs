//! From the words of the code to those of the files.

use connect_socket_core::lifecycle::{self, Notice, Outcome, Timer};

use super::shape::{CallResult, Do, InputShape, Step, Tell, ToldEvent, ToldShape};
use crate::model::{Input, Told, Turn};
use crate::protocol::cause_word;

impl From<lifecycle::Effect> for Do {
    fn from(effect: lifecycle::Effect) -> Self {
        use lifecycle::Effect;
        let timer = |timer: Timer| timer.name().into();
        match effect {
            Effect::Settle(call, outcome) => {
                let error = error_of(outcome);
                Self::Settle { call: call.name().into(), result: outcome.name().into(), error }
            }
            Effect::Tell(notice) => Self::Tell(notice.into()),
            Effect::SendClose(kind) => Self::SendClose { frame: kind.name().into() },
            Effect::Arm(it) => Self::Arm { timer: timer(it) },
            Effect::Disarm(it) => Self::Disarm { timer: timer(it) },
            Effect::FailSends => Self::FailSends,
            Effect::Begin => Self::Begin,
            Effect::QueueMessage => Self::QueueMessage,
            Effect::AnswerPing => Self::AnswerPing,
            Effect::SendPing => Self::SendPing,
            Effect::Drop => Self::Drop,
            Effect::Linger => Self::Linger,
        }
    }
}

impl From<Notice> for Tell {
    fn from(notice: Notice) -> Self {
        match notice {
            Notice::Opened => Self::Open,
            Notice::Message => Self::Message,
            Notice::Error(code) => Self::Error { error: code.number() },
            Notice::Closed(code, cause) => {
                let number = code.number();
                Self::Close { code: code.name().into(), number, cause: cause_word(cause).into() }
            }
        }
    }
}

impl From<Told> for ToldShape {
    fn from(told: Told) -> Self {
        let result = |call, result: &'static str, error| {
            Self::Result(CallResult { call, result: result.into(), error })
        };
        match told {
            Told::Settled(call, outcome) => result(call, outcome.name(), error_of(outcome)),
            Told::Complete(call) => result(call, "complete", None),
            Told::Event(connection, notice) => Self::Event(match Tell::from(notice) {
                Tell::Open => ToldEvent::Open { connection },
                Tell::Message => ToldEvent::Message { connection },
                Tell::Error { error } => ToldEvent::Error { connection, error },
                Tell::Close { code, number, cause } => ToldEvent::Close { connection, code, number, cause },
            }),
        }
    }
}

fn error_of(outcome: Outcome) -> Option<u8> {
    match outcome {
        Outcome::Success => None,
        Outcome::Fail(code) => Some(code.number()),
    }
}

impl Step {
    /// What came of an input; `call` is the number of the last call that was made.
    pub fn of(input: Input, call: u32, turn: &Turn) -> Self {
        Self {
            input: match input {
                Input::Call(event) => InputShape::Call { event: event.name().into(), call },
                Input::Signal(signal, connection) => {
                    InputShape::Signal { event: signal.name().into(), connection }
                }
            },
            state: turn.row.next.phase.name().into(),
            ended: turn.row.ended.map(|ended| ended.name().into()),
            told: turn.told.iter().copied().map(ToldShape::from).collect(),
            actions: turn.row.effects.iter().copied().map(Do::from).collect(),
        }
    }
}
