//! The frames that a client receives, however the stream is cut.

use connect_socket_core::Workspace;
use connect_socket_core::frame::{Decoder, FrameError, Item, Limits};

use super::cuts::Cut;
use crate::vectors::bytes::Play;
use crate::vectors::bytes::calls::Kind;
use crate::vectors::bytes::frames_in::{Closed, Input, Outcome, Told};

/// What was told, and what was wrong between which bytes.
struct Read {
    told: Vec<Told>,
    failed: Option<(FrameError, usize, usize)>,
}

impl Play for Input {
    type Outcome = Outcome;

    fn play(&self) -> Result<Outcome, String> {
        let Read { told, failed } = self.read(Cut::Everywhere);
        let fails_after = failed.map(|(_, _, to)| to);
        let outcome = Outcome { told, fails: failed.map(|(error, ..)| error.close_code()), fails_after };
        for cut in Cut::all(self.bytes_hex.0.len()) {
            let Read { told, failed } = self.read(cut);
            let here = match (failed, fails_after) {
                (None, None) => true,
                (Some((_, from, to)), Some(after)) => from < after && after <= to,
                (Some(_), None) | (None, Some(_)) => false,
            };
            let fails = failed.map(|(error, ..)| error.close_code());
            if !here || told != outcome.told || fails != outcome.fails {
                return Err(format!("cut {cut:?}: {told:?}, {failed:?}; byte by byte: {outcome:?}"));
            }
        }
        Ok(outcome)
    }
}

impl Input {
    fn read(&self, cut: Cut) -> Read {
        let limits = Limits { frame: self.frame_limit, message: self.message_limit };
        let (mut decoder, mut work) = (Decoder::new(limits), Workspace::default());
        let mut told = Vec::new();
        let mut from = 0;
        for mut piece in cut.pieces(&self.bytes_hex.0) {
            let to = from + piece.len();
            loop {
                match decoder.decode(&mut piece, &mut work) {
                    Ok(Some(item)) => told.push(item.into()),
                    Ok(None) => break,
                    Err(error) => return Read { told, failed: Some((error, from, to)) },
                }
            }
            from = to;
        }
        Read { told, failed: None }
    }
}

impl From<Item<'_>> for Told {
    fn from(item: Item<'_>) -> Self {
        match item {
            Item::Text(text) => Self::Message { message: Kind::Text, data_hex: text.into() },
            Item::Binary(bytes) => Self::Message { message: Kind::Binary, data_hex: bytes.into() },
            Item::Ping(bytes) => Self::Ping { ping: bytes.into() },
            Item::Pong(bytes) => Self::Pong { pong: bytes.into() },
            Item::Close(frame) => {
                let (code, reason) = frame.map_or((1005, ""), |frame| (frame.code, frame.reason));
                Self::Close { close: Closed { code, reason: reason.to_owned() } }
            }
        }
    }
}
