//! `compressed.json`: whole sessions that compress (RFC 7692; U5, F1 to F3). They are sessions like those of `sessions.json`,
//! with what is offered and what the server agrees to.
//!
//! There is no compressed output of ours, as compressors differ. What is written stands with the payload of each compressed
//! frame inflated, as a strict server inflates it: it refers to no more than was agreed.

mod cases;

use serde::{Deserialize, Serialize};

use super::stage::{Stage, URL};
use super::{Hex, Settings, Step};
use crate::vectors::bytes::deflate::{Agreed, Offered};

/// A session.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Session {
    /// `area/section/name`.
    pub id: String,
    /// What it is about.
    pub comment: String,
    /// What a port may be unable to do that it asks for.
    pub flags: Vec<String>,
    /// The rules that it pins.
    pub rules: Vec<String>,
    /// How the session is set.
    pub settings: Settings,
    /// How it compresses.
    pub compression: Compressing,
    /// What the server agrees to in each connection of the session: how what is written is to be inflated. None if it
    /// agrees to nothing.
    pub agreed: Option<Agreed>,
    /// The bytes that the session draws, as in `sessions.json`.
    pub entropy_hex: Hex,
    /// What happens, one by one.
    pub steps: Vec<Step>,
}

/// How a session compresses.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Compressing {
    /// What the request offers, in order.
    pub offers: Vec<Offered>,
    /// A message of fewer bytes goes out uncompressed.
    #[serde(rename = "thresholdBytes")]
    pub threshold: usize,
}

const ANY: Offered =
    Offered { server_bits: None, client_bits: 15, server_takeover: true, client_takeover: true };
/// What is agreed on without a parameter.
const ALL: Agreed = Agreed { server_bits: 15, client_bits: 15, server_takeover: true, client_takeover: true };
const DEFLATE: &str = "permessage-deflate";

/// A session that is being written.
struct Play {
    stage: Stage,
    compression: Compressing,
    agreed: Option<Agreed>,
}

impl Play {
    fn done(self) -> Session {
        let super::Session { id, comment, flags, rules, settings, entropy_hex, steps } = self.stage.done();
        let Self { compression, agreed, .. } = self;
        Session { id, comment, flags, rules, settings, compression, agreed, entropy_hex, steps }
    }
}

/// What a session begins with.
struct Start<'a> {
    offers: &'a [Offered],
    threshold: usize,
    settings: Settings,
    answer: &'a str,
    agreed: Option<Agreed>,
}

impl Default for Start<'_> {
    fn default() -> Self {
        Self {
            offers: &[ANY],
            threshold: 0,
            settings: Settings::default(),
            answer: DEFLATE,
            agreed: Some(ALL),
        }
    }
}

impl Start<'_> {
    /// The session before the answer comes.
    fn asks(&self, id: &str, rules: &[&str], comment: &str) -> Play {
        let compression = Compressing { offers: self.offers.to_vec(), threshold: self.threshold };
        let settings = self.settings.clone();
        let mut stage = Stage::compressing(id, rules, comment, settings, &compression, self.agreed);
        stage.connect(URL, "dial 1.0 192.0.2.1:80");
        stage.at(10).connected("1.0", "1.0 request");
        stage.at(20);
        Play { stage, compression, agreed: self.agreed }
    }

    fn answers(&self) -> String {
        match self.answer {
            "" => String::new(),
            answer => format!("Sec-WebSocket-Extensions: {answer}\r\n"),
        }
    }

    /// The open session.
    fn open(&self, id: &str, rules: &[&str], comment: &str) -> Play {
        let mut play = self.asks(id, rules, comment);
        play.stage.accept_with("1.0", &self.answers(), b"", "success 1; open 1");
        play
    }

    /// The session that the answer ends.
    fn refused(&self, id: &str, comment: &str) -> Session {
        let mut play = self.asks(id, &["U5"], comment);
        play.stage.accept_with("1.0", &self.answers(), b"", "fail 1 8; error 1 8; release 1.0");
        play.done()
    }
}

/// The text of the file.
pub(in super::super) fn text() -> String {
    super::super::file("compressed", &[], cases::all())
}
