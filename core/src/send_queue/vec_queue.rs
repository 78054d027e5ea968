//! A queue in one vector, so that queueing an element costs one store. Elements that have gone leave their places in
//! memory, which are reused when there is no more room.

use std::collections::TryReserveError;

/// The memory of the first elements, in bytes: a short message, or the receipts of three.
const FIRST: usize = 48;
/// An empty queue keeps this much memory for what comes next, in bytes, and frees the rest at once. A smaller burst of
/// messages costs no allocation. A message of 1 MiB in memory that was used before takes half as long as in new memory,
/// which has to be filled before it can be masked. A connection that sends nothing for a while gives it back.
pub(super) const RETAINED: usize = 2 * 1024 * 1024;
/// If the high-water mark leaves no memory, what waits is moved once at least one part in this many has gone. So each
/// byte is moved at most this often, and memory exceeds the mark by at most this part.
const PART: usize = 8;
/// If the high-water mark leaves no memory, the vector grows by one part in this many of itself. This takes few copies,
/// and exceeds the mark only a little.
const STEP: usize = 64;

/// Elements that wait, in order.
#[derive(Debug)]
pub(crate) struct VecQueue<T> {
    /// `memory[start..end]` wait: `start <= end <= memory.len()`. After `end` is initialised memory that was used
    /// before, so an element can be written over it without clearing it first.
    memory: Vec<T>,
    start: usize,
    end: usize,
}

impl<T> Default for VecQueue<T> {
    fn default() -> Self {
        Self { memory: Vec::new(), start: 0, end: 0 }
    }
}

impl<T> From<Vec<T>> for VecQueue<T> {
    fn from(memory: Vec<T>) -> Self {
        Self { start: 0, end: memory.len(), memory }
    }
}

impl<T: Copy> VecQueue<T> {
    #[inline]
    pub(crate) fn len(&self) -> usize {
        debug_assert!(
            self.start <= self.end && self.end <= self.memory.len(),
            "start <= end <= memory.len()"
        );
        self.end - self.start
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// The first that waits.
    pub(super) fn first(&self) -> Option<&T> {
        self.waiting().first()
    }

    /// All that wait, oldest first.
    #[inline]
    pub(super) fn waiting(&self) -> &[T] {
        self.memory.get(self.start..self.end).unwrap_or_default()
    }

    /// Takes the first off.
    pub(crate) fn pop(&mut self) -> Option<T> {
        let first = self.first().copied()?;
        self.taken(1);
        Some(first)
    }

    /// The `count` oldest are gone.
    #[inline]
    pub(super) fn taken(&mut self, count: usize) {
        self.start += count;
        debug_assert!(self.start <= self.end, "no more goes than waits");
    }

    /// How many have gone since the memory was last used from its beginning.
    #[inline]
    pub(super) fn gone(&self) -> usize {
        self.start
    }

    /// The place of the end, counted from the beginning of the memory.
    #[inline]
    pub(super) fn end(&self) -> usize {
        self.end
    }

    /// The memory for more elements that is already there.
    #[inline]
    pub(super) fn room(&mut self) -> Option<&mut [T]> {
        self.memory.get_mut(self.end..)
    }

    /// The place for one more element, if it is already there.
    #[inline]
    pub(super) fn place(&mut self) -> Option<&mut T> {
        self.memory.get_mut(self.end)
    }

    /// `count` places have been filled.
    #[inline]
    pub(super) fn filled(&mut self, count: usize) {
        self.end += count;
        debug_assert!(self.end <= self.memory.len(), "no more is filled than there is room for");
    }

    /// Puts `elements` after all that wait, and returns their places.
    pub(super) fn append(&mut self, elements: &[T]) -> &mut [T] {
        self.memory.truncate(self.end);
        self.memory.extend_from_slice(elements);
        let from = core::mem::replace(&mut self.end, self.memory.len());
        self.memory.get_mut(from..).unwrap_or_default()
    }

    /// The memory that is held, in bytes.
    pub(super) fn held(&self) -> usize {
        self.memory.capacity() * size_of::<T>()
    }

    /// Moves what waits to the beginning of the memory, if that makes room for `more` at a reasonable cost. `left` is
    /// how many bytes may still be allocated. Returns by how many places it was moved.
    pub(super) fn move_up(&mut self, more: usize, left: usize) -> usize {
        let (waiting, capacity, moved) = (self.len(), self.memory.capacity(), self.start);
        let lacking = (self.end + more).saturating_sub(capacity);
        let crowded = lacking * size_of::<T>() > left && waiting / PART <= moved;
        if moved == 0 || (waiting > moved && !crowded) {
            return 0;
        }
        let wanted = 2 * (waiting + more);
        if self.held() > RETAINED && wanted < capacity / 2 && self.refit(wanted) {
            return moved;
        }
        self.memory.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, waiting);
        moved
    }

    /// Whether there is no memory for `more` after all that wait.
    pub(super) fn lacks(&self, more: usize) -> bool {
        self.memory.capacity() - self.end < more
    }

    /// Takes that memory: twice what there was, but at most half of the `left` bytes, if that is enough.
    pub(super) fn reserve(&mut self, more: usize, left: usize) -> Result<(), TryReserveError> {
        if self.lacks(more) {
            let (wanted, capacity) = (self.end + more, self.memory.capacity());
            let step = capacity.max(FIRST / size_of::<T>()).min(left / 2 / size_of::<T>());
            let target = wanted.max(capacity + step.max(capacity / STEP));
            self.memory.truncate(self.end);
            self.memory.try_reserve_exact(target - self.end)?;
        }
        Ok(())
    }

    /// Initialises the reserved memory, so that it can be used.
    pub(super) fn initialise(&mut self)
    where
        T: Default,
    {
        self.memory.resize(self.memory.capacity(), T::default());
    }

    /// Keeps the first `keep` elements and those from `from` on.
    pub(super) fn cut(&mut self, keep: usize, from: usize) {
        let to = self.end.min(self.start.saturating_add(keep));
        let from = self.end.min(self.start.saturating_add(from)).max(to);
        self.memory.copy_within(from..self.end, to);
        self.end -= from - to;
    }

    /// If memory is at least an eighth larger than what waits and `more` need, moves what waits into memory of that
    /// size. Returns by how many places it was moved.
    pub(super) fn trim(&mut self, more: usize) -> usize {
        let (wanted, moved) = (self.len() + more, self.start);
        if self.memory.capacity() > wanted + wanted / PART && self.refit(wanted) { moved } else { 0 }
    }

    /// Moves what waits to the beginning of the memory.
    #[cfg(feature = "deflate")]
    pub(super) fn move_to_front(&mut self) {
        let waiting = self.len();
        self.memory.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, waiting);
    }

    /// All that wait, to be changed in place.
    #[cfg(feature = "deflate")]
    pub(super) fn waiting_mut(&mut self) -> &mut [T] {
        self.memory.get_mut(self.start..self.end).unwrap_or_default()
    }

    /// Moves what waits into new memory. If there is none, everything stays as it is.
    fn refit(&mut self, capacity: usize) -> bool {
        let mut memory = Vec::new();
        let possible = memory.try_reserve_exact(capacity).is_ok();
        if possible {
            memory.extend_from_slice(self.waiting());
            *self = memory.into();
        }
        possible
    }

    /// Uses the memory of an empty queue from its beginning again, and frees it if it is more than `most` bytes.
    pub(super) fn rewind(&mut self, most: usize) {
        if self.is_empty() {
            (self.start, self.end) = (0, 0);
            if self.held() > most {
                self.memory = Vec::new();
            }
        }
    }
}
