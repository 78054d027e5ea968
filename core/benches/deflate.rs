//! What compression costs and gains: the length of messages compared with a codec of 15 bits, the time compared with
//! dedicated codecs, alone and in turns, and the memory of 10,000 connections.
//!
//! ```sh
//! cargo bench -p connect-socket-core --features deflate --bench deflate
//! ```
//!
//! Times are ratios, measured in turns in one process, as medians of many rounds. Every message goes out and comes in:
//! it is sent, written, read, and taken.

mod feed;

use std::hint::black_box;
use std::time::Instant;

use connect_socket_core::deflate::{Compression, Offer};
use connect_socket_core::{
    Action, Config, ConnectOptions, Event, Session, Tape, Time, TransportId, Workspace,
};
use feed::json;
use flate2::{Compress, Decompress, FlushCompress, FlushDecompress};

const NOW: Time = Time::ZERO;
const SIZES: [usize; 4] = [200, 1024, 4096, 16 * 1024];
/// How many messages are one round.
const MESSAGES: usize = 64;
const ROUNDS: usize = 40;
const LEVEL: u8 = 6;
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// A dedicated pair of codecs, and the server's.
struct Codecs(Compress, Decompress);

impl Codecs {
    fn new(bits: u8) -> Self {
        let level = flate2::Compression::new(LEVEL.into());
        Self(Compress::new_with_window_bits(level, false, bits), Decompress::new(false))
    }

    fn deflate(&mut self, message: &[u8], out: &mut Vec<u8>) {
        out.clear();
        out.reserve(message.len() + 64);
        self.0.compress_vec(message, out, FlushCompress::Sync).expect("it compresses");
        out.truncate(out.len() - TAIL.len());
    }

    fn inflate(&mut self, payload: &[u8], out: &mut Vec<u8>) {
        out.clear();
        self.1.decompress_vec(payload, out, FlushDecompress::None).expect("it inflates");
        self.1.decompress_vec(&TAIL, out, FlushDecompress::None).expect("it inflates");
    }
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..=125 => frame.push(u8::try_from(length).unwrap_or(0)),
        length => {
            frame.push(126);
            frame.extend_from_slice(&u16::try_from(length).unwrap_or(0).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}

struct Host {
    session: Session<Tape>,
    transport: TransportId,
}

impl Host {
    fn open(config: Config, extensions: &str, work: &mut Workspace) -> Self {
        let mut session = Session::new(config, Tape::default());
        session.connect(NOW, &ConnectOptions::new("ws://192.0.2.1"));
        let Some(Action::Dial { transport, .. }) = session.poll_action() else { panic!("a dial") };
        session.handle_connected(NOW, transport);
        let mut host = Self { session, transport };
        host.write(work);
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=\r\n{extensions}\r\n"
        );
        host.session.handle_bytes(NOW, transport, answer.as_bytes(), work);
        while host.session.poll_event(work).is_some() {}
        host
    }

    fn compressed(bits: u8, work: &mut Workspace) -> Self {
        let offer = Offer::new().client_window_bits(bits).server_window_bits(bits);
        let config = Config::default().compression(Compression::offering(offer).threshold(0).level(LEVEL));
        let line = format!("Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits={bits}\r\n");
        Self::open(config, &line, work)
    }

    fn write(&mut self, work: &mut Workspace) -> usize {
        let count = self.session.poll_transmit(self.transport, work).len();
        self.session.handle_transmitted(NOW, self.transport, count).expect("as offered");
        count
    }

    fn send(&mut self, message: &[u8], work: &mut Workspace) {
        self.session.send(message);
        black_box(self.write(work));
        while self.session.poll_event(work).is_some() {}
    }

    fn receive(&mut self, mut bytes: &[u8], work: &mut Workspace, mut take: impl FnMut(&[u8])) {
        while !bytes.is_empty() {
            bytes = &bytes[self.session.handle_bytes(NOW, self.transport, bytes, work)..];
            while let Some(event) = self.session.poll_event(work) {
                if let Event::Message { message, .. } = event {
                    take(message.as_bytes());
                }
            }
        }
    }
}

fn median(mut ratios: Vec<f64>) -> f64 {
    ratios.sort_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}

fn lengths() {
    println!("length of JSON messages, as a part of what they had, and the difference to 15 bits:");
    for size in SIZES {
        let part = |bits: u8| {
            let (mut codecs, mut out, mut sum) = (Codecs::new(bits), Vec::new(), 0_u32);
            for seed in 0..256 {
                codecs.deflate(json(seed, size).as_bytes(), &mut out);
                sum += u32::try_from(out.len()).unwrap_or(u32::MAX);
            }
            f64::from(sum) / (256.0 * f64::from(u32::try_from(size).unwrap_or(u32::MAX)))
        };
        let best = part(15);
        let others: Vec<String> = [9, 10, 11, 12]
            .map(|bits| format!("{bits} bits {:.3} (+{:.3})", part(bits), part(bits) - best))
            .into();
        println!("  {size:6} B: 15 bits {best:.3}, {}", others.join(", "));
    }
}

/// One busy connection beside a connection without compression and codecs of its own; and eight in turns beside one.
fn times(bits: u8) {
    println!("time with windows of {bits} bits, level {LEVEL}:");
    for size in SIZES {
        let mut work = Workspace::default();
        let mut plain = Host::open(Config::default(), "", &mut work);
        let (mut codecs, mut out) = (Codecs::new(bits), Vec::with_capacity(2 * size));
        let mut came = Vec::with_capacity(2 * size);
        let mut busy = Host::compressed(bits, &mut work);
        let mut server = Codecs::new(bits);
        // In turns: a workspace of their own, as theirs is another loop.
        let mut shared = Workspace::default();
        let mut turns: Vec<Host> = (0..8).map(|_| Host::compressed(bits, &mut shared)).collect();
        let mut servers: Vec<Codecs> = (0..8).map(|_| Codecs::new(bits)).collect();
        let (mut alone, mut inward, mut together) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            // No message comes twice: large windows would still have it.
            let messages: Vec<String> = (0..MESSAGES).map(|at| json(round * MESSAGES + at, size)).collect();
            let frames = |codecs: &mut Codecs, first| -> Vec<Vec<u8>> {
                let mut payload = Vec::new();
                messages
                    .iter()
                    .map(|message| {
                        codecs.deflate(message.as_bytes(), &mut payload);
                        frame(first, &payload)
                    })
                    .collect()
            };
            let compressed = frames(&mut server, 0xc1);
            let as_binary: Vec<Vec<u8>> =
                compressed.iter().map(|frame| [&[0x82], &frame[1..]].concat()).collect();
            let for_turns: Vec<Vec<Vec<u8>>> = servers.iter_mut().map(|it| frames(it, 0xc1)).collect();

            let began = Instant::now();
            for message in &messages {
                codecs.deflate(message.as_bytes(), &mut out);
                plain.send(&out, &mut work);
            }
            let own_out = began.elapsed();
            let began = Instant::now();
            for frame in &as_binary {
                plain.receive(frame, &mut work, |payload| {
                    codecs.inflate(payload, &mut came);
                    black_box(std::str::from_utf8(&came).is_ok());
                });
            }
            let own_in = began.elapsed();
            let began = Instant::now();
            for message in &messages {
                busy.send(message.as_bytes(), &mut work);
            }
            let ours_out = began.elapsed();
            let began = Instant::now();
            for frame in &compressed {
                busy.receive(frame, &mut work, |payload| {
                    black_box(payload);
                });
            }
            let ours_in = began.elapsed();
            let began = Instant::now();
            for (place, message) in messages.iter().enumerate() {
                let host = &mut turns[place % 8];
                host.send(message.as_bytes(), &mut shared);
                host.receive(&for_turns[place % 8][place / 8], &mut shared, |payload| {
                    black_box(payload);
                });
            }
            let in_turns = began.elapsed();
            // What is left goes in without being measured, so that the servers' windows agree.
            for (host, frames) in turns.iter_mut().zip(&for_turns) {
                for frame in &frames[MESSAGES / 8..] {
                    host.receive(frame, &mut shared, |_| {});
                }
            }
            let ours = (ours_out + ours_in).as_secs_f64();
            alone.push(ours / (own_out + own_in).as_secs_f64());
            inward.push(ours_in.as_secs_f64() / own_in.as_secs_f64());
            together.push(in_turns.as_secs_f64() / ours);
        }
        println!(
            "  {size:6} B: busy {:.2} of codecs of its own (receiving alone {:.2}), in turns {:.2} of busy",
            median(alone),
            median(inward),
            median(together)
        );
    }
}

/// How many bytes of memory the process uses. Only Linux says so.
fn memory() -> Option<u64> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(pages.split(' ').nth(1)?.parse::<u64>().ok()? * 4096)
}

fn connections(bits: u8) {
    const COUNT: u64 = 10_000;
    let measure = |compress: bool| {
        let mut work = Workspace::default();
        let message = json(1, 1024);
        let mut frames = Vec::new();
        let (mut server, mut payload) = (Codecs::new(bits), Vec::new());
        for seed in 0..4 {
            server.deflate(json(seed, 1024).as_bytes(), &mut payload);
            frames.push(if compress { frame(0xc1, &payload) } else { frame(0x82, &payload) });
        }
        let open = |work: &mut Workspace| {
            let mut host =
                if compress { Host::compressed(bits, work) } else { Host::open(Config::default(), "", work) };
            for frame in &frames {
                host.send(message.as_bytes(), work);
                host.receive(frame, work, |_| {});
            }
            let (due, _) = host.session.poll_timeout().expect("memory to give back");
            host.session.handle_timeout(due);
            host
        };
        // The loop's memory is there first.
        let first = open(&mut work);
        let before = memory()?;
        let hosts: Vec<Host> = (0..COUNT).map(|_| open(&mut work)).collect();
        let after = memory()?;
        // Freed memory would be reused by the connections that are measured next.
        std::mem::forget((first, hosts));
        Some(after.saturating_sub(before) / COUNT)
    };
    if let (Some(compressed), Some(plain)) = (measure(true), measure(false)) {
        let more = compressed.saturating_sub(plain);
        println!(
            "memory of one of 10,000 connections, idle after traffic: {plain} B, compressed with {bits} bits {compressed} B: \
             2 windows and {} B more",
            more.cast_signed() - (2 << bits)
        );
    }
}

fn main() {
    // cargo test asks every bench whether it has tests.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    connections(10);
    connections(12);
    lengths();
    times(10);
    times(15);
}
