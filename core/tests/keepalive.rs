//! Keepalive and the other timers: what a ping waits for, what ends the wait, and which deadlines never come
//! (rules F6, G7).

mod memory;

use std::time::Duration;

use connect_socket_core::{
    CloseOptions, Config, ConnectOptions, Keepalive, Payload, Phase, Reason, Session, Tape, Time,
};
use memory::{Host, NOW, at};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// An empty ping of ours: two bytes of head and four of mask.
const PING: usize = 6;

/// A connection with pings.
struct Pinging {
    host: Host,
    /// How many bytes were written since it opened.
    written: usize,
}

impl Pinging {
    fn open(interval: Duration, timeout: Duration) -> Self {
        let host = Host::open(Config::default().keepalive(Keepalive::new(interval, timeout)));
        Self { host, written: 0 }
    }

    fn receive(&mut self, now: Time, bytes: &[u8]) {
        self.host.read_at(now, bytes);
        self.host.told();
    }

    /// What is due at `now` happens; where the session stands then, and what it waits for.
    fn wait(&mut self, now: Time) -> (Phase, Option<(Time, Reason)>) {
        self.host.session.handle_timeout(now);
        self.written += self.host.write_at(now).len();
        (self.host.session.phase(), self.host.session.poll_timeout())
    }
}

#[test]
fn f6_a_pong_that_waits_unread_in_a_pause_is_none_that_is_missing() {
    let mut pinging = Pinging::open(seconds(20), seconds(5));

    // A ping is out, and its pong is in the socket, when the host makes a pause.
    assert_eq!(pinging.wait(at(20)), (Phase::Open, Some((at(25), Reason::Pong))));
    pinging.host.session.set_receiving(false);
    assert_eq!(pinging.wait(at(60)), (Phase::Open, None));

    // It goes on; what is due happens before the socket is read.
    pinging.host.session.set_receiving(true);
    assert_eq!(pinging.wait(at(60)), (Phase::Open, Some((at(80), Reason::Ping))));

    // The next ping is answered. A peer that is silent from then on is given up.
    assert_eq!(pinging.wait(at(80)), (Phase::Open, Some((at(85), Reason::Pong))));
    pinging.receive(at(81), b"\x8a\x00");
    assert_eq!(pinging.wait(at(81)), (Phase::Open, Some((at(101), Reason::Ping))));
    assert_eq!(pinging.wait(at(101)), (Phase::Open, Some((at(106), Reason::Pong))));
    assert_eq!(pinging.wait(at(106)), (Phase::Idle, None));
}

/// A host may say again and again that it wants messages: only the end of a pause gives the peer its time again.
#[test]
fn f6_saying_what_was_said_before_is_no_sign_of_life() {
    let mut pinging = Pinging::open(seconds(20), seconds(5));
    for second in 0..25 {
        pinging.host.session.set_receiving(true);
        assert_eq!(pinging.wait(at(second)).0, Phase::Open);
    }
    pinging.host.session.set_receiving(true);
    assert_eq!(pinging.wait(at(25)), (Phase::Idle, None));
}

#[test]
fn f6_a_pong_that_is_awaited_for_ever_is_asked_for_once() {
    let mut pinging = Pinging::open(seconds(20), Duration::MAX);
    assert_eq!(pinging.wait(at(20)), (Phase::Open, None));
    assert_eq!(pinging.wait(at(1_000_000)), (Phase::Open, None));
    assert_eq!(pinging.written, PING);

    // It comes after all, and so does the next ping.
    pinging.receive(at(1_000_001), b"\x8a\x00");
    assert_eq!(pinging.wait(at(1_000_001)), (Phase::Open, Some((at(1_000_021), Reason::Ping))));
    assert_eq!(pinging.wait(at(1_000_021)), (Phase::Open, None));
    assert_eq!(pinging.written, 2 * PING);
}

#[test]
fn f6_an_interval_of_zero_is_off() {
    // Nor does the clock tell a nanosecond from nothing.
    for interval in [Duration::ZERO, Duration::from_nanos(1)] {
        let mut pinging = Pinging::open(interval, seconds(5));
        assert_eq!(pinging.wait(NOW), (Phase::Open, None));
        pinging.receive(at(1), b"\x82\x00");
        assert_eq!(pinging.wait(at(1_000_000)), (Phase::Open, None));
        assert_eq!(pinging.written, 0);
    }
}

#[test]
fn f6_an_interval_that_never_ends_is_off() {
    let mut pinging = Pinging::open(Duration::MAX, seconds(5));
    assert_eq!(pinging.wait(Time::from_micros(u64::MAX)), (Phase::Open, None));
    assert_eq!(pinging.written, 0);
}

#[test]
fn g7_at_the_end_of_the_clock_nothing_is_due_for_ever() {
    let mut pinging = Pinging::open(seconds(20), seconds(5));
    let end = Time::from_micros(u64::MAX);
    assert_eq!(pinging.wait(end), (Phase::Open, None));
    pinging.receive(end, b"\x8a\x00");
    assert_eq!(pinging.wait(end), (Phase::Open, None));
    assert_eq!(pinging.written, PING);
}

#[test]
fn f6_sending_puts_no_ping_off_and_ends_no_wait() {
    let mut pinging = Pinging::open(seconds(20), seconds(5));
    pinging.host.session.send(Payload::Text("x"));
    assert_eq!(pinging.wait(at(19)), (Phase::Open, Some((at(20), Reason::Ping))));
    pinging.wait(at(20));
    // The memory that was sent with is given back, a second after that.
    assert_eq!(pinging.wait(at(21)), (Phase::Open, Some((at(25), Reason::Pong))));
    pinging.host.session.send(Payload::Text("x"));
    assert_eq!(pinging.wait(at(24)), (Phase::Open, Some((at(25), Reason::Pong))));
    assert_eq!(pinging.wait(at(25)), (Phase::Idle, None));
}

#[test]
fn f6_a_byte_of_a_frame_ends_the_wait_and_puts_the_ping_off() {
    let mut pinging = Pinging::open(seconds(20), seconds(5));
    pinging.receive(at(19), b"\x82");
    assert_eq!(pinging.wait(at(20)), (Phase::Open, Some((at(39), Reason::Ping))));
    assert_eq!(pinging.wait(at(39)), (Phase::Open, Some((at(44), Reason::Pong))));
    pinging.receive(at(43), b"\x05");
    assert_eq!(pinging.wait(at(44)), (Phase::Open, Some((at(63), Reason::Ping))));
}

/// The time of the read counts, not that of the poll behind it.
#[test]
fn f6_what_was_read_in_time_is_heard_however_late_it_is_taken() {
    let mut pinging = Pinging::open(seconds(20), seconds(5));
    pinging.wait(at(20));
    pinging.host.read_at(at(24), b"\x8a\x00");
    assert_eq!(pinging.wait(at(30)), (Phase::Open, Some((at(44), Reason::Ping))));
}

#[test]
fn g7_timeouts_that_never_end_are_no_deadlines() {
    let forever = Config::default().connect_timeout(Duration::MAX).close_timeout(Duration::MAX);
    let mut connecting = Session::new(forever.clone(), Tape::default());
    connecting.connect(at(1), &ConnectOptions::new("ws://example.com"));
    assert_eq!(connecting.poll_timeout(), None);

    let mut host = Host::open(forever);
    host.session.close(NOW, &CloseOptions::default());
    assert_eq!((host.session.phase(), host.session.poll_timeout()), (Phase::Closing, None));
    // The next connection does not wait, and the old transport may linger.
    host.session.connect(NOW, &ConnectOptions::new("ws://example.com"));
    host.session.handle_timeout(at(1_000_000));
    assert_eq!((host.session.phase(), host.session.poll_timeout()), (Phase::Connecting, None));
    assert!(!host.write().is_empty(), "our close frame waits");
}
