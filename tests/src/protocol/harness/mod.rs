//! The side that is driven: runs commands on a session, and prints what a Mini Program would see, so that tests in any
//! language can drive an adapter. The binary `harness` is this with an adapter chosen on its command line.

mod runner;
pub(super) mod sink;
mod wait;

use std::fmt;
use std::io::{self, BufRead, Write};
use std::sync::mpsc;
use std::thread;

use crate::client::Client;
use runner::Runner;

/// Why the harness ended before its input did.
#[derive(Debug)]
pub enum Failure {
    /// The harness itself failed: exit status 1.
    Broken(String),
    /// What it was told makes no sense: exit status 2.
    Misused(String),
}

impl Failure {
    /// The exit status.
    pub fn status(&self) -> u8 {
        match self {
            Self::Broken(_) => 1,
            Self::Misused(_) => 2,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(words) | Self::Misused(words) => f.write_str(words),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

/// Runs the commands of `input`, and prints what a Mini Program would see to `output`.
///
/// # Errors
/// What ends the harness early; nothing is printed for it.
pub fn run<C: Client>(input: impl BufRead + Send + 'static, output: impl Write) -> Result<(), Failure> {
    // Bounded: a caller that writes faster than waits let it is held back by its own pipe.
    let (lines, read) = mpsc::sync_channel(256);
    let runner = Runner::<C, _>::new(output, read);
    let wake = runner.wake_later();
    // The thread is not joined: it may wait for a line that nobody writes any more.
    thread::spawn(move || {
        for line in input.split(b'\n') {
            if lines.send(line).is_err() {
                return;
            }
            wake();
        }
        drop(lines);
        wake();
    });
    runner.run()
}
