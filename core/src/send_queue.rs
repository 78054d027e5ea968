//! Frames that wait for the transport, encoded and masked, in the order in which they go out.
//!
//! Data and our close frame are one queue; pings and pongs pass it, but never inside a frame that has begun
//! (RFC 6455 §5.4). What was offered to the transport keeps its meaning until it is told how much of it went.

mod control;
mod receipts;
#[cfg(test)]
mod tests;

use core::ops::Range;
use std::collections::TryReserveError;

use crate::frame::{MASKED_HEADER_MAX, Opcode, encode_frame, header_len, mask_in_place, put_header};
use crate::ids::CallId;
use control::ControlQueue;
use receipts::Receipts;

/// An empty queue keeps this much memory for the next messages, until [`SendQueue::give_back`]; what is more is
/// freed at once.
const RETAINED: usize = 128 * 1024;
/// The same for receipts, in messages.
const RECEIPTS: usize = 8 * 1024;
/// The memory of the first message.
const FIRST: usize = 48;
/// A large payload is copied and masked in pieces that stay in the nearest cache between the two.
const PIECE: usize = 8 * 1024;

/// The frames of one connection that wait for its transport.
#[derive(Debug, Default)]
pub(crate) struct SendQueue {
    /// `bytes[start..end]` wait. What is behind `end` is initialised memory that was in use before, so that a
    /// frame is written over it without clearing it first.
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// The place in the stream of data frames, counted from its beginning, of `bytes[0]`.
    base: u64,
    /// Where the frame ends that was begun last; not over [`SendQueue::out`] when none is partly out.
    begun: u64,
    /// The messages among the waiting frames. What is behind the last of them is a close frame.
    receipts: Receipts,
    control: ControlQueue,
    /// The length of our close frame, once it has been queued.
    close: usize,
    offered: Offered,
    /// The connection ended while an offer was out: data up to here is dropped as soon as it is known how
    /// much of the offer went.
    abandoned: Option<u64>,
}

/// How much of each part of the queue was offered to the transport and not yet reported.
#[derive(Clone, Copy, Debug, Default)]
struct Offered {
    rest: usize,
    control: usize,
    data: usize,
}

impl SendQueue {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// All bytes that wait, heads and control frames included.
    #[inline]
    pub(crate) fn buffered(&self) -> usize {
        self.end - self.start + self.control.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.buffered() == 0
    }

    /// Queues a message; `call` is settled when its last byte is out. Where there is no memory for it the
    /// queue stays as it was.
    #[inline]
    pub(crate) fn push_message(
        &mut self,
        call: CallId,
        opcode: Opcode,
        payload: &[u8],
        mask: [u8; 4],
    ) -> Result<(), TryReserveError> {
        if let Some(receipt) = self.receipts.place()
            && let Some(room) = self.bytes.get_mut(self.end..)
            && let Some(length) = encode_frame(room, opcode, payload, mask)
        {
            self.end += length;
            *receipt = (self.base + self.end as u64, call);
            self.receipts.placed();
            return Ok(());
        }
        self.push_message_growing(call, opcode, payload, mask)
    }

    /// There is no room for the frame or for its receipt.
    #[inline(never)]
    fn push_message_growing(
        &mut self,
        call: CallId,
        opcode: Opcode,
        payload: &[u8],
        mask: [u8; 4],
    ) -> Result<(), TryReserveError> {
        self.receipts.reserve()?;
        self.push(opcode, payload, mask)?;
        let end = self.tail();
        if let Some(receipt) = self.receipts.place() {
            *receipt = (end, call);
            self.receipts.placed();
        }
        Ok(())
    }

    /// Queues bytes as they are: the request of the upgrade, before any frame.
    pub(crate) fn push_raw(&mut self, bytes: &[u8]) -> Result<(), TryReserveError> {
        self.bytes.truncate(self.end);
        self.bytes.try_reserve_exact(bytes.len())?;
        self.bytes.extend_from_slice(bytes);
        self.end = self.bytes.len();
        Ok(())
    }

    /// Queues our close frame, behind everything else. It is the last frame: control frames and a second close
    /// frame are ignored from now on, and the caller must push no message (RFC 6455 §5.5.1, semantics F4).
    pub(crate) fn push_close(&mut self, payload: &[u8], mask: [u8; 4]) -> Result<(), TryReserveError> {
        if self.close == 0 {
            self.push(Opcode::Close, payload, mask)?;
            self.close = header_len(payload.len()) + payload.len();
        }
        Ok(())
    }

    /// Queues a control frame ahead of all data that has not begun to go out.
    pub(crate) fn push_control(
        &mut self,
        opcode: Opcode,
        payload: &[u8],
        mask: [u8; 4],
    ) -> Result<(), TryReserveError> {
        if self.close == 0 { self.control.push(opcode, payload, mask) } else { Ok(()) }
    }

    /// Queues a pong in place of one that waits: only the newest ping has to be answered (RFC 6455 §5.5.3).
    pub(crate) fn push_pong(&mut self, payload: &[u8], mask: [u8; 4]) -> Result<(), TryReserveError> {
        self.control.drop_pongs(self.offered.control);
        self.push_control(Opcode::Pong, payload, mask)
    }

    /// The connection ended: what has not begun to go out is dropped, and every call whose last byte is not
    /// out is reported. A frame that is partly out stays, as it has to be finished (semantics F5), and our
    /// close frame.
    pub(crate) fn abandon(&mut self, settle: &mut impl FnMut(CallId)) {
        // Before that is carried out, nothing but a close frame is queued.
        if self.abandoned.is_none() {
            self.receipts.waiting().iter().for_each(|&(_, call)| settle(call));
            self.abandoned = Some(self.tail().saturating_sub(self.close as u64));
        }
        if self.offered.is_nothing() {
            self.cut();
        }
    }

    /// What to write next, in this order. It stays so until [`SendQueue::advance`], or until the next offer,
    /// which takes it that nothing more of this one went out.
    #[inline]
    pub(crate) fn offer(&mut self) -> [&[u8]; 3] {
        self.offered = Offered::default();
        if self.abandoned.is_some() {
            self.cut();
        }
        if self.control.len() > 0 {
            self.control.keep_newest_pong();
        }
        let waiting = self.end - self.start;
        let rest = usize::try_from(self.begun.saturating_sub(self.out())).unwrap_or(waiting).min(waiting);
        self.offered = Offered { rest, control: self.control.len(), data: waiting - rest };
        let data = self.bytes.get(self.start..self.end).unwrap_or_default();
        let (rest, data) = data.split_at_checked(rest).unwrap_or_default();
        [rest, self.control.waiting(), data]
    }

    /// `count` bytes of the offer were written. A host that claims more than was offered gets no further than
    /// that. Calls whose last byte is out are reported in order, as runs of calls that followed one another.
    #[inline]
    pub(crate) fn advance(&mut self, count: usize, settle: &mut impl FnMut(Range<u64>)) {
        let rest = count.min(self.offered.rest);
        let control = (count - rest).min(self.offered.control);
        let data = (count - rest - control).min(self.offered.data);
        self.offered.rest -= rest;
        self.offered.control -= control;
        self.offered.data -= data;
        if control > 0 {
            self.control.advance(control);
        }
        self.advance_data(rest + data, settle);
        if self.abandoned.is_some() {
            self.offered = Offered::default();
            self.cut();
        }
    }

    fn advance_data(&mut self, count: usize, settle: &mut impl FnMut(Range<u64>)) {
        if count == 0 {
            return;
        }
        self.start += count;
        let out = self.out();
        let reported = self.abandoned.is_some();
        let mut settle = |run: Range<u64>| {
            if !reported && !run.is_empty() {
                settle(run);
            }
        };
        let waiting = self.receipts.waiting();
        let (mut settled, mut run) = (0, 0..0);
        for &(end, call) in waiting.iter().take_while(|(end, _)| *end <= out) {
            settled += 1;
            self.begun = end;
            if run.end == call.0 {
                run.end += 1;
            } else {
                settle(run);
                run = call.0..call.0 + 1;
            }
        }
        settle(run);
        if out > self.begun {
            self.begun = waiting.get(settled).map_or(self.tail(), |(end, _)| *end);
        }
        self.receipts.settle(settled);
        if self.start == self.end {
            self.rewind();
        }
    }

    /// The place in the stream of the first byte that waits.
    fn out(&self) -> u64 {
        self.base + self.start as u64
    }

    /// The place in the stream behind all that waits.
    fn tail(&self) -> u64 {
        self.base + self.end as u64
    }

    /// Nothing waits: the memory is used from its beginning again, and freed where it is much.
    fn rewind(&mut self) {
        self.base += self.start as u64;
        (self.start, self.end) = (0, 0);
        if self.bytes.capacity() > RETAINED {
            self.bytes = Vec::new();
        }
        self.receipts.shrink(RECEIPTS);
    }

    /// Whether the queue is empty and holds memory all the same.
    pub(crate) fn keeps_memory(&self) -> bool {
        self.is_empty() && self.bytes.capacity() > 0
    }

    /// Frees what an empty queue keeps.
    pub(crate) fn give_back(&mut self) {
        if self.is_empty() {
            self.rewind();
            self.bytes = Vec::new();
            self.receipts.shrink(0);
        }
    }

    /// Carries out [`SendQueue::abandon`]: of what waited then only the rest of the begun frame stays, and
    /// our close frame.
    #[cold]
    fn cut(&mut self) {
        let Some(until) = self.abandoned.take() else { return };
        self.receipts.clear();
        self.control.drop_waiting();
        let keep = usize::try_from(self.begun.saturating_sub(self.out())).unwrap_or(usize::MAX);
        let drop = usize::try_from(until.saturating_sub(self.out().max(self.begun))).unwrap_or(usize::MAX);
        let from = self.start.saturating_add(keep).min(self.end);
        let to = from.saturating_add(drop).min(self.end);
        self.bytes.copy_within(to..self.end, from);
        self.end -= to - from;
        if self.start == self.end {
            self.rewind();
        }
    }

    #[inline]
    fn push(&mut self, opcode: Opcode, payload: &[u8], mask: [u8; 4]) -> Result<(), TryReserveError> {
        if let Some(room) = self.bytes.get_mut(self.end..)
            && let Some(length) = encode_frame(room, opcode, payload, mask)
        {
            self.end += length;
            return Ok(());
        }
        self.push_growing(opcode, payload, mask)
    }

    /// The frame does not fit behind `end` in memory that is initialised.
    #[inline(never)]
    fn push_growing(&mut self, opcode: Opcode, payload: &[u8], mask: [u8; 4]) -> Result<(), TryReserveError> {
        // An isize holds the length of every slice, so that this cannot overflow.
        let length = header_len(payload.len()) + payload.len();
        let waiting = self.end - self.start;
        // Moving what waits pays when that is less than what has gone out.
        if self.start > 0 && waiting <= self.start {
            self.bytes.copy_within(self.start..self.end, 0);
            self.base += self.start as u64;
            (self.start, self.end) = (0, waiting);
            if let Some(room) = self.bytes.get_mut(self.end..)
                && let Some(length) = encode_frame(room, opcode, payload, mask)
            {
                self.end += length;
                return Ok(());
            }
        }
        let wanted = self.end + length;
        if wanted > self.bytes.capacity() {
            let target = wanted.max(self.bytes.capacity().saturating_mul(2)).max(FIRST);
            self.bytes.truncate(self.end);
            self.bytes.try_reserve_exact(target - self.end)?;
        }
        self.bytes.truncate(self.end);
        let mut header = [0; MASKED_HEADER_MAX];
        put_header(&mut header, opcode, payload.len(), mask);
        self.bytes.extend_from_slice(header.get(..header_len(payload.len())).unwrap_or_default());
        for piece in payload.chunks(PIECE) {
            let from = self.bytes.len();
            self.bytes.extend_from_slice(piece);
            if let Some(copy) = self.bytes.get_mut(from..) {
                // A piece is a multiple of four bytes long, so that each begins with the mask's first.
                mask_in_place(copy, mask);
            }
        }
        self.end = self.bytes.len();
        Ok(())
    }
}

impl Offered {
    fn is_nothing(self) -> bool {
        self.rest + self.control + self.data == 0
    }
}
