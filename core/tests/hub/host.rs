//! A host of many sessions in memory: its sockets are pipes, its poller says what the test says.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, ErrorKind, IoSlice};
use std::rc::Rc;
use std::time::Duration;

use connect_socket_core::host::{Ask, Hub, Question, Ready, SessionKey, Slot, Socket, SocketKey};
use connect_socket_core::{Config, ConnectOptions, Event, Message, Session, Tape, Time, Workspace};

use super::memory::ANSWER;

/// A socket, and what its server does. Clones are one socket.
#[derive(Clone, Debug)]
pub(crate) struct Pipe(pub(crate) Rc<RefCell<Ends>>);

#[derive(Debug)]
pub(crate) struct Ends {
    /// What it says of itself.
    pub(crate) connected: Result<bool, ErrorKind>,
    /// What the server has said.
    pub(crate) sent: VecDeque<u8>,
    /// What the server says again and again once that is read.
    pub(crate) endless: Vec<u8>,
    /// So much of a write is taken at once; all of it where this is none.
    pub(crate) most: Option<usize>,
    /// How many bytes were read, by how many calls, and how many were written.
    pub(crate) read: usize,
    pub(crate) reads: usize,
    pub(crate) written: usize,
    pub(crate) is_shut_down: bool,
}

impl Socket for Pipe {
    fn is_connected(&mut self) -> io::Result<bool> {
        self.0.borrow().connected.map_err(io::Error::from)
    }

    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let ends = &mut *self.0.borrow_mut();
        ends.reads += 1;
        while ends.sent.len() < into.len() && !ends.endless.is_empty() {
            ends.sent.extend(&ends.endless);
        }
        let count = ends.sent.len().min(into.len());
        if count == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        ends.sent.drain(..count).zip(into).for_each(|(byte, place)| *place = byte);
        ends.read += count;
        Ok(count)
    }

    fn write(&mut self, from: &[IoSlice<'_>]) -> io::Result<usize> {
        let ends = &mut *self.0.borrow_mut();
        let all: usize = from.iter().map(|slice| slice.len()).sum();
        let count = all.min(ends.most.unwrap_or(all));
        ends.written += count;
        Ok(count)
    }

    fn shut_down_write(&mut self) {
        self.0.borrow_mut().is_shut_down = true;
    }
}

/// A message of a server.
pub(crate) fn message(payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).expect("a short message").to_be_bytes();
    let head =
        if payload.len() <= 125 { vec![0x82, length[1]] } else { [&[0x82, 126], &length[..]].concat() };
    [&head, payload].concat()
}

/// Tests with more sessions than this do not ask each of them after each turn.
const FEW: usize = 10;

pub(crate) struct Host {
    pub(crate) hub: Hub<Pipe, Tape>,
    pub(crate) now: Time,
    /// By their places.
    pub(crate) pipes: BTreeMap<usize, (SocketKey, Pipe)>,
    /// The questions that were asked.
    pub(crate) questions: Vec<Question>,
    /// Sockets are connected at once; otherwise their keys are kept here.
    pub(crate) dials: Option<Vec<SocketKey>>,
    /// They are handed over before they are connected.
    pub(crate) connecting: bool,
    /// What a server does with a connection.
    pub(crate) answer: &'static [u8],
    /// The sessions, unless there were more than a few.
    keys: Vec<SessionKey>,
}

/// What was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Settled(u8),
    Open,
    Message(Vec<u8>),
    Error(u8),
    Close(u16),
}

impl Host {
    pub(crate) fn new() -> Self {
        Self {
            hub: Hub::new(Workspace::default()),
            now: Time::ZERO,
            pipes: BTreeMap::new(),
            questions: Vec::new(),
            dials: None,
            connecting: false,
            answer: ANSWER,
            keys: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self) -> SessionKey {
        self.add_with(Config::default())
    }

    pub(crate) fn add_with(&mut self, config: Config) -> SessionKey {
        let key = self.hub.add(Session::new(config, Tape::default()));
        if self.keys.len() <= FEW {
            self.keys.push(key);
        }
        key
    }

    pub(crate) fn slot(&mut self, key: SessionKey) -> Option<Slot<'_, Tape>> {
        self.hub.slot(self.now, key)
    }

    pub(crate) fn connect(&mut self, key: SessionKey, url: &str) {
        self.slot(key).expect("a session").connect(&ConnectOptions::new(url));
    }

    pub(crate) fn event(&mut self) -> Option<(SessionKey, Told)> {
        let (key, event) = self.hub.poll_event(self.now)?;
        let told = match event {
            Event::Settled { result, .. } => {
                Told::Settled(result.map_or_else(|it| it.code().number(), |()| 0))
            }
            Event::Open { .. } => Told::Open,
            Event::Message { message: Message::Binary(bytes), .. } => Told::Message(bytes.into()),
            Event::Message { message: Message::Text(text), .. } => Told::Message(text.into()),
            Event::Error { error, .. } => Told::Error(error.code().number()),
            Event::Close { code, .. } => Told::Close(code),
        };
        Some((key, told))
    }

    /// All events of a turn, and what the hub asks for behind them.
    pub(crate) fn turn(&mut self) -> Vec<(SessionKey, Told)> {
        let told = std::iter::from_fn(|| self.event()).collect();
        self.serve();
        // A hub is quiet exactly while all of its sessions are.
        if self.keys.len() <= FEW && self.hub.timeout(self.now) != Some(Duration::ZERO) {
            let mut sessions = self.keys.iter().filter_map(|key| self.hub.session(*key));
            assert_eq!(self.hub.is_quiet(), sessions.all(Session::is_quiet));
        }
        told
    }

    /// Does what the hub asks for.
    pub(crate) fn serve(&mut self) {
        while let Some(ask) = self.hub.poll_ask() {
            match ask {
                Ask::LookUp(question) => self.questions.push(question),
                Ask::Dial { socket, .. } => match &mut self.dials {
                    Some(dials) => dials.push(socket),
                    None => assert!(self.dialled(socket).is_none(), "it is still wanted"),
                },
                Ask::Release { socket, stream } => {
                    let known = self.pipes.remove(&socket.place());
                    assert_eq!(known.map(|(key, _)| key), stream.map(|_| socket));
                }
            }
        }
    }

    /// A socket is connected, and its server has answered. Gives it back where nobody wants it any more.
    pub(crate) fn dialled(&mut self, socket: SocketKey) -> Option<Pipe> {
        let ends = Ends {
            connected: Ok(!self.connecting),
            sent: self.answer.iter().copied().collect(),
            endless: Vec::new(),
            most: None,
            read: 0,
            reads: 0,
            written: 0,
            is_shut_down: false,
        };
        let pipe = Pipe(Rc::new(RefCell::new(ends)));
        let back = self.hub.handle_dialled(self.now, socket, Ok(pipe.clone()));
        if back.is_none() {
            self.pipes.insert(socket.place(), (socket, pipe));
        }
        back
    }

    /// Sessions with a connection each that is open, and the places of their sockets.
    pub(crate) fn open(&mut self, many: usize) -> Vec<(SessionKey, usize)> {
        let before: Vec<_> = self.pipes.keys().copied().collect();
        let keys: Vec<_> = (0..many).map(|_| self.add()).collect();
        for key in &keys {
            self.connect(*key, "ws://192.0.2.1");
        }
        let mut open = 0;
        while open < many {
            open += self.turn().into_iter().filter(|(_, told)| *told == Told::Open).count();
        }
        while !self.turn().is_empty() {}
        // Both go up, as sockets are dialled in the order of their sessions.
        let places: Vec<_> = self.pipes.keys().copied().filter(|place| !before.contains(place)).collect();
        assert_eq!(places.len(), many);
        keys.into_iter().zip(places).collect()
    }

    pub(crate) fn pipe(&self, place: usize) -> Pipe {
        self.pipes[&place].1.clone()
    }

    /// A server says something, and the poller that it is there.
    pub(crate) fn say(&mut self, place: usize, bytes: &[u8]) {
        self.pipe(place).0.borrow_mut().sent.extend(bytes);
        self.readable(place);
    }

    /// A server begins to say something that has no end.
    pub(crate) fn flood(&mut self, place: usize, bytes: &[u8]) {
        self.pipe(place).0.borrow_mut().endless = bytes.into();
        self.readable(place);
    }

    pub(crate) fn readable(&mut self, place: usize) {
        self.hub.handle_ready(place, Ready { readable: true, ..Ready::default() });
    }
}
