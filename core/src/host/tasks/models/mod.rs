//! Which task wakes which, in every possible order: models for loom. They run the real code, with loom's mutex and
//! atomics (`sync`). If a task in a model waits without end, loom reports a deadlock.
//!
//! ```sh
//! RUSTFLAGS='--cfg loom' cargo test --target-dir target/loom -p connect-socket-core \
//!     --no-default-features --features tasks --lib tasks::models
//! ```
//!
//! # What they do not see
//! `Waker::from` takes the standard library's [`Arc`](std::sync::Arc), so this, and not loom, counts the references to
//! the waiters of a socket and to everything else in an `Arc` here. Loom runs its threads in turns on one real thread,
//! and switches only at its own operations. So a count is always right, but two things are missing: no other thread
//! runs between a change of the count and the next operation, and loom does not know the order that counting creates.
//! The first hides nothing here, because nothing depends on a count: whether a socket is the last one is decided by
//! `Inner::owners`, an atomic of loom. The second could only make loom see a race where there is none. The same is true
//! of the mutex in [`SharedEntropy`](crate::SharedEntropy): no operation of loom runs while it is held.

mod names;
mod runtime;
mod sockets;
mod waiters;

/// Every interleaving, however often threads are preempted.
fn all(model: impl Fn() + Sync + Send + 'static) {
    loom::model(model);
}

/// Every interleaving in which threads are preempted at most this often, because a whole socket has too many operations
/// for all interleavings. Waiting and ending are not preemptions.
fn preempted(times: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(times);
    builder.check(model);
}
