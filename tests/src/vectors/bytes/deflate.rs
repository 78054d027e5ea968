//! `deflate.json`: permessage-deflate (RFC 7692; U5, F1 to F3). What a server's answer to our offers agrees to, and what
//! comes of compressed messages. There is no compressed output of ours: compressors differ. What comes of a stream is the
//! same however it is cut.

use serde::{Deserialize, Serialize};

use super::frames_in::Told;
use super::{Case, Hex, Section};
use crate::peers::deflate::Codecs;
use crate::peers::frames::{ping, raw};
use crate::vectors::bytes::calls::Kind;

/// What goes in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// What the request offers, in order.
    pub offers: Vec<Offered>,
    /// The values of the lines of `Sec-WebSocket-Extensions` in the answer.
    pub extensions: Vec<String>,
    /// The longest message, in bytes of decompressed payload.
    #[serde(rename = "maxMessageBytes")]
    pub message_limit: u64,
    /// The stream behind the answer; empty where the answer is all that there is to judge.
    pub bytes_hex: Hex,
}

/// One offer of permessage-deflate.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Offered {
    /// `server_max_window_bits`; none: it is not in the offer.
    pub server_bits: Option<u8>,
    /// `client_max_window_bits`, which is in every offer; 15 has no value.
    pub client_bits: u8,
    /// Without `server_no_context_takeover`.
    pub server_takeover: bool,
    /// Without `client_no_context_takeover`.
    pub client_takeover: bool,
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// `refused`: the answer is 8. `agreed`, or `none`: the server did not take the offer.
    pub answer: Verdict,
    /// What was agreed on.
    pub agreed: Option<Agreed>,
    /// The messages and control frames, in order.
    pub told: Vec<Told>,
    /// The close code that the stream is refused with, behind them.
    pub fails: Option<u16>,
}

/// What an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Code 8.
    Refused,
    /// No extension.
    None,
    /// permessage-deflate.
    Agreed,
}

/// What was agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Agreed {
    /// The window of the server's messages.
    pub server_bits: u8,
    /// The window of ours.
    pub client_bits: u8,
    /// Whether the server's messages may refer to those before.
    pub server_takeover: bool,
    /// Whether ours may.
    pub client_takeover: bool,
}

type Cases = Vec<Case<Input, Outcome>>;

const ANY: Offered =
    Offered { server_bits: None, client_bits: 15, server_takeover: true, client_takeover: true };
const MIB: u64 = 1024 * 1024;

/// The text of the file.
pub(super) fn text() -> String {
    super::text::<Input>("deflate", &[], vec![agreed(), refused(), inflated(), limits(), wrong(), heads()])
}

fn answer(offers: &[Offered], extensions: &[&str]) -> Input {
    Input {
        offers: offers.to_vec(),
        extensions: extensions.iter().map(|it| (*it).to_owned()).collect(),
        message_limit: 10 * MIB,
        bytes_hex: Hex(Vec::new()),
    }
}

fn agrees(
    server: u8,
    client: u8,
    server_takeover: bool,
    client_takeover: bool,
) -> impl FnOnce(&Outcome) -> bool {
    let expected = Agreed { server_bits: server, client_bits: client, server_takeover, client_takeover };
    move |outcome| outcome.answer == Verdict::Agreed && outcome.agreed == Some(expected)
}

fn agreed() -> Cases {
    let bounded = Offered { server_bits: Some(10), client_bits: 10, ..ANY };
    let alone = Offered { server_takeover: false, client_takeover: false, ..ANY };
    let mut section = Section::new("deflate/agreed", &["U5"]);
    section.case("none", "A server need not take an offer.", answer(&[ANY], &[]), |it| {
        it.answer == Verdict::None
    });
    section.case(
        "plain",
        "Without parameters nothing is bounded, and contexts are kept.",
        answer(&[ANY], &["permessage-deflate"]),
        agrees(15, 15, true, true),
    );
    section.case(
        "blanks",
        "Spaces and tabs may stand around names, signs and values.",
        answer(&[ANY], &["\t permessage-deflate ; server_max_window_bits = 9 "]),
        agrees(9, 15, true, true),
    );
    section.case(
        "quoted",
        "A value may be quoted.",
        answer(&[ANY], &["permessage-deflate; client_max_window_bits=\"1\\2\""]),
        agrees(15, 12, true, true),
    );
    section.case(
        "empty-elements",
        "Empty elements of a list are skipped (RFC 9110 section 5.6.1).",
        answer(&[ANY], &[", permessage-deflate,"]),
        agrees(15, 15, true, true),
    );
    section.case(
        "least",
        "Eight is the smallest window.",
        answer(&[ANY], &["permessage-deflate; client_max_window_bits=8; server_max_window_bits=8"]),
        agrees(8, 8, true, true),
    );
    section.case("unasked", "Of itself a server may bound its window, and leave contexts out.", answer(&[ANY], &["permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=11"]), agrees(11, 15, false, false));
    section.case(
        "bounded",
        "The server takes the bound that it was asked for; ours is the one that was offered.",
        answer(&[bounded], &["permessage-deflate; server_max_window_bits=10"]),
        agrees(10, 10, true, true),
    );
    section.case(
        "smaller",
        "A server may choose less than it was offered, for either side.",
        answer(&[bounded], &["permessage-deflate; server_max_window_bits=9; client_max_window_bits=8"]),
        agrees(9, 8, true, true),
    );
    section.case(
        "sides",
        "Each bound is its owner's.",
        answer(&[ANY], &["permessage-deflate; client_max_window_bits=9; server_max_window_bits=14"]),
        agrees(14, 9, true, true),
    );
    section.case(
        "alone",
        "Without a word from the server the client still leaves out its own context, as it offered.",
        answer(&[alone], &["permessage-deflate; server_no_context_takeover"]),
        agrees(15, 15, false, false),
    );
    section.case(
        "second",
        "An answer to the second offer.",
        answer(&[bounded, Offered { client_bits: 12, ..ANY }], &["permessage-deflate"]),
        agrees(15, 12, true, true),
    );
    section.done()
}

fn refused() -> Cases {
    let bounded = Offered { server_bits: Some(10), client_bits: 10, ..ANY };
    let alone = Offered { server_takeover: false, ..ANY };
    let mut section = Section::new("deflate/refused", &["U5"]);
    let with = |parameters: &str| format!("permessage-deflate; {parameters}");
    for (name, comment, offer, parameters) in [
        (
            "server-bits-missing",
            "The bound that was asked of the server is missing.",
            bounded,
            "client_max_window_bits=10",
        ),
        (
            "server-bits-larger",
            "The server's window is larger than asked.",
            bounded,
            "server_max_window_bits=11",
        ),
        (
            "client-bits-larger",
            "The client's window is larger than offered.",
            bounded,
            "server_max_window_bits=10; client_max_window_bits=11",
        ),
        (
            "takeover-kept",
            "The server was asked to leave out its context, and does not say that it does.",
            alone,
            "client_no_context_takeover",
        ),
        (
            "client-bits-without-value",
            "In an answer the parameter has a value.",
            ANY,
            "client_max_window_bits",
        ),
        ("server-bits-without-value", "The parameter always has a value.", ANY, "server_max_window_bits"),
        ("bits-7", "A window has 8 bits at least.", ANY, "client_max_window_bits=7"),
        ("bits-16", "A window has 15 bits at most.", ANY, "server_max_window_bits=16"),
        ("bits-08", "The number has no zero in front.", ANY, "server_max_window_bits=08"),
        ("takeover-with-value", "The parameter has no value.", ANY, "server_no_context_takeover=true"),
        (
            "repeated-bits",
            "A parameter stands once, even with the same value.",
            ANY,
            "server_max_window_bits=10; server_max_window_bits=10",
        ),
        (
            "repeated-takeover",
            "A parameter stands once, also without a value.",
            ANY,
            "client_no_context_takeover; client_no_context_takeover",
        ),
        ("unknown", "A parameter that RFC 7692 does not have.", ANY, "mux"),
        ("cut", "Behind a semicolon a parameter is missing.", ANY, ""),
    ] {
        section.case(name, comment, answer(&[offer], &[with(parameters).as_str()]), |it| {
            it.answer == Verdict::Refused
        });
    }
    for (name, comment, lines) in [
        ("twice", "The extension stands once.", &["permessage-deflate, permessage-deflate"][..]),
        (
            "twice-in-lines",
            "Two lines are one list, and the extension stands once in it.",
            &["permessage-deflate", "permessage-deflate"],
        ),
        ("another", "An extension that was not offered.", &["x-webkit-deflate-frame"]),
        ("one-more", "Beside the one that was offered there is another.", &["permessage-deflate, mux"]),
        ("letter-case", "Names of extensions are compared letter by letter.", &["Permessage-Deflate"]),
    ] {
        section.case(name, comment, answer(&[ANY], lines), |it| it.answer == Verdict::Refused);
    }
    section.case(
        "not-offered",
        "Without an offer there is no extension to agree to.",
        answer(&[], &["permessage-deflate"]),
        |it| it.answer == Verdict::Refused,
    );
    section.done()
}

/// A stream on a connection with this answer to the offer of anything.
fn stream(extensions: &str, bytes: &[u8]) -> Input {
    Input { bytes_hex: bytes.into(), ..answer(&[ANY], &[extensions]) }
}

fn texts<'e>(texts: &'e [&'e str]) -> impl FnOnce(&Outcome) -> bool + 'e {
    move |outcome| {
        let expected =
            texts.iter().map(|text| Told::Message { message: Kind::Text, data_hex: (*text).into() });
        outcome.fails.is_none() && outcome.told.iter().cloned().eq(expected)
    }
}

const HELLO: [u8; 7] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
const AGAIN: [u8; 5] = [0xf2, 0x00, 0x11, 0x00, 0x00];
const DEFLATE: &str = "permessage-deflate";

fn inflated() -> Cases {
    let mut section = Section::new("deflate/inflated", &["F2"]);
    section.case("hello", "RFC 7692 §7.2.3.1.", stream(DEFLATE, &raw(0xc1, &HELLO)), texts(&["Hello"]));
    section.case(
        "fragments",
        "In two frames; RSV1 is on the first alone.",
        stream(DEFLATE, &[raw(0x41, &HELLO[..3]), raw(0x80, &HELLO[3..])].concat()),
        texts(&["Hello"]),
    );
    section.case(
        "window",
        "RFC 7692 §7.2.3.2: the second refers to the first.",
        stream(DEFLATE, &[raw(0xc1, &HELLO), raw(0xc1, &AGAIN)].concat()),
        texts(&["Hello", "Hello"]),
    );
    section.case(
        "stored",
        "RFC 7692 §7.2.3.3.",
        stream(DEFLATE, &raw(0xc1, &[0, 5, 0, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0])),
        texts(&["Hello"]),
    );
    section.case(
        "final-block",
        "RFC 7692 §7.2.3.4, and the window outlives it.",
        stream(
            DEFLATE,
            &[raw(0xc1, &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0, 0]), raw(0xc1, &AGAIN)].concat(),
        ),
        texts(&["Hello", "Hello"]),
    );
    section.case(
        "two-blocks",
        "RFC 7692 §7.2.3.5.",
        stream(DEFLATE, &raw(0xc1, &[0xf2, 0x48, 5, 0, 0, 0, 0xff, 0xff, 0xca, 0xc9, 0xc9, 7, 0])),
        texts(&["Hello"]),
    );
    section.case(
        "empty",
        "RFC 7692 §7.2.3.6, and what zlib makes of it.",
        stream(DEFLATE, &[raw(0xc1, &[0]), raw(0xc1, &[])].concat()),
        texts(&["", ""]),
    );
    section.case(
        "uncompressed-between",
        "It is not in the window.",
        stream(DEFLATE, &[raw(0xc1, &HELLO), raw(0x81, b"Jelly"), raw(0xc1, &AGAIN)].concat()),
        texts(&["Hello", "Jelly", "Hello"]),
    );
    section.case(
        "ping-between",
        "Control frames are as they are.",
        stream(DEFLATE, &[raw(0x41, &HELLO[..3]), ping(b"?"), raw(0x80, &HELLO[3..])].concat()),
        |it| it.told.len() == 2 && it.fails.is_none(),
    );
    let long = "the window is 256 bytes. ".repeat(40);
    let mut codecs = Codecs::new(9);
    let messages: Vec<u8> = (0..3).flat_map(|_| raw(0xc1, &codecs.deflate(long.as_bytes()))).collect();
    section.case(
        "zlib",
        "As zlib compresses with 9 bits.",
        stream("permessage-deflate; server_max_window_bits=9", &messages),
        texts(&[&long, &long, &long]),
    );
    section.done()
}

fn limits() -> Cases {
    let mut section = Section::new("deflate/limits", &["F3"]);
    let limited = |message_limit, length| Input {
        message_limit,
        ..stream(DEFLATE, &raw(0xc2, &Codecs::new(15).deflate(&vec![7; length])))
    };
    section.case("exact", "The limit counts what comes out.", limited(5000, 5000), |it| {
        it.told.len() == 1 && it.fails.is_none()
    });
    section.case("one-over", "The limit is exact: one byte more is too many.", limited(4999, 5000), |it| {
        it.told.is_empty() && it.fails == Some(1009)
    });
    section.case("bomb", "A megabyte of one byte.", limited(5000, 1 << 20), |it| it.fails == Some(1009));
    section.done()
}

fn wrong() -> Cases {
    let mut section = Section::new("deflate/wrong", &["F2"]);
    let mut case = |name: &str, comment: &str, extensions: &str, bytes: &[u8]| {
        section.case(name, comment, stream(extensions, bytes), |it| it.fails == Some(1007));
    };
    case("block-type", "There is no third type of block.", DEFLATE, &raw(0xc2, &[7]));
    case(
        "stored-length",
        "The two lengths of a stored block contradict each other.",
        DEFLATE,
        &raw(0xc2, &[0, 1, 2, 3, 4]),
    );
    case("unfinished", "It ends inside a block.", DEFLATE, &raw(0xc2, &HELLO[..5]));
    case(
        "no-empty-block",
        "The octet is missing that the tail belongs to.",
        DEFLATE,
        &raw(0xc2, &HELLO[..6]),
    );
    case(
        "tail-is-content",
        "A stored block that lacks four bytes: the tail must not become its content.",
        DEFLATE,
        &raw(0xc2, &[0, 5, 0, 0xfa, 0xff, 0x48]),
    );
    case(
        "behind-final",
        "Another block behind a final one.",
        DEFLATE,
        &raw(0xc2, &[&[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0][..], &HELLO].concat()),
    );
    case(
        "final-alone",
        "A final block without the octet behind it.",
        DEFLATE,
        &raw(0xc2, &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0]),
    );
    case("before-the-beginning", "It refers to bytes before the first message.", DEFLATE, &raw(0xc2, &AGAIN));
    case(
        "no-takeover",
        "The second refers to the first, and may not.",
        "permessage-deflate; server_no_context_takeover",
        &[raw(0xc1, &HELLO), raw(0xc1, &AGAIN)].concat(),
    );
    case(
        "not-utf8",
        "Text is judged as it comes out.",
        DEFLATE,
        &raw(0xc1, &Codecs::new(15).deflate(b"text \xff")),
    );
    case(
        "not-utf8-in-part",
        "In a message that is not all there.",
        DEFLATE,
        &raw(0x41, &Codecs::new(15).deflate(b"text \xff")),
    );
    section.done()
}

fn heads() -> Cases {
    let mut section = Section::new("deflate/heads", &["F1"]);
    let mut case = |name: &str, comment: &str, bytes: &[u8]| {
        section.case(name, comment, stream(DEFLATE, bytes), |it| it.fails == Some(1002));
    };
    case("ping", "A control frame is never compressed.", &raw(0xc9, &[]));
    case("close", "A control frame is never compressed, also the last one.", &raw(0xc8, &[]));
    case("rsv2", "No extension gives RSV2 a meaning.", &raw(0xa1, &[]));
    case(
        "continuation",
        "RSV1 is on the first frame alone.",
        &[raw(0x41, &HELLO[..3]), raw(0xc0, &HELLO[3..])].concat(),
    );
    case(
        "new-message-inside",
        "A compressed message begins inside another.",
        &[raw(0x41, &HELLO[..3]), raw(0xc1, &HELLO)].concat(),
    );
    section.case(
        "not-agreed",
        "Without an agreement RSV1 has no meaning.",
        Input { bytes_hex: raw(0xc1, &HELLO).into(), ..answer(&[ANY], &[]) },
        |it| it.fails == Some(1002),
    );
    section.done()
}
