//! Receiving: from the compressed payload of messages to their bytes.

use std::sync::Arc;

use zlib_rs::{Inflate, InflateFlush, Status};

use super::Codecs;
use super::answer::Agreement;
use super::history::History;
use crate::frame::{FrameError, InflateError};
use crate::workspace::Workspace;

/// How much output there is at a time, which is processed before there is more. It stays in the nearest cache.
const CHUNK: usize = 8 * 1024;

/// The memory of an inflater: 47,552 bytes for zlib-rs 0.6 with any window, its output, and some room.
pub(super) const SIZE: usize = 48 * 1024 + CHUNK;

/// While another connection has the loop's inflater, a connection takes one of its own once this many bytes of a
/// message wait for it. Then the inflater takes no more than twice what has come (rule M2).
const OWN: usize = SIZE / 2;

/// What is cut off the end of every message (RFC 7692 §7.2.1), followed by an empty final block. The stream ends with
/// these, without output, if the message ended between two blocks. If it ended inside a block, it does so only where the
/// sender made the head of a block that these bytes complete. Whoever appends the tail and inflates, as §7.2.2 says,
/// accepts such a message.
const END: [u8; 9] = [0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff];

/// A zlib inflater, and where it writes to.
pub(super) struct Inflater {
    codec: Inflate,
    out: Box<[u8]>,
}

impl Inflater {
    /// None where the allocator refuses: it is asked first, because the codec would panic.
    fn new() -> Option<Box<Self>> {
        Vec::<u8>::new().try_reserve_exact(SIZE).ok()?;
        // A reset goes back to the largest window, so the inflater has that from the beginning.
        Some(Box::new(Self { codec: Inflate::new(false, 15), out: vec![0; CHUNK].into_boxed_slice() }))
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
    fn step(&mut self, input: &[u8]) -> (usize, &[u8], Result<Status, InflateError>) {
        let (before_in, before_out) = (self.codec.total_in(), self.codec.total_out());
        let status = self.codec.decompress(input, &mut self.out, InflateFlush::NoFlush);
        let status = status.map_err(|_| InflateError::Malformed);
        // Neither is longer than a slice.
        let taken = usize::try_from(self.codec.total_in() - before_in).unwrap_or(usize::MAX);
        let given = usize::try_from(self.codec.total_out() - before_out).unwrap_or(usize::MAX);
        (taken, self.out.get(..given).unwrap_or_default(), status)
    }
}

/// The receiving half of a compressed connection.
pub(crate) struct Inflating {
    /// None if the server's messages do not refer to earlier ones.
    history: Option<History>,
    bits: u8,
    place: Place,
    /// How many bytes of the current message have come out.
    produced: u64,
    under_way: UnderWay,
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
            place: Place::Blocks,
            produced: 0,
            under_way: UnderWay::Nothing,
        }
    }

    /// How many bytes have come of the message under way, or of the last one.
    pub(crate) fn produced(&self) -> u64 {
        self.produced
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
            UnderWay::Nothing if bytes.is_empty() => {
                self.produced = 0;
                return Ok(());
            }
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
            .and_then(|()| if last { self.end(&mut inflater) } else { Ok(()) });
        if last || done.is_err() {
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
        inflater.begin(self.history.as_ref()).map_err(FrameError::Compressed)?;
        (self.produced, self.place) = (0, Place::Blocks);
        // A message that is complete gives it back at once.
        let loan = (is_here && !last).then(|| Loan(Arc::clone(&codecs.lent)));
        Ok(Some((inflater, loan)))
    }

    /// `bytes` wait after those that have `waited`.
    fn wait(&mut self, mut waited: Vec<u8>, bytes: &[u8]) -> Result<(), FrameError> {
        let refused = FrameError::OutOfMemory { wanted: bytes.len() as u64 };
        waited.try_reserve(bytes.len()).map_err(|_| refused)?;
        waited.extend_from_slice(bytes);
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
            match self.place {
                Place::Blocks => input = self.step(inflater, input, limit, work, sink)?,
                Place::Final if input == [0] => {
                    self.place = Place::Aligned;
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
            let (taken, out, status) = inflater.step(input);
            input = input.get(taken..).unwrap_or_default();
            let full = out.len() == CHUNK;
            self.produced = self.produced.saturating_add(out.len() as u64);
            if self.produced > limit {
                return Err(FrameError::MessageTooBig { announced: self.produced, limit });
            }
            if let Some(history) = &mut self.history {
                history.push(out);
            }
            sink(out, work)?;
            match status.map_err(FrameError::Compressed)? {
                Status::StreamEnd => {
                    self.place = Place::Final;
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

    /// The message has ended. If that is not between two blocks, it is incomplete.
    fn end(&mut self, inflater: &mut Inflater) -> Result<(), FrameError> {
        let whole = match self.place {
            Place::Blocks => {
                let (taken, out, status) = inflater.step(&END);
                status == Ok(Status::StreamEnd) && taken == END.len() && out.is_empty()
            }
            Place::Final => false,
            Place::Aligned => true,
        };
        if whole { Ok(()) } else { Err(FrameError::Compressed(InflateError::Unfinished)) }
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
