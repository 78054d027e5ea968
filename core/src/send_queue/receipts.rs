//! Which calls wait for which byte of the stream: a queue in one vector, so that a message costs two stores.

use std::collections::TryReserveError;

use crate::ids::CallId;

/// A message that waits: where it ends in the stream, and the call that it answers.
pub(super) type Receipt = (u64, CallId);

/// Waiting messages in order.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    /// `entries[first..end]` wait. What is before them is settled; what is behind them is memory for more.
    entries: Vec<Receipt>,
    first: usize,
    end: usize,
}

impl Receipts {
    /// Sees to it that there is a [`Receipts::place`].
    #[inline]
    pub(super) fn reserve(&mut self) -> Result<(), TryReserveError> {
        if self.end < self.entries.len() { Ok(()) } else { self.grow() }
    }

    #[cold]
    fn grow(&mut self) -> Result<(), TryReserveError> {
        if self.first > self.end / 2 {
            self.entries.copy_within(self.first..self.end, 0);
            (self.first, self.end) = (0, self.end - self.first);
            return Ok(());
        }
        // The first is made for one, as most connections wait for one; a vector then grows to twice its size.
        if self.entries.is_empty() {
            self.entries.try_reserve_exact(1)?;
        } else {
            self.entries.try_reserve(1)?;
        }
        self.entries.resize(self.entries.capacity(), (0, CallId(0)));
        Ok(())
    }

    /// The place for one more, if there is memory for it.
    #[inline]
    pub(super) fn place(&mut self) -> Option<&mut Receipt> {
        self.entries.get_mut(self.end)
    }

    /// The place has been filled.
    #[inline]
    pub(super) fn placed(&mut self) {
        self.end += 1;
    }

    /// Those that wait, the oldest first.
    #[inline]
    pub(super) fn waiting(&self) -> &[Receipt] {
        self.entries.get(self.first..self.end).unwrap_or_default()
    }

    /// The `count` oldest are settled.
    #[inline]
    pub(super) fn settle(&mut self, count: usize) {
        self.first += count;
        if self.first >= self.end {
            self.clear();
        }
    }

    #[inline]
    pub(super) fn clear(&mut self) {
        (self.first, self.end) = (0, 0);
    }

    /// Frees the memory of more than `entries`; none may be waiting.
    pub(super) fn shrink(&mut self, entries: usize) {
        if self.entries.capacity() > entries {
            *self = Self::default();
        }
    }
}
