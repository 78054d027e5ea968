//! The last 2^w bytes that went through a codec: all that a deflate stream remembers between two messages.

use std::collections::TryReserveError;

use crate::copy::copy;

/// A ring buffer. It takes memory once there is something to remember.
#[derive(Default)]
pub(super) struct History {
    bytes: Box<[u8]>,
    /// `bytes[..filled]` are remembered; the oldest is at `start`, which is 0 until the ring is full.
    filled: u32,
    start: u32,
}

impl History {
    /// Takes the memory of 2^`bits` bytes, unless it is there.
    pub(super) fn reserve(&mut self, bits: u8) -> Result<(), TryReserveError> {
        if self.bytes.is_empty() {
            let mut bytes = Vec::new();
            bytes.try_reserve_exact(1 << bits)?;
            bytes.resize(1 << bits, 0);
            self.bytes = bytes.into_boxed_slice();
        }
        Ok(())
    }

    /// What is remembered, in order, in two parts.
    pub(super) fn parts(&self) -> [&[u8]; 2] {
        let remembered = self.bytes.get(..self.filled as usize).unwrap_or_default();
        let (newer, older) = remembered.split_at_checked(self.start as usize).unwrap_or_default();
        [older, newer]
    }

    /// Remembers `more`, or as much of its end as fits.
    #[expect(clippy::cast_possible_truncation, reason = "no window has more than 32 KiB")]
    pub(super) fn push(&mut self, more: &[u8]) {
        let size = self.bytes.len();
        let more = more.get(more.len().saturating_sub(size)..).unwrap_or_default();
        if self.filled as usize + more.len() <= size && self.start == 0 {
            let end = self.filled as usize + more.len();
            if let Some(room) = self.bytes.get_mut(self.filled as usize..end) {
                copy(more, room);
            }
            self.filled = end as u32;
            return;
        }
        // The ring is full now, so the oldest bytes are overwritten.
        let at = if (self.filled as usize) < size { self.filled as usize } else { self.start as usize };
        let (first, rest) = more.split_at_checked((size - at).min(more.len())).unwrap_or_default();
        if let Some(room) = self.bytes.get_mut(at..at + first.len()) {
            copy(first, room);
        }
        if let Some(room) = self.bytes.get_mut(..rest.len()) {
            copy(rest, room);
        }
        self.filled = size as u32;
        self.start = ((at + more.len()) % size.max(1)) as u32;
    }
}
