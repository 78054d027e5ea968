//! What is told does not depend on where the stream was cut (semantics G5: nothing is lost).

use connect_socket_core::{
    Action, Config, ConnectOptions, Event, Message, Session, Tape, Time, TransportId, Workspace,
};

const NOW: Time = Time::ZERO;

/// The answer to the key that a tape of zeros makes.
const ANSWER: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=\r\n\r\n";

/// Messages of every kind and form, with a ping among them and a close frame at the end.
fn frames() -> Vec<u8> {
    let mut frames = Vec::new();
    frames.extend_from_slice(b"\x81\x06h\xc3\xa9llo");
    frames.extend_from_slice(b"\x82\x03\x01\x02\x03");
    frames.extend_from_slice(b"\x81\x00\x82\x00\x89\x02hi");
    frames.extend_from_slice(b"\x01\x02fr\x8a\x00\x00\x00\x80\x03agm");
    frames.extend_from_slice(b"\x82\x7e\x00\x80");
    frames.extend_from_slice(&[9; 128]);
    frames.extend_from_slice(b"\x81\x7e\x00\x80");
    frames.extend_from_slice("\u{e9}".repeat(64).as_bytes());
    frames.extend_from_slice(b"\x88\x05\x03\xe8bye");
    frames
}

struct Host {
    session: Session<Tape>,
    work: Workspace,
    transport: TransportId,
    told: Vec<String>,
}

impl Host {
    fn open() -> Self {
        let mut session = Session::new(Config::default(), Tape::default());
        session.connect(NOW, &ConnectOptions::new("ws://192.0.2.1"));
        let Some(Action::Dial { transport, .. }) = session.poll_action() else { panic!("no dial") };
        session.handle_connected(NOW, transport);
        Self { session, work: Workspace::default(), transport, told: Vec::new() }
    }

    fn receive(&mut self, bytes: &[u8]) {
        if self.session.wants_read(self.transport) {
            let taken = self.session.handle_bytes(NOW, self.transport, bytes, &mut self.work);
            assert_eq!(taken, bytes.len());
        }
        // A loop that asks before it takes, and writes between the frames.
        loop {
            while self.session.has_event(&mut self.work) {
                let Some(event) = self.session.poll_event(&mut self.work) else { panic!("announced") };
                match event {
                    Event::Message { message: Message::Text(text), .. } => self.told.push(text.into()),
                    Event::Message { message: Message::Binary(bytes), .. } => {
                        self.told.push(format!("{bytes:?}"));
                    }
                    Event::Close { code, reason, .. } => self.told.push(format!("close {code} {reason}")),
                    Event::Settled { .. } | Event::Open { .. } => {}
                    Event::Error { error, .. } => panic!("{error}"),
                }
            }
            let waiting = self.session.poll_transmit(self.transport, &mut self.work).len();
            if waiting == 0 {
                break;
            }
            assert_eq!(self.session.handle_transmitted(NOW, self.transport, waiting), Ok(()));
        }
    }
}

fn told(pieces: &[&[u8]]) -> Vec<String> {
    let mut host = Host::open();
    host.receive(ANSWER);
    for piece in pieces {
        host.receive(piece);
    }
    host.told
}

#[test]
fn no_cut_loses_a_message() {
    let frames = frames();
    let whole = told(&[&frames]);
    assert_eq!(whole.len(), 8, "{whole:?}");
    for first in 1..frames.len() {
        for second in first..frames.len().min(first + 3) {
            let pieces = [&frames[..first], &frames[first..second], &frames[second..]];
            assert_eq!(told(&pieces), whole, "cut at {first} and {second}");
        }
    }
}

#[test]
fn bytes_one_by_one_tell_the_same() {
    let frames = frames();
    let pieces: Vec<_> = frames.chunks(1).collect();
    assert_eq!(told(&pieces), told(&[&frames]));
}
