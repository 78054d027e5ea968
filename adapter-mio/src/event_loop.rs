//! A ready loop, for programs that have none.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use connect_socket_core::host::{Resolve, SessionKey};
use connect_socket_core::{
    CallId, CloseOptions, Config, ConnectOptions, Event, Message, Payload, Session, SharedEntropy, Stats,
};
use mio::{Events, Poll, Token, Waker};

use crate::driver::{Driver, Slot};

const WAKER: Token = Token(0);
const SOCKETS: Token = Token(1);

/// A session with a poll of its own: connect, then ask for one event after the other, as on the crate's page.
pub struct EventLoop {
    poll: Poll,
    events: Events,
    waker: Arc<Waker>,
    driver: Driver,
    key: SessionKey,
}

impl EventLoop {
    /// A loop with an idle session.
    pub fn new(config: Config) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let mut driver = Driver::new(config, poll.registry(), SOCKETS, waker.clone())?;
        let key = driver.add();
        Ok(Self { poll, events: Events::with_capacity(64), waker, driver, key })
    }

    /// With a resolver of your own instead of the system's. It may block: it is called on threads of its own.
    pub fn with_resolver(mut self, resolve: Resolve) -> Self {
        self.driver = self.driver.with_resolver(resolve);
        self
    }

    /// `my.connectSocket`.
    pub fn connect(&mut self, options: &ConnectOptions) -> CallId {
        self.slot().connect(options)
    }

    /// `my.sendSocketMessage`.
    pub fn send(&mut self, payload: Payload<'_>) -> CallId {
        self.slot().send(payload)
    }

    /// `my.closeSocket`.
    pub fn close(&mut self, options: &CloseOptions) -> CallId {
        self.slot().close(options)
    }

    /// What [`EventLoop::next_event`] can be woken with, from any thread.
    pub fn waker(&self) -> Arc<Waker> {
        self.waker.clone()
    }

    /// Whether messages are wanted now (back-pressure); see [`Session::set_receiving`].
    pub fn set_receiving(&mut self, receiving: bool) {
        self.slot().set_receiving(receiving);
    }

    /// What was received and sent so far; see [`Session::stats`].
    pub fn stats(&self) -> Stats {
        self.session().stats()
    }

    /// The session, to ask it things.
    pub fn session(&self) -> &Session<SharedEntropy> {
        self.driver.session(self.key).expect("the loop's own session is never removed")
    }

    fn slot(&mut self) -> Slot<'_> {
        self.driver.slot(self.key).expect("the loop's own session is never removed")
    }

    /// Waits for the next event, at most for `timeout`, for ever without one. None: the time is up, or the
    /// waker was called, by you or because a host name has been looked up; just ask again.
    pub fn next_event(&mut self, timeout: Option<Duration>) -> io::Result<Option<Event<Message<'_>>>> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut is_over = false;
        while !self.driver.has_event() {
            if is_over {
                return Ok(None);
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            // Without time to wait, the sockets are looked at all the same, once.
            is_over = left == Some(Duration::ZERO);
            let wait = [self.driver.timeout(), left].into_iter().flatten().min();
            match self.poll.poll(&mut self.events, wait) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                result => result?,
            }
            for event in &self.events {
                is_over |= event.token() == WAKER;
                self.driver.handle_event(event);
            }
        }
        Ok(self.driver.poll_event().map(|(_, event)| event))
    }
}
