//! One transport: the server behind it, and what the client wrote to it.

use connect_socket_core::OwnedMessage;
use connect_socket_core::deflate::{Agreement, Offer};
use connect_socket_core::frame::{FrameError, FrameErrorKind, Limits};
use connect_socket_core::upgrade::Answer;

use super::super::frames::{self, AT_ONCE, Got};
use super::compressed::{Deflater, Frames, Said, extensions, messages, say};
use crate::memory::frames::client_frame;
use crate::memory::inflater::Inflater;
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
    deflater: Option<Deflater>,
    script: Script,
}

/// What is known of all that the server sends, if it does nothing but answer in an ordinary way and say messages.
#[derive(Debug, Default)]
enum Script {
    /// It has sent nothing.
    #[default]
    Unanswered,
    /// The messages, and how many bytes behind the answer were sent when each was.
    Kept { sent: usize, said: Vec<(Frames, usize)> },
    /// It has sent other things.
    Left,
}

impl Far {
    /// The request, once it is there whole.
    fn request(&self) -> Option<&str> {
        head(&self.written)
    }

    /// The server answers the request in one of some ways.
    pub(super) fn answer(&mut self, way: u8) -> Vec<u8> {
        let Some(request) = self.request() else { return Vec::new() };
        let (kind, choice) = (way % 16, way >> 4);
        let offers = header(request, "Sec-WebSocket-Extensions").is_some();
        let extensions = if offers { extensions(choice) } else { String::new() };
        let offered = header(request, "Sec-WebSocket-Protocol").and_then(|list| list.split(", ").next());
        let chosen = offered.map_or(String::new(), |name| format!("Sec-WebSocket-Protocol: {name}\r\n"));
        let answer = |lines: &str| accept(request, &format!("{lines}{extensions}"));
        let plain = answer("");
        let text = match kind {
            0..=2 | 4 => plain,
            3 => answer(&chosen),
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
        let mut answer = text.into_bytes();
        if kind == 4 {
            // A text frame is no text, as its first byte is not ASCII.
            answer.extend(b"\x81\x02hi");
        }
        self.script = match (&self.script, kind) {
            (Script::Unanswered, 0..=3) => Script::Kept { sent: 0, said: Vec::new() },
            (Script::Unanswered | Script::Kept { .. } | Script::Left, _) => Script::Left,
        };
        self.deflater = if offers { Deflater::new(choice) } else { None };
        answer
    }

    /// The server sends what it was given.
    pub(super) fn serves(&mut self) {
        self.script = Script::Left;
    }

    /// The server says a message.
    pub(super) fn say(&mut self, it: &Said) -> Vec<u8> {
        let frames = say(it, self.deflater.as_mut());
        let bytes = frames.bytes.clone();
        match &mut self.script {
            Script::Kept { sent, said } if frames.message.is_some() => {
                *sent += bytes.len();
                said.push((frames, *sent));
            }
            Script::Unanswered | Script::Kept { .. } | Script::Left => self.script = Script::Left,
        }
        bytes
    }

    /// What a decoder alone makes of the bytes that the session was given.
    pub(super) fn expected(&self, bounds: &Bounds) -> (Vec<Got>, Option<FrameError>) {
        let Some((agreed, stream)) = self.accepted(bounds) else { return (Vec::new(), None) };
        let read = frames::read_as(bounds.limits, agreed, stream, AT_ONCE);
        let before_close = read.items.iter().take_while(|item| !matches!(item, Got::Close(_)));
        let told: Vec<OwnedMessage> = before_close.filter_map(message).collect();
        let most = usize::try_from(bounds.limits.message).unwrap_or(usize::MAX);
        // zlib alone may go on where a decoder stops.
        let server = agreed.map(|it| Inflater::new(it.server_window_bits, it.server_takeover));
        let alone = messages(stream, server, most);
        assert!(alone.starts_with(&told), "zlib alone makes other messages of it");
        self.assert_said(bounds.limits, &told, stream.len(), read.error.as_ref());
        (read.items, read.error)
    }

    /// The messages of a server that does right come as it said them.
    fn assert_said(&self, limits: Limits, told: &[OwnedMessage], read: usize, error: Option<&FrameError>) {
        let Script::Kept { said, .. } = &self.script else { return };
        let mut whole = said.iter().take_while(|(_, end)| *end <= read);
        for message in told {
            let (frames, _) = whole.next().expect("a message that was not said");
            assert_eq!(frames.message.as_ref(), Some(message), "another message than was said");
        }
        let Some(error) = error else {
            assert!(whole.next().is_none(), "a message did not come");
            return;
        };
        assert_eq!(error.kind(), FrameErrorKind::TooBig, "what a server does right is refused");
        let (next, _) = &said[told.len()];
        let longest = next.message.as_ref().map_or(0, length).max(next.longest) as u64;
        assert!(longest > limits.message.min(limits.frame), "{longest} bytes are too many");
    }

    /// What is agreed, and the bytes behind the answer. `None`: there is no answer that opens a connection.
    fn accepted(&self, bounds: &Bounds) -> Option<(Option<Agreement>, &[u8])> {
        let request = self.request()?;
        let key = header(request, "Sec-WebSocket-Key").expect("a key");
        let offered: Vec<String> = header(request, "Sec-WebSocket-Protocol")
            .map(|list| list.split(", ").map(str::to_owned).collect())
            .unwrap_or_default();
        let offers = bounds.offers.clone();
        let mut answer = Answer::new(nonce(key), offered, bounds.head_limit).to_offers(offers);
        let mut rest = &self.read[..];
        let response = answer.receive(&mut rest).ok()??;
        Some((response.compression, rest))
    }

    /// Reads what the client wrote as strictly as RFC 6455 asks a server to. `None`: no request yet.
    pub(super) fn client_stream(&self, bounds: &Bounds) -> Option<ClientStream> {
        let start = self.request()?.len();
        let agreed = self.accepted(bounds).and_then(|(agreed, _)| agreed);
        let client = agreed.map(|it| Inflater::bounded(it.client_window_bits, it.client_takeover));
        Some(ClientStream::read(&self.written[start..], client))
    }
}

/// What a session was told to accept, and asked for.
pub(super) struct Bounds {
    pub(super) limits: Limits,
    pub(super) head_limit: usize,
    pub(super) offers: Vec<Offer>,
}

fn message(item: &Got) -> Option<OwnedMessage> {
    match item {
        Got::Text(text) => Some(OwnedMessage::Text(text.clone())),
        Got::Binary(bytes) => Some(OwnedMessage::Binary(bytes.clone())),
        Got::Ping(_) | Got::Pong(_) | Got::Close(_) => None,
    }
}

fn length(message: &OwnedMessage) -> usize {
    match message {
        OwnedMessage::Text(text) => text.len(),
        OwnedMessage::Binary(bytes) => bytes.len(),
    }
}

/// No message of a client is longer.
const LONGEST: usize = 1 << 20;

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
    fn read(mut rest: &[u8], mut inflater: Option<Inflater>) -> Self {
        let mut stream = Self::default();
        while !rest.is_empty() {
            assert!(stream.close.is_none(), "something follows the close frame (F4)");
            let Some((first, payload, behind)) = client_frame(rest) else {
                stream.cut = true;
                return stream;
            };
            rest = behind;
            let (first, payload) = match (&mut inflater, first) {
                (Some(inflater), 0xc1 | 0xc2) => {
                    let whole = inflater.run(&payload, LONGEST);
                    (first & !0x40, whole.expect("what a client compresses inflates"))
                }
                (Some(_) | None, _) => (first, payload),
            };
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
