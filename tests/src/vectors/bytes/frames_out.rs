//! `frames-out.json`: the frames that a client sends: final, in one piece, masked, their length in its shortest form.
//!
//! What the code writes is compared with a second, plain encoding here.

use serde::{Deserialize, Serialize};

use super::calls::Kind;
use super::{Case, Hex, Section};

/// What goes in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// What is sent.
    pub send: Sent,
    /// The four bytes of entropy that mask it.
    pub mask_hex: Hex,
}

/// A frame to be sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    /// What it is.
    pub frame: Kind,
    /// Its payload.
    pub payload_hex: Hex,
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The frame.
    pub bytes_hex: Hex,
}

type Cases = Vec<Case<Input, Outcome>>;

/// The masking key that is used where it does not matter.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

const SHORTEST: &str = "A final frame, masked, its length in the shortest form.";
const CONTROL: &str = "A control frame of up to 125 bytes.";

/// The text of the file.
pub(super) fn text() -> String {
    super::text::<Input>("frames-out", &[], vec![lengths(), masks(), controls(), closes()])
}

fn case(section: &mut Section<Input>, name: &str, comment: &str, frame: Kind, payload: &[u8], mask: [u8; 4]) {
    let input = Input { send: Sent { frame, payload_hex: payload.into() }, mask_hex: mask.into() };
    section.case(name, comment, input, |outcome| outcome.bytes_hex.0 == encoded(frame, payload, mask));
}

/// RFC 6455 §5.2 and §5.3, written down once more.
fn encoded(frame: Kind, payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
    let opcode = match frame {
        Kind::Text => 1,
        Kind::Binary => 2,
        Kind::Close => 8,
        Kind::Ping => 9,
        Kind::Pong => 10,
    };
    let mut bytes = crate::peers::frames::head(0x80 | opcode, payload.len() as u64);
    bytes[1] |= 0x80;
    bytes.extend(mask);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
    bytes
}

fn lengths() -> Cases {
    let mut section = Section::new("frames-out/length", &["F1"]);
    for length in [
        0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 124, 125, 126, 127, 128, 255, 256,
        1000,
    ] {
        let bytes: Vec<u8> = (0..=u8::MAX).rev().cycle().take(length).collect();
        case(&mut section, &format!("binary-{length}"), SHORTEST, Kind::Binary, &bytes, MASK);
    }
    for length in [0, 1, 125, 126] {
        case(
            &mut section,
            &format!("text-{length}"),
            SHORTEST,
            Kind::Text,
            "t".repeat(length).as_bytes(),
            MASK,
        );
    }
    case(
        &mut section,
        "text-utf-8",
        "The length is that of the UTF-8.",
        Kind::Text,
        "\u{e9}\u{20ac}\u{1f600}".as_bytes(),
        MASK,
    );
    case(&mut section, "binary-65535", "The longest of 16 bits.", Kind::Binary, &vec![0; 65_535], MASK);
    case(&mut section, "text-65536", "The shortest of 64 bits.", Kind::Text, &vec![b'a'; 65_536], MASK);
    section.done()
}

fn masks() -> Cases {
    let mut section = Section::new("frames-out/mask", &["F1"]);
    for (name, mask) in
        [("zeros", [0; 4]), ("ones", [0xff; 4]), ("rising", [1, 2, 3, 4]), ("one-bit", [0x80, 0, 0, 0])]
    {
        case(
            &mut section,
            &format!("short-{name}"),
            "Byte i is masked with byte i mod 4.",
            Kind::Text,
            b"Hello",
            mask,
        );
        case(
            &mut section,
            &format!("long-{name}"),
            "The same over a payload that is no multiple of four.",
            Kind::Binary,
            &[0x5a; 67],
            mask,
        );
    }
    section.done()
}

fn controls() -> Cases {
    let mut section = Section::new("frames-out/control", &["F1"]);
    for length in [0, 1, 5, 124, 125] {
        case(&mut section, &format!("ping-{length}"), CONTROL, Kind::Ping, &vec![b'p'; length], MASK);
        case(&mut section, &format!("pong-{length}"), CONTROL, Kind::Pong, &vec![0xff; length], MASK);
    }
    section.done()
}

fn closes() -> Cases {
    let mut section = Section::new("frames-out/close", &["F4"]);
    case(&mut section, "empty", "The reply to an empty one.", Kind::Close, b"", MASK);
    for code in [1000, 1002, 1007, 1009, 3000, 4999] {
        case(
            &mut section,
            &code.to_string(),
            "The code in two bytes, the greater half first.",
            Kind::Close,
            &u16::to_be_bytes(code),
            MASK,
        );
    }
    let longest = [&[0x0b, 0xb8], "r".repeat(123).as_bytes()].concat();
    case(&mut section, "reason-123-bytes", "The longest reason.", Kind::Close, &longest, MASK);
    let letters = [&[0x0f, 0xa0], "\u{e9}\u{20ac}".as_bytes()].concat();
    case(&mut section, "reason-utf-8", "A reason is UTF-8.", Kind::Close, &letters, MASK);
    section.done()
}
