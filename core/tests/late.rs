//! A host that comes late: what it has read counts before the timers that have run out (rule F8).

mod memory;

use std::time::Duration;

use connect_socket_core::{Action, CloseOptions, Config, Keepalive, Phase, Reason};
use memory::{ANSWER, Host, NOW, at};

/// A ping is out since 20 s; the pong has until 25 s.
fn pinged() -> Host {
    let keepalive = Keepalive::new(Duration::from_secs(20), Duration::from_secs(5));
    let mut host = Host::open(Config::default().keepalive(keepalive));
    host.session.handle_timeout(at(20));
    host.write_at(at(20));
    assert_eq!(host.session.poll_timeout(), Some((at(25), Reason::Pong)));
    host
}

/// Our close frame is out.
fn closing() -> Host {
    let mut host = Host::open(Config::default());
    host.session.close(NOW, &CloseOptions::default());
    host.write();
    assert_eq!(host.told(), ["call 2 ok"]);
    host
}

/// A pong, or whatever else came in time, was in the socket while the host was stopped. It reads once and then calls
/// `handle_timeout`, before it polls.
#[test]
fn what_was_read_ends_the_wait_for_a_pong() {
    for bytes in [&b"\x8a\x00"[..], b"\x81\x02hi", b"\x81", b"\x01\x7e"] {
        let mut host = pinged();
        host.read_at(at(3600), bytes);
        host.session.handle_timeout(at(3600));
        host.told();
        assert_eq!(host.session.phase(), Phase::Open, "{bytes:x?}");
        assert_eq!(host.session.poll_timeout(), Some((at(3620), Reason::Ping)));
    }
}

/// Nothing was in the socket: the peer is given up.
#[test]
fn silence_is_silence() {
    let mut host = pinged();
    host.session.handle_timeout(at(3600));
    host.told();
    assert_eq!(host.session.phase(), Phase::Idle);
}

/// A 101 that waited opens the connection, however late the host comes. One that is not complete does not.
#[test]
fn an_answer_that_was_read_ends_the_connect_timeout() {
    for (bytes, phase) in [(ANSWER, Phase::Open), (&ANSWER[..20], Phase::Idle)] {
        let mut host = Host::connecting(Config::default());
        host.write();
        host.read_at(at(3600), bytes);
        host.session.handle_timeout(at(3600));
        host.told();
        assert_eq!(host.session.phase(), phase);
    }
}

/// A close frame that waited is the peer's answer to ours.
#[test]
fn a_close_frame_that_was_read_ends_the_close_timeout() {
    let mut host = closing();
    host.read_at(at(3600), b"\x88\x02\x03\xe8");
    host.session.handle_timeout(at(3600));
    assert_eq!(host.told(), ["close 1000 local"]);
}

/// An end that was reported before counts before, too: it is no time-out.
#[test]
fn an_end_that_was_reported_is_told() {
    let mut host = pinged();
    host.session.handle_end_of_stream(at(3600), host.transport);
    host.session.handle_timeout(at(3600));
    assert_eq!(host.told(), ["close 1006 abnormal"]);
}

/// A server that never stops sending puts no deadline off beyond what one read brings.
#[test]
fn a_server_that_never_stops_sending_keeps_no_deadline_away() {
    let mut host = closing();
    for second in 1..10 {
        host.read_at(at(second), &b"\x81\x02hi".repeat(1000));
        host.session.handle_timeout(at(second));
        assert_eq!(host.told(), [""; 0]);
        assert_eq!(host.session.phase(), Phase::Closing);
    }
    host.read_at(at(10), &b"\x81\x02hi".repeat(1000));
    host.session.handle_timeout(at(10));
    assert_eq!(host.told(), ["close 1006 local"]);
    assert_eq!(host.session.phase(), Phase::Idle);
}

/// What the host holds back keeps no deadline away, and a deadline that waits for input is carried out when the host
/// begins to hold that back.
#[test]
fn a_pause_keeps_no_deadline_away() {
    for reads_first in [false, true] {
        let mut host = Host::open(Config::default());
        let old = host.reconnect();
        while host.session.poll_action().is_some() {}
        if !reads_first {
            host.session.set_receiving(false);
        }
        if host.session.wants_read(host.transport) {
            host.read_at(at(10), b"\x81\x02hi");
        }
        host.session.handle_timeout(at(10));
        host.session.set_receiving(false);
        assert_eq!(host.told(), [""; 0]);
        assert_eq!(host.session.poll_action(), Some(Action::Release { transport: old }), "it lingered 10 s");
    }
}
