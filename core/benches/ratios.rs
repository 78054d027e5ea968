//! The session beside tungstenite, over memory: both are measured in turns in one process, so that a ratio
//! holds whatever else the machine does. Prints a table in Markdown.
//!
//! ```text
//! cargo bench -p connect-socket-core --bench ratios
//! ```
//!
//! For instruction counts, `ratios ROW session|tungstenite COUNT` runs one row alone, its messages in a
//! function named `measured` (`ratios rows` lists the rows):
//!
//! ```text
//! cargo bench -p connect-socket-core --bench ratios --no-run
//! valgrind --tool=callgrind --toggle-collect='*measured*' target/release/deps/ratios-* \
//!     receive-binary-16 session 100000
//! ```
//!
//! The goals are a ratio of at least 4 at 16 and 125 bytes, and at 1 KiB of 2.5 received and 2 sent. The
//! session's own figures hold for reads of 64 KiB into a shared buffer of 64 KiB; sends are flushed every 64
//! messages, every 8 at 16 KiB, and each one's success is polled. The last column is what a client would reach
//! that did nothing with what it reads: the copy from the stream into the window, which every client waits for.

mod memory;

use std::time::{Duration, Instant};

use memory::{CopyPeer, Kind, Peer, Reads, SessionPeer, TungstenitePeer, Wire, batch, payload};

const SIZES: [usize; 4] = [16, 125, 1024, 16 * 1024];
/// Short turns and many rounds: a turn that the system interrupts does not reach the median.
const ROUNDS: usize = 401;
/// How long one client is measured in one round.
const TURN: Duration = Duration::from_micros(300);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Receive(Reads),
    Send,
}

#[derive(Clone, Copy)]
struct Row {
    way: Way,
    kind: Kind,
    size: usize,
}

impl Row {
    fn all() -> Vec<Self> {
        let ways = [
            (Way::Receive(Reads::Bulk), &[Kind::Binary, Kind::Ascii, Kind::Mixed][..]),
            (Way::Receive(Reads::Frame), &[Kind::Binary, Kind::Ascii][..]),
            (Way::Send, &[Kind::Binary, Kind::Ascii][..]),
        ];
        let mut rows = Vec::new();
        for (way, kinds) in ways {
            for &kind in kinds {
                rows.extend(SIZES.map(|size| Self { way, kind, size }));
            }
        }
        rows
    }

    fn name(self) -> String {
        let way = match self.way {
            Way::Receive(Reads::Bulk) => "receive",
            Way::Receive(Reads::Frame) => "receive-one",
            Way::Send => "send",
        };
        let kind = match self.kind {
            Kind::Binary => "binary",
            Kind::Ascii => "text",
            Kind::Mixed => "mixed",
        };
        format!("{way}-{kind}-{}", self.size)
    }

    fn open<P: Peer>(self) -> P {
        let payload = payload(self.kind, self.size);
        let reads = match self.way {
            Way::Receive(reads) => reads,
            Way::Send => Reads::Bulk,
        };
        P::open(Wire::new(self.kind, &payload, reads), self.kind, &payload)
    }

    /// At least `count` messages; how many it were.
    #[inline(never)]
    fn measured<P: Peer>(self, peer: &mut P, count: usize) -> usize {
        match self.way {
            Way::Receive(_) => {
                peer.receive(count);
                count
            }
            Way::Send => {
                let batch = batch(self.size);
                let batches = count.div_ceil(batch);
                for _ in 0..batches {
                    peer.send(batch);
                }
                batch * batches
            }
        }
    }

    /// Nanoseconds per message.
    fn time<P: Peer>(self, peer: &mut P, count: usize) -> f64 {
        let start = Instant::now();
        let count = self.measured(peer, count);
        start.elapsed().as_secs_f64() * 1e9 / f64::from(u32::try_from(count).expect("a short turn"))
    }

    /// How many messages take a turn.
    fn count<P: Peer>(self, peer: &mut P) -> usize {
        let (start, mut count) = (Instant::now(), 0);
        while start.elapsed() < 20 * TURN {
            count += self.measured(peer, 64);
        }
        (count / 20).max(1)
    }

    /// The medians of both times, of their ratio, and of the ratio that the copy alone would have.
    fn compare(self) -> [f64; 4] {
        let mut session: SessionPeer = self.open();
        let mut tungstenite: TungstenitePeer = self.open();
        let mut copy: CopyPeer = self.open();
        let counts = (self.count(&mut session), self.count(&mut tungstenite));
        let mut columns = [const { Vec::new() }; 4];
        for _ in 0..ROUNDS {
            let ours = self.time(&mut session, counts.0);
            let theirs = self.time(&mut tungstenite, counts.1);
            let least = self.time(&mut copy, counts.0);
            for (column, value) in columns.iter_mut().zip([ours, theirs, theirs / ours, theirs / least]) {
                column.push(value);
            }
        }
        columns.map(|mut column| {
            column.sort_by(f64::total_cmp);
            column[ROUNDS / 2]
        })
    }
}

fn main() {
    // Cargo itself passes `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["rows"] => Row::all().iter().for_each(|row| println!("{}", row.name())),
        [name, peer, count] => {
            let row = Row::all().into_iter().find(|row| row.name() == name).expect("a row of the list");
            let count = count.parse().expect("a number");
            match peer {
                "session" => row.measured(&mut row.open::<SessionPeer>(), count),
                "tungstenite" => row.measured(&mut row.open::<TungstenitePeer>(), count),
                _ => panic!("session or tungstenite"),
            };
        }
        // All rows, or those whose name has this in it.
        _ => {
            println!("| row | session ns | tungstenite ns | ratio | ratio of the copy alone |");
            println!("|---|---|---|---|---|");
            let chosen = words.first().copied().unwrap_or_default();
            for row in Row::all().into_iter().filter(|row| row.name().contains(chosen)) {
                let [session, tungstenite, ratio, most] = row.compare();
                let most = if row.way == Way::Send { String::new() } else { format!("{most:.1}") };
                println!("| {} | {session:.1} | {tungstenite:.1} | {ratio:.2} | {most} |", row.name());
            }
        }
    }
}
