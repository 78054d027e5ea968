//! The session, driven as a host drives it: nothing but its public API, and memory in place of a socket.

use connect_socket_core::{
    Action, Config, ConnectOptions, Event, Payload, SeededEntropy, Session, Time, TransportId, Workspace,
};
use tungstenite::handshake::derive_accept_key;

use super::client::Client;
use super::wire::{Kind, Messages, Wire};

const NOW: Time = Time::ZERO;

pub(super) struct Ours {
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

impl Client for Ours {
    fn open(wire: Wire, messages: &Messages) -> Self {
        let mut work = Workspace::default();
        let (session, transport) = opened(&mut work);
        let message = match messages.kind {
            Kind::Binary => Owned::Binary(messages.payload.clone()),
            Kind::Ascii | Kind::Mixed => {
                Owned::Text(String::from_utf8(messages.payload.clone()).expect("UTF-8"))
            }
        };
        Self { session, work, transport, wire, message }
    }

    fn receive(&mut self, count: usize, mut seen: impl FnMut(&[u8])) {
        let mut left = count;
        loop {
            loop {
                match self.session.poll_event(&mut self.work) {
                    Some(Event::Message { message, .. }) => seen(message.as_bytes()),
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
        loop {
            let offered = self.session.poll_transmit(self.transport, &mut self.work);
            if offered.is_empty() {
                break;
            }
            let written = offered.slices().iter().map(|slice| self.wire.write(slice)).sum();
            self.session.handle_transmitted(NOW, self.transport, written).expect("as offered");
        }
        let mut settled = 0;
        while let Some(event) = self.session.poll_event(&mut self.work) {
            assert!(matches!(event, Event::Settled { result: Ok(()), .. }), "{event:?}");
            settled += 1;
        }
        assert_eq!(settled, count);
    }
}

/// A session whose connection is open, its events taken.
fn opened(work: &mut Workspace) -> (Session<SeededEntropy>, TransportId) {
    let mut session = Session::new(Config::default(), SeededEntropy::new([7; 32]));
    session.connect(NOW, &ConnectOptions::new("ws://127.0.0.1/"));
    let Some(Action::Dial { transport, .. }) = session.poll_action() else { panic!("no dial") };
    session.handle_connected(NOW, transport);

    let request = session.poll_transmit(transport, work).slices().concat();
    session.handle_transmitted(NOW, transport, request.len()).expect("all of it");
    let answer = answer(request);
    assert_eq!(session.handle_bytes(NOW, transport, &answer, work), answer.len());
    assert!(matches!(session.poll_event(work), Some(Event::Settled { result: Ok(()), .. })));
    assert!(matches!(session.poll_event(work), Some(Event::Open { .. })));
    (session, transport)
}

/// What a server answers to a request.
fn answer(request: Vec<u8>) -> Vec<u8> {
    let request = String::from_utf8(request).expect("ASCII");
    let (_, key) = request.split_once("Sec-WebSocket-Key: ").expect("a key");
    let accept = derive_accept_key(key.lines().next().unwrap_or_default().as_bytes());
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )
    .into_bytes()
}
