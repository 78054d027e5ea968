//! What is measured, and how it is shown.

use std::fmt;
use std::fs;
use std::io;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::client::{Client, PingPong};

/// Long enough for every connection to find that it is idle.
const QUIET: Duration = Duration::from_millis(1_500);

/// Echoes on the busy connection, in so many rounds, of which the quickest counts.
const ROUNDS: usize = 20;
const ECHOES: usize = 500;

/// So many connections send and await echoes beside one that floods, and so many echoes there are.
const OTHERS: usize = 16;
const OTHERS_ECHOES: usize = 1_000;

pub(crate) struct Report {
    connections: usize,
    opening: Span,
    idle: u64,
    after: u64,
    traffic: Span,
    alone: Span,
    beside: Span,
    calm: PingPong,
    flooded: PingPong,
}

/// How long something took.
#[derive(Clone, Copy)]
struct Span {
    /// By the clock on the wall.
    passed: Duration,
    /// Of that, on a processor: what a machine with others on it does not blur.
    worked: Duration,
}

impl Span {
    fn of(work: impl FnOnce() -> io::Result<()>) -> io::Result<Self> {
        let (start, worked) = (Instant::now(), processor_time()?);
        work()?;
        Ok(Self { passed: start.elapsed(), worked: processor_time()?.saturating_sub(worked) })
    }
}

impl Report {
    /// `flood` is the url of a server that floods.
    pub(crate) fn measure(client: &mut Client, connections: usize, flood: &str) -> io::Result<Self> {
        // The first connection brings what all share: buffers, the resolver, what the allocator begins with.
        client.open(1, || {})?;
        let alone = busy(client)?;
        client.rest(QUIET)?;

        let before = resident()?;
        let more = connections.saturating_sub(1);
        let bar = progress("open", more)?;
        let opening = Span::of(|| client.open(more, || bar.inc(1)))?;
        bar.finish_and_clear();
        client.rest(QUIET)?;
        let idle = resident()?.saturating_sub(before);

        let bar = progress("echo", connections)?;
        let traffic = Span::of(|| client.echo_on_each(|| bar.inc(1)))?;
        bar.finish_and_clear();
        client.rest(QUIET)?;
        let after = resident()?.saturating_sub(before);
        let beside = busy(client)?;

        let calm = client.ping_pong(OTHERS, OTHERS_ECHOES)?;
        client.be_flooded(flood)?;
        let flooded = client.ping_pong(OTHERS, OTHERS_ECHOES)?;
        Ok(Self { connections, opening, idle, after, traffic, alone, beside, calm, flooded })
    }
}

/// The quickest round of echoes on one busy connection.
fn busy(client: &mut Client) -> io::Result<Span> {
    let mut best = Span { passed: Duration::MAX, worked: Duration::MAX };
    for _ in 0..ROUNDS {
        let round = Span::of(|| client.keep_busy(ECHOES))?;
        best = Span { passed: best.passed.min(round.passed), worked: best.worked.min(round.worked) };
    }
    Ok(best)
}

fn progress(what: &'static str, count: usize) -> io::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{msg:5} {wide_bar} {pos}/{len} {per_sec}");
    let style = style.map_err(io::Error::other)?;
    Ok(ProgressBar::new(count as u64).with_style(style).with_message(what))
}

/// The memory of this process that is in use, in bytes, without what it shares with its file: code is read in
/// when it is run first, and is not a connection's. What the system keeps for a socket is not in it either.
fn resident() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let kibibytes = status.lines().find_map(|line| line.strip_prefix("RssAnon:")?.trim().strip_suffix(" kB"));
    let kibibytes: Option<u64> = kibibytes.and_then(|kibibytes| kibibytes.trim().parse().ok());
    kibibytes.map(|kibibytes| kibibytes * 1024).ok_or_else(|| io::Error::other("the system does not say"))
}

/// For how long this thread has had a processor: the time that a machine with others on it does not blur.
fn processor_time() -> io::Result<Duration> {
    let times = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanos = times.split(' ').next().and_then(|nanos| nanos.parse().ok());
    nanos.map(Duration::from_nanos).ok_or_else(|| io::Error::other("the system does not say"))
}

impl fmt::Display for Report {
    #[expect(clippy::cast_precision_loss, reason = "nobody opens 2^52 connections")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { connections, idle, after, alone, beside, .. } = self;
        let others = connections.saturating_sub(1);
        let each = |bytes: &u64| bytes / (others as u64).max(1);
        let micros = |time: Duration, count: usize| time.as_secs_f64() * 1e6 / count.max(1) as f64;
        let rate = others as f64 / self.opening.passed.as_secs_f64();
        let opening = micros(self.opening.worked, others);
        writeln!(f, "open    {rate:.0} connections per second, {opening:.0} µs of this processor for each")?;
        writeln!(
            f,
            "memory  {} B per idle connection, {} B after a message on each",
            each(idle),
            each(after)
        )?;
        let (passed, worked) = (self.traffic.passed, self.traffic.worked);
        let (passed, worked) = (micros(passed, *connections), micros(worked, *connections));
        writeln!(f, "echo    {passed:.1} µs per message, one on each, {worked:.1} µs of this processor")?;
        let times = beside.worked.as_secs_f64() / alone.worked.as_secs_f64();
        let (alone, beside) = (micros(alone.worked, ECHOES), micros(beside.worked, ECHOES));
        writeln!(
            f,
            "busy    {beside:.2} µs of this processor per echo on one connection beside {others} idle ones, \
             {alone:.2} µs when it was alone: {times:.2} times"
        )?;
        let (calm, flooded) = (&self.calm, &self.flooded);
        let wait = |of: &PingPong, hundredths| of.wait(hundredths).as_secs_f64() * 1e6;
        writeln!(
            f,
            "flood   {:.0} µs for an echo while {} connections await one (99 % within {:.0} µs), {:.0} µs (99 %: {:.0} µs) \
             beside one that floods: {:.1} of its messages between two echoes, {} at the most",
            wait(calm, 50),
            OTHERS.min(*connections),
            wait(calm, 99),
            wait(flooded, 50),
            wait(flooded, 99),
            flooded.between as f64 / flooded.waits.len().max(1) as f64,
            flooded.most_between
        )
    }
}
