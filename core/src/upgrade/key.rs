//! The key of an upgrade and the answer to it (RFC 6455 §4.1, §4.2.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

/// What a server appends to the key (RFC 6455 §1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// How long the value of `Sec-WebSocket-Key` is.
pub(crate) const KEY_LEN: usize = 24;
/// How long the value of `Sec-WebSocket-Accept` is.
pub(crate) const ACCEPT_LEN: usize = 28;

/// The value of `Sec-WebSocket-Key`.
pub(crate) fn key_of(nonce: [u8; 16]) -> [u8; KEY_LEN] {
    base64_of(&nonce)
}

/// The one value of `Sec-WebSocket-Accept` that answers `key`.
pub(crate) fn accept_to(key: &[u8]) -> [u8; ACCEPT_LEN] {
    base64_of(&Sha1::new().chain_update(key).chain_update(GUID).finalize())
}

fn base64_of<const LEN: usize>(bytes: &[u8]) -> [u8; LEN] {
    let mut encoded = [0; LEN];
    let written = STANDARD.encode_slice(bytes, &mut encoded);
    debug_assert_eq!(written, Ok(LEN), "the length is that of the encoding");
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn u3_the_example_of_rfc_6455() {
        let key = key_of(*b"the sample nonce");
        assert_eq!(&key, b"dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(&accept_to(&key), b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}
