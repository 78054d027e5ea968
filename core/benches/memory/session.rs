//! The session, driven as a host drives it: nothing but its public API, and memory in place of a socket.

use std::hint::black_box;

use connect_socket_core::{
    Action, Config, ConnectOptions, Event, Payload, ReceiveBuffer, SeededEntropy, Session, Time, TransportId,
};
use tungstenite::handshake::derive_accept_key;

use super::{Kind, Peer, Wire, sink};

const NOW: Time = Time::ZERO;

pub(crate) struct SessionPeer {
    session: Session<SeededEntropy>,
    buffer: ReceiveBuffer,
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
        let mut session = Session::new(Config::default(), SeededEntropy::new([7; 32]));
        let mut buffer = ReceiveBuffer::default();
        session.connect(NOW, &ConnectOptions::new("ws://127.0.0.1/"));
        let Some(Action::Dial { transport, .. }) = session.poll_action() else { panic!("no dial") };
        session.handle_connected(NOW, transport);

        let request = session.poll_transmit(transport).slices().concat();
        session.handle_transmitted(NOW, transport, request.len()).expect("all of it");
        let request = String::from_utf8(request).expect("ASCII");
        let (_, key) = request.split_once("Sec-WebSocket-Key: ").expect("a key");
        let accept = derive_accept_key(key.lines().next().unwrap_or_default().as_bytes());
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        let window = session.receive_window(transport, &mut buffer).expect("a window");
        window[..answer.len()].copy_from_slice(answer.as_bytes());
        session.handle_received(NOW, transport, &mut buffer, answer.len()).expect("it fits");
        assert!(matches!(session.poll_event(&mut buffer), Some(Event::Settled { result: Ok(()), .. })));
        assert!(matches!(session.poll_event(&mut buffer), Some(Event::Open { .. })));

        let message = match kind {
            Kind::Binary => Owned::Binary(payload.to_vec()),
            Kind::Ascii | Kind::Mixed => Owned::Text(String::from_utf8(payload.to_vec()).expect("UTF-8")),
        };
        Self { session, buffer, transport, wire, message }
    }

    fn receive(&mut self, count: usize) {
        let mut left = count;
        loop {
            loop {
                match self.session.poll_event(&mut self.buffer) {
                    Some(Event::Message { message, .. }) => sink(message.as_bytes()),
                    Some(other) => panic!("{other:?}"),
                    None => break,
                }
                left -= 1;
                if left == 0 {
                    return;
                }
            }
            let window = self.session.receive_window(self.transport, &mut self.buffer).expect("a window");
            let read = self.wire.read(window);
            self.session.handle_received(NOW, self.transport, &mut self.buffer, read).expect("it fits");
        }
    }

    fn send(&mut self, count: usize) {
        for _ in 0..count {
            self.session.send(match &self.message {
                Owned::Text(text) => Payload::Text(text),
                Owned::Binary(bytes) => Payload::Binary(bytes),
            });
        }
        let offered = black_box(self.session.poll_transmit(self.transport)).len();
        self.session.handle_transmitted(NOW, self.transport, offered).expect("as offered");
        let mut settled = 0;
        while let Some(event) = self.session.poll_event(&mut self.buffer) {
            assert!(matches!(event, Event::Settled { result: Ok(()), .. }));
            settled += 1;
        }
        assert_eq!(settled, count);
    }
}
