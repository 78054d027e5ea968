//! One transport: the server behind it, and what the client wrote to it.

use connect_socket_core::frame::{FrameError, Limits};
use connect_socket_core::upgrade::Answer;

use super::super::frames::{self, AT_ONCE, Got};
use crate::memory::frames::client_frame;
use crate::memory::line;
use crate::memory::server::{accept, accept_key, head, header};

pub(super) type Line = line::Line<Far>;

/// What is known of both ends.
#[derive(Debug, Default)]
pub(super) struct Far {
    /// What the host gave to the session while the connection was current.
    pub(super) read: Vec<u8>,
    /// What the host wrote.
    pub(super) written: Vec<u8>,
    /// What the host has begun to write, and not reported.
    pub(super) offer: Option<Vec<u8>>,
}

impl Far {
    /// The request, once it is there whole.
    fn request(&self) -> Option<&str> {
        head(&self.written)
    }

    /// The server answers the request in one of some ways.
    pub(super) fn answer(&self, way: u8) -> Vec<u8> {
        let Some(request) = self.request() else { return Vec::new() };
        let offered = header(request, "Sec-WebSocket-Protocol").and_then(|list| list.split(", ").next());
        let chosen = offered.map_or(String::new(), |name| format!("Sec-WebSocket-Protocol: {name}\r\n"));
        let answer = |lines: &str| accept(request, lines);
        let plain = answer("");
        let text = match way % 16 {
            0..=2 => plain,
            3 => answer(&chosen),
            // A text frame is no text, as its first byte is not ASCII.
            4 => return [plain.as_bytes(), b"\x81\x02hi"].concat(),
            5 => format!("HTTP/1.1 100 Continue\r\n\r\n{plain}"),
            6 => answer("Sec-WebSocket-Protocol: other\r\n"),
            7 => answer("Sec-WebSocket-Extensions: permessage-deflate\r\n"),
            8 => "HTTP/1.1 503 Service Unavailable\r\n\r\n".to_owned(),
            9 => plain.replace(&accept_key(request), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
            10 => answer(&format!("X: {}\r\n", "x".repeat(1000))),
            11 => plain[..plain.len() - 2].to_owned(),
            12 => plain[..20].to_owned(),
            13 => plain.replace("\r\n", "\n"),
            14 => plain.replace("websocket", "h2c"),
            _ => "\r\n".to_owned(),
        };
        text.into_bytes()
    }

    /// What a decoder alone makes of the bytes that the session was given.
    pub(super) fn expected(&self, limits: Limits, head_limit: usize) -> (Vec<Got>, Option<FrameError>) {
        let Some(request) = self.request() else { return (Vec::new(), None) };
        let key = header(request, "Sec-WebSocket-Key").expect("a key");
        let offered: Vec<String> = header(request, "Sec-WebSocket-Protocol")
            .map(|list| list.split(", ").map(str::to_owned).collect())
            .unwrap_or_default();
        let mut answer = Answer::new(nonce(key), offered, head_limit);
        let mut rest = &self.read[..];
        match answer.receive(&mut rest) {
            Ok(Some(_)) => {
                let read = frames::read(limits, rest, AT_ONCE);
                (read.items, read.error)
            }
            Ok(None) | Err(_) => (Vec::new(), None),
        }
    }

    /// Reads what the client wrote as strictly as RFC 6455 asks a server to. `None`: no request yet.
    pub(super) fn client_stream(&self) -> Option<ClientStream> {
        let start = self.request()?.len();
        Some(ClientStream::read(&self.written[start..]))
    }
}

/// The nonce that a key was made of.
fn nonce(key: &str) -> [u8; 16] {
    let bytes = connect_socket_core::params::decode_base64(key).expect("a key is base64");
    bytes.try_into().expect("a key is of 16 bytes")
}

/// The frames of a client.
#[derive(Debug, Default)]
pub(super) struct ClientStream {
    /// The messages: whether it is text, and the payload.
    pub(super) messages: Vec<(bool, Vec<u8>)>,
    pub(super) pongs: Vec<Vec<u8>>,
    /// The payload of the close frame.
    pub(super) close: Option<Vec<u8>>,
    /// The last frame is not there whole.
    pub(super) cut: bool,
}

impl ClientStream {
    fn read(mut rest: &[u8]) -> Self {
        let mut stream = Self::default();
        while !rest.is_empty() {
            assert!(stream.close.is_none(), "something follows the close frame (F4)");
            let Some((first, payload, behind)) = client_frame(rest) else {
                stream.cut = true;
                return stream;
            };
            rest = behind;
            match first {
                0x81 => {
                    assert!(core::str::from_utf8(&payload).is_ok(), "text that is not UTF-8 was sent");
                    stream.messages.push((true, payload));
                }
                0x82 => stream.messages.push((false, payload)),
                0x88 => stream.close = Some(payload),
                0x89 => assert!(payload.is_empty(), "keepalive pings are empty"),
                0x8a => stream.pongs.push(payload),
                other => panic!("a client frame begins with {other:#x}"),
            }
            assert!(first & 8 == 0 || stream.close.as_ref().is_none_or(|payload| payload.len() <= 125));
        }
        stream
    }
}
