//! `frames-in.json`: the frames that a client receives (F1 to F4), from the first byte behind the answer's head. What
//! comes of a stream is the same however it is cut; `failsAfter` says how many bytes are enough to refuse it.

mod close;
mod form;
mod fragments;
mod limits;
mod text;

use serde::{Deserialize, Serialize};

use super::calls::Kind;
use super::{Case, Hex, Section};

/// What goes in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Who reads.
    pub role: Role,
    /// The longest data frame, in bytes of payload.
    #[serde(rename = "maxFrameBytes")]
    pub frame_limit: u64,
    /// The longest message, in bytes of payload.
    #[serde(rename = "maxMessageBytes")]
    pub message_limit: u64,
    /// The stream.
    pub bytes_hex: Hex,
}

/// Who reads a stream of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A client: a server wrote them.
    Client,
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The messages and control frames, in order.
    pub told: Vec<Told>,
    /// The close code that the stream is refused with, behind them.
    pub fails: Option<u16>,
    /// How many bytes are enough to refuse it.
    pub fails_after: Option<usize>,
}

/// A message or a control frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Told {
    /// A message.
    Message {
        /// Text or binary.
        message: Kind,
        /// Its payload; of a text, the UTF-8.
        data_hex: Hex,
    },
    /// A ping.
    Ping {
        /// Its payload.
        ping: Hex,
    },
    /// A pong.
    Pong {
        /// Its payload.
        pong: Hex,
    },
    /// A close frame.
    Close {
        /// What it says.
        close: Closed,
    },
}

/// What a close frame says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// The code; 1005 for an empty frame.
    pub code: u16,
    /// The reason.
    pub reason: String,
}

type Cases = Vec<Case<Input, Outcome>>;

/// The text of the file.
pub(super) fn text() -> String {
    let sections =
        [form::sections(), fragments::sections(), text::sections(), limits::sections(), close::sections()];
    super::text::<Input>("frames-in", &[], sections.into_iter().flatten().collect())
}

/// A stream in a session with the defaults.
fn stream(bytes: impl AsRef<[u8]>) -> Input {
    const MIB: u64 = 1024 * 1024;
    Input { role: Role::Client, frame_limit: 10 * MIB, message_limit: 10 * MIB, bytes_hex: bytes.into() }
}

fn is_text(text: &str) -> Told {
    Told::Message { message: Kind::Text, data_hex: text.into() }
}

fn is_binary(bytes: &[u8]) -> Told {
    Told::Message { message: Kind::Binary, data_hex: bytes.into() }
}

fn is_ping(bytes: &[u8]) -> Told {
    Told::Ping { ping: bytes.into() }
}

fn is_pong(bytes: &[u8]) -> Told {
    Told::Pong { pong: bytes.into() }
}

fn is_close(code: u16, reason: &str) -> Told {
    Told::Close { close: Closed { code, reason: reason.to_owned() } }
}

/// These are told, and nothing is wrong.
fn tells(told: &[Told]) -> impl FnOnce(&Outcome) -> bool + '_ {
    move |outcome| outcome.told == told && outcome.fails.is_none() && outcome.fails_after.is_none()
}

/// It is refused with `code`, at this byte, and nothing is told before.
fn fails(code: u16, after: usize) -> impl FnOnce(&Outcome) -> bool {
    tells_then_fails(&[], code, after)
}

fn tells_then_fails(told: &[Told], code: u16, after: usize) -> impl FnOnce(&Outcome) -> bool + '_ {
    move |outcome| outcome.told == told && outcome.fails == Some(code) && outcome.fails_after == Some(after)
}

/// A case to a row: its name, its bytes, and what is told.
fn telling(
    path: &'static str,
    rules: &'static [&'static str],
    comment: &str,
    rows: Vec<(&str, Vec<u8>, Vec<Told>)>,
) -> Cases {
    let mut section = Section::new(path, rules);
    for (name, bytes, told) in rows {
        section.case(name, comment, stream(bytes), tells(&told));
    }
    section.done()
}

/// A case to a row: its name, its bytes, and at which of them it is refused.
fn failing(
    path: &'static str,
    rules: &'static [&'static str],
    code: u16,
    comment: &str,
    rows: Vec<(&str, Vec<u8>, usize)>,
) -> Cases {
    let mut section = Section::new(path, rules);
    for (name, bytes, after) in rows {
        section.case(name, comment, stream(bytes), fails(code, after));
    }
    section.done()
}
