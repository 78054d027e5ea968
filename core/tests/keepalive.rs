//! Keepalive and the other timers: what a ping waits for, what ends the wait, and which deadlines never come
//! (semantics F6, G7).

mod opened;

use std::time::Duration;

use connect_socket_core::lifecycle::Phase;
use connect_socket_core::{
    CloseOptions, Config, ConnectOptions, Keepalive, Payload, Reason, Session, Tape, Time, TransportId,
    Workspace,
};
use opened::{NOW, open};

const fn at(seconds: u64) -> Time {
    Time::from_millis(seconds * 1000)
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

struct Host {
    session: Session<Tape>,
    work: Workspace,
    transport: TransportId,
    /// How many bytes were written since the connection opened.
    written: usize,
}

/// An empty ping of ours: two bytes of head and four of mask.
const PING: usize = 6;

impl Host {
    /// An open connection with these pings.
    fn open(interval: Duration, timeout: Duration) -> Self {
        let keepalive = Keepalive::new(interval, timeout);
        let mut work = Workspace::default();
        let (session, transport) = open(Config::default().keepalive(keepalive), &mut work);
        Self { session, work, transport, written: 0 }
    }

    fn transmit(&mut self, now: Time) {
        let count = self.session.poll_transmit(self.transport, &mut self.work).len();
        self.written += count;
        assert_eq!(self.session.handle_transmitted(now, self.transport, count), Ok(()));
    }

    fn receive(&mut self, now: Time, bytes: &[u8]) {
        assert_eq!(self.session.handle_bytes(now, self.transport, bytes, &mut self.work), bytes.len());
        while self.session.poll_event(&mut self.work).is_some() {}
    }

    /// What is due at `now` happens; where the session stands then, and what it waits for.
    fn wait(&mut self, now: Time) -> (Phase, Option<(Time, Reason)>) {
        self.session.handle_timeout(now);
        self.transmit(now);
        (self.session.phase(), self.session.poll_timeout())
    }
}

#[test]
fn f6_a_pong_that_waits_unread_in_a_pause_is_none_that_is_missing() {
    let mut host = Host::open(seconds(20), seconds(5));

    // A ping is out, and its pong is in the socket, when the host makes a pause.
    assert_eq!(host.wait(at(20)), (Phase::Open, Some((at(25), Reason::Pong))));
    host.session.set_receiving(false);
    assert_eq!(host.wait(at(60)), (Phase::Open, None));

    // It goes on; what is due happens before the socket is read.
    host.session.set_receiving(true);
    assert_eq!(host.wait(at(60)), (Phase::Open, Some((at(80), Reason::Ping))));

    // The next ping is answered. A peer that is silent from then on is given up.
    assert_eq!(host.wait(at(80)), (Phase::Open, Some((at(85), Reason::Pong))));
    host.receive(at(81), b"\x8a\x00");
    assert_eq!(host.wait(at(81)), (Phase::Open, Some((at(101), Reason::Ping))));
    assert_eq!(host.wait(at(101)), (Phase::Open, Some((at(106), Reason::Pong))));
    assert_eq!(host.wait(at(106)), (Phase::Idle, None));
}

#[test]
fn f6_a_pong_that_is_awaited_for_ever_is_asked_for_once() {
    let mut host = Host::open(seconds(20), Duration::MAX);
    assert_eq!(host.wait(at(20)), (Phase::Open, None));
    assert_eq!(host.wait(at(1_000_000)), (Phase::Open, None));
    assert_eq!(host.written, PING);

    // It comes after all, and so does the next ping.
    host.receive(at(1_000_001), b"\x8a\x00");
    assert_eq!(host.wait(at(1_000_001)), (Phase::Open, Some((at(1_000_021), Reason::Ping))));
    assert_eq!(host.wait(at(1_000_021)), (Phase::Open, None));
    assert_eq!(host.written, 2 * PING);
}

#[test]
fn f6_an_interval_of_zero_is_off() {
    // Nor does the clock tell a nanosecond from nothing.
    for interval in [Duration::ZERO, Duration::from_nanos(1)] {
        let mut host = Host::open(interval, seconds(5));
        assert_eq!(host.wait(NOW), (Phase::Open, None));
        host.receive(at(1), b"\x82\x00");
        assert_eq!(host.wait(at(1_000_000)), (Phase::Open, None));
        assert_eq!(host.written, 0);
    }
}

#[test]
fn f6_an_interval_that_never_ends_is_off() {
    let mut host = Host::open(Duration::MAX, seconds(5));
    assert_eq!(host.wait(Time::from_micros(u64::MAX)), (Phase::Open, None));
    assert_eq!(host.written, 0);
}

#[test]
fn g7_at_the_end_of_the_clock_nothing_is_due_for_ever() {
    let mut host = Host::open(seconds(20), seconds(5));
    let end = Time::from_micros(u64::MAX);
    assert_eq!(host.wait(end), (Phase::Open, None));
    host.receive(end, b"\x8a\x00");
    assert_eq!(host.wait(end), (Phase::Open, None));
    assert_eq!(host.written, PING);
}

#[test]
fn f6_sending_puts_no_ping_off_and_ends_no_wait() {
    let mut host = Host::open(seconds(20), seconds(5));
    host.session.send(Payload::Text("x"));
    assert_eq!(host.wait(at(19)), (Phase::Open, Some((at(20), Reason::Ping))));
    host.wait(at(20));
    // The memory that was sent with is given back, a second after that.
    assert_eq!(host.wait(at(21)), (Phase::Open, Some((at(25), Reason::Pong))));
    host.session.send(Payload::Text("x"));
    assert_eq!(host.wait(at(24)), (Phase::Open, Some((at(25), Reason::Pong))));
    assert_eq!(host.wait(at(25)), (Phase::Idle, None));
}

#[test]
fn f6_a_byte_of_a_frame_ends_the_wait_and_puts_the_ping_off() {
    let mut host = Host::open(seconds(20), seconds(5));
    host.receive(at(19), b"\x82");
    assert_eq!(host.wait(at(20)), (Phase::Open, Some((at(39), Reason::Ping))));
    assert_eq!(host.wait(at(39)), (Phase::Open, Some((at(44), Reason::Pong))));
    host.receive(at(43), b"\x05");
    assert_eq!(host.wait(at(44)), (Phase::Open, Some((at(63), Reason::Ping))));
}

/// The time of the read counts, not that of the poll behind it.
#[test]
fn f6_what_was_read_in_time_is_heard_however_late_it_is_taken() {
    let mut host = Host::open(seconds(20), seconds(5));
    host.wait(at(20));
    assert_eq!(host.session.handle_bytes(at(24), host.transport, b"\x8a\x00", &mut host.work), 2);
    assert_eq!(host.wait(at(30)), (Phase::Open, Some((at(44), Reason::Ping))));
}

#[test]
fn g7_timeouts_that_never_end_are_no_deadlines() {
    let forever = Config::default().connect_timeout(Duration::MAX).close_timeout(Duration::MAX);
    let mut work = Workspace::default();
    let mut connecting = Session::new(forever.clone(), Tape::default());
    connecting.connect(at(1), &ConnectOptions::new("ws://example.com"));
    assert_eq!(connecting.poll_timeout(), None);

    let (mut session, transport) = open(forever, &mut work);
    session.close(NOW, &CloseOptions::default());
    assert_eq!((session.phase(), session.poll_timeout()), (Phase::Closing, None));
    // The next connection does not wait, and the old transport may linger.
    session.connect(NOW, &ConnectOptions::new("ws://example.com"));
    session.handle_timeout(at(1_000_000));
    assert_eq!((session.phase(), session.poll_timeout()), (Phase::Connecting, None));
    assert!(!session.poll_transmit(transport, &mut work).is_empty(), "our close frame waits");
}
