//! Blocking work for all loops of a process, on a bounded number of threads.

use std::collections::VecDeque;

/// One loop asks at most 80 questions at once ([`Lookups`](super::Lookups)), and so many only if most of them hang.
const MOST: usize = 128;

/// Work, and threads that take it until there is none and then end. A blocked call cannot be cancelled, so this also
/// bounds what is left of dropped loops.
pub(super) struct Threads<W> {
    /// `count <= MOST`, and 0 only if nothing waits.
    count: usize,
    waiting: VecDeque<W>,
    /// Once so much waits, what is no longer wanted is taken out. It was twice what waited after the last time, so adding
    /// costs the same however much waits.
    limit: usize,
}

impl<W> Threads<W> {
    /// Makes one without work.
    pub(super) const fn new() -> Self {
        Self { count: 0, waiting: VecDeque::new(), limit: MOST }
    }

    /// Adds work after everything that waits already. Says whether to start a thread.
    #[must_use]
    pub(super) fn push(&mut self, work: W) -> bool {
        self.waiting.push_back(work);
        let starts = self.count < MOST;
        self.count += usize::from(starts);
        starts
    }

    /// What a thread does next. None means that it ends, and must not ask again.
    pub(super) fn next(&mut self) -> Option<W> {
        let next = self.waiting.pop_front();
        self.count = self.count.saturating_sub(usize::from(next.is_none()));
        next
    }

    /// The thread could not be started. Returns the work that will not be done, which is none if other threads are
    /// left.
    pub(super) fn not_started(&mut self) -> VecDeque<W> {
        self.count = self.count.saturating_sub(1);
        if self.count == 0 { core::mem::take(&mut self.waiting) } else { VecDeque::new() }
    }

    /// If much waits, takes out what of it is no longer wanted. The caller drops that under no lock. Threads skip the rest.
    #[must_use]
    pub(super) fn take_unwanted(&mut self, is_wanted: impl FnMut(&W) -> bool) -> VecDeque<W> {
        if self.waiting.len() < self.limit {
            return VecDeque::new();
        }
        let (wanted, unwanted) = core::mem::take(&mut self.waiting).into_iter().partition(is_wanted);
        self.waiting = wanted;
        self.limit = MOST.max(2 * self.waiting.len());
        unwanted
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
        assert_eq!(threads.take_unwanted(|work| work % 2 == 0).len(), 500);
        assert!(threads.take_unwanted(|_| false).is_empty(), "no more than half can be unwanted yet");
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
