//! The memory that network bytes are read into: owned by the host, shared by as many sessions as it likes.

use crate::frame::Spare;

/// Where a host reads its sockets into. One serves all the connections of an event loop: a connection keeps
/// only the frame or message that is not complete yet, so an idle one holds no buffer at all.
///
/// It is zeroed once, when it is made, and never again.
#[derive(Debug)]
pub struct ReceiveBuffer {
    /// What came from a socket.
    pub(crate) wire: Region,
    /// What TLS made of it; empty until the first wss connection.
    pub(crate) plain: Region,
    /// Memory that cut frames and fragmented messages are put together in, kept between them.
    pub(crate) spare: Spare,
    /// Whose bytes these are: it changes with every read, and the session that read remembers it. Never zero,
    /// which is what a session has that has not read, or has put aside what it read.
    pub(crate) ticket: u64,
}

impl ReceiveBuffer {
    /// A size that serves most: large enough that bulk transfer needs few system calls, small enough for the
    /// processor's second cache.
    pub const DEFAULT_CAPACITY: usize = 64 * 1024;

    /// A buffer whose window has `capacity` bytes, at least 512.
    pub fn new(capacity: usize) -> Self {
        Self {
            wire: Region::new(capacity.max(512)),
            plain: Region::new(0),
            spare: Spare::default(),
            // A session that has read nothing yet remembers 0.
            ticket: 1,
        }
    }

    /// Whether every byte that was read has been taken by its session.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.wire.is_empty() && self.plain.is_empty()
    }

    /// Forgets what was read and not taken: bytes of a session that is gone.
    #[inline]
    pub fn clear(&mut self) {
        self.wire.clear();
        self.plain.clear();
    }
}

impl Default for ReceiveBuffer {
    fn default() -> Self {
        Self::new(Self::DEFAULT_CAPACITY)
    }
}

/// Initialised bytes, of which those between `start` and `end` wait to be taken.
#[derive(Debug)]
pub(crate) struct Region {
    pub(crate) bytes: Box<[u8]>,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Region {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { bytes: vec![0; capacity].into_boxed_slice(), start: 0, end: 0 }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.start >= self.end
    }

    #[inline]
    pub(crate) fn waiting(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn clear(&mut self) {
        self.start = 0;
        self.end = 0;
    }

    /// Fills the empty region with `bytes`, which came out of one like it.
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        if self.bytes.len() < bytes.len() {
            *self = Self::new(bytes.len());
        }
        if let Some(room) = self.bytes.get_mut(..bytes.len()) {
            room.copy_from_slice(bytes);
        }
        (self.start, self.end) = (0, bytes.len());
    }

    /// Takes `count` bytes off the front.
    #[inline]
    pub(crate) fn take(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.end);
    }
}
