//! The waiters alone: every wake-up reaches a waiting task, and none is delivered while the lock is held.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use loom::future::block_on;
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
    waiters.begin();
    let rung = waiters.take_cause();
    waiters.end();
    drop(replaced);
    if rung == Woken::Called { Poll::Ready(()) } else { Poll::Pending }
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
        assert!(waiters.take_cause() == Woken::Nothing, "one call is heard once");
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
        waiters.begin();
        outside.is_driving.store(true, Ordering::SeqCst);
        assert!(waiters.wait(waiters.new_id(), &Waker::from(Arc::clone(&outside))).is_none());
        let source = thread::spawn({
            let waiters = Arc::clone(waiters);
            move || waiters.wake_by_ref()
        });
        outside.is_driving.store(false, Ordering::SeqCst);
        waiters.end();
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

/// If two tasks wait, the one that handles a wake-up passes on what it found to the other.
#[test]
fn who_takes_a_call_wakes_the_other() {
    preempted(2, || {
        let waiters = Arc::<Waiters>::default();
        let is_told = Arc::new(AtomicBool::new(false));
        let wait = |waiters: Arc<Waiters>, is_told: Arc<AtomicBool>| {
            let id = waiters.new_id();
            block_on(poll_fn(|cx| {
                if is_told.load(Ordering::SeqCst) {
                    return Poll::Ready(());
                }
                let polled = poll_called(&waiters, id, cx);
                if polled.is_ready() {
                    is_told.store(true, Ordering::SeqCst);
                    waiters.wake_others(id);
                } else if is_told.load(Ordering::SeqCst) {
                    // In a socket, the state's lock ensures this order: a task that finds nothing is waiting by the
                    // time that others look.
                    return Poll::Ready(());
                }
                polled
            }));
            waiters.leave(id);
        };
        let other = thread::spawn({
            let (waiters, is_told) = (Arc::clone(&waiters), Arc::clone(&is_told));
            move || wait(waiters, is_told)
        });
        let source = thread::spawn({
            let waiters = Arc::clone(&waiters);
            move || waiters.wake_by_ref()
        });
        wait(waiters, is_told);
        other.join().expect("it was woken");
        source.join().expect("it called");
    });
}
