//! Compressed JSON messages through ours, yawc and sockudo-ws, at the same windows, the same level, and with takeover kept in
//! both directions: how long they become, what they cost, and what a connection takes.
//!
//! Everything is in memory. The contenders of a row are measured in turns, on processor time. Each is checked first: all
//! messages arrive, and what is written inflates to what was sent.

mod contenders;
/// The messages are those of core's bench `deflate`.
#[path = "../../../../core/benches/feed/mod.rs"]
mod feed;
mod wire;

use std::hint::black_box;
use std::time::Duration;

use contenders::{Contender, Loop, Ours, Sockudo, Yawc};
use cpu_time::ThreadTime;
use feed::json;
use wire::{Server, Wire};

const SIZES: [usize; 4] = [200, 1024, 4096, 16 * 1024];
const WINDOWS: [u8; 2] = [10, 15];
const LEVEL: u8 = 6;
/// How many messages go and come in a round.
const MESSAGES: usize = 64;
const ROUNDS: usize = 31;
/// How many connections take turns.
const TURNS: usize = 8;
/// How many connections the memory of one is measured by.
const CONNECTIONS: usize = 500;
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// One contender of a row: a connection that is alone, and some in turns.
struct Row<C> {
    around: Loop,
    wires: Vec<Wire>,
    servers: Vec<Server>,
    connections: Vec<C>,
    alone: Vec<Duration>,
    turns: Vec<Duration>,
    part: f64,
}

/// A row's contenders, whatever they are.
trait Measured {
    fn check(&mut self, messages: &[String]);
    fn round(&mut self, messages: &[String]);
    fn told(&self) -> String;
}

impl<C: Contender> Row<C> {
    fn new(bits: u8) -> Self {
        let mut around = Loop::new();
        let wires: Vec<Wire> = (0..=TURNS).map(|_| Wire::default()).collect();
        let connections = wires.iter().map(|wire| C::open(wire.clone(), bits, &mut around)).collect();
        let servers = wires.iter().map(|_| Server::new(bits)).collect();
        Self { around, wires, servers, connections, alone: Vec::new(), turns: Vec::new(), part: 0.0 }
    }

    /// All messages there and back on the connection of this number.
    fn play(&mut self, at: usize, messages: &[String]) -> Duration {
        let frames: Vec<u8> = messages.iter().flat_map(|it| self.servers[at].frame(it)).collect();
        self.wires[at].feed(&frames);
        let began = ThreadTime::now();
        for message in messages {
            self.connections[at].send(message, &mut self.around);
        }
        self.connections[at].receive(messages.len(), &mut self.around, |message| {
            black_box(message);
        });
        let took = began.elapsed();
        self.wires[at].take_written();
        took
    }
}

impl<C: Contender> Measured for Row<C> {
    fn check(&mut self, messages: &[String]) {
        for at in 0..self.connections.len() {
            let frames: Vec<u8> = messages.iter().flat_map(|it| self.servers[at].frame(it)).collect();
            self.wires[at].feed(&frames);
            let mut came = Vec::new();
            self.connections[at].receive(messages.len(), &mut self.around, |it| came.push(it.to_vec()));
            for message in messages {
                self.connections[at].send(message, &mut self.around);
            }
            let written = self.wires[at].take_written();
            let (heard, length) = self.servers[at].read(&written, messages[0].len());
            assert!(
                came.iter().eq(messages.iter().map(String::as_bytes)),
                "{}: other messages came",
                C::NAME
            );
            assert!(
                heard.iter().eq(messages.iter().map(String::as_bytes)),
                "{}: other messages went",
                C::NAME
            );
            let whole: usize = messages.iter().map(String::len).sum();
            self.part = length as f64 / whole as f64;
        }
    }

    fn round(&mut self, messages: &[String]) {
        let alone = self.play(0, messages);
        self.alone.push(alone);
        // In turns, one message there and one back at a time.
        let mut took = Duration::ZERO;
        for (at, message) in messages.iter().enumerate() {
            took += self.play(1 + at % TURNS, std::slice::from_ref(message));
        }
        self.turns.push(took);
    }

    fn told(&self) -> String {
        let each = |rounds: &[Duration]| {
            let mut rounds = rounds.to_vec();
            rounds.sort_unstable();
            rounds[rounds.len() / 2].as_secs_f64() * 1e6 / MESSAGES as f64
        };
        format!(
            "{} | {:.3} | {:.1} µs | {:.1} µs |",
            C::NAME,
            self.part,
            each(&self.alone),
            each(&self.turns)
        )
    }
}

/// How many bytes of memory the process uses.
fn memory() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}

fn memory_of<C: Contender>(bits: u8) {
    let mut around = Loop::new();
    let messages: Vec<String> = (0..4).map(|seed| json(seed, 1024)).collect();
    // The server's codecs are gone before anything is measured.
    let mut server = Server::new(bits);
    let frames: Vec<Vec<u8>> = messages.iter().map(|message| server.frame(message)).collect();
    drop(server);
    let mut open = || {
        let wire = Wire::default();
        let mut connection = C::open(wire.clone(), bits, &mut around);
        for (message, frame) in messages.iter().zip(&frames) {
            connection.send(message, &mut around);
            wire.feed(frame);
            connection.receive(1, &mut around, |_| {});
        }
        connection.idle();
        wire.free();
        connection
    };
    // What a loop has is there first.
    let first = open();
    let before = memory();
    let connections: Vec<C> = (0..CONNECTIONS).map(|_| open()).collect();
    let each = memory().saturating_sub(before) / CONNECTIONS;
    println!("| {bits} bits | {} | {each} B |", C::NAME);
    // What is freed would be used again by those that are measured next.
    std::mem::forget((first, connections));
}

/// Measures, and prints tables in Markdown.
pub(crate) fn print() {
    println!("| windows | client | memory of an idle connection |\n|---|---|---|");
    // The smallest first, so that none finds room that another left.
    WINDOWS.into_iter().for_each(memory_of::<Ours>);
    for bits in WINDOWS {
        memory_of::<Sockudo>(bits);
        memory_of::<Yawc>(bits);
    }
    println!("\n| windows | message | client | length | alone | in turns |\n|---|---|---|---|---|---|");
    for bits in WINDOWS {
        for size in SIZES {
            let mut row: Vec<Box<dyn Measured>> = vec![
                Box::new(Row::<Ours>::new(bits)),
                Box::new(Row::<Sockudo>::new(bits)),
                Box::new(Row::<Yawc>::new(bits)),
            ];
            // No message comes twice: it would be in the window.
            let messages = |round: usize| -> Vec<String> {
                (0..MESSAGES).map(|at| json(round * MESSAGES + at, size)).collect()
            };
            row.iter_mut().for_each(|it| it.check(&messages(0)));
            for round in 1..=ROUNDS {
                let messages = messages(round);
                row.iter_mut().for_each(|it| it.round(&messages));
            }
            row.iter().for_each(|it| println!("| {bits} bits | {size} B | {}", it.told()));
        }
    }
}
