//! Whole sockets in a program of many tasks, in schedules that shuttle picks: no task waits without end, each call has
//! one result, and events come in order.
//!
//! ```sh
//! RUSTFLAGS='--cfg shuttle' SCHEDULES=1000000 cargo test --release --target-dir target/shuttle -p connect-socket-core \
//!     --no-default-features --features tasks --lib tasks::schedules
//! ```
//!
//! A million schedules take eight and a half minutes of processor time, on two threads. Without `SCHEDULES`, there are
//! some thousands. A failure prints its seed or its schedule, and the function of shuttle that repeats it; pass
//! `program` to that function.
//!
//! Here, the mutexes and atomics of this module are shuttle's (`sync`), and shuttle may switch tasks at each of their
//! operations. The runtime in memory uses those of the standard library, which is just as good, because it wakes no
//! task while it holds one.

/// The runtime in memory, as core's other tests of tasks have it.
#[expect(dead_code, reason = "the other tests need more of it")]
#[path = "../../../../tests/tasks/memory.rs"]
mod memory;
mod program;
mod server;

use std::env;

use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, PortfolioRunner};

/// This many schedules take some seconds.
const SCHEDULES: usize = 2000;

/// A schedule has some thousand steps. At this many of them, a fault needs a switch to another task.
const DEPTH: usize = 3;

#[test]
fn nobody_waits_for_ever() {
    let schedules = env::var("SCHEDULES")
        .map_or(SCHEDULES, |schedules| schedules.parse().expect("a number of schedules"));
    let mut config = Config::new();
    // Without optimisation, a session needs more stack than the usual 32 KiB.
    config.stack_size = 512 * 1024;
    let mut runner = PortfolioRunner::new(true, config);
    // Each runs on a thread of its own. One is good at finding faults among many tasks, the other at rare orders of few
    // tasks.
    runner.add(RandomScheduler::new(schedules - schedules / 2));
    runner.add(PctScheduler::new(DEPTH, schedules / 2));
    runner.run(program::program);
}
