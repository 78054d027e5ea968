//! Any number of sessions inside a `mio::Poll` of the user's own.

use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use connect_socket_core::{
    Action, CallId, CloseOptions, Config, ConnectOptions, Event, Message, Payload, SeededEntropy, Session,
    SharedEntropy, Time, Workspace,
};
use mio::event::Event as Readiness;
use mio::{Registry, Token, Waker};
use slab::Slab;
use smallvec::SmallVec;

use crate::resolver::{self, Resolve, Resolver};
use crate::socket::{Connecting, Socket};

/// So much of one session is read in one turn, so that a socket that is never empty leaves the others their
/// time.
const READ_BUDGET: u32 = 512 * 1024;

/// Sessions that are driven by a [`mio::Poll`] of yours: your registry, your tokens, your other sources.
///
/// Three calls make the loop: [`handle_event`](Self::handle_event) for what the poll says,
/// [`poll_event`](Self::poll_event) until it gives none, and [`timeout`](Self::timeout) for how long the poll may
/// wait then. All work is done in `poll_event`; a program that does not call it is not sent anything, and holds
/// the servers back.
///
/// The sessions share one workspace, one resolver, one source of entropy and one set of timers, so that an
/// idle connection costs little more than its socket. They take turns: none is read more than its share before
/// the others have had theirs.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use connect_socket_mio::Driver;
/// use connect_socket_mio::core::{Config, ConnectOptions, Event};
/// use mio::{Events, Poll, Token, Waker};
///
/// const WAKER: Token = Token(0);
/// const SOCKETS: Token = Token(1); // ... and all above it.
///
/// let mut poll = Poll::new()?;
/// let mut events = Events::with_capacity(128);
/// let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
/// let mut driver = Driver::new(Config::default(), poll.registry(), SOCKETS, waker)?;
///
/// let key = driver.add();
/// let mut slot = driver.slot(key).expect("it was just made");
/// slot.connect(&ConnectOptions::new("wss://echo.example/"));
/// loop {
///     while let Some((_, event)) = driver.poll_event() {
///         println!("{event:?}");
///         if matches!(event, Event::Close { .. } | Event::Error { .. }) {
///             return Ok(());
///         }
///     }
///     poll.poll(&mut events, driver.timeout())?;
///     for event in &events {
///         // Here your own sources have their turn, too; a driver leaves alone what is not its own.
///         driver.handle_event(event);
///     }
/// }
/// # #[allow(unreachable_code)]
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Driver {
    config: Arc<Config>,
    entropy: SharedEntropy,
    work: Workspace,
    registry: Registry,
    first: Token,
    /// A socket's place is its token, counted from `first`.
    sockets: Slab<Socket>,
    sessions: Slab<Entry>,
    last_serial: u64,
    resolver: Resolver<SessionKey>,
    origin: Instant,
    /// The sessions that may have something to do, each once.
    ready: VecDeque<usize>,
    /// Those that have had their share of this turn.
    later: Vec<usize>,
    timers: BTreeSet<(Time, usize)>,
    turn: u32,
}

/// Names a session of a [`Driver`]. It is never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionKey {
    index: usize,
    serial: u64,
}

struct Entry {
    serial: u64,
    session: Session<SharedEntropy>,
    /// The places of its sockets: of one most of the time, which takes no memory of its own.
    sockets: SmallVec<[usize; 2]>,
    /// Where it stands in `timers`.
    timer: Option<Time>,
    /// It is in `ready` or in `later`.
    queued: bool,
    /// What may still be read of it in this turn.
    budget: u32,
    turn: u32,
}

impl Driver {
    /// A driver without a session, whose sockets will be registered with `registry` under the token `first` and
    /// those above it. `waker` must belong to the same poll; it is called when a host name has been looked up.
    ///
    /// `config` is what sessions have that do not bring their own. Without a TLS configuration in it, wss trusts
    /// what the platform trusts.
    pub fn new(config: Config, registry: &Registry, first: Token, waker: Arc<Waker>) -> io::Result<Self> {
        Self::with_resolver(config, registry, first, waker, resolver::system())
    }

    /// The same with a resolver of your own.
    pub fn with_resolver(
        config: Config,
        registry: &Registry,
        first: Token,
        waker: Arc<Waker>,
        resolve: Resolve,
    ) -> io::Result<Self> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        Ok(Self {
            config: Arc::new(config.or_platform_tls()),
            entropy: SharedEntropy::new(SeededEntropy::new(seed)),
            work: Workspace::default(),
            registry: registry.try_clone()?,
            first,
            sockets: Slab::new(),
            sessions: Slab::new(),
            last_serial: 0,
            resolver: Resolver::new(resolve, waker),
            origin: Instant::now(),
            ready: VecDeque::new(),
            later: Vec::new(),
            timers: BTreeSet::new(),
            turn: 0,
        })
    }

    /// Adds a session, idle, with the driver's configuration.
    pub fn add(&mut self) -> SessionKey {
        self.add_with(Arc::clone(&self.config))
    }

    /// Adds a session, idle, with a configuration of its own, as it is: without TLS in it there is no wss.
    pub fn add_with(&mut self, config: impl Into<Arc<Config>>) -> SessionKey {
        self.last_serial += 1;
        let serial = self.last_serial;
        let session = Session::new(config, self.entropy.clone());
        let entry = Entry {
            serial,
            session,
            sockets: SmallVec::new(),
            timer: None,
            queued: false,
            budget: 0,
            turn: 0,
        };
        SessionKey { index: self.sessions.insert(entry), serial }
    }

    /// The session of `key`, to command it; none if it was removed.
    pub fn slot(&mut self, key: SessionKey) -> Option<Slot<'_>> {
        let entry = self.sessions.get_mut(key.index).filter(|entry| entry.serial == key.serial)?;
        Some(Slot { entry, ready: &mut self.ready, index: key.index, origin: self.origin })
    }

    /// The session of `key`, to ask it things; none if it was removed.
    pub fn session(&self, key: SessionKey) -> Option<&Session<SharedEntropy>> {
        let entry = self.sessions.get(key.index).filter(|entry| entry.serial == key.serial)?;
        Some(&entry.session)
    }

    /// Removes a session and closes its sockets, without a word to the server or to anybody. Whoever wants a
    /// proper end closes it first and waits for that.
    pub fn remove(&mut self, key: SessionKey) {
        if self.session(key).is_none() {
            return;
        }
        self.ready.retain(|index| *index != key.index);
        self.later.retain(|index| *index != key.index);
        let entry = self.sessions.remove(key.index);
        entry.timer.map(|at| self.timers.remove(&(at, key.index)));
        for place in entry.sockets {
            self.sockets.remove(place).release(&self.registry);
        }
    }

    /// Whether a readiness event with this token is for this driver.
    pub fn owns(&self, token: Token) -> bool {
        token >= self.first
    }

    /// A readiness event of the poll. Those of others are left alone.
    pub fn handle_event(&mut self, event: &Readiness) {
        let now = self.now();
        let Some(place) = event.token().0.checked_sub(self.first.0) else { return };
        let Some(socket) = self.sockets.get_mut(place) else { return };
        let (index, transport) = (socket.session, socket.transport());
        let connecting = socket.handle_event(event);
        let Some(entry) = self.sessions.get_mut(index) else { return };
        enqueue(entry, index, &mut self.ready);
        match connecting {
            Connecting::Unchanged => {}
            Connecting::Done => entry.session.handle_connected(now, transport),
            Connecting::Failed(error) => {
                entry.session.handle_connect_failed(now, transport, error.into());
                entry.sockets.retain(|it| *it != place);
                self.sockets.remove(place).release(&self.registry);
            }
        }
    }

    /// The next event of any session, after everything that can be done for it without waiting: names, timers,
    /// writing and reading. None: wait for the poll, at most for [`Driver::timeout`].
    pub fn poll_event(&mut self) -> Option<(SessionKey, Event<Message<'_>>)> {
        if !self.has_event() {
            return None;
        }
        let index = *self.ready.front()?;
        let entry = self.sessions.get_mut(index)?;
        let key = SessionKey { index, serial: entry.serial };
        Some((key, entry.session.poll_event(&mut self.work)?))
    }

    /// Whether [`Driver::poll_event`] would give an event.
    pub fn has_event(&mut self) -> bool {
        loop {
            while let Some(&index) = self.ready.front() {
                let Some(entry) = self.sessions.get_mut(index) else { return false };
                if entry.session.has_event(&mut self.work) {
                    return true;
                }
                if !self.work(index) {
                    self.rest(index);
                }
            }
            if !self.gather() {
                return false;
            }
        }
    }

    /// How long the poll may wait: zero if there is work left, none if only a readiness event can change
    /// anything. To be asked right before the poll: what comes after it is a new turn.
    pub fn timeout(&mut self) -> Option<Duration> {
        // That it comes round, after four thousand million turns, costs a session at most one share.
        self.turn = self.turn.wrapping_add(1);
        self.ready.extend(self.later.drain(..));
        if !self.ready.is_empty() {
            return Some(Duration::ZERO);
        }
        let (at, _) = self.timers.first()?;
        Some(at.since(self.now()))
    }

    /// Finds sessions that have something to do: a name was looked up, or a time has come.
    fn gather(&mut self) -> bool {
        let now = self.now();
        while let Some((key, connection, answer)) = self.resolver.poll() {
            if let Some(slot) = self.slot(key) {
                slot.entry.session.handle_resolved(now, connection, answer.as_deref().map_err(Clone::clone));
                enqueue(slot.entry, key.index, slot.ready);
            }
        }
        while let Some(&(at, index)) = self.timers.first()
            && at <= now
        {
            self.timers.pop_first();
            if let Some(entry) = self.sessions.get_mut(index) {
                entry.timer = None;
                enqueue(entry, index, &mut self.ready);
            }
        }
        !self.ready.is_empty()
    }

    /// One round of everything for one session; `false` when nothing came of it.
    fn work(&mut self, index: usize) -> bool {
        let now = self.now();
        let mut worked = false;
        while let Some(action) = self.sessions.get_mut(index).and_then(|entry| entry.session.poll_action()) {
            self.perform(index, action, now);
            worked = true;
        }
        let Some(entry) = self.sessions.get_mut(index) else { return false };
        for place in &entry.sockets {
            if let Some(socket) = self.sockets.get_mut(*place) {
                worked |= socket.write(now, &mut entry.session, &mut self.work);
            }
        }
        worked |= self.read(index, now);
        // Behind what was read: it may be what a timer waits for (semantics F8).
        let Some(entry) = self.sessions.get_mut(index) else { return worked };
        if entry.session.poll_timeout().is_some_and(|(at, _)| at <= now) {
            entry.session.handle_timeout(now);
            worked = true;
        }
        worked
    }

    /// Reads from the first socket that has something, so that it is told before more is read.
    fn read(&mut self, index: usize, now: Time) -> bool {
        let Some(entry) = self.sessions.get_mut(index) else { return false };
        if entry.turn != self.turn {
            entry.turn = self.turn;
            entry.budget = READ_BUDGET;
        }
        for place in &entry.sockets {
            let Some(socket) = self.sockets.get_mut(*place) else { continue };
            if entry.budget == 0 {
                return false;
            }
            if let Some(count) = socket.read(now, &mut entry.session, &mut self.work) {
                entry.budget = entry.budget.saturating_sub(u32::try_from(count).unwrap_or(u32::MAX));
                return true;
            }
        }
        false
    }

    /// The first of `ready` has nothing more to do: the next has the buffer, and this one its turn later if it
    /// has had its share, or when its time has come.
    fn rest(&mut self, index: usize) {
        self.ready.pop_front();
        let Some(entry) = self.sessions.get_mut(index) else { return };
        let sockets = &self.sockets;
        let readable = |place: &usize| sockets.get(*place).is_some_and(Socket::is_readable);
        if entry.turn == self.turn && entry.budget == 0 && entry.sockets.iter().any(readable) {
            self.later.push(index);
            return;
        }
        entry.queued = false;
        let timer = entry.session.poll_timeout().map(|(at, _)| at);
        if timer != entry.timer {
            entry.timer.map(|at| self.timers.remove(&(at, index)));
            timer.map(|at| self.timers.insert((at, index)));
            entry.timer = timer;
        }
    }

    fn perform(&mut self, index: usize, action: Action, now: Time) {
        let Some(entry) = self.sessions.get_mut(index) else { return };
        match action {
            Action::Resolve { connection, host, port } => {
                self.resolver.ask(SessionKey { index, serial: entry.serial }, connection, host, port);
            }
            Action::Dial { transport, address } => {
                let place = self.sockets.vacant_key();
                let token = Token(self.first.0.saturating_add(place));
                match Socket::connect(index, transport, address, &self.registry, token) {
                    Ok(socket) => entry.sockets.push(self.sockets.insert(socket)),
                    Err(error) => entry.session.handle_connect_failed(now, transport, error.into()),
                }
            }
            Action::ShutdownWrite { transport } => {
                let mut sockets = entry.sockets.iter().filter_map(|place| self.sockets.get(*place));
                if let Some(socket) = sockets.find(|socket| socket.transport() == transport) {
                    socket.shut_down_write();
                }
            }
            Action::Release { transport } => {
                let is_it =
                    |place: &usize| self.sockets.get(*place).is_some_and(|it| it.transport() == transport);
                if let Some(at) = entry.sockets.iter().position(is_it) {
                    let place = entry.sockets.swap_remove(at);
                    self.sockets.remove(place).release(&self.registry);
                }
            }
        }
    }

    fn now(&self) -> Time {
        time_since(self.origin)
    }
}

fn time_since(origin: Instant) -> Time {
    Time::ZERO + origin.elapsed()
}

/// One session of a [`Driver`], to be commanded. What a command leads to is done, and told, when events are
/// polled next.
pub struct Slot<'d> {
    entry: &'d mut Entry,
    ready: &'d mut VecDeque<usize>,
    index: usize,
    origin: Instant,
}

impl Slot<'_> {
    /// `my.connectSocket`; see [`Session::connect`].
    pub fn connect(&mut self, options: &ConnectOptions) -> CallId {
        let now = time_since(self.origin);
        self.session().connect(now, options)
    }

    /// `my.sendSocketMessage`; see [`Session::send`].
    pub fn send(&mut self, payload: Payload<'_>) -> CallId {
        self.session().send(payload)
    }

    /// `my.closeSocket`; see [`Session::close`].
    pub fn close(&mut self, options: &CloseOptions) -> CallId {
        let now = time_since(self.origin);
        self.session().close(now, options)
    }

    /// Whether messages are wanted now (back-pressure); see [`Session::set_receiving`].
    pub fn set_receiving(&mut self, receiving: bool) {
        self.session().set_receiving(receiving);
    }

    fn session(&mut self) -> &mut Session<SharedEntropy> {
        enqueue(self.entry, self.index, self.ready);
        &mut self.entry.session
    }
}

fn enqueue(entry: &mut Entry, index: usize, ready: &mut VecDeque<usize>) {
    if !entry.queued {
        entry.queued = true;
        ready.push_back(index);
    }
}
