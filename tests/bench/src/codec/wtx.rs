//! wtx as its users have it: frames that borrow from its buffer. It masks what it is given in place, so a payload that
//! is sent again is copied first; each frame is a write.

use wtx::collection::Vector;
use wtx::rng::Xorshift64;
use wtx::web_socket::{Frame, OpCode, WebSocketBuffer, WebSocketOwned, WebSocketPayloadOrigin};

use super::client::Client;
use super::wire::{Kind, Messages, Wire, run};

pub(super) struct Wtx {
    socket: WebSocketOwned<(), Xorshift64, Wire, true>,
    /// Where a message goes that does not come in one frame.
    joined: Vector<u8>,
    kind: Kind,
    payload: Vec<u8>,
    /// The copy that is masked.
    masked: Vec<u8>,
}

impl Client for Wtx {
    fn open(wire: Wire, messages: &Messages) -> Self {
        Self {
            socket: WebSocketOwned::new((), false, Xorshift64::new(7), wire, WebSocketBuffer::new()),
            joined: Vector::new(),
            kind: messages.kind,
            payload: messages.payload.clone(),
            masked: messages.payload.clone(),
        }
    }

    fn receive(&mut self, count: usize, mut seen: impl FnMut(&[u8])) {
        run(async {
            for _ in 0..count {
                self.joined.clear();
                let origin = WebSocketPayloadOrigin::Adaptive;
                let frame = self.socket.read_frame(&mut self.joined, origin).await.expect("a message");
                assert!(matches!(frame.op_code(), OpCode::Text | OpCode::Binary));
                seen(frame.payload());
            }
        });
    }

    fn send(&mut self, count: usize) {
        let opcode = match self.kind {
            Kind::Binary => OpCode::Binary,
            Kind::Ascii | Kind::Mixed => OpCode::Text,
        };
        run(async {
            for _ in 0..count {
                self.masked.copy_from_slice(&self.payload);
                let mut frame = Frame::new_fin(opcode, &mut self.masked[..]);
                self.socket.write_frame(&mut frame).await.expect("a sink");
            }
        });
    }
}
