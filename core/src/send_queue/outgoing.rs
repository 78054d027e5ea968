//! What leaves the queue: offers to the transport, reports of what it took, and what is left when the connection ends.

use core::num::NonZero;
use core::ops::Range;

use super::vec_queue::RETAINED;
use super::{Last, Offered, Receipts, SendQueue};
use crate::frame::header_len;
use crate::stats::Taken;

impl SendQueue {
    /// What to write next, in this order. The offer stays valid until the write is reported, or until the next offer,
    /// which assumes that nothing of this one went out.
    #[inline]
    pub(crate) fn offer(&mut self) -> [&[u8]; 3] {
        self.offered = Offered::default();
        if self.abandoned.is_some() {
            self.cut();
        }
        if !self.control.is_empty() {
            self.control.withdraw_offer();
        }
        let waiting = self.bytes.len();
        let rest = self.rest();
        self.offered = Offered { rest, control: self.control.len(), data: waiting - rest };
        let (rest, data) = self.bytes.waiting().split_at_checked(rest).unwrap_or_default();
        [rest, self.control.waiting(), data]
    }

    /// `count` bytes of the offer were written, which ends the offer. A claim of more than was offered counts as all of
    /// it. Calls whose last byte is out are reported in order, as runs of consecutive calls.
    #[inline]
    pub(crate) fn advance(&mut self, count: usize, sent: &mut impl FnMut(Range<u64>)) {
        if self.take_offered(count) > 0 {
            self.settle(sent);
            self.begin(0);
        }
        if self.abandoned.is_some() {
            self.cut();
        }
    }

    /// The same, but the bytes are not out yet. [`SendQueue::settle`] reports that.
    pub(crate) fn take(&mut self, count: usize) {
        if self.take_offered(count) > 0 {
            let out = self.out();
            let whole = self.receipts.waiting().partition_point(|receipt| receipt.end <= out);
            self.begin(whole);
            self.rewind(RETAINED);
        }
        if self.abandoned.is_some() {
            self.cut();
        }
    }

    /// Everything that was taken is out. Reports the calls.
    #[inline]
    pub(crate) fn settle(&mut self, sent: &mut impl FnMut(Range<u64>)) {
        let out = self.out();
        let (mut settled, mut run, mut end) = (0_u32, 0..0, 0);
        for receipt in self.receipts.waiting().iter().take_while(|receipt| receipt.end <= out) {
            settled += 1;
            end = receipt.end;
            let call = receipt.call.0;
            if run.end == call {
                run.end += 1;
            } else {
                if !run.is_empty() {
                    sent(run);
                }
                run = call..call + 1;
            }
        }
        if !run.is_empty() {
            sent(run);
        }
        self.receipts.taken(settled as usize);
        self.settled += settled;
        if self.parts.is_some() {
            let parts = self.parts_until(out);
            self.settled = self.settled.saturating_sub(u32::try_from(parts).unwrap_or(u32::MAX));
            self.taken().parts += parts;
        }
        self.begun = self.begun.max(end);
        self.rewind(RETAINED);
    }

    /// Takes `count` bytes of the offer off the queue, and returns how many of them were data.
    #[inline]
    fn take_offered(&mut self, count: usize) -> usize {
        let Offered { rest, control, data } = core::mem::take(&mut self.offered);
        let rest = count.min(rest);
        let control = (count - rest).min(control);
        let data = rest + (count - rest - control).min(data);
        if !self.control.is_empty() {
            self.control.advance(control, self.taken.get_or_insert_default());
        }
        if self.handed_back {
            self.begin_handed_back(data);
        }
        self.bytes.taken(data);
        if data > 0 && self.bytes.is_empty() && self.closes() {
            // This is our close frame, which is the last.
            self.taken().closes += 1;
        }
        data
    }

    /// Notes which frame is partly out, if there is one: the first whose last byte is not out. `whole` is how many
    /// messages are out and not settled.
    #[inline]
    fn begin(&mut self, whole: usize) {
        let (receipts, out) = (self.receipts.waiting(), self.out());
        if let Some(last) = whole.checked_sub(1).and_then(|last| receipts.get(last)) {
            self.begun = self.begun.max(last.end);
        }
        if out > self.begun {
            self.begun = receipts.get(whole).map_or(self.tail(), |receipt| receipt.end);
        }
    }

    /// The same after the receipts have been handed back. `data` more bytes are about to be out, and the heads of their
    /// frames show where these end. Counts the messages that are out with them.
    #[cold]
    fn begin_handed_back(&mut self, data: usize) {
        let waiting = self.bytes.waiting();
        let (mut end, mut ended) = (self.rest(), 0);
        let begun = end > 0 && end <= data;
        while end < data
            && let Some(length) = waiting.get(end..).and_then(frame_length)
        {
            end = end.saturating_add(length);
            ended += u64::from(end <= data);
        }
        // The close frame is the last, and is not a message.
        let closed = data > 0 && data >= waiting.len() && self.closes();
        let messages = (u64::from(begun) + ended).saturating_sub(closed.into());
        self.begun = self.begun.max(self.out() + end.min(waiting.len()) as u64);
        let parts = self.parts_until(self.out() + data as u64);
        if messages > 0 {
            let taken = self.taken();
            taken.messages += messages.saturating_sub(parts);
            taken.parts += parts;
        }
    }

    /// The connection ended. What has not begun to go out is dropped, and every message whose last byte is not out is
    /// handed back. A frame that is partly out stays, because it has to be finished (rule F5), and so does our close
    /// frame. Nothing else keeps memory (rule M4).
    pub(crate) fn abandon(&mut self) -> Receipts {
        #[cfg(feature = "deflate")]
        self.drop_staged();
        // Until this is carried out, only a close frame can be queued.
        let close = match self.last {
            Last::Open | Last::InParts | Last::Failed => 0,
            #[cfg(feature = "deflate")]
            Last::Deflating | Last::Closing => 0,
            Last::Close(length) => length.into(),
        };
        let until = self.tail().saturating_sub(close);
        self.abandoned = self.abandoned.or(NonZero::new(until.saturating_add(1)));
        if self.offered.is_nothing() {
            self.cut();
        }
        let mut receipts = core::mem::take(&mut self.receipts);
        if !core::mem::replace(&mut self.handed_back, true) {
            let out = self.out();
            let sealed = receipts.waiting().partition_point(|receipt| receipt.end <= out);
            if sealed > 0 {
                let parts = self.parts_until(out);
                let taken = self.taken();
                taken.messages += (sealed as u64).saturating_sub(parts);
                taken.parts += parts;
            }
        }
        receipts.trim(0);
        receipts
    }

    /// How many messages were settled since the last call.
    #[inline]
    pub(crate) fn count_settled(&mut self) -> u64 {
        core::mem::take(&mut self.settled).into()
    }

    /// Whether frames without a receipt were taken off the queue.
    #[inline]
    pub(crate) fn has_taken(&self) -> bool {
        self.taken.is_some()
    }

    /// These frames are out.
    #[cold]
    pub(crate) fn count_taken(&mut self) -> Taken {
        self.taken.take().map(|taken| *taken).unwrap_or_default()
    }

    /// Where they are counted.
    #[cold]
    fn taken(&mut self) -> &mut Taken {
        self.taken.get_or_insert_default()
    }

    /// Whether our close frame is queued, or was.
    #[inline]
    fn closes(&self) -> bool {
        match self.last {
            Last::Close(_) => true,
            Last::Open | Last::InParts | Last::Failed => false,
            #[cfg(feature = "deflate")]
            Last::Deflating | Last::Closing => false,
        }
    }

    /// How many bytes of a partly sent frame wait.
    fn rest(&self) -> usize {
        let waiting = self.bytes.len();
        usize::try_from(self.begun.saturating_sub(self.out())).unwrap_or(waiting).min(waiting)
    }

    /// Without compression, nothing waits for it.
    #[cfg(not(feature = "deflate"))]
    #[expect(clippy::unused_self, reason = "with the feature there is something")]
    pub(crate) const fn has_staged(&self) -> bool {
        false
    }

    /// Carries out [`SendQueue::abandon`]: only the rest of the begun frame and our close frame stay.
    #[cold]
    fn cut(&mut self) {
        let Some(until) = self.abandoned.take().map(|until| until.get() - 1) else { return };
        self.control.drop_waiting();
        let from = usize::try_from(until.saturating_sub(self.out())).unwrap_or(usize::MAX);
        self.bytes.cut(self.rest(), from);
        if let Some(parts) = &mut self.parts {
            parts.drop_behind(self.begun);
        }
        self.base += self.bytes.trim(0) as u64;
        self.rewind(RETAINED);
    }
}

/// The length of the frame that begins here, according to its head. None if the head is cut.
pub(super) fn frame_length(bytes: &[u8]) -> Option<usize> {
    let [_, second, field @ ..] = bytes else { return None };
    let payload = match second & 0x7f {
        126 => u64::from(u16::from_be_bytes(*field.first_chunk()?)),
        127 => u64::from_be_bytes(*field.first_chunk()?),
        short => u64::from(short),
    };
    let payload = usize::try_from(payload).ok()?;
    Some(payload.saturating_add(header_len(payload)))
}

impl Offered {
    fn is_nothing(self) -> bool {
        self.rest + self.control + self.data == 0
    }
}
