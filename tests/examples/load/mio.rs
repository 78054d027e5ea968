//! Sessions in one driver of the mio adapter.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::mio::{Events, Poll, Token, Waker};
use connect_socket_mio::connect_socket_core::{Config, ConnectOptions};
use connect_socket_mio::{Driver, SessionKey, Slot};

use crate::client::{MESSAGE, Sessions, Told};

pub(crate) struct Driven {
    poll: Poll,
    events: Events,
    driver: Driver,
    /// Each at its place, for none is removed.
    keys: Vec<SessionKey>,
}

impl Driven {
    pub(crate) fn new(config: Config, connections: usize) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), Token(0))?);
        let driver = Driver::new(config, poll.registry(), Token(1), waker)?;
        // Room for all now, so that it is not counted as what a connection costs.
        let keys = Vec::with_capacity(connections);
        Ok(Self { poll, events: Events::with_capacity(1024), driver, keys })
    }

    fn slot(&mut self, key: SessionKey) -> Slot<'_> {
        self.driver.slot(key).expect("no session is removed")
    }
}

impl Sessions for Driven {
    fn connect(&mut self, options: &ConnectOptions) {
        let key = self.driver.add();
        self.keys.push(key);
        self.slot(key).connect(options);
    }

    fn send(&mut self, session: usize) {
        self.slot(self.keys[session]).send(MESSAGE);
    }

    fn next(&mut self, patience: Duration) -> io::Result<Option<Told>> {
        let until = Instant::now() + patience;
        loop {
            while let Some((key, event)) = self.driver.poll_event() {
                if let Some(told) = Told::of(key.place(), &event)? {
                    return Ok(Some(told));
                }
            }
            let Some(left) = until.checked_duration_since(Instant::now()) else { return Ok(None) };
            let timeout = self.driver.timeout().map_or(left, |timeout| timeout.min(left));
            match self.poll.poll(&mut self.events, Some(timeout)) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                result => result?,
            }
            for event in &self.events {
                self.driver.handle_event(event);
            }
        }
    }
}
