//! A complete loop, for programs that have none.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use connect_socket_core::host::{Resolve, SessionKey};
use connect_socket_core::{
    AsPayload, CallId, CloseOptions, Config, ConnectOptions, End, OwnedEvent, Session, SharedEntropy,
};
use mio::{Events, Poll, Token, Waker};

use crate::driver::{Driver, Slot};

const WAKER: Token = Token(0);
const SOCKETS: Token = Token(1);

/// A session with a poll of its own: connect, then ask for one event after another. Events own their messages, so you
/// can send an answer while you handle an event.
///
/// ```
/// # use connect_socket_mio::{EventLoop, connect_socket_core::{Config, ConnectOptions}};
/// let mut socket = EventLoop::new(Config::default())?;
/// socket.connect(&ConnectOptions::new("https://no.websocket.example"));
/// while let Some(event) = socket.next_event()? {
///     println!("{event:?}");
/// }
/// let error = socket.end().and_then(|end| end.error()).expect("the url was refused");
/// assert_eq!(error.code().number(), 5);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct EventLoop {
    poll: Poll,
    events: Events,
    waker: Arc<Waker>,
    /// [`Wake::wake`] was called, and this has not been reported yet.
    woken: Arc<AtomicBool>,
    driver: Driver,
    key: SessionKey,
}

/// The outcome of [`EventLoop::wait`].
#[derive(Clone, Debug)]
pub enum Waited {
    /// The next event.
    Event(OwnedEvent),
    /// [`Wake::wake`] was called.
    Woken,
    /// The time is up.
    TimedOut,
}

/// Wakes a waiting [`EventLoop`] from any thread.
#[derive(Clone, Debug)]
pub struct Wake(Arc<Waker>, Arc<AtomicBool>);

impl Wake {
    /// Ends the loop's [`wait`](EventLoop::wait) with [`Waited::Woken`], now or when it is next called.
    pub fn wake(&self) -> io::Result<()> {
        self.1.store(true, Ordering::Release);
        self.0.wake()
    }
}

impl EventLoop {
    /// Makes a loop with an idle session. If `config` has no TLS configuration, wss trusts what the platform trusts.
    pub fn new(config: Config) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let mut driver = Driver::new(config, poll.registry(), SOCKETS, waker.clone())?;
        let key = driver.add();
        Ok(Self { poll, events: Events::with_capacity(64), waker, woken: Arc::default(), driver, key })
    }

    /// Uses your own resolver instead of the system's. It may block, because it is called on other threads.
    #[must_use]
    pub fn with_resolver(mut self, resolve: Resolve) -> Self {
        self.driver = self.driver.with_resolver(resolve);
        self
    }

    /// `my.connectSocket`.
    pub fn connect(&mut self, options: &ConnectOptions) -> CallId {
        self.slot().connect(options)
    }

    /// `my.sendSocketMessage`.
    pub fn send(&mut self, payload: impl AsPayload) -> CallId {
        self.slot().send(payload)
    }

    /// Sends a part of a message; see [`Session::send_part`].
    pub fn send_part(&mut self, payload: impl AsPayload, last: bool) -> CallId {
        self.slot().send_part(payload, last)
    }

    /// `my.closeSocket`.
    pub fn close(&mut self, options: &CloseOptions) -> CallId {
        self.slot().close(options)
    }

    /// A handle that ends a [`wait`](Self::wait) from any thread.
    pub fn waker(&self) -> Wake {
        Wake(Arc::clone(&self.waker), Arc::clone(&self.woken))
    }

    /// Says whether you want messages now (back-pressure); see [`Session::set_receiving`].
    pub fn set_receiving(&mut self, receiving: bool) {
        self.slot().set_receiving(receiving);
    }

    /// How the last connection ended, or why there was none; see [`Session::end`].
    pub fn end(&self) -> Option<&End> {
        self.session().end()
    }

    /// Whether nothing more can come without another call: there is no connection, every call is settled, and every
    /// event was reported.
    pub fn is_over(&self) -> bool {
        self.session().is_quiet()
    }

    /// The session, to query it.
    pub fn session(&self) -> &Session<SharedEntropy> {
        self.driver.session(self.key).expect("the loop's own session is never removed")
    }

    fn slot(&mut self) -> Slot<'_> {
        self.driver.slot(self.key).expect("the loop's own session is never removed")
    }

    /// Waits for the next event, however long that takes. None means that nothing more can come
    /// ([`is_over`](Self::is_over)). So a loop over events ends by itself, however the connection ends.
    pub fn next_event(&mut self) -> io::Result<Option<OwnedEvent>> {
        while let Some(waited) = self.run(None, Self::is_over)? {
            if let Waited::Event(event) = waited {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// Waits for the next event, at most for `timeout`, or until the loop is woken. With a timeout of zero, it does not
    /// wait. It also waits while nothing more can come, because the loop may be woken.
    pub fn wait(&mut self, timeout: Option<Duration>) -> io::Result<Waited> {
        Ok(self.run(timeout, |_| false)?.unwrap_or(Waited::TimedOut))
    }

    fn run(&mut self, timeout: Option<Duration>, ends: fn(&Self) -> bool) -> io::Result<Option<Waited>> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut is_late = false;
        while !self.driver.has_event() {
            if ends(self) {
                return Ok(None);
            }
            if self.woken.swap(false, Ordering::Acquire) {
                return Ok(Some(Waited::Woken));
            }
            if is_late {
                return Ok(Some(Waited::TimedOut));
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            // Even without time to wait, the sockets are checked once.
            is_late = left == Some(Duration::ZERO);
            let wait = [self.driver.timeout(), left].into_iter().flatten().min();
            match self.poll.poll(&mut self.events, wait) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                result => result?,
            }
            for event in &self.events {
                self.driver.handle_event(event);
            }
        }
        Ok(self.driver.poll_event().map(|(_, event)| Waited::Event(event.into_owned())))
    }
}
