//! The tasks that wait on one socket. All are woken together, because any of them can do the work.

use std::sync::{Arc, PoisonError};
use std::task::{Wake, Waker};

use super::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use super::sync::{Mutex, MutexGuard};

/// A command was given. The readiness of the sockets has not changed. Whoever sets it wakes all who wait, and whoever
/// waits after that looks at it.
const COMMAND: u8 = 1;
/// The reactor, a timer or the resolver has called: a socket may be readable or writable.
const CALLED: u8 = 2;
/// A task holds the socket's lock and does its work. Calls that come meanwhile take effect when it is done, because a
/// waker may want the lock itself, and a source may call while it is being polled.
const DRIVEN: u8 = 4;
/// There is work left, and nobody was woken for it.
const LEFT: u8 = 8;

/// The one waker with which all sources of a socket are registered. It wakes every waiting task: a single one could
/// belong to a future that is kept and never polled again, and then the work would not be done.
#[derive(Default)]
pub(super) struct Waiters {
    why: AtomicU8,
    waiting: Mutex<Waiting>,
    /// `count == waiting.wakers.len()`, whenever that lock is free.
    count: AtomicUsize,
}

#[derive(Default)]
struct Waiting {
    last: u64,
    wakers: Vec<(WaiterId, Waker)>,
}

/// Identifies one waiting future. It is removed with the future, so nothing is kept for dropped ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WaiterId(u64);

/// What a drive has to look at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Woken {
    Nothing,
    Command,
    Called,
}

impl Waiters {
    /// The id of a new future.
    pub(super) fn new_id(&self) -> WaiterId {
        let mut waiting = self.lock();
        waiting.last += 1;
        WaiterId(waiting.last)
    }

    /// The future with this id will be woken once. Returns its earlier waker, because wakers must be dropped under no
    /// lock: a task, and everything for which it waits, may be dropped with them.
    #[must_use]
    pub(super) fn wait(&self, id: WaiterId, waker: &Waker) -> Option<Waker> {
        let mut waiting = self.lock();
        if let Some((_, known)) = waiting.wakers.iter_mut().find(|(it, _)| *it == id) {
            return (!known.will_wake(waker)).then(|| std::mem::replace(known, waker.clone()));
        }
        // There is usually no second.
        waiting.wakers.reserve_exact(1);
        waiting.wakers.push((id, waker.clone()));
        self.update_count(&waiting);
        None
    }

    /// Whether nobody waits. The caller holds the socket's lock. All who wait have had it, and nobody new gets it, so an
    /// answer that is out of date can only be that somebody does. It saves the lock of a list that is mostly empty,
    /// twice for a message sent and one received: 90 instructions of 1,770.
    pub(super) fn nobody_waits(&self) -> bool {
        self.count.load(Ordering::Relaxed) == 0
    }

    fn update_count(&self, waiting: &Waiting) {
        self.count.store(waiting.wakers.len(), Ordering::Relaxed);
    }

    pub(super) fn leave(&self, id: WaiterId) {
        let mut waiting = self.lock();
        let place = waiting.wakers.iter().position(|(it, _)| *it == id);
        let left = place.map(|place| waiting.wakers.swap_remove(place));
        self.update_count(&waiting);
        drop(waiting);
        drop(left);
    }

    /// There is something to do, and a waiting task has to do it.
    pub(super) fn command(&self) {
        // If an earlier command was not looked at yet, all who waited have been woken, and nobody waits since then.
        // That is so in a program that sends many messages at once.
        if self.why.fetch_or(COMMAND, Ordering::AcqRel) & COMMAND == 0 {
            self.wake_all();
        }
    }

    /// There is something left to do for the task that polls next.
    pub(super) fn remain(&self) {
        self.why.fetch_or(LEFT, Ordering::AcqRel);
    }

    /// What has happened since the last call.
    pub(super) fn take_cause(&self) -> Woken {
        match self.why.fetch_and(DRIVEN, Ordering::AcqRel) & !DRIVEN {
            0 => Woken::Nothing,
            why if why & CALLED == 0 => Woken::Command,
            _ => Woken::Called,
        }
    }

    /// The work of the socket begins, under its lock.
    pub(super) fn begin(&self) {
        self.why.fetch_or(DRIVEN, Ordering::AcqRel);
    }

    /// The work is done and the lock is free. If there was a call meanwhile, the waiting tasks are woken.
    pub(super) fn end(&self) {
        if self.why.fetch_and(!DRIVEN, Ordering::AcqRel) & CALLED != 0 {
            self.wake_all();
        }
    }

    /// Wakes all waiting tasks except the one with this id, which is running.
    pub(super) fn wake_others(&self, id: WaiterId) {
        let mut waiting = self.lock();
        if waiting.wakers.iter().all(|(it, _)| *it == id) {
            return;
        }
        let others: Vec<_> = waiting.wakers.extract_if(.., |(it, _)| *it != id).collect();
        self.update_count(&waiting);
        drop(waiting);
        for (_, waker) in others {
            waker.wake();
        }
    }

    fn wake_all(&self) {
        let mut waiting = self.lock();
        // Mostly there is one, or none. Then the list keeps its memory.
        let only = if waiting.wakers.len() == 1 { waiting.wakers.pop() } else { None };
        let all = if only.is_some() { Vec::new() } else { std::mem::take(&mut waiting.wakers) };
        self.update_count(&waiting);
        drop(waiting);
        // Not under the lock, because a waker may do anything.
        for (_, waker) in only.into_iter().chain(all) {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Waiters {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.why.fetch_or(CALLED, Ordering::AcqRel) & DRIVEN == 0 {
            self.wake_all();
        }
    }
}
