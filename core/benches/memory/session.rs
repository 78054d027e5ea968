//! The session, driven as a host drives it: nothing but its public API, and memory in place of a socket. One
//! alone, and as many as share the buffer of a loop.

use std::hint::black_box;
use std::io::{self, IoSlice};
use std::sync::Arc;

use connect_socket_core::host::{Ask, Hub, Ready, Socket};
use connect_socket_core::{
    Action, Config, ConnectOptions, Entropy, Event, Payload, SeededEntropy, Session, Tape, Time, TransportId,
    Workspace,
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
        let mut session = Session::new(Config::default(), SeededEntropy::new([7; 32]));
        let options = ConnectOptions::new("ws://127.0.0.1/");
        let transport = open(&mut session, &options, &mut work, &mut None);
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

/// Sessions of one loop, in turns.
pub(crate) struct SessionsPeer {
    hub: Hub<Server, SeededEntropy>,
    /// The places of their sockets.
    sockets: Vec<usize>,
}

/// A socket whose server has answered, and then sends without end.
struct Server {
    answer: Vec<u8>,
    wire: Wire,
}

impl Socket for Server {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.answer.is_empty() {
            return Ok(self.wire.read(into));
        }
        let answer = std::mem::take(&mut self.answer);
        into[..answer.len()].copy_from_slice(&answer);
        Ok(answer.len())
    }

    fn write(&mut self, from: &[IoSlice<'_>]) -> io::Result<usize> {
        let request = from.iter().flat_map(|slice| slice.iter().copied()).collect();
        self.answer = answer_to(request);
        Ok(from.iter().map(|slice| slice.len()).sum())
    }

    fn shut_down_write(&mut self) {}
}

impl Peer for SessionsPeer {
    fn open(wire: Wire, _: Kind, _: &[u8]) -> Self {
        let mut hub = Hub::new(Workspace::default());
        let mut sockets = Vec::new();
        for wire in std::iter::repeat_n(wire, SESSIONS) {
            let key = hub.add(Session::new(Config::default(), SeededEntropy::new([7; 32])));
            hub.slot(NOW, key).expect("a session").connect(&ConnectOptions::new("ws://127.0.0.1/"));
            assert!(hub.poll_event(NOW).is_none());
            let Some(Ask::Dial { socket, .. }) = hub.poll_ask() else { panic!("no dial") };
            let server = Server { answer: Vec::new(), wire };
            assert!(hub.handle_dialled(NOW, socket, Ok(server)).is_none(), "it is wanted");
            assert!(matches!(hub.poll_event(NOW), Some((_, Event::Settled { result: Ok(()), .. }))));
            assert!(matches!(hub.poll_event(NOW), Some((_, Event::Open { .. }))));
            sockets.push(socket.place());
        }
        Self { hub, sockets }
    }

    fn receive(&mut self, count: usize) {
        let mut left = count;
        loop {
            while let Some((_, event)) = self.hub.poll_event(NOW) {
                let Event::Message { message, .. } = event else { panic!("{event:?}") };
                sink(message.as_bytes());
                left -= 1;
                if left == 0 {
                    return;
                }
            }
            for socket in &self.sockets {
                self.hub.handle_ready(*socket, Ready { readable: true, ..Ready::default() });
            }
        }
    }

    /// One alone sends no other way.
    fn send(&mut self, _: usize) {}
}

/// Connects `count` times, each time with another session, which is then dropped.
pub(crate) fn connect(count: usize) {
    let config = Arc::new(Config::default());
    let options = ConnectOptions::new("ws://127.0.0.1:9001/");
    let mut work = Workspace::default();
    let mut answer = None;
    for _ in 0..count {
        // The bytes of this tape are zeros, so all requests have the same key.
        let mut session = Session::new(Arc::clone(&config), Tape::default());
        open(&mut session, &options, &mut work, &mut answer);
        black_box(session);
    }
}

/// Connects, and takes the events. If there is no `answer` yet, it is the one to this request.
fn open<E: Entropy>(
    session: &mut Session<E>,
    options: &ConnectOptions,
    work: &mut Workspace,
    answer: &mut Option<Vec<u8>>,
) -> TransportId {
    session.connect(NOW, options);
    let Some(Action::Dial { transport, .. }) = session.poll_action() else { panic!("no dial") };
    session.handle_connected(NOW, transport);

    let request = session.poll_transmit(transport, work);
    let length = request.len();
    let answer = answer.get_or_insert_with(|| answer_to(request.slices().concat()));
    session.handle_transmitted(NOW, transport, length).expect("all of it");
    assert_eq!(session.handle_bytes(NOW, transport, answer, work), answer.len());
    assert!(matches!(session.poll_event(work), Some(Event::Settled { result: Ok(()), .. })));
    assert!(matches!(session.poll_event(work), Some(Event::Open { .. })));
    assert!(session.poll_event(work).is_none());
    transport
}

/// What a server answers to a request.
fn answer_to(request: Vec<u8>) -> Vec<u8> {
    let request = String::from_utf8(request).expect("ASCII");
    let (_, key) = request.split_once("Sec-WebSocket-Key: ").expect("a key");
    let accept = derive_accept_key(key.lines().next().unwrap_or_default().as_bytes());
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )
    .into_bytes()
}
