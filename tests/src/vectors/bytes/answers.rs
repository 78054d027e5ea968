//! `answers.json`: the server's answer to the upgrade request (U1 to U6, Q5). What comes of an answer is the same
//! however it is cut, and what is wrong with it is told with the byte that makes it wrong: `failsAfter` counts the
//! bytes up to it.

mod head;
mod judged;
mod limit;

use serde::{Deserialize, Serialize};

use super::{Case, Hex};

/// What goes in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// The subprotocols that the request offered.
    pub offered: Vec<String>,
    /// The sixteen bytes of entropy that the request's key was made of.
    pub key_hex: Hex,
    /// The limit of the answer's head, in bytes.
    #[serde(rename = "maxHeadBytes")]
    pub head_limit: usize,
    /// What the server sends.
    pub answer_hex: Hex,
    /// Whether the stream ends behind it.
    pub end: bool,
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// What the answer comes to.
    pub result: Verdict,
    /// The code that the connect fails with.
    pub error: Option<u8>,
    /// How many bytes it takes to know that; none where it is the end of the stream that says so.
    pub fails_after: Option<usize>,
    /// The subprotocol that the server chose, empty for none.
    pub protocol: Option<String>,
    /// The headers as onSocketOpen tells them, in order: names in lower case, equal ones joined.
    pub headers: Option<Vec<(String, String)>>,
    /// What is behind the head: frames.
    pub rest_hex: Option<Hex>,
}

/// What an answer comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The connection is open.
    Open,
    /// The connect fails.
    Fail,
    /// More bytes must come.
    More,
}

/// The sample of RFC 6455 §1.3, and its answer.
const KEY: &[u8; 16] = b"the sample nonce";
const ACCEPT: &str = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
const STATUS: &str = "HTTP/1.1 101 Switching Protocols\r\n";
const UPGRADE: &str = "Upgrade: websocket\r\n";
const CONNECTION: &str = "Connection: Upgrade\r\n";

type Cases = Vec<Case<Input, Outcome>>;

/// The text of the file.
pub(super) fn text() -> String {
    let sections = [head::sections(), judged::sections(), limit::sections()].into_iter().flatten().collect();
    super::text::<Input>("answers", &[], sections)
}

/// An answer that is right but for `lines`, which stand behind those that it must have.
fn with(lines: &str) -> String {
    format!("{STATUS}{UPGRADE}{CONNECTION}{ACCEPT}{lines}\r\n")
}

/// An answer to a request that offered nothing, in a session with the defaults.
fn answer(bytes: impl AsRef<[u8]>) -> Input {
    Input {
        offered: Vec::new(),
        key_hex: KEY.into(),
        head_limit: 16 * 1024,
        answer_hex: bytes.into(),
        end: false,
    }
}

fn offering(names: &[&str], bytes: impl AsRef<[u8]>) -> Input {
    Input { offered: names.iter().map(|name| (*name).to_owned()).collect(), ..answer(bytes) }
}

/// It opens with this subprotocol, and has so many bytes left.
fn opens<'e>(protocol: &'e str, rest: &'e [u8]) -> impl FnOnce(&Outcome) -> bool + 'e {
    move |outcome| {
        outcome.result == Verdict::Open
            && outcome.protocol.as_deref() == Some(protocol)
            && outcome.rest_hex.as_ref().is_some_and(|it| it.0 == rest)
    }
}

/// It opens and these are its headers, behind those that every answer has.
fn opens_with<'e>(headers: &'e [(&'e str, &'e str)]) -> impl FnOnce(&Outcome) -> bool + 'e {
    let own = [
        ("upgrade", "websocket"),
        ("connection", "Upgrade"),
        ("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
    ];
    move |outcome| {
        outcome.headers.as_ref().is_some_and(|told| {
            told.iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .eq(own.into_iter().chain(headers.iter().copied()))
        })
    }
}

/// It fails with `code`, and it takes so many bytes to know.
fn fails(code: u8, after: usize) -> impl FnOnce(&Outcome) -> bool {
    move |outcome| {
        outcome.result == Verdict::Fail && outcome.error == Some(code) && outcome.fails_after == Some(after)
    }
}

fn waits(outcome: &Outcome) -> bool {
    outcome.result == Verdict::More
}
