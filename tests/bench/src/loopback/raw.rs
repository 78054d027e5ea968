//! The limit: TCP without a protocol, where the bytes of each message are there already and those of a reply are counted.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{self, SocketAddr};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::client::{Client, Connect};
use super::dial;
use super::pattern::Pattern;
use super::talk::Talk;

/// A read takes so much at most.
const WINDOW: usize = 64 * 1024;

/// The standard library's socket, which blocks. It has one connection.
pub(crate) struct Blocking {
    stream: net::TcpStream,
    batch: Vec<u8>,
    replies: usize,
    window: Vec<u8>,
}

impl Connect for Blocking {
    fn connect(server: SocketAddr, pattern: &Pattern) -> io::Result<Self> {
        Ok(Self {
            stream: dial::connect(server, pattern)?,
            batch: vec![b'x'; pattern.sent_on_wire() * pattern.batch],
            replies: pattern.received_on_wire() * pattern.replies_to_batch(),
            window: vec![0; WINDOW],
        })
    }
}

impl Client for Blocking {
    fn run(&mut self, batches: usize) {
        for _ in 0..batches {
            self.stream.write_all(&self.batch).expect("a write");
            let mut left = self.replies;
            while left > 0 {
                let count = self.stream.read(&mut self.window).expect("a read");
                assert!(count > 0, "the server has ended");
                left -= count;
            }
        }
    }
}

/// The same over mio, for any number of connections.
pub(crate) struct OnMio {
    poll: Poll,
    events: Events,
    peers: Vec<Peer>,
    batch: Vec<u8>,
    replies: usize,
    window: Vec<u8>,
}

struct Peer {
    stream: TcpStream,
    /// How many batches are still to be sent.
    batches: usize,
    /// How much of the current batch has gone.
    sent: usize,
    /// How much of the replies to it is still to come.
    left: usize,
}

impl Connect for OnMio {
    fn connect(server: SocketAddr, pattern: &Pattern) -> io::Result<Self> {
        let poll = Poll::new()?;
        let mut peers = Vec::new();
        for token in 0..pattern.connections {
            let mut stream = TcpStream::from_std(dial::connect_nonblocking(server, pattern)?);
            poll.registry().register(&mut stream, Token(token), Interest::READABLE | Interest::WRITABLE)?;
            peers.push(Peer { stream, batches: 0, sent: 0, left: 0 });
        }
        Ok(Self {
            poll,
            events: Events::with_capacity(128),
            peers,
            batch: vec![b'x'; pattern.sent_on_wire() * pattern.batch],
            replies: pattern.received_on_wire() * pattern.replies_to_batch(),
            window: vec![0; WINDOW],
        })
    }
}

impl Client for OnMio {
    fn run(&mut self, batches: usize) {
        let mut playing = self.peers.len();
        for peer in &mut self.peers {
            peer.batches = batches;
            peer.begin(&self.batch, self.replies);
        }
        while playing > 0 {
            self.poll.poll(&mut self.events, None).expect("a poll");
            for event in &self.events {
                let peer = &mut self.peers[event.token().0];
                if event.is_writable() {
                    peer.write(&self.batch);
                }
                if event.is_readable() && peer.read(&self.batch, self.replies, &mut self.window) {
                    playing -= 1;
                }
            }
        }
    }
}

impl Peer {
    fn begin(&mut self, batch: &[u8], replies: usize) {
        self.batches -= 1;
        (self.sent, self.left) = (0, replies);
        self.write(batch);
    }

    fn write(&mut self, batch: &[u8]) {
        while self.left > 0 && self.sent < batch.len() {
            match self.stream.write(&batch[self.sent..]) {
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) => panic!("a write: {error}"),
            }
        }
    }

    /// Reads until the socket is empty, and begins the next batch behind the last reply. Says whether that was all.
    fn read(&mut self, batch: &[u8], replies: usize, window: &mut [u8]) -> bool {
        loop {
            let count = match self.stream.read(window) {
                Ok(0) => panic!("the server has ended"),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
                Err(error) => panic!("a read: {error}"),
            };
            self.left -= count;
            if self.left == 0 {
                if self.batches == 0 {
                    return true;
                }
                self.begin(batch, replies);
            }
            if count < window.len() {
                return false;
            }
        }
    }
}

/// The same in a task, over a stream of its runtime.
pub(crate) struct InTask<S> {
    stream: S,
    batch: Vec<u8>,
    window: Vec<u8>,
    /// So many bytes were read and belong to no reply yet.
    read: usize,
    pattern: Pattern,
}

/// A connection that is upgraded, in the runtime.
#[allow(async_fn_in_trait, reason = "nothing moves between threads")]
pub(crate) trait Stream: Sized + 'static {
    async fn open(server: SocketAddr, pattern: &Pattern) -> io::Result<Self>;
    async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()>;
    async fn read(&mut self, into: &mut [u8]) -> io::Result<usize>;
}

impl<S: Stream> Talk for InTask<S> {
    type Group = ();

    fn group(_: &Pattern) -> io::Result<()> {
        Ok(())
    }

    async fn open((): &(), server: SocketAddr, pattern: &Pattern) -> io::Result<Self> {
        Ok(Self {
            stream: S::open(server, pattern).await?,
            batch: vec![b'x'; pattern.sent_on_wire() * pattern.batch],
            window: vec![0; WINDOW],
            read: 0,
            pattern: *pattern,
        })
    }

    async fn send(&mut self, _: usize) {
        self.stream.write_all(&self.batch).await.expect("a write");
    }

    async fn receive(&mut self) -> usize {
        while self.read < self.pattern.received_on_wire() {
            let count = self.stream.read(&mut self.window).await.expect("a read");
            assert!(count > 0, "the server has ended");
            self.read += count;
        }
        self.read -= self.pattern.received_on_wire();
        self.pattern.received
    }
}
