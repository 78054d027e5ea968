//! The frames that a client sends.

use connect_socket_core::frame::{Opcode, encode_frame, header_len};

use crate::vectors::bytes::calls::Kind;
use crate::vectors::bytes::frames_out::{Input, Outcome};
use crate::vectors::bytes::{Hex, Play};

impl Play for Input {
    type Outcome = Outcome;

    fn play(&self) -> Result<Outcome, String> {
        let mask = self.mask_hex.0.as_slice().try_into().map_err(|_| "a mask has four bytes")?;
        let payload = &self.send.payload_hex.0;
        let mut bytes = vec![0; header_len(payload.len()) + payload.len()];
        let opcode = match self.send.frame {
            Kind::Text => Opcode::Text,
            Kind::Binary => Opcode::Binary,
            Kind::Close => Opcode::Close,
            Kind::Ping => Opcode::Ping,
            Kind::Pong => Opcode::Pong,
        };
        match encode_frame(&mut bytes, opcode, payload, mask) {
            Some(length) if length == bytes.len() => Ok(Outcome { bytes_hex: Hex(bytes) }),
            other => Err(format!("a frame of {other:?} bytes, where {} were meant", bytes.len())),
        }
    }
}
