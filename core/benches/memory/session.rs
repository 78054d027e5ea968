//! The session, driven as a host drives it: nothing but its public API, and memory in place of a socket. One
//! alone, and as many as share the buffer of a loop.

use std::hint::black_box;
use std::io::{self, IoSlice};

use connect_socket_core::host::{Ask, Hub, Ready, Socket};
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
        self.answer = answer(request);
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
