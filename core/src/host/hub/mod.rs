//! Many sessions in one loop: whose turn it is, and what to do for each.

mod inputs;
mod queue;
mod slot;
mod socket;
mod table;
mod work;

use std::fmt;
use std::mem;
use std::time::Duration;

use super::share::Share;
use super::timers::Timers;
use crate::entropy::Entropy;
use crate::event::{Event, Message};
use crate::session::{Found, Session};
use crate::time::Time;
use crate::workspace::Workspace;

use queue::Queue;
use socket::State;
use table::{Key, Table};
use work::{Common, Entry, Work};

pub use slot::Slot;
pub use socket::{Ask, Interest, Ready, Socket, SocketKey};

/// Identifies a session of a [`Hub`]. It is never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey(Key);

impl SessionKey {
    /// A small number to find what you keep for a session yourself, like the keys of a slab: an index into a vector, instead
    /// of a search by key. It is reused once the session is removed.
    ///
    /// ```
    /// use connect_socket_core::host::Hub;
    /// use connect_socket_core::{Config, Session, Tape, Workspace};
    /// # struct Nothing;
    /// # impl connect_socket_core::host::Socket for Nothing {
    /// #     fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> { Ok(0) }
    /// #     fn write(&mut self, _: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> { Ok(0) }
    /// #     fn shut_down_write(&mut self) {}
    /// # }
    /// # let mut hub = Hub::<Nothing, _>::new(Workspace::default());
    ///
    /// let mut names = Vec::new();
    /// for name in ["prices", "orders"] {
    ///     let key = hub.add(Session::new(Config::default(), Tape::default()));
    ///     names.resize(names.len().max(key.place() + 1), "");
    ///     names[key.place()] = name;
    /// }
    /// assert_eq!(names, ["prices", "orders"]);
    /// ```
    pub const fn place(self) -> usize {
        self.0.place
    }
}

/// Any number of sessions and their sockets, in your own loop. `S` is a socket, `E` is a source of entropy.
///
/// It reads and writes the sockets, keeps the deadlines and the names to look up, and gives the sessions turns. You
/// connect sockets, look up names, poll, and say what time it is. The loop:
///
/// 1. Call [`poll_event`](Self::poll_event) until it returns none. Commands go through [`slot`](Self::slot).
/// 2. Call [`poll_ask`](Self::poll_ask) until it returns none, and do what it says.
/// 3. If your poller forgets an interest once it has reported it, call [`poll_interest`](Self::poll_interest) until it
///    returns none. If it reports every edge, register each socket once, when it is connected.
/// 4. Wait for the poller, at most for [`timeout`](Self::timeout). Then read the clock, and report what happened:
///    [`handle_ready`](Self::handle_ready), [`handle_dialled`](Self::handle_dialled),
///    [`handle_looked_up`](Self::handle_looked_up).
///
/// # Turns
/// In one turn, each session that has something to do gets a share of bytes read, of bytes written and of events
/// delivered. The turn ends, and `poll_event` returns none, when each session has nothing more to do or has used its
/// share. The next call begins the next turn. So a session waits at most for the shares of the others that are ready,
/// whatever their servers and users do. Lingering sockets of ended connections have a small share of their own.
///
/// Within a session, all events from what was read come before a timer runs out ([F8](crate::rules#f8)), and before
/// anything more is written or read.
///
/// # Costs
/// A step for one session takes at most logarithmic time in the number of sessions. Removing a session takes time that
/// does not depend on that number. A hub does not grow, however many sessions and connections come and go.
///
/// The example `polling` of this crate is a host of many sessions in about eighty lines. The server of the following
/// one is in memory:
///
/// ```
/// use connect_socket_core::host::{Ask, Hub, Socket};
/// use connect_socket_core::{Config, ConnectOptions, Event, Session, Tape, Time, Workspace};
/// use std::io::{self, IoSlice};
///
/// /// A server that answers the one request that a tape of sevens makes, and sends a message behind it.
/// struct Server(&'static [u8]);
///
/// impl Socket for Server {
///     fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
///         io::Read::read(&mut self.0, into)
///     }
///     fn write(&mut self, from: &[IoSlice<'_>]) -> io::Result<usize> {
///         Ok(from.iter().map(|slice| slice.len()).sum())
///     }
///     fn shut_down_write(&mut self) {}
/// }
///
/// let mut hub = Hub::new(Workspace::default());
/// let key = hub.add(Session::new(Config::default(), Tape::new(vec![7; 16])));
/// hub.slot(Time::ZERO, key).unwrap().connect(&ConnectOptions::new("ws://192.0.2.1/"));
/// assert!(hub.poll_event(Time::ZERO).is_none(), "it asks for a socket first");
///
/// let Some(Ask::Dial { socket, address }) = hub.poll_ask() else { panic!() };
/// assert_eq!(address.to_string(), "192.0.2.1:80");
/// let server = Server(
///     b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
///     Sec-WebSocket-Accept: CdXSYUsvsaMthlEXWDNURGWA/1o=\r\n\r\n\x81\x02hi",
/// );
/// hub.handle_dialled(Time::ZERO, socket, Ok(server));
///
/// assert!(matches!(hub.poll_event(Time::ZERO), Some((_, Event::Settled { result: Ok(()), .. }))));
/// assert!(matches!(hub.poll_event(Time::ZERO), Some((_, Event::Open { .. }))));
/// let Some((of, Event::Message { message, .. })) = hub.poll_event(Time::ZERO) else { panic!() };
/// assert_eq!((of, message.as_bytes()), (key, &b"hi"[..]));
/// ```
pub struct Hub<S, E> {
    sessions: Table<Entry<E>>,
    common: Common<S>,
    timers: Timers,
    /// The sessions that may have something to do in this turn. The first is at work. A session is in one of the two
    /// queues exactly while its `queued` is true.
    ready: Queue,
    /// The sessions that have used their share.
    spent: Queue,
    /// The session at work, or [`Key::NONE`].
    active: Key,
    /// How many events it may still report in this turn, instead of the `events` of its share. While this is not 0, the
    /// session exists.
    left: u32,
    /// What that session reports next, if it was found, would take work to find again, and nothing was done with any
    /// session since. `found` is nothing while `glance()` is something.
    found: Found,
    /// The number of this turn, from 1.
    turn: u64,
    /// The turn has begun: the sessions with due deadlines are in `ready`.
    begun: bool,
}

impl<S: Socket, E: Entropy> Hub<S, E> {
    /// Makes a hub without sessions. All its sessions will share `work`.
    pub fn new(work: Workspace) -> Self {
        Self {
            sessions: Table::new(),
            common: Common::new(work),
            timers: Timers::new(),
            ready: Queue::default(),
            spent: Queue::default(),
            active: Key::NONE,
            left: 0,
            found: Found::Nothing,
            turn: 1,
            begun: false,
        }
    }

    /// Adds an idle session.
    pub fn add(&mut self, session: Session<E>) -> SessionKey {
        SessionKey(self.sessions.insert(Entry::new(session)))
    }

    /// Removes a session and releases its sockets, without any event and without a word to its server. For a proper
    /// end, close the session first and wait for its Close event.
    pub fn remove(&mut self, key: SessionKey) {
        let Some(entry) = self.sessions.remove(key.0) else { return };
        if self.active == key.0 {
            (self.active, self.left, self.found) = (Key::NONE, 0, Found::Nothing);
        }
        self.timers.set(key.0.place, None);
        self.common.lookups.cancel(key.0);
        entry.sockets().for_each(|socket| self.common.release(socket));
    }

    /// How many sessions there are.
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether there is no session.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The session of `key`, to query it. None if it was removed.
    pub fn session(&self, key: SessionKey) -> Option<&Session<E>> {
        self.sessions.get(key.0).map(|entry| &entry.session)
    }

    /// The session of `key`, to give it commands. None if it was removed.
    pub fn slot(&mut self, now: Time, key: SessionKey) -> Option<Slot<'_, E>> {
        self.wake(key.0);
        Some(Slot { session: &mut self.sessions.get_mut(key.0)?.session, now })
    }

    /// The next event of any session. It first does everything that can be done for the sessions without waiting. None
    /// means that the turn is over: go on with the loop.
    #[inline]
    pub fn poll_event(&mut self, now: Time) -> Option<(SessionKey, Event<Message<'_>>)> {
        // Most events are messages of the session at work that lie whole in its window.
        let key = self.active;
        if self.left > 0
            && let Some(entry) = self.sessions.at(key.place)
        {
            debug_assert!(self.sessions.get(key).is_some(), "the session is there");
            debug_assert!(!self.found.is_some() || !self.glance().is_some(), "it was found otherwise");
            if let Some(whole) = entry.session.message_at_hand() {
                // Looked up before anything is written, so that the compiler knows that it is the same entry.
                let entry = self.sessions.at_mut(key.place)?;
                self.left -= 1;
                return entry.session.deliver_from_window(whole, |event| (SessionKey(key), event));
            }
        }
        self.poll_other(now)
    }

    #[inline(never)]
    fn poll_other(&mut self, now: Time) -> Option<(SessionKey, Event<Message<'_>>)> {
        // Most of the others are sends that succeeded. With this, and with what was found kept from `has_event`, a message and
        // its answer over mio take 485 instructions, and 590 without.
        let key = self.active;
        if self.left > 0
            && let Some(call) = self.sessions.at_mut(key.place).and_then(|entry| entry.session.pop_sent())
        {
            self.left -= 1;
            return Some((SessionKey(key), Event::Settled { call, result: Ok(()) }));
        }
        let mut found = mem::replace(&mut self.found, Found::Nothing);
        if !found.is_some() {
            found = self.find(now);
        }
        if !found.is_some() {
            return None;
        }
        self.left -= 1;
        Some((SessionKey(self.active), self.sessions.get_mut(self.active)?.session.deliver(found)?))
    }

    /// Does the work of [`Hub::poll_event`] and says whether it would return an event. If not, the turn is over.
    pub fn has_event(&mut self, now: Time) -> bool {
        if self.has_event_at_hand() {
            return true;
        }
        let found = self.find(now);
        if !self.glance().is_some() {
            self.found = found;
        }
        found.is_some()
    }

    /// Whether the next event is already there, so that you need not read the clock and no work is necessary.
    #[inline]
    pub fn has_event_at_hand(&self) -> bool {
        self.found.is_some() || self.glance().is_some()
    }

    /// What the host has to do next; see [`Ask`].
    pub fn poll_ask(&mut self) -> Option<Ask<S>> {
        if let Some(ask) = self.common.asks.pop_front() {
            return Some(ask);
        }
        while let Some(key) = self.common.dials.pop() {
            let Some(socket) = self.common.sockets.get_mut(key) else { continue };
            let State::Wanted(address) = socket.state else { continue };
            socket.state = State::Dialling;
            return Some(Ask::Dial { socket: SocketKey(key), address });
        }
        self.common.lookups.poll_question().map(Ask::LookUp)
    }

    /// The next socket whose interest has changed, and its new interest. It is for pollers that forget an interest once
    /// they have reported it.
    pub fn poll_interest(&mut self) -> Option<(SocketKey, &S, Interest)> {
        let (key, interest) = loop {
            let key = self.common.interests.pop()?;
            let Some(socket) = self.common.sockets.get_mut(key) else { continue };
            socket.queued = false;
            let Some(entry) = self.sessions.get(socket.session) else { continue };
            let interest = socket.interest(&entry.session);
            if interest != socket.told {
                socket.told = interest;
                break (key, interest);
            }
        };
        match &self.common.sockets.get(key)?.state {
            State::Connecting(stream, _) | State::Connected(stream, _) => {
                Some((SocketKey(key), stream, interest))
            }
            State::Wanted(_) | State::Dialling => None,
        }
    }

    /// How long the poller may wait. It is zero if the next turn has something to do, and none if only readiness, a
    /// connected socket or the answer to a look-up can change anything.
    pub fn timeout(&self, now: Time) -> Option<Duration> {
        if !self.ready.is_empty() {
            return Some(Duration::ZERO);
        }
        self.timers.next().map(|at| at.since(now))
    }

    /// Whether no session has anything left to do ([`Session::is_quiet`]), so that a program can end. This takes the
    /// same time for any number of sessions.
    pub fn is_quiet(&self) -> bool {
        // A connection has a socket, or a deadline by which it must have one. A session whose event was found is in a
        // queue.
        let Self { ready, spent, common: Common { sockets, asks, .. }, timers, left, .. } = self;
        *left == 0
            && ready.is_empty()
            && spent.is_empty()
            && sockets.len() == 0
            && asks.is_empty()
            && timers.next().is_none()
    }

    /// The next event of the session at work, if finding it takes no work.
    #[inline]
    fn glance(&self) -> Found {
        if self.left == 0 {
            return Found::Nothing;
        }
        self.sessions.at(self.active.place).map_or(Found::Nothing, |entry| entry.session.glance())
    }

    /// Works until a session has an event, which is then the session at work. Nothing if the turn is over.
    #[inline(never)]
    fn find(&mut self, now: Time) -> Found {
        if let Some(entry) = self.sessions.get_mut(self.active) {
            entry.share.events = self.left;
        }
        (self.active, self.left) = (Key::NONE, 0);
        if !self.begun {
            self.begun = true;
            while let Some(place) = self.timers.poll(now) {
                self.sessions.key_at(place).into_iter().for_each(|key| self.wake(key));
            }
        }
        while let Some(key) = self.ready.first() {
            let Some(entry) = self.sessions.get_mut(key) else {
                self.ready.pop();
                continue;
            };
            if entry.turn != self.turn {
                (entry.turn, entry.share) = (self.turn, Share::WHOLE);
            }
            match entry.work(key, &mut self.common, now) {
                Work::Found(found) => {
                    (self.active, self.left) = (key, entry.share.events);
                    return found;
                }
                Work::Spent => {
                    self.ready.pop();
                    self.spent.push(key, &self.sessions);
                }
                Work::Rest(deadline) => {
                    entry.queued = false;
                    self.ready.pop();
                    self.timers.set(key.place, deadline);
                }
            }
        }
        mem::swap(&mut self.ready, &mut self.spent);
        self.turn += 1;
        self.begun = false;
        Found::Nothing
    }

    /// The session may have something to do.
    fn wake(&mut self, key: Key) {
        self.found = Found::Nothing;
        if let Some(entry) = self.sessions.get_mut(key)
            && !entry.queued
        {
            entry.queued = true;
            self.ready.push(key, &self.sessions);
        }
    }
}

impl<S, E> fmt::Debug for Hub<S, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("turn", &self.turn).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
