//! Fragments that follow one another. Short ones are joined before they are read: alone, each takes longer than its bytes
//! do. A fragment of 64 bytes of text takes 129 instructions here and 595 alone, and one of 1 KiB 502 and 686.

use super::error::FrameError;
use super::framer::{Kind, Piece};
use super::pipeline::Pipeline;
use crate::stats::Counters;
use crate::workspace::Workspace;

/// So much is joined at a time. It is cleared first, and more would make the validator little faster. It is read at once, as
/// it is less than is validated at a time.
const JOINED: usize = 1024;

/// A longer fragment is read where it lies.
const SHORT: usize = 256;

impl Pipeline {
    /// Takes continuations off the front of `input`, while two or more are there whole. What has to be judged, and what is
    /// no valid text, is left to [`Framer::step`](super::framer::Framer::step).
    #[inline]
    pub(super) fn take_run(
        &mut self,
        input: &mut &[u8],
        work: &mut Workspace,
        counters: &mut Counters,
    ) -> Result<(), FrameError> {
        while let Some(length) = self.framer.next_fragment(input) {
            let count =
                if length > SHORT { self.take_long(input, work)? } else { self.take_short(input, work) };
            if count == 0 {
                break;
            }
            counters.received_fragments(count);
        }
        Ok(())
    }

    /// Takes one. Returns how many were taken.
    #[inline(never)]
    fn take_long(&mut self, input: &mut &[u8], work: &mut Workspace) -> Result<u64, FrameError> {
        let Some(bytes) = self.framer.take_fragment(input, usize::MAX) else { return Ok(0) };
        self.read_fragments(bytes, work)?;
        Ok(1)
    }

    /// Takes as many as are joined at once, and none if they are no valid text: which of them is at fault, and what was
    /// before it, shows when each is taken alone. Returns how many were taken.
    #[inline(never)]
    fn take_short(&mut self, input: &mut &[u8], work: &mut Workspace) -> u64 {
        let before = (*input, self.framer.clone(), self.reader);
        let mut joined = [0; JOINED];
        let (mut room, mut count) = (&mut joined[..], 0);
        while let Some(bytes) = self.framer.take_fragment(input, room.len().min(SHORT)) {
            let (place, rest) = room.split_at_mut(bytes.len());
            place.copy_from_slice(bytes);
            (room, count) = (rest, count + 1);
        }
        let length = JOINED - room.len();
        if self.read_fragments(joined.get(..length).unwrap_or_default(), work).is_err() {
            (*input, self.framer, self.reader) = before;
            return 0;
        }
        count
    }

    fn read_fragments(&mut self, bytes: &[u8], work: &mut Workspace) -> Result<(), FrameError> {
        let kind = self.framer.kind().unwrap_or(Kind::Binary);
        self.read(&Piece { kind, compressed: false, last: false, bytes }, work)
    }
}
