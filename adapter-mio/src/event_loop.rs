//! A ready loop, for programs that have none.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use connect_socket_core::{CallId, CloseOptions, Config, ConnectOptions, Event, Payload};
use mio::{Events, Poll, Token, Waker};

use crate::driver::Driver;
use crate::resolver::{self, Resolve};

const WAKER: Token = Token(usize::MAX - 1);

/// A session with a poll of its own: connect, then ask for one event after the other. The crate's page has an
/// example.
pub struct EventLoop {
    poll: Poll,
    events: Events,
    waker: Arc<Waker>,
    driver: Driver,
}

impl EventLoop {
    /// A loop with an idle session.
    pub fn new(config: Config) -> io::Result<Self> {
        Self::with_resolver(config, resolver::system())
    }

    /// The same with a resolver of your own.
    pub fn with_resolver(config: Config, resolve: Resolve) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let driver = Driver::with_resolver(config, poll.registry(), Token(0), waker.clone(), resolve)?;
        Ok(Self { poll, events: Events::with_capacity(64), waker, driver })
    }

    /// `my.connectSocket`.
    pub fn connect(&mut self, options: &ConnectOptions) -> CallId {
        self.driver.connect(options)
    }

    /// `my.sendSocketMessage`.
    pub fn send(&mut self, payload: Payload<'_>) -> CallId {
        self.driver.send(payload)
    }

    /// `my.closeSocket`.
    pub fn close(&mut self, options: &CloseOptions) -> CallId {
        self.driver.close(options)
    }

    /// What [`EventLoop::next_event`] can be woken with, from any thread.
    pub fn waker(&self) -> Arc<Waker> {
        self.waker.clone()
    }

    /// The driver within.
    pub fn driver(&self) -> &Driver {
        &self.driver
    }

    /// The driver within.
    pub fn driver_mut(&mut self) -> &mut Driver {
        &mut self.driver
    }

    /// Waits for the next event, at most for `timeout`, for ever without one. None: the time is up, or the
    /// waker was called, by you or because a host name has been looked up; just ask again.
    pub fn next_event(&mut self, timeout: Option<Duration>) -> io::Result<Option<Event<'_>>> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut woken = false;
        while !self.driver.has_event() {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if woken || left == Some(Duration::ZERO) {
                return Ok(None);
            }
            let wait = [self.driver.timeout(), left].into_iter().flatten().min();
            match self.poll.poll(&mut self.events, wait) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                result => result?,
            }
            for event in &self.events {
                woken |= event.token() == WAKER;
                self.driver.handle_event(event);
            }
        }
        Ok(self.driver.poll_event())
    }
}
