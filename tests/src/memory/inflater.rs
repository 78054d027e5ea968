//! zlib's inflater as a strict receiver uses it: each message may refer to what was agreed, and to nothing else.

use flate2::{Decompress, FlushDecompress, Status};

/// How much comes out at a time: zlib compares a distance with its window and what came out meanwhile.
const PIECE: usize = 64;

/// The inflater of one direction, with a window of 2^`bits` bytes from one message to the next, or none.
#[derive(Debug)]
pub struct Inflater {
    before: Vec<u8>,
    bits: u8,
    takeover: bool,
    /// Also inside a message, nothing refers further back than the window.
    bounded: bool,
}

impl Inflater {
    /// At the beginning of a connection.
    pub fn new(bits: u8, takeover: bool) -> Self {
        Self { before: Vec::new(), bits, takeover, bounded: false }
    }

    /// The same with a window of its own that is no larger than agreed, or than zlib's smallest of 2^9.
    pub fn bounded(bits: u8, takeover: bool) -> Self {
        Self { bounded: true, ..Self::new(bits, takeover) }
    }

    /// The message of a compressed payload. `None`: it does not inflate, or to more than `most` bytes.
    pub fn run(&mut self, payload: &[u8], most: usize) -> Option<Vec<u8>> {
        let bits = if self.bounded { self.bits.max(9) } else { 15 };
        let mut zlib = Decompress::new_with_window_bits(false, bits);
        if self.takeover && !self.before.is_empty() {
            zlib.set_dictionary(&self.before).ok()?;
        }
        // An empty message may have no block at all.
        let stream = if payload.is_empty() { Vec::new() } else { [payload, &[0, 0, 0xff, 0xff]].concat() };
        let (mut out, mut piece) = (Vec::new(), [0; PIECE]);
        loop {
            let (taken, given) = (zlib.total_in(), zlib.total_out());
            let rest = stream.get(usize::try_from(taken).ok()?..)?;
            let status = zlib.decompress(rest, &mut piece, FlushDecompress::None).ok()?;
            let given = usize::try_from(zlib.total_out() - given).ok()?;
            out.extend_from_slice(&piece[..given]);
            let moved = given > 0 || zlib.total_in() > taken;
            if status == Status::StreamEnd || !moved || out.len() > most {
                break;
            }
        }
        self.before.extend_from_slice(&out);
        self.before.drain(..self.before.len().saturating_sub(1 << self.bits));
        (out.len() <= most).then_some(out)
    }
}
