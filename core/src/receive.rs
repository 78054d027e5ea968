//! The memory that network bytes are read into: owned by the host, shared by as many sessions as it likes.

use crate::frame::{FRONT_MAX, Spare};

/// Where a host reads its sockets into. One serves all the connections of an event loop: a connection keeps
/// only the frame or message that is not complete yet, so an idle one holds no buffer at all.
///
/// It is zeroed once, when it is made, and never again.
#[derive(Debug)]
pub struct ReceiveBuffer {
    /// Application bytes, as a socket or TLS gave them.
    pub(crate) input: Region,
    /// TLS records; empty until the first wss connection.
    pub(crate) records: Region,
    /// Memory that cut frames and fragmented messages are put together in, kept between them.
    pub(crate) spare: Spare,
    /// Whose bytes these are: it changes with every read, and the session that read remembers it. Never zero,
    /// which is what a session has that has not read, or has put aside what it read. Always even, so that a session
    /// may keep one bit more with it.
    pub(crate) ticket: u64,
}

impl ReceiveBuffer {
    /// A size that serves most: large enough that bulk transfer needs few system calls, small enough for the
    /// processor's second cache.
    pub const DEFAULT_CAPACITY: usize = 64 * 1024;

    /// A buffer whose window has `capacity` bytes, at least 512.
    pub fn new(capacity: usize) -> Self {
        Self {
            input: Region::new(capacity.max(512)),
            records: Region::new(0),
            spare: Spare::default(),
            // A session that has read nothing yet remembers 0.
            ticket: 2,
        }
    }

    /// What a socket is read into, of a connection with TLS or without.
    #[inline]
    pub(crate) fn of_socket(&mut self, tls: bool) -> &mut Region {
        if tls { self.records() } else { &mut self.input }
    }

    #[inline(never)]
    fn records(&mut self) -> &mut Region {
        if self.records.window().is_empty() {
            self.records = Region::new(self.input.window().len());
        }
        &mut self.records
    }

    /// Bytes of one session have been put in.
    #[inline]
    pub(crate) fn next_ticket(&mut self) -> u64 {
        self.ticket += 2;
        self.ticket
    }

    /// Whether every byte that was read has been taken by its session.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.input.is_empty() && self.records.is_empty()
    }

    /// Forgets what was read and not taken: bytes of a session that is gone.
    #[inline]
    pub fn clear(&mut self) {
        self.input.clear();
        self.records.clear();
    }
}

impl Default for ReceiveBuffer {
    fn default() -> Self {
        Self::new(Self::DEFAULT_CAPACITY)
    }
}

/// Initialised bytes, of which those between `start` and `end` wait to be taken. They are put into the window; what
/// is before it is room for the front of a message that the last read cut.
#[derive(Debug)]
pub(crate) struct Region {
    pub(crate) bytes: Box<[u8]>,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Region {
    pub(crate) fn new(capacity: usize) -> Self {
        let size = if capacity > 0 { FRONT_MAX + capacity } else { 0 };
        Self { bytes: vec![0; size].into_boxed_slice(), start: 0, end: 0 }
    }

    #[inline]
    pub(crate) fn window(&mut self) -> &mut [u8] {
        self.bytes.get_mut(FRONT_MAX..).unwrap_or_default()
    }

    /// `count` bytes are in the window now. Says how many they could be.
    #[inline]
    pub(crate) fn fill(&mut self, count: usize) -> usize {
        let end = self.bytes.len();
        (self.start, self.end) = (FRONT_MAX, end.min(FRONT_MAX.saturating_add(count)));
        end - FRONT_MAX
    }

    /// Whether what waits follows something that came with the same read, and has been taken.
    #[inline]
    pub(crate) fn follows(&self) -> bool {
        self.start > FRONT_MAX
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

    /// Puts `bytes` in front of what waits, as many as there is room for.
    pub(crate) fn put_before(&mut self, bytes: &[u8]) {
        let start = self.start.saturating_sub(bytes.len());
        if let Some(room) = self.bytes.get_mut(start..self.start)
            && room.len() == bytes.len()
        {
            room.copy_from_slice(bytes);
            self.start = start;
        }
    }

    /// Takes `count` bytes off the front.
    #[inline]
    pub(crate) fn take(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.end);
    }
}
