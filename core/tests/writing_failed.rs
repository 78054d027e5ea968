//! A transport that takes no more: sends fail at once, what was received is told, and the end is told in any case
//! (semantics F7).

mod opened;

use std::io::ErrorKind;
use std::time::Duration;

use connect_socket_core::lifecycle::Phase;
use connect_socket_core::{
    Action, CloseOptions, Config, ConnectOptions, Event, Keepalive, Message, Payload, Reason, Session, Tape,
    Time, TransportError, TransportId, Workspace,
};
use opened::{NOW, connect, open, read};

struct Host {
    session: Session<Tape>,
    work: Workspace,
    transport: TransportId,
}

impl Host {
    fn open(config: Config) -> Self {
        let mut work = Workspace::default();
        let (session, transport) = open(config, &mut work);
        Self { session, work, transport }
    }

    fn fail_writing(&mut self) {
        self.session.handle_write_failed(NOW, self.transport, reset());
    }

    fn read(&mut self, bytes: &[u8]) {
        read(&mut self.session, self.transport, &mut self.work, bytes);
    }

    /// All that is told now, in short.
    fn told(&mut self) -> Vec<String> {
        let mut told = Vec::new();
        while let Some(event) = self.session.poll_event(&mut self.work) {
            told.push(match event {
                Event::Settled { call, result } => {
                    format!("{} {}", call.get(), result.map_or_else(|error| error.code().number(), |()| 0))
                }
                Event::Open { .. } => "open".into(),
                Event::Message { message: Message::Text(text), .. } => text.into(),
                Event::Message { message: Message::Binary(bytes), .. } => format!("{bytes:?}"),
                Event::Error { error, .. } => format!("error {}: {error}", error.code().number()),
                Event::Close { code, cause, .. } => format!("close {code} {cause}"),
            });
        }
        told
    }

    /// A round of reading that brought nothing, and the timers behind it.
    fn nothing_came(&mut self) {
        assert_eq!(self.session.poll_timeout(), Some((NOW, Reason::Unwritable)), "it is due at once");
        self.session.handle_timeout(NOW);
    }
}

fn reset() -> TransportError {
    TransportError::new(ErrorKind::ConnectionReset, "the peer is gone")
}

const END: [&str; 2] =
    ["error 1: the peer is gone while the connection was open (ws://192.0.2.1/)", "close 1006 abnormal"];

/// Everything that waits to be sent fails, and every later send does, whether the host takes messages or not. Nothing is
/// offered any more.
#[test]
fn sends_fail_at_once() {
    for receiving in [true, false] {
        let mut host = Host::open(Config::default());
        host.session.set_receiving(receiving);
        host.session.send("partly out".into());
        host.session.send("waiting".into());
        assert!(!host.session.poll_transmit(host.transport, &mut host.work).is_empty());
        assert_eq!(host.session.handle_transmitted(NOW, host.transport, 3), Ok(()));
        host.fail_writing();
        assert_eq!(host.told(), ["2 11", "3 11"]);

        assert!(!host.session.can_send(0));
        assert!(!host.session.wants_write(host.transport));
        host.session.send(Payload::Binary(&[]));
        assert_eq!(host.told(), ["4 11"]);
        assert!(host.session.poll_transmit(host.transport, &mut host.work).is_empty());
        assert_eq!(host.session.phase(), Phase::Open);
        assert_eq!(host.session.buffered_amount(), 0);
    }
}

/// What the system still holds is told first, however many reads that takes; then the end, with the write's error.
#[test]
fn what_was_received_is_told_before_the_end() {
    let mut host = Host::open(Config::default());
    host.session.send("x".into());
    host.fail_writing();
    assert_eq!(host.told(), ["2 11"]);
    for _ in 0..5 {
        // A host that lets timers run out before it reads is right, too.
        host.nothing_came();
        assert_eq!(host.told(), [""; 0]);
        host.read(b"\x81\x02hi");
        assert_eq!(host.told(), ["hi"]);
    }
    host.nothing_came();
    assert_eq!(host.told(), [""; 0]);
    host.nothing_came();
    assert_eq!(host.told(), END);
    assert_eq!(host.session.poll_action(), Some(Action::Release { transport: host.transport }));
}

/// The end of the stream behind it needs no second round. The write's error says more, so that is told.
#[test]
fn the_end_of_the_stream_is_the_end() {
    for failed in [false, true] {
        let mut host = Host::open(Config::default());
        host.fail_writing();
        host.read(b"\x81\x02hi");
        if failed {
            let error = TransportError::new(ErrorKind::TimedOut, "another error");
            host.session.handle_transport_error(NOW, host.transport, error);
        } else {
            host.session.handle_end_of_stream(NOW, host.transport);
        }
        assert_eq!(host.told(), ["hi", END[0], END[1]]);
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
        host.session.send("x".into());
        host.fail_writing();
        assert_eq!(host.told(), ["2 11"]);
        assert_eq!(host.session.poll_timeout(), None);
        host.session.handle_timeout(NOW);
        host.session.handle_timeout(NOW);
        assert_eq!(host.told(), [""; 0]);
        host
    };
    let mut host = paused();
    host.session.set_receiving(true);
    assert_eq!(host.told(), ["hi"]);
    host.nothing_came();
    host.nothing_came();
    assert_eq!(host.told(), END);

    let mut host = paused();
    host.session.close(NOW, &CloseOptions::new(3000, "bye"));
    assert_eq!(host.told(), ["3 0"]);
    assert_eq!(host.session.phase(), Phase::Closing);
    host.nothing_came();
    host.nothing_came();
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
    host.session.send("x".into());
    host.session.close(NOW, &CloseOptions::default());
    assert_eq!(host.told(), ["3 0"]);
    host.fail_writing();
    assert_eq!(host.told(), ["2 11"]);
    assert_eq!(host.session.phase(), Phase::Closing);
    host.nothing_came();
    host.read(b"\x88\x02\x03\xe8");
    assert_eq!(host.told(), ["close 1000 local"]);
    assert_eq!(host.session.poll_action(), Some(Action::Release { transport: host.transport }));
}

/// Before it is open, an answer may wait in the socket: a refusal is told as what it is, and an acceptance opens a
/// connection that cannot be written.
#[test]
fn an_answer_that_waits_is_told() {
    for (answer, told) in [
        (&b"HTTP/1.1 503 Busy\r\n\r\n"[..], &["1 8", "error 8"][..]),
        (opened::ANSWER, &["1 0", "open"]),
        (b"", &["1 1", "error 1"]),
    ] {
        let mut work = Workspace::default();
        let mut session = Session::new(Config::default(), Tape::default());
        session.connect(NOW, &ConnectOptions::new("ws://192.0.2.1"));
        let Some(Action::Dial { transport, .. }) = session.poll_action() else { panic!("no dial") };
        session.handle_connected(NOW, transport);
        session.handle_write_failed(NOW, transport, reset());
        let mut host = Host { session, work: std::mem::take(&mut work), transport };
        assert_eq!(host.told(), [""; 0], "nothing is decided yet");
        host.nothing_came();
        if !answer.is_empty() {
            host.read(answer);
        }
        let mut got = host.told();
        if got.is_empty() {
            host.nothing_came();
            got = host.told();
        }
        assert_eq!(got.len(), told.len(), "{got:?}");
        assert!(got.iter().zip(told).all(|(got, told)| got.starts_with(told)), "{got:?}");
        if told.contains(&"open") {
            host.session.send("x".into());
            assert_eq!(host.told(), ["2 11"]);
            host.nothing_came();
            host.nothing_came();
            assert_eq!(host.told(), END);
        }
    }
}

/// Pings stop: their pong would be none that is missing.
#[test]
fn keepalive_is_off() {
    let keepalive = Keepalive::new(Duration::from_secs(1), Duration::from_secs(1));
    let mut host = Host::open(Config::default().keepalive(keepalive));
    host.fail_writing();
    host.session.set_receiving(false);
    assert_eq!(host.session.poll_timeout(), None);
    host.session.handle_timeout(Time::from_millis(60_000));
    assert_eq!(host.told(), [""; 0]);
}

/// The transport of an ended connection that takes no more has nothing left to finish; one that is gone is of no interest.
#[test]
fn what_lingers_goes() {
    let mut host = Host::open(Config::default());
    let old = host.transport;
    host.transport = connect(&mut host.session, &mut host.work);
    host.session.handle_write_failed(NOW, old, reset());
    assert_eq!(host.session.poll_action(), Some(Action::Release { transport: old }));
    host.session.handle_write_failed(NOW, old, reset());
    assert_eq!(host.session.poll_action(), None);
    assert_eq!(host.told(), [""; 0]);
    assert!(host.session.can_send(1));
}
