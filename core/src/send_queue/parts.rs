//! Messages that are sent in parts: each part is a frame, and nothing but control frames comes between them (RFC 6455 §5.4).

use std::collections::VecDeque;

use super::{Last, Outgoing, SendQueue};
use crate::frame::{FirstByte, Opcode};
use crate::ids::CallId;

/// What is known of the parts that were queued.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// The message of which the last part has not been queued.
    under_way: Option<UnderWay>,
    /// Where the frames end that do not end their message, of those of which the last byte is not out.
    ends: VecDeque<u64>,
}

/// A message of which the last part has not been queued.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnderWay {
    /// Text or binary.
    pub(crate) opcode: Opcode,
    /// How many bytes of it have been queued.
    pub(crate) length: usize,
}

impl Parts {
    /// A frame was queued that ends here, and its message goes on.
    pub(super) fn ends_at(&mut self, end: u64) {
        self.ends.push_back(end);
    }

    /// The frames behind this place were dropped.
    pub(super) fn drop_behind(&mut self, place: u64) {
        while self.ends.back().is_some_and(|end| *end > place) {
            self.ends.pop_back();
        }
    }
}

impl SendQueue {
    /// The message of which the last part has not been queued.
    pub(crate) fn under_way(&self) -> Option<UnderWay> {
        self.parts.as_deref().and_then(|parts| parts.under_way)
    }

    /// Queues a part of the message under way, or the first part of one. The caller has looked that it is of that message's
    /// kind, and that there is room. `false` where there is no memory: the queue stays as it was.
    pub(crate) fn push_part(
        &mut self,
        call: CallId,
        part: UnderWay,
        payload: &[u8],
        last: bool,
        mask: [u8; 4],
        high_water: usize,
    ) -> bool {
        let UnderWay { opcode, length } = part;
        let mut parts = self.parts.take().unwrap_or_default();
        let continues = parts.under_way.is_some();
        let first = FirstByte::new(if continues { Opcode::Continuation } else { opcode }, last);
        let frame = Outgoing::Message { call, first, payload, high_water };
        let has_memory = parts.ends.try_reserve(1).is_ok();
        #[cfg(feature = "deflate")]
        let queued = has_memory && self.push_staged(frame, mask, false);
        #[cfg(not(feature = "deflate"))]
        let queued = has_memory && self.push(frame, || mask);
        if queued {
            parts.under_way =
                (!last).then_some(UnderWay { opcode, length: length.saturating_add(payload.len()) });
            self.last = if last { self.between_messages() } else { Last::InParts };
            if !last && !self.has_staged() {
                parts.ends_at(self.tail());
            }
        }
        self.parts = (parts.under_way.is_some() || !parts.ends.is_empty()).then_some(parts);
        queued
    }

    /// What may be queued where no message is under way in parts.
    #[cfg_attr(not(feature = "deflate"), expect(clippy::unused_self, reason = "nothing is compressed"))]
    pub(super) fn between_messages(&self) -> Last {
        #[cfg(feature = "deflate")]
        if self.staged.is_some() {
            return Last::Deflating;
        }
        Last::Open
    }

    /// How many of the frames that end up to here, and were not asked for before, do not end their message.
    pub(super) fn parts_until(&mut self, out: u64) -> u64 {
        let Some(parts) = &mut self.parts else { return 0 };
        let mut count = 0_u64;
        while parts.ends.front().is_some_and(|end| *end <= out) {
            parts.ends.pop_front();
            count += 1;
        }
        if parts.under_way.is_none() && parts.ends.is_empty() {
            self.parts = None;
        }
        count
    }
}
