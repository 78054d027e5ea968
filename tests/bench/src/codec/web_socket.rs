//! web-socket as its users have it: a buffered reader, fragments joined by hand, and text checked by hand, as it does
//! neither. It has no flush of its own: each message is a write.

use tokio::io::{AsyncWriteExt, BufReader};
use web_socket::{DataType, Event, MessageType, Stream, WebSocket};

use super::client::Client;
use super::wire::{Kind, Messages, Wire, run};

pub(super) struct WebSocketCrate {
    socket: WebSocket<BufReader<Wire>>,
    kind: Kind,
    payload: Vec<u8>,
    /// The fragments of a message so far.
    joined: Vec<u8>,
}

/// What a user does who needs text.
fn checked(kind: MessageType, data: &[u8]) -> &[u8] {
    if kind.is_text() {
        assert!(std::str::from_utf8(data).is_ok(), "text");
    }
    data
}

impl Client for WebSocketCrate {
    fn open(wire: Wire, messages: &Messages) -> Self {
        let socket = WebSocket::client(BufReader::new(wire));
        Self { socket, kind: messages.kind, payload: messages.payload.clone(), joined: Vec::new() }
    }

    fn receive(&mut self, count: usize, mut seen: impl FnMut(&[u8])) {
        run(async {
            let mut left = count;
            while left > 0 {
                match self.socket.recv().await.expect("an open stream") {
                    Event::Data { ty: DataType::Complete(kind), data } => seen(checked(kind, &data)),
                    Event::Data { ty: DataType::Stream(part), data } => {
                        self.joined.extend_from_slice(&data);
                        let Stream::End(kind) = part else { continue };
                        seen(checked(kind, &self.joined));
                        self.joined.clear();
                    }
                    other => panic!("{other:?}"),
                }
                left -= 1;
            }
        });
    }

    fn send(&mut self, count: usize) {
        run(async {
            for _ in 0..count {
                let sent = match self.kind {
                    Kind::Binary => self.socket.send(&self.payload[..]).await,
                    Kind::Ascii | Kind::Mixed => {
                        // It was made of a string.
                        let text = std::str::from_utf8(&self.payload[..]).expect("UTF-8");
                        self.socket.send(text).await
                    }
                };
                sent.expect("a sink");
            }
            self.socket.stream.flush().await.expect("a sink");
        });
    }
}
