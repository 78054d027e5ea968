//! One server: it answers the upgrade, sends what it is told to, and reads as strictly as RFC 6455 asks it to.

use connect_socket_core::OwnedMessage;
use tungstenite::handshake::derive_accept_key;

use super::frames::{client_frame, payload, server_frame, whole_text};

/// The head of a request or an answer, once it is there whole.
///
/// # Panics
/// If it is no text.
pub fn head(bytes: &[u8]) -> Option<&str> {
    let end = bytes.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
    Some(core::str::from_utf8(&bytes[..end]).expect("a head is text"))
}

/// The value of a header line of `head`.
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// The value of Sec-WebSocket-Accept that answers the request `head`.
///
/// # Panics
/// If the request has no key.
pub fn accept_key(head: &str) -> String {
    derive_accept_key(header(head, "Sec-WebSocket-Key").expect("a key").as_bytes())
}

/// The answer that accepts the upgrade which the request `head` asks for, with these additional header lines.
///
/// # Panics
/// If the request has no key.
pub fn accept(head: &str, lines: &str) -> String {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {}\r\n{lines}\r\n",
        accept_key(head)
    )
}

/// What lies between a server and its socket: nothing, or TLS.
pub trait Layer {
    /// Takes what the client wrote, and gives what it says by that.
    fn receive(&mut self, wire: &[u8]) -> Vec<u8>;
    /// Whether the server may send.
    fn is_ready(&self) -> bool;
    /// The server sends this.
    fn send(&mut self, plain: &[u8]);
    /// The server sends nothing more.
    fn end(&mut self);
    /// What goes out because of all that.
    fn output(&mut self) -> Vec<u8>;
}

/// No layer.
#[derive(Default)]
pub(crate) struct Plain(Vec<u8>);

impl Layer for Plain {
    fn receive(&mut self, wire: &[u8]) -> Vec<u8> {
        wire.to_vec()
    }

    fn is_ready(&self) -> bool {
        true
    }

    fn send(&mut self, plain: &[u8]) {
        self.0.extend_from_slice(plain);
    }

    fn end(&mut self) {}

    fn output(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.0)
    }
}

/// A message of a server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    pub(crate) text: bool,
    pub(crate) length: usize,
    /// It comes in so many frames.
    pub(crate) frames: usize,
    /// With a ping between them.
    pub(crate) pings: bool,
}

pub(crate) struct Server {
    layer: Box<dyn Layer>,
    unread: Vec<u8>,
    /// What waits for the answer to go out: bytes, and the message that they are.
    waiting: Vec<(Vec<u8>, Option<OwnedMessage>)>,
    /// How many bytes were sent in all when the answer was.
    pub(crate) answered: Option<usize>,
    /// Its messages, and how many bytes were sent in all when each was.
    pub(crate) said: Vec<(OwnedMessage, usize)>,
    /// How many bytes were sent in all when each frame was.
    pub(crate) ends: Vec<usize>,
    /// How many bytes were sent.
    pub(crate) sent: usize,
    /// It has sent a close frame.
    pub(crate) closing: bool,
    /// The client's messages: whether it is text, and the payload.
    pub(crate) heard: Vec<(bool, Vec<u8>)>,
    /// The client has sent a close frame.
    pub(crate) closed: bool,
}

impl Server {
    pub(crate) fn new(layer: Box<dyn Layer>) -> Self {
        Self {
            layer,
            unread: Vec::new(),
            waiting: Vec::new(),
            answered: None,
            said: Vec::new(),
            ends: Vec::new(),
            sent: 0,
            closing: false,
            heard: Vec::new(),
            closed: false,
        }
    }

    /// Reads `wire`, and answers. Gives what goes to the client.
    pub(crate) fn serve(&mut self, wire: &[u8]) -> Vec<u8> {
        let plain = self.layer.receive(wire);
        self.unread.extend(plain);
        let mut out = self.emit();
        if self.answered.is_none()
            && let Some(request) = head(&self.unread)
        {
            let (answer, length) = (accept(request, ""), request.len());
            self.unread.drain(..length);
            self.layer.send(answer.as_bytes());
            out.extend(self.emit());
            self.answered = Some(self.sent);
        }
        if self.answered.is_some() {
            self.read_frames();
        }
        out.extend(self.flush());
        out
    }

    fn read_frames(&mut self) {
        while let Some((first, payload, behind)) = client_frame(&self.unread) {
            let behind = behind.len();
            assert!(!self.closed, "something follows the close frame (F4)");
            match first {
                0x81 | 0x82 => self.heard.push((first == 0x81, payload)),
                // Behind its close frame it sends nothing more.
                0x89 if self.closing => {}
                0x89 => self.waiting.push((server_frame(0x8a, &payload), None)),
                0x8a => {}
                0x88 => {
                    self.closed = true;
                    self.close();
                }
                other => panic!("a client frame begins with {other:#x}"),
            }
            self.unread.drain(..self.unread.len() - behind);
        }
    }

    /// A message goes out, or waits for the answer.
    pub(crate) fn say(&mut self, said: Said) {
        if self.closing {
            return;
        }
        // Each message is another one.
        let number = self.said.len() + self.waiting.len();
        let (message, bytes) = if said.text {
            let text = whole_text(said.length);
            let text = if said.length > 8 { format!("{number}:{text}") } else { text };
            (OwnedMessage::Text(text.clone()), text.into_bytes())
        } else {
            let mut bytes = payload(false, said.length);
            bytes.iter_mut().zip(number.to_le_bytes()).take(2).for_each(|(byte, number)| *byte = number);
            (OwnedMessage::Binary(bytes.clone()), bytes)
        };
        let opcode = if said.text { 1 } else { 2 };
        // Characters are cut as well.
        let size = bytes.len().div_ceil(said.frames).max(1);
        let mut pieces: Vec<&[u8]> = bytes.chunks(size).collect();
        if pieces.is_empty() {
            pieces.push(&[]);
        }
        let last = pieces.len() - 1;
        let mut frames = Vec::new();
        for (at, piece) in pieces.into_iter().enumerate() {
            if at > 0 && said.pings {
                frames.extend(server_frame(0x89, b"between"));
            }
            let fin = if at == last { 0x80 } else { 0 };
            frames.extend(server_frame(fin | if at == 0 { opcode } else { 0 }, piece));
        }
        self.waiting.push((frames, Some(message)));
    }

    pub(crate) fn control(&mut self, choice: u8) {
        if !self.closing {
            let ping = payload(false, usize::from(choice) % 126);
            self.waiting.push((server_frame(0x89 + (choice & 1), &ping), None));
        }
    }

    pub(crate) fn close(&mut self) {
        if !self.closing {
            self.closing = true;
            self.waiting.push((server_frame(0x88, b"\x0b\xb8bye"), None));
        }
    }

    /// The stream ends in the layer's way.
    pub(crate) fn end(&mut self) -> Vec<u8> {
        self.layer.end();
        self.emit()
    }

    /// Sends what waits, in pieces of a size that changes.
    pub(crate) fn flush(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        if self.answered.is_none() || !self.layer.is_ready() {
            return out;
        }
        for (at, (bytes, message)) in core::mem::take(&mut self.waiting).into_iter().enumerate() {
            let size = [16 * 1024, 5, 1_000, 4_000][(at + bytes.len()) % 4].max(bytes.len() / 40);
            for piece in bytes.chunks(size) {
                self.layer.send(piece);
                out.extend(self.emit());
            }
            self.ends.push(self.sent);
            self.said.extend(message.map(|message| (message, self.sent)));
        }
        out
    }

    fn emit(&mut self) -> Vec<u8> {
        let out = self.layer.output();
        self.sent += out.len();
        out
    }
}
