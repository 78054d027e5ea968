//! Frames as a server writes them, right and wrong, a small language to write streams of them in, and frames as a
//! client writes them.

use super::source::Source;

/// One unmasked frame. `first` is its first byte whole, so reserved bits and opcodes can be anything; the length
/// is in its shortest form.
pub fn server_frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = server_head(first, payload.len() as u64);
    frame.extend_from_slice(payload);
    frame
}

/// The head of an unmasked frame with a length in its shortest form.
pub fn server_head(first: u8, length: u64) -> Vec<u8> {
    let bytes = length.to_be_bytes();
    let [.., high, low] = bytes;
    match length {
        0..=125 => vec![first, low],
        126..=0xffff => vec![first, 126, high, low],
        _ => [&[first, 127][..], &bytes].concat(),
    }
}

/// Reads a client's frame as strictly as RFC 6455 asks a server to: the first byte, the payload unmasked, and what
/// is behind the frame. `None`: it is not there whole.
///
/// # Panics
/// If it is not masked, or its length is not in its shortest form.
pub fn client_frame(bytes: &[u8]) -> Option<(u8, Vec<u8>, &[u8])> {
    let (&[first, second], rest) = bytes.split_first_chunk()?;
    assert!(second & 0x80 != 0, "a client frame is not masked (RFC 6455 §5.1)");
    let (length, rest) = match second & 0x7f {
        126 => {
            let (length, rest) = rest.split_first_chunk()?;
            let length = u64::from(u16::from_be_bytes(*length));
            assert!(length > 125, "a length is not in its shortest form");
            (length, rest)
        }
        127 => {
            let (length, rest) = rest.split_first_chunk()?;
            let length = u64::from_be_bytes(*length);
            assert!(length > 0xffff, "a length is not in its shortest form");
            (length, rest)
        }
        length => (u64::from(length), rest),
    };
    let (mask, rest) = rest.split_first_chunk::<4>()?;
    let (payload, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    let payload = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
    Some((first, payload, rest))
}

/// Text that a decoder has to look at closely: all lengths of characters, at all offsets.
const TEXT: &str = "a\u{e9}\u{20ac}\u{1f600}\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}z";

/// A payload of `length` bytes: of text, perhaps cut within a character, or of bytes that count up.
pub fn payload(text: bool, length: usize) -> Vec<u8> {
    let counting: Vec<u8> = (0..=u8::MAX).collect();
    let pattern = if text { TEXT.as_bytes() } else { &counting };
    let mut bytes = pattern.repeat(length / pattern.len() + 1);
    bytes.truncate(length);
    bytes
}

/// The longest text of at most `length` bytes that [`payload`] gives.
pub fn whole_text(length: usize) -> String {
    let mut bytes = payload(true, length);
    while core::str::from_utf8(&bytes).is_err() {
        bytes.pop();
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// Writes what one operation of the stream language says: a byte that names the frame, then its details.
pub(super) fn write(source: &mut Source<'_>, out: &mut Vec<u8>) {
    let op = source.byte();
    let opcode = [0, 1, 2, 8, 9, 10, 1, 2][usize::from(op & 7)];
    let fin = if op & 8 == 0 { 0x80 } else { 0 };
    match op >> 4 {
        // Frames with a payload out of the input.
        0..=3 => {
            let length = usize::from(source.byte());
            out.extend(server_frame(fin | opcode, source.take(length)));
        }
        // Frames with a payload that is made up.
        4..=6 => {
            let length = made_up_length(source.byte());
            out.extend(server_frame(fin | opcode, &payload(opcode < 2, length)));
        }
        // Short text and fragments of it.
        7 | 8 => {
            let length = usize::from(source.byte() % 9);
            out.extend(server_frame(fin | opcode, source.take(length)));
        }
        // A close frame with any code and a reason out of the input.
        9 => {
            let code = source.word();
            let length = usize::from(source.byte() % 124);
            let body = [&code.to_be_bytes(), source.take(length)].concat();
            out.extend(server_frame(0x88, &body));
        }
        // A close code that may come (semantics F4).
        10 => {
            let code = [1000, 1001, 1011, 1014, 3000, 4999, 1005, 999][usize::from(op & 7)];
            out.extend(server_frame(0x88, &u16::to_be_bytes(code)));
        }
        // A head that announces any length in any form, with nothing behind it.
        11 => {
            let announced =
                u64::from_be_bytes([op << 4, 0, 0, 0, source.byte(), source.byte(), 0, source.byte()]);
            out.extend(server_head(fin | opcode, announced));
        }
        // A length in a longer form than it needs.
        12 => out.extend([fin | opcode, 126, 0, source.byte()]),
        13 => out.extend([fin | opcode, 127, source.byte(), 0, 0, 0, 0, 0, source.byte(), source.byte()]),
        // A masked frame, or reserved bits.
        14 => out.extend([fin | opcode, 0x80 | (source.byte() & 0x7f), 1, 2, 3, 4]),
        // Anything at all.
        _ => {
            let length = usize::from(source.byte() % 33);
            out.extend_from_slice(source.take(length));
        }
    }
}

/// Lengths around the borders of the three forms, and some in between.
pub(super) fn made_up_length(choice: u8) -> usize {
    match choice {
        0..=199 => usize::from(choice),
        200..=219 => 125 + usize::from(choice - 200),
        220..=239 => 65_526 + usize::from(choice - 220),
        240.. => usize::from(choice - 239) * 3_001,
    }
}
