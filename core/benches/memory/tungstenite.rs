//! tungstenite as its users have it: default settings, and payloads to send that are shared, not copied.

use tungstenite::protocol::Role;
use tungstenite::{Bytes, Message, Utf8Bytes, WebSocket};

use super::{Kind, Peer, Wire, sink};

pub(crate) struct TungstenitePeer {
    socket: WebSocket<Wire>,
    message: Message,
}

impl Peer for TungstenitePeer {
    fn open(wire: Wire, kind: Kind, payload: &[u8]) -> Self {
        let bytes = Bytes::copy_from_slice(payload);
        let message = match kind {
            Kind::Binary => Message::Binary(bytes),
            Kind::Ascii | Kind::Mixed => Message::Text(Utf8Bytes::try_from(bytes).expect("UTF-8")),
        };
        Self { socket: WebSocket::from_raw_socket(wire, Role::Client, None), message }
    }

    fn receive(&mut self, count: usize) {
        for _ in 0..count {
            match self.socket.read().expect("a frame") {
                Message::Binary(bytes) => sink(&bytes),
                Message::Text(text) => sink(text.as_bytes()),
                other => panic!("{other:?}"),
            }
        }
    }

    fn send(&mut self, count: usize) {
        for _ in 0..count {
            self.socket.write(self.message.clone()).expect("room");
        }
        self.socket.flush().expect("a sink");
    }
}
