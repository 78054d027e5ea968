//! What a server tells the test: a queue that wakes the thread which drives the client.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Wakes whoever waits for the client under test.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// Takes a lock whether or not another test thread panicked while it had it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A queue from server threads to the one test thread. Clones are the same queue.
pub struct Mailbox<T>(Arc<Shared<T>>);

struct Shared<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    queue: VecDeque<T>,
    wake: Option<Wake>,
}

impl<T> Clone for Mailbox<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Mailbox<T> {
    fn default() -> Self {
        let state = Mutex::new(State { queue: VecDeque::new(), wake: None });
        Self(Arc::new(Shared { state, changed: Condvar::new() }))
    }
}

impl<T> Mailbox<T> {
    /// Puts `item` behind the others.
    pub fn post(&self, item: T) {
        let mut state = lock(&self.0.state);
        state.queue.push_back(item);
        self.0.changed.notify_all();
        if let Some(wake) = &state.wake {
            wake();
        }
    }

    /// Takes the first item, if there is one.
    pub fn take(&self) -> Option<T> {
        lock(&self.0.state).queue.pop_front()
    }

    /// From now on, every item calls `wake`.
    pub fn watch(&self, wake: Wake) {
        lock(&self.0.state).wake = Some(wake);
    }

    /// Waits for an item while nobody drives the client. None: `patience` is over.
    pub fn wait(&self, patience: Duration) -> Option<T> {
        let deadline = Instant::now() + patience;
        let mut state = lock(&self.0.state);
        loop {
            if let Some(item) = state.queue.pop_front() {
                return Some(item);
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            state = self.0.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
