//! Frames that wait for the transport, encoded and masked, in the order in which they go out.
//!
//! Data and our close frame are one queue. A ping and a pong may pass it, but never inside a frame that has begun (RFC
//! 6455 §5.4). Messages that wait for compression wait in front of that queue, because only an offer has a codec at
//! hand. An offer to the transport stays valid until the write is reported, or until the next offer.

mod control;
mod outgoing;
mod parts;
#[cfg(feature = "deflate")]
mod staged;
#[cfg(test)]
mod tests;
mod vec_queue;

use core::num::NonZero;
use std::collections::TryReserveError;

use crate::frame::{
    FirstByte, LONG, MASKED_HEADER_MAX, Opcode, encode, header_len, mask_in_place, put_header,
};
use crate::ids::CallId;
use crate::stats::Taken;
use control::ControlQueue;
use parts::Parts;
pub(crate) use parts::UnderWay;
#[cfg(feature = "deflate")]
use staged::Staged;
use vec_queue::VecQueue;

/// A large payload is copied and masked in pieces that stay in the nearest cache between the two. A multiple of
/// four, so that each piece begins with the mask's first byte.
const PIECE: usize = 8 * 1024;

/// How many bytes a waiting message counts towards the high-water mark in addition to its frame (rule M3).
pub(crate) const RECEIPT: usize = 16;
const _: () = assert!(size_of::<Receipt>() == RECEIPT, "that is what its receipt takes");

/// A message that waits: where it ends in the stream, and the call that it answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Receipt {
    end: u64,
    call: CallId,
}

impl Default for Receipt {
    fn default() -> Self {
        Self { end: 0, call: CallId(0) }
    }
}

impl Receipt {
    pub(crate) fn call(&self) -> CallId {
        self.call
    }
}

/// A frame that goes out.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outgoing<'a> {
    /// A message in one frame, or a part of one. The call is settled when its last byte is out. `high_water` is the mark,
    /// which the caller compares with the message, and memory keeps to.
    Message {
        call: CallId,
        first: FirstByte,
        payload: &'a [u8],
        high_water: usize,
    },
    Ping,
    /// It answers a ping with this payload.
    Pong(&'a [u8]),
    /// Its payload: a code and a reason, or nothing.
    Close(&'a [u8]),
}

/// The messages that wait, in order.
pub(crate) type Receipts = VecQueue<Receipt>;

/// The frames of one connection that wait for its transport.
#[derive(Debug, Default)]
pub(crate) struct SendQueue {
    /// Data frames and our close frame.
    bytes: VecQueue<u8>,
    /// The place in the stream of data frames, counted from its beginning, of the first byte of the memory.
    base: u64,
    /// The end of the frame that was begun last; at most [`SendQueue::out`] if no frame is partly out.
    begun: u64,
    /// The messages that are not settled. After the last of them, there is at most a close frame.
    receipts: Receipts,
    control: ControlQueue,
    last: Last,
    offered: Offered,
    /// The connection ended while an offer was out: data up to here is dropped as soon as the write is reported. The
    /// value is one more than the place, so that an idle connection takes eight bytes less.
    abandoned: Option<NonZero<u64>>,
    /// The messages were handed back, so their frames themselves show when they are out.
    handed_back: bool,
    /// Messages that were settled and have not been counted.
    settled: u32,
    /// Frames that are out and have not been counted. Settled messages are not among them.
    taken: Option<Box<Taken>>,
    /// The parts of messages, where there are some.
    parts: Option<Box<Parts>>,
    /// Where messages may be compressed: those that wait for it, and what comes behind them.
    #[cfg(feature = "deflate")]
    staged: Option<Box<Staged>>,
}

/// Whether more may be queued.
#[derive(Clone, Copy, Debug, Default)]
enum Last {
    #[default]
    Open,
    /// More may be queued, and messages may be compressed.
    #[cfg(feature = "deflate")]
    Deflating,
    /// Our close frame waits after messages that wait for compression.
    #[cfg(feature = "deflate")]
    Closing,
    /// It may, but no message before the one that is under way in parts has ended.
    InParts,
    /// Our close frame is the last; its length.
    Close(u8),
    /// The transport takes no more (rule F7).
    Failed,
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
        self.bytes.len() + self.control.len() + self.staged_bytes()
    }

    /// What these bytes count towards the high-water mark (rule M3).
    #[inline]
    pub(crate) fn charge(&self) -> usize {
        self.charge_of_messages() + self.control.len() + self.staged_charge()
    }

    /// The same without a ping or a pong.
    #[inline]
    fn charge_of_messages(&self) -> usize {
        self.bytes.len() + RECEIPT * self.receipts.len()
    }

    /// A quick check whether a message of `length` bytes may be queued and fits below the high-water mark. It is true
    /// in the usual case, in which only messages wait and the longest head would fit as well. `false` means that the
    /// message may still fit.
    #[inline]
    pub(crate) fn surely_has_room(&self, length: usize, high_water: usize) -> bool {
        self.charge_of_messages() + length + RECEIPT + MASKED_HEADER_MAX <= high_water
            && self.control.is_empty()
            && matches!(self.last, Last::Open)
    }

    /// Whether a message of `length` bytes, which is the length of a slice, may be queued and fits below the high-water
    /// mark while `sealed` bytes wait elsewhere.
    pub(crate) fn has_room(&self, length: usize, sealed: usize, high_water: usize) -> bool {
        self.charge() + sealed + length + header_len(length) + RECEIPT <= high_water && self.is_open()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.buffered() == 0
    }

    /// The part of [`SendQueue::buffered`] that waits for compression.
    #[inline]
    #[cfg_attr(not(feature = "deflate"), expect(clippy::unused_self, reason = "nothing is compressed"))]
    fn staged_bytes(&self) -> usize {
        #[cfg(feature = "deflate")]
        return self.staged.as_deref().map_or(0, Staged::bytes);
        #[cfg(not(feature = "deflate"))]
        0
    }

    /// The part of [`SendQueue::charge`] that waits for compression.
    #[inline]
    #[cfg_attr(not(feature = "deflate"), expect(clippy::unused_self, reason = "nothing is compressed"))]
    fn staged_charge(&self) -> usize {
        #[cfg(feature = "deflate")]
        return self.staged.as_deref().map_or(0, Staged::charge);
        #[cfg(not(feature = "deflate"))]
        0
    }

    /// The memory of what waits for compression.
    #[cfg_attr(not(feature = "deflate"), expect(clippy::unused_self, reason = "nothing is compressed"))]
    fn staged_memory(&self) -> usize {
        #[cfg(feature = "deflate")]
        return self.staged.as_deref().map_or(0, Staged::memory);
        #[cfg(not(feature = "deflate"))]
        0
    }

    /// Queues a frame. Every frame of a session goes out through here, so this is the place to count or to trace them.
    /// `mask` is called only if the frame is queued. `false` means that there is no memory for the message.
    #[inline]
    pub(crate) fn push(&mut self, frame: Outgoing<'_>, mask: impl FnOnce() -> [u8; 4]) -> bool {
        match frame {
            Outgoing::Message { call, first, payload, high_water } => {
                return self.push_message(call, first, payload, mask(), high_water);
            }
            Outgoing::Ping => self.push_ping(mask),
            // Nothing is queued behind our close frame, or after a failure.
            Outgoing::Pong(_) | Outgoing::Close(_) if !self.is_open() => {}
            Outgoing::Pong(payload) => self.push_pong(payload, mask()),
            Outgoing::Close(payload) => self.push_close(payload, mask()),
        }
        true
    }

    /// Queues a message; `call` is settled when its last byte is out. The caller compares the message with
    /// `high_water`, and memory stays below it. `false` means that there is no memory, and the queue stays as it was.
    #[inline]
    fn push_message(
        &mut self,
        call: CallId,
        first: FirstByte,
        payload: &[u8],
        mask: [u8; 4],
        high_water: usize,
    ) -> bool {
        debug_assert!(
            self.is_open(),
            "the caller pushes no message behind our close frame, or after a failure"
        );
        // A short message would save registers for the call that masks a long one.
        (payload.len() < LONG && self.put_message(call, first, payload, mask))
            || self.push_other_message(call, first, payload, mask, high_water)
    }

    /// The same for a payload of at least [`LONG`] bytes, and if there is no room for a frame or a receipt.
    #[inline(never)]
    fn push_other_message(
        &mut self,
        call: CallId,
        first: FirstByte,
        payload: &[u8],
        mask: [u8; 4],
        high_water: usize,
    ) -> bool {
        self.put_message(call, first, payload, mask)
            || self.push_message_growing(call, first, payload, mask, high_water)
    }

    /// Puts a message behind all others, if there is room for its frame and its receipt.
    #[expect(clippy::inline_always, reason = "as a call it takes 10 of 170 instructions of a short message")]
    #[inline(always)]
    fn put_message(&mut self, call: CallId, first: FirstByte, payload: &[u8], mask: [u8; 4]) -> bool {
        if let Some(receipt) = self.receipts.place()
            && let Some(room) = self.bytes.room()
            && let Some(length) = encode(room, first, payload, mask)
        {
            self.bytes.filled(length);
            *receipt = Receipt { end: self.base + self.bytes.end() as u64, call };
            self.receipts.filled(1);
            return true;
        }
        false
    }

    /// Queues a message when there is no room for its frame or its receipt yet.
    #[inline(never)]
    fn push_message_growing(
        &mut self,
        call: CallId,
        first: FirstByte,
        payload: &[u8],
        mask: [u8; 4],
        high_water: usize,
    ) -> bool {
        if self.reserve_receipt(high_water).is_err()
            || self.reserve_frame(payload.len(), self.left(high_water)).is_err()
        {
            return false;
        }
        self.append(first, payload, mask);
        let end = self.tail();
        if let Some(receipt) = self.receipts.place() {
            *receipt = Receipt { end, call };
            self.receipts.filled(1);
        }
        true
    }

    /// Makes room for one more receipt. If the mark leaves no memory for it, frames give up what they do not need.
    fn reserve_receipt(&mut self, high_water: usize) -> Result<(), TryReserveError> {
        if self.receipts.place().is_none() {
            self.receipts.move_up(1, self.left(high_water));
        }
        if self.receipts.place().is_none() {
            if self.left(high_water) < RECEIPT {
                self.base += self.bytes.trim(0) as u64;
            }
            self.receipts.reserve(1, self.left(high_water))?;
            self.receipts.initialise();
        }
        Ok(())
    }

    /// Makes room for a frame, in the same way.
    fn reserve_frame(&mut self, payload: usize, high_water: usize) -> Result<(), TryReserveError> {
        // The length of a slice fits an isize, so this cannot overflow.
        let length = header_len(payload) + payload;
        if self.bytes.lacks(length) {
            self.base += self.bytes.move_up(length, self.left(high_water)) as u64;
        }
        if self.bytes.lacks(length) {
            if self.left(high_water) < length {
                self.receipts.trim(1);
                self.receipts.initialise();
            }
            self.bytes.reserve(length, self.left(high_water))?;
        }
        Ok(())
    }

    /// How much memory the high-water mark leaves (rule M3).
    fn left(&self, high_water: usize) -> usize {
        high_water.saturating_sub(self.bytes.held() + self.receipts.held() + self.staged_memory())
    }

    /// Queues the request of the upgrade, before any frame, in the memory that it has already.
    pub(crate) fn push_request(&mut self, head: Vec<u8>) {
        debug_assert!(self.is_empty(), "the request comes first");
        self.bytes = head.into();
    }

    /// Queues our close frame, after everything else. It is the last frame: control frames and a second close frame are
    /// ignored from now on, and the caller must push no message (RFC 6455 §5.5.1, rule F4). If there is no memory for
    /// it, none goes out.
    fn push_close(&mut self, payload: &[u8], mask: [u8; 4]) {
        match self.last {
            Last::InParts => {
                self.last = self.between_messages();
                self.push_close(payload, mask);
            }
            #[cfg(feature = "deflate")]
            Last::Deflating if self.has_staged() => self.stage_close(payload, mask),
            #[cfg(feature = "deflate")]
            Last::Deflating => {
                self.last = Last::Open;
                self.push_close(payload, mask);
            }
            #[cfg(feature = "deflate")]
            Last::Closing => {}
            Last::Open => {
                let before = self.bytes.len();
                if self.reserve_frame(payload.len(), 0).is_ok() {
                    self.append(FirstByte::whole(Opcode::Close), payload, mask);
                    // RFC 6455 §5.5: a control frame has no more than 125 bytes behind its head.
                    self.last = Last::Close(u8::try_from(self.bytes.len() - before).unwrap_or(u8::MAX));
                }
            }
            Last::Close(_) | Last::Failed => {}
        }
    }

    /// Queues a ping ahead of all data that has not begun to go out. If another ping waits that has not begun to go
    /// out, it queues none (rule M3). `mask` is called only if a ping is queued.
    fn push_ping(&mut self, mask: impl FnOnce() -> [u8; 4]) {
        if self.is_open() && !self.control.has_ping() {
            self.control.push_ping(mask());
        }
    }

    /// Queues a pong in the same way. It replaces a waiting pong, because only the newest ping has to be answered (RFC
    /// 6455 §5.5.3).
    fn push_pong(&mut self, payload: &[u8], mask: [u8; 4]) {
        if self.is_open() {
            self.control.push_pong(payload, mask, self.offered.control);
        }
    }

    /// Whether more may be queued.
    #[inline]
    fn is_open(&self) -> bool {
        match self.last {
            Last::Open | Last::InParts => true,
            #[cfg(feature = "deflate")]
            Last::Deflating => true,
            #[cfg(feature = "deflate")]
            Last::Closing => false,
            Last::Close(_) | Last::Failed => false,
        }
    }

    /// The transport takes no more (rule F7). What waits is dropped, and nothing is queued from now on.
    /// [`SendQueue::abandon`] hands back the messages.
    pub(crate) fn fail(&mut self) {
        let receipts = core::mem::take(&mut self.receipts);
        #[cfg(feature = "deflate")]
        let mut staged = self.staged.take();
        #[cfg(feature = "deflate")]
        if let Some(staged) = &mut staged {
            staged.drop_frames();
        }
        *self = Self {
            receipts,
            last: Last::Failed,
            #[cfg(feature = "deflate")]
            staged,
            ..Self::default()
        };
    }

    /// Whether the transport takes no more.
    #[inline]
    pub(crate) fn is_failed(&self) -> bool {
        match self.last {
            Last::Open | Last::InParts | Last::Close(_) => false,
            #[cfg(feature = "deflate")]
            Last::Deflating | Last::Closing => false,
            Last::Failed => true,
        }
    }

    /// The place in the stream of the first waiting byte.
    fn out(&self) -> u64 {
        self.base + self.bytes.gone() as u64
    }

    /// The place in the stream after everything that waits.
    fn tail(&self) -> u64 {
        self.base + self.bytes.end() as u64
    }

    /// If nothing waits, the memory is used from its beginning again, and freed if there is more than `most`.
    #[inline]
    fn rewind(&mut self, most: usize) {
        if self.bytes.is_empty() {
            self.base += self.bytes.gone() as u64;
            self.bytes.rewind(most);
            self.receipts.rewind(most);
        }
    }

    /// Whether memory is held although nothing waits.
    pub(crate) fn keeps_memory(&self) -> bool {
        let receipts = self.receipts.is_empty() && self.receipts.held() > 0;
        self.is_empty() && (self.bytes.held() > 0 || receipts || self.staged_memory() > 0)
    }

    /// Frees that memory.
    pub(crate) fn give_back(&mut self) {
        self.rewind(0);
        #[cfg(feature = "deflate")]
        if let Some(staged) = &mut self.staged {
            staged.give_back();
        }
    }

    /// Puts a frame behind all others, in memory that is reserved.
    fn append(&mut self, first: FirstByte, payload: &[u8], mask: [u8; 4]) {
        if let Some(room) = self.bytes.room()
            && let Some(length) = encode(room, first, payload, mask)
        {
            return self.bytes.filled(length);
        }
        let mut header = [0; MASKED_HEADER_MAX];
        put_header(&mut header, first, payload.len(), mask);
        self.bytes.append(header.get(..header_len(payload.len())).unwrap_or_default());
        for piece in payload.chunks(PIECE) {
            mask_in_place(self.bytes.append(piece), mask);
        }
    }
}
