//! The tasks that wait on one socket. All are woken together, because any of them can do the work.

use std::sync::{Arc, PoisonError};
use std::task::{Wake, Waker};

use super::sync::atomic::{AtomicU8, Ordering};
use super::sync::{Mutex, MutexGuard};

/// A command was given. The readiness of the sockets has not changed.
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
    /// While it says that there is work, nobody waits who was not woken for it: whoever sets it wakes all who wait, and
    /// whoever waits after that looks at it, under the socket's lock. So a task that finds something for another need not
    /// wake it.
    why: AtomicU8,
    waiting: Mutex<Waiting>,
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
        None
    }

    pub(super) fn leave(&self, id: WaiterId) {
        let mut waiting = self.lock();
        let place = waiting.wakers.iter().position(|(it, _)| *it == id);
        let left = place.map(|place| waiting.wakers.swap_remove(place));
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

    /// There is something left to do for the task that polls next. The caller has done a part of what there was, so all
    /// others have been woken for it.
    pub(super) fn remain(&self) {
        self.why.fetch_or(LEFT, Ordering::AcqRel);
    }

    /// The work of the socket begins, under its lock. Says why. It takes the cause in the same step: a call that came in
    /// between would wake nobody, and the task that drives may leave what others wait for.
    pub(super) fn begin(&self) -> Woken {
        match self.why.swap(DRIVEN, Ordering::AcqRel) {
            0 => Woken::Nothing,
            why if why & CALLED == 0 => Woken::Command,
            _ => Woken::Called,
        }
    }

    /// The work is done, and the lock is still held. Says whether there was a call meanwhile: then the caller wakes all who
    /// wait, once the lock is free. Between the two, the next task may take the call, but nobody new waits for it.
    #[must_use]
    pub(super) fn end(&self) -> bool {
        let was = self.why.fetch_and(!DRIVEN, Ordering::AcqRel);
        debug_assert!(was & DRIVEN != 0, "one task at a time drives");
        was & CALLED != 0
    }

    /// Wakes all who wait. Not to be called under the socket's lock.
    pub(super) fn wake_all(&self) {
        let mut waiting = self.lock();
        // Mostly there is one, or none. Then the list keeps its memory.
        let only = if waiting.wakers.len() == 1 { waiting.wakers.pop() } else { None };
        let all = if only.is_some() { Vec::new() } else { std::mem::take(&mut waiting.wakers) };
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
