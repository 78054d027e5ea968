//! Compares the session with tungstenite, in memory. Both are measured in turns in one process, so a ratio holds
//! whatever else the machine does. Prints a table in Markdown.
//!
//! ```text
//! cargo bench -p connect-socket-core --bench ratios
//! ```
//!
//! A word after `--` chooses the rows whose names contain it. The bench `instructions` counts instructions instead.
//!
//! The goals are a ratio of at least 4 at 16 and 125 bytes, and at 1 KiB of 2.5 for receiving and 2 for sending. The
//! session reads 64 KiB at a time into a shared buffer of 64 KiB. Sends are flushed every 64 messages (every 8 at 16
//! KiB), and the success of each is polled. The last column is the ratio for a client that does nothing with what it
//! reads: only the copy from the stream into the window, which every client needs.

mod memory;
mod rows;

use std::time::{Duration, Instant};

use memory::{CopyPeer, Peer, SessionPeer, TungstenitePeer};
use rows::{Row, Way};

/// Short turns and many rounds: a turn that the system interrupts does not reach the median.
const ROUNDS: usize = 401;
/// How long one client is measured in one round.
const TURN: Duration = Duration::from_micros(300);

/// Nanoseconds per message.
fn time<P: Peer>(row: Row, peer: &mut P, count: usize) -> f64 {
    let start = Instant::now();
    let count = row.measured(peer, count);
    start.elapsed().as_secs_f64() * 1e9 / f64::from(u32::try_from(count).expect("a short turn"))
}

/// How many messages take a turn.
fn count<P: Peer>(row: Row, peer: &mut P) -> usize {
    let (start, mut count) = (Instant::now(), 0);
    while start.elapsed() < 20 * TURN {
        count += row.measured(peer, 64);
    }
    (count / 20).max(1)
}

/// The medians of both times, of their ratio, and of the ratio that the copy alone would have.
fn compare(row: Row) -> [f64; 4] {
    let mut session: SessionPeer = row.open();
    let mut tungstenite: TungstenitePeer = row.open();
    let mut copy: CopyPeer = row.open();
    let counts = (count(row, &mut session), count(row, &mut tungstenite));
    let mut columns = [const { Vec::new() }; 4];
    for _ in 0..ROUNDS {
        let ours = time(row, &mut session, counts.0);
        let theirs = time(row, &mut tungstenite, counts.1);
        let least = time(row, &mut copy, counts.0);
        for (column, value) in columns.iter_mut().zip([ours, theirs, theirs / ours, theirs / least]) {
            column.push(value);
        }
    }
    columns.map(|mut column| {
        column.sort_by(f64::total_cmp);
        column[ROUNDS / 2]
    })
}

fn main() {
    // Cargo itself passes `--bench`.
    let chosen = std::env::args().skip(1).find(|word| !word.starts_with("--")).unwrap_or_default();
    println!("| row | session ns | tungstenite ns | ratio | ratio of the copy alone |");
    println!("|---|---|---|---|---|");
    for row in Row::all().into_iter().filter(|row| row.name().contains(&chosen)) {
        let [session, tungstenite, ratio, most] = compare(row);
        let most = if row.way == Way::Send { String::new() } else { format!("{most:.1}") };
        println!("| {} | {session:.1} | {tungstenite:.1} | {ratio:.2} | {most} |", row.name());
    }
}
