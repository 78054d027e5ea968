//! tungstenite as its users have it: default settings, and payloads to send that are shared, not copied.

use tungstenite::protocol::Role;
use tungstenite::{Bytes, Message, Utf8Bytes, WebSocket};

use super::client::Client;
use super::wire::{Kind, Messages, Wire};

pub(super) struct Tungstenite {
    socket: WebSocket<Wire>,
    message: Message,
}

impl Client for Tungstenite {
    fn open(wire: Wire, messages: &Messages) -> Self {
        let bytes = Bytes::copy_from_slice(&messages.payload);
        let message = match messages.kind {
            Kind::Binary => Message::Binary(bytes),
            Kind::Ascii | Kind::Mixed => Message::Text(Utf8Bytes::try_from(bytes).expect("UTF-8")),
        };
        Self { socket: WebSocket::from_raw_socket(wire, Role::Client, None), message }
    }

    fn receive(&mut self, count: usize, mut seen: impl FnMut(&[u8])) {
        for _ in 0..count {
            match self.socket.read().expect("a message") {
                Message::Binary(bytes) => seen(&bytes),
                Message::Text(text) => seen(text.as_bytes()),
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
