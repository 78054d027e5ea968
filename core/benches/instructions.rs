//! Instructions per message and per connection, counted by callgrind: what a change costs, where times are too coarse.
//! Prints a table in Markdown, and fails when a row exceeds its limit.
//!
//! ```text
//! cargo bench -p connect-socket-core --bench instructions
//! ```
//!
//! A word after `--` chooses the rows whose names contain it. To see where the instructions of a row are:
//!
//! ```text
//! cargo bench -p connect-socket-core --bench instructions --no-run
//! valgrind --tool=callgrind --toggle-collect='*measured*' target/release/deps/instructions-* \
//!     count session receive-binary-16 100000
//! ```
//!
//! The rows are those of the bench `ratios`, and `connect`: one connection, from the call until it is open. `hub` is several
//! sessions of one loop, in turns. A message in fragments has 64 of the size that its row names. Each client runs a row twice
//! under valgrind, and the difference of the two counts excludes what happens once. The last column is the copy from the
//! stream into the window, which the other figures include.
//!
//! Of a connection, 2,900 instructions are SHA-1: valgrind does not know those that processors have for it.

mod memory;
mod rows;

use std::process::{Command, ExitCode};

use memory::{CopyPeer, Peer, SessionPeer, SessionsPeer, TungstenitePeer};
use rows::{Row, Way};

/// The most instructions per message, or per connection, 2 % above what they were when the row was last changed. A change
/// that makes a row cheaper lowers its limit.
///
/// They hold for x86-64 with AVX2, because the text validator and the C library choose their code by that. They were
/// counted with Rust 1.95, valgrind 3.19 and glibc 2.36.
const LIMITS: [(Client, &str, f64); 19] = [
    (Client::Session, CONNECT, 22605.0),
    (Client::Session, "receive-binary-16", 52.4),
    (Client::Session, "receive-binary-125", 65.4),
    (Client::Session, "receive-binary-1024", 193.5),
    (Client::Session, "receive-binary-16384", 2665.0),
    (Client::Session, "receive-text-16", 98.3),
    (Client::Session, "receive-text-125", 181.0),
    (Client::Session, "receive-text-1024", 394.5),
    (Client::Session, "receive-one-binary-16", 231.0),
    (Client::Session, "receive-fragments-binary-64", 7270.0),
    (Client::Session, "receive-fragments-text-64", 8600.0),
    (Client::Session, "receive-fragments-binary-1024", 32710.0),
    (Client::Session, "send-binary-16", 181.5),
    (Client::Session, "send-binary-125", 201.0),
    (Client::Session, "send-binary-1024", 362.0),
    (Client::Sessions, "receive-binary-16", 100.1),
    (Client::Sessions, "receive-binary-125", 115.3),
    (Client::Sessions, "receive-text-125", 235.0),
    (Client::Sessions, "receive-one-binary-16", 1286.0),
];

/// The row of connections. Only ours is measured.
const CONNECT: &str = "connect";

/// How many messages the two runs have. These are several rounds of the stream, so it matters little in which read a
/// run ends.
const FEW: usize = 64_000;
/// How many connections the shorter run has.
const FEW_CONNECTIONS: usize = 2_000;

/// Callgrind counts each byte of a string instruction as an instruction. The C library copies and clears large memory
/// with these, so it is told to use vectors at every size.
const TUNABLES: &str =
    "glibc.cpu.x86_rep_movsb_threshold=0x40000000:glibc.cpu.x86_rep_stosb_threshold=0x40000000";

#[derive(Clone, Copy)]
enum Client {
    Session,
    Sessions,
    Tungstenite,
    Copy,
}

impl Client {
    const ALL: [Self; 4] = [Self::Session, Self::Sessions, Self::Tungstenite, Self::Copy];

    fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Sessions => "hub",
            Self::Tungstenite => "tungstenite",
            Self::Copy => "copy",
        }
    }

    fn run(self, name: &str, count: usize) {
        fn run<P: Peer>(row: Row, count: usize) {
            row.measured(&mut row.open::<P>(), count);
        }
        if name == CONNECT {
            return memory::connect(count);
        }
        let row = row(name);
        match self {
            Self::Session => run::<SessionPeer>(row, count),
            Self::Sessions => run::<SessionsPeer>(row, count),
            Self::Tungstenite => run::<TungstenitePeer>(row, count),
            Self::Copy => run::<CopyPeer>(row, count),
        }
    }

    /// Instructions per message, or per connection.
    fn count(self, name: &str) -> f64 {
        let few = if name == CONNECT { FEW_CONNECTIONS } else { FEW };
        let more = self.collect(name, 2 * few) - self.collect(name, few);
        more / f64::from(u32::try_from(few).expect("a small number"))
    }

    /// All instructions of a process that runs nothing else.
    fn collect(self, name: &str, count: usize) -> f64 {
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(std::env::current_exe().expect("a program that has a path"))
            .args(["count", self.name(), name, &count.to_string()])
            .env("GLIBC_TUNABLES", TUNABLES)
            .output()
            .expect("valgrind starts, as it did before");
        let report = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{report}");
        let (_, collected) = report.rsplit_once("Collected : ").expect("a line that tells the count");
        collected.lines().next().unwrap_or_default().trim().parse().expect("a number")
    }
}

fn main() -> ExitCode {
    // Cargo itself passes `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["count", client, name, count] = words[..] {
        let client = Client::ALL.into_iter().find(|known| known.name() == client).expect("a client");
        client.run(name, count.parse().expect("a number"));
        return ExitCode::SUCCESS;
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        eprintln!("This bench needs valgrind. On Debian and Ubuntu, `apt-get install valgrind` installs it.");
        return ExitCode::FAILURE;
    }
    table(words.first().copied().unwrap_or_default())
}

fn table(chosen: &str) -> ExitCode {
    let judged = limits_hold();
    let mut exceeded = 0;
    println!("| client | row | instructions | limit | tungstenite | the copy alone |");
    println!("|---|---|---|---|---|---|");
    for (client, name, limit) in LIMITS.into_iter().filter(|(_, name, _)| name.contains(chosen)) {
        let count = client.count(name);
        let verdict = if judged && count > limit { " **exceeded**" } else { "" };
        exceeded += usize::from(!verdict.is_empty());
        let beside = |client: Client| format!("{:.1}", client.count(name));
        let (theirs, copy) = if name == CONNECT {
            (String::new(), String::new())
        } else if row(name).way == Way::Send {
            (beside(Client::Tungstenite), String::new())
        } else {
            (beside(Client::Tungstenite), beside(Client::Copy))
        };
        println!("| {} | {name} | {count:.1} | {limit:.1}{verdict} | {theirs} | {copy} |", client.name());
    }
    if !judged {
        println!("\nThe limits hold for x86-64 with AVX2, so nothing is judged here.");
    }
    if exceeded > 0 {
        eprintln!("\nRows that cost more instructions than their limit: {exceeded}.");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn row(name: &str) -> Row {
    Row::all().into_iter().find(|row| row.name() == name).expect("a row of the list")
}

#[cfg(target_arch = "x86_64")]
fn limits_hold() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
}

#[cfg(not(target_arch = "x86_64"))]
fn limits_hold() -> bool {
    false
}
