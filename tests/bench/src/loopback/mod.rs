//! Rows over real sockets: what a client costs in CPU time beside raw TCP that does the same, in the same run.
//!
//! Server and client share one core, unless it is asked for otherwise. So a message that is awaited takes a switch of tasks and no
//! wake-up of another core, which costs several times as much and varies.

mod client;
mod clock;
mod dial;
mod handshake;
mod on_mio;
mod on_smol;
mod on_tokio;
mod ours;
mod pattern;
mod raw;
mod server;
mod talk;
mod tls;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use connect_socket_mio::connect_socket_core::Config;
use cpu_time::ProcessTime;

use crate::machine;
use crate::measure::{Case, Pace, Sample};
use crate::report::{Bar, Role};
use client::{CONTESTANTS, Contestant, Group};
use pattern::Pattern;
use server::{Addresses, Server};

pub(crate) use server::{APART, ARGUMENT, serve};

/// A slice holds thousands of task switches.
const PACE: Pace = Pace { rounds: 11, slice: Duration::from_millis(60), pinned: true };

/// Connecting and large messages take longer.
const SLOW: Pace = Pace { rounds: 9, slice: Duration::from_millis(100), pinned: true };

/// So many files are open at most: two clients with 9,900 connections each, and some beside.
const FILES: u64 = 20_000;

/// The rows of messages: what each is called, and what ours may cost on mio, as a multiple of raw TCP.
const ROWS: [(&str, Pattern, f64); 6] = [
    ("ping-pong, 16 B", Pattern::ping_pong(16, 1), 1.12),
    ("ping-pong, 1 KiB", Pattern::ping_pong(1024, 1), 1.12),
    ("pipelined, 64 × 16 B", Pattern::pipelined(16), 1.2),
    ("pipelined, 64 × 1 KiB", Pattern::pipelined(1024), 1.2),
    ("100 connections, ping-pong, 16 B", Pattern::ping_pong(16, 100), 1.06),
    ("receive 64 KiB", Pattern::bulk(65_536), 1.0),
];

/// The rows of this part, in the order of the table.
pub(crate) fn rows() -> Vec<Case> {
    let mut rows = Vec::new();
    for (group, title) in
        [(Group::Mio, "loopback, mio"), (Group::Smol, "loopback, smol"), (Group::Tokio, "loopback, tokio")]
    {
        rows.extend(ROWS.iter().map(|(name, pattern, bar)| row(group, title, name, *pattern, *bar)));
    }
    rows.extend(connecting());
    rows.extend(sizes());
    rows.extend(connections());
    rows
}

/// Those of a group and the limits, playing one pattern.
fn row(group: Group, title: &str, name: &str, pattern: Pattern, bar: f64) -> Case {
    let limit = if pattern.connections > 1 { RAW_ON_MIO } else { RAW };
    let case = Case::new(title, name, "CPU ns per message").pace(PACE);
    let case = match group {
        Group::Every | Group::Mio => case.bar(Bar::Limit(limit.into(), bar)).bar(Bar::Peers(1.0)),
        // No more than 0.8 of what the peer costs.
        Group::Smol => case.bar(Bar::Peers(1.25)),
        Group::Tokio => case.bar(Bar::Peers(1.0)),
    };
    CONTESTANTS
        .iter()
        .filter(|it| it.group == group || it.group == Group::Every)
        .filter(|it| it.many || pattern.connections == 1)
        .fold(case, |case, it| contestant(case, it, pattern))
}

const RAW: &str = "raw TCP, blocking";
const RAW_ON_MIO: &str = "raw TCP on mio";

fn contestant(case: Case, it: &'static Contestant, pattern: Pattern) -> Case {
    case.entry(it.role, it.name, move || {
        let server = server()?;
        let mut client = it.connect(server.plain, &pattern).map_err(|error| error.to_string())?;
        Ok(clock::per_message(pattern.messages(), move |batches| client.run(batches)))
    })
}

/// What a connection costs before its first message.
fn connecting() -> Vec<Case> {
    let case = |name| Case::new("connecting", name, "CPU µs").pace(SLOW);
    vec![
        case("upgrade")
            .entry(Role::Ours, "connectSocket on mio", || {
                let mut ours = handshake::Ours::plain(server()?.plain).map_err(|error| error.to_string())?;
                Ok(microseconds(move |count| ours.run(count)))
            })
            .entry(Role::Limit, "by hand on mio", || {
                let mut hand = handshake::ByHand::new(server()?.plain).map_err(|error| error.to_string())?;
                Ok(microseconds(move |count| hand.run(count)))
            }),
        case("upgrade, above one by hand").bar(Bar::AtMost(3.0)).entry(
            Role::Ours,
            "connectSocket on mio",
            || {
                let plain = server()?.plain;
                let mut ours = handshake::Ours::plain(plain).map_err(|error| error.to_string())?;
                let mut hand = handshake::ByHand::new(plain).map_err(|error| error.to_string())?;
                Ok(Box::new(move |slice| {
                    let count = connects(slice);
                    spent(count, || ours.run(count)) - spent(count, || hand.run(count))
                }))
            },
        ),
        case("wss, connected before")
            .bar(Bar::Peer("the same, with a full handshake".into(), 1.5))
            .entry(Role::Ours, "connectSocket on mio", || {
                let server = server()?;
                let ours = handshake::Ours::resuming(server.tls, &server.roots);
                let mut ours = ours.map_err(|error| error.to_string())?;
                Ok(microseconds(move |count| ours.run(count)))
            })
            .entry(Role::Limit, "the same, with a full handshake", || {
                let server = server()?;
                let ours = handshake::Ours::forgetting(server.tls, &server.roots);
                let mut ours = ours.map_err(|error| error.to_string())?;
                Ok(microseconds(move |count| ours.run(count)))
            }),
    ]
}

/// What one of `count` connects takes in microseconds, where `work` makes so many.
fn microseconds(mut work: impl FnMut(usize) + 'static) -> Sample {
    Box::new(move |slice| {
        let count = connects(slice);
        spent(count, || work(count))
    })
}

/// How many connects fill about such a slice.
fn connects(slice: Duration) -> usize {
    usize::try_from(slice.as_millis()).unwrap_or(1).max(1)
}

#[allow(clippy::cast_precision_loss, reason = "far less than 2^52 connects")]
fn spent(count: usize, work: impl FnOnce()) -> f64 {
    let begun = ProcessTime::now();
    work();
    begun.elapsed().as_secs_f64() * 1e6 / count as f64
}

/// One message after the other, from 1 B to 16 MiB: what a step costs is to be seen in the chart.
fn sizes() -> Vec<Case> {
    (0..=12)
        .map(|power| {
            let size = 4_usize.pow(power);
            let name = match size {
                ..1024 => format!("{size} B"),
                1024..0x10_0000 => format!("{} KiB", size / 1024),
                _ => format!("{} MiB", size / 0x10_0000),
            };
            let pattern = Pattern { sent: 16, ..Pattern::ping_pong(size, 1) };
            let case = Case::new("cost against size", name, "CPU ns per message").pace(SLOW);
            ours_and(RAW, case, pattern)
        })
        .collect()
}

/// The same small message on 1 to nearly 10,000 connections, and on as many of raw TCP.
fn connections() -> Vec<Case> {
    [1, 10, 100, 1_000, 9_900]
        .into_iter()
        .map(|connections: usize| {
            let case = Case::new("cost against connections", connections.to_string(), "CPU ns per message");
            ours_and(RAW_ON_MIO, case.pace(SLOW), Pattern::ping_pong(16, connections))
        })
        .collect()
}

fn ours_and(limit: &str, case: Case, pattern: Pattern) -> Case {
    CONTESTANTS
        .iter()
        .filter(|it| it.role == Role::Ours && it.group == Group::Mio || it.name == limit)
        .fold(case, |case, it| contestant(case, it, pattern))
}

/// The server gets a core of its own. This has to be said before the first row is measured.
pub(crate) fn put_server_apart() {
    IS_APART.store(true, Ordering::Relaxed);
}

static IS_APART: AtomicBool = AtomicBool::new(false);

/// Where the server is. It is started when it is asked for first, and ends with this process.
fn server() -> Result<Addresses, String> {
    static SERVER: Mutex<Option<Server>> = Mutex::new(None);
    let mut server = SERVER.lock().unwrap_or_else(PoisonError::into_inner);
    if server.is_none() {
        machine::allow_files(FILES)?;
        *server = Some(Server::start(IS_APART.load(Ordering::Relaxed)).map_err(|error| error.to_string())?);
    }
    server.as_ref().map(|server| server.addresses.clone()).ok_or_else(|| "there is no server".into())
}

/// What our clients have: limits that the pattern fits in.
fn config(pattern: &Pattern) -> Config {
    let defaults = Config::default();
    let (message_limit, frame_limit) = (defaults.message_limit, defaults.frame_limit);
    Config::default()
        .message_limit(message_limit.max(pattern.received))
        .frame_limit(frame_limit.max(pattern.received))
}
