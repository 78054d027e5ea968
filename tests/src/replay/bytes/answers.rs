//! The server's answer, however it is cut.

use connect_socket_core::upgrade::{Answer, Response};
use connect_socket_core::{AnswerError, Cause};

use super::cuts::Cut;
use crate::vectors::bytes::answers::{Input, Outcome, Verdict};
use crate::vectors::bytes::{Hex, Play};

/// What an answer came to, and between which bytes that was known.
enum Read {
    Open(Response, Vec<u8>),
    Refused { error: AnswerError, from: usize, to: usize },
    More,
}

impl Play for Input {
    type Outcome = Outcome;

    fn play(&self) -> Result<Outcome, String> {
        let read = self.read(Cut::Everywhere)?;
        let fails_after = read.place().map(|(_, to)| to);
        let outcome = self.outcome(read, fails_after);
        for cut in Cut::all(self.answer_hex.0.len()) {
            let read = self.read(cut)?;
            let here =
                read.place().zip(fails_after).is_none_or(|((from, to), after)| from < after && after <= to);
            let other = self.outcome(read, fails_after);
            if !here || other != outcome {
                return Err(format!("cut {cut:?}: {other:?}; byte by byte: {outcome:?}"));
            }
        }
        Ok(outcome)
    }
}

impl Input {
    fn read(&self, cut: Cut) -> Result<Read, String> {
        let key = self.key_hex.0.as_slice().try_into().map_err(|_| "a key has sixteen bytes")?;
        let mut answer = Answer::new(key, self.offered.clone(), self.head_limit);
        let stream = &self.answer_hex.0;
        let mut from = 0;
        for mut piece in cut.pieces(stream) {
            let to = from + piece.len();
            match answer.receive(&mut piece) {
                Ok(None) => {}
                Ok(Some(response)) => return Ok(Read::Open(response, stream[to - piece.len()..].to_vec())),
                Err(error) => return Ok(Read::Refused { error, from, to }),
            }
            from = to;
        }
        Ok(Read::More)
    }

    fn outcome(&self, read: Read, fails_after: Option<usize>) -> Outcome {
        let none = Outcome {
            result: Verdict::More,
            error: None,
            fails_after: None,
            protocol: None,
            headers: None,
            rest_hex: None,
        };
        match read {
            Read::Open(response, rest) => Outcome {
                result: Verdict::Open,
                protocol: Some(response.protocol),
                headers: Some(response.headers.joined()),
                rest_hex: Some(Hex(rest)),
                ..none
            },
            Read::Refused { error, .. } => Outcome {
                result: Verdict::Fail,
                error: Some(Cause::Answer(error).code().number()),
                fails_after,
                ..none
            },
            // U2: a stream that ends inside the head.
            Read::More if self.end => Outcome { result: Verdict::Fail, error: Some(1), ..none },
            Read::More => none,
        }
    }
}

impl Read {
    fn place(&self) -> Option<(usize, usize)> {
        match self {
            Self::Refused { from, to, .. } => Some((*from, *to)),
            Self::Open(..) | Self::More => None,
        }
    }
}
