//! What wakes whom, in every order that there is: models for loom. The real code runs in them, with loom's mutex and atomics
//! (`sync`), and a model in which somebody waits for ever is a deadlock that loom reports.
//!
//! ```sh
//! RUSTFLAGS='--cfg loom' cargo test --target-dir target/loom -p connect-socket-core \
//!     --no-default-features --features tasks --lib tasks::models
//! ```
//!
//! # What they do not see
//! `Waker::from` takes the standard library's [`Arc`](std::sync::Arc), so that the waiters of a socket, and what else is behind an `Arc` here,
//! is counted by it and not by loom. Loom runs its threads in turns on one real thread and lets another go on only at
//! operations of its own. So a count is always right, and two things are missing: no other thread goes on between a change
//! of the count and what comes next, and loom knows of no order that counting makes. The first hides nothing here, as
//! nobody decides by a count: which socket is the last one is asked of `Inner::owners`, an atomic of loom's. The second could
//! only make loom see a race where there is none. The same goes for the mutex within
//! [`SharedEntropy`](crate::SharedEntropy): nothing of loom's is called while it is held.

mod names;
mod runtime;
mod sockets;
mod waiters;

/// Every interleaving, however often threads are preempted.
fn all(model: impl Fn() + Sync + Send + 'static) {
    loom::model(model);
}

/// Every interleaving in which threads are preempted at most so often, where the operations of a whole socket make too many
/// of the others. Waiting and ending are no preemptions.
fn preempted(times: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(times);
    builder.check(model);
}
