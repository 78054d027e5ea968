//! A host that comes late: what it has read counts before the timers that have run out (semantics F8).

mod opened;

use std::time::Duration;

use connect_socket_core::lifecycle::Phase;
use connect_socket_core::{
    Action, Config, ConnectOptions, Event, Keepalive, Reason, Session, Tape, Time, TransportId, Workspace,
};
use opened::{ANSWER, NOW, open};

const fn at(seconds: u64) -> Time {
    Time::from_millis(seconds * 1000)
}

struct Host {
    session: Session<Tape>,
    work: Workspace,
    transport: TransportId,
}

impl Host {
    /// A ping is out since 20 s; the pong has until 25 s.
    fn pinged() -> Self {
        let keepalive = Keepalive::new(Duration::from_secs(20), Duration::from_secs(5));
        let mut work = Workspace::default();
        let (session, transport) = open(Config::default().keepalive(keepalive), &mut work);
        let mut host = Self { session, work, transport };
        host.session.handle_timeout(at(20));
        host.transmit(at(20));
        assert_eq!(host.session.poll_timeout(), Some((at(25), Reason::Pong)));
        host
    }

    fn transmit(&mut self, now: Time) {
        let count = self.session.poll_transmit(self.transport, &mut self.work).len();
        assert_eq!(self.session.handle_transmitted(now, self.transport, count), Ok(()));
    }

    fn read(&mut self, now: Time, bytes: &[u8]) {
        assert_eq!(self.session.handle_bytes(now, self.transport, bytes, &mut self.work), bytes.len());
    }

    fn poll(&mut self) -> usize {
        let mut events = 0;
        while self.session.poll_event(&mut self.work).is_some() {
            events += 1;
        }
        events
    }
}

/// A pong, or whatever else came in time, was in the socket while the host was stopped. It reads once and then calls
/// `handle_timeout`, before it polls.
#[test]
fn what_was_read_ends_the_wait_for_a_pong() {
    for bytes in [&b"\x8a\x00"[..], b"\x81\x02hi", b"\x81", b"\x01\x7e"] {
        let mut host = Host::pinged();
        host.read(at(3600), bytes);
        host.session.handle_timeout(at(3600));
        host.poll();
        assert_eq!(host.session.phase(), Phase::Open, "{bytes:x?}");
        assert_eq!(host.session.poll_timeout(), Some((at(3620), Reason::Ping)));
    }
}

/// Nothing was in the socket: the peer is given up.
#[test]
fn silence_is_silence() {
    let mut host = Host::pinged();
    host.session.handle_timeout(at(3600));
    host.poll();
    assert_eq!(host.session.phase(), Phase::Idle);
}

/// A 101 that waited opens the connection, however late the host comes. One that is not complete does not.
#[test]
fn an_answer_that_was_read_ends_the_connect_timeout() {
    for (bytes, phase) in [(ANSWER, Phase::Open), (&ANSWER[..20], Phase::Idle)] {
        let mut session = Session::new(Config::default(), Tape::default());
        session.connect(NOW, &ConnectOptions::new("ws://192.0.2.1"));
        let Some(Action::Dial { transport, .. }) = session.poll_action() else { panic!("no dial") };
        session.handle_connected(NOW, transport);
        let mut host = Host { session, work: Workspace::default(), transport };
        host.transmit(NOW);
        host.read(at(3600), bytes);
        host.session.handle_timeout(at(3600));
        host.poll();
        assert_eq!(host.session.phase(), phase);
    }
}

/// A close frame that waited is the peer's answer to ours.
#[test]
fn a_close_frame_that_was_read_ends_the_close_timeout() {
    let mut work = Workspace::default();
    let (session, transport) = open(Config::default(), &mut work);
    let mut host = Host { session, work, transport };
    host.session.close(NOW, &connect_socket_core::CloseOptions::default());
    host.transmit(NOW);
    host.poll();
    host.read(at(3600), b"\x88\x02\x03\xe8");
    host.session.handle_timeout(at(3600));
    assert!(matches!(host.session.poll_event(&mut host.work), Some(Event::Close { code: 1000, .. })));
}

/// An end that was reported before counts before, too: it is no time-out.
#[test]
fn an_end_that_was_reported_is_told() {
    let mut host = Host::pinged();
    host.session.handle_end_of_stream(at(3600), host.transport);
    host.session.handle_timeout(at(3600));
    let mut told = Vec::new();
    while let Some(event) = host.session.poll_event(&mut host.work) {
        told.push(format!("{event:?}"));
    }
    assert!(matches!(&told[..], [close] if close.contains("Abnormal")), "{told:?}");
}

/// A server that never stops sending puts no deadline off beyond what one read brings.
#[test]
fn a_server_that_never_stops_sending_keeps_no_deadline_away() {
    let mut work = Workspace::default();
    let (session, transport) = open(Config::default(), &mut work);
    let mut host = Host { session, work, transport };
    host.session.close(NOW, &connect_socket_core::CloseOptions::default());
    host.transmit(NOW);
    assert_eq!(host.poll(), 1);
    for second in 1..10 {
        host.read(at(second), &b"\x81\x02hi".repeat(1000));
        host.session.handle_timeout(at(second));
        assert_eq!(host.poll(), 0);
        assert_eq!(host.session.phase(), Phase::Closing);
    }
    host.read(at(10), &b"\x81\x02hi".repeat(1000));
    host.session.handle_timeout(at(10));
    assert_eq!(host.poll(), 1);
    assert_eq!(host.session.phase(), Phase::Idle);
}

/// What the host holds back keeps no deadline away, and a deadline that waits for input is carried out when the host
/// begins to hold that back.
#[test]
fn a_pause_keeps_no_deadline_away() {
    for reads_first in [false, true] {
        let mut work = Workspace::default();
        let (mut session, old) = open(Config::default(), &mut work);
        let transport = opened::connect(&mut session, &mut work);
        let mut host = Host { session, work, transport };
        while host.session.poll_action().is_some() {}
        if !reads_first {
            host.session.set_receiving(false);
        }
        let _ = host.session.receive_space(transport, &mut host.work).map(|mut space| {
            space[..4].copy_from_slice(b"\x81\x02hi");
            space.filled(at(10), 4)
        });
        host.session.handle_timeout(at(10));
        host.session.set_receiving(false);
        assert_eq!(host.poll(), 0);
        assert_eq!(host.session.poll_action(), Some(Action::Release { transport: old }), "it lingered 10 s");
    }
}
