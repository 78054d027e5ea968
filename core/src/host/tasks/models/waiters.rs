//! The waiters alone: every wake-up reaches a waiting task, and none is delivered while the lock is held.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use loom::future::block_on;
use loom::sync::Mutex;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread;

use super::super::waiters::{WaiterId, Waiters, Woken};
use super::{all, preempted};

/// Waits as the futures of a socket do, until there is something to do.
async fn called(waiters: &Arc<Waiters>, id: WaiterId) {
    poll_fn(|cx| poll_called(waiters, id, cx)).await;
}

fn poll_called(waiters: &Arc<Waiters>, id: WaiterId, cx: &mut Context<'_>) -> Poll<()> {
    let replaced = waiters.wait(id, cx.waker());
    let woken = waiters.begin();
    let called = waiters.end();
    drop(replaced);
    if called {
        waiters.wake_all();
    }
    if woken == Woken::Called { Poll::Ready(()) } else { Poll::Pending }
}

/// A wake-up from a source before, during or after a drive is not lost.
#[test]
fn a_call_is_heard() {
    all(|| {
        let waiters = Arc::<Waiters>::default();
        let source = thread::spawn({
            let waker = Waker::from(Arc::clone(&waiters));
            move || waker.wake()
        });
        block_on(called(&waiters, waiters.new_id()));
        source.join().expect("it called");
        assert!(waiters.begin() == Woken::Nothing, "one call is heard once");
    });
}

/// The wake-ups of two sources may be merged, but none is lost: what a source has brought is there when it wakes.
#[test]
fn no_call_is_lost_in_another() {
    preempted(2, || {
        let waiters = Arc::<Waiters>::default();
        let brought = Arc::new(AtomicUsize::new(0));
        let sources = [(); 2].map(|()| {
            let (waiters, brought) = (Arc::clone(&waiters), Arc::clone(&brought));
            thread::spawn(move || {
                brought.fetch_add(1, Ordering::Relaxed);
                waiters.wake_by_ref();
            })
        });
        let id = waiters.new_id();
        block_on(poll_fn(|cx| {
            let polled = poll_called(&waiters, id, cx);
            if polled.is_ready() && brought.load(Ordering::Relaxed) < 2 {
                // A drive goes on until nothing is left, and waits again.
                return poll_called(&waiters, id, cx)
                    .map(|()| assert_eq!(brought.load(Ordering::Relaxed), 2));
            }
            polled
        }));
        for source in sources {
            source.join().expect("it called");
        }
    });
}

/// A waker that must not be called while the lock is held, because it takes the lock itself.
struct Outside {
    waiters: Arc<Waiters>,
    is_driving: AtomicBool,
}

impl Wake for Outside {
    fn wake(self: Arc<Self>) {
        assert!(!self.is_driving.load(Ordering::SeqCst), "a waker was called under the lock");
    }
}

/// A source wakes no task while another task drives. That task wakes them once the lock is free.
#[test]
fn a_call_during_a_drive_waits_for_its_end() {
    all(|| {
        let outside = Arc::new(Outside { waiters: Arc::default(), is_driving: AtomicBool::new(false) });
        let waiters = &outside.waiters;
        let _ = waiters.begin();
        outside.is_driving.store(true, Ordering::SeqCst);
        assert!(waiters.wait(waiters.new_id(), &Waker::from(Arc::clone(&outside))).is_none());
        let source = thread::spawn({
            let waiters = Arc::clone(waiters);
            move || waiters.wake_by_ref()
        });
        // A waker that another thread calls from here on waits for the lock, and gets it.
        outside.is_driving.store(false, Ordering::SeqCst);
        if waiters.end() {
            waiters.wake_all();
        }
        source.join().expect("it called");
        // The waiting task was woken, so nothing holds its waker any more.
        assert_eq!(Arc::strong_count(&outside), 1);
    });
}

/// A dropped future removes its own waker, and no other.
#[test]
fn who_leaves_takes_no_call_along() {
    all(|| {
        let waiters = Arc::<Waiters>::default();
        let gone = waiters.new_id();
        assert!(waiters.wait(gone, Waker::noop()).is_none());
        let threads = [
            thread::spawn({
                let waiters = Arc::clone(&waiters);
                move || waiters.leave(gone)
            }),
            thread::spawn({
                let waiters = Arc::clone(&waiters);
                move || waiters.wake_by_ref()
            }),
        ];
        block_on(called(&waiters, waiters.new_id()));
        for thread in threads {
            thread.join().expect("it is over");
        }
    });
}

/// If two tasks wait and each finds a part of what a source has brought, neither wakes the other. Both were woken, and
/// what the first leaves is there for the second.
#[test]
fn what_one_task_leaves_another_does() {
    preempted(3, || {
        let waiters = Arc::<Waiters>::default();
        let brought = Arc::new(Mutex::new(0));
        let wait = |waiters: Arc<Waiters>, brought: Arc<Mutex<u8>>| {
            let id = waiters.new_id();
            block_on(poll_fn(|cx| {
                // In a socket, this is the lock of its state.
                let mut brought = brought.lock().expect("nobody panics");
                assert!(waiters.wait(id, cx.waker()).is_none_or(|waker| waker.will_wake(cx.waker())));
                let found = waiters.begin() != Woken::Nothing && *brought > 0;
                *brought -= u8::from(found);
                if found && *brought > 0 {
                    waiters.remain();
                }
                let called = waiters.end();
                drop(brought);
                if called {
                    waiters.wake_all();
                }
                if found { Poll::Ready(()) } else { Poll::Pending }
            }));
            waiters.leave(id);
        };
        let other = thread::spawn({
            let (waiters, brought) = (Arc::clone(&waiters), Arc::clone(&brought));
            move || wait(waiters, brought)
        });
        let source = thread::spawn({
            let (waiters, brought) = (Arc::clone(&waiters), Arc::clone(&brought));
            move || {
                *brought.lock().expect("nobody panics") = 2;
                waiters.wake_by_ref();
            }
        });
        wait(waiters, brought);
        other.join().expect("it found the rest");
        source.join().expect("it called");
    });
}
