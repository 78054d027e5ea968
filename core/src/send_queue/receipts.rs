//! Which calls wait for which byte of the stream: a queue in one vector, so that a message costs two stores.

use std::collections::TryReserveError;

use crate::ids::CallId;

/// Waiting messages in order: where each ends in the stream, and the call that it answers.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    entries: Vec<(u64, CallId)>,
    /// The first that waits; what is before it is settled.
    first: usize,
}

impl Receipts {
    /// Makes room for one more.
    #[inline]
    pub(super) fn reserve(&mut self) -> Result<(), TryReserveError> {
        if self.entries.len() == self.entries.capacity() { self.grow() } else { Ok(()) }
    }

    #[cold]
    fn grow(&mut self) -> Result<(), TryReserveError> {
        if self.first > self.entries.len() / 2 {
            self.entries.drain(..self.first);
            self.first = 0;
            return Ok(());
        }
        // The first is made for one, as most connections wait for one; a vector then grows to twice its size.
        if self.entries.is_empty() { self.entries.try_reserve_exact(1) } else { self.entries.try_reserve(1) }
    }

    #[inline]
    pub(super) fn push(&mut self, end: u64, call: CallId) {
        self.entries.push((end, call));
    }

    #[inline]
    pub(super) fn front(&self) -> Option<(u64, CallId)> {
        self.entries.get(self.first).copied()
    }

    #[inline]
    pub(super) fn pop(&mut self) {
        self.first += 1;
        if self.first >= self.entries.len() {
            self.clear();
        }
    }

    pub(super) fn waiting(&self) -> &[(u64, CallId)] {
        self.entries.get(self.first..).unwrap_or_default()
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.first = 0;
    }

    /// Frees the memory of more than `entries`; none may be waiting.
    pub(super) fn shrink(&mut self, entries: usize) {
        if self.entries.capacity() > entries {
            *self = Self::default();
        }
    }
}
