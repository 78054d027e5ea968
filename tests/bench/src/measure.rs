//! How a row is measured: its contenders in turns, in many short rounds, so that whatever else the machine does
//! meets all of them alike.

use std::time::{Duration, Instant};

use indicatif::ProgressBar;

use crate::machine;
use crate::report::{Bar, Entry, Role, Row};

/// Measures once, for about as long as it is told, and returns the figure in the unit of its row.
pub(crate) type Sample = Box<dyn FnMut(Duration) -> f64>;

/// Prepares a contender and checks that it does what is measured: every message, every byte.
type Open = Box<dyn FnOnce() -> Result<Sample, String>>;

/// How long and how often each contender of a row is measured.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) rounds: usize,
    pub(crate) slice: Duration,
    /// Whether the thread that measures is kept on one core.
    pub(crate) pinned: bool,
}

impl Pace {
    /// Memory alone. A slice that the system interrupts does not reach the median.
    pub(crate) const SHORT: Self = Self { rounds: 151, slice: Duration::from_millis(2), pinned: true };
}

impl Pace {
    /// What is the same every time: neither warmed up nor repeated.
    pub(crate) const ONCE: Self = Self { rounds: 1, slice: Duration::ZERO, pinned: false };
}

/// A row to measure.
pub(crate) struct Case {
    row: Row,
    pace: Pace,
    contenders: Vec<Contender>,
}

struct Contender {
    name: String,
    role: Role,
    open: Open,
}

impl Case {
    pub(crate) fn new(group: &str, name: impl Into<String>, unit: &str) -> Self {
        Self { row: Row::new(group, name.into(), unit), pace: Pace::SHORT, contenders: Vec::new() }
    }

    pub(crate) fn full_name(&self) -> String {
        self.row.full_name()
    }

    pub(crate) fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// What our first entry must reach.
    pub(crate) fn bar(mut self, bar: Bar) -> Self {
        self.row.bars.push(bar);
        self
    }

    /// Is told under the table.
    #[allow(dead_code, reason = "not every set of rows has something to tell")]
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.row.notes.push(note.into());
        self
    }

    pub(crate) fn entry(
        mut self,
        role: Role,
        name: &str,
        open: impl FnOnce() -> Result<Sample, String> + 'static,
    ) -> Self {
        self.contenders.push(Contender { name: name.to_owned(), role, open: Box::new(open) });
        self
    }

    /// Without the contenders whose names do not contain the word.
    pub(crate) fn only(mut self, word: &str) -> Self {
        self.contenders.retain(|contender| contender.name.contains(word));
        self
    }

    /// Opens all, warms all up, and measures them in turns. A contender that fails its check is told in the row.
    pub(crate) fn measure(self, rounds: Option<usize>, quick: bool, progress: &ProgressBar) -> Row {
        let Self { mut row, mut pace, contenders } = self;
        if quick {
            pace = Pace { rounds: pace.rounds.min(3), slice: pace.slice / 10, ..pace };
        }
        let repeated = !pace.slice.is_zero();
        if repeated {
            pace.rounds = rounds.unwrap_or(pace.rounds).max(1);
        }
        let _pinned = pace.pinned.then(machine::pin);

        let mut samples = Vec::new();
        for contender in contenders {
            progress.set_message(format!("{}: {}", row.full_name(), contender.name));
            match (contender.open)() {
                Ok(mut sample) => {
                    if repeated {
                        sample(pace.slice);
                    }
                    samples.push(sample);
                    row.entries.push(Entry {
                        name: contender.name,
                        role: contender.role,
                        samples: Vec::new(),
                    });
                }
                Err(error) => row.failures.push(format!("{}: {error}", contender.name)),
            }
        }
        let all = samples.len();
        for round in 0..pace.rounds {
            progress.set_message(format!("{}: round {}", row.full_name(), round + 1));
            // Nobody is always behind the same one.
            for at in (0..all).map(|at| (at + round) % all) {
                row.entries[at].samples.push(samples[at](pace.slice));
            }
        }
        row
    }
}

/// Nanoseconds per message of `work`, which does what is measured for at least as many messages as it is told, and
/// returns for how many.
pub(crate) fn per_message(mut work: impl FnMut(usize) -> usize + 'static) -> Sample {
    let mut rate = None;
    Box::new(move |slice| {
        let count = rate.map_or(1, |rate: f64| messages(slice, rate));
        let (mut done, begun) = (0, Instant::now());
        // The first time nobody knows how many messages fill the slice.
        loop {
            done += work(count);
            if rate.is_some() || begun.elapsed() >= slice {
                break;
            }
        }
        #[allow(clippy::cast_precision_loss, reason = "far less than 2^52 messages")]
        let each = begun.elapsed().as_secs_f64() * 1e9 / done as f64;
        rate = Some(each);
        each
    })
}

/// How many messages of so many nanoseconds fill a slice.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive number that is small")]
fn messages(slice: Duration, nanoseconds: f64) -> usize {
    (slice.as_secs_f64() * 1e9 / nanoseconds).max(1.0) as usize
}
