//! The frames that a client sends: final, unfragmented and masked, with the length in its shortest form (RFC 6455 §5.2
//! and §5.3).

use super::header::Opcode;
use super::mask::copy_masked;

/// The longest head of a masked frame.
pub(crate) const MASKED_HEADER_MAX: usize = 14;

/// The longest payload whose length stands in the second byte of its frame.
const SHORT: usize = 125;

/// How many bytes the head of a masked frame with a payload of `payload` bytes takes.
#[inline]
pub const fn header_len(payload: usize) -> usize {
    match payload {
        0..=SHORT => 6,
        126..=0xffff => 8,
        _ => MASKED_HEADER_MAX,
    }
}

/// The first byte of a frame: whether it ends its message, and its opcode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FirstByte(u8);

impl FirstByte {
    #[inline]
    pub(crate) const fn new(opcode: Opcode, fin: bool) -> Self {
        Self((fin as u8) << 7 | opcode as u8)
    }

    /// As it was written.
    #[cfg(feature = "deflate")]
    pub(crate) const fn from_byte(byte: u8) -> Self {
        Self(byte)
    }

    /// Whether it is the last frame of its message.
    #[cfg(feature = "deflate")]
    pub(crate) const fn fin(self) -> bool {
        self.0 & 0x80 != 0
    }

    /// Of a message, or a control frame, that is one frame.
    #[inline]
    pub(crate) const fn whole(opcode: Opcode) -> Self {
        Self::new(opcode, true)
    }
}

/// Writes the head of a masked frame to the front of `out` and returns the rest of it. None if `out` is too short.
#[inline]
pub(crate) fn put_header(
    out: &mut [u8],
    first: FirstByte,
    payload: usize,
    mask: [u8; 4],
) -> Option<&mut [u8]> {
    if payload <= SHORT {
        let (head, rest) = out.split_first_chunk_mut()?;
        *head = short_head(first, payload, mask);
        return Some(rest);
    }
    let (FirstByte(first), [m0, m1, m2, m3]) = (first, mask);
    // `usize` has at most 64 bits on all of Rust's targets.
    let length = (payload as u64).to_be_bytes();
    let [.., high, low] = length;
    if payload <= 0xffff {
        let (head, rest) = out.split_first_chunk_mut()?;
        *head = [first, 0xfe, high, low, m0, m1, m2, m3];
        return Some(rest);
    }
    let (head, rest) = out.split_first_chunk_mut()?;
    *head = [first, 0xff];
    let (field, rest) = rest.split_first_chunk_mut()?;
    *field = length;
    let (key, rest) = rest.split_first_chunk_mut()?;
    *key = mask;
    Some(rest)
}

/// Writes a frame to the front of `out` and returns its length. None if `out` is too short.
///
/// ```
/// use connect_socket_core::frame::{Opcode, encode_frame, header_len};
///
/// let mut out = [0; 16];
/// let length = encode_frame(&mut out, Opcode::Text, b"hi", [1, 2, 3, 4]);
/// assert_eq!(length, Some(header_len(2) + 2));
/// assert_eq!(out[..8], [0x81, 0x82, 1, 2, 3, 4, b'h' ^ 1, b'i' ^ 2]);
/// ```
#[inline]
pub fn encode_frame(out: &mut [u8], opcode: Opcode, payload: &[u8], mask: [u8; 4]) -> Option<usize> {
    encode(out, FirstByte::whole(opcode), payload, mask)
}

/// The same for any data frame.
#[inline]
pub(crate) fn encode(out: &mut [u8], first: FirstByte, payload: &[u8], mask: [u8; 4]) -> Option<usize> {
    // Most messages are short. One store after the other writes their frame, and nothing is computed that only longer
    // heads need.
    if payload.len() <= SHORT {
        let (head, rest) = out.split_first_chunk_mut()?;
        let rest = rest.get_mut(..payload.len())?;
        *head = short_head(first, payload.len(), mask);
        copy_masked(rest, payload, mask);
        return Some(head.len() + payload.len());
    }
    let room = out.len();
    let rest = put_header(out, first, payload.len(), mask)?;
    let header = room - rest.len();
    copy_masked(rest.get_mut(..payload.len())?, payload, mask);
    Some(header + payload.len())
}

/// The head of a payload of at most [`SHORT`] bytes.
#[inline]
fn short_head(FirstByte(first): FirstByte, payload: usize, [m0, m1, m2, m3]: [u8; 4]) -> [u8; 6] {
    let [length, ..] = payload.to_le_bytes();
    [first, 0x80 | length, m0, m1, m2, m3]
}
