//! An echo server that holds very many idle connections: a hand-written loop that keeps nothing for a
//! connection but its socket. It knows just enough of the protocol for messages of up to 125 bytes.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;

use ::mio::net::{TcpListener, TcpStream};
use ::mio::{Events, Interest, Poll, Token};
use connect_socket_tests::certs::{self, Leaf};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use slab::Slab;
use tungstenite::handshake::derive_accept_key;

use crate::client::MESSAGE;

/// So many connections go to one port: a port of the client's can be used once for each of the server's.
const PER_PORT: usize = 10_000;

/// Tokens of listeners are above those of connections.
const LISTENERS: usize = usize::MAX / 2;

/// How the line begins that has the url of a server that floods.
pub(crate) const FLOOD: &str = "flood ";

/// The last line that it prints.
pub(crate) const READY: &str = "ready";

/// Serves until its standard input ends.
pub(crate) fn run(connections: usize, tls: bool) -> io::Result<()> {
    let mut poll = Poll::new()?;
    let mut listeners = Vec::new();
    let scheme = if tls { "wss" } else { "ws" };
    for token in 0..connections.div_ceil(PER_PORT).max(1) {
        let mut listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        poll.registry().register(&mut listener, Token(LISTENERS + token), Interest::READABLE)?;
        println!("{scheme}://127.0.0.1:{}/", listener.local_addr()?.port());
        listeners.push(listener);
    }
    let tls = tls.then(|| certs::server(Leaf::Good));
    if tls.is_some() {
        println!("{}", certs::roots_pem());
    }
    println!("{FLOOD}{scheme}://127.0.0.1:{}/", flood(tls.clone())?.port());
    println!("{READY}");
    thread::spawn(|| {
        let _ = io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    let mut peers = Slab::new();
    let mut events = Events::with_capacity(1024);
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            result => result?,
        }
        for event in &events {
            let token = event.token().0;
            if let Some(listener) = token.checked_sub(LISTENERS).and_then(|at| listeners.get(at)) {
                accept(listener, &poll, &mut peers, tls.as_ref())?;
            } else if peers.get_mut(token).is_some_and(|peer: &mut Peer| peer.serve().is_err()) {
                peers.remove(token);
            }
        }
    }
}

/// A server whose connections are sent messages without end: on threads of its own, so that it delays no echo.
fn flood(tls: Option<Arc<ServerConfig>>) -> io::Result<SocketAddr> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, tls) = (stream?, tls.clone());
            thread::spawn(move || match tls {
                None => send_without_end(stream),
                Some(tls) => {
                    let connection = ServerConnection::new(tls).map_err(io::Error::other)?;
                    send_without_end(StreamOwned::new(connection, stream))
                }
            });
        }
        io::Result::Ok(())
    });
    Ok(address)
}

fn send_without_end(stream: impl Read + Write) -> io::Result<()> {
    let mut socket = tungstenite::accept(stream).map_err(|error| io::Error::other(error.to_string()))?;
    let length = u8::try_from(MESSAGE.len()).map_err(io::Error::other)?;
    let messages = [&[0x82, length], MESSAGE].concat().repeat(1_024);
    loop {
        socket.get_mut().write_all(&messages)?;
    }
}

fn accept(
    listener: &TcpListener,
    poll: &Poll,
    peers: &mut Slab<Peer>,
    tls: Option<&Arc<ServerConfig>>,
) -> io::Result<()> {
    loop {
        let mut socket = match listener.accept() {
            Ok((socket, _)) => socket,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        };
        let entry = peers.vacant_entry();
        let interest = Interest::READABLE | Interest::WRITABLE;
        poll.registry().register(&mut socket, Token(entry.key()), interest)?;
        let wire = match tls {
            None => Wire::Plain(socket),
            Some(config) => {
                let connection = ServerConnection::new(config.clone()).map_err(io::Error::other)?;
                Wire::Tls(Box::new(StreamOwned::new(connection, socket)))
            }
        };
        entry.insert(Peer { wire, open: false, input: Vec::new(), output: Vec::new() });
    }
}

/// One connection. While it is idle its buffers are empty, and hold no memory.
struct Peer {
    wire: Wire,
    open: bool,
    input: Vec<u8>,
    output: Vec<u8>,
}

enum Wire {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Peer {
    /// Reads what there is, and answers it. An error is the end.
    fn serve(&mut self) -> io::Result<()> {
        let mut piece = [0; 4096];
        loop {
            self.flush()?;
            let read = match &mut self.wire {
                Wire::Plain(socket) => socket.read(&mut piece),
                Wire::Tls(stream) => stream.read(&mut piece),
            };
            match read {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.input.extend_from_slice(&piece[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
            if !self.open {
                self.accept();
            }
            while self.open && self.echo()? {}
        }
        if self.input.is_empty() && self.output.is_empty() {
            (self.input, self.output) = (Vec::new(), Vec::new());
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        while !self.output.is_empty() {
            let written = match &mut self.wire {
                Wire::Plain(socket) => socket.write(&self.output),
                Wire::Tls(stream) => stream.write(&self.output),
            };
            match written {
                Ok(count) => drop(self.output.drain(..count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        match &mut self.wire {
            Wire::Plain(_) => Ok(()),
            Wire::Tls(stream) => match stream.flush() {
                Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
                Ok(()) | Err(_) => Ok(()),
            },
        }
    }

    fn accept(&mut self) {
        let head = String::from_utf8_lossy(&self.input);
        let Some((head, _)) = head.split_once("\r\n\r\n") else { return };
        let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap_or_default();
        let accept = derive_accept_key(key.as_bytes());
        self.output = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n\r\n"
        )
        .into();
        // A client sends nothing behind its request before it has the answer.
        self.input = Vec::new();
        self.open = true;
    }

    /// Sends the first frame back, if it is whole: without its mask, and otherwise as it came.
    fn echo(&mut self) -> io::Result<bool> {
        let &[first, length, m0, m1, m2, m3, ref rest @ ..] = self.input.as_slice() else { return Ok(false) };
        let (mask, short) = ([m0, m1, m2, m3], length & 0x7f);
        let length = usize::from(short);
        if length > 125 {
            return Err(io::Error::other("this server takes small messages only"));
        }
        let Some(payload) = rest.get(..length) else { return Ok(false) };
        self.output.extend([first, short]);
        self.output.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        self.input.drain(..6 + length);
        Ok(true)
    }
}
