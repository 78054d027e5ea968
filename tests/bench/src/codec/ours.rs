//! The session, driven as a host drives it: nothing but its public API, and memory in place of a socket.

use connect_socket_core::{
    Action, Config, ConnectOptions, Event, Payload, SeededEntropy, Session, Time, TransportId, Workspace,
};
use tungstenite::handshake::derive_accept_key;

use crate::measure::{Sample, per_message};

use super::client::{Client, sink};
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
        Self::open_with(Config::default(), wire, messages)
    }

    fn receive(&mut self, count: usize, mut seen: impl FnMut(&[u8])) {
        self.receive_parts(count, |part, _| seen(part));
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
        loop {
            match self.session.poll_event(&mut self.work) {
                Some(Event::Settled { result: Ok(()), .. }) => settled += 1,
                Some(other) => panic!("{other:?}"),
                None => break,
            }
        }
        assert_eq!(settled, count);
    }
}

impl Ours {
    fn open_with(config: Config, wire: Wire, messages: &Messages) -> Self {
        let mut work = Workspace::default();
        let (session, transport) = opened(config, &mut work);
        let message = match messages.kind {
            Kind::Binary => Owned::Binary(messages.payload.clone()),
            Kind::Ascii | Kind::Mixed => {
                Owned::Text(String::from_utf8(messages.payload.clone()).expect("UTF-8"))
            }
        };
        Self { session, work, transport, wire, message }
    }

    /// Receives `count` messages, and hands each part of them to `seen`, with whether its message ends with it.
    fn receive_parts(&mut self, count: usize, mut seen: impl FnMut(&[u8], bool)) {
        let mut left = count;
        loop {
            loop {
                match self.session.poll_event(&mut self.work) {
                    Some(Event::Message { message, last, .. }) => {
                        seen(message.as_bytes(), last);
                        left -= usize::from(last);
                    }
                    Some(other) => panic!("{other:?}"),
                    None => break,
                }
                if left == 0 {
                    return;
                }
            }
            let mut space = self.session.receive_space(self.transport, &mut self.work).expect("room");
            let read = self.wire.read_vectored(space.slices());
            space.filled(NOW, read).expect("it fits");
        }
    }
}

/// Messages that are delivered in parts as they arrive, checked and then measured.
pub(super) fn receiving_in_parts(messages: &Messages) -> Result<Sample, String> {
    let open = || Ours::open_with(Config::default().parts_above(1024), Wire::new(messages), messages);
    let (mut message, mut equal) = (Vec::new(), 0);
    open().receive_parts(CHECKED, |part, last| {
        message.extend_from_slice(part);
        if last {
            equal += usize::from(message == messages.payload);
            message.clear();
        }
    });
    if equal != CHECKED {
        return Err(format!("of {CHECKED} messages {equal} arrived unchanged"));
    }
    let mut client = open();
    Ok(per_message(move |count| {
        client.receive_parts(count, |part, _| sink(part));
        count
    }))
}

/// So many messages are checked.
const CHECKED: usize = 32;

/// A session whose connection is open, its events taken.
fn opened(config: Config, work: &mut Workspace) -> (Session<SeededEntropy>, TransportId) {
    let mut session = Session::new(config, SeededEntropy::new([7; 32]));
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
