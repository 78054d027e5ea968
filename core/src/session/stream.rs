//! One byte stream to a server, from the dialled socket to its end: TLS if the url asks for it, and what waits
//! to be written.

use core::ops::Range;

use crate::error::{Cause, TransportError};
use crate::event::{Misuse, Transmit};
use crate::ids::{CallId, TransportId};
use crate::receive::ReceiveBuffer;
use crate::send_queue::SendQueue;
use crate::tls::TlsMachine;

/// As much plaintext goes into TLS at a time; a record holds 16 KiB at most (RFC 8446 §5.1).
const TLS_BATCH: usize = 16 * 1024;

pub(super) struct Stream {
    pub(super) transport: TransportId,
    pub(super) queue: SendQueue,
    pub(super) tls: Option<Box<Tls>>,
    /// What the host said of the reading half; told once every byte before it is taken (F6).
    pub(super) end: Option<Box<StreamEnd>>,
    /// How many bytes of the last `offer` are not written yet.
    offered: usize,
    /// [`Stream::goes_first`] has said so, and nothing was offered since.
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

/// TLS on one stream, with the records that wait for the transport.
pub(super) struct Tls {
    pub(super) machine: TlsMachine,
    records: Vec<u8>,
    written: usize,
    /// Runs of sends whose last byte is in `records`.
    receipts: Vec<Range<u64>>,
}

impl Stream {
    pub(super) fn new(transport: TransportId, machine: Option<TlsMachine>) -> Self {
        let tls = machine
            .map(|machine| Box::new(Tls { machine, records: Vec::new(), written: 0, receipts: Vec::new() }));
        Self {
            transport,
            queue: SendQueue::new(),
            tls,
            end: None,
            offered: 0,
            announced: false,
            turns: TURNS,
        }
    }

    /// Whether the TLS handshake is still going on.
    pub(super) fn is_handshaking(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.machine.is_handshaking())
    }

    /// Brings more application bytes to the buffer's input; `false` when nothing more can come of what was read.
    pub(super) fn refill(&mut self, buffer: &mut ReceiveBuffer) -> Result<bool, Cause> {
        match &mut self.tls {
            None => Ok(false),
            Some(tls) => tls.refill(buffer),
        }
    }

    /// Whether what was read is all there is for now: no TLS that holds some back, no end to be told.
    #[inline]
    pub(super) fn can_bring_no_more(&self) -> bool {
        self.tls.is_none() && self.end.is_none()
    }

    /// What to write next, borrowed.
    pub(super) fn offer(&mut self) -> Transmit<'_> {
        let transmit = match &mut self.tls {
            None => Transmit::new(self.queue.offer()),
            Some(tls) => {
                tls.encrypt(&mut self.queue);
                Transmit::new([tls.unwritten(), &[], &[]])
            }
        };
        self.offered = transmit.len();
        self.announced = false;
        transmit
    }

    /// `count` bytes of the offer were written.
    pub(super) fn advance(&mut self, count: usize, sent: &mut impl FnMut(Range<u64>)) -> Result<(), Misuse> {
        let offered = core::mem::take(&mut self.offered);
        let count_taken = count.min(offered);
        match &mut self.tls {
            None => self.queue.advance(count_taken, sent),
            Some(tls) => tls.advance(count_taken, sent),
        }
        self.offered = offered - count_taken;
        if count > offered { Err(Misuse::TransmittedTooMuch { reported: count, offered }) } else { Ok(()) }
    }

    /// Whether something waits that the host was not offered yet, though it has written all that it was: then
    /// the host has its turn before the next frame is acted upon, which may be a reason to drop what waits, or
    /// a ping whose pong would take the place of one that waits. It is said once, and not while the transport
    /// takes no more, so nothing is held up.
    pub(super) fn goes_first(&mut self) -> bool {
        let fresh = self.offered == 0 && !self.announced && self.turns > 0 && !self.queue.is_empty();
        self.announced |= fresh;
        self.turns -= u8::from(fresh);
        fresh
    }

    /// More was read.
    pub(super) fn received(&mut self) {
        self.turns = TURNS;
    }

    /// Bytes that wait to be written.
    pub(super) fn buffered(&self) -> usize {
        self.queue.buffered() + self.tls.as_ref().map_or(0, |tls| tls.unwritten().len())
    }

    /// Whether nothing waits to be written, and memory is held for it all the same.
    pub(super) fn keeps_memory(&self) -> bool {
        let records =
            self.tls.as_ref().is_some_and(|tls| tls.unwritten().is_empty() && tls.records.capacity() > 0);
        self.queue.keeps_memory() || (records && self.queue.is_empty())
    }

    /// Frees that memory.
    pub(super) fn give_back(&mut self) {
        self.queue.give_back();
        if let Some(tls) = &mut self.tls
            && tls.unwritten().is_empty()
        {
            (tls.records, tls.written) = (Vec::new(), 0);
            tls.receipts.shrink_to(0);
        }
    }

    /// The connection ended: messages that have not begun to leave are dropped, and every send whose last byte
    /// is not out is reported.
    pub(super) fn abandon(&mut self, failed: &mut impl FnMut(CallId)) {
        if let Some(tls) = &mut self.tls {
            tls.receipts.drain(..).flatten().map(CallId).for_each(&mut *failed);
        }
        self.queue.abandon(failed);
    }

    /// Whether everything is written, a TLS alert included. It asks without making an offer: one that is out
    /// already, in a write that has not been reported, keeps its meaning.
    pub(super) fn is_flushed(&mut self) -> bool {
        match &mut self.tls {
            None => self.queue.is_empty(),
            Some(tls) => {
                tls.encrypt(&mut self.queue);
                tls.unwritten().is_empty()
            }
        }
    }
}

impl Tls {
    fn refill(&mut self, buffer: &mut ReceiveBuffer) -> Result<bool, Cause> {
        let ReceiveBuffer { input, records, .. } = buffer;
        loop {
            let mut filled = 0;
            while let Some(space) = input.window().get_mut(filled..).filter(|space| !space.is_empty()) {
                let chunk = self.machine.plaintext();
                let count = chunk.len().min(space.len());
                if count == 0 {
                    break;
                }
                space[..count].copy_from_slice(&chunk[..count]);
                self.machine.consume(count);
                filled += count;
            }
            // What was decrypted before a failure is delivered before it; the failure shows on the next call.
            if filled > 0 {
                input.fill(filled);
                return Ok(true);
            }
            if records.is_empty() {
                return Ok(false);
            }
            let mut bytes = records.waiting();
            let before = bytes.len();
            let received = self.machine.receive(&mut bytes);
            records.take(before - bytes.len());
            received?;
        }
    }

    fn encrypt(&mut self, queue: &mut SendQueue) {
        if self.written < self.records.len() {
            return;
        }
        self.records.clear();
        self.written = 0;
        self.machine.output(&mut self.records);
        if self.machine.is_handshaking() {
            return;
        }
        let mut room = TLS_BATCH;
        while room > 0 && !queue.is_empty() {
            let mut taken = 0;
            for slice in queue.offer() {
                let part = slice.get(..room.min(slice.len())).unwrap_or(slice);
                let accepted = self.machine.send(part);
                taken += accepted;
                room -= accepted.min(room);
                if accepted < slice.len() {
                    break;
                }
            }
            if taken == 0 {
                break;
            }
            queue.advance(taken, &mut |run| self.receipts.push(run));
            self.machine.output(&mut self.records);
        }
    }

    fn unwritten(&self) -> &[u8] {
        self.records.get(self.written..).unwrap_or_default()
    }

    fn advance(&mut self, count: usize, sent: &mut impl FnMut(Range<u64>)) {
        self.written += count;
        if self.written >= self.records.len() {
            self.receipts.drain(..).for_each(sent);
            self.written = 0;
            self.records.clear();
        }
    }
}
