//! What a session asks of the allocator, counted: nothing per message, next to nothing while it is idle, no more
//! than its limits whatever a peer announces, and no abort when the allocator refuses (semantics G7, F3, C 12).
//!
//! The counting allocator is the one place of this project that needs `unsafe`, and why this is a test binary
//! of its own. It counts by thread, so the tests do not see one another.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

use connect_socket_core::{
    Action, Config, ConnectOptions, Entropy, ErrorCode, Event, Payload, ReceiveBuffer, SeededEntropy,
    Session, Time, TransportId,
};

#[global_allocator]
static COUNTING: Counting = Counting;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    /// What this thread has allocated and not freed.
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST_HELD: Cell<isize> = const { Cell::new(0) };
    /// Requests for more bytes are refused.
    static LARGEST: Cell<usize> = const { Cell::new(usize::MAX) };
}

fn bytes(length: usize) -> isize {
    isize::try_from(length).expect("no allocation is longer")
}

/// Notes a request for `new` bytes in place of `old`; whether it is granted.
fn note(old: usize, new: usize) -> bool {
    // The counters are gone while a thread ends; it may still free and allocate.
    let _ = HELD.try_with(|held| {
        let now = held.get() + bytes(new) - bytes(old);
        held.set(now);
        let _ = MOST_HELD.try_with(|most| most.set(most.get().max(now)));
    });
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + usize::from(new > 0)));
    LARGEST.try_with(Cell::get).is_ok_and(|largest| new <= largest) || new == 0
}

// SAFETY: every request goes to the system's allocator as it is, or is answered with null, as an allocator may.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !note(0, layout.size()) {
            note(layout.size(), 0);
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promise for this function is the one that is asked for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        note(layout.size(), 0);
        // SAFETY: as above; `block` came from the system's allocator.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !note(layout.size(), size) {
            note(size, layout.size());
            return std::ptr::null_mut();
        }
        // SAFETY: as above.
        unsafe { System.realloc(block, layout, size) }
    }
}

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
    fn asked(config: &Arc<Config>) -> Self {
        let mut session = Session::new(config.clone(), KnownKey(SeededEntropy::new([7; 32])));
        session.connect(NOW, &ConnectOptions::new("ws://192.0.2.1/"));
        let Some(Action::Dial { transport, .. }) = session.poll_action() else { panic!("no dial") };
        session.handle_connected(NOW, transport);
        let mut host = Self { session, transport };
        host.write();
        host
    }

    /// A session that is open.
    fn open(config: &Arc<Config>, buffer: &mut ReceiveBuffer) -> Self {
        let mut host = Self::asked(config);
        host.read(buffer, ANSWER);
        assert!(matches!(host.session.poll_event(buffer), Some(Event::Settled { result: Ok(()), .. })));
        assert!(matches!(host.session.poll_event(buffer), Some(Event::Open { .. })));
        host
    }

    /// Reads as much of `bytes` as one read may; how much it was.
    fn read(&mut self, buffer: &mut ReceiveBuffer, bytes: &[u8]) -> usize {
        let window = self.session.receive_window(self.transport, buffer).expect("a window");
        let count = window.len().min(bytes.len());
        window[..count].copy_from_slice(&bytes[..count]);
        self.session.handle_received(NOW, self.transport, buffer, count).expect("it fits");
        count
    }

    /// Writes everything that waits; whether there was anything.
    fn write(&mut self) -> bool {
        let count = self.session.poll_transmit(self.transport).len();
        self.session.handle_transmitted(NOW, self.transport, count).expect("as offered");
        count > 0
    }

    /// Takes the messages and results that wait; how many they were.
    fn take(&mut self, buffer: &mut ReceiveBuffer) -> usize {
        let mut taken = 0;
        while let Some(event) = self.session.poll_event(buffer) {
            assert!(
                matches!(event, Event::Message { .. } | Event::Settled { result: Ok(()), .. }),
                "{event:?}"
            );
            taken += 1;
        }
        taken
    }

    /// Reads a stream to its end; how many messages it has.
    fn stream(&mut self, buffer: &mut ReceiveBuffer, mut bytes: &[u8]) -> usize {
        let mut taken = 0;
        while !bytes.is_empty() {
            bytes = &bytes[self.read(buffer, bytes)..];
            taken += self.take(buffer);
        }
        taken
    }

    /// The one error that the session tells, and the code of its close event if it has been open.
    fn end(&mut self, buffer: &mut ReceiveBuffer) -> (ErrorCode, Option<u16>) {
        let (mut told, mut closed) = (None, None);
        while let Some(event) = self.session.poll_event(buffer) {
            match event {
                Event::Error { error, .. } => told = Some(error.code()),
                Event::Close { code, .. } => closed = Some(code),
                Event::Settled { .. } | Event::Open { .. } | Event::Message { .. } => {}
            }
        }
        (told.expect("an error"), closed)
    }
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

/// Text and binary messages of many lengths, none of which divides a read.
fn messages() -> Vec<Vec<u8>> {
    let lengths = [0, 1, 16, 99, 125, 126, 1_000, 3_333, 20_000, 70_001];
    let text = "aß€😀".repeat(10_000);
    let mut messages = Vec::new();
    for length in lengths {
        messages.push(frame(0x82, &vec![7; length]));
        let end = (0..=length).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        messages.push(frame(0x81, &text.as_bytes()[..end]));
    }
    messages
}

/// Semantics G7: a message that lies whole in the buffer is borrowed from there, and one that a read has cut
/// comes together in a buffer that is kept.
#[test]
fn no_allocation_per_message_received() {
    let (mut buffer, messages) = (ReceiveBuffer::default(), messages());
    let mut host = Host::open(&config(), &mut buffer);
    let stream = messages.concat().repeat(20);
    assert_eq!(host.stream(&mut buffer, &stream), 20 * messages.len());
    let made = allocations(|| assert_eq!(host.stream(&mut buffer, &stream), 20 * messages.len()));
    assert_eq!(made, 0, "reads as long as the window");
}

/// The same with one frame per read, as a live feed has it.
#[test]
fn no_allocation_per_message_that_comes_alone() {
    let (mut buffer, messages) = (ReceiveBuffer::default(), messages());
    let mut host = Host::open(&config(), &mut buffer);
    let feed = |host: &mut Host, buffer: &mut ReceiveBuffer| {
        for message in &messages {
            assert_eq!(host.stream(buffer, message), 1);
        }
    };
    feed(&mut host, &mut buffer);
    let made = allocations(|| (0..20).for_each(|_| feed(&mut host, &mut buffer)));
    assert_eq!(made, 0);
}

/// The same in turns over one shared buffer.
#[test]
fn no_allocation_where_connections_share_a_buffer() {
    let (mut buffer, messages) = (ReceiveBuffer::default(), messages());
    let mut hosts: Vec<Host> = (0..10).map(|_| Host::open(&config(), &mut buffer)).collect();
    let mut turn = || {
        for message in &messages {
            for host in &mut hosts {
                assert_eq!(host.stream(&mut buffer, message), 1);
            }
        }
    };
    turn();
    assert_eq!(allocations(turn), 0);
}

/// Semantics G7: below what an empty queue keeps, a message sent costs no allocation.
#[test]
fn no_allocation_per_message_sent() {
    let mut buffer = ReceiveBuffer::default();
    let mut host = Host::open(&config(), &mut buffer);
    let (long, short) = ([7; 1_000], "x".repeat(100));
    let mut batch = || {
        for _ in 0..50 {
            host.session.send(Payload::Binary(&long));
            host.session.send(Payload::Text(&short));
        }
        assert!(host.write());
        assert_eq!(host.take(&mut buffer), 100);
    };
    batch();
    assert_eq!(allocations(|| (0..50).for_each(|_| batch())), 0);
}

/// What a connection costs that is open and idle: its session, and what that holds on the heap.
#[test]
fn an_idle_connection_holds_no_buffer() {
    let (mut buffer, config) = (ReceiveBuffer::default(), config());
    let stream = messages().concat().repeat(3);
    let before = HELD.get();
    let mut host = Host::open(&config, &mut buffer);
    let fresh = HELD.get() - before;
    host.stream(&mut buffer, &stream);
    // What the shared buffer has grown by is not the session's.
    let shared = HELD.get() - before - fresh;
    for _ in 0..100 {
        host.session.send(Payload::Binary(&[7; 1_000]));
    }
    host.write();
    host.take(&mut buffer);
    let (due, _) = host.session.poll_timeout().expect("memory to give back");
    host.session.handle_timeout(due);
    assert_eq!(host.session.poll_timeout(), None);

    let held = HELD.get() - before - shared;
    let value = bytes(size_of_val(&host.session));
    println!("session {value} B, on the heap {fresh} B when it opened and {held} B idle after traffic");
    assert!(held <= fresh, "{held} bytes after traffic, {fresh} before");
    // 320 of them are the random generator, with the masks that it has ready.
    assert!(value + held < 1_152, "{value} + {held} bytes");
}

/// Semantics F3, G7: an announcement alone takes no memory that is touched. (That it is reserved shows here
/// and costs nothing; the system gives memory when it is written to.)
#[test]
#[cfg(target_os = "linux")]
fn what_is_announced_is_not_touched() {
    fn resident() -> usize {
        let pages = std::fs::read_to_string("/proc/self/statm").expect("a number");
        let pages = pages.split(' ').nth(1).and_then(|pages| pages.parse().ok());
        4_096 * pages.unwrap_or(0_usize)
    }

    const ANNOUNCED: usize = 10 * 1024 * 1024;
    let (mut buffer, config) = (ReceiveBuffer::default(), config());
    let mut hosts: Vec<Host> = (0..40).map(|_| Host::open(&config, &mut buffer)).collect();
    let before = resident();
    for (host, first) in hosts.iter_mut().zip([0x82, 0x81, 0x02, 0x01].into_iter().cycle()) {
        host.read(&mut buffer, &head(first, ANNOUNCED));
        assert_eq!(host.take(&mut buffer), 0);
        // The host waits for more, where the session wants it.
        assert!(host.session.receive_window(host.transport, &mut buffer).is_some());
    }
    let touched = resident().saturating_sub(before);
    assert!(touched < hosts.len() * ANNOUNCED / 10, "{touched} bytes");
}

/// Semantics F3: a message never takes more memory than its limit, in however many fragments it comes, and
/// one byte more is refused before it is stored.
#[test]
fn a_message_takes_no_more_than_its_limit() {
    const LIMIT: usize = 1024 * 1024;
    let config = Arc::new(Config { message_limit: LIMIT, ..Config::default() });
    for (first, fragment) in [(0x02, 1_000), (0x01, 1_000), (0x02, 100_000), (0x01, 100_000)] {
        let mut buffer = ReceiveBuffer::default();
        let mut host = Host::open(&config, &mut buffer);
        let payload = vec![b'x'; fragment];
        let (opening, middle) = (frame(first, &payload), frame(0, &payload));
        let rest = frame(0, &vec![b'x'; LIMIT % fragment]);
        let before = HELD.get();
        MOST_HELD.set(before);
        host.stream(&mut buffer, &opening);
        for _ in 1..LIMIT / fragment {
            host.stream(&mut buffer, &middle);
        }
        assert_eq!(host.stream(&mut buffer, &rest), 0);
        let most = MOST_HELD.get() - before;
        assert!(most <= bytes(LIMIT + 4_096), "{most} bytes for a message of {LIMIT}");

        MOST_HELD.set(HELD.get());
        host.read(&mut buffer, &frame(0x80, b"x"));
        assert_eq!(host.end(&mut buffer), (ErrorCode::OutOfMemory, Some(1009)));
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

/// Semantics C 12: where the allocator refuses what a peer's message needs, the connection ends with code 12
/// and 1009, and the close frame goes out.
#[test]
fn a_refused_message_is_code_12() {
    for first in [0x82, 0x81, 0x02, 0x01] {
        let mut buffer = ReceiveBuffer::default();
        let mut host = Host::open(&config(), &mut buffer);
        let head = head(first, 100_000);
        refusing(50_000, || {
            host.read(&mut buffer, &head);
            assert_eq!(host.end(&mut buffer), (ErrorCode::OutOfMemory, Some(1009)));
            assert!(host.write(), "a close frame");
        });
    }
}

/// The same when fragments add up.
#[test]
fn refused_fragments_are_code_12() {
    for first in [0x02, 0x01] {
        let mut buffer = ReceiveBuffer::default();
        let mut host = Host::open(&config(), &mut buffer);
        let payload = [b'x'; 10_000];
        let (opening, middle) = (frame(first, &payload), frame(0, &payload));
        refusing(50_000, || {
            host.stream(&mut buffer, &opening);
            let mut sent = 1;
            loop {
                host.read(&mut buffer, &middle);
                sent += 1;
                if !host.session.has_event(&mut buffer) {
                    continue;
                }
                assert_eq!(host.end(&mut buffer), (ErrorCode::OutOfMemory, Some(1009)));
                break assert!(sent > 3, "{sent}");
            }
        });
    }
}

/// Semantics C 12: the same for the head of the answer.
#[test]
fn a_refused_head_is_code_12() {
    let mut buffer = ReceiveBuffer::default();
    let mut host = Host::asked(&config());
    let head = format!("HTTP/1.1 101 Switching Protocols\r\nX: {}", "x".repeat(8_000));
    refusing(4_000, || {
        host.read(&mut buffer, head.as_bytes());
        assert_eq!(host.end(&mut buffer), (ErrorCode::OutOfMemory, None));
    });
}

/// Semantics C 11: a message that there is no memory to queue fails alone; the connection goes on.
#[test]
fn a_refused_send_is_code_11() {
    let mut buffer = ReceiveBuffer::default();
    let mut host = Host::open(&config(), &mut buffer);
    let payload = vec![7; 1_000_000];
    let call = refusing(500_000, || host.session.send(Payload::Binary(&payload)));
    match host.session.poll_event(&mut buffer) {
        Some(Event::Settled { call: settled, result: Err(error) }) => {
            assert_eq!((settled, error.code()), (call, ErrorCode::SendFailed));
        }
        other => panic!("{other:?}"),
    }
    host.session.send(Payload::Text("still there"));
    assert!(host.write());
    assert_eq!(host.take(&mut buffer), 1);
}
