//! One TLS connection as a byte machine: ciphertext in, plaintext out, and the other way round.

use std::io::{BufRead, Write};

use rustls::pki_types::{IpAddr, ServerName};
use rustls::{ClientConnection, ProtocolVersion};
use url::Host;

use super::config::TlsConfig;
use super::error;
use crate::error::Cause;

/// How much ciphertext is fed at once. After every record, rustls moves the rest of its buffer to the front, so a large
/// amount of small records would cost the square of its size.
const HELPING: usize = 4096;

/// The client's side of one TLS connection.
///
/// To drive it, call [`receive`](Self::receive), take [`plaintext`](Self::plaintext) until there is none, and repeat as
/// long as input is left. [`output`](Self::output) may have something after every call.
pub(crate) struct TlsMachine {
    /// Boxed because it is large, and ws connections need none.
    connection: Box<ClientConnection>,
    peer_closed: bool,
    close_sent: bool,
    failure: Option<Cause>,
    /// The first bytes that the server sent, and their number: enough to recognise an answer in plain HTTP.
    first: ([u8; HTTP.len()], usize),
}

/// The beginning of an unencrypted answer.
const HTTP: &[u8] = b"HTTP/";

impl TlsMachine {
    /// A machine whose first [`output`](Self::output) is the client's hello. A name is sent as SNI and must
    /// be among the certificate's names; an IP address is not sent (RFC 6066 §3), and must be among its
    /// addresses.
    pub(crate) fn new(config: Option<&TlsConfig>, host: &Host<String>) -> Result<Self, Cause> {
        // The session has checked this before.
        let config = config.ok_or_else(|| Cause::TlsUnavailable("there is no TLS configuration".into()))?;
        let name = match host {
            Host::Domain(name) => ServerName::try_from(name.clone()).map_err(|_| {
                Cause::Tls(format!("{name:?} is not a DNS name, so no certificate can name it").into())
            })?,
            Host::Ipv4(address) => ServerName::IpAddress(IpAddr::V4((*address).into())),
            Host::Ipv6(address) => ServerName::IpAddress(IpAddr::V6((*address).into())),
        };
        let connection =
            ClientConnection::new(config.client(), name).map_err(|error| error::cause(&error))?;
        Ok(Self {
            connection: Box::new(connection),
            peer_closed: false,
            close_sent: false,
            failure: None,
            first: Default::default(),
        })
    }

    /// Takes ciphertext off the front of `input`, until it is empty or plaintext waits.
    ///
    /// So `Ok` with input left means: take the plaintext and call again. This limits memory to one piece, and reports
    /// an error after the plaintext that came before it (rule F6). An error is final, and the alert for the peer is in
    /// [`output`](Self::output). Nothing is processed after the peer's `close_notify`, or after ours.
    pub(crate) fn receive(&mut self, input: &mut &[u8]) -> Result<(), Cause> {
        while !input.is_empty() {
            if self.peer_closed || self.close_sent {
                *input = &[];
                break;
            }
            if !self.plaintext().is_empty() {
                break;
            }
            if let Some(cause) = &self.failure {
                *input = &[];
                return Err(cause.clone());
            }
            // After a failure, the piece stays in the input, so that the caller comes back for the error once the
            // plaintext before it is taken.
            match self.feed(input) {
                Ok(taken) => *input = input.get(taken..).unwrap_or_default(),
                Err(cause) => self.failure = Some(cause),
            }
        }
        Ok(())
    }

    fn feed(&mut self, input: &[u8]) -> Result<usize, Cause> {
        let mut helping = input.get(..HELPING).unwrap_or(input);
        let (first, length) = &mut self.first;
        for (place, byte) in first.iter_mut().skip(*length).zip(helping) {
            *place = *byte;
            *length += 1;
        }
        let taken = match self.connection.read_tls(&mut helping) {
            // Impossible: it takes something whenever it may, and this was checked before.
            Ok(0) => return Err(Cause::Tls("no input was taken".into())),
            Ok(taken) => taken,
            Err(error) => return Err(Cause::Tls(error.to_string().into())),
        };
        let state = self.connection.process_new_packets().map_err(|error| {
            // No record begins with the letter H, so rustls may report an error before the others arrive.
            let (first, length) = self.first;
            let in_http = length > 0 && first.get(..length) == HTTP.get(..length);
            if in_http { Cause::Tls(error::IN_HTTP.into()) } else { error::cause(&error) }
        })?;
        self.peer_closed = state.peer_has_closed();
        Ok(taken)
    }

    /// The first waiting plaintext, in place; empty if there is none. There may be more after it.
    pub(crate) fn plaintext(&mut self) -> &[u8] {
        // An error only means that there is none.
        self.connection.reader().into_first_chunk().unwrap_or_default()
    }

    /// Removes `n` bytes of what [`plaintext`](Self::plaintext) returned.
    pub(crate) fn consume(&mut self, n: usize) {
        // rustls panics if more is consumed than there was.
        let n = n.min(self.plaintext().len());
        self.connection.reader().consume(n);
    }

    /// Whether the peer's `close_notify` has been read, so that no more plaintext comes after what waits.
    pub(crate) fn peer_closed(&self) -> bool {
        self.peer_closed
    }

    /// Whether the handshake is still going on.
    pub(crate) fn is_handshaking(&self) -> bool {
        self.connection.is_handshaking()
    }

    /// Takes plaintext to send, and returns how much it took. What it takes during the handshake goes out after it. It
    /// takes at most 64 KiB between two calls of [`output`](Self::output), and nothing after a failure or our
    /// `close_notify`.
    pub(crate) fn send(&mut self, plaintext: &[u8]) -> usize {
        if self.close_sent || self.failure.is_some() {
            return 0;
        }
        self.connection.writer().write(plaintext).unwrap_or(0)
    }

    /// Whether ciphertext waits.
    pub(crate) fn wants_write(&self) -> bool {
        self.connection.wants_write()
    }

    /// Appends all waiting ciphertext to `out`.
    pub(crate) fn output(&mut self, out: &mut Vec<u8>) {
        // A vector takes everything, so each turn takes something off the queue.
        while self.connection.wants_write() && self.connection.write_tls(out).is_ok_and(|written| written > 0)
        {
        }
    }

    /// Queues our `close_notify`, once, but not after a fatal alert. Call it when no further input matters: from here
    /// on, input is dropped unread. There is no use in reading on, and in debug builds rustls panics at a bad record
    /// after its own `close_notify`.
    pub(crate) fn close_notify(&mut self) {
        if !self.close_sent {
            self.close_sent = true;
            self.connection.send_close_notify();
        }
    }

    /// The agreed version, by its name in the registry.
    pub(crate) fn version(&self) -> Option<&'static str> {
        match self.connection.protocol_version()? {
            ProtocolVersion::TLSv1_3 => Some("TLSv1_3"),
            ProtocolVersion::TLSv1_2 => Some("TLSv1_2"),
            // rustls supports no other version.
            _ => None,
        }
    }
}
