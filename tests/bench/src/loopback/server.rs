//! The other side: a raw TCP server in a process of its own. It counts bytes instead of reading frames and answers with
//! frames that it made before, so that it costs the same whoever its client is.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::thread;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use slab::Slab;
use tungstenite::handshake::derive_accept_key;

use super::pattern::frame;
use super::tls;

/// The argument that makes this program the server.
pub(crate) const ARGUMENT: &str = "--serve-loopback";

/// The argument behind it that puts the server on another core than whoever starts it.
pub(crate) const APART: &str = "apart";

const LISTENER: Token = Token(usize::MAX - 1);

/// How much of the same replies is kept, in bytes, if it is more than one.
const KEPT: usize = 256 * 1024;

/// The last line that the server prints.
const READY: &str = "ready";

/// The server, as the client sees it. It ends when its input does, which is at the latest when this process does.
pub(crate) struct Server {
    #[expect(dead_code, reason = "its input is to be kept open")]
    process: Child,
    pub(crate) addresses: Addresses,
}

/// How to reach it.
#[derive(Clone)]
pub(crate) struct Addresses {
    /// Where it takes plain connections.
    pub(crate) plain: SocketAddr,
    /// Where it takes connections over TLS.
    pub(crate) tls: SocketAddr,
    /// Whom a client has to trust, in PEM.
    pub(crate) roots: String,
}

impl Server {
    /// Starts this very program as the server.
    pub(crate) fn start(apart: bool) -> io::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg(ARGUMENT)
            .args(apart.then_some(APART))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = process.stdout.take().ok_or(ErrorKind::BrokenPipe)?;
        let mut lines = BufReader::new(output).lines();
        let mut address = || lines.next().ok_or(ErrorKind::UnexpectedEof)??.parse().map_err(io::Error::other);
        let (plain, tls) = (address()?, address()?);
        let mut roots = String::new();
        for line in lines {
            match line? {
                line if line == READY => break,
                line => roots.extend([&line, "\n"]),
            }
        }
        Ok(Self { process, addresses: Addresses { plain, tls, roots } })
    }
}

/// Serves until the standard input ends.
pub(crate) fn serve(apart: bool) -> io::Result<()> {
    let _pinned = if apart {
        crate::machine::pin_elsewhere();
        None
    } else {
        Some(crate::machine::pin())
    };
    let mut poll = Poll::new()?;
    let mut listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let (tls, roots) = tls::start()?;
    println!("{}\n{tls}\n{roots}{READY}", listener.local_addr()?);
    thread::spawn(|| {
        let _ = io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    let mut peers: Slab<Peer> = Slab::new();
    let mut events = Events::with_capacity(1024);
    let mut piece = vec![0; 256 * 1024];
    // Connections of one pattern share their replies.
    let mut ready: Option<(String, Rc<[u8]>)> = None;
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            result => result?,
        }
        for event in &events {
            if event.token() == LISTENER {
                accept(&listener, &poll, &mut peers)?;
            } else if peers
                .get_mut(event.token().0)
                .is_some_and(|peer| peer.serve(&mut piece, &mut ready).is_err())
            {
                peers.remove(event.token().0);
            }
        }
    }
}

fn accept(listener: &TcpListener, poll: &Poll, peers: &mut Slab<Peer>) -> io::Result<()> {
    loop {
        let mut socket = match listener.accept() {
            Ok((socket, _)) => socket,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        };
        socket.set_nodelay(true)?;
        let entry = peers.vacant_entry();
        let interest = Interest::READABLE | Interest::WRITABLE;
        poll.registry().register(&mut socket, Token(entry.key()), interest)?;
        entry.insert(Peer { socket, head: Vec::new(), plan: None });
    }
}

/// One connection.
struct Peer {
    socket: TcpStream,
    /// What came of the request, until it is whole.
    head: Vec<u8>,
    plan: Option<Plan>,
}

/// What a connection has asked for.
struct Plan {
    /// How many bytes a message of the client has.
    sent: usize,
    /// How many bytes answer it.
    answer: usize,
    /// Whole replies, over and over.
    replies: Rc<[u8]>,
    /// How much of the client's current message has come.
    come: usize,
    /// How many bytes are still to be written.
    owed: usize,
    /// Where in `replies` the next of them is.
    at: usize,
}

impl Peer {
    /// Reads and answers what there is. An error is the end.
    fn serve(&mut self, piece: &mut [u8], ready: &mut Option<(String, Rc<[u8]>)>) -> io::Result<()> {
        loop {
            self.write()?;
            let count = match self.socket.read(piece) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            match &mut self.plan {
                Some(plan) => {
                    plan.come += count;
                    plan.owed += plan.come / plan.sent * plan.answer;
                    plan.come %= plan.sent;
                }
                None => self.open(piece.get(..count).unwrap_or_default(), ready)?,
            }
            if count < piece.len() {
                return self.write();
            }
        }
    }

    /// Answers the request once it is whole. A client sends nothing behind it before it has the answer.
    fn open(&mut self, bytes: &[u8], ready: &mut Option<(String, Rc<[u8]>)>) -> io::Result<()> {
        self.head.extend_from_slice(bytes);
        if !self.head.ends_with(b"\r\n\r\n") {
            return Ok(());
        }
        let (path, answer) = answer(&std::mem::take(&mut self.head))?;
        let mut numbers = path.split('/').skip(1).map(str::parse::<usize>);
        let (Some(Ok(sent)), Some(Ok(count)), Some(Ok(length))) =
            (numbers.next(), numbers.next(), numbers.next())
        else {
            return Err(ErrorKind::InvalidInput.into());
        };
        let reply = frame(&vec![b'x'; length]);
        let answered = reply.len() * count;
        let replies = match ready {
            Some((of, replies)) if *of == path => Rc::clone(replies),
            _ => {
                let replies: Rc<[u8]> = reply.repeat(KEPT.div_ceil(reply.len()).max(1)).into();
                *ready = Some((path, Rc::clone(&replies)));
                replies
            }
        };
        self.socket.write_all(&answer)?;
        self.plan = Some(Plan { sent, answer: answered, replies, come: 0, owed: 0, at: 0 });
        Ok(())
    }

    fn write(&mut self) -> io::Result<()> {
        let Some(plan) = &mut self.plan else { return Ok(()) };
        while plan.owed > 0 {
            let rest = plan.replies.get(plan.at..).unwrap_or_default();
            let rest = rest.get(..plan.owed).unwrap_or(rest);
            match self.socket.write(rest) {
                Ok(count) => {
                    plan.owed -= count;
                    plan.at = (plan.at + count) % plan.replies.len();
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The path of a request, and the answer to it.
pub(crate) fn answer(head: &[u8]) -> io::Result<(String, Vec<u8>)> {
    let head = String::from_utf8_lossy(head);
    let path = head.split(' ').nth(1).ok_or(ErrorKind::InvalidInput)?.to_owned();
    let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap_or_default();
    let accept = derive_accept_key(key.as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    Ok((path, answer.into()))
}
