//! The server's side: a stream of frames in memory that begins anew at its end.

use std::io;

/// What messages are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Binary,
    /// Text of one byte per character.
    Ascii,
    /// Text with characters of one to four bytes.
    Mixed,
}

/// How much comes with one read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reads {
    /// 64 KiB, cut wherever that is.
    Bulk,
    /// One whole frame, as in a live feed.
    Frame,
    /// As in bulk, but each message has [`FRAGMENTS`] frames with the payload.
    Fragments,
}

/// How many frames a message in fragments has.
const FRAGMENTS: usize = 64;

/// A payload of exactly `size` bytes.
pub(crate) fn payload(kind: Kind, size: usize) -> Vec<u8> {
    match kind {
        Kind::Binary => (0..=255).cycle().take(size).collect(),
        Kind::Ascii => (b' '..=b'~').cycle().take(size).collect(),
        Kind::Mixed => {
            let mut text = String::new();
            for character in "aß€😀 mixed: жλ中文".chars().cycle() {
                if text.len() + character.len_utf8() > size {
                    break;
                }
                text.push(character);
            }
            text.extend(std::iter::repeat_n('x', size - text.len()));
            text.into_bytes()
        }
    }
}

/// The cyclic stream. It holds about a MiB, as a socket's bytes would come from beyond the nearest cache.
#[derive(Clone)]
pub(crate) struct Wire {
    bytes: Vec<u8>,
    /// The length of each message in it.
    frame: usize,
    at: usize,
    most: usize,
}

impl Wire {
    pub(crate) fn new(kind: Kind, payload: &[u8], reads: Reads) -> Self {
        let opcode = if kind == Kind::Binary { 2 } else { 1 };
        let (frame, most) = match reads {
            Reads::Bulk => (frame(0x80 | opcode, payload), 64 * 1024),
            Reads::Frame => {
                let frame = frame(0x80 | opcode, payload);
                (frame.clone(), frame.len())
            }
            Reads::Fragments => {
                let mut heads = [0; FRAGMENTS];
                (heads[0], heads[FRAGMENTS - 1]) = (opcode, 0x80);
                (heads.map(|head| frame(head, payload)).concat(), 64 * 1024)
            }
        };
        Self { bytes: frame.repeat((1 << 20) / frame.len() + 1), frame: frame.len(), at: 0, most }
    }

    pub(crate) fn frame(&self) -> usize {
        self.frame
    }

    /// Copies what comes next, as a kernel would.
    pub(crate) fn read(&mut self, out: &mut [u8]) -> usize {
        let count = self.most.min(out.len()).min(self.bytes.len() - self.at);
        out[..count].copy_from_slice(&self.bytes[self.at..self.at + count]);
        self.at = (self.at + count) % self.bytes.len();
        count
    }
}

/// A frame with this first byte.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = payload.len().to_be_bytes();
    let head = match payload.len() {
        0..=125 => vec![first, length[7]],
        126..=0xffff => vec![first, 126, length[6], length[7]],
        _ => [&[first, 127], &length[..]].concat(),
    };
    [&head, payload].concat()
}

/// What a blocking client is given. Everything that it writes is taken at once.
impl io::Read for Wire {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        Ok(Wire::read(self, out))
    }
}

impl io::Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(std::hint::black_box(bytes).len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
