//! fastwebsockets as its users have it: frames where messages are whole, its collector where they are not. It has no
//! flush of its own: each frame is a write.

use fastwebsockets::{FragmentCollector, Frame, OpCode, Payload, Role, WebSocket};

use super::client::Client;
use super::wire::{Kind, Messages, Wire, run};

pub(super) struct Fastwebsockets {
    socket: Socket,
    kind: Kind,
    payload: Vec<u8>,
}

enum Socket {
    Frames(WebSocket<Wire>),
    Messages(FragmentCollector<Wire>),
}

impl Client for Fastwebsockets {
    fn open(wire: Wire, messages: &Messages) -> Self {
        let socket = WebSocket::after_handshake(wire, Role::Client);
        let socket = if messages.fragmented() {
            Socket::Messages(FragmentCollector::new(socket))
        } else {
            Socket::Frames(socket)
        };
        Self { socket, kind: messages.kind, payload: messages.payload.clone() }
    }

    fn receive(&mut self, count: usize, mut seen: impl FnMut(&[u8])) {
        let mut show = |frame: Frame<'_>| {
            assert!(matches!(frame.opcode, OpCode::Text | OpCode::Binary));
            seen(&frame.payload);
        };
        run(async {
            match &mut self.socket {
                Socket::Frames(socket) => {
                    for _ in 0..count {
                        show(socket.read_frame().await.expect("a frame"));
                    }
                }
                Socket::Messages(socket) => {
                    for _ in 0..count {
                        show(socket.read_frame().await.expect("a message"));
                    }
                }
            }
        });
    }

    fn send(&mut self, count: usize) {
        let Self { socket: Socket::Frames(socket), kind, payload } = self else {
            panic!("no fragments are sent")
        };
        run(async {
            for _ in 0..count {
                let payload = Payload::Borrowed(payload);
                let frame = match kind {
                    Kind::Binary => Frame::binary(payload),
                    Kind::Ascii | Kind::Mixed => Frame::text(payload),
                };
                socket.write_frame(frame).await.expect("a sink");
            }
            socket.flush().await.expect("a sink");
        });
    }
}
