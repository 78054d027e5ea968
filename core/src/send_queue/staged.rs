//! Messages that wait for compression. Only an offer has the codecs of the loop, so until there is one, a message is
//! kept here as it was sent: as an uncompressed frame without a mask.

use std::collections::TryReserveError;

use super::outgoing::frame_length;
use super::vec_queue::{RETAINED, VecQueue};
use super::{Last, Outgoing, RECEIPT, Receipt, Receipts, SendQueue};
use crate::deflate::{Agreement, Codecs, Deflating};
use crate::frame::{FirstByte, MASKED_HEADER_MAX, header_len, mask_in_place, put_header};
use crate::ids::CallId;

/// RSV1 (RFC 7692 §6). On a frame that waits here, it means that the frame has to be compressed.
const COMPRESSED: u8 = 0x40;

/// How much compressed data is made ahead of the transport, up to the end of the message that exceeds this. So the
/// turns of sessions in one loop are short, and what is dropped at the end of a connection has cost little.
const AHEAD: usize = 64 * 1024;

/// A large payload is masked in pieces that stay in the nearest cache.
const PIECE: usize = super::PIECE;

/// What waits in front of the queue of a connection with compression.
pub(super) struct Staged {
    deflating: Deflating,
    /// None if nothing waits and nothing has waited for a while.
    waiting: Option<Box<Waiting>>,
}

/// What waits, in order.
#[derive(Default)]
struct Waiting {
    /// The messages: for each, the head of its uncompressed frame, and its payload as it was sent.
    frames: VecQueue<u8>,
    /// One for each frame.
    receipts: Receipts,
    /// Our close frame, which comes after them: its payload and its mask.
    close: Option<(Vec<u8>, [u8; 4])>,
    high_water: usize,
}

impl core::fmt::Debug for Staged {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Staged").field("waiting", &self.bytes()).finish_non_exhaustive()
    }
}

impl Staged {
    /// Keeps only the receipts, which are needed for the results.
    pub(super) fn drop_frames(&mut self) {
        if let Some(waiting) = &mut self.waiting {
            (waiting.frames, waiting.close) = (VecQueue::default(), None);
        }
    }

    /// The bytes of the waiting frames.
    pub(super) fn bytes(&self) -> usize {
        self.waiting.as_deref().map_or(0, Waiting::bytes)
    }

    /// What they count towards the high-water mark (rule M3).
    pub(super) fn charge(&self) -> usize {
        self.waiting.as_deref().map_or(0, |waiting| waiting.bytes() + RECEIPT * waiting.receipts.len())
    }

    /// The memory that they have.
    pub(super) fn memory(&self) -> usize {
        self.waiting.as_deref().map_or(0, |waiting| waiting.frames.held() + waiting.receipts.held())
    }

    /// Frees it, if nothing waits.
    pub(super) fn give_back(&mut self) {
        if self.waiting.as_deref().is_some_and(Waiting::is_empty) {
            self.waiting = None;
        }
    }
}

impl Waiting {
    fn bytes(&self) -> usize {
        let close = self.close.as_ref().map_or(0, |(payload, _)| header_len(payload.len()) + payload.len());
        self.frames.len() + close
    }

    fn is_empty(&self) -> bool {
        self.frames.is_empty() && self.close.is_none()
    }

    /// It may take `left` bytes of memory (rule M3).
    fn push(
        &mut self,
        call: CallId,
        head: &[u8],
        payload: &[u8],
        left: usize,
    ) -> Result<(), TryReserveError> {
        if self.receipts.place().is_none() {
            self.receipts.move_up(1, left);
        }
        if self.receipts.place().is_none() {
            self.receipts.reserve(1, left)?;
            self.receipts.initialise();
        }
        let length = head.len() + payload.len();
        if self.frames.lacks(length) {
            self.frames.move_up(length, left.saturating_sub(RECEIPT));
        }
        self.frames.reserve(length, left.saturating_sub(RECEIPT))?;
        self.frames.append(head);
        self.frames.append(payload);
        if let Some(place) = self.receipts.place() {
            *place = Receipt { end: 0, call };
            self.receipts.filled(1);
        }
        Ok(())
    }

    /// The first message is taken.
    fn pop(&mut self, length: usize) {
        self.frames.taken(length);
        self.receipts.taken(1);
        if self.frames.is_empty() {
            self.frames.rewind(RETAINED);
            self.receipts.rewind(RETAINED);
        }
    }
}

/// The parts of a waiting frame.
struct Frame<'w> {
    compress: bool,
    first: FirstByte,
    mask: [u8; 4],
    payload: &'w [u8],
    length: usize,
}

impl<'w> Frame<'w> {
    fn first(frames: &'w [u8]) -> Option<Self> {
        let length = frame_length(frames)?;
        let frame = frames.get(..length)?;
        let first = *frame.first()?;
        let header = head_of(frame)?;
        let (head, payload) = frame.split_at_checked(header)?;
        Some(Self {
            compress: first & COMPRESSED != 0,
            first: FirstByte::from_byte(first & !COMPRESSED),
            mask: *head.last_chunk()?,
            payload,
            length,
        })
    }
}

/// How many bytes the head of a masked frame has, according to the head itself.
fn head_of(frame: &[u8]) -> Option<usize> {
    Some(match frame.get(1)? & 0x7f {
        126 => header_len(126),
        127 => MASKED_HEADER_MAX,
        _ => header_len(0),
    })
}

impl SendQueue {
    /// From now on, messages may be compressed, as agreed.
    pub(crate) fn deflate(&mut self, agreed: Agreement, level: u8) {
        if let Last::Open = self.last {
            self.last = Last::Deflating;
            self.staged = Some(Box::new(Staged { deflating: Deflating::new(agreed, level), waiting: None }));
        }
    }

    /// Whether messages may be compressed.
    #[inline]
    pub(crate) fn deflates(&self) -> bool {
        matches!(self.last, Last::Deflating)
    }

    /// Queues a message in its place, whether or not it is to be compressed. `false` if there is no memory.
    pub(crate) fn push_staged(&mut self, frame: Outgoing<'_>, mask: [u8; 4], compress: bool) -> bool {
        let Outgoing::Message { call, first, payload, high_water } = frame else {
            return self.push(frame, || mask);
        };
        if !compress && !self.has_staged() {
            return self.push_message(call, first, payload, mask, high_water);
        }
        let left = self.left(high_water);
        let Some(staged) = self.staged.as_deref_mut() else { return false };
        let mut head = [0; MASKED_HEADER_MAX];
        put_header(&mut head, first, payload.len(), mask);
        if compress {
            head[0] |= COMPRESSED;
        }
        let head = head.get(..header_len(payload.len())).unwrap_or_default();
        let waiting = staged.waiting.get_or_insert_default();
        waiting.high_water = high_water;
        waiting.push(call, head, payload, left).is_ok()
    }

    /// Queues our close frame after what waits.
    pub(super) fn stage_close(&mut self, payload: &[u8], mask: [u8; 4]) {
        if let Some(waiting) = self.staged.as_deref_mut().and_then(|staged| staged.waiting.as_deref_mut()) {
            waiting.close = Some((payload.to_vec(), mask));
            self.last = Last::Closing;
        }
    }

    /// Compresses what waits, as far as the transport is likely to take it.
    #[inline]
    pub(crate) fn compress(&mut self, codecs: &mut Codecs) {
        if self.has_staged() {
            self.compress_staged(codecs);
        }
    }

    #[inline(never)]
    fn compress_staged(&mut self, codecs: &mut Codecs) {
        let Some(mut staged) = self.staged.take() else { return };
        let Staged { deflating, waiting } = &mut *staged;
        if let Some(waiting) = waiting {
            while self.bytes.len() < AHEAD && self.compress_first(deflating, waiting, codecs) {}
            if waiting.frames.is_empty()
                && let Some((payload, mask)) = waiting.close.take()
            {
                self.last = Last::Open;
                self.push_close(&payload, mask);
            }
        }
        codecs.trim();
        self.staged = Some(staged);
    }

    /// Compresses the first waiting message, and queues it. `false` if there is none, or no memory for it now.
    fn compress_first(
        &mut self,
        deflating: &mut Deflating,
        waiting: &mut Waiting,
        codecs: &mut Codecs,
    ) -> bool {
        let Some(frame) = Frame::first(waiting.frames.waiting()) else { return false };
        let compressed = if frame.compress { deflating.compress(frame.payload, codecs) } else { None };
        let (bits, payload) = compressed.map_or((0, frame.payload), |payload| (COMPRESSED, payload));
        // The waiting message is leaving, so it does not count in addition to its compressed form.
        let most = waiting.high_water.saturating_add(frame.length);
        let queued = self.reserve_receipt(most).is_ok() && self.reserve_frame(payload.len(), most).is_ok();
        if queued {
            let mut head = [0; MASKED_HEADER_MAX];
            put_header(&mut head, frame.first, payload.len(), frame.mask);
            head[0] |= bits;
            self.bytes.append(head.get(..header_len(payload.len())).unwrap_or_default());
            for piece in payload.chunks(PIECE) {
                mask_in_place(self.bytes.append(piece), frame.mask);
            }
            let call = waiting.receipts.first().map_or(CallId(0), Receipt::call);
            let end = self.tail();
            if let Some(place) = self.receipts.place() {
                *place = Receipt { end, call };
                self.receipts.filled(1);
            }
            if !frame.first.fin() {
                self.parts.get_or_insert_default().ends_at(end);
            }
        }
        match (queued, bits) {
            (true, COMPRESSED) => deflating.sent(frame.payload, codecs),
            (true, _) => {}
            (false, _) => deflating.not_sent(),
        }
        let length = frame.length;
        if queued {
            waiting.pop(length);
        } else if self.bytes.is_empty() && self.receipts.is_empty() {
            self.send_as_it_is(waiting);
        }
        queued
    }

    /// There is no memory for compressing, so the message goes out uncompressed, from where it is.
    #[cold]
    fn send_as_it_is(&mut self, waiting: &mut Waiting) {
        self.base = self.tail();
        waiting.frames.move_to_front();
        waiting.receipts.move_to_front();
        let (mut frames, mut end, parts) = (waiting.frames.waiting_mut(), self.base, &mut self.parts);
        for receipt in waiting.receipts.waiting_mut() {
            let Some(length) = frame_length(frames) else { break };
            let Some((frame, rest)) = core::mem::take(&mut frames).split_at_mut_checked(length) else {
                break;
            };
            let mut goes_on = false;
            if let Some(first) = frame.first_mut() {
                *first &= !COMPRESSED;
                goes_on = !FirstByte::from_byte(*first).fin();
            }
            if let Some((head, payload)) = head_of(frame).and_then(|head| frame.split_at_mut_checked(head))
                && let Some(mask) = head.last_chunk()
            {
                mask_in_place(payload, *mask);
            }
            end += length as u64;
            receipt.end = end;
            if goes_on {
                parts.get_or_insert_default().ends_at(end);
            }
            frames = rest;
        }
        (self.bytes, self.receipts) =
            (core::mem::take(&mut waiting.frames), core::mem::take(&mut waiting.receipts));
    }

    /// Whether something waits for compression, or waits after such a message.
    #[inline]
    pub(crate) fn has_staged(&self) -> bool {
        let staged = self.staged.as_deref().and_then(|staged| staged.waiting.as_deref());
        staged.is_some_and(|waiting| !waiting.is_empty())
    }

    /// The connection ended. What waits is dropped, except our close frame.
    pub(super) fn drop_staged(&mut self) {
        let Some(mut staged) = self.staged.take() else { return };
        let close = staged.waiting.as_deref_mut().and_then(|waiting| waiting.close.take());
        staged.drop_frames();
        if let Some((payload, mask)) = close
            && let Last::Closing = self.last
        {
            self.last = Last::Open;
            self.push_close(&payload, mask);
        }
        self.staged = Some(staged);
    }

    /// The messages that waited here when the connection ended.
    pub(crate) fn abandon_staged(&mut self) -> Receipts {
        let mut receipts = match self.staged.as_deref_mut().map(|staged| staged.waiting.take()) {
            Some(Some(waiting)) => waiting.receipts,
            Some(None) | None => Receipts::default(),
        };
        receipts.trim(0);
        receipts
    }
}
