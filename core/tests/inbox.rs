//! Events that wait for whoever takes them (semantics G5, T, and back-pressure).

mod opened;

use connect_socket_core::{
    CloseOptions, Config, ConnectOptions, Inbox, OwnedEvent, OwnedMessage, Payload, ReceiveBuffer, Session,
    Tape, TransportId,
};
use opened::{NOW, open, read};

struct Host {
    session: Session<Tape>,
    transport: TransportId,
    buffer: ReceiveBuffer,
    inbox: Inbox,
}

impl Host {
    fn open(bound: usize) -> Self {
        let mut buffer = ReceiveBuffer::default();
        let (session, transport) = open(Config::default(), &mut buffer);
        Self { session, transport, buffer, inbox: Inbox::new(bound) }
    }

    fn read(&mut self, bytes: &[u8]) {
        read(&mut self.session, self.transport, &mut self.buffer, bytes);
    }

    fn pull(&mut self) {
        while self.inbox.pull(&mut self.session, &mut self.buffer) {}
    }

    fn take(&mut self) -> String {
        match self.inbox.take_event() {
            None => "nothing".into(),
            Some(OwnedEvent::Settled { call, result }) => format!("call {} {}", call.get(), result.is_ok()),
            Some(OwnedEvent::Open { .. }) => "open".into(),
            Some(OwnedEvent::Message { message: OwnedMessage::Text(text), .. }) => text,
            Some(OwnedEvent::Message { message: OwnedMessage::Binary(bytes), .. }) => format!("{bytes:?}"),
            Some(OwnedEvent::Error { error, .. }) => format!("error {}", error.code().number()),
            Some(OwnedEvent::Close { code, .. }) => format!("close {code}"),
        }
    }
}

/// Messages wait up to the bound and one more; then the session takes none, until some were taken.
#[test]
fn what_waits_is_bounded() {
    let mut host = Host::open(100);
    host.read(b"\x81\x01a\x81\x01b\x81\x01c");
    host.pull();
    assert!(host.session.receive_window(host.transport, &mut host.buffer).is_none(), "it is held back");
    assert!(!host.inbox.can_resume());
    assert_eq!(host.take(), "a");
    assert!(host.inbox.can_resume());
    host.pull();
    assert_eq!([host.take(), host.take(), host.take()], ["b", "c", "nothing"]);
}

/// G5: while messages are not wanted, results are told past those that wait, and no other event is.
#[test]
fn results_pass_messages_that_are_not_wanted() {
    let mut host = Host::open(Inbox::DEFAULT_BOUND);
    host.read(b"\x81\x01a");
    host.pull();
    host.inbox.set_receiving(false);
    host.inbox.command(&mut host.session, |session| session.send(Payload::Invalid));
    host.session.handle_transport_error(NOW, host.transport, std::io::Error::other("gone").into());
    host.pull();
    assert_eq!([host.take(), host.take()], ["call 2 false", "nothing"]);
    host.inbox.set_receiving(true);
    host.pull();
    assert_eq!([host.take(), host.take(), host.take()], ["a", "error 1", "close 1006"]);
}

/// T: a connection that is replaced, or asked to close, tells no more messages, those that wait included.
#[test]
fn a_command_drops_what_is_not_told() {
    for close in [false, true] {
        let mut host = Host::open(Inbox::DEFAULT_BOUND);
        host.read(b"\x81\x01a\x81\x01b");
        host.pull();
        assert_eq!(host.take(), "a");
        let Host { session, inbox, .. } = &mut host;
        if close {
            inbox.command(session, |session| session.close(NOW, &CloseOptions::default()));
        } else {
            inbox.command(session, |session| session.connect(NOW, &ConnectOptions::new("ws://192.0.2.2")));
        }
        host.pull();
        assert_eq!(host.take(), if close { "call 2 true" } else { "close 1000" });
        assert_eq!(host.take(), "nothing");
    }
}

/// A refused call touches nothing that waits (S4), and its result can be asked for once.
#[test]
fn a_refused_call_drops_nothing() {
    let mut host = Host::open(Inbox::DEFAULT_BOUND);
    host.read(b"\x81\x01a");
    host.pull();
    let call =
        host.inbox.command(&mut host.session, |session| session.connect(NOW, &ConnectOptions::new("x")));
    assert!(host.inbox.take_result(call).is_none(), "it is not told yet");
    host.pull();
    assert!(matches!(host.inbox.take_result(call), Some(Err(_))));
    assert!(host.inbox.take_result(call).is_none());
    assert_eq!([host.take(), host.take(), host.take()], ["a", "call 2 false", "nothing"]);
}

/// Once nobody listens, nothing is kept, and the server is not held back.
#[test]
fn a_closed_inbox_keeps_nothing() {
    let mut host = Host::open(100);
    host.read(b"\x81\x01a\x81\x01b\x81\x01c");
    host.pull();
    host.inbox.close();
    host.pull();
    assert_eq!(host.take(), "nothing");
    assert!(host.session.receive_window(host.transport, &mut host.buffer).is_some());
}
