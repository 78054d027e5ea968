//! sockudo-ws as its users have it: default settings, and payloads to send that are shared, not copied.

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use sockudo_ws::{Config, Message, WebSocketStream};
use tokio::runtime::{Builder, Runtime};

use super::client::Client;
use super::wire::{Kind, Messages, Wire, run};

pub(super) struct SockudoWs {
    socket: WebSocketStream<Wire>,
    message: Message,
    /// Its timers ask for one.
    runtime: Runtime,
}

impl Client for SockudoWs {
    fn open(wire: Wire, messages: &Messages) -> Self {
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        let inside = runtime.enter();
        let payload = Bytes::copy_from_slice(&messages.payload);
        let message = match messages.kind {
            Kind::Binary => Message::Binary(payload),
            Kind::Ascii | Kind::Mixed => Message::Text(payload),
        };
        let socket = WebSocketStream::client(wire, Config::default());
        drop(inside);
        Self { socket, message, runtime }
    }

    fn receive(&mut self, count: usize, mut seen: impl FnMut(&[u8])) {
        let _inside = self.runtime.enter();
        run(async {
            for _ in 0..count {
                match self.socket.next().await.expect("an open stream").expect("a message") {
                    Message::Text(bytes) | Message::Binary(bytes) => seen(&bytes),
                    other => panic!("{other:?}"),
                }
            }
        });
    }

    fn send(&mut self, count: usize) {
        let _inside = self.runtime.enter();
        run(async {
            for _ in 0..count {
                self.socket.feed(self.message.clone()).await.expect("room");
            }
            self.socket.flush().await.expect("a sink");
        });
    }
}
