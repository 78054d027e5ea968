//! Control frames that pass the data: a few short ones at most, told apart by the length in their own heads.

use std::collections::TryReserveError;

use crate::frame::{MASKED_HEADER_MAX, Opcode, encode_frame, header_len};

/// The frames, if there are any: mostly there are none, and then they take no more than the place for a pointer.
#[derive(Debug, Default)]
pub(super) struct ControlQueue(Option<Box<Frames>>);

impl ControlQueue {
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |frames| frames.bytes.len() - frames.out)
    }

    #[inline]
    pub(super) fn waiting(&self) -> &[u8] {
        self.0.as_ref().and_then(|frames| frames.bytes.get(frames.out..)).unwrap_or_default()
    }

    pub(super) fn push(
        &mut self,
        opcode: Opcode,
        payload: &[u8],
        mask: [u8; 4],
    ) -> Result<(), TryReserveError> {
        self.0.get_or_insert_default().push(opcode, payload, mask)
    }

    /// `count` bytes more are out.
    pub(super) fn advance(&mut self, count: usize) {
        self.change(|frames| frames.advance(count));
    }

    /// Drops all frames but one that is partly out.
    pub(super) fn drop_waiting(&mut self) {
        self.change(Frames::drop_waiting);
    }

    /// Drops the pongs behind the first `offered` bytes that wait, and behind a frame that is partly out.
    pub(super) fn drop_pongs(&mut self, offered: usize) {
        self.change(|frames| frames.drop_pongs(offered));
    }

    /// Drops the pongs that have not begun to go out but for the last one.
    pub(super) fn keep_newest_pong(&mut self) {
        self.change(Frames::keep_newest_pong);
    }

    fn change(&mut self, how: impl FnOnce(&mut Frames)) {
        if let Some(frames) = &mut self.0 {
            how(frames);
            if frames.bytes.is_empty() {
                self.0 = None;
            }
        }
    }
}

/// Whole frames, the first of them partly out perhaps.
#[derive(Debug, Default)]
struct Frames {
    bytes: Vec<u8>,
    /// How much of the first frame is out.
    out: usize,
}

impl Frames {
    fn push(&mut self, opcode: Opcode, payload: &[u8], mask: [u8; 4]) -> Result<(), TryReserveError> {
        let mut frame = [0; MASKED_HEADER_MAX + 125];
        // RFC 6455 §5.5: a control frame has no more than 125 bytes; nobody here has more to say.
        let payload = payload.get(..125).unwrap_or(payload);
        let length = encode_frame(&mut frame, opcode, payload, mask).unwrap_or(0);
        self.bytes.try_reserve(length)?;
        self.bytes.extend_from_slice(frame.get(..length).unwrap_or_default());
        Ok(())
    }

    fn advance(&mut self, count: usize) {
        self.out = (self.out + count).min(self.bytes.len());
        let mut whole = 0;
        while let Some((length, _)) = self.frame(whole)
            && whole + length <= self.out
        {
            whole += length;
        }
        self.bytes.drain(..whole);
        self.out -= whole;
    }

    fn drop_waiting(&mut self) {
        let begun = self.begun();
        self.bytes.truncate(begun);
    }

    fn drop_pongs(&mut self, offered: usize) {
        let mut at = self.begun();
        while let Some((length, pong)) = self.frame(at) {
            if pong && at >= self.out + offered {
                self.bytes.drain(at..at + length);
            } else {
                at += length;
            }
        }
    }

    fn keep_newest_pong(&mut self) {
        let (mut at, mut last) = (self.begun(), None);
        while let Some((length, pong)) = self.frame(at) {
            if pong && let Some((start, length)) = last.replace((at, length)) {
                self.bytes.drain(start..start + length);
                at -= length;
                last = last.map(|(start, own)| (start - length, own));
            }
            at += length;
        }
    }

    /// Where the frame ends that is partly out; 0 when none is.
    fn begun(&self) -> usize {
        if self.out == 0 { 0 } else { self.frame(0).map_or(0, |(length, _)| length) }
    }

    /// The frame that begins at `at`: its length, and whether it is a pong.
    fn frame(&self, at: usize) -> Option<(usize, bool)> {
        let &[first, second] = self.bytes.get(at..)?.first_chunk()?;
        let payload = usize::from(second & 0x7f);
        let length = (header_len(payload) + payload).min(self.bytes.len() - at);
        Some((length, first & 0x0f == Opcode::Pong as u8))
    }
}
