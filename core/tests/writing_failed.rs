//! A transport that takes no more: sends fail at once, what was received is told, and the end is told in any case
//! (rule F7).

mod memory;

use std::io::ErrorKind;
use std::time::Duration;

use connect_socket_core::{
    Action, CloseOptions, Config, ConnectOptions, Event, Keepalive, Payload, Phase, Reason, Time,
    TransportError,
};
use memory::{ANSWER, Host, NOW};

fn fail_writing(host: &mut Host) {
    host.session.handle_write_failed(NOW, host.transport, reset());
}

/// A round of reading that brought nothing, and the timers behind it.
fn nothing_came(host: &mut Host) {
    assert_eq!(host.session.poll_timeout(), Some((NOW, Reason::Unwritable)), "it is due at once");
    host.session.handle_timeout(NOW);
}

fn reset() -> TransportError {
    TransportError::new(ErrorKind::ConnectionReset, "the peer is gone")
}

/// The end, which names the error of the write.
fn assert_ends(host: &mut Host) {
    let Some(Event::Error { error, .. }) = host.session.poll_event(&mut host.work) else {
        panic!("no error")
    };
    assert_eq!(error.to_string(), "the peer is gone while the connection was open (ws://192.0.2.1/)");
    assert_eq!(host.told(), ["close 1006 abnormal"]);
}

/// Everything that waits to be sent fails, and every later send does, whether the host takes messages or not. Nothing is
/// offered any more.
#[test]
fn sends_fail_at_once() {
    for receiving in [true, false] {
        let mut host = Host::open(Config::default());
        host.session.set_receiving(receiving);
        host.session.send("partly out");
        host.session.send("waiting");
        assert!(!host.session.poll_transmit(host.transport, &mut host.work).is_empty());
        assert_eq!(host.session.handle_transmitted(NOW, host.transport, 3), Ok(()));
        fail_writing(&mut host);
        assert_eq!(host.told(), ["call 2 fail 11", "call 3 fail 11"]);

        assert!(!host.session.can_send(0));
        assert!(!host.session.wants_write(host.transport));
        host.session.send(Payload::Binary(&[]));
        assert_eq!(host.told(), ["call 4 fail 11"]);
        assert!(host.session.poll_transmit(host.transport, &mut host.work).is_empty());
        assert_eq!(host.session.phase(), Phase::Open);
        assert_eq!(host.session.buffered_amount(), 0);
    }
}

/// What the system still holds is told first, however many reads that takes; then the end, with the write's error.
#[test]
fn what_was_received_is_told_before_the_end() {
    let mut host = Host::open(Config::default());
    host.session.send("x");
    fail_writing(&mut host);
    assert_eq!(host.told(), ["call 2 fail 11"]);
    for _ in 0..5 {
        // A host that lets timers run out before it reads is right, too.
        nothing_came(&mut host);
        assert_eq!(host.told(), [""; 0]);
        host.read(b"\x81\x02hi");
        assert_eq!(host.told(), ["text hi"]);
    }
    nothing_came(&mut host);
    assert_eq!(host.told(), [""; 0]);
    nothing_came(&mut host);
    assert_ends(&mut host);
    assert_eq!(host.session.poll_action(), Some(Action::Release { transport: host.transport }));
}

/// The end of the stream behind it needs no second round. The write's error says more, so that is told.
#[test]
fn the_end_of_the_stream_is_the_end() {
    for failed in [false, true] {
        let mut host = Host::open(Config::default());
        fail_writing(&mut host);
        host.read(b"\x81\x02hi");
        if failed {
            let error = TransportError::new(ErrorKind::TimedOut, "another error");
            host.session.handle_transport_error(NOW, host.transport, error);
        } else {
            host.session.handle_end_of_stream(NOW, host.transport);
        }
        assert_eq!(host.event().as_deref(), Some("text hi"));
        assert_ends(&mut host);
    }
}

/// In a pause nothing is due, and no end is told; closeSocket and a new connect work as ever. Behind the pause the end
/// comes by itself.
#[test]
fn a_pause_keeps_the_end_and_nothing_else() {
    let paused = || {
        let mut host = Host::open(Config::default());
        host.read(b"\x81\x02hi");
        host.session.set_receiving(false);
        host.session.send("x");
        fail_writing(&mut host);
        assert_eq!(host.told(), ["call 2 fail 11"]);
        assert_eq!(host.session.poll_timeout(), None);
        host.session.handle_timeout(NOW);
        host.session.handle_timeout(NOW);
        assert_eq!(host.told(), [""; 0]);
        host
    };
    let mut host = paused();
    host.session.set_receiving(true);
    assert_eq!(host.told(), ["text hi"]);
    nothing_came(&mut host);
    nothing_came(&mut host);
    assert_ends(&mut host);

    let mut host = paused();
    host.session.close(NOW, &CloseOptions::new(3000, "bye"));
    assert_eq!(host.told(), ["call 3 ok"]);
    assert_eq!(host.session.phase(), Phase::Closing);
    nothing_came(&mut host);
    nothing_came(&mut host);
    assert_eq!(host.told(), ["close 1006 local"]);

    let mut host = paused();
    let old = host.transport;
    host.session.connect(NOW, &ConnectOptions::new("ws://192.0.2.2"));
    assert_eq!(host.told(), ["close 1000 replaced"]);
    assert_eq!(host.session.poll_action(), Some(Action::Release { transport: old }), "nothing lingers");
}

/// While closing, sends fail, and the close is told when reading ends: the peer's close frame may be there already.
#[test]
fn a_close_frame_that_waits_is_told() {
    let mut host = Host::open(Config::default());
    host.session.send("x");
    host.session.close(NOW, &CloseOptions::default());
    assert_eq!(host.told(), ["call 3 ok"]);
    fail_writing(&mut host);
    assert_eq!(host.told(), ["call 2 fail 11"]);
    assert_eq!(host.session.phase(), Phase::Closing);
    nothing_came(&mut host);
    host.read(b"\x88\x02\x03\xe8");
    assert_eq!(host.told(), ["close 1000 local"]);
    assert_eq!(host.session.poll_action(), Some(Action::Release { transport: host.transport }));
}

/// Before it is open, an answer may wait in the socket: a refusal is told as what it is, and an acceptance opens a
/// connection that cannot be written.
#[test]
fn an_answer_that_waits_is_told() {
    for (answer, told) in [
        (&b"HTTP/1.1 503 Busy\r\n\r\n"[..], &["call 1 fail 8", "error 8"][..]),
        (ANSWER, &["call 1 ok", "open"]),
        (b"", &["call 1 fail 1", "error 1"]),
    ] {
        let mut host = Host::connecting(Config::default());
        fail_writing(&mut host);
        assert_eq!(host.told(), [""; 0], "nothing is decided yet");
        nothing_came(&mut host);
        if !answer.is_empty() {
            host.read(answer);
        }
        let mut got = host.told();
        if got.is_empty() {
            nothing_came(&mut host);
            got = host.told();
        }
        assert_eq!(got, told);
        if told.contains(&"open") {
            host.session.send("x");
            assert_eq!(host.told(), ["call 2 fail 11"]);
            nothing_came(&mut host);
            nothing_came(&mut host);
            assert_ends(&mut host);
        }
    }
}

/// Pings stop: their pong would be none that is missing.
#[test]
fn keepalive_is_off() {
    let keepalive = Keepalive::new(Duration::from_secs(1), Duration::from_secs(1));
    let mut host = Host::open(Config::default().keepalive(keepalive));
    fail_writing(&mut host);
    host.session.set_receiving(false);
    assert_eq!(host.session.poll_timeout(), None);
    host.session.handle_timeout(Time::from_millis(60_000));
    assert_eq!(host.told(), [""; 0]);
}

/// The transport of an ended connection that takes no more has nothing left to finish; one that is gone is of no interest.
#[test]
fn what_lingers_goes() {
    let mut host = Host::open(Config::default());
    let old = host.reconnect();
    host.session.handle_write_failed(NOW, old, reset());
    assert_eq!(host.session.poll_action(), Some(Action::Release { transport: old }));
    host.session.handle_write_failed(NOW, old, reset());
    assert_eq!(host.session.poll_action(), None);
    assert_eq!(host.told(), [""; 0]);
    assert!(host.session.can_send(1));
}
