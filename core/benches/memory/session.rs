//! The session, driven as a host drives it: nothing but its public API, and memory in place of a socket. One
//! alone, and as many as share the buffer of a loop.

use std::hint::black_box;

use connect_socket_core::{
    Action, Config, ConnectOptions, Event, Payload, SeededEntropy, Session, Time, TransportId, Workspace,
};
use tungstenite::handshake::derive_accept_key;

use super::{Kind, Peer, Wire, sink};

const NOW: Time = Time::ZERO;

pub(crate) struct SessionPeer {
    session: Session<SeededEntropy>,
    work: Workspace,
    transport: TransportId,
    wire: Wire,
    message: Owned,
}

/// What is sent.
enum Owned {
    Text(String),
    Binary(Vec<u8>),
}

impl Peer for SessionPeer {
    fn open(wire: Wire, kind: Kind, payload: &[u8]) -> Self {
        let mut work = Workspace::default();
        let (session, transport) = opened(&mut work);
        let message = match kind {
            Kind::Binary => Owned::Binary(payload.to_vec()),
            Kind::Ascii | Kind::Mixed => Owned::Text(String::from_utf8(payload.to_vec()).expect("UTF-8")),
        };
        Self { session, work, transport, wire, message }
    }

    fn receive(&mut self, count: usize) {
        let mut left = count;
        loop {
            loop {
                match self.session.poll_event(&mut self.work) {
                    Some(Event::Message { message, .. }) => sink(message.as_bytes()),
                    Some(other) => panic!("{other:?}"),
                    None => break,
                }
                left -= 1;
                if left == 0 {
                    return;
                }
            }
            let mut space = self.session.receive_space(self.transport, &mut self.work).expect("room");
            let read = self.wire.read(&mut space);
            space.filled(NOW, read).expect("it fits");
        }
    }

    fn send(&mut self, count: usize) {
        for _ in 0..count {
            self.session.send(match &self.message {
                Owned::Text(text) => Payload::Text(text),
                Owned::Binary(bytes) => Payload::Binary(bytes),
            });
        }
        let offered = black_box(self.session.poll_transmit(self.transport, &mut self.work)).len();
        self.session.handle_transmitted(NOW, self.transport, offered).expect("as offered");
        let mut settled = 0;
        while let Some(event) = self.session.poll_event(&mut self.work) {
            assert!(matches!(event, Event::Settled { result: Ok(()), .. }));
            settled += 1;
        }
        assert_eq!(settled, count);
    }
}

/// How many sessions a loop has here. Each has the stream of its own that [`Peer::open`] was given.
const SESSIONS: usize = 16;

/// Sessions that share a buffer. A loop that serves them asks [`Session::has_event`] before it takes an event,
/// since it can't go on to another session while it holds one.
pub(crate) struct SessionsPeer {
    lines: Vec<Line>,
    work: Workspace,
    /// Whose messages were taken last. All that was read belongs to it.
    at: usize,
}

struct Line {
    session: Session<SeededEntropy>,
    transport: TransportId,
    wire: Wire,
}

impl Peer for SessionsPeer {
    fn open(wire: Wire, _: Kind, _: &[u8]) -> Self {
        let mut work = Workspace::default();
        let mut line = |wire| {
            let (session, transport) = opened(&mut work);
            Line { session, transport, wire }
        };
        let lines = std::iter::repeat_n(wire, SESSIONS).map(&mut line).collect();
        Self { lines, work, at: 0 }
    }

    fn receive(&mut self, count: usize) {
        let mut left = count;
        loop {
            let line = &mut self.lines[self.at];
            while line.session.has_event(&mut self.work) {
                match line.session.poll_event(&mut self.work) {
                    Some(Event::Message { message, .. }) => sink(message.as_bytes()),
                    other => panic!("{other:?}"),
                }
                left -= 1;
                if left == 0 {
                    return;
                }
            }
            self.at = (self.at + 1) % SESSIONS;
            let line = &mut self.lines[self.at];
            let mut space = line.session.receive_space(line.transport, &mut self.work).expect("room");
            let read = line.wire.read(&mut space);
            space.filled(NOW, read).expect("it fits");
        }
    }

    /// One alone sends no other way.
    fn send(&mut self, _: usize) {}
}

/// A session whose connection is open, its events taken.
fn opened(work: &mut Workspace) -> (Session<SeededEntropy>, TransportId) {
    let mut session = Session::new(Config::default(), SeededEntropy::new([7; 32]));
    session.connect(NOW, &ConnectOptions::new("ws://127.0.0.1/"));
    let Some(Action::Dial { transport, .. }) = session.poll_action() else { panic!("no dial") };
    session.handle_connected(NOW, transport);

    let request = session.poll_transmit(transport, work).slices().concat();
    session.handle_transmitted(NOW, transport, request.len()).expect("all of it");
    let request = String::from_utf8(request).expect("ASCII");
    let (_, key) = request.split_once("Sec-WebSocket-Key: ").expect("a key");
    let accept = derive_accept_key(key.lines().next().unwrap_or_default().as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    assert_eq!(session.handle_bytes(NOW, transport, answer.as_bytes(), work), answer.len());
    assert!(matches!(session.poll_event(work), Some(Event::Settled { result: Ok(()), .. })));
    assert!(matches!(session.poll_event(work), Some(Event::Open { .. })));
    (session, transport)
}
