//! `calls.json`: the parameters of closeSocket and sendSocketMessage, as a script gives them, on a connection that is
//! open: the state of the session, its limits and its queue are not asked about here, but in `sessions.json`.

use serde::{Deserialize, Serialize};

use super::urls::Validity;
use super::{Case, Hex, Json, Section};

/// What goes in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Input {
    /// The call.
    pub call: Call,
}

/// A call other than connectSocket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Call {
    /// closeSocket.
    Close {
        /// The close code.
        code: Json,
        /// The reason.
        reason: Json,
    },
    /// sendSocketMessage.
    Send {
        /// The message.
        data: Json,
        /// Whether it is bytes in base64.
        is_buffer: Json,
    },
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Whether the call is accepted.
    pub result: Validity,
    /// The code that it fails with.
    pub error: Option<u8>,
    /// The kind of the frame that it becomes.
    pub frame: Option<Kind>,
    /// The payload of that frame, before it is masked.
    pub payload_hex: Option<Hex>,
}

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A text message.
    Text,
    /// A binary message.
    Binary,
    /// A close frame.
    Close,
    /// A ping.
    Ping,
    /// A pong.
    Pong,
}

/// The text of the file.
pub(super) fn text() -> String {
    super::text::<Input>("calls", &[], vec![close_codes(), close_reasons(), sends(), base64()])
}

fn fails(code: u8) -> impl FnOnce(&Outcome) -> bool {
    let expected = Outcome { result: Validity::Invalid, error: Some(code), frame: None, payload_hex: None };
    move |outcome| *outcome == expected
}

fn becomes(frame: Kind, payload: &[u8]) -> impl FnOnce(&Outcome) -> bool {
    let payload_hex = Some(Hex::from(payload));
    let expected = Outcome { result: Validity::Valid, error: None, frame: Some(frame), payload_hex };
    move |outcome| *outcome == expected
}

fn close(code: &str, reason: Json) -> Input {
    Input { call: Call::Close { code: Json::read(code), reason } }
}

fn close_codes() -> Vec<Case<Input, Outcome>> {
    let mut section = Section::new("calls/close-code", &["T4"]);
    for (name, code, payload) in [
        ("absent", "null", [0x03, 0xe8]),
        ("1000", "1000", [0x03, 0xe8]),
        ("1000-with-point", "1000.0", [0x03, 0xe8]),
        ("3000", "3000", [0x0b, 0xb8]),
        ("4000", "4e3", [0x0f, 0xa0]),
        ("4999", "4999", [0x13, 0x87]),
    ] {
        section.case(
            name,
            "1000, or a whole number from 3000 to 4999.",
            close(code, Json::null()),
            becomes(Kind::Close, &payload),
        );
    }
    for (name, code) in [
        ("0", "0"),
        ("999", "999"),
        ("1001", "1001"),
        ("1005", "1005"),
        ("1006", "1006"),
        ("1011", "1011"),
        ("1015", "1015"),
        ("2999", "2999"),
        ("5000", "5000"),
        ("negative", "-1000"),
        ("fraction", "1000.5"),
        ("fraction-of-3000", "3000.5"),
        ("fraction-under-5000", "4999.5"),
        ("wraps-around-16-bits", "66536"),
        ("huge", "1e21"),
        ("string", r#""1000""#),
        ("true", "true"),
        ("false", "false"),
        ("list", "[1000]"),
        ("object", "{}"),
    ] {
        section.case(name, "Any other code, or one that is no number.", close(code, Json::null()), fails(1));
    }
    section.done()
}

fn close_reasons() -> Vec<Case<Input, Outcome>> {
    let mut section = Section::new("calls/close-reason", &["T4"]);
    let (ascii, accents, faces) =
        ("r".repeat(123), "\u{e9}".repeat(61) + "x", "\u{1f600}".repeat(30) + "xyz");
    for (name, reason) in [
        ("empty", ""),
        ("short", "bye"),
        ("control", "a\0b\n"),
        ("blanks", " a\t"),
        ("byte-order-mark", "\u{feff}bye"),
        ("not-normalized", "e\u{301}"),
        ("123-bytes", &ascii),
        ("123-bytes-of-two-each", &accents),
        ("123-bytes-of-four-each", &faces),
    ] {
        let payload = [&[0x0b, 0xb8], reason.as_bytes()].concat();
        section.case(
            name,
            "A reason has at most 123 bytes of UTF-8.",
            close("3000", reason.into()),
            becomes(Kind::Close, &payload),
        );
    }
    for (name, reason) in [
        ("124-bytes", ascii + "r"),
        ("124-bytes-in-62-letters", "\u{e9}".repeat(62)),
        ("1000-bytes", "r".repeat(1000)),
    ] {
        section.case(
            name,
            "A reason has at most 123 bytes of UTF-8.",
            close("null", reason.as_str().into()),
            fails(1),
        );
    }
    for (name, reason) in [
        ("number", "1"),
        ("zero", "0"),
        ("boolean", "true"),
        ("false", "false"),
        ("list", "[]"),
        ("object", "{}"),
    ] {
        section.case(name, "A reason is a string.", close("null", Json::read(reason)), fails(1));
    }
    section.case(
        "code-and-reason-wrong",
        "Both are of the wrong type.",
        close("1", Json::read("1")),
        fails(1),
    );
    section.done()
}

fn send(data: &str, is_buffer: &str) -> Input {
    Input { call: Call::Send { data: Json::read(data), is_buffer: Json::read(is_buffer) } }
}

fn sends() -> Vec<Case<Input, Outcome>> {
    let mut section = Section::new("calls/send", &["L", "C"]);
    for (name, data, is_buffer, text) in [
        ("text", r#""hello""#, "null", "hello"),
        ("text-not-buffer", r#""hello""#, "false", "hello"),
        ("text-empty", r#""""#, "false", ""),
        ("text-utf-8", r#""\u00e9\u20ac\ud83d\ude00""#, "null", "\u{e9}\u{20ac}\u{1f600}"),
        ("text-control", r#""\u0000\u0085\u2028""#, "null", "\0\u{85}\u{2028}"),
        ("text-byte-order-mark", r#""\ufeffa\ufeff""#, "null", "\u{feff}a\u{feff}"),
        ("text-not-normalized", r#""e\u0301\u212b""#, "null", "e\u{301}\u{212b}"),
        ("text-line-ends", r#""\r\na\n\r""#, "null", "\r\na\n\r"),
        ("text-blanks", r#"" \ta ""#, "null", " \ta "),
        ("text-that-looks-like-base64", r#""aGk=""#, "false", "aGk="),
    ] {
        section.case(
            name,
            "A string is a text message.",
            send(data, is_buffer),
            becomes(Kind::Text, text.as_bytes()),
        );
    }
    for (name, data, is_buffer) in [
        ("absent", "null", "null"),
        ("absent-buffer", "null", "true"),
        ("number", "1", "null"),
        ("number-buffer", "1", "true"),
        ("boolean", "true", "false"),
        ("list", "[1,2]", "null"),
        ("object", r#"{"a":1}"#, "true"),
        ("is-buffer-string", r#""aGk=""#, r#""true""#),
        ("is-buffer-number", r#""aGk=""#, "1"),
        ("is-buffer-zero", r#""aGk=""#, "0"),
        ("is-buffer-string-empty", r#""aGk=""#, r#""""#),
        ("is-buffer-string-false", r#""aGk=""#, r#""false""#),
        ("is-buffer-list", r#""aGk=""#, "[]"),
        ("is-buffer-object", r#""aGk=""#, "{}"),
    ] {
        section.case(
            name,
            "data that is no string, or isBuffer that is no boolean.",
            send(data, is_buffer),
            fails(11),
        );
    }
    section.done()
}

fn base64() -> Vec<Case<Input, Outcome>> {
    let mut section = Section::new("calls/base64", &["L"]);
    for (name, data, bytes) in [
        ("empty", "", &[][..]),
        ("one-byte", "AA==", &[0]),
        ("two-bytes", "+/8=", &[0xfb, 0xff]),
        ("three-bytes", "aGkh", b"hi!"),
        ("all-ones", "/////w==", &[0xff; 4]),
    ] {
        let input = Input { call: Call::Send { data: data.into(), is_buffer: Json::read("true") } };
        section.case(name, "Standard alphabet, padded.", input, becomes(Kind::Binary, bytes));
    }
    for (name, data) in [
        ("url-safe", "-_8="),
        ("no-padding", "AA"),
        ("padding-half", "AA="),
        ("no-padding-of-two", "AAA"),
        ("padding-too-much", "AAAA="),
        ("padding-far-too-much", "AA==="),
        ("padding-alone", "="),
        ("padding-four", "===="),
        ("padding-inside", "AA==AA=="),
        ("one-letter", "A==="),
        ("five-letters", "AAAAA"),
        ("stray-bits-of-one", "AB=="),
        ("stray-bits-of-two", "AAB="),
        ("blank-inside", "A A="),
        ("blank-first", " AA=="),
        ("blank-last", "AA== "),
        ("line-break", "AA==\n"),
        ("not-ascii", "\u{e9}\u{e9}"),
        ("nul", "AA\0="),
        ("data-url", "data:;base64,AA=="),
    ] {
        let input = Input { call: Call::Send { data: data.into(), is_buffer: Json::read("true") } };
        section.case(name, "Anything else fails.", input, fails(11));
    }
    section.done()
}
