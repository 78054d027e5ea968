//! One byte stream to a server, from the dialled socket to its end: its layer, what waits to be written, and how far
//! each half of the socket still goes.

use core::ops::Range;

use super::layer::Layer;
use crate::error::TransportError;
use crate::event::{Misuse, Transmit};
use crate::ids::TransportId;
use crate::send_queue::{Receipts, SendQueue};
use crate::stats::Counters;
use crate::tls::TlsMachine;
use crate::workspace::Workspace;

pub(super) struct Stream {
    pub(super) transport: TransportId,
    pub(super) queue: SendQueue,
    pub(super) layer: Layer,
    /// What the host said of the reading half; reported once every byte before it is taken (F6).
    pub(super) end: Option<Box<StreamEnd>>,
    /// Writing has failed (F7).
    unwritable: Option<Box<Unwritable>>,
    /// How many bytes the last `offer` had; 0 once it is reported how many were written.
    offered: usize,
    /// The transport has not taken all of the last `offer`.
    blocked: bool,
    /// [`Stream::wants_flush`] has said so, and nothing was offered since.
    announced: bool,
    /// How often it may still say so before more is read.
    turns: u8,
}

/// So often what waits goes out between two frames of one read. It bounds the writes that a flood of pings
/// can ask for: the pings beyond share a pong (RFC 6455 §5.5.3).
const TURNS: u8 = 16;

/// How the reading half of a stream ended.
pub(super) enum StreamEnd {
    EndOfStream,
    Failed(TransportError),
}

/// How the writing half failed.
struct Unwritable {
    error: TransportError,
    /// No byte has come since the last time that timers were looked at: nothing more is to be expected (F7).
    silent: bool,
}

impl Stream {
    pub(super) fn new(transport: TransportId, machine: Option<TlsMachine>) -> Self {
        Self {
            transport,
            queue: SendQueue::new(),
            layer: Layer::new(machine),
            end: None,
            unwritable: None,
            offered: 0,
            blocked: false,
            announced: false,
            turns: TURNS,
        }
    }

    /// Whether what was read is all there is for now: no layer that holds some back, no end to report.
    #[inline]
    pub(super) fn can_bring_no_more(&self) -> bool {
        self.layer.received().is_none() && self.end.is_none()
    }

    /// What to write next, borrowed. Messages that are to be compressed are so first.
    #[cfg_attr(not(feature = "deflate"), expect(unused_variables, reason = "there are no codecs"))]
    pub(super) fn offer(&mut self, work: &mut Workspace) -> Transmit<'_> {
        #[cfg(feature = "deflate")]
        self.queue.compress(&mut work.codecs);
        let transmit = Transmit::new(self.layer.push(&mut self.queue));
        self.offered = transmit.len();
        self.blocked = self.offered > 0;
        self.announced = false;
        transmit
    }

    /// `count` bytes of the offer were written; what is left of it is to be offered anew. The bytes are counted here, and
    /// every frame that is out with them.
    pub(super) fn advance(
        &mut self,
        count: usize,
        counters: &mut Counters,
        sent: &mut impl FnMut(Range<u64>),
    ) -> Result<(), Misuse> {
        let offered = core::mem::take(&mut self.offered);
        self.blocked = count < offered;
        let taken = count.min(offered);
        counters.sent.bytes += taken as u64;
        self.layer.advance(taken, &mut self.queue, sent);
        counters.sent.messages += self.queue.count_settled();
        if self.queue.has_taken() && self.layer.buffered() == 0 {
            counters.sent(&self.queue.count_taken());
        }
        if count > offered { Err(Misuse::TransmittedTooMuch { reported: count, offered }) } else { Ok(()) }
    }

    /// Whether something waits that the host was not offered yet, though it has written all that it was: then
    /// the host has its turn before the next frame is acted upon, which may be a reason to drop what waits, or
    /// a ping whose pong would take the place of one that waits. It is said once, and not while the transport
    /// takes no more, so nothing is held up.
    pub(super) fn wants_flush(&mut self) -> bool {
        let fresh = !self.blocked && !self.announced && self.turns > 0 && !self.queue.is_empty();
        self.announced |= fresh;
        self.turns -= u8::from(fresh);
        fresh
    }

    /// More was read.
    #[inline]
    pub(super) fn received(&mut self) {
        self.turns = TURNS;
        if let Some(unwritable) = &mut self.unwritable {
            unwritable.silent = false;
        }
    }

    /// Writing has failed: what waits is dropped, nothing is offered any more, and nothing can be queued (F7). The
    /// messages that waited are handed back by [`Stream::abandon`].
    pub(super) fn fail_writing(&mut self, error: TransportError) {
        self.unwritable.get_or_insert_with(|| Box::new(Unwritable { error, silent: false }));
        self.queue.fail();
        self.layer.fail_writing();
        (self.offered, self.blocked) = (0, false);
    }

    /// Whether bytes can still leave, as far as is known.
    #[inline]
    pub(super) fn is_writable(&self) -> bool {
        self.unwritable.is_none()
    }

    /// Why writing failed.
    pub(super) fn write_error(&self) -> Option<&TransportError> {
        self.unwritable.as_deref().map(|unwritable| &unwritable.error)
    }

    /// Timers are looked at, so a round of reading is over. Says whether it was the second without a byte since writing
    /// failed, and so the end of the stream.
    pub(super) fn is_silent(&mut self) -> bool {
        self.unwritable.as_deref_mut().is_some_and(|it| core::mem::replace(&mut it.silent, true))
    }

    /// Whether there is something to write.
    pub(super) fn wants_write(&self) -> bool {
        self.is_writable() && self.layer.wants_write(&self.queue)
    }

    /// Bytes that wait to be written.
    pub(super) fn buffered(&self) -> usize {
        self.queue.buffered() + self.layer.buffered()
    }

    /// Whether nothing waits to be written, and memory is held for it all the same.
    pub(super) fn keeps_memory(&self) -> bool {
        self.queue.keeps_memory() || (self.queue.is_empty() && self.layer.keeps_memory())
    }

    /// Frees that memory.
    pub(super) fn give_back(&mut self) {
        self.queue.give_back();
        self.layer.give_back();
    }

    /// Whether a message of `length` bytes, which no slice exceeds, may be queued and fits below the high-water mark,
    /// for all that is known without much ado. `false` says nothing.
    #[inline]
    pub(super) fn surely_has_room(&self, length: usize, high_water: usize) -> bool {
        self.layer.received().is_none() && self.queue.surely_has_room(length, high_water)
    }

    /// Whether a message of `length` bytes, which no slice exceeds, may be queued and fits below the high-water mark.
    /// A message whose last byte is not out counts its frame and its receipt (rule M3).
    pub(super) fn has_room(&self, length: usize, high_water: usize) -> bool {
        self.queue.has_room(length, self.layer.buffered(), high_water)
    }

    /// The connection ended: messages that have not begun to leave are dropped, and every one whose last byte is
    /// not out is handed back. What the peer is still owed keeps memory of its size (rule M4).
    pub(super) fn abandon(&mut self) -> Receipts {
        self.layer.trim();
        self.queue.abandon()
    }

    /// The same for messages that were to be compressed: those behind them.
    #[cfg(feature = "deflate")]
    pub(super) fn abandon_staged(&mut self) -> Receipts {
        self.queue.abandon_staged()
    }

    /// Whether everything is written that can be.
    pub(super) fn is_flushed(&mut self) -> bool {
        self.layer.is_flushed(&mut self.queue)
    }
}
