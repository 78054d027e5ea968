//! What a session counts is what a capture of its sockets shows, and the steps to an open connection have the times at
//! which the host reported them.

mod memory;

use std::collections::BTreeMap;
use std::time::Duration;

use connect_socket_core::{
    Action, CloseOptions, Config, ConnectOptions, Event, Keepalive, Payload, Session, Stats, Tape, Time,
    Traffic, TransportId, Workspace,
};
use memory::{ANSWER, NOW};
use proptest::collection::vec;
use proptest::prelude::*;

/// What one step of a made-up life does.
#[derive(Clone, Debug)]
enum Step {
    Connect,
    Send(usize),
    SendPart(usize, bool),
    Close,
    /// The server has this to say.
    Say(Vec<Vec<u8>>),
    /// So many bytes of it are read, and told as far as nothing is to be written first.
    Read(usize),
    /// The oldest transports, or all of them, take so many bytes each.
    Write {
        oldest: bool,
        count: usize,
    },
    /// The server ends its half.
    End,
}

/// Bytes of one transport, as a capture has them.
#[derive(Default)]
struct Capture {
    received: Vec<u8>,
    sent: Vec<u8>,
}

struct Host {
    session: Session<Tape>,
    work: Workspace,
    captures: BTreeMap<TransportId, Capture>,
    /// Those that are not released.
    transports: Vec<TransportId>,
    /// What the server of the newest has said and nobody has read.
    said: Vec<u8>,
    /// The server has closed, so that it may say nothing more.
    silent: bool,
}

impl Host {
    fn new() -> Self {
        Self {
            session: Session::new(Config::default(), Tape::default()),
            work: Workspace::new(700),
            captures: BTreeMap::new(),
            transports: Vec::new(),
            said: Vec::new(),
            silent: false,
        }
    }

    fn play(&mut self, step: Step) {
        match step {
            Step::Connect => self.connect(),
            Step::Send(length) => {
                self.session.send(Payload::Binary(&vec![7; length]));
            }
            Step::SendPart(length, last) => {
                self.session.send_part(Payload::Binary(&vec![7; length]), last);
            }
            Step::Close => {
                self.session.close(NOW, &CloseOptions::new(1000, "enough"));
            }
            Step::Say(frames) => {
                for frame in frames {
                    if !self.silent {
                        self.silent = frame[0] & 0x0f == 8;
                        self.said.extend(frame);
                    }
                }
            }
            Step::Read(count) => self.read(count),
            Step::Write { oldest, count } => {
                let all = self.transports.clone();
                let some = if oldest { all.get(..1) } else { Some(&all[..]) };
                some.into_iter().flatten().for_each(|transport| self.write(*transport, count));
            }
            Step::End => {
                if let Some(transport) = self.transports.last() {
                    (self.said, self.silent) = (Vec::new(), true);
                    self.session.handle_end_of_stream(NOW, *transport);
                }
            }
        }
        self.drain();
    }

    /// Replaces what there is; the new connection is open.
    fn connect(&mut self) {
        self.drain();
        (self.said, self.silent) = (ANSWER.to_vec(), false);
        self.session.connect(NOW, &ConnectOptions::new("ws://192.0.2.1"));
        self.drain();
        let transport = *self.transports.last().expect("it was dialled");
        self.session.handle_connected(NOW, transport);
        self.write(transport, usize::MAX);
        while !self.said.is_empty() {
            self.read(40);
        }
    }

    fn read(&mut self, count: usize) {
        let Some(transport) = self.transports.last() else { return };
        let piece = &self.said[..count.min(self.said.len())];
        let read = self.session.handle_bytes(NOW, *transport, piece, &mut self.work);
        let read: Vec<u8> = self.said.drain(..read).collect();
        self.captures.entry(*transport).or_default().received.extend(read);
        self.drain();
    }

    fn write(&mut self, transport: TransportId, count: usize) {
        let mut bytes = self.session.poll_transmit(transport, &mut self.work).slices().concat();
        bytes.truncate(count);
        self.session.handle_transmitted(NOW, transport, bytes.len()).expect("as offered");
        self.captures.entry(transport).or_default().sent.extend(bytes);
        self.drain();
    }

    fn drain(&mut self) {
        while self.session.poll_event(&mut self.work).is_some() {}
        while let Some(action) = self.session.poll_action() {
            match action {
                Action::Dial { transport, .. } => self.transports.push(transport),
                Action::Release { transport } => self.transports.retain(|it| *it != transport),
                Action::Resolve { .. } | Action::ShutdownWrite { .. } => {}
            }
        }
    }

    /// What the captures show.
    fn captured(&self) -> Stats {
        let mut stats = Stats::default();
        for capture in self.captures.values() {
            count(&mut stats.received, &capture.received);
            count(&mut stats.sent, &capture.sent);
        }
        stats
    }
}

/// Counts what a capture of one direction of one transport shows: a head, and frames up to a close frame.
fn count(traffic: &mut Traffic, bytes: &[u8]) {
    traffic.bytes += bytes.len() as u64;
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    let mut rest = head.map_or(&[][..], |at| &bytes[at + 4..]);
    while let Some((first, length)) = frame(rest) {
        rest = &rest[length..];
        traffic.frames += 1;
        match first {
            0x80..=0x82 => traffic.messages += 1,
            0x00..=0x02 => {}
            0x89 => traffic.pings += 1,
            0x8a => traffic.pongs += 1,
            0x88 => return,
            _ => panic!("no frame begins with {first:x}"),
        }
    }
}

/// The first byte of the frame that `bytes` begins with, and its length, if all of it is there (RFC 6455 §5.2).
fn frame(bytes: &[u8]) -> Option<(u8, usize)> {
    let (first, second) = (*bytes.first()?, *bytes.get(1)?);
    let (head, payload) = match second & 0x7f {
        126 => (4, usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]))),
        127 => (10, usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?),
        length => (2, usize::from(length)),
    };
    let length = head + if second & 0x80 == 0 { 0 } else { 4 } + payload;
    (length <= bytes.len()).then_some((first, length))
}

fn frame_of(first: u8, length: usize) -> Vec<u8> {
    memory::frame(first, &vec![b'x'; length])
}

/// A message in any number of frames, with a control frame between them perhaps.
fn message() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let lengths = vec(prop_oneof![4 => 0..200_usize, 1 => 60_000..70_000_usize], 1..4);
    (1..=2_u8, lengths, prop::option::of(control())).prop_map(|(kind, lengths, between)| {
        let last = lengths.len() - 1;
        let mut frames = Vec::new();
        for (index, length) in lengths.into_iter().enumerate() {
            let first = if index == 0 { kind } else { 0 };
            frames.push(frame_of(first | if index == last { 0x80 } else { 0 }, length));
            frames.extend(between.clone().filter(|_| index == 0));
        }
        frames
    })
}

fn control() -> impl Strategy<Value = Vec<u8>> {
    (0x89..=0x8a_u8, 0..20_usize).prop_map(|(first, length)| frame_of(first, length))
}

fn step() -> impl Strategy<Value = Step> {
    let some = || prop_oneof![3 => 0..30_usize, 2 => 0..2000_usize, 1 => Just(usize::MAX)];
    prop_oneof![
        1 => Just(Step::Connect),
        4 => prop_oneof![4 => 0..200_usize, 1 => 60_000..70_000_usize].prop_map(Step::Send),
        2 => (0..200_usize, any::<bool>()).prop_map(|(length, last)| Step::SendPart(length, last)),
        1 => Just(Step::Close),
        4 => message().prop_map(Step::Say),
        3 => control().prop_map(|frame| Step::Say(vec![frame])),
        1 => Just(Step::Say(vec![vec![0x88, 2, 3, 232]])),
        6 => some().prop_map(Step::Read),
        6 => (any::<bool>(), some()).prop_map(|(oldest, count)| Step::Write { oldest, count }),
        1 => Just(Step::End),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_session_counts_what_a_capture_shows(steps in vec(step(), 0..60)) {
        let mut host = Host::new();
        host.play(Step::Connect);
        for step in steps {
            let shown = format!("{step:.80?}");
            host.play(step);
            let (stats, captured) = (host.session.stats(), host.captured());
            prop_assert_eq!(stats.sent, captured.sent, "{}", shown);
            prop_assert_eq!(stats.received.bytes, captured.received.bytes, "{}", shown);
        }
        // Whatever was to be written before the next frame is: so all that was read is taken.
        for _ in 0..100 {
            host.play(Step::Write { oldest: false, count: usize::MAX });
        }
        let (stats, captured) = (host.session.stats(), host.captured());
        prop_assert_eq!(stats.sent, captured.sent);
        prop_assert_eq!(stats.received, captured.received);
    }
}

/// Behind a message that is partly out, a part is dropped with its connection. It is no frame, and the message is one.
#[test]
fn what_is_dropped_is_not_counted() {
    let mut host = Host::new();
    let write = |count| Step::Write { oldest: false, count };
    let steps = [Step::Connect, Step::Send(0), Step::SendPart(0, false), write(1), Step::Close, Step::End];
    for step in steps {
        host.play(step);
    }
    host.play(write(usize::MAX));
    let (sent, captured) = (host.session.stats().sent, host.captured().sent);
    assert_eq!((sent.messages, sent.frames), (1, 2), "the message and the close frame");
    assert_eq!(sent, captured);
}

fn at(millis: u64) -> Time {
    Time::from_millis(millis)
}

/// The round trip is that of a ping that was answered, from when it was out until its pong came.
#[test]
fn the_round_trip_is_that_of_the_last_ping_that_was_answered() {
    let keepalive = Keepalive::new(Duration::from_secs(1), Duration::from_secs(9));
    let mut work = Workspace::default();
    let (mut session, transport) = memory::open(Config::default().keepalive(keepalive), &mut work);
    let ping = |session: &mut Session<Tape>, due: u64, out: u64| {
        session.handle_timeout(at(due));
        let mut work = Workspace::default();
        let count = session.poll_transmit(transport, &mut work).len();
        assert_eq!(count, 6, "an empty ping");
        session.handle_transmitted(at(out), transport, count - 1).expect("as offered");
        assert_eq!(session.poll_transmit(transport, &mut work).len(), 1);
        session.handle_transmitted(at(out), transport, 1).expect("as offered");
    };
    let read = |session: &mut Session<Tape>, work: &mut Workspace, now: u64, bytes: &[u8]| {
        session.handle_bytes(at(now), transport, bytes, work);
        assert!(session.poll_event(work).is_none());
        session.stats().round_trip
    };
    let took = |millis| Some(Duration::from_millis(millis));

    assert_eq!(read(&mut session, &mut work, 0, b"\x8a\x00"), None, "nobody has asked");
    ping(&mut session, 1000, 1010);
    assert_eq!(read(&mut session, &mut work, 1030, b"\x8a\x01?"), None, "the answer to another question");
    assert_eq!(read(&mut session, &mut work, 1060, b"\x8a\x00"), took(50));
    assert_eq!(read(&mut session, &mut work, 1100, b"\x8a\x00"), took(50), "it was answered before");

    // Two are out, and one pong comes: nobody knows whose.
    ping(&mut session, 2100, 2100);
    assert_eq!(read(&mut session, &mut work, 2200, b"\x89\x00"), took(50));
    let count = session.poll_transmit(transport, &mut work).len();
    session.handle_transmitted(at(2200), transport, count).expect("as offered");
    ping(&mut session, 3200, 3200);
    assert_eq!(read(&mut session, &mut work, 3300, b"\x8a\x00"), took(50));
    ping(&mut session, 4300, 4300);
    assert_eq!(read(&mut session, &mut work, 4320, b"\x8a\x00"), took(20));

    // Out in one piece.
    session.handle_timeout(at(5320));
    assert_eq!(session.poll_transmit(transport, &mut work).len(), 6);
    session.handle_transmitted(at(5330), transport, 6).expect("as offered");
    assert_eq!(read(&mut session, &mut work, 5340, b"\x8a\x00"), took(10));

    let stats = session.stats();
    assert_eq!((stats.sent.pings, stats.sent.pongs, stats.sent.frames), (5, 1, 6));
    assert_eq!((stats.received.pings, stats.received.pongs, stats.received.frames), (1, 7, 8));
}

/// No pong on another connection answers it.
#[test]
fn the_round_trip_is_that_of_one_connection() {
    let keepalive = Keepalive::new(Duration::from_secs(1), Duration::from_secs(9));
    let mut host = memory::Host::open(Config::default().keepalive(keepalive));
    host.session.handle_timeout(at(1000));
    assert_eq!(host.write_at(at(1000)).len(), 6);
    host.reconnect();
    host.told();
    host.read_at(at(1500), b"\x8a\x00");
    assert_eq!(host.told(), [""; 0]);
    assert_eq!(host.session.stats().round_trip, None);
}

/// The time of each step is that of the report which ends it, counted from the call.
#[test]
fn the_steps_to_an_open_connection_have_the_times_of_their_reports() {
    for (url, looked_up) in [("ws://some.test", Some(3)), ("ws://192.0.2.1", None)] {
        let mut work = Workspace::default();
        let mut session = Session::new(Config::default(), Tape::default());
        session.connect(at(1000), &ConnectOptions::new(url));
        if let Some(looked_up) = looked_up {
            let Some(Action::Resolve { connection, .. }) = session.poll_action() else { panic!("no name") };
            session.handle_resolved(
                at(1000 + looked_up),
                connection,
                Ok(&["192.0.2.7:0".parse().expect("an address")]),
            );
        }
        let Some(Action::Dial { transport, .. }) = session.poll_action() else { panic!("no dial") };
        session.handle_connected(at(1020), transport);
        let request = session.poll_transmit(transport, &mut work).len();
        session.handle_transmitted(at(1030), transport, request).expect("as offered");
        session.handle_bytes(at(1050), transport, ANSWER, &mut work);
        session.handle_timeout(at(1060));
        assert!(matches!(session.poll_event(&mut work), Some(Event::Settled { result: Ok(()), .. })));
        let Some(Event::Open { opened, .. }) = session.poll_event(&mut work) else { panic!("not open") };
        let timing = opened.timing;
        assert_eq!(timing.looked_up, looked_up.map(Duration::from_millis));
        assert_eq!(timing.connected, Duration::from_millis(20));
        assert_eq!(timing.secured, None, "ws");
        assert_eq!(timing.upgraded, Duration::from_millis(60), "it was told when it was polled");
    }
}
