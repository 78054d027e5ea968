//! Compressed JSON messages through ours, yawc and sockudo-ws, at the same windows, the same level, and with takeover kept in
//! both directions: how long they become, what they cost, and what a connection takes.
//!
//! Everything is in memory. The contenders of a row are measured in turns, on processor time. Each is checked first: all
//! messages arrive, and what is written inflates to what was sent.

use std::fmt::Write as _;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use connect_socket_core::deflate::{Compression, Offer};
use connect_socket_core::{
    Action, Config, ConnectOptions, Event, Session, Tape, Time, TransportId, Workspace,
};
use cpu_time::ThreadTime;
use flate2::{Compress, Decompress, FlushCompress, FlushDecompress};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::runtime::{Builder, Runtime};

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
const NOW: Time = Time::ZERO;

/// A feed like that of an exchange: the same names, other numbers. It is that of core's bench `deflate`.
fn json(seed: usize, length: usize) -> String {
    let (mut text, mut state) = (String::from("["), seed as u64 * 2 + 1);
    while text.len() < length {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let random = state >> 33;
        let symbol = ["BTC-USD", "ETH-USD", "SOL-EUR", "ADA-USDT"][random as usize % 4];
        let side = ["buy", "sell"][random as usize / 4 % 2];
        let _ = write!(
            text,
            r#"{{"type":"match","trade_id":{},"symbol":"{symbol}","price":"{}.{:02}","size":"0.{:06}","side":"{side}"}},"#,
            random % 10_000_000,
            random % 70_000,
            random / 7 % 100,
            random / 11 % 1_000_000
        );
    }
    text.truncate(length);
    text
}

/// The server's end: what comes from it, and what was written to it.
#[derive(Clone, Default)]
struct Wire(Arc<Mutex<Ends>>);

#[derive(Default)]
struct Ends {
    unread: Vec<u8>,
    at: usize,
    written: Vec<u8>,
}

impl Wire {
    fn ends(&self) -> MutexGuard<'_, Ends> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server sends this; what it sent before has been read.
    fn feed(&self, frames: &[u8]) {
        let mut ends = self.ends();
        assert_eq!(ends.at, ends.unread.len(), "something was not read");
        ends.unread.clear();
        ends.unread.extend_from_slice(frames);
        ends.at = 0;
    }

    fn read(&self, room: &mut [u8]) -> usize {
        let mut ends = self.ends();
        let count = room.len().min(ends.unread.len() - ends.at);
        room[..count].copy_from_slice(&ends.unread[ends.at..ends.at + count]);
        ends.at += count;
        count
    }

    fn take_written(&self) -> Vec<u8> {
        std::mem::take(&mut self.ends().written)
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let count = self.read(buffer.initialize_unfilled());
        if count == 0 {
            return Poll::Pending;
        }
        buffer.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        self.ends().written.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Polls to the end; nothing here waits for anybody.
fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    for _ in 0..1000 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
    panic!("a contender waits for more than there is");
}

/// What a loop has for all its connections.
struct Loop {
    work: Workspace,
    /// sockudo-ws asks it for timers.
    runtime: Runtime,
}

impl Loop {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        Self { work: Workspace::default(), runtime }
    }
}

/// A client whose connection is open and compresses.
trait Contender: Sized {
    const NAME: &'static str;
    fn open(wire: Wire, bits: u8, around: &mut Loop) -> Self;
    fn send(&mut self, message: &str, around: &mut Loop);
    fn receive(&mut self, count: usize, around: &mut Loop, seen: impl FnMut(&[u8]));
    /// The connection is idle now.
    fn idle(&mut self) {}
}

struct Ours {
    session: Session<Tape>,
    transport: TransportId,
    wire: Wire,
}

impl Ours {
    fn write(&mut self, around: &mut Loop) {
        let transmit = self.session.poll_transmit(self.transport, &mut around.work);
        let slices = transmit.slices();
        slices.iter().for_each(|slice| self.wire.ends().written.extend_from_slice(slice));
        let count = transmit.len();
        self.session.handle_transmitted(NOW, self.transport, count).expect("as offered");
    }
}

impl Contender for Ours {
    const NAME: &'static str = "connectSocket";

    fn open(wire: Wire, bits: u8, around: &mut Loop) -> Self {
        let offer = Offer::new().client_window_bits(bits).server_window_bits(bits);
        let config = Config::default().compression(Compression::offering(offer).level(LEVEL).threshold(0));
        let mut session = Session::new(config, Tape::default());
        session.connect(NOW, &ConnectOptions::new("ws://192.0.2.1"));
        let Some(Action::Dial { transport, .. }) = session.poll_action() else { panic!("a dial") };
        session.handle_connected(NOW, transport);
        let mut ours = Self { session, transport, wire };
        ours.write(around);
        ours.wire.take_written();
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=\r\n\
             Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits={bits}\r\n\r\n"
        );
        ours.session.handle_bytes(NOW, transport, answer.as_bytes(), &mut around.work);
        while ours.session.poll_event(&mut around.work).is_some() {}
        ours
    }

    fn send(&mut self, message: &str, around: &mut Loop) {
        self.session.send(message);
        self.write(around);
        while self.session.poll_event(&mut around.work).is_some() {}
    }

    fn receive(&mut self, count: usize, around: &mut Loop, mut seen: impl FnMut(&[u8])) {
        let mut left = count;
        while left > 0 {
            let mut space = self.session.receive_space(self.transport, &mut around.work).expect("it is read");
            let read = self.wire.read(&mut space);
            assert!(read > 0, "it waits for more than there is");
            space.filled(NOW, read).expect("it lay there");
            while let Some(event) = self.session.poll_event(&mut around.work) {
                if let Event::Message { message, .. } = event {
                    seen(message.as_bytes());
                    left -= 1;
                }
            }
        }
    }

    fn idle(&mut self) {
        while let Some((at, _)) = self.session.poll_timeout().filter(|(at, _)| *at <= NOW + MINUTE) {
            self.session.handle_timeout(at);
        }
    }
}

const MINUTE: Duration = Duration::from_secs(60);

struct Yawc(yawc::WebSocket<Wire>);

impl Contender for Yawc {
    const NAME: &'static str = "yawc";

    fn open(wire: Wire, bits: u8, _: &mut Loop) -> Self {
        let options = yawc::Options::default()
            .with_utf8()
            .with_limits(16 << 20, 32 << 20)
            .with_compression_level(yawc::CompressionLevel::new(LEVEL.into()))
            .with_compression_threshold(0)
            .with_client_max_window_bits(bits)
            .with_server_max_window_bits(bits);
        let agreed =
            format!("permessage-deflate; server_max_window_bits={bits}; client_max_window_bits={bits}");
        let client = yawc::Role::Client;
        Self(
            yawc::WebSocket::from_stream_with_extensions(wire, client, Some(&agreed), options)
                .expect("a client"),
        )
    }

    fn send(&mut self, message: &str, _: &mut Loop) {
        run(async {
            let frame = yawc::Frame::text(Bytes::copy_from_slice(message.as_bytes()));
            self.0.send(frame).await.expect("a send");
        });
    }

    fn receive(&mut self, count: usize, _: &mut Loop, mut seen: impl FnMut(&[u8])) {
        run(async {
            for _ in 0..count {
                seen(self.0.next_frame().await.expect("a message").payload());
            }
        });
    }
}

struct Sockudo(sockudo_ws::CompressedWebSocketStream<Wire>);

impl Contender for Sockudo {
    const NAME: &'static str = "sockudo-ws";

    fn open(wire: Wire, bits: u8, around: &mut Loop) -> Self {
        let _inside = around.runtime.enter();
        let window = sockudo_ws::DeflateWindowBits::try_from(bits).expect("a window");
        let deflate = sockudo_ws::DeflateConfig {
            server_max_window_bits: window,
            client_max_window_bits: window,
            compression_level: LEVEL.into(),
            compression_threshold: 0,
            ..sockudo_ws::DeflateConfig::default()
        };
        Self(sockudo_ws::CompressedWebSocketStream::client(wire, sockudo_ws::Config::default(), deflate))
    }

    fn send(&mut self, message: &str, around: &mut Loop) {
        let _inside = around.runtime.enter();
        run(async {
            let message = sockudo_ws::Message::Text(Bytes::copy_from_slice(message.as_bytes()));
            self.0.send(message).await.expect("a send");
        });
    }

    fn receive(&mut self, count: usize, around: &mut Loop, mut seen: impl FnMut(&[u8])) {
        let _inside = around.runtime.enter();
        run(async {
            for _ in 0..count {
                match self.0.next().await.expect("an open stream").expect("a message") {
                    sockudo_ws::Message::Text(bytes) => seen(&bytes),
                    other => panic!("{other:?}"),
                }
            }
        });
    }
}

/// The server's codecs of one connection.
struct Server {
    deflater: Compress,
    inflater: Decompress,
}

impl Server {
    fn new(bits: u8) -> Self {
        let level = flate2::Compression::new(LEVEL.into());
        Self {
            deflater: Compress::new_with_window_bits(level, false, bits),
            inflater: Decompress::new_with_window_bits(false, bits),
        }
    }

    fn frame(&mut self, message: &str) -> Vec<u8> {
        let mut payload = Vec::with_capacity(message.len() + 64);
        self.deflater
            .compress_vec(message.as_bytes(), &mut payload, FlushCompress::Sync)
            .expect("it compresses");
        payload.truncate(payload.len() - TAIL.len());
        let [.., high, low] = payload.len().to_be_bytes();
        let mut frame = if payload.len() < 126 { vec![0xc1, low] } else { vec![0xc1, 126, high, low] };
        frame.extend(payload);
        frame
    }

    /// The messages of what was written, and the length of their payloads on the wire.
    fn read(&mut self, mut written: &[u8], size: usize) -> (Vec<Vec<u8>>, usize) {
        let (mut messages, mut length) = (Vec::new(), 0);
        while let [first, second, rest @ ..] = written {
            assert_eq!(*first, 0xc1, "a text that is compressed");
            let (count, rest) = match second & 0x7f {
                126 => (usize::from(u16::from_be_bytes([rest[0], rest[1]])), &rest[2..]),
                short => (usize::from(short), rest),
            };
            let (mask, rest) = rest.split_at(4);
            let (payload, behind) = rest.split_at(count);
            let plain = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask);
            let stream: Vec<u8> = plain.chain(TAIL).collect();
            let mut message = Vec::with_capacity(size + 1);
            self.inflater.decompress_vec(&stream, &mut message, FlushDecompress::None).expect("it inflates");
            messages.push(message);
            length += count;
            written = behind;
        }
        (messages, length)
    }
}

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
        *wire.ends() = Ends::default();
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
