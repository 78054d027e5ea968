//! A whole server: what it answers, what it sends then, how that arrives, and what a client must observe.

use core::fmt;
use core::time::Duration;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::answer::{Answer, Answered, accepting_answer, refusing_answer};
use super::frames::{Broken, Frame, broken, frames, messages, stream};
use super::host::{Cuts, cuts};
use super::show::{Bytes, OneLine};
use crate::code::ErrorCode;
use crate::config::Config;
use crate::frame::Opcode;
use crate::host::owned::OwnedMessage;
use crate::lifecycle::CloseCause;

/// A server that sends the same whatever the client does, except that its answer fits the request.
#[derive(Clone, PartialEq, Eq)]
pub struct Script {
    /// What it answers.
    pub answer: Answer,
    /// What it sends after an answer that opens the connection.
    pub frames: Vec<Frame>,
    /// Something that it must not send, after the frames, if none of them is a close frame.
    pub broken: Option<Broken>,
    /// What it does at the end.
    pub end: End,
    /// The pieces in which all of it arrives.
    pub cuts: Cuts,
    /// The pauses before the first pieces. The other pieces and the end arrive without a pause.
    pub pauses: Vec<Duration>,
}

impl fmt::Debug for Script {
    /// In the form with lines, a line for each frame and one for everything else.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Script");
        shown.field("answer", &OneLine(&self.answer));
        shown.field("frames", &self.frames);
        shown.field("broken", &OneLine(&self.broken));
        shown.field("end", &self.end);
        shown.field("cuts", &self.cuts);
        shown.field("pauses", &OneLine(&self.pauses));
        shown.finish()
    }
}

/// What a server does when it has sent everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// It waits.
    Waits,
    /// It shuts down its half.
    EndOfStream,
    /// It resets the connection.
    Reset,
}

/// What arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// These bytes.
    Bytes(Bytes),
    /// The end of the stream.
    EndOfStream,
    /// An I/O error.
    Reset,
}

/// What a client observes of a server that sends everything, if the client does not close and nothing else goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The connect fails and the connection ends in an error, both with this code.
    NeverOpens(ErrorCode),
    /// The connection opens.
    Opens {
        /// The messages, whole and in order.
        messages: Vec<OwnedMessage>,
        /// The error after them, if there is one.
        error: Option<ErrorCode>,
        /// The code and the cause of the close at the end. None if the connection stays open.
        close: Option<(u16, CloseCause)>,
    },
}

impl Script {
    /// What arrives at a client that has sent the head `request`, each with the pause before it. Nothing arrives if
    /// that is not a request for an upgrade.
    pub fn play(&self, request: &[u8]) -> Vec<(Duration, Arrival)> {
        let Some(answered) = self.answer.to(request) else { return Vec::new() };
        let said = self.said(&answered);
        let end = match self.end {
            End::Waits => None,
            End::EndOfStream => Some(Arrival::EndOfStream),
            End::Reset => Some(Arrival::Reset),
        };
        let pieces = self.cuts.pieces(&said).map(|piece| Arrival::Bytes(piece.into()));
        let pauses = self.pauses.iter().copied().chain(core::iter::repeat(Duration::ZERO));
        pauses.zip(pieces.chain(end)).collect()
    }

    fn said(&self, answered: &Answered) -> Vec<u8> {
        let mut said = answered.bytes.to_vec();
        if answered.code.is_none() {
            said.extend(stream(&self.frames));
            said.extend(self.violation().iter().flat_map(|broken| broken.bytes.iter()));
        }
        said
    }

    fn violation(&self) -> Option<&Broken> {
        self.broken.as_ref().filter(|_| self.close().is_none())
    }

    fn close(&self) -> Option<&Frame> {
        self.frames.iter().find(|frame| frame.opcode == Opcode::Close)
    }

    /// The messages that it sends, whole and in order.
    pub fn messages(&self) -> Vec<OwnedMessage> {
        messages(&self.frames)
    }

    /// What a client with the default limits observes once all of it has arrived.
    pub fn outcome(&self, request: &[u8]) -> Option<Outcome> {
        if let Some(code) = self.answer.to(request)?.code {
            return Some(Outcome::NeverOpens(code));
        }
        let (error, close) = if let Some(frame) = self.close() {
            let code = frame.close_code_and_reason().map_or(1005, |(code, _)| code);
            (None, Some((code, CloseCause::Remote)))
        } else if let Some(broken) = self.violation() {
            let code = broken.kind.close_code();
            let (error, cause) = match code {
                1009 => (ErrorCode::OutOfMemory, CloseCause::TooBig),
                _ => (ErrorCode::Unknown, CloseCause::Protocol),
            };
            (Some(error), Some((code, cause)))
        } else {
            match self.end {
                End::Waits => (None, None),
                End::EndOfStream => (None, Some((1006, CloseCause::Abnormal))),
                End::Reset => (Some(ErrorCode::Unknown), Some((1006, CloseCause::Abnormal))),
            }
        };
        Some(Outcome::Opens { messages: self.messages(), error, close })
    }
}

/// Servers of every kind. Their pauses add up to 200 ms at most.
pub fn script() -> impl Strategy<Value = Script> + Clone {
    let head_limit = Config::default().response_head_limit;
    let answer = prop_oneof![4 => accepting_answer(), 1 => refusing_answer(head_limit)];
    let end = prop_oneof![2 => Just(End::Waits), 1 => Just(End::EndOfStream), 1 => Just(End::Reset)];
    (answer, frames(), option::weighted(0.3, broken()), end, cuts(), pauses()).prop_map(
        |(answer, frames, broken, end, cuts, pauses)| Script { answer, frames, broken, end, cuts, pauses },
    )
}

/// Servers that accept the upgrade, break no rule and stay until the client leaves, so everything that they send
/// arrives.
pub fn orderly_script() -> impl Strategy<Value = Script> + Clone {
    (accepting_answer(), frames(), cuts(), pauses()).prop_map(|(answer, mut frames, cuts, pauses)| {
        frames.retain(|frame| frame.opcode != Opcode::Close);
        Script { answer, frames, broken: None, end: End::Waits, cuts, pauses }
    })
}

fn pauses() -> impl Strategy<Value = Vec<Duration>> + Clone {
    vec((0..=50_u64).prop_map(Duration::from_millis), 0..=4)
}
