//! Frames as a server writes and reads them, by hand: what a scripted peer sends must not depend on the code
//! under test.

use std::io::{self, Read};

pub use crate::memory::frames::{server_frame as raw, server_head as head};

/// A frame that a client sent, unmasked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The first byte of the header: final bit, reserved bits and opcode.
    pub first: u8,
    /// The masking key.
    pub mask: [u8; 4],
    /// The payload, unmasked.
    pub payload: Vec<u8>,
}

impl Frame {
    /// The opcode.
    pub fn opcode(&self) -> u8 {
        self.first & 0x0f
    }

    /// The code and reason of a close frame; 1005 for an empty one.
    ///
    /// # Panics
    /// If it is no close frame.
    pub fn close(&self) -> (u16, String) {
        assert_eq!(self.first, 0x88, "a final close frame: {self:?}");
        match self.payload.split_at_checked(2) {
            Some((code, reason)) => {
                (u16::from_be_bytes([code[0], code[1]]), String::from_utf8(reason.to_vec()).expect("UTF-8"))
            }
            None => (1005, String::new()),
        }
    }
}

/// A final, unmasked frame in its shortest form.
pub fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    raw(0x80 | opcode, payload)
}

/// A text message.
pub fn text(payload: &str) -> Vec<u8> {
    frame(1, payload.as_bytes())
}

/// A binary message.
pub fn binary(payload: &[u8]) -> Vec<u8> {
    frame(2, payload)
}

/// A close frame.
pub fn close(code: u16, reason: &str) -> Vec<u8> {
    frame(8, &[&code.to_be_bytes(), reason.as_bytes()].concat())
}

/// A ping.
pub fn ping(payload: &[u8]) -> Vec<u8> {
    frame(9, payload)
}

/// A pong.
pub fn pong(payload: &[u8]) -> Vec<u8> {
    frame(10, payload)
}

/// Reads one frame of a client. None: the stream ended before its first byte.
///
/// # Errors
/// What the stream says; a frame that is cut, or that is not masked.
pub fn read(stream: &mut impl Read) -> io::Result<Option<Frame>> {
    let mut head = [0; 2];
    if stream.read(&mut head[..1])? == 0 {
        return Ok(None);
    }
    stream.read_exact(&mut head[1..])?;
    if head[1] & 0x80 == 0 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a client must mask its frames"));
    }
    let length = match head[1] & 0x7f {
        126 => {
            let mut long = [0; 2];
            stream.read_exact(&mut long)?;
            u64::from(u16::from_be_bytes(long))
        }
        127 => {
            let mut long = [0; 8];
            stream.read_exact(&mut long)?;
            u64::from_be_bytes(long)
        }
        short => u64::from(short),
    };
    let mut mask = [0; 4];
    stream.read_exact(&mut mask)?;
    let mut payload = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    stream.read_exact(&mut payload)?;
    // Eight bytes at a time: tests are built without optimisation and send megabytes.
    let wide = u64::from_ne_bytes([mask, mask].concat().try_into().expect("eight bytes"));
    let mut chunks = payload.chunks_exact_mut(8);
    for chunk in &mut chunks {
        let bytes: [u8; 8] = (&*chunk).try_into().expect("eight bytes");
        chunk.copy_from_slice(&(u64::from_ne_bytes(bytes) ^ wide).to_ne_bytes());
    }
    for (byte, key) in chunks.into_remainder().iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
    Ok(Some(Frame { first: head[0], mask, payload }))
}
