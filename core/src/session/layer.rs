//! What lies between a socket and the plain bytes of HTTP and frames: nothing, or TLS.

use core::ops::Range;

use crate::copy::copy;
use crate::error::Cause;
use crate::send_queue::SendQueue;
use crate::tls::TlsMachine;
use crate::workspace::{Window, Workspace};

/// How much plaintext goes into TLS at a time. A record holds 16 KiB at most (RFC 8446 §5.1).
const TLS_BATCH: usize = 16 * 1024;

/// A layer turns what a socket delivers into plain bytes, and what waits to be sent into what a socket takes. The head
/// of a proxy would be one more layer, before TLS.
pub(super) enum Layer {
    Plain,
    Tls(Box<Tls>),
}

/// TLS on one stream.
pub(super) struct Tls {
    machine: TlsMachine,
    /// Records that have been read and not decrypted yet.
    received: Window,
    /// Records that wait for the transport: `records[written..]`.
    records: Vec<u8>,
    written: usize,
}

impl Layer {
    pub(super) fn new(machine: Option<TlsMachine>) -> Self {
        machine.map_or(Self::Plain, |machine| {
            Self::Tls(Box::new(Tls { machine, received: Window::default(), records: Vec::new(), written: 0 }))
        })
    }

    /// Whether a handshake is still going on.
    pub(super) fn is_handshaking(&self) -> bool {
        match self {
            Self::Plain => false,
            Self::Tls(tls) => tls.machine.is_handshaking(),
        }
    }

    /// The TLS version that was agreed on.
    pub(super) fn version(&self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Tls(tls) => tls.machine.version(),
        }
    }

    /// Where bytes from the socket are kept until this layer takes them. None if they are plain already.
    #[inline]
    pub(super) fn received(&self) -> Option<&Window> {
        match self {
            Self::Plain => None,
            Self::Tls(tls) => Some(&tls.received),
        }
    }

    /// The same, to put more into it.
    #[inline]
    pub(super) fn received_mut(&mut self) -> Option<&mut Window> {
        match self {
            Self::Plain => None,
            Self::Tls(tls) => Some(&mut tls.received),
        }
    }

    /// Makes plain bytes from what was received, as many as fit into `into`. 0 when no more can be made.
    pub(super) fn pull(&mut self, into: &mut [u8]) -> Result<usize, Cause> {
        match self {
            Self::Plain => Ok(0),
            Self::Tls(tls) => tls.pull(into),
        }
    }

    /// Whether the peer has ended its half inside this layer, whatever the socket says.
    pub(super) fn peer_closed(&self) -> bool {
        match self {
            Self::Plain => false,
            Self::Tls(tls) => tls.machine.peer_closed(),
        }
    }

    /// What to write next, made from what waits in `queue`.
    pub(super) fn push<'a>(&'a mut self, queue: &'a mut SendQueue) -> [&'a [u8]; 3] {
        match self {
            Self::Plain => queue.offer(),
            Self::Tls(tls) => {
                tls.encrypt(queue);
                [tls.unwritten(), &[], &[]]
            }
        }
    }

    /// Whether [`Layer::push`] would give anything, if the transport takes anything.
    pub(super) fn wants_write(&self, queue: &SendQueue) -> bool {
        match self {
            Self::Plain => !queue.is_empty(),
            Self::Tls(tls) => {
                let queued = !queue.is_empty() && !tls.machine.is_handshaking();
                queued || !tls.unwritten().is_empty() || tls.machine.wants_write()
            }
        }
    }

    /// `count` bytes of what [`Layer::push`] gave were written.
    pub(super) fn advance(&mut self, count: usize, queue: &mut SendQueue, sent: &mut impl FnMut(Range<u64>)) {
        match self {
            Self::Plain => queue.advance(count, sent),
            Self::Tls(tls) => tls.advance(count, queue, sent),
        }
    }

    /// How many bytes wait to be written in addition to those in the queue.
    pub(super) fn buffered(&self) -> usize {
        match self {
            Self::Plain => 0,
            Self::Tls(tls) => tls.unwritten().len(),
        }
    }

    /// Whether everything in `queue` and in this layer is written, including a TLS alert. It makes no offer, so an
    /// offer whose write has not been reported yet stays valid.
    pub(super) fn is_flushed(&mut self, queue: &mut SendQueue) -> bool {
        match self {
            Self::Plain => queue.is_empty(),
            Self::Tls(tls) => {
                tls.encrypt(queue);
                tls.unwritten().is_empty() && !queue.has_staged()
            }
        }
    }

    /// If memory is more than twice what waits to be written, shrinks it to that size (rule M4).
    pub(super) fn trim(&mut self) {
        match self {
            Self::Plain => {}
            Self::Tls(tls) => tls.trim(),
        }
    }

    /// Forgets what waits to be written, because the transport takes no more (rule F7).
    pub(super) fn fail_writing(&mut self) {
        match self {
            Self::Plain => {}
            Self::Tls(tls) => (tls.records, tls.written) = (Vec::new(), 0),
        }
    }

    /// Ends the sending half in the layer's own way (RFC 8446 §6.1).
    pub(super) fn close(&mut self) {
        match self {
            Self::Plain => {}
            Self::Tls(tls) => tls.machine.close_notify(),
        }
    }

    /// Whether memory is held although nothing of this layer waits to be written.
    pub(super) fn keeps_memory(&self) -> bool {
        match self {
            Self::Plain => false,
            Self::Tls(tls) => tls.unwritten().is_empty() && tls.records.capacity() > 0,
        }
    }

    /// Frees that memory.
    pub(super) fn give_back(&mut self) {
        if let Self::Tls(tls) = self
            && tls.unwritten().is_empty()
        {
            (tls.records, tls.written) = (Vec::new(), 0);
        }
    }

    /// Drops what was received, and its memory.
    pub(super) fn forget_received(&mut self) {
        match self {
            Self::Plain => {}
            Self::Tls(tls) => tls.received = Window::default(),
        }
    }

    /// Keeps no more memory than what was received needs.
    pub(super) fn shrink(&mut self, work: &mut Workspace) {
        match self {
            Self::Plain => {}
            Self::Tls(tls) => tls.received.shrink(work),
        }
    }
}

impl Tls {
    fn pull(&mut self, into: &mut [u8]) -> Result<usize, Cause> {
        let mut filled = 0;
        loop {
            while let Some(space) = into.get_mut(filled..).filter(|space| !space.is_empty()) {
                let count = copy(self.machine.plaintext(), space);
                if count == 0 {
                    break;
                }
                self.machine.consume(count);
                filled += count;
            }
            // What was decrypted before a failure is delivered first. The failure comes back on the next call.
            if filled > 0 || self.received.is_empty() {
                return Ok(filled);
            }
            let mut bytes = self.received.waiting();
            let before = bytes.len();
            let received = self.machine.receive(&mut bytes);
            let taken = before - bytes.len();
            self.received.advance(taken);
            received?;
        }
    }

    fn encrypt(&mut self, queue: &mut SendQueue) {
        if self.written < self.records.len() || queue.is_failed() {
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
            // A send succeeds when the records that contain it are written.
            queue.take(taken);
            if taken == 0 {
                break;
            }
            self.machine.output(&mut self.records);
        }
    }

    fn unwritten(&self) -> &[u8] {
        self.records.get(self.written..).unwrap_or_default()
    }

    fn advance(&mut self, count: usize, queue: &mut SendQueue, sent: &mut impl FnMut(Range<u64>)) {
        self.written += count;
        if self.written >= self.records.len() {
            queue.settle(sent);
            self.written = 0;
            self.records.clear();
        }
    }

    fn trim(&mut self) {
        let waiting = self.records.len() - self.written;
        let mut records = Vec::new();
        if self.records.capacity() > 2 * waiting && records.try_reserve_exact(waiting).is_ok() {
            records.extend_from_slice(self.unwritten());
            (self.records, self.written) = (records, 0);
        }
    }
}
