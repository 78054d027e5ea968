//! A server's side of permessage-deflate, with zlib's codecs as they are: windows that are kept, no limits.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};

/// Both codecs of a connection.
pub struct Codecs {
    deflater: Compress,
    inflater: Decompress,
}

impl Codecs {
    /// The server refers back to 2^`bits` bytes of its messages, and the client to whatever it likes.
    pub fn new(bits: u8) -> Self {
        Self {
            deflater: Compress::new_with_window_bits(Compression::new(6), false, bits),
            inflater: Decompress::new(false),
        }
    }

    /// The compressed payload of a message that is not empty.
    ///
    /// # Panics
    /// If zlib does not end it as it should.
    pub fn deflate(&mut self, message: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(message.len() * 9 / 8 + 100);
        self.deflater.compress_vec(message, &mut out, FlushCompress::Sync).expect("it compresses");
        assert!(out.len() < out.capacity() && out.ends_with(&[0, 0, 0xff, 0xff]), "a flush is over");
        out.truncate(out.len() - 4);
        out
    }

    /// The message of a compressed payload.
    ///
    /// # Panics
    /// If it does not inflate.
    pub fn inflate(&mut self, payload: &[u8]) -> Vec<u8> {
        let stream = [payload, &[0, 0, 0xff, 0xff]].concat();
        let (mut input, mut out) = (&stream[..], Vec::new());
        loop {
            out.reserve(4096);
            let before = self.inflater.total_in();
            self.inflater.decompress_vec(input, &mut out, FlushDecompress::None).expect("it inflates");
            input = &input[usize::try_from(self.inflater.total_in() - before).expect("of a slice")..];
            if input.is_empty() && out.len() < out.capacity() {
                return out;
            }
        }
    }
}
