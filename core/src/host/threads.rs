//! Work that blocks, for all loops of a process, and how many threads may be at it.

use std::collections::VecDeque;

/// One loop has 80 questions at once at the most ([`Lookups`](super::Lookups)), and so many only where most of them hang.
const MOST: usize = 128;

/// Work and threads that take it until there is none, and end. Nobody can take back what blocks, so this bounds what is
/// left of loops that were dropped, too.
pub(super) struct Threads<W> {
    /// `count <= MOST`, and 0 only where nothing waits.
    count: usize,
    waiting: VecDeque<W>,
}

impl<W> Threads<W> {
    /// Without work.
    pub(super) const fn new() -> Self {
        Self { count: 0, waiting: VecDeque::new() }
    }

    /// Work, to be done behind all that waits already. Says whether a thread is to be started.
    #[must_use]
    pub(super) fn push(&mut self, work: W) -> bool {
        self.waiting.push_back(work);
        let starts = self.count < MOST;
        self.count += usize::from(starts);
        starts
    }

    /// What a thread does next. None: it ends, and is not to ask again.
    pub(super) fn next(&mut self) -> Option<W> {
        let next = self.waiting.pop_front();
        self.count = self.count.saturating_sub(usize::from(next.is_none()));
        next
    }

    /// The thread could not be started. Gives what nobody will do: nothing where other threads are left.
    pub(super) fn not_started(&mut self) -> VecDeque<W> {
        self.count = self.count.saturating_sub(1);
        if self.count == 0 { core::mem::take(&mut self.waiting) } else { VecDeque::new() }
    }

    /// Drops what is not wanted any more and no thread has taken.
    pub(super) fn retain(&mut self, is_wanted: impl FnMut(&W) -> bool) {
        self.waiting.retain(is_wanted);
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Threads};

    #[test]
    fn so_many_are_started_and_no_more() {
        let mut threads = Threads::new();
        let started = (0..1_000).filter(|work| threads.push(*work)).count();
        assert_eq!(started, MOST);
        threads.retain(|work| work % 2 == 0);
        // One does all that is left, in order; the others end, and their places are free.
        assert!((0..1_000).step_by(2).all(|work| threads.next() == Some(work)));
        assert!((0..MOST).all(|_| threads.next().is_none()));
        assert_eq!((0..1_000).filter(|work| threads.push(*work)).count(), MOST);
    }

    #[test]
    fn what_cannot_be_started_is_done_by_another_or_given_back() {
        let mut threads = Threads::new();
        assert!(threads.push(1) && threads.push(2));
        assert!(threads.not_started().is_empty(), "the first thread does both");
        assert_eq!(threads.not_started(), [1, 2]);
        assert!(threads.push(3), "nobody is there");
    }
}
