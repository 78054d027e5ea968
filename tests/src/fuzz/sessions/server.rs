//! One server: it answers the upgrade, sends what it is told to, and reads as strictly as RFC 6455 asks it to.

use tungstenite::handshake::derive_accept_key;

use super::super::frames::Got;
use super::super::wire::{self, client_frame, server_frame};
use super::ops::Said;

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
pub(super) struct Plain(Vec<u8>);

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

pub(super) struct Server {
    layer: Box<dyn Layer>,
    unread: Vec<u8>,
    /// What waits for the answer to go out: bytes, and the message that they are.
    waiting: Vec<(Vec<u8>, Option<Got>)>,
    /// How many bytes were sent in all when the answer was.
    pub(super) answered: Option<usize>,
    /// Its messages, and how many bytes were sent in all when each was.
    pub(super) said: Vec<(Got, usize)>,
    /// How many bytes were sent in all when each frame was.
    pub(super) ends: Vec<usize>,
    /// How many bytes were sent.
    pub(super) sent: usize,
    /// It has sent a close frame.
    pub(super) closing: bool,
    /// The client's messages: whether it is text, and the payload.
    pub(super) heard: Vec<(bool, Vec<u8>)>,
    /// The client has sent a close frame.
    pub(super) closed: bool,
}

impl Server {
    pub(super) fn new(layer: Box<dyn Layer>) -> Self {
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
    pub(super) fn serve(&mut self, wire: &[u8]) -> Vec<u8> {
        let plain = self.layer.receive(wire);
        self.unread.extend(plain);
        let mut out = self.emit();
        if self.answered.is_none()
            && let Some(end) = self.unread.windows(4).position(|bytes| bytes == b"\r\n\r\n")
        {
            let head: Vec<u8> = self.unread.drain(..end + 4).collect();
            let head = String::from_utf8(head).expect("a request is text");
            let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).expect("a key");
            let accept = derive_accept_key(key.as_bytes());
            let answer = format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Accept: {accept}\r\n\r\n"
            );
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
    pub(super) fn say(&mut self, said: Said) {
        if self.closing {
            return;
        }
        // Each message is another one.
        let number = self.said.len() + self.waiting.len();
        let (message, payload) = if said.text {
            let text = wire::whole_text(said.length);
            let text = if said.length > 8 { format!("{number}:{text}") } else { text };
            (Got::Text(text.clone()), text.into_bytes())
        } else {
            let mut bytes = wire::payload(false, said.length);
            bytes.iter_mut().zip(number.to_le_bytes()).take(2).for_each(|(byte, number)| *byte = number);
            (Got::Binary(bytes.clone()), bytes)
        };
        let opcode = if said.text { 1 } else { 2 };
        // Characters are cut as well.
        let size = payload.len().div_ceil(said.frames).max(1);
        let mut pieces: Vec<&[u8]> = payload.chunks(size).collect();
        if pieces.is_empty() {
            pieces.push(&[]);
        }
        let last = pieces.len() - 1;
        let mut bytes = Vec::new();
        for (at, piece) in pieces.into_iter().enumerate() {
            if at > 0 && said.pings {
                bytes.extend(server_frame(0x89, b"between"));
            }
            let fin = if at == last { 0x80 } else { 0 };
            bytes.extend(server_frame(fin | if at == 0 { opcode } else { 0 }, piece));
        }
        self.waiting.push((bytes, Some(message)));
    }

    pub(super) fn control(&mut self, choice: u8) {
        if !self.closing {
            let payload = wire::payload(false, usize::from(choice) % 126);
            self.waiting.push((server_frame(0x89 + (choice & 1), &payload), None));
        }
    }

    pub(super) fn close(&mut self) {
        if !self.closing {
            self.closing = true;
            self.waiting.push((server_frame(0x88, b"\x0b\xb8bye"), None));
        }
    }

    /// The stream ends in the layer's way.
    pub(super) fn end(&mut self) -> Vec<u8> {
        self.layer.end();
        self.emit()
    }

    /// Sends what waits, in pieces of a size that changes.
    pub(super) fn flush(&mut self) -> Vec<u8> {
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
