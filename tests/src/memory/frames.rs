//! Frames as a server writes them and as it reads those of a client, by hand: what a server does must not depend on the
//! code under test. And payloads that a decoder has to look at closely.

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
