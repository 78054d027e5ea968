//! What is measured, and how it is shown.

use std::fmt;
use std::fs;
use std::io;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::client::Client;

/// Long enough for every connection to find that it is idle.
const QUIET: Duration = Duration::from_millis(1_500);

/// Echoes on the busy connection, in so many rounds, of which the quickest counts.
const ROUNDS: usize = 20;
const ECHOES: u32 = 500;

pub(crate) struct Report {
    connections: usize,
    opening: Duration,
    idle: u64,
    after: u64,
    traffic: Duration,
    alone: Duration,
    beside: Duration,
}

impl Report {
    pub(crate) fn measure(client: &mut Client, connections: usize) -> io::Result<Self> {
        // The first connection brings what all share: buffers, the resolver, what the allocator begins with.
        client.open(1, || {})?;
        let alone = busy(client)?;
        client.rest(QUIET)?;

        let before = resident()?;
        let more = connections.saturating_sub(1);
        let opening = timed("open", more, |bar| client.open(more, || bar.inc(1)))?;
        client.rest(QUIET)?;
        let idle = resident()?.saturating_sub(before);

        let traffic = timed("echo", connections, |bar| client.echo_on_each(|| bar.inc(1)))?;
        client.rest(QUIET)?;
        let after = resident()?.saturating_sub(before);
        let beside = busy(client)?;
        Ok(Self { connections, opening, idle, after, traffic, alone, beside })
    }
}

/// How long an echo takes on a busy connection.
fn busy(client: &mut Client) -> io::Result<Duration> {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        client.keep_busy(ECHOES as usize)?;
        best = best.min(start.elapsed());
    }
    Ok(best / ECHOES)
}

fn timed(
    what: &'static str,
    count: usize,
    work: impl FnOnce(&ProgressBar) -> io::Result<()>,
) -> io::Result<Duration> {
    let style = ProgressStyle::with_template("{msg:5} {wide_bar} {pos}/{len} {per_sec}");
    let bar = ProgressBar::new(count as u64).with_style(style.map_err(io::Error::other)?).with_message(what);
    let start = Instant::now();
    work(&bar)?;
    let time = start.elapsed();
    bar.finish_and_clear();
    Ok(time)
}

/// The memory of this process that is in use, in bytes: what the system keeps for a socket is not in it.
fn resident() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let kibibytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kibibytes.map(|kibibytes| kibibytes * 1024).ok_or_else(|| io::Error::other("the system does not say"))
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each = |bytes: u64| bytes / (self.connections as u64 - 1).max(1);
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        let opened = self.connections.saturating_sub(1) as f64;
        writeln!(f, "open     {:.0} connections per second", opened / self.opening.as_secs_f64())?;
        writeln!(
            f,
            "memory   {} B per idle connection, {} B after a message on each",
            each(self.idle),
            each(self.after)
        )?;
        writeln!(
            f,
            "echo     {:.1} µs per message, one on each connection",
            micros(self.traffic) / self.connections as f64
        )?;
        writeln!(
            f,
            "busy     {:.1} µs per echo on one connection alone, {:.1} µs beside {opened} idle ones: {:.2} times",
            micros(self.alone),
            micros(self.beside),
            self.beside.as_secs_f64() / self.alone.as_secs_f64()
        )
    }
}
