//! A server's end of one connection, moved by hand: exact bytes, half-closes, resets, stalls.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::frames::{self, Frame};
use super::mailbox::Mailbox;
use super::registry::Registered;
use crate::memory::server;
pub use crate::memory::server::{accept_key, header};

/// What a script tells the test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// A point that the script has come to.
    Mark(&'static str),
    /// The request head, up to and with its blank line.
    Head(String),
    /// A frame of the client.
    Frame(Frame),
    /// Bytes of the client.
    Bytes(Vec<u8>),
    /// How the client's direction ended.
    End(End),
}

/// How a direction of a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Orderly: the client shut down its sending half.
    Eof,
    /// With a reset, or another error.
    Broken,
}

/// A byte stream, in clear or behind TLS.
pub enum Stream {
    /// TCP.
    Plain(TcpStream),
    /// TLS over TCP.
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Stream {
    /// `socket` itself, or TLS on it if there is a configuration for that. The handshake happens with the
    /// first read or write.
    ///
    /// # Panics
    /// If the configuration is unusable.
    pub fn new(socket: TcpStream, tls: Option<&Arc<ServerConfig>>) -> Self {
        let _ = socket.set_nodelay(true);
        match tls {
            None => Self::Plain(socket),
            Some(config) => {
                let connection = ServerConnection::new(Arc::clone(config)).expect("usable configuration");
                Self::Tls(Box::new(StreamOwned::new(connection, socket)))
            }
        }
    }

    /// The socket under it.
    pub fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => &stream.sock,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(out),
            Self::Tls(stream) => stream.read(out),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

/// One accepted connection in the hands of a script. Its methods panic when the stream does not do as the
/// script says; the server's end turns that into a failure of the test.
pub struct Wire {
    stream: Stream,
    registered: Registered,
    told: Mailbox<Told>,
    resume: Receiver<()>,
}

impl Wire {
    pub(super) fn new(
        stream: Stream,
        registered: Registered,
        told: Mailbox<Told>,
        resume: Receiver<()>,
    ) -> Self {
        Self { stream, registered, told, resume }
    }

    /// Tells the test something.
    pub fn tell(&self, what: Told) {
        self.told.post(what);
    }

    /// Tells the test that this point is reached.
    pub fn mark(&self, point: &'static str) {
        self.tell(Told::Mark(point));
    }

    /// Waits until the test says [`resume`](super::script::ScriptedServer::resume), or the server goes.
    pub fn pause(&self) {
        let _ = self.resume.recv();
    }

    /// Reads the request head and tells it.
    pub fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.stream.read_exact(&mut byte).expect("a request head");
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).expect("a head in UTF-8");
        self.tell(Told::Head(head.clone()));
        head
    }

    /// Reads the request and accepts it.
    pub fn open(&mut self) {
        let head = self.head();
        self.send(&accept(&head, ""));
    }

    /// Sends exactly these bytes.
    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the client reads");
    }

    /// Sends exactly these bytes on the socket, past TLS.
    pub fn send_beneath_tls(&mut self, bytes: &[u8]) {
        let mut socket = self.stream.socket();
        socket.write_all(bytes).expect("the client reads");
    }

    /// Sends these bytes one by one, each in a segment of its own as far as TCP lets anyone say that.
    pub fn drip(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.send(&[*byte]);
        }
    }

    /// Sends what the client may not want any more; whether it arrives does not matter.
    pub fn try_send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Reads exactly so many bytes.
    pub fn receive(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes).expect("so many bytes");
        bytes
    }

    /// Reads one frame.
    pub fn frame(&mut self) -> Frame {
        frames::read(&mut self.stream).expect("a sound frame").expect("a frame, not the end")
    }

    /// Reads one frame and tells it.
    pub fn tell_frame(&mut self) {
        let frame = self.frame();
        self.tell(Told::Frame(frame));
    }

    /// Reads and tells frames until the client's direction ends, and then how it ended.
    pub fn tell_all(&mut self) {
        loop {
            match frames::read(&mut self.stream) {
                Ok(Some(frame)) => self.tell(Told::Frame(frame)),
                Ok(None) => return self.tell(Told::End(End::Eof)),
                Err(_) => return self.tell(Told::End(End::Broken)),
            }
        }
    }

    /// Reads until the client's direction ends; gives what came, and tells how it ended.
    pub fn until_end(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let end = match self.stream.read_to_end(&mut bytes) {
            Ok(_) => End::Eof,
            Err(_) => End::Broken,
        };
        self.tell(Told::End(end));
        bytes
    }

    /// Ends our direction; reading goes on. With TLS, a `close_notify` goes first.
    pub fn half_close(&mut self) {
        if let Stream::Tls(stream) = &mut self.stream {
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
        let _ = self.stream.socket().shutdown(Shutdown::Write);
    }

    /// Ends our direction without `close_notify`, as a cut connection does.
    pub fn cut(&mut self) {
        let _ = self.stream.socket().shutdown(Shutdown::Write);
    }

    /// Sends a byte of TCP's urgent data, which is no part of the stream.
    pub fn send_urgent(&self) {
        socket2::SockRef::from(self.stream.socket()).send_out_of_band(b"!").expect("the client is there");
    }

    /// Keeps the socket's receive buffer from growing, so that a client which is not read from is stuck soon.
    /// It stays larger than a loopback segment: below that, TCP sends on by timer only.
    pub fn read_little(&self) {
        let _ = socket2::SockRef::from(self.stream.socket()).set_recv_buffer_size(256 * 1024);
    }

    /// Makes reads fail after so long.
    pub fn patience(&self, patience: Duration) {
        let _ = self.stream.socket().set_read_timeout(Some(patience));
    }

    /// Resets the connection: the client reads an error, not an end.
    pub fn reset(self) {
        let Self { stream, registered, .. } = self;
        let _ = socket2::SockRef::from(stream.socket()).set_linger(Some(Duration::ZERO));
        // A reset goes out with the last handle to the socket, so the registry's must go first.
        drop(registered);
        drop(stream);
    }
}

/// The answer that accepts the upgrade of `head`, with these additional header lines.
///
/// # Panics
/// If the request has no key.
pub fn accept(head: &str, lines: &str) -> Vec<u8> {
    server::accept(head, lines).into_bytes()
}
