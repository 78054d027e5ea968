//! Any number of sessions inside a `mio::Poll` of the user's own.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use connect_socket_core::host::{self, Ask, Hub, Ready, SessionKey, SocketKey};
use connect_socket_core::{
    CallId, CloseOptions, Config, ConnectOptions, Event, Message, Payload, SeededEntropy, Session,
    SharedEntropy, Stats, Time, Workspace,
};
use mio::event::Event as Readiness;
use mio::{Registry, Token, Waker};

use crate::resolver::{self, Resolve, Resolver};
use crate::socket::{Connect, Connecting, Socket};

/// Sessions that are driven by a [`mio::Poll`] of yours: your registry, your tokens, your other sources.
///
/// Three calls make the loop: [`handle_event`](Self::handle_event) for what the poll says,
/// [`poll_event`](Self::poll_event) until it gives none, and [`timeout`](Self::timeout) for how long the poll may
/// wait then. All work is done in `poll_event`; a program that does not call it is not sent anything, and holds
/// the servers back.
///
/// The sessions share one workspace, one resolver, one source of entropy and one set of timers, so that an
/// idle connection costs little more than its socket. They take turns, as a [`Hub`] has them: none is read, written or
/// told more than its share before the others have had theirs.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use connect_socket_mio::Driver;
/// use connect_socket_mio::core::{Config, ConnectOptions, Event};
/// use mio::{Events, Poll, Token, Waker};
///
/// const WAKER: Token = Token(0);
/// const SOCKETS: Token = Token(1); // ... and `Driver::TOKENS` in all.
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
    hub: Hub<Socket, SharedEntropy>,
    registry: Registry,
    first: Token,
    /// The sockets that are not connected yet, by their places.
    connects: BTreeMap<usize, (SocketKey, Connect)>,
    resolver: Resolver,
    origin: Instant,
    /// The time of the last look for an event.
    now: Time,
}

impl Driver {
    /// So many tokens belong to a driver, from its first on: a second one in the same poll begins behind them. A socket
    /// that gets none, since so many are open, fails to connect.
    pub const TOKENS: usize = 1 << 24;

    /// A driver without a session, whose sockets will be registered with `registry` under the token `first` and
    /// those above it, [`TOKENS`](Self::TOKENS) in all. `waker` must belong to the same poll; it is called when a host
    /// name has been looked up.
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
            hub: Hub::new(Workspace::default()),
            registry: registry.try_clone()?,
            first,
            connects: BTreeMap::new(),
            resolver: Resolver::new(resolve, waker),
            origin: Instant::now(),
            now: Time::ZERO,
        })
    }

    /// Adds a session, idle, with the driver's configuration.
    pub fn add(&mut self) -> SessionKey {
        self.add_with(Arc::clone(&self.config))
    }

    /// Adds a session, idle, with a configuration of its own, as it is: without TLS in it there is no wss.
    pub fn add_with(&mut self, config: impl Into<Arc<Config>>) -> SessionKey {
        self.hub.add(Session::new(config, self.entropy.clone()))
    }

    /// The session of `key`, to command it; none if it was removed.
    pub fn slot(&mut self, key: SessionKey) -> Option<Slot<'_>> {
        Some(Slot { slot: self.hub.slot(key)?, origin: self.origin })
    }

    /// The session of `key`, to ask it things; none if it was removed.
    pub fn session(&self, key: SessionKey) -> Option<&Session<SharedEntropy>> {
        self.hub.session(key)
    }

    /// Removes a session and closes its sockets, without a word to the server or to anybody. Whoever wants a
    /// proper end closes it first and waits for that.
    pub fn remove(&mut self, key: SessionKey) {
        self.hub.remove(key);
        self.serve();
    }

    /// Whether a readiness event with this token is for this driver.
    pub fn owns(&self, token: Token) -> bool {
        self.place(token).is_some()
    }

    /// A readiness event of the poll. Those of others are left alone.
    pub fn handle_event(&mut self, event: &Readiness) {
        let Some(place) = self.place(event.token()) else { return };
        let Some((socket, connect)) = self.connects.get_mut(&place) else {
            let ready = Ready {
                readable: event.is_readable(),
                writable: event.is_writable(),
                more: event.is_read_closed() || event.is_error() || event.is_priority(),
            };
            return self.hub.handle_ready(place, ready);
        };
        let socket = *socket;
        let connected = match connect.handle_event(event) {
            Connecting::Unchanged => return,
            Connecting::Done => Ok(()),
            Connecting::Failed(error) => Err(error.into()),
        };
        let Some((_, connect)) = self.connects.remove(&place) else { return };
        let now = time_since(self.origin);
        let unwanted = match connected {
            Ok(()) => self.hub.handle_dialled(now, socket, Ok(connect.finish())),
            Err(error) => {
                connect.finish().release(&self.registry);
                self.hub.handle_dialled(now, socket, Err(error))
            }
        };
        if let Some(unwanted) = unwanted {
            unwanted.release(&self.registry);
        }
    }

    /// The next event of any session, after everything that can be done for it without waiting: names, timers,
    /// writing and reading. None: wait for the poll, at most for [`Driver::timeout`].
    pub fn poll_event(&mut self) -> Option<(SessionKey, Event<Message<'_>>)> {
        if self.has_event() { self.hub.poll_event(self.now) } else { None }
    }

    /// Whether [`Driver::poll_event`] would give an event.
    pub fn has_event(&mut self) -> bool {
        // Most events lie there, and ask for no look at the clock.
        if self.hub.has_event_at_hand() {
            return true;
        }
        self.now = time_since(self.origin);
        while let Some((question, answer)) = self.resolver.poll() {
            self.hub.handle_looked_up(self.now, question, answer);
        }
        let has_event = self.hub.has_event(self.now);
        if !has_event {
            self.serve();
        }
        has_event
    }

    /// How long the poll may wait: zero if there is work left, none if only a readiness event can change
    /// anything. A poll that waits for a time of its own puts the rest of the work off until then, no more.
    pub fn timeout(&self) -> Option<Duration> {
        self.hub.timeout(time_since(self.origin))
    }

    /// Does what the hub cannot do.
    fn serve(&mut self) {
        while let Some(ask) = self.hub.poll_ask() {
            match ask {
                Ask::LookUp(question) => self.resolver.look_up(question),
                Ask::Dial { socket, address } => match self.dial(socket, address) {
                    Ok(connect) => {
                        self.connects.insert(socket.place(), (socket, connect));
                    }
                    Err(error) => {
                        self.hub.handle_dialled(self.now, socket, Err(error.into()));
                    }
                },
                Ask::Release { socket, stream } => {
                    let connect = |driver: &mut Self| driver.connects.remove(&socket.place());
                    let stream = stream.or_else(|| connect(self).map(|(_, connect)| connect.finish()));
                    if let Some(stream) = stream {
                        stream.release(&self.registry);
                    }
                }
            }
        }
    }

    fn dial(&self, socket: SocketKey, address: SocketAddr) -> io::Result<Connect> {
        let token = self.first.0.checked_add(socket.place()).map(Token);
        let token = token.filter(|token| self.owns(*token));
        let token = token.ok_or_else(|| io::Error::other("the driver has no token left"))?;
        Connect::begin(address, &self.registry, token)
    }

    /// The place of the socket that has this token.
    fn place(&self, token: Token) -> Option<usize> {
        token.0.checked_sub(self.first.0).filter(|place| *place < Self::TOKENS)
    }
}

fn time_since(origin: Instant) -> Time {
    Time::ZERO + origin.elapsed()
}

/// One session of a [`Driver`], to be commanded. What a command leads to is done, and told, when events are
/// polled next.
pub struct Slot<'d> {
    slot: host::Slot<'d, SharedEntropy>,
    origin: Instant,
}

impl Slot<'_> {
    /// `my.connectSocket`; see [`Session::connect`].
    pub fn connect(&mut self, options: &ConnectOptions) -> CallId {
        self.slot.connect(time_since(self.origin), options)
    }

    /// `my.sendSocketMessage`; see [`Session::send`].
    pub fn send(&mut self, payload: Payload<'_>) -> CallId {
        self.slot.send(payload)
    }

    /// `my.closeSocket`; see [`Session::close`].
    pub fn close(&mut self, options: &CloseOptions) -> CallId {
        self.slot.close(time_since(self.origin), options)
    }

    /// What was received and sent so far; see [`Session::stats`].
    pub fn stats(&self) -> Stats {
        self.slot.stats()
    }

    /// Whether messages are wanted now (back-pressure); see [`Session::set_receiving`].
    pub fn set_receiving(&mut self, receiving: bool) {
        self.slot.set_receiving(receiving);
    }
}
