//! Replaces the TLS machine when the feature `tls` is off: types without values, so that the session needs no
//! conditional code.

use url::Host;

use crate::error::Cause;

/// No configuration can exist.
#[derive(Clone, Debug)]
pub(crate) enum TlsConfig {}

/// No machine can exist, so every method is unreachable.
pub(crate) enum TlsMachine {}

impl TlsMachine {
    pub(crate) fn new(config: Option<&TlsConfig>, _host: &Host<String>) -> Result<Self, Cause> {
        match config {
            Some(config) => match *config {},
            None => Err(Cause::TlsUnavailable("this program was built without TLS".into())),
        }
    }

    pub(crate) fn receive(&mut self, _input: &mut &[u8]) -> Result<(), Cause> {
        match *self {}
    }

    pub(crate) fn plaintext(&mut self) -> &[u8] {
        match *self {}
    }

    pub(crate) fn consume(&mut self, _n: usize) {
        match *self {}
    }

    pub(crate) fn peer_closed(&self) -> bool {
        match *self {}
    }

    pub(crate) fn is_handshaking(&self) -> bool {
        match *self {}
    }

    pub(crate) fn send(&mut self, _plaintext: &[u8]) -> usize {
        match *self {}
    }

    pub(crate) fn wants_write(&self) -> bool {
        match *self {}
    }

    pub(crate) fn output(&mut self, _out: &mut Vec<u8>) {
        match *self {}
    }

    pub(crate) fn close_notify(&mut self) {
        match *self {}
    }

    pub(crate) fn version(&self) -> Option<&'static str> {
        match *self {}
    }
}
