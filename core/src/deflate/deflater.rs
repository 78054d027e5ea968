//! Sending: from messages to their compressed payload.

use std::sync::Arc;

use flate2::{Compress, FlushCompress, Status};

use super::answer::Agreement;
use super::history::History;
use super::{Codecs, Mark, inflater};

/// The most memory that a deflater takes: 380 KB for zlib-rs 0.6, with the largest window.
const SIZE: usize = 384 * 1024;

/// The least room for output. If there is room left after a flush, the flush is complete. zlib asks for more than six
/// bytes, or it may write the end twice.
const ROOM: usize = 64;

/// How much memory for output is kept for the next message.
const RETAINED: usize = 64 * 1024;

/// The end of every message, which is cut off (RFC 7692 §7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// An empty message (RFC 7692 §7.2.3.6). zlib flushes nothing if there was no input.
const EMPTY: [u8; 1] = [0];

/// Whether there is memory for the codecs of a loop at this moment.
pub(crate) fn has_memory() -> bool {
    Vec::<u8>::new().try_reserve_exact(SIZE + inflater::SIZE).is_ok()
}

/// A zlib deflater, and where it writes to.
pub(super) struct Deflater {
    codec: Compress,
    bits: u8,
    level: u8,
    out: Vec<u8>,
}

impl Deflater {
    /// None if the allocator has no memory. It is asked first, because the codec would panic.
    fn new(bits: u8, level: u8) -> Option<Box<Self>> {
        Vec::<u8>::new().try_reserve_exact(SIZE).ok()?;
        let codec = Compress::new_with_window_bits(flate2::Compression::new(level.into()), false, bits);
        Some(Box::new(Self { codec, bits, level, out: Vec::new() }))
    }

    /// Compresses one message into `out`, without its tail. None if there is no memory for the output.
    fn run(&mut self, payload: &[u8]) -> Option<()> {
        self.out.clear();
        let mut input = payload;
        loop {
            // JSON shrinks to a fifth of its length, so a half is rarely too little.
            let room = ROOM.max(input.len() / 2);
            if self.out.capacity() - self.out.len() < room {
                self.out.try_reserve(room).ok()?;
            }
            let before = self.codec.total_in();
            let status = self.codec.compress_vec(input, &mut self.out, FlushCompress::Sync).ok()?;
            let taken = usize::try_from(self.codec.total_in() - before).ok()?;
            input = input.get(taken..)?;
            let full = self.out.len() == self.out.capacity();
            match status {
                Status::Ok | Status::BufError if full => {}
                Status::Ok if input.is_empty() => break,
                // The flush was complete exactly when the output was full.
                Status::BufError if input.is_empty() && self.out.ends_with(&TAIL) => break,
                Status::Ok => {}
                Status::BufError | Status::StreamEnd => return None,
            }
        }
        let end = self.out.len().checked_sub(TAIL.len())?;
        let cut = self.out.ends_with(&TAIL);
        self.out.truncate(end);
        cut.then_some(())
    }
}

/// The sending half of a compressed connection.
pub(crate) struct Deflating {
    /// None if our messages do not refer to earlier ones.
    history: Option<History>,
    bits: u8,
    level: u8,
    /// Which deflater has the window that `history` copies, if one has.
    mark: Option<Mark>,
}

impl Deflating {
    pub(crate) fn new(agreed: Agreement, level: u8) -> Self {
        let history = agreed.client_takeover.then(History::default);
        Self { history, bits: agreed.client_window_bits, level, mark: None }
    }

    /// Compresses a message. [`Deflating::sent`] then reports that it goes out compressed. None if there is no memory
    /// for it, and then the message goes out uncompressed.
    pub(crate) fn compress<'c>(&mut self, payload: &[u8], codecs: &'c mut Codecs) -> Option<&'c [u8]> {
        if payload.is_empty() {
            return Some(&EMPTY);
        }
        if let Some(history) = &mut self.history {
            history.reserve(self.bits).ok()?;
        }
        // zlib has no window of 2^8, but one of 2^9 works: its matches begin at least 262 bytes before the end of the
        // window.
        let (bits, level) = (self.bits.max(9), self.level);
        let fits = codecs.deflater.as_ref().is_some_and(|it| (it.bits, it.level) == (bits, level));
        if !fits {
            codecs.deflater = None;
            codecs.turns += 1;
            codecs.deflater = Deflater::new(bits, level);
        }
        let deflater = codecs.deflater.as_deref_mut()?;
        let last = self
            .mark
            .as_ref()
            .is_some_and(|mark| mark.turn == codecs.turns && Arc::ptr_eq(&mark.codecs, &codecs.identity));
        if !last {
            codecs.turns += 1;
            self.mark = None;
            deflater.codec.reset();
            for part in self.history.iter().flat_map(History::parts).filter(|part| !part.is_empty()) {
                deflater.codec.set_dictionary(part).ok()?;
            }
        }
        if deflater.run(payload).is_none() {
            // The window differs from what the server has seen.
            self.mark = None;
            codecs.turns += 1;
            return None;
        }
        Some(&deflater.out)
    }

    /// The message compressed last, from this payload, goes out, so the next message may refer to it.
    pub(crate) fn sent(&mut self, payload: &[u8], codecs: &Codecs) {
        if let Some(history) = &mut self.history
            && !payload.is_empty()
        {
            history.push(payload);
            let here = |mark: &Mark| mark.turn == codecs.turns && Arc::ptr_eq(&mark.codecs, &codecs.identity);
            if !self.mark.as_ref().is_some_and(here) {
                self.mark = Some(Mark { codecs: Arc::clone(&codecs.identity), turn: codecs.turns });
            }
        }
    }

    /// The message compressed last does not go out compressed.
    pub(crate) fn not_sent(&mut self) {
        self.mark = None;
    }
}

impl Codecs {
    /// Keeps no more memory than the next messages are likely to need.
    pub(crate) fn trim(&mut self) {
        if let Some(deflater) = &mut self.deflater
            && deflater.out.capacity() > RETAINED
        {
            deflater.out = Vec::new();
        }
    }
}
