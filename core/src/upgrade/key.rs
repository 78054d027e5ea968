//! The key of an upgrade and the answer to it (RFC 6455 §4.1, §4.2.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

/// What a server appends to the key (RFC 6455 §1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The value of `Sec-WebSocket-Key`: 24 letters.
pub(crate) fn key_of(nonce: [u8; 16]) -> String {
    STANDARD.encode(nonce)
}

/// The one value of `Sec-WebSocket-Accept` that answers the key made from `nonce`.
pub(crate) fn accept_of(nonce: [u8; 16]) -> String {
    accept_to(&key_of(nonce))
}

/// The one value of `Sec-WebSocket-Accept` that answers `key`.
pub(crate) fn accept_to(key: &str) -> String {
    STANDARD.encode(Sha1::new().chain_update(key).chain_update(GUID).finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn u3_the_example_of_rfc_6455() {
        assert_eq!(key_of(*b"the sample nonce"), "dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(accept_of(*b"the sample nonce"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}
