//! Any number of sessions inside the user's own `mio::Poll`.

use std::io;
use std::net::ToSocketAddrs;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use connect_socket_core::host::{self, Ask, Hub, Ready, Resolve, Resolver, ResolverThreads, SessionKey};
use connect_socket_core::{Config, Event, Message, SeededEntropy, Session, SharedEntropy, Time, Workspace};
use mio::event::Event as Readiness;
use mio::{Registry, Token, Waker};

use crate::socket::Socket;

/// Drives any number of sessions in your own [`mio::Poll`]: with your registry, your tokens, and beside your other
/// sources.
///
/// Three calls make the loop: [`handle_event`](Self::handle_event) for each readiness event,
/// [`poll_event`](Self::poll_event) until it returns none, and [`timeout`](Self::timeout) for how long the poll may
/// wait. `poll_event` does all the work: without it, nothing is sent, and servers are held back. The sessions take
/// turns and share memory as in a [`Hub`].
///
#[doc = concat!("```no_run\n", include_str!("../examples/driver.rs"), "```")]
pub struct Driver {
    config: Arc<Config>,
    entropy: SharedEntropy,
    hub: Hub<Socket, SharedEntropy>,
    registry: Registry,
    first: Token,
    resolver: Resolver,
    origin: Instant,
    /// The time when an event was last polled.
    now: Time,
}

/// All drivers of a program look up names on the same threads.
static THREADS: ResolverThreads = ResolverThreads::new();

impl Driver {
    /// How many tokens belong to a driver, starting with its first: more than any system has sockets. The tokens of a
    /// second driver in the same poll begin after them.
    pub const TOKENS: usize = usize::MAX / 128;

    /// Makes a driver without sessions. It registers its sockets with `registry`, under `first` and the tokens above
    /// it, [`TOKENS`](Self::TOKENS) in all; if there are not so many, it fails. `waker` must belong to the same poll;
    /// it is called when a host name has been looked up. `config` is for sessions that do not bring their own. If it
    /// has no TLS configuration, wss trusts what the platform trusts.
    pub fn new(config: Config, registry: &Registry, first: Token, waker: Arc<Waker>) -> io::Result<Self> {
        first.0.checked_add(Self::TOKENS).ok_or_else(|| io::Error::other("too few tokens begin there"))?;
        let system: Resolve = Arc::new(|host, port| Ok((host, port).to_socket_addrs()?.collect()));
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        Ok(Self {
            config: Arc::new(config.or_platform_tls()),
            entropy: SharedEntropy::new(SeededEntropy::new(seed)),
            hub: Hub::new(Workspace::default()),
            registry: registry.try_clone()?,
            first,
            resolver: Resolver::new(&THREADS, system, move || drop(waker.wake())),
            origin: Instant::now(),
            now: Time::ZERO,
        })
    }

    /// Uses your own resolver instead of the system's. It may block, because it is called on other threads.
    #[must_use]
    pub fn with_resolver(mut self, resolve: Resolve) -> Self {
        self.resolver.set_resolve(resolve);
        self
    }

    /// Adds an idle session with the driver's configuration. What you keep for it can lie at [`SessionKey::place`].
    pub fn add(&mut self) -> SessionKey {
        self.add_with(Arc::clone(&self.config))
    }

    /// Adds an idle session with a configuration of its own. It is used as it is: if it has no TLS configuration, wss
    /// fails.
    pub fn add_with(&mut self, config: impl Into<Arc<Config>>) -> SessionKey {
        self.hub.add(Session::new(config, self.entropy.clone()))
    }

    /// The session of `key`, to give it commands. None if it was removed.
    pub fn slot(&mut self, key: SessionKey) -> Option<Slot<'_>> {
        self.hub.slot(self.time(), key)
    }

    /// The session of `key`, to query it. None if it was removed.
    pub fn session(&self, key: SessionKey) -> Option<&Session<SharedEntropy>> {
        self.hub.session(key)
    }

    /// Whether no session has anything left to do ([`Session::is_quiet`]), so that a program can end.
    pub fn is_quiet(&self) -> bool {
        self.hub.is_quiet()
    }

    /// Removes a session and closes its sockets, without any event and without a word to its server. For a proper end,
    /// close the session first and wait until [`Session::is_quiet`]: then no event is left, and its close frame is sent.
    pub fn remove(&mut self, key: SessionKey) {
        self.hub.remove(key);
        self.now = self.time();
        self.serve();
    }

    /// Whether a readiness event with this token is for this driver.
    pub fn owns(&self, token: Token) -> bool {
        self.place(token).is_some()
    }

    /// Reports a readiness event of the poll. Events of other sources are ignored.
    pub fn handle_event(&mut self, event: &Readiness) {
        let Some(place) = self.place(event.token()) else { return };
        let (readable, writable) = (event.is_readable(), event.is_writable());
        let more = event.is_read_closed() || event.is_error() || event.is_priority();
        self.hub.handle_ready(place, Ready { readable, writable, more });
    }

    /// The next event of any session. It first does everything that can be done for the sessions without waiting:
    /// names, timers, writing and reading. None means: wait for the poll, at most for [`Driver::timeout`]. That may be
    /// zero, because a turn is over and the next has work. A session is done when [`Session::is_quiet`].
    ///
    /// A message borrows the driver. Call [`Event::into_owned`] before you send something in answer to it.
    pub fn poll_event(&mut self) -> Option<(SessionKey, Event<Message<'_>>)> {
        if self.has_event() { self.hub.poll_event(self.now) } else { None }
    }

    /// Whether [`Driver::poll_event`] would return an event.
    pub fn has_event(&mut self) -> bool {
        // Most events are already there, and need no reading of the clock.
        self.hub.has_event_at_hand() || self.work()
    }

    /// Does what can be done without waiting, and says whether there is an event then.
    #[inline(never)]
    fn work(&mut self) -> bool {
        self.now = self.time();
        while let Some((question, answer)) = self.resolver.poll_answer() {
            self.hub.handle_looked_up(self.now, question, answer);
        }
        let has_event = self.hub.has_event(self.now);
        if !has_event {
            self.serve();
        }
        has_event
    }

    /// How long the poll may wait: zero if there is work left, none if only a readiness event can change anything. A
    /// longer wait only delays the work.
    pub fn timeout(&self) -> Option<Duration> {
        self.hub.timeout(self.time())
    }

    /// Does what only the host of a hub can do.
    fn serve(&mut self) {
        while let Some(ask) = self.hub.poll_ask() {
            match ask {
                Ask::LookUp(question) => self.resolver.look_up(question, |work| {
                    thread::Builder::new().name("resolver".into()).spawn(|| work.run()).map(drop)
                }),
                Ask::Dial { socket, address } => {
                    let token = Token(self.first.0 + socket.place());
                    let stream = Socket::connect(address, &self.registry, token);
                    // The hub wants it, because it has just asked for it.
                    self.hub.handle_dialled(self.now, socket, stream.map_err(Into::into));
                }
                Ask::Release { stream: Some(stream), .. } => stream.release(&self.registry),
                Ask::Release { stream: None, .. } => {}
            }
        }
    }

    /// The place of the socket that has this token.
    fn place(&self, token: Token) -> Option<usize> {
        token.0.checked_sub(self.first.0).filter(|place| *place < Self::TOKENS)
    }

    fn time(&self) -> Time {
        Time::ZERO + self.origin.elapsed()
    }
}

/// Gives commands to one session of a [`Driver`].
pub type Slot<'d> = host::Slot<'d, SharedEntropy>;
