//! The parameters of closeSocket and sendSocketMessage.

use connect_socket_core::params::decode_base64;
use connect_socket_core::{Cause, CloseOptions, Payload};

use crate::vectors::bytes::calls::{Call, Input, Kind, Outcome};
use crate::vectors::bytes::urls::Validity;
use crate::vectors::bytes::{Hex, Play};

impl Play for Input {
    type Outcome = Outcome;

    fn play(&self) -> Result<Outcome, String> {
        Ok(match judge(&self.call) {
            Ok((frame, payload)) => Outcome {
                result: Validity::Valid,
                error: None,
                frame: Some(frame),
                payload_hex: Some(Hex(payload)),
            },
            Err(error) => {
                Outcome { result: Validity::Invalid, error: Some(error), frame: None, payload_hex: None }
            }
        })
    }
}

fn judge(call: &Call) -> Result<(Kind, Vec<u8>), u8> {
    match call {
        Call::Close { code, reason } => CloseOptions::from_script(code.value.clone(), reason.value.clone())
            .check()
            .map(|(code, reason)| (Kind::Close, [&code.to_be_bytes(), reason.as_bytes()].concat()))
            .map_err(|error| Cause::CloseInvalid(error).code().number()),
        Call::Send { data, is_buffer } => match Payload::from_script(&data.value, &is_buffer.value) {
            Payload::Text(text) => Ok((Kind::Text, text.as_bytes().to_vec())),
            Payload::Binary(bytes) => Ok((Kind::Binary, bytes.to_vec())),
            Payload::Base64(text) => decode_base64(text)
                .map(|bytes| (Kind::Binary, bytes))
                .map_err(|error| Cause::SendFailed(error).code().number()),
            Payload::Invalid => {
                Err(Cause::SendFailed(connect_socket_core::SendError::NotAMessage).code().number())
            }
        },
    }
}
