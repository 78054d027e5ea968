//! The work of one session: as far as it goes without waiting, and within its share.

use std::collections::VecDeque;
use std::mem;

use super::queue::Queue;
use super::socket::{Ask, Interest, Ready, Socket, SocketEntry, SocketKey, State};
use super::table::{Key, Table};
use crate::entropy::Entropy;
use crate::event::Action;
use crate::host::lookups::Lookups;
use crate::host::share::{Due, LINGERING, Share};
use crate::ids::TransportId;
use crate::session::{Found, Session};
use crate::time::Time;
use crate::workspace::Workspace;

/// One session with what a hub knows about it.
#[derive(Debug)]
pub(super) struct Entry<E> {
    pub(super) session: Session<E>,
    /// What is left of its share of the turn with the number `turn`.
    pub(super) share: Share,
    pub(super) turn: u64,
    /// It is in one of the queues of the hub.
    pub(super) queued: bool,
    /// Its connection has asked for a name.
    asked: bool,
    /// The socket of its connection, once that is connected.
    current: Option<Key>,
    /// Sockets that are dialled, and those of ended connections that linger.
    others: Vec<Key>,
}

/// What the sessions of a hub share.
pub(super) struct Common<S> {
    pub(super) work: Workspace,
    pub(super) sockets: Table<SocketEntry<S>>,
    pub(super) lookups: Lookups<Key>,
    pub(super) asks: VecDeque<Ask<S>>,
    /// The sockets that the host is to be asked for.
    pub(super) dials: Queue,
    /// The sockets whose interest may have changed.
    pub(super) interests: Queue,
}

/// A read is worth a try, whatever the poller has said.
const READABLE: Ready = Ready { readable: true, writable: false, more: false };

/// The outcome of the work.
pub(super) enum Work {
    /// An event is there.
    Found(Found),
    /// It has used up its share of this turn, and has more to do.
    Spent,
    /// It waits for its host, or for this time.
    Rest(Option<Time>),
}

impl<E: Entropy> Entry<E> {
    pub(super) fn new(session: Session<E>) -> Self {
        Self {
            session,
            share: Share::WHOLE,
            turn: 0,
            queued: false,
            asked: false,
            current: None,
            others: Vec::new(),
        }
    }

    /// Works until there is an event, or until nothing more can be done without waiting.
    pub(super) fn work<S: Socket>(&mut self, key: Key, common: &mut Common<S>, now: Time) -> Work {
        // A read was tried since a timer was found to be due.
        let mut looked = false;
        loop {
            match self.session.find(&mut common.work) {
                Found::Nothing => {}
                Found::Queued | Found::InWindow(_) | Found::PartInWindow(_) | Found::Assembled(..)
                    if self.share.events == 0 =>
                {
                    // It may be long until the others have had their turn.
                    self.session.shrink(&mut common.work);
                    return Work::Spent;
                }
                found @ (Found::Queued
                | Found::InWindow(_)
                | Found::PartInWindow(_)
                | Found::Assembled(..)) => {
                    return Work::Found(found);
                }
            }
            // Mostly, there is nothing.
            if self.session.has_action() {
                self.act(key, common);
            }
            if self.finish_connects(common, now) || self.move_bytes(common, now) {
                continue;
            }
            let deadline = self.session.poll_timeout();
            match self.share.due(deadline, now, &mut looked) {
                Due::Nothing => return self.rest(key, common, deadline.map(|(at, _)| at)),
                Due::Read => {
                    if let Some(socket) = self.current.and_then(|socket| common.sockets.get_mut(socket)) {
                        socket.set_ready(READABLE);
                    }
                }
                Due::Timeout => self.session.handle_timeout(now),
            }
        }
    }

    /// Carries out what the session wants done.
    fn act<S: Socket>(&mut self, key: Key, common: &mut Common<S>) {
        while let Some(action) = self.session.poll_action() {
            match action {
                Action::Resolve { connection, host, port } => {
                    self.asked = true;
                    common.lookups.ask(key, connection, host, port);
                }
                Action::Dial { transport, address } => {
                    let state = State::Wanted(address);
                    let socket = SocketEntry {
                        session: key,
                        transport,
                        state,
                        told: Interest::default(),
                        queued: false,
                    };
                    let socket = common.sockets.insert(socket);
                    self.others.push(socket);
                    common.dials.push(socket, &common.sockets);
                }
                Action::ShutdownWrite { transport } => {
                    if let Some(key) = self.socket_of(transport, common)
                        && let Some(socket) = common.sockets.get_mut(key)
                    {
                        socket.shut_down_write();
                    }
                }
                Action::Release { transport } => {
                    if let Some(key) = self.socket_of(transport, common) {
                        self.forget(key);
                        common.release(key);
                    }
                }
            }
        }
    }

    /// Says whether a socket is connected now, or cannot be.
    fn finish_connects<S: Socket>(&mut self, common: &mut Common<S>, now: Time) -> bool {
        // One at a time, since the list changes with it.
        let mut at = 0;
        while let Some(key) = self.others.get(at) {
            if self.finish_connect(*key, common, now) {
                return true;
            }
            at += 1;
        }
        false
    }

    /// Writes and reads, as far as the share goes. Says whether that may have made events.
    fn move_bytes<S: Socket>(&mut self, common: &mut Common<S>, now: Time) -> bool {
        let Self { session, share, current, others, .. } = self;
        let mut moved = false;
        if let Some(key) = *current {
            match common.sockets.get_mut(key) {
                Some(socket) if Some(socket.transport) == session.transport() => {
                    moved |= write(socket, share, now, session, &mut common.work);
                    if share.read > 0
                        && let Some(count) = socket.read(usize::MAX, now, session, &mut common.work)
                    {
                        share.read = share.read.saturating_sub(count);
                        moved = true;
                    }
                }
                // The connection has ended. Its socket may linger.
                Some(_) | None => others.extend(current.take()),
            }
        }
        // Most sessions have no others.
        moved | (!others.is_empty() && self.move_bytes_of_others(common, now))
    }

    /// The same for sockets that linger.
    #[inline(never)]
    fn move_bytes_of_others<S: Socket>(&mut self, common: &mut Common<S>, now: Time) -> bool {
        let Self { session, share, others, .. } = self;
        let reads = mem::take(&mut share.lingering);
        let mut moved = false;
        for key in &*others {
            let Some(socket) = common.sockets.get_mut(*key) else { continue };
            moved |= write(socket, share, now, session, &mut common.work);
            moved |= reads && socket.read(LINGERING, now, session, &mut common.work).is_some();
        }
        moved
    }

    fn rest<S: Socket>(&mut self, key: Key, common: &mut Common<S>, deadline: Option<Time>) -> Work {
        if self.asked && !self.session.awaits_name() {
            self.asked = false;
            common.lookups.cancel(key);
        }
        let mut owed = self.current.is_some_and(|socket| common.owes(socket, &self.session));
        for socket in &self.others {
            owed |= common.owes(*socket, &self.session);
        }
        // Something was left undone because the share was used up.
        if owed { Work::Spent } else { Work::Rest(deadline) }
    }

    /// Asks whether a socket is connected yet. Says whether connecting is over.
    pub(super) fn finish_connect<S: Socket>(&mut self, key: Key, common: &mut Common<S>, now: Time) -> bool {
        let Some(socket) = common.sockets.get_mut(key) else { return false };
        let (transport, Some(connected)) = (socket.transport, socket.connected()) else { return false };
        match connected {
            Ok(()) => {
                self.session.handle_connected(now, transport);
                if self.session.transport() == Some(transport) {
                    self.forget(key);
                    self.others.extend(self.current.replace(key));
                }
            }
            Err(error) => {
                self.forget(key);
                common.release(key);
                self.session.handle_connect_failed(now, transport, error.into());
            }
        }
        true
    }

    /// A socket no longer belongs to this session.
    pub(super) fn forget(&mut self, socket: Key) {
        self.current = self.current.filter(|key| *key != socket);
        self.others.retain(|key| *key != socket);
        if self.others.is_empty() {
            self.others = Vec::new();
        }
    }

    fn socket_of<S>(&self, transport: TransportId, common: &Common<S>) -> Option<Key> {
        self.sockets().find(|key| common.sockets.get(*key).is_some_and(|it| it.transport == transport))
    }

    pub(super) fn sockets(&self) -> impl Iterator<Item = Key> {
        self.current.iter().chain(&self.others).copied()
    }
}

/// Writes, as far as the share goes. Says whether that may have made events.
fn write<S: Socket, E: Entropy>(
    socket: &mut SocketEntry<S>,
    share: &mut Share,
    now: Time,
    session: &mut Session<E>,
    work: &mut Workspace,
) -> bool {
    let Some(written) = socket.write(share.written, now, session, work) else { return false };
    share.written = share.written.saturating_sub(written);
    true
}

impl<S: Socket> Common<S> {
    pub(super) fn new(work: Workspace) -> Self {
        Self {
            work,
            sockets: Table::new(),
            lookups: Lookups::new(),
            asks: VecDeque::new(),
            dials: Queue::default(),
            interests: Queue::default(),
        }
    }

    /// Whether the session wants something of this socket that is worth a try now. If the poller has to report something
    /// else from now on, the socket is queued.
    fn owes<E: Entropy>(&mut self, key: Key, session: &Session<E>) -> bool {
        let Some(socket) = self.sockets.get_mut(key) else { return false };
        let worth_a_try = socket.is_worth_a_try(session);
        // A host whose poller reports every edge never asks for interests, so each of its sockets is queued once.
        if !socket.queued && socket.interest(session) != socket.told {
            socket.queued = true;
            self.interests.push(key, &self.sockets);
        }
        worth_a_try
    }

    /// Gives a socket back to the host, unless the host was not asked for it yet.
    pub(super) fn release(&mut self, key: Key) {
        let Some(socket) = self.sockets.remove(key) else { return };
        let stream = match socket.state {
            State::Wanted(_) => return,
            State::Dialling => None,
            State::Connecting(stream, _) | State::Connected(stream, _) => Some(stream),
        };
        self.asks.push_back(Ask::Release { socket: SocketKey(key), stream });
    }
}
