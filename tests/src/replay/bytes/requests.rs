//! The upgrade request.

use connect_socket_core::params::Request;

use crate::vectors::bytes::requests::{Input, Outcome};
use crate::vectors::bytes::{Hex, Play};

impl Play for Input {
    type Outcome = Outcome;

    fn play(&self) -> Result<Outcome, String> {
        let request =
            Request::check(&self.call.options(), false, usize::MAX).map_err(|refusal| refusal.to_string())?;
        let key = self.key_hex.0.as_slice().try_into().map_err(|_| "a key has sixteen bytes")?;
        Ok(Outcome { offered: request.protocols().to_vec(), head_hex: Hex(request.head(key)) })
    }
}
