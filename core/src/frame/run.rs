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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::frame::Limits;
    use crate::frame::parts::PartsAbove;
    use crate::frame::pipeline::Step;
    use crate::stats::Stats;

    /// What comes of a stream that is shown so many bytes at first, and one more each time that they do not suffice. With
    /// one, no two frames are there at once.
    fn told(limits: Limits, stream: &[u8], shown: usize) -> (Vec<String>, Stats) {
        let (mut pipeline, mut work) = (Pipeline::new(limits), Workspace::default());
        let (mut counters, mut told) = (Counters::default(), Vec::new());
        let (mut from, mut to) = (0, shown.min(stream.len()));
        loop {
            let mut input = &stream[from..to];
            let before = input.len();
            let step = pipeline.step(&mut input, PartsAbove::NEVER, &mut work, &mut counters);
            from += before - input.len();
            match step {
                Ok(None) if to == stream.len() => break,
                Ok(None) => to += 1,
                Ok(Some(Step::Control(control))) => told.push(format!("{control:?}")),
                Ok(Some(Step::Assembled(Kind::Text, _))) => {
                    told.push(pipeline.assembly.hand_out_text().into());
                }
                Ok(Some(Step::Assembled(Kind::Binary, _))) => {
                    told.push(format!("{:?}", pipeline.assembly.hand_out_binary()));
                }
                Err(error) => {
                    told.push(error.to_string());
                    break;
                }
            }
            pipeline.assembly.release(&mut work);
        }
        (told, counters.stats())
    }

    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let [.., high, low] = payload.len().to_be_bytes();
        let head = if payload.len() <= 125 { vec![first, low] } else { vec![first, 126, high, low] };
        [&head, payload].concat()
    }

    /// Texts of which some are cut within a character, and a few are none.
    fn payload() -> impl Strategy<Value = Vec<u8>> {
        let length = prop_oneof![8 => 0..140_usize, 1 => 250..260_usize, 1 => 1000..1200_usize];
        (length, 0..4_usize, 0..60_u8).prop_map(|(length, at, fault)| {
            let mut text = "aé€😀".bytes().cycle().skip(at).take(length).collect::<Vec<_>>();
            if fault == 0 {
                text.push(0xff);
            }
            text
        })
    }

    fn fragment() -> impl Strategy<Value = (u8, Vec<u8>)> {
        let first = prop_oneof![60 => Just(0), 3 => Just(0x80), 2 => Just(0x89), 1 => any::<u8>()];
        (first, payload())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

        /// Fragments that lie together are what each is alone: messages, control frames, the first fault, and the count of
        /// frames (rules F1 to F3).
        #[test]
        fn a_run_is_its_fragments(
            text in any::<bool>(),
            fragments in prop::collection::vec(fragment(), 0..40),
            valid in any::<bool>(),
            limits in (60..2000_u64, 200..9000_u64),
        ) {
            let limits = Limits { frame: limits.0, message: limits.1 };
            let mut stream = frame(if text { 1 } else { 2 }, b"");
            let mut characters = "aé€😀".bytes().cycle();
            for (first, mut payload) in fragments {
                if valid {
                    payload = characters.by_ref().take(payload.len()).collect();
                }
                if first & 8 != 0 {
                    payload.truncate(125);
                }
                stream.extend(frame(first, &payload));
            }
            let alone = told(limits, &stream, 1);
            prop_assert_eq!(told(limits, &stream, stream.len()), alone.clone());
            prop_assert_eq!(told(limits, &stream, stream.len() / 2), alone);
        }
    }
}
