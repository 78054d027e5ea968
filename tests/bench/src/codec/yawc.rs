//! yawc as its users have it, with the checks that ours has: text is text, and a message may have 16 MiB.

use bytes::Bytes;
use futures_util::SinkExt;
use yawc::frame::{Frame, OpCode};
use yawc::{Options, Role, WebSocket};

use super::client::Client;
use super::wire::{Kind, Messages, Wire, run};

pub(super) struct Yawc {
    socket: WebSocket<Wire>,
    kind: Kind,
    payload: Bytes,
}

impl Client for Yawc {
    fn open(wire: Wire, messages: &Messages) -> Self {
        let options = Options::default().with_utf8().with_limits(16 << 20, 32 << 20);
        let socket = WebSocket::from_stream(wire, Role::Client, options).expect("a client");
        Self { socket, kind: messages.kind, payload: Bytes::copy_from_slice(&messages.payload) }
    }

    fn receive(&mut self, count: usize, mut seen: impl FnMut(&[u8])) {
        run(async {
            for _ in 0..count {
                let frame = self.socket.next_frame().await.expect("a message");
                assert!(matches!(frame.opcode(), OpCode::Text | OpCode::Binary));
                seen(frame.payload());
            }
        });
    }

    fn send(&mut self, count: usize) {
        run(async {
            for _ in 0..count {
                let payload = self.payload.clone();
                let frame = match self.kind {
                    Kind::Binary => Frame::binary(payload),
                    Kind::Ascii | Kind::Mixed => Frame::text(payload),
                };
                self.socket.feed(frame).await.expect("room");
            }
            self.socket.flush().await.expect("a sink");
        });
    }
}
