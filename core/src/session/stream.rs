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
    /// How the reading half ended, as the host said. It is reported once every byte before it is taken (F6).
    pub(super) end: Option<Box<StreamEnd>>,
    /// Writing has failed (F7).
    unwritable: Option<Box<Unwritable>>,
    /// How many bytes the last `offer` had; 0 once the write is reported.
    offered: usize,
    /// The transport has not taken all of the last `offer`.
    blocked: bool,
    /// [`Stream::wants_flush`] has returned true, and nothing was offered since.
    announced: bool,
    /// How often it may still do so before more is read.
    turns: u8,
    /// A large frame has ended that could be read straight to its place, and nothing was read since.
    pub(super) follows_large: bool,
}

/// How often what waits may go out between two frames of one read. This bounds the writes that a flood of pings can
/// cause: further pings share a pong (RFC 6455 §5.5.3).
const TURNS: u8 = 16;

/// How the reading half of a stream ended.
pub(super) enum StreamEnd {
    EndOfStream,
    Failed(TransportError),
}

/// How the writing half failed.
struct Unwritable {
    error: TransportError,
    /// No byte has come since timers were last checked, so nothing more is expected (F7).
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
            follows_large: false,
        }
    }

    /// Whether there is nothing beyond what was read: no layer holds bytes back, and there is no end to report.
    #[inline]
    pub(super) fn can_bring_no_more(&self) -> bool {
        self.layer.received().is_none() && self.end.is_none()
    }

    /// What to write next, borrowed. Messages that wait for compression are compressed first.
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

    /// `count` bytes of the offer were written. What is left has to be offered again. The bytes are counted here, and
    /// so is every frame that they complete.
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

    /// Whether something waits that the host has not been offered, although it wrote everything that it was offered.
    /// Then the host writes before the next frame is acted upon, because that frame may drop what waits, or be a ping
    /// whose pong would replace one that waits. This is true once, and never while the transport takes no more, so
    /// nothing is held up.
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
        self.follows_large = false;
        if let Some(unwritable) = &mut self.unwritable {
            unwritable.silent = false;
        }
    }

    /// Writing has failed. What waits is dropped, nothing more is offered, and nothing can be queued (F7).
    /// [`Stream::abandon`] hands back the messages that waited.
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

    /// Timers are checked, so a round of reading is over. Says whether it was the second round without a byte since
    /// writing failed, which is the end of the stream.
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

    /// Whether memory is held for writing although nothing waits to be written.
    pub(super) fn keeps_memory(&self) -> bool {
        self.queue.keeps_memory() || (self.queue.is_empty() && self.layer.keeps_memory())
    }

    /// Frees that memory.
    pub(super) fn give_back(&mut self) {
        self.queue.give_back();
        self.layer.give_back();
    }

    /// A quick check whether a message of `length` bytes, which is the length of a slice, may be queued and fits below
    /// the high-water mark. `false` means that it may still fit.
    #[inline]
    pub(super) fn surely_has_room(&self, length: usize, high_water: usize) -> bool {
        self.layer.received().is_none() && self.queue.surely_has_room(length, high_water)
    }

    /// Whether a message of `length` bytes, which is the length of a slice, may be queued and fits below the high-water
    /// mark. A message whose last byte is not out counts its frame and its receipt (rule M3).
    pub(super) fn has_room(&self, length: usize, high_water: usize) -> bool {
        self.queue.has_room(length, self.layer.buffered(), high_water)
    }

    /// The connection ended. Messages that have not begun to leave are dropped, and every message whose last byte is
    /// not out is handed back. What still has to be sent keeps memory of its size (rule M4).
    pub(super) fn abandon(&mut self) -> Receipts {
        self.layer.trim();
        self.queue.abandon()
    }

    /// The same for messages that waited for compression, which follow the others.
    #[cfg(feature = "deflate")]
    pub(super) fn abandon_staged(&mut self) -> Receipts {
        self.queue.abandon_staged()
    }

    /// Whether everything that can be written is written.
    pub(super) fn is_flushed(&mut self) -> bool {
        self.layer.is_flushed(&mut self.queue)
    }
}
