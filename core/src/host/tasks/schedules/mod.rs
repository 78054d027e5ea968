//! Whole sockets in a program of many tasks, in schedules that shuttle picks: no task waits without end, each call has
//! one result, and events come in order.
//!
//! ```sh
//! RUSTFLAGS='--cfg shuttle' SCHEDULES=1000000 cargo test --release --target-dir target/shuttle -p connect-socket-core \
//!     --no-default-features --features tasks --lib tasks::schedules
//! ```
//!
//! A million take eight and a half minutes of processor time, on two threads. Without `SCHEDULES` it is some thousands. What
//! fails prints its seed or its schedule, and which function of shuttle repeats it; `program` is what that is given.
//!
//! The mutexes and atomics of this module are shuttle's here (`sync`), and it lets another task go on at each of their
//! operations. The runtime in memory has the standard library's, which is as good: it calls nobody while it holds one.

/// The runtime in memory, as core's other tests of tasks have it.
#[expect(dead_code, reason = "the other tests need more of it")]
#[path = "../../../../tests/tasks/memory.rs"]
mod memory;
mod program;
mod server;

use std::env;

use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, PortfolioRunner};

/// So many schedules take some seconds.
const SCHEDULES: usize = 2000;

/// A schedule has some thousand steps, of which so many are where a fault needs another task to go on.
const DEPTH: usize = 3;

#[test]
fn nobody_waits_for_ever() {
    let schedules = env::var("SCHEDULES")
        .map_or(SCHEDULES, |schedules| schedules.parse().expect("a number of schedules"));
    let mut config = Config::new();
    // Without optimisation a session takes more than the usual 32 KiB.
    config.stack_size = 512 * 1024;
    let mut runner = PortfolioRunner::new(true, config);
    // Each on a thread of its own: the one is good at what many tasks do together, the other at rare orders of few.
    runner.add(RandomScheduler::new(schedules - schedules / 2));
    runner.add(PctScheduler::new(DEPTH, schedules / 2));
    runner.run(program::program);
}
