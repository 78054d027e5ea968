//! What a session asks of the allocator, counted: nothing per message, next to nothing while it is idle, no more
//! than its limits whatever a peer announces, and no abort when the allocator refuses (rules G7, F3, C 12).

#[path = "allocations/calls.rs"]
mod calls;
mod counting;
#[path = "allocations/deflate.rs"]
mod deflate;
#[path = "allocations/event_loops.rs"]
mod event_loops;
#[path = "allocations/parameters.rs"]
mod parameters;
#[path = "allocations/sending.rs"]
mod sending;

use std::sync::Arc;

use connect_socket_core::{
    Action, Config, ConnectOptions, Entropy, ErrorCode, Event, Payload, SeededEntropy, Session, Time,
    TransportId, Value, Workspace,
};
use counting::{ALLOCATIONS, HELD, LARGEST, MOST_HELD, bytes};

/// The production generator, but for the key of the upgrade: it is zeros, so that its answer is known.
struct KnownKey(SeededEntropy);

impl Entropy for KnownKey {
    fn fill(&mut self, out: &mut [u8]) {
        out.fill(0);
    }

    fn mask(&mut self) -> [u8; 4] {
        self.0.mask()
    }
}

const NOW: Time = Time::ZERO;

const ANSWER: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=\r\n\r\n";

struct Host {
    session: Session<KnownKey>,
    transport: TransportId,
}

impl Host {
    /// A session whose request has been written.
    fn asked(config: &Arc<Config>, work: &mut Workspace) -> Self {
        let mut session = Session::new(config.clone(), KnownKey(SeededEntropy::new([7; 32])));
        session.connect(NOW, &ConnectOptions::new("ws://192.0.2.1/"));
        let Some(Action::Dial { transport, .. }) = session.poll_action() else { panic!("no dial") };
        session.handle_connected(NOW, transport);
        let mut host = Self { session, transport };
        host.write(work);
        host
    }

    /// A session that is open.
    fn open(config: &Arc<Config>, work: &mut Workspace) -> Self {
        let mut host = Self::asked(config, work);
        host.read(work, ANSWER);
        assert!(matches!(host.session.poll_event(work), Some(Event::Settled { result: Ok(()), .. })));
        assert!(matches!(host.session.poll_event(work), Some(Event::Open { .. })));
        assert!(host.session.poll_event(work).is_none());
        host
    }

    /// Reads as much of `bytes` as one read may; how much it was.
    fn read(&mut self, work: &mut Workspace, bytes: &[u8]) -> usize {
        let count = self.session.handle_bytes(NOW, self.transport, bytes, work);
        assert!(count > 0, "it is not read");
        count
    }

    /// Writes everything that waits; whether there was anything.
    fn write(&mut self, work: &mut Workspace) -> bool {
        let count = self.session.poll_transmit(self.transport, work).len();
        self.session.handle_transmitted(NOW, self.transport, count).expect("as offered");
        count > 0
    }

    /// Takes the messages and results that wait; how many they were.
    fn take(&mut self, work: &mut Workspace) -> usize {
        let mut taken = 0;
        while let Some(event) = self.session.poll_event(work) {
            assert!(
                matches!(event, Event::Message { .. } | Event::Settled { result: Ok(()), .. }),
                "{event:?}"
            );
            taken += 1;
        }
        taken
    }

    /// Reads a stream to its end; how many messages it has.
    fn stream(&mut self, work: &mut Workspace, mut bytes: &[u8]) -> usize {
        let mut taken = 0;
        while !bytes.is_empty() {
            bytes = &bytes[self.read(work, bytes)..];
            taken += self.take(work);
        }
        taken
    }

    /// The one error that the session tells, and the code of its close event if it has been open.
    fn end(&mut self, work: &mut Workspace) -> (ErrorCode, Option<u16>) {
        let (mut told, mut closed) = (None, None);
        while let Some(event) = self.session.poll_event(work) {
            match event {
                Event::Error { error, .. } => told = Some(error.code()),
                Event::Close { code, .. } => closed = Some(code),
                Event::Settled { .. } | Event::Open { .. } | Event::Message { .. } => {}
            }
        }
        (told.expect("an error"), closed)
    }
}

/// The loop's own memory is there from now on.
fn warm(work: &mut Workspace) {
    let window = work.take();
    work.give(window);
}

fn config() -> Arc<Config> {
    Arc::new(Config::default())
}

/// How often this thread has allocated while `work` was done.
fn allocations(work: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = head(first, payload.len());
    frame.extend(payload);
    frame
}

/// The head of a frame that announces `length` bytes.
fn head(first: u8, length: usize) -> Vec<u8> {
    let bytes = length.to_be_bytes();
    match length {
        0..=125 => vec![first, bytes[7]],
        126..=0xffff => vec![first, 126, bytes[6], bytes[7]],
        _ => [&[first, 127], &bytes[..]].concat(),
    }
}

/// Text and binary messages of many lengths up to `longest`.
fn messages(longest: usize) -> Vec<Vec<u8>> {
    let lengths = [0, 1, 16, 99, 125, 126, 1_000, 3_333, 20_000, 70_001];
    let text = "aß€😀".repeat(10_000);
    let mut messages = Vec::new();
    for length in lengths.into_iter().filter(|length| *length <= longest) {
        messages.push(frame(0x82, &vec![7; length]));
        let end = (0..=length).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        messages.push(frame(0x81, &text.as_bytes()[..end]));
    }
    messages
}

/// What fits a window whole.
const WHOLE: usize = 20_000;

/// Rule G7: a message that lies whole in the window is borrowed from there, whether it comes alone, as a live feed
/// has it, or with others, and however many connections share the memory.
#[test]
fn no_allocation_per_whole_message() {
    let (mut work, messages) = (Workspace::default(), messages(WHOLE));
    let mut hosts: Vec<Host> = (0..10).map(|_| Host::open(&config(), &mut work)).collect();
    let together = messages.concat();
    assert!(together.len() < Workspace::DEFAULT_WINDOW);
    let mut turn = || {
        for message in &messages {
            for host in &mut hosts {
                assert_eq!(host.stream(&mut work, message), 1);
            }
        }
        for host in &mut hosts {
            assert_eq!(host.stream(&mut work, &together), messages.len());
        }
    };
    turn();
    assert_eq!(allocations(|| (0..20).for_each(|_| turn())), 0);
}

/// Rule M2: messages that a read has cut come together in the loop's own buffer; what a read leaves of the front
/// of a frame, at most, is memory of its own.
#[test]
fn at_most_an_allocation_per_read_that_cuts() {
    let (mut work, messages) = (Workspace::default(), messages(usize::MAX));
    let mut host = Host::open(&config(), &mut work);
    let stream = messages.concat().repeat(20);
    assert_eq!(host.stream(&mut work, &stream), 20 * messages.len());
    let made = allocations(|| assert_eq!(host.stream(&mut work, &stream), 20 * messages.len()));
    // Reading in place ends with a frame, so that there are more reads than windows.
    assert!(made <= stream.len() / Workspace::DEFAULT_WINDOW + 40, "{made}");
    let alone = || messages.iter().for_each(|message| assert_eq!(host.stream(&mut work, message), 1));
    assert_eq!(allocations(alone), 0, "no read cuts a head");
}

/// Rule M2: a message for which the loop's buffer is not free grows by doubling.
#[test]
fn memory_of_cut_messages_doubles() {
    let (mut work, message) = (Workspace::default(), frame(0x82, &vec![7; 70_001]));
    let mut hosts: Vec<Host> = (0..10).map(|_| Host::open(&config(), &mut work)).collect();
    let made = allocations(|| {
        for piece in message.chunks(1_000) {
            for host in &mut hosts {
                let count = host.stream(&mut work, piece);
                assert_eq!(count, usize::from(piece.len() < 1_000), "it is whole with the last piece");
            }
        }
    });
    // The first memory is of 990 bytes, and becomes 70,001 in seven doublings.
    assert!(made <= hosts.len() * 9, "{made}");
}

/// Rule G7: below what an empty queue keeps, a message sent costs no allocation.
#[test]
fn no_allocation_per_message_sent() {
    let mut work = Workspace::default();
    let mut host = Host::open(&config(), &mut work);
    let (long, short) = ([7; 1_000], "x".repeat(100));
    let mut batch = || {
        for _ in 0..50 {
            host.session.send(Payload::Binary(&long));
            host.session.send(Payload::Text(&short));
        }
        assert!(host.write(&mut work));
        assert_eq!(host.take(&mut work), 100);
    };
    batch();
    assert_eq!(allocations(|| (0..50).for_each(|_| batch())), 0);
}

/// What a connection costs that is open and idle: its session, and what that holds on the heap.
#[test]
fn an_idle_connection_holds_no_window() {
    let (mut work, config) = (Workspace::default(), config());
    let stream = messages(usize::MAX).concat().repeat(3);
    warm(&mut work);
    let before = HELD.get();
    let mut host = Host::open(&config, &mut work);
    let fresh = HELD.get() - before;
    host.stream(&mut work, &stream);
    // What the loop's memory has grown by is not the session's.
    let shared = HELD.get() - before - fresh;
    for _ in 0..100 {
        host.session.send(Payload::Binary(&[7; 1_000]));
    }
    host.write(&mut work);
    host.take(&mut work);
    let (due, _) = host.session.poll_timeout().expect("memory to give back");
    host.session.handle_timeout(due);
    assert_eq!(host.session.poll_timeout(), None);

    let held = HELD.get() - before - shared;
    let value = bytes(size_of_val(&host.session));
    println!("session {value} B, on the heap {fresh} B when it opened and {held} B idle after traffic");
    assert!(held <= fresh, "{held} bytes after traffic, {fresh} before");
    // 320 of them are the random generator, with the masks that it has ready.
    assert!(value + held < 1_024, "{value} + {held} bytes");
}

/// Rules F3, M2: an announcement takes no memory. What a message is put together in is at most twice what has come.
#[test]
fn what_is_announced_takes_no_memory() {
    const ANNOUNCED: usize = 10 * 1024 * 1024;
    let (mut work, config) = (Workspace::default(), config());
    let mut hosts: Vec<Host> = (0..40).map(|_| Host::open(&config, &mut work)).collect();
    let before = HELD.get();
    for (host, first) in hosts.iter_mut().zip([0x82, 0x81, 0x02, 0x01].into_iter().cycle()) {
        host.read(&mut work, &head(first, ANNOUNCED));
        assert_eq!(host.take(&mut work), 0);
        assert!(host.session.wants_read(host.transport));
    }
    assert!(HELD.get() <= before, "{} bytes for heads alone", HELD.get() - before);
    let mut come = 0;
    for piece in [11, 1_000, 3_000, 50_000] {
        for host in &mut hosts {
            host.read(&mut work, &vec![b'x'; piece]);
            assert_eq!(host.take(&mut work), 0);
        }
        come += bytes(hosts.len() * piece);
        assert!(HELD.get() - before <= 2 * come, "{} bytes for {come}", HELD.get() - before);
    }
}

/// Rule M2: the loop's assembly buffer, which a large message has made large, is lent to one connection at a time.
/// Others take no more for a cut message than twice what has come of it, and whoever is dropped with it takes it along.
#[test]
fn the_assembly_buffer_is_lent_to_one() {
    let mut work = Workspace::default();
    let mut big = Host::open(&config(), &mut work);
    let large = frame(0x82, &vec![7; (1 << 20) - 100]);
    assert_eq!(big.stream(&mut work, &large), 1);
    let mut hosts: Vec<Host> = (0..100).map(|_| Host::open(&config(), &mut work)).collect();
    let before = HELD.get();
    for host in &mut hosts {
        assert_eq!(host.stream(&mut work, b"\x82\x01a\x82\x7e\x03\xe8ab"), 1);
        // The next large message of another makes the buffer anew where it is lent out.
        assert_eq!(big.stream(&mut work, &large), 1);
        assert!(HELD.get() - before <= 100 * 16, "{} bytes", HELD.get() - before);
    }
    drop(hosts);
    assert_eq!(big.stream(&mut work, &large), 1);
    let most = before + (1 << 20);
    assert!(HELD.get() <= most, "a new buffer, and no second one");
}

/// Rule M2: a message that was handed out is nobody's any more, in a pause as well.
#[test]
fn a_message_that_was_handed_out_is_not_kept_in_a_pause() {
    let mut work = Workspace::default();
    let mut host = Host::open(&config(), &mut work);
    warm(&mut work);
    let cut = frame(0x82, &vec![7; 3 << 20]);
    let before = HELD.get();
    let mut rest = &cut[..];
    loop {
        rest = &rest[host.read(&mut work, rest)..];
        if rest.is_empty() {
            break;
        }
        assert!(host.session.poll_event(&mut work).is_none());
    }
    assert!(matches!(host.session.poll_event(&mut work), Some(Event::Message { .. })));
    assert!(HELD.get() - before >= 3 << 20, "it is borrowed");
    host.session.set_receiving(false);
    assert!(host.session.poll_event(&mut work).is_none());
    assert!(HELD.get() - before <= 1_024, "{} bytes", HELD.get() - before);
}

/// Rule F3: a message never takes more memory than its limit, in however many fragments it comes, and
/// one byte more is refused before it is stored.
#[test]
fn a_message_takes_no_more_than_its_limit() {
    const LIMIT: usize = 1024 * 1024;
    let config = Arc::new(Config::default().message_limit(LIMIT));
    for (first, fragment) in [(0x02, 1_000), (0x01, 1_000), (0x02, 100_000), (0x01, 100_000)] {
        let mut work = Workspace::default();
        let mut host = Host::open(&config, &mut work);
        let payload = vec![b'x'; fragment];
        let (opening, middle) = (frame(first, &payload), frame(0, &payload));
        let rest = frame(0, &vec![b'x'; LIMIT % fragment]);
        let before = HELD.get();
        MOST_HELD.set(before);
        host.stream(&mut work, &opening);
        for _ in 1..LIMIT / fragment {
            host.stream(&mut work, &middle);
        }
        assert_eq!(host.stream(&mut work, &rest), 0);
        let most = MOST_HELD.get() - before;
        assert!(most <= bytes(LIMIT + 4_096), "{most} bytes for a message of {LIMIT}");

        MOST_HELD.set(HELD.get());
        host.read(&mut work, &frame(0x80, b"x"));
        assert_eq!(host.end(&mut work), (ErrorCode::OutOfMemory, Some(1009)));
        assert!(MOST_HELD.get() - before <= bytes(LIMIT + 8_192));
    }
}

/// An allocator that refuses anything longer than `largest`, while `work` is done.
fn refusing<T>(largest: usize, work: impl FnOnce() -> T) -> T {
    LARGEST.set(largest);
    let result = work();
    LARGEST.set(usize::MAX);
    result
}

/// Rule C 12: where the allocator refuses what a peer's message needs, the connection ends with code 12
/// and 1009, and the close frame goes out. It is asked for when so much has come (M2).
#[test]
fn a_refused_message_is_code_12() {
    for (first, announced) in [(0x82, 100_000), (0x81, 100_000), (0x02, 10_000), (0x01, 10_000)] {
        let mut work = Workspace::default();
        let mut host = Host::open(&config(), &mut work);
        let payload = [b'x'; 10_000];
        let middle = if announced > payload.len() { payload.to_vec() } else { frame(0, &payload) };
        refusing(50_000, || {
            host.stream(&mut work, &[head(first, announced), payload.to_vec()].concat());
            let mut sent = 1;
            while !host.session.has_event(&mut work) {
                assert!(sent < 6, "{sent} times 10,000 bytes do not fit");
                host.read(&mut work, &middle);
                sent += 1;
            }
            assert!(sent > 2, "{sent}");
            assert_eq!(host.end(&mut work), (ErrorCode::OutOfMemory, Some(1009)));
            assert!(host.write(&mut work), "a close frame");
        });
    }
}

/// Rule C 12: the same for the head of the answer.
#[test]
fn a_refused_head_is_code_12() {
    let mut work = Workspace::default();
    let mut host = Host::asked(&config(), &mut work);
    warm(&mut work);
    let head = format!("HTTP/1.1 101 Switching Protocols\r\nX: {}", "x".repeat(8_000));
    refusing(4_000, || {
        host.read(&mut work, head.as_bytes());
        assert_eq!(host.end(&mut work), (ErrorCode::OutOfMemory, None));
    });
}

/// Rule C 11: a message that there is no memory to queue fails alone; the connection goes on.
#[test]
fn a_refused_send_is_code_11() {
    let mut work = Workspace::default();
    let mut host = Host::open(&config(), &mut work);
    let payload = vec![7; 1_000_000];
    let call = refusing(500_000, || host.session.send(Payload::Binary(&payload)));
    match host.session.poll_event(&mut work) {
        Some(Event::Settled { call: settled, result: Err(error) }) => {
            assert_eq!((settled, error.code()), (call, ErrorCode::SendFailed));
        }
        other => panic!("{other:?}"),
    }
    host.session.send(Payload::Text("still there"));
    assert!(host.write(&mut work));
    assert_eq!(host.take(&mut work), 1);
}
