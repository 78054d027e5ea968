//! Clients in a loop over mio.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use connect_socket_mio::Driver;
use connect_socket_mio::connect_socket_core::host::SessionKey;
use connect_socket_mio::connect_socket_core::{ConnectOptions, Event};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token, Waker};
use tungstenite::protocol::Role;
use tungstenite::{Error, Message, WebSocket};

use super::client::{Client, Connect};
use super::dial;
use super::pattern::Pattern;

/// connectSocket's driver.
pub(crate) struct Ours {
    poll: Poll,
    events: Events,
    driver: Driver,
    keys: Vec<SessionKey>,
    /// What each session has still to do, at its place, which is also that of its key in `keys`.
    left: Vec<Left>,
    payload: Vec<u8>,
    pattern: Pattern,
}

#[derive(Clone, Copy)]
struct Left {
    batches: usize,
    replies: usize,
}

impl Connect for Ours {
    fn connect(server: SocketAddr, pattern: &Pattern) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), Token(0))?);
        let mut driver = Driver::new(super::config(pattern), poll.registry(), Token(1), waker)?;
        let url = format!("ws://{server}{}", pattern.path());
        let options = ConnectOptions::new(url);
        let keys: Vec<_> = (0..pattern.connections).map(|_| driver.add()).collect();
        assert!(keys.iter().enumerate().all(|(at, key)| key.place() == at), "places count up");
        let left = vec![Left { batches: 0, replies: 0 }; keys.len()];
        let payload = vec![b'x'; pattern.sent];
        let mut this =
            Self { poll, events: Events::with_capacity(128), driver, keys, left, payload, pattern: *pattern };
        // One after the other, so that no queue of the listener overflows.
        for at in 0..this.keys.len() {
            this.driver.slot(this.keys[at]).ok_or(ErrorKind::NotFound)?.connect(&options);
            let mut open = false;
            while !open {
                while let Some((_, event)) = this.driver.poll_event() {
                    open |= matches!(event, Event::Open { .. });
                    if matches!(event, Event::Error { .. } | Event::Close { .. }) {
                        return Err(io::Error::other(format!("{event:?}")));
                    }
                }
                if !open {
                    this.wait();
                }
            }
        }
        Ok(this)
    }
}

impl Ours {
    fn wait(&mut self) {
        self.poll.poll(&mut self.events, self.driver.timeout()).expect("a poll");
        for event in &self.events {
            self.driver.handle_event(event);
        }
    }

    fn begin(&mut self, at: usize) {
        let left = &mut self.left[at];
        left.batches -= 1;
        left.replies = self.pattern.replies_to_batch();
        let mut slot = self.driver.slot(self.keys[at]).expect("the session");
        for _ in 0..self.pattern.batch {
            slot.send(&self.payload[..]);
        }
    }
}

impl Client for Ours {
    fn run(&mut self, batches: usize) {
        let mut playing = self.keys.len();
        for at in 0..playing {
            self.left[at].batches = batches;
            self.begin(at);
        }
        while playing > 0 {
            while let Some((key, event)) = self.driver.poll_event() {
                let message = match event {
                    Event::Message { message, .. } => message,
                    Event::Settled { .. } => continue,
                    event @ (Event::Open { .. } | Event::Error { .. } | Event::Close { .. }) => {
                        panic!("{event:?}")
                    }
                };
                assert_eq!(message.as_bytes().len(), self.pattern.received);
                let at = key.place();
                self.left[at].replies -= 1;
                match self.left[at] {
                    Left { batches: 0, replies: 0 } => playing -= 1,
                    Left { replies: 0, .. } => self.begin(at),
                    Left { .. } => {}
                }
            }
            if playing > 0 {
                self.wait();
            }
        }
    }
}

/// tungstenite, as one writes it over mio: a socket that is ready is read until it would block.
pub(crate) struct Tungstenite {
    poll: Poll,
    events: Events,
    sockets: Vec<(WebSocket<TcpStream>, Left)>,
    payload: Bytes,
    pattern: Pattern,
}

impl Connect for Tungstenite {
    fn connect(server: SocketAddr, pattern: &Pattern) -> io::Result<Self> {
        let poll = Poll::new()?;
        let mut sockets = Vec::new();
        for token in 0..pattern.connections {
            let mut stream = TcpStream::from_std(dial::connect_nonblocking(server, pattern)?);
            poll.registry().register(&mut stream, Token(token), Interest::READABLE | Interest::WRITABLE)?;
            let socket = WebSocket::from_raw_socket(stream, Role::Client, None);
            sockets.push((socket, Left { batches: 0, replies: 0 }));
        }
        let payload = vec![b'x'; pattern.sent].into();
        Ok(Self { poll, events: Events::with_capacity(128), sockets, payload, pattern: *pattern })
    }
}

impl Client for Tungstenite {
    fn run(&mut self, batches: usize) {
        let Self { poll, events, sockets, payload, pattern } = self;
        let mut playing = sockets.len();
        for (socket, left) in sockets.iter_mut() {
            left.batches = batches;
            begin(socket, left, payload, pattern);
        }
        while playing > 0 {
            poll.poll(events, None).expect("a poll");
            for event in &*events {
                let (socket, left) = &mut sockets[event.token().0];
                if event.is_writable() {
                    flush(socket);
                }
                while event.is_readable() {
                    match socket.read() {
                        Ok(message) => assert_eq!(message.len(), pattern.received),
                        Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => break,
                        Err(error) => panic!("{error}"),
                    }
                    left.replies -= 1;
                    match *left {
                        Left { batches: 0, replies: 0 } => playing -= 1,
                        Left { replies: 0, .. } => begin(socket, left, payload, pattern),
                        Left { .. } => {}
                    }
                }
            }
        }
    }
}

fn begin(socket: &mut WebSocket<TcpStream>, left: &mut Left, payload: &Bytes, pattern: &Pattern) {
    left.batches -= 1;
    left.replies = pattern.replies_to_batch();
    for _ in 0..pattern.batch {
        match socket.write(Message::Binary(payload.clone())) {
            Ok(()) => {}
            Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => panic!("{error}"),
        }
    }
    flush(socket);
}

fn flush(socket: &mut WebSocket<TcpStream>) {
    match socket.flush() {
        Ok(()) => {}
        Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {}
        Err(error) => panic!("{error}"),
    }
}
