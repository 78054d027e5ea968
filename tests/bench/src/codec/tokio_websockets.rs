//! tokio-websockets as its users have it: default settings, and payloads to send that are shared, not copied.

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio_websockets::{ClientBuilder, Message, WebSocketStream};

use super::client::Client;
use super::wire::{Kind, Messages, Wire, run};

pub(super) struct TokioWebsockets {
    socket: WebSocketStream<Wire>,
    kind: Kind,
    payload: Bytes,
    /// Validated once, shared by every send.
    message: Message,
}

impl Client for TokioWebsockets {
    fn open(wire: Wire, messages: &Messages) -> Self {
        let payload = Bytes::copy_from_slice(&messages.payload);
        let message = match messages.kind {
            Kind::Binary => Message::binary(payload.clone()),
            Kind::Ascii | Kind::Mixed => {
                Message::text(String::from_utf8(messages.payload.clone()).expect("UTF-8"))
            }
        };
        let socket = ClientBuilder::new().take_over(wire);
        Self { socket, kind: messages.kind, payload, message }
    }

    fn receive(&mut self, count: usize, mut seen: impl FnMut(&[u8])) {
        run(async {
            for _ in 0..count {
                let message = self.socket.next().await.expect("an open stream").expect("a message");
                match self.kind {
                    Kind::Binary => assert!(message.is_binary()),
                    Kind::Ascii | Kind::Mixed => assert!(message.is_text()),
                }
                seen(message.as_payload());
            }
        });
    }

    fn send(&mut self, count: usize) {
        run(async {
            for _ in 0..count {
                let message = match self.kind {
                    Kind::Binary => Message::binary(self.payload.clone()),
                    Kind::Ascii | Kind::Mixed => self.message.clone(),
                };
                self.socket.feed(message).await.expect("room");
            }
            self.socket.flush().await.expect("a sink");
        });
    }
}
