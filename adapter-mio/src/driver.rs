//! A session inside a `mio::Poll` of the user's own.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use connect_socket_core::{
    Action, CallId, CloseOptions, Config, ConnectOptions, Event, Payload, ReceiveBuffer, SeededEntropy,
    Session, Time, TransportError,
};
use mio::event::Event as Readiness;
use mio::{Registry, Token, Waker};

use crate::resolver::{self, Resolve, Resolver};
use crate::socket::{Connecting, Socket};

/// So much is read in one turn, so that a socket that is never empty leaves the others their time.
const READ_BUDGET: usize = 1024 * 1024;

/// A session that is driven by a [`mio::Poll`] of yours: your registry, your tokens, your other sources.
///
/// Three calls make the loop: [`handle_event`](Self::handle_event) for what the poll says,
/// [`poll_event`](Self::poll_event) until it gives none, and [`timeout`](Self::timeout) for how long the poll may
/// wait then. All work is done in `poll_event`; a program that does not call it is not sent anything, and holds
/// the server back.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use connect_socket_mio::Driver;
/// use connect_socket_mio::core::{Config, ConnectOptions, Event};
/// use mio::{Events, Poll, Token, Waker};
///
/// const WAKER: Token = Token(0);
/// const SOCKETS: Token = Token(1);
///
/// let mut poll = Poll::new()?;
/// let mut events = Events::with_capacity(128);
/// let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
/// let mut driver = Driver::new(Config::default(), poll.registry(), SOCKETS, waker)?;
///
/// driver.connect(&ConnectOptions::new("wss://echo.example/"));
/// loop {
///     while let Some(event) = driver.poll_event() {
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
    session: Session<SeededEntropy>,
    buffer: ReceiveBuffer,
    registry: Registry,
    first: Token,
    /// A socket's place is its token, counted from `first`.
    sockets: Vec<Option<Socket>>,
    resolver: Resolver,
    origin: Instant,
    /// What may still be read before the loop has its turn.
    budget: usize,
}

impl Driver {
    /// How many consecutive tokens a driver uses: addresses that are being tried, and transports of ended
    /// connections that linger.
    pub const TOKENS: usize = 64;

    /// A driver with an idle session, whose sockets will be registered with `registry` under
    /// [`Driver::TOKENS`] tokens from `first` on. `waker` must belong to the same poll; it is called when a
    /// host name has been looked up.
    ///
    /// Without a TLS configuration in `config`, wss trusts what the platform trusts.
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
        getrandom::fill(&mut seed).map_err(io::Error::from)?;
        Ok(Self {
            session: Session::new(with_platform_tls(config), SeededEntropy::new(seed)),
            buffer: ReceiveBuffer::default(),
            registry: registry.try_clone()?,
            first,
            sockets: Vec::new(),
            resolver: Resolver::new(resolve, waker),
            origin: Instant::now(),
            budget: READ_BUDGET,
        })
    }

    /// `my.connectSocket`; see [`Session::connect`].
    pub fn connect(&mut self, options: &ConnectOptions) -> CallId {
        self.session.connect(self.now(), options)
    }

    /// `my.sendSocketMessage`; see [`Session::send`]. It is written when events are polled next.
    pub fn send(&mut self, payload: Payload<'_>) -> CallId {
        self.session.send(payload)
    }

    /// `my.closeSocket`; see [`Session::close`].
    pub fn close(&mut self, options: &CloseOptions) -> CallId {
        self.session.close(self.now(), options)
    }

    /// Whether messages are wanted now (back-pressure); see [`Session::set_receiving`].
    pub fn set_receiving(&mut self, receiving: bool) {
        self.session.set_receiving(receiving);
    }

    /// The session, to ask it things.
    pub fn session(&self) -> &Session<SeededEntropy> {
        &self.session
    }

    /// Whether a readiness event with this token is for this driver.
    pub fn owns(&self, token: Token) -> bool {
        (self.first.0..self.first.0 + Self::TOKENS).contains(&token.0)
    }

    /// A readiness event of the poll. Those of others are left alone.
    pub fn handle_event(&mut self, event: &Readiness) {
        let Some(place) = event.token().0.checked_sub(self.first.0) else { return };
        let Some(Some(socket)) = self.sockets.get_mut(place) else { return };
        let transport = socket.transport;
        match socket.handle_event(event) {
            Connecting::Unchanged => {}
            Connecting::Done => self.session.handle_connected(self.now(), transport),
            Connecting::Failed(error) => {
                self.release(place);
                self.session.handle_connect_failed(self.now(), transport, error.into());
            }
        }
    }

    /// The next event, after everything that can be done for it without waiting: names, timers, writing and
    /// reading. None: wait for the poll, at most for [`Driver::timeout`].
    pub fn poll_event(&mut self) -> Option<Event<'_>> {
        if self.has_event() { self.session.poll_event(&mut self.buffer) } else { None }
    }

    /// Whether [`Driver::poll_event`] would give an event.
    pub fn has_event(&mut self) -> bool {
        loop {
            if self.session.has_event(&mut self.buffer) {
                return true;
            }
            if !self.work() {
                // A timer that has run out may have told something, and no more than that.
                return self.session.has_event(&mut self.buffer);
            }
        }
    }

    /// How long the poll may wait: zero if there is work left, none if only a readiness event can change
    /// anything.
    pub fn timeout(&mut self) -> Option<Duration> {
        let spent = self.budget == 0;
        // Whoever asks is about to wait: what comes after is a new turn.
        self.budget = READ_BUDGET;
        if spent && self.sockets.iter().flatten().any(Socket::is_readable) {
            return Some(Duration::ZERO);
        }
        let (at, _) = self.session.poll_timeout()?;
        Some(at.since(self.now()))
    }

    /// One round of everything; `false` when nothing came of it.
    fn work(&mut self) -> bool {
        let now = self.now();
        self.session.handle_timeout(now);
        let mut worked = false;
        while let Some((connection, answer)) = self.resolver.poll() {
            self.session.handle_resolved(now, connection, answer.as_deref().map_err(Clone::clone));
            worked = true;
        }
        while let Some(action) = self.session.poll_action() {
            self.perform(action);
            worked = true;
        }
        for socket in self.sockets.iter_mut().flatten() {
            worked |= socket.write(now, &mut self.session);
        }
        worked | self.read(now)
    }

    /// Reads from the first socket that has something, so that it is told before more is read.
    fn read(&mut self, now: Time) -> bool {
        for socket in self.sockets.iter_mut().flatten() {
            if self.budget == 0 {
                return false;
            }
            let was_readable = socket.is_readable();
            let count = socket.read(now, &mut self.session, &mut self.buffer);
            self.budget = self.budget.saturating_sub(count);
            if count > 0 || was_readable != socket.is_readable() {
                return true;
            }
        }
        false
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::Resolve { connection, host, port } => self.resolver.ask(connection, host, port),
            Action::Dial { transport, address } => {
                let place = self.free_place();
                let token = Token(self.first.0 + place);
                let socket = if place < Self::TOKENS {
                    Socket::connect(transport, address, &self.registry, token).map_err(TransportError::from)
                } else {
                    Err(TransportError::new(io::ErrorKind::Other, "too many sockets are open"))
                };
                match socket {
                    Ok(socket) => {
                        self.sockets.resize_with(self.sockets.len().max(place + 1), || None);
                        self.sockets[place] = Some(socket);
                    }
                    Err(error) => self.session.handle_connect_failed(self.now(), transport, error),
                }
            }
            Action::ShutdownWrite { transport } => {
                if let Some(socket) = self.sockets.iter().flatten().find(|it| it.transport == transport) {
                    socket.shut_down_write();
                }
            }
            Action::Release { transport } => {
                let is_it =
                    |socket: &Option<Socket>| socket.as_ref().is_some_and(|it| it.transport == transport);
                if let Some(place) = self.sockets.iter().position(is_it) {
                    self.release(place);
                }
            }
        }
    }

    fn free_place(&self) -> usize {
        self.sockets.iter().position(Option::is_none).unwrap_or(self.sockets.len())
    }

    fn release(&mut self, place: usize) {
        if let Some(socket) = self.sockets.get_mut(place).and_then(Option::take) {
            socket.release(&self.registry);
        }
    }

    fn now(&self) -> Time {
        Time::ZERO + self.origin.elapsed()
    }
}

/// What wss trusts where the configuration says nothing: the platform's roots, if they are built in and there
/// are any. Without them a wss url fails, and says so.
fn with_platform_tls(mut config: Config) -> Config {
    #[cfg(all(feature = "platform-roots", any(feature = "aws-lc-rs", feature = "ring")))]
    if config.tls.is_none() {
        config.tls = connect_socket_core::tls::TlsConfig::platform().ok();
    }
    let _ = &mut config;
    config
}
