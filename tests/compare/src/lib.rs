//! The programs of COMPARE.md: three tasks, each in connectSocket and in five peers.
//!
//! 1. `echo`: send back every message until the server closes.
//! 2. `stay`: print what comes, and connect again with back-off whenever the connection ends.
//! 3. `leave`: close with a code and a reason, and wait until the connection is over, for ten seconds at most.
//!
//! The pauses between attempts are what the second task is about, and the ten seconds of the third are a bound on waiting for
//! an event; nothing else here waits for time to pass.
//!
//! `tests/run.rs` runs each against a server.
#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

pub mod async_tungstenite;
pub mod fastwebsockets;
pub mod ours;
pub mod tokio_tungstenite;
pub mod tokio_websockets;
pub mod tungstenite;

/// What every task returns.
pub type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How long the peers wait for the end of a connection that they close. Ours has a setting for it.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// The back-off of the peers, which bring none: a random part of a bound that doubles, and starts again after ten
/// seconds of connection. Ours is `Backoff`.
#[derive(Default)]
pub struct Delay {
    attempts: u32,
}

impl Delay {
    /// How long to wait before connecting again, after a connection that was open since `opened`.
    pub fn next(&mut self, opened: Option<Instant>) -> Duration {
        if opened.is_some_and(|opened| opened.elapsed() >= Duration::from_secs(10)) {
            self.attempts = 0;
        }
        let bound = Duration::from_millis(500 << self.attempts.min(7)).min(Duration::from_secs(60));
        self.attempts += 1;
        bound.mul_f64(fastrand::f64())
    }
}
