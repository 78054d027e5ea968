//! The decoder's rules: every error, every cut, limits (rules F1 to F4); `memory` is about what it takes, `whole`
//! about messages that need none, `run` about fragments that lie together.

#![expect(clippy::cast_possible_truncation, reason = "test data is made of low bytes")]

mod memory;
mod run;
mod whole;

use proptest::prelude::*;

use super::*;
use crate::stats::Counters;
use crate::workspace::Workspace;

const LIMITS: Limits = Limits { frame: 1 << 20, message: 1 << 20 };

/// An item that outlives its input.
#[derive(Clone, Debug, PartialEq)]
enum Told {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<(u16, String)>),
    Failed(FrameError),
}

impl From<Item<'_>> for Told {
    fn from(item: Item<'_>) -> Self {
        match item {
            Item::Text(text) => Self::Text(text.into()),
            Item::Binary(bytes) => Self::Binary(bytes.into()),
            Item::Ping(bytes) => Self::Ping(bytes.into()),
            Item::Pong(bytes) => Self::Pong(bytes.into()),
            Item::Close(frame) => Self::Close(frame.map(|frame| (frame.code, frame.reason.into()))),
        }
    }
}

/// Feeds one piece and takes all that comes; false once the decoder has failed.
fn feed(decoder: &mut Decoder, work: &mut Workspace, mut input: &[u8], told: &mut Vec<Told>) -> bool {
    loop {
        match decoder.decode(&mut input, work) {
            Ok(Some(item)) => told.push(item.into()),
            Ok(None) => {
                assert!(input.is_empty());
                return true;
            }
            Err(error) => {
                told.push(Told::Failed(error));
                assert_eq!(decoder.decode(&mut &b"\x82\0"[..], work), Err(error), "a failure stays");
                return false;
            }
        }
    }
}

fn decode_in<'p>(limits: Limits, pieces: impl IntoIterator<Item = &'p [u8]>) -> Vec<Told> {
    let (mut decoder, mut work, mut told) = (Decoder::new(limits), Workspace::default(), Vec::new());
    for piece in pieces {
        if !feed(&mut decoder, &mut work, piece, &mut told) {
            break;
        }
    }
    told
}

fn decode(bytes: &[u8]) -> Vec<Told> {
    decode_in(LIMITS, [bytes])
}

/// What comes of `bytes`, cut before every byte or not at all.
fn decode_both(bytes: &[u8]) -> Vec<Told> {
    let told = decode(bytes);
    assert_eq!(decode_in(LIMITS, bytes.chunks(1)), told);
    told
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        n @ 0..=125 => bytes.push(n as u8),
        n @ 126..=0xffff => bytes.extend([126, (n >> 8) as u8, n as u8]),
        n => {
            bytes.push(127);
            bytes.extend((n as u64).to_be_bytes());
        }
    }
    bytes.extend(payload);
    bytes
}

fn text(text: &str) -> Told {
    Told::Text(text.into())
}

fn failed(error: FrameError) -> Vec<Told> {
    vec![Told::Failed(error)]
}

/// RFC 6455 §5.2: reserved bits, reserved opcodes; rule F1: known from the first byte.
#[test]
fn first_bytes() {
    for first in 0..=255_u8 {
        let opcode = first & 15;
        let expected = if first & 0x70 != 0 {
            failed(FrameError::ReservedBits)
        } else if matches!(opcode, 3..=7 | 11..) {
            failed(FrameError::ReservedOpcode(opcode))
        } else if opcode >= 8 && first & 0x80 == 0 {
            failed(FrameError::ControlFragmented)
        } else if opcode == 0 {
            failed(FrameError::UnexpectedContinuation)
        } else {
            vec![]
        };
        assert_eq!(decode(&[first]), expected, "{first:#x}");
    }
}

/// RFC 6455 §5.1 and §5.5: known from the second byte, before any length is there.
#[test]
fn second_bytes() {
    assert_eq!(decode_both(&[0x82, 0x80]), failed(FrameError::Masked));
    assert_eq!(decode_both(&[0x89, 0xfe]), failed(FrameError::Masked));
    for control in [0x88, 0x89, 0x8a] {
        for second in [126, 127] {
            assert_eq!(decode_both(&[control, second]), failed(FrameError::ControlTooLong));
        }
    }
}

/// RFC 6455 §5.2: the shortest form of a length, and its top bit; told as soon as they can be.
#[test]
fn lengths() {
    for bytes in [&[0x82, 126, 0, 125][..], &[0x82, 126, 0, 0], &[0x82, 127, 0, 0, 0, 0, 0, 0]] {
        assert_eq!(decode_both(bytes), failed(FrameError::LengthNotMinimal));
    }
    // WholeMessage ones, too.
    for (head, length) in
        [(&[0x82, 126, 0, 125][..], 125), (&[0x82, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff], 65_535)]
    {
        assert_eq!(decode_both(&[head, &vec![7; length]].concat()), failed(FrameError::LengthNotMinimal));
    }
    assert_eq!(decode_both(&[0x82, 127, 0x80]), failed(FrameError::LengthTopBit));
    assert_eq!(decode_both(&[0x82, 127, 0xff]), failed(FrameError::LengthTopBit));
    for length in [0_usize, 1, 125, 126, 127, 255, 256, 65_535, 65_536, 70_000] {
        let payload: Vec<u8> = (0..length).map(|i| i as u8).collect();
        assert_eq!(decode_both(&frame(0x82, &payload)), [Told::Binary(payload)]);
        let payload = "x".repeat(length);
        assert_eq!(decode_both(&frame(0x81, payload.as_bytes())), [Told::Text(payload)]);
    }
}

/// RFC 6455 §5.4: fragments, with control frames between them; empty ones too.
#[test]
fn fragments() {
    let bytes = [
        frame(1, b"a"),
        frame(0, b""),
        frame(0x89, b"p"),
        frame(0, b"b"),
        frame(0x8a, b""),
        frame(0x80, b"c"),
    ];
    assert_eq!(decode_both(&bytes.concat()), [Told::Ping(b"p".into()), Told::Pong(vec![]), text("abc")]);
    let bytes = [frame(2, b""), frame(0x80, b""), frame(1, b""), frame(0x80, b""), frame(0x81, b"")];
    assert_eq!(decode_both(&bytes.concat()), [Told::Binary(vec![]), text(""), text("")]);
    for first in [1, 2, 0x81, 0x82] {
        let bytes = [frame(2, b"a"), frame(first, b"b")];
        assert_eq!(decode_both(&bytes.concat()), failed(FrameError::ExpectedContinuation));
    }
    let bytes = [frame(2, b"a"), frame(0x80, b"b"), frame(0x80, b"")];
    assert_eq!(
        decode_both(&bytes.concat()),
        [Told::Binary(b"ab".into()), Told::Failed(FrameError::UnexpectedContinuation)]
    );
}

/// The number of fragments has no limit and costs linear time.
#[test]
fn many_fragments() {
    let mut bytes = frame(2, &[7; 64]);
    (1..65_535).for_each(|_| bytes.extend(frame(0, &[7; 64])));
    bytes.extend(frame(0x80, &[7; 64]));
    let limits = Limits { frame: 64, message: 4 << 20 };
    assert_eq!(decode_in(limits, bytes.chunks(4096)), [Told::Binary(vec![7; 4 << 20])]);
}

/// Rule F2: invalid text fails at once, in unfinished frames and fragments too.
#[test]
fn text_fails_at_once() {
    let invalid = failed(FrameError::TextNotUtf8);
    for prefix in ["", "abc", "\u{20ac}", &"x".repeat(200), &"\u{1f600}".repeat(50)] {
        let fine = [&b"\xc3"[..], b"\xe2\x82", b"\xed\x9f", b"\xf0\x9f\x98", b"\xf4\x8f"];
        for end in fine {
            let payload = [prefix.as_bytes(), end].concat();
            assert_eq!(decode_both(&frame(1, &payload)), [], "may go on: {end:x?}");
            let cut = [&[0x81, 126, 0x10, 0][..], &payload].concat();
            assert_eq!(decode_both(&cut), [], "may go on: {end:x?}");
            assert_eq!(decode_both(&frame(0x81, &payload)), invalid, "ends inside: {end:x?}");
            let bytes = [frame(1, &payload), frame(0x80, b"")];
            assert_eq!(decode_both(&bytes.concat()), invalid, "ends inside: {end:x?}");
        }
        for end in
            [&b"\xff"[..], b"\xc0", b"\xe0\x9f", b"\xed\xa0", b"\xf0\x8f", b"\xf4\x90", b"\xe2\x82a", b"\x80"]
        {
            let payload = [prefix.as_bytes(), end].concat();
            assert_eq!(decode_both(&frame(1, &payload)), invalid, "{end:x?}");
            let cut = [&[0x81, 126, 0x10, 0][..], &payload].concat();
            assert_eq!(decode_both(&cut), invalid, "{end:x?}");
        }
    }
}

/// RFC 6455 §5.5.1 and §7.4, rule F4.
#[test]
fn close_frames() {
    assert_eq!(decode_both(&[0x88, 0]), [Told::Close(None)]);
    assert_eq!(decode_both(&[0x88, 1, 3]), failed(FrameError::CloseTruncated));
    for code in 0..=u16::MAX {
        let told = decode(&frame(0x88, &[&code.to_be_bytes()[..], b"why"].concat()));
        if matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
            assert_eq!(told, [Told::Close(Some((code, "why".into())))]);
        } else {
            assert_eq!(told, failed(FrameError::CloseCode(code)));
        }
    }
    assert_eq!(decode_both(b"\x88\x04\x03\xe8\xc3\x28"), failed(FrameError::CloseReasonNotUtf8));
    let longest = [&1000_u16.to_be_bytes()[..], &[b'r'; 123]].concat();
    assert_eq!(decode_both(&frame(0x88, &longest)), [Told::Close(Some((1000, "r".repeat(123))))]);
}

/// Rule F3: judged with the head, in text and binary; the limit itself passes.
#[test]
fn limits() {
    let limits = Limits { frame: 10, message: 15 };
    let all = |bytes: &[u8]| {
        let told = decode_in(limits, [bytes]);
        assert_eq!(decode_in(limits, bytes.chunks(1)), told);
        told
    };
    assert_eq!(all(&frame(0x82, &[1; 10])), [Told::Binary(vec![1; 10])]);
    assert_eq!(all(&[0x82, 11]), failed(FrameError::FrameTooBig { announced: 11, limit: 10 }));
    assert_eq!(all(&[0x81, 126, 1, 0]), failed(FrameError::FrameTooBig { announced: 256, limit: 10 }));
    let fits = [frame(2, &[1; 10]), frame(0x80, &[1; 5])].concat();
    assert_eq!(all(&fits), [Told::Binary(vec![1; 15])]);
    let over = [&frame(2, &[1; 10])[..], &[0, 6]].concat();
    assert_eq!(all(&over), failed(FrameError::MessageTooBig { announced: 16, limit: 15 }));
    assert_eq!(all(&frame(0x89, &[1; 125])), [Told::Ping(vec![1; 125])], "control frames have their own");
    let none = Limits { frame: 0, message: 0 };
    assert_eq!(decode_in(none, [&[0x82, 0, 0x81, 1][..]]).len(), 2);
}

/// Rule T, closing: data is dropped unseen, also what was under way; heads and control frames count.
#[test]
fn discarding() {
    let (mut decoder, mut work, mut told) = (Decoder::new(LIMITS), Workspace::default(), Vec::new());
    feed(&mut decoder, &mut work, &[1, 5, b'a', 0xe2], &mut told);
    decoder.discard_messages();
    let bytes =
        [&b"\xff\xff\xff"[..], &frame(0x89, b"p"), &frame(0x80, b"\xff"), &frame(0x81, b"\xff")].concat();
    feed(&mut decoder, &mut work, &bytes, &mut told);
    feed(&mut decoder, &mut work, &frame(0x82, &vec![0; 70_000]), &mut told);
    assert!(decoder.is_between_messages());
    feed(&mut decoder, &mut work, b"\x82\x7f\0\0\x7f\0\0\0\0\0abc", &mut told);
    assert_eq!(told, [Told::Ping(b"p".into())]);
    let (mut decoder, mut told) = (Decoder::new(LIMITS), Vec::new());
    decoder.discard_messages();
    assert!(!feed(&mut decoder, &mut work, &[0x80, 0], &mut told));
    assert_eq!(told, failed(FrameError::UnexpectedContinuation));
}

/// A stream that ends in a head, in a payload or in front of the next fragment ends within a message.
#[test]
fn between_messages() {
    let message =
        [frame(0x01, b"ab"), frame(0x89, b"p"), frame(0x80, b""), frame(0x8a, &[b'q'; 125])].concat();
    let ends = [0, 4 + 3 + 2, message.len()];
    for count in 0..=message.len() {
        for size in [1, message.len()] {
            let (mut decoder, mut work) = (Decoder::new(LIMITS), Workspace::default());
            for piece in message[..count].chunks(size) {
                assert!(feed(&mut decoder, &mut work, piece, &mut Vec::new()));
            }
            assert_eq!(decoder.is_between_messages(), ends.contains(&count), "{count} bytes, by {size}");
        }
    }
}

/// RFC 6455 §5.2 and §5.3: what a client sends, in the shortest form of each length.
#[test]
fn encoding() {
    for length in [0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 125, 126, 127, 1000, 65_535, 65_536, 70_001] {
        let payload: Vec<u8> = (0..length).map(|i| (i % 253) as u8).collect();
        let mask = [9, 8, 7, 250];
        let size = header_len(length) + length;
        let mut out = vec![0; size + 3];
        assert_eq!(encode_frame(&mut out[..size - 1], Opcode::Binary, &payload, mask), None);
        assert_eq!(encode_frame(&mut out, Opcode::Binary, &payload, mask), Some(size));
        assert_eq!(&out[size..], [0; 3]);
        // A server's view: the mask bit taken off, the payload unmasked.
        let mut bytes = out[..header_len(length) - 4].to_vec();
        assert_eq!(bytes[1] & 0x80, 0x80);
        bytes[1] &= 0x7f;
        assert_eq!(&out[bytes.len()..bytes.len() + 4], mask);
        bytes.extend(out[header_len(length)..size].iter().zip(mask.iter().cycle()).map(|(a, b)| a ^ b));
        assert_eq!(decode(&bytes), [Told::Binary(payload)]);
    }
}

fn some_frame() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![
        8 => prop::sample::select(vec![1_u8, 2, 0, 0, 0x80, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8a]),
        1 => any::<u8>(),
    ];
    let payload = prop_oneof![
        3 => "\\PC{0,60}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..300),
        1 => (0..80_000_usize).prop_map(|n| vec![b'y'; n]),
        1 => (3000..3010_u16).prop_map(|code| code.to_be_bytes().to_vec()),
    ];
    (first, payload).prop_map(|(first, payload)| frame(first, &payload))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// What comes out does not depend on where the stream was cut, and the decoder never panics.
    #[test]
    fn cuts_do_not_show(
        frames in prop::collection::vec(some_frame(), 0..12),
        cuts in prop::collection::vec(1..5000_usize, 1..40),
        short in any::<bool>(),
    ) {
        let bytes = frames.concat();
        let whole = decode(&bytes);
        let (mut rest, mut pieces) = (&bytes[..], Vec::new());
        for cut in cuts.iter().cycle() {
            let cut = if short { cut % 7 + 1 } else { *cut };
            let (piece, behind) = rest.split_at(cut.min(rest.len()));
            pieces.push(piece);
            rest = behind;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(decode_in(LIMITS, pieces), whole);
    }

    /// Text in fragments cut anywhere comes together, or fails where the whole would.
    #[test]
    fn fragments_of_text(
        bytes in prop_oneof![".{0,80}".prop_map(String::into_bytes), prop::collection::vec(any::<u8>(), 0..6)],
        cuts in prop::collection::vec(0..20_usize, 0..8),
    ) {
        let (mut rest, mut stream, mut first) = (&bytes[..], Vec::new(), 1);
        for cut in cuts {
            let (piece, behind) = rest.split_at(cut.min(rest.len()));
            stream.extend(frame(first, piece));
            (rest, first) = (behind, 0);
        }
        stream.extend(frame(0x80 | first, rest));
        let expected = match String::from_utf8(bytes.clone()) {
            Ok(text) => vec![Told::Text(text)],
            Err(_) => failed(FrameError::TextNotUtf8),
        };
        prop_assert_eq!(decode(&stream), expected.clone());
        prop_assert_eq!(decode_in(LIMITS, stream.chunks(1)), expected);
    }
}
