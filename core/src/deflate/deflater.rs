//! Sending: from messages to their compressed payload.

use zlib_rs::{Deflate, DeflateConfig, DeflateFlush, Status};

use super::answer::Agreement;
use super::history::History;
use super::{Codecs, Mark, inflater};

/// How many symbols a block has at most: 2^12, after which there are new Huffman codes. With 2^14, which zlib takes
/// unless it is told, JSON of 200 B to 16 KiB is as short, but the codec clears memory for all symbols in each message.
/// At 200 B that is 9 % of the time, and the codec takes 84 KiB more.
const MEM_LEVEL: i32 = 6;

/// The most memory that a deflater takes: 294,016 bytes for zlib-rs 0.6, with the largest window.
const SIZE: usize = 292 * 1024;

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
    codec: Deflate,
    bits: u8,
    level: u8,
    /// `out[..written]` is the last message. The codec writes only to memory that has a value, so the rest is zeros, or
    /// what earlier messages left.
    out: Vec<u8>,
    written: usize,
    /// Which connection's window it has.
    turn: u64,
}

impl Deflater {
    /// None if the allocator has no memory. It is asked first, because the codec would panic.
    fn new(bits: u8, level: u8) -> Option<Box<Self>> {
        Vec::<u8>::new().try_reserve_exact(SIZE).ok()?;
        // A negative window is how zlib asks for a stream without a head of its own.
        let config = DeflateConfig {
            level: level.into(),
            window_bits: -i32::from(bits),
            mem_level: MEM_LEVEL,
            ..DeflateConfig::default()
        };
        Some(Box::new(Self {
            codec: Deflate::new_with_config(config),
            bits,
            level,
            out: Vec::new(),
            written: 0,
            turn: 0,
        }))
    }

    /// Compresses one message into `out`, without its tail. None if there is no memory for the output.
    fn run(&mut self, payload: &[u8]) -> Option<()> {
        self.written = 0;
        let mut input = payload;
        loop {
            // JSON shrinks to a fifth of its length, so a half is rarely too little.
            let room = ROOM.max(input.len() / 2);
            if self.out.len() - self.written < room {
                self.out.try_reserve(room).ok()?;
                self.out.resize(self.out.capacity(), 0);
            }
            let (before_in, before_out) = (self.codec.total_in(), self.codec.total_out());
            let out = self.out.get_mut(self.written..)?;
            let status = self.codec.compress(input, out, DeflateFlush::SyncFlush).ok()?;
            input = input.get(usize::try_from(self.codec.total_in() - before_in).ok()?..)?;
            self.written += usize::try_from(self.codec.total_out() - before_out).ok()?;
            let full = self.written == self.out.len();
            match status {
                Status::Ok | Status::BufError if full => {}
                Status::Ok if input.is_empty() => break,
                // The flush was complete exactly when the output was full.
                Status::BufError if input.is_empty() && self.message().ends_with(&TAIL) => break,
                Status::Ok => {}
                Status::BufError | Status::StreamEnd => return None,
            }
        }
        let cut = self.message().ends_with(&TAIL);
        self.written = self.written.checked_sub(TAIL.len())?;
        cut.then_some(())
    }

    /// What the last message has become.
    fn message(&self) -> &[u8] {
        self.out.get(..self.written).unwrap_or_default()
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
            codecs.deflater = Deflater::new(bits, level);
        }
        let turn = codecs.deflater.as_ref()?.turn;
        let goes_on = self.mark.as_ref().is_some_and(|mark| mark.is_in(codecs, turn));
        let deflater = codecs.deflater.as_deref_mut()?;
        if !goes_on {
            self.mark = None;
            codecs.turns += 1;
            deflater.turn = codecs.turns;
            deflater.codec.reset();
            for part in self.history.iter().flat_map(History::parts).filter(|part| !part.is_empty()) {
                deflater.codec.set_dictionary(part).ok()?;
            }
        }
        if deflater.run(payload).is_none() {
            // The window differs from what the server has seen.
            self.mark = None;
            return None;
        }
        Some(deflater.message())
    }

    /// The message compressed last, from this payload, goes out, so the next message may refer to it.
    pub(crate) fn sent(&mut self, payload: &[u8], codecs: &Codecs) {
        if let Some(history) = &mut self.history
            && !payload.is_empty()
        {
            history.push(payload);
            if self.mark.is_none() {
                self.mark = codecs.deflater.as_ref().map(|deflater| codecs.mark(deflater.turn));
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
            && deflater.out.len() > RETAINED
        {
            (deflater.out, deflater.written) = (Vec::new(), 0);
        }
    }
}
