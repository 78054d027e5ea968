//! The deadlines of many sessions, and the next of them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::time::Time;

/// One deadline for each session of a host, and the next of them all.
///
/// A session is identified by its place in the host's table: a small number, like the keys of a slab, because memory
/// grows with the highest place. Before another session gets the place, remove its deadline with `set(place, None)`.
/// Then this does not grow, however many sessions come and go.
///
/// Moving a deadline to a later time costs one comparison. This happens often: every received byte delays the next
/// ping. The earlier time stays in the queue, and [`poll`](Self::poll) moves it when it comes. So [`next`](Self::next)
/// may be too early, but never too late. Everything else costs amortised logarithmic time in the number of deadlines.
///
/// ```
/// use connect_socket_core::Time;
/// use connect_socket_core::host::Timers;
///
/// let at = Time::from_millis;
/// let mut timers = Timers::new();
/// timers.set(0, Some(at(30)));
/// timers.set(1, Some(at(10)));
/// timers.set(1, Some(at(20)));
///
/// // It was put off, which is found out when its time comes.
/// assert_eq!(timers.next(), Some(at(10)));
/// assert_eq!(timers.poll(at(10)), None);
/// assert_eq!(timers.next(), Some(at(20)));
///
/// // A deadline that has come is there no more; the session is asked for its next one.
/// assert_eq!(timers.poll(at(25)), Some(1));
/// assert_eq!(timers.poll(at(25)), None);
///
/// timers.set(0, None);
/// assert_eq!(timers.next(), None);
/// ```
#[derive(Debug, Default)]
pub struct Timers {
    deadlines: Vec<Option<Deadline>>,
    /// `armed == deadlines.filter(is some).count()`.
    armed: usize,
    /// Its first entry is never stale, and `queue.len() <= 2 * armed`.
    queue: BinaryHeap<Reverse<Entry>>,
    last_serial: u64,
}

#[derive(Debug)]
struct Deadline {
    /// `entry.at <= at`.
    at: Time,
    /// The one entry of the queue that stands for this deadline. All others of the same place are stale.
    entry: Entry,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    at: Time,
    /// No two entries have the same.
    serial: u64,
    place: usize,
}

impl Timers {
    /// Makes one without deadlines.
    pub const fn new() -> Self {
        Self { deadlines: Vec::new(), armed: 0, queue: BinaryHeap::new(), last_serial: 0 }
    }

    /// Sets the deadline of the session at `place` ([`Session::poll_timeout`](crate::Session::poll_timeout)). None
    /// removes it.
    pub fn set(&mut self, place: usize, at: Option<Time>) {
        let Some(at) = at else { return self.clear(place) };
        if place >= self.deadlines.len() {
            self.deadlines.resize_with(place + 1, || None);
        }
        let Some(deadline) = self.deadlines.get_mut(place) else { return };
        match deadline {
            Some(deadline) if deadline.entry.at <= at => deadline.at = at,
            Some(_) => self.arm(place, at),
            None => {
                self.armed += 1;
                self.arm(place, at);
            }
        }
    }

    /// When to call [`poll`](Self::poll) at the latest. None if there is no deadline.
    pub fn next(&self) -> Option<Time> {
        self.queue.peek().map(|Reverse(entry)| entry.at)
    }

    /// The place of a session whose deadline has come. That deadline is removed.
    pub fn poll(&mut self, now: Time) -> Option<usize> {
        while let Some(&Reverse(entry)) = self.queue.peek()
            && entry.at <= now
        {
            // It is not stale, as the first never is.
            let at = self.deadlines.get(entry.place)?.as_ref()?.at;
            if at <= now {
                self.clear(entry.place);
                return Some(entry.place);
            }
            self.arm(entry.place, at);
        }
        None
    }

    fn clear(&mut self, place: usize) {
        if self.deadlines.get_mut(place).and_then(Option::take).is_some() {
            self.armed -= 1;
            self.tidy();
        }
    }

    /// Makes a new entry for a deadline. Its old one becomes stale.
    fn arm(&mut self, place: usize, at: Time) {
        self.last_serial += 1;
        let entry = Entry { at, serial: self.last_serial, place };
        if let Some(deadline) = self.deadlines.get_mut(place) {
            *deadline = Some(Deadline { at, entry });
            self.queue.push(Reverse(entry));
        }
        self.tidy();
    }

    /// Removes stale entries: those at the front, and all of them if they are the majority.
    fn tidy(&mut self) {
        let Self { deadlines, queue, .. } = self;
        let is_stale = |Reverse(entry): &Reverse<Entry>| {
            let deadline = deadlines.get(entry.place).and_then(Option::as_ref);
            deadline.is_none_or(|deadline| deadline.entry != *entry)
        };
        while queue.peek().is_some_and(is_stale) {
            queue.pop();
        }
        if queue.len() > 2 * self.armed {
            queue.retain(|entry| !is_stale(entry));
            queue.shrink_to(2 * self.armed);
            debug_assert_eq!(queue.len(), self.armed, "each deadline has one entry that is not stale");
        }
    }
}

#[cfg(test)]
mod tests;
