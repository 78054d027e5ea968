//! Receiving: from the compressed payload of messages to their bytes.

use std::sync::Arc;

use zlib_rs::{Inflate, InflateFlush, Status};

use super::answer::Agreement;
use super::history::History;
use super::{Codecs, Mark};
use crate::copy::append;
use crate::frame::{FrameError, InflateError};
use crate::workspace::Workspace;

/// How much output there is at a time, which is processed before there is more. It stays in the nearest cache.
const CHUNK: usize = 8 * 1024;

/// The memory of an inflater: 47,552 bytes for zlib-rs 0.6 with any window, its output, and some room.
pub(super) const SIZE: usize = 48 * 1024 + CHUNK;

/// While another connection has the loop's inflater, a connection takes one of its own once this many bytes of a
/// message wait for it. Then the inflater takes no more than twice what has come (rule M2).
const OWN: usize = SIZE / 2;

/// What is cut off the end of every message (RFC 7692 §7.2.1): the length of an empty block, whose head is in the
/// message. Then a byte of whatever follows, at which an inflater stops that is told to stop between blocks. If the
/// message ended inside a block, its tail is more of that block, or makes no sense, unless the sender made a block that
/// the tail completes. Whoever appends the tail and inflates, as §7.2.2 says, accepts such a message.
const TAIL_AND_MORE: [u8; 5] = [0, 0, 0xff, 0xff, 0];

/// zlib's largest window, which it has again after a reset.
const LARGEST: u8 = 15;

/// A zlib inflater, and where it writes to.
pub(super) struct Inflater {
    codec: Inflate,
    out: Box<[u8]>,
    /// Which connection's window it has.
    turn: u64,
    place: Place,
    /// How many bytes of the current message have come out.
    produced: u64,
}

impl Inflater {
    /// None where the allocator refuses: it is asked first, because the codec would panic.
    fn new() -> Option<Box<Self>> {
        Vec::<u8>::new().try_reserve_exact(SIZE).ok()?;
        Some(Box::new(Self {
            codec: Inflate::new(false, LARGEST),
            out: vec![0; CHUNK].into_boxed_slice(),
            turn: 0,
            place: Place::Blocks,
            produced: 0,
        }))
    }

    /// Forgets everything that went through it before. The next message may refer to `history`.
    fn begin(&mut self, history: Option<&History>) -> Result<(), InflateError> {
        self.codec.reset(false);
        for part in history.map(History::parts).into_iter().flatten().filter(|part| !part.is_empty()) {
            self.codec.set_dictionary(part).map_err(|_| InflateError::Malformed)?;
        }
        Ok(())
    }

    /// Inflates `input` as far as there is room. Returns how much of it was taken, and the output, even if a fault
    /// follows. So it does not depend on the cuts in the input whether a limit or the fault comes first.
    fn step(&mut self, input: &[u8], flush: InflateFlush) -> (usize, &[u8], Result<Status, InflateError>) {
        let (before_in, before_out) = (self.codec.total_in(), self.codec.total_out());
        let status = self.codec.decompress(input, &mut self.out, flush);
        let status = status.map_err(|_| InflateError::Malformed);
        // Neither is longer than a slice.
        let taken = usize::try_from(self.codec.total_in() - before_in).unwrap_or(usize::MAX);
        let given = usize::try_from(self.codec.total_out() - before_out).unwrap_or(usize::MAX);
        self.produced = self.produced.saturating_add(given as u64);
        (taken, self.out.get(..given).unwrap_or_default(), status)
    }

    /// The message has ended. If that is not between two blocks, it is incomplete.
    fn end(&mut self) -> Result<(), FrameError> {
        let whole = match self.place {
            Place::Blocks => {
                let (taken, out, status) = self.step(&TAIL_AND_MORE, InflateFlush::Block);
                let at_more = status == Ok(Status::Ok) && taken + 1 == TAIL_AND_MORE.len() && out.is_empty();
                // Behind a block that is marked as the last, the stream ends.
                at_more && self.step(&[], InflateFlush::NoFlush).2 == Ok(Status::BufError)
            }
            Place::Final => false,
            Place::Aligned => true,
        };
        if whole { Ok(()) } else { Err(FrameError::Compressed(InflateError::Unfinished)) }
    }
}

/// The receiving half of a compressed connection.
pub(crate) struct Inflating {
    /// None if the server's messages do not refer to earlier ones.
    history: Option<History>,
    bits: u8,
    under_way: UnderWay,
    /// Which inflater has the window that `history` copies, if one has. Only where it is zlib's largest: another inflater
    /// would let messages refer further back than was agreed.
    mark: Option<Mark>,
}

/// Where the current message is in its stream of blocks (RFC 1951 §3.2.3).
#[derive(Clone, Copy)]
enum Place {
    Blocks,
    /// After a final block. Only the octet of RFC 7692 §7.2.3.4 may follow.
    Final,
    /// After that octet.
    Aligned,
}

/// What has come of a message.
enum UnderWay {
    /// There is none, or it has no byte yet.
    Nothing,
    /// It is in an inflater. With a loan, this is the loop's, which no other connection has meanwhile.
    Inflater(Box<Inflater>, Option<Loan>),
    /// It waits for an inflater.
    Compressed(Vec<u8>),
}

/// An inflater at the beginning of a message.
type Begun = (Box<Inflater>, Option<Loan>);

/// Shows that a connection has the loop's inflater. When it is dropped, the loop makes another.
struct Loan(Arc<()>);

impl Inflating {
    pub(crate) fn new(agreed: Agreement) -> Self {
        Self {
            history: agreed.server_takeover.then(History::default),
            bits: agreed.server_window_bits,
            under_way: UnderWay::Nothing,
            mark: None,
        }
    }

    /// How many bytes have come out of the message under way.
    pub(crate) fn produced(&self) -> u64 {
        match &self.under_way {
            UnderWay::Nothing | UnderWay::Compressed(_) => 0,
            UnderWay::Inflater(inflater, _) => inflater.produced,
        }
    }

    /// Inflates a part of a message's payload into `sink`; `last` says that the message ends with it. If the message
    /// has more than `limit` bytes, only those up to the limit go there.
    pub(crate) fn take(
        &mut self,
        bytes: &[u8],
        last: bool,
        limit: u64,
        work: &mut Workspace,
        mut sink: impl FnMut(&[u8], &mut Workspace) -> Result<(), FrameError>,
    ) -> Result<(), FrameError> {
        let (mut inflater, loan, waited) = match core::mem::replace(&mut self.under_way, UnderWay::Nothing) {
            // zlib writes no block if there is nothing to flush, so programs that use it send an empty message like
            // this.
            UnderWay::Nothing if bytes.is_empty() => return Ok(()),
            UnderWay::Inflater(inflater, loan) => (inflater, loan, Vec::new()),
            UnderWay::Nothing => match self.begin(bytes.len(), last, &mut work.codecs)? {
                Some((inflater, loan)) => (inflater, loan, Vec::new()),
                None => return self.wait(Vec::new(), bytes),
            },
            UnderWay::Compressed(waited) => {
                match self.begin(waited.len().saturating_add(bytes.len()), last, &mut work.codecs)? {
                    Some((inflater, loan)) => (inflater, loan, waited),
                    None => return self.wait(waited, bytes),
                }
            }
        };
        let done = self
            .feed(&mut inflater, &waited, limit, work, &mut sink)
            .and_then(|()| self.feed(&mut inflater, bytes, limit, work, &mut sink))
            .and_then(|()| if last { inflater.end() } else { Ok(()) });
        if last || done.is_err() {
            let has_window =
                self.bits == LARGEST && self.history.is_some() && matches!(inflater.place, Place::Blocks);
            self.mark = (done.is_ok() && has_window).then(|| work.codecs.mark(inflater.turn));
            work.codecs.take_back(inflater, loan);
        } else {
            self.under_way = UnderWay::Inflater(inflater, loan);
        }
        done
    }

    /// An inflater for a message of which `waiting` bytes are here. None if they have to wait, because another
    /// connection has the loop's.
    fn begin(
        &mut self,
        waiting: usize,
        last: bool,
        codecs: &mut Codecs,
    ) -> Result<Option<Begun>, FrameError> {
        let is_here = Arc::strong_count(&codecs.lent) == 1;
        if !is_here && !last && waiting < OWN {
            return Ok(None);
        }
        let spare = if is_here { codecs.inflater.take() } else { None };
        let refused = FrameError::OutOfMemory { wanted: SIZE as u64 };
        let mut inflater = spare.or_else(Inflater::new).ok_or(refused)?;
        if let Some(history) = &mut self.history {
            let refused = FrameError::OutOfMemory { wanted: 1 << self.bits };
            history.reserve(self.bits).map_err(|_| refused)?;
        }
        // Set again by a message that ends well, in the loop's inflater.
        let goes_on = self.mark.take().is_some_and(|mark| mark.is_in(codecs, inflater.turn));
        if !goes_on {
            codecs.turns += 1;
            inflater.turn = codecs.turns;
            inflater.begin(self.history.as_ref()).map_err(FrameError::Compressed)?;
        }
        (inflater.produced, inflater.place) = (0, Place::Blocks);
        // A message that is complete gives it back at once.
        let loan = (is_here && !last).then(|| Loan(Arc::clone(&codecs.lent)));
        Ok(Some((inflater, loan)))
    }

    /// `bytes` wait after those that have `waited`.
    fn wait(&mut self, mut waited: Vec<u8>, bytes: &[u8]) -> Result<(), FrameError> {
        let refused = FrameError::OutOfMemory { wanted: bytes.len() as u64 };
        waited.try_reserve(bytes.len()).map_err(|_| refused)?;
        append(&mut waited, bytes);
        self.under_way = UnderWay::Compressed(waited);
        Ok(())
    }

    fn feed(
        &mut self,
        inflater: &mut Inflater,
        mut input: &[u8],
        limit: u64,
        work: &mut Workspace,
        sink: &mut impl FnMut(&[u8], &mut Workspace) -> Result<(), FrameError>,
    ) -> Result<(), FrameError> {
        while !input.is_empty() {
            match inflater.place {
                Place::Blocks => input = self.step(inflater, input, limit, work, sink)?,
                Place::Final if input == [0] => {
                    inflater.place = Place::Aligned;
                    return Ok(());
                }
                Place::Final | Place::Aligned => {
                    return Err(FrameError::Compressed(InflateError::DataAfterFinalBlock));
                }
            }
        }
        Ok(())
    }

    /// Inflates blocks, and returns what is left of `input`: nothing, or what follows a final block.
    fn step<'i>(
        &mut self,
        inflater: &mut Inflater,
        mut input: &'i [u8],
        limit: u64,
        work: &mut Workspace,
        sink: &mut impl FnMut(&[u8], &mut Workspace) -> Result<(), FrameError>,
    ) -> Result<&'i [u8], FrameError> {
        loop {
            let before = inflater.produced;
            let (taken, out, status) = inflater.step(input, InflateFlush::NoFlush);
            input = input.get(taken..).unwrap_or_default();
            let full = out.len() == CHUNK;
            let announced = before.saturating_add(out.len() as u64);
            if announced > limit {
                return Err(FrameError::MessageTooBig { announced, limit });
            }
            if let Some(history) = &mut self.history {
                history.push(out);
            }
            sink(out, work)?;
            match status.map_err(FrameError::Compressed)? {
                Status::StreamEnd => {
                    inflater.place = Place::Final;
                    return Ok(input);
                }
                // More may be ready than there was room for.
                Status::Ok | Status::BufError if full => {}
                Status::Ok | Status::BufError if input.is_empty() => return Ok(input),
                // There was room and input, but no progress.
                Status::BufError => return Err(FrameError::Compressed(InflateError::Malformed)),
                Status::Ok => {}
            }
        }
    }

    /// What it keeps between two messages, in bytes.
    #[cfg(test)]
    pub(super) fn memory(&self) -> usize {
        self.history.as_ref().map_or(0, |history| history.parts().concat().len())
    }

    /// Forgets the current message.
    pub(crate) fn discard(&mut self) {
        self.under_way = UnderWay::Nothing;
    }
}

impl Codecs {
    /// A message is done with an inflater. One that a connection had in addition to the loop's is freed.
    fn take_back(&mut self, inflater: Box<Inflater>, loan: Option<Loan>) {
        let ours = loan.is_none_or(|loan| Arc::ptr_eq(&loan.0, &self.lent));
        if ours && self.inflater.is_none() && Arc::strong_count(&self.lent) == 1 {
            self.inflater = Some(inflater);
        }
    }
}
