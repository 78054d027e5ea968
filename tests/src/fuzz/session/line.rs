//! One transport: the server behind it, and what the client wrote to it.

use connect_socket_core::frame::{FrameError, Limits};
use connect_socket_core::upgrade::Answer;
use tungstenite::handshake::derive_accept_key;

use super::super::frames::{self, AT_ONCE, Got};
use super::super::wire;

/// Where a transport stands, as its host knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Dialled,
    Connected,
    /// It could not be dialled.
    Failed,
    /// The session has let it go.
    Released,
}

#[derive(Debug)]
pub(super) struct Line {
    pub(super) stage: Stage,
    /// Its sending half is shut down.
    pub(super) shut: bool,
    /// The host has told of its end.
    pub(super) ended: bool,
    /// What the server sent and the host has not read.
    pub(super) inbox: Vec<u8>,
    /// What the host gave to the session while the connection was current.
    pub(super) read: Vec<u8>,
    /// What the host wrote.
    pub(super) written: Vec<u8>,
    /// What the host has begun to write, and not reported.
    pub(super) offer: Option<Vec<u8>>,
}

impl Line {
    pub(super) fn new() -> Self {
        Self {
            stage: Stage::Dialled,
            shut: false,
            ended: false,
            inbox: Vec::new(),
            read: Vec::new(),
            written: Vec::new(),
            offer: None,
        }
    }

    pub(super) fn is_live(&self) -> bool {
        matches!(self.stage, Stage::Dialled | Stage::Connected)
    }

    /// The request, once it is there whole.
    fn request(&self) -> Option<&str> {
        let end = self.written.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
        Some(core::str::from_utf8(&self.written[..end]).expect("a request is text"))
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.request()?.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// The server answers the request in one of some ways.
    pub(super) fn answer(&mut self, way: u8) {
        let Some(key) = self.field("Sec-WebSocket-Key") else { return };
        let accept = derive_accept_key(key.as_bytes());
        let offered = self.field("Sec-WebSocket-Protocol").and_then(|list| list.split(", ").next());
        let chosen = offered.map_or(String::new(), |name| format!("Sec-WebSocket-Protocol: {name}\r\n"));
        let answer = |extra: &str| {
            format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Accept: {accept}\r\n{extra}\r\n"
            )
        };
        let plain = answer("");
        self.inbox.extend_from_slice(
            match way % 16 {
                0..=2 => plain,
                3 => answer(&chosen),
                4 => plain + "\u{1}\u{2}hi",
                5 => format!("HTTP/1.1 100 Continue\r\n\r\n{plain}"),
                6 => answer("Sec-WebSocket-Protocol: other\r\n"),
                7 => answer("Sec-WebSocket-Extensions: permessage-deflate\r\n"),
                8 => "HTTP/1.1 503 Service Unavailable\r\n\r\n".to_owned(),
                9 => plain.replace(&accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
                10 => answer(&format!("X: {}\r\n", "x".repeat(1000))),
                11 => plain[..plain.len() - 2].to_owned(),
                12 => plain[..20].to_owned(),
                13 => plain.replace("\r\n", "\n"),
                14 => plain.replace("websocket", "h2c"),
                _ => "\r\n".to_owned(),
            }
            .as_bytes(),
        );
        // A text frame cannot be written in a string literal, as its first byte is not ASCII.
        if way % 16 == 4 {
            let place = self.inbox.len() - 4;
            self.inbox[place] = 0x81;
        }
    }

    /// What a decoder alone makes of the bytes that the session was given.
    pub(super) fn expected(&self, limits: Limits, head_limit: usize) -> (Vec<Got>, Option<FrameError>) {
        let Some(key) = self.field("Sec-WebSocket-Key") else { return (Vec::new(), None) };
        let offered: Vec<String> = self
            .field("Sec-WebSocket-Protocol")
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
            let Some((first, payload, behind)) = wire::client_frame(rest) else {
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
