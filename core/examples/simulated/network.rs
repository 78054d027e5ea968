//! The network of the simulation, with the server at its other end. A seed determines everything that it does.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;

use connect_socket_core::{ConnectionId, Entropy, SeededEntropy, Time, TransportId};
use tungstenite::handshake::derive_accept_key;
use tungstenite::protocol::{Role, WebSocket};

use crate::support;

/// What comes to the client.
pub(crate) enum Arrival {
    Addresses(ConnectionId),
    Connected(TransportId),
    Refused(TransportId, io::Error),
    Bytes(TransportId, Vec<u8>),
    End(TransportId),
    Reset(TransportId, io::Error),
    /// Nothing more comes, except what the cut itself causes.
    Cut(Cut),
}

/// How a cut shows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cut {
    Silence,
    End,
    Reset,
}

/// Something that is under way.
enum Parcel {
    ToClient(Arrival),
    BytesToServer(TransportId, Vec<u8>),
    EndToServer(TransportId),
}

pub(crate) struct Network {
    dice: SeededEntropy,
    now: Time,
    /// In the order of arrival. The number distinguishes what arrives at the same time.
    under_way: BTreeMap<(Time, u64), Parcel>,
    posted: u64,
    links: BTreeMap<TransportId, Link>,
    cut: bool,
}

#[derive(Default)]
struct Link {
    server: Server,
    /// When the latest bytes arrive in each direction, because bytes do not overtake each other.
    latest: [Time; 2],
}

impl Network {
    pub(crate) fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let (under_way, links) = (BTreeMap::new(), BTreeMap::new());
        let dice = SeededEntropy::new(bytes);
        let mut network = Self { dice, now: Time::ZERO, under_way, posted: 0, links, cut: false };
        if network.roll(2) == 0 {
            let cut = [Cut::Silence, Cut::End, Cut::Reset][network.roll(3)];
            let at = Time::from_millis(network.roll(250) as u64);
            network.post(at, Parcel::ToClient(Arrival::Cut(cut)));
        }
        network
    }

    pub(crate) fn resolve(&mut self, connection: ConnectionId) {
        let at = self.later();
        self.post(at, Parcel::ToClient(Arrival::Addresses(connection)));
    }

    /// One address in three refuses, and one in six does not answer at all.
    pub(crate) fn dial(&mut self, transport: TransportId) {
        let (at, fate) = (self.later(), self.roll(6));
        match fate {
            0 => {}
            1 | 2 => {
                let error = ErrorKind::ConnectionRefused.into();
                self.post(at, Parcel::ToClient(Arrival::Refused(transport, error)));
            }
            _ => self.post(at, Parcel::ToClient(Arrival::Connected(transport))),
        }
    }

    /// Takes some of `bytes`, at least one, and says how many.
    pub(crate) fn send(&mut self, transport: TransportId, bytes: &[u8]) -> usize {
        let count = 1 + self.roll(bytes.len());
        self.post_in_order(transport, 0, Parcel::BytesToServer(transport, bytes[..count].to_vec()));
        count
    }

    pub(crate) fn shut_down(&mut self, transport: TransportId) {
        self.post_in_order(transport, 0, Parcel::EndToServer(transport));
    }

    pub(crate) fn release(&mut self, transport: TransportId) {
        self.links.remove(&transport);
    }

    /// When something arrives next, if anything does.
    pub(crate) fn next(&self) -> Option<Time> {
        self.under_way.first_key_value().map(|((at, _), _)| *at)
    }

    /// Nothing arrives before this time any more: the client waited for a deadline of its own.
    pub(crate) fn wait_until(&mut self, at: Time) {
        self.now = at;
    }

    /// Lets it arrive, at the client, which has to be told, or at the server.
    pub(crate) fn advance(&mut self) -> Option<Arrival> {
        let ((at, _), parcel) = self.under_way.pop_first()?;
        self.now = at;
        match parcel {
            Parcel::BytesToServer(transport, bytes) => self.serve(transport, |server| server.receive(&bytes)),
            Parcel::EndToServer(transport) => self.serve(transport, Server::end),
            Parcel::ToClient(Arrival::Cut(cut)) => {
                self.cut(cut);
                return Some(Arrival::Cut(cut));
            }
            Parcel::ToClient(Arrival::Connected(transport)) => {
                self.links.insert(transport, Link::default());
                return Some(Arrival::Connected(transport));
            }
            Parcel::ToClient(
                Arrival::Bytes(transport, _) | Arrival::End(transport) | Arrival::Reset(transport, _),
            ) if !self.links.contains_key(&transport) => {}
            Parcel::ToClient(arrival) => return Some(arrival),
        }
        None
    }

    /// Something happens to the server, and it answers, in pieces.
    fn serve(&mut self, transport: TransportId, what: impl FnOnce(&mut Server)) {
        let Some(link) = self.links.get_mut(&transport) else { return };
        what(&mut link.server);
        let mut said = link.server.say();
        let ends = link.server.ended;
        while !said.is_empty() {
            let rest = said.split_off(1 + self.roll(said.len()));
            let piece = std::mem::replace(&mut said, rest);
            self.post_in_order(transport, 1, Parcel::ToClient(Arrival::Bytes(transport, piece)));
        }
        if ends {
            self.post_in_order(transport, 1, Parcel::ToClient(Arrival::End(transport)));
        }
    }

    /// What is under way is lost, and so is everything sent from now on, except what the cut itself causes.
    fn cut(&mut self, cut: Cut) {
        self.under_way.clear();
        for transport in self.links.keys().copied().collect::<Vec<_>>() {
            let arrival = match cut {
                Cut::Silence => continue,
                Cut::End => Arrival::End(transport),
                Cut::Reset => Arrival::Reset(transport, ErrorKind::ConnectionReset.into()),
            };
            self.post(self.now, Parcel::ToClient(arrival));
        }
        self.cut = true;
    }

    fn post(&mut self, at: Time, parcel: Parcel) {
        if !self.cut {
            self.posted += 1;
            self.under_way.insert((at, self.posted), parcel);
        }
    }

    fn post_in_order(&mut self, transport: TransportId, way: usize, parcel: Parcel) {
        let at = self.later();
        if let Some(link) = self.links.get_mut(&transport) {
            link.latest[way] = link.latest[way].max(at);
            let at = link.latest[way];
            self.post(at, parcel);
        }
    }

    /// When something sent now will arrive.
    fn later(&mut self) -> Time {
        self.now + Duration::from_micros(1_000 + self.roll(40_000) as u64)
    }

    /// A number below `below`.
    fn roll(&mut self, below: usize) -> usize {
        let mut bytes = [0; 4];
        self.dice.fill(&mut bytes);
        u32::from_le_bytes(bytes) as usize % below.max(1)
    }
}

/// A server that echoes, and that never waits.
#[derive(Default)]
struct Server {
    request: Vec<u8>,
    socket: Option<WebSocket<Pipe>>,
    ended: bool,
}

impl Server {
    fn receive(&mut self, bytes: &[u8]) {
        let Some(socket) = &mut self.socket else {
            self.request.extend_from_slice(bytes);
            return self.accept();
        };
        socket.get_mut().incoming.extend(bytes);
        self.echo();
    }

    fn end(&mut self) {
        if let Some(socket) = &mut self.socket {
            socket.get_mut().ended = true;
        }
        self.echo();
    }

    fn accept(&mut self) {
        let request = String::from_utf8_lossy(&self.request);
        if !request.ends_with("\r\n\r\n") {
            return;
        }
        let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
        let accept = derive_accept_key(key.unwrap_or_default().as_bytes());
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        let pipe = Pipe { outgoing: answer.into(), ..Pipe::default() };
        self.socket = Some(WebSocket::from_raw_socket(pipe, Role::Server, None));
    }

    fn echo(&mut self) {
        if let Some(socket) = &mut self.socket {
            self.ended |= match support::echo(socket) {
                Err(tungstenite::Error::Io(error)) => error.kind() != ErrorKind::WouldBlock,
                Ok(()) | Err(_) => true,
            };
        }
    }

    fn say(&mut self) -> Vec<u8> {
        self.socket.as_mut().map(|socket| std::mem::take(&mut socket.get_mut().outgoing)).unwrap_or_default()
    }
}

/// The server's socket.
#[derive(Default)]
struct Pipe {
    incoming: VecDeque<u8>,
    outgoing: Vec<u8>,
    ended: bool,
}

impl Read for Pipe {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.incoming.is_empty() && !self.ended {
            return Err(ErrorKind::WouldBlock.into());
        }
        self.incoming.read(into)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.outgoing.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Display for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Addresses(connection) => write!(f, "{connection} has two addresses"),
            Self::Connected(transport) => write!(f, "{transport} is connected"),
            Self::Refused(transport, _) => write!(f, "{transport} is refused"),
            Self::Bytes(transport, bytes) => write!(f, "{transport}: {} B", bytes.len()),
            Self::End(transport) => write!(f, "{transport}: end of stream"),
            Self::Reset(transport, _) => write!(f, "{transport}: reset"),
            Self::Cut(cut) => write!(f, "cut: {cut:?}"),
        }
    }
}
