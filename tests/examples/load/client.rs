//! The client: sessions in one driver of the mio adapter, in the thread that calls it.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use connect_socket_mio::core::{Config, ConnectOptions, Event, Message};
use connect_socket_mio::{Driver, SessionKey};
use mio::{Events, Poll, Token, Waker};

/// What is sent.
const MESSAGE: &[u8] = b"sixteen bytes ..";

/// So many connections are made at once, and so many messages are under way.
const AT_ONCE: usize = 64;

/// Whoever waits longer for one event has a server that is gone.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Client {
    poll: Poll,
    events: Events,
    driver: Driver,
    options: Vec<ConnectOptions>,
    keys: Vec<SessionKey>,
}

/// What became of a connection.
enum Told {
    Open,
    Echo(SessionKey),
}

impl Client {
    pub(crate) fn new(config: Config, urls: &[String], connections: usize) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), Token(0))?);
        let driver = Driver::new(config, poll.registry(), Token(1), waker)?;
        let options = urls.iter().map(|url| ConnectOptions::new(url.as_str())).collect();
        let keys = Vec::with_capacity(connections);
        Ok(Self { poll, events: Events::with_capacity(1024), driver, options, keys })
    }

    /// Opens `count` connections more; `progress` is called after each.
    pub(crate) fn open(&mut self, count: usize, mut progress: impl FnMut()) -> io::Result<()> {
        let (mut begun, mut open) = (0, 0);
        while open < count {
            while begun < count && begun - open < AT_ONCE {
                let key = self.driver.add();
                let options = self.options[self.keys.len() % self.options.len()].clone();
                self.keys.push(key);
                self.slot(key).connect(&options);
                begun += 1;
            }
            if let Told::Open = self.next()? {
                open += 1;
                progress();
            }
        }
        Ok(())
    }

    /// Sends one message on each connection, and waits for all the echoes; `progress` is called after each.
    pub(crate) fn echo_on_each(&mut self, mut progress: impl FnMut()) -> io::Result<()> {
        let (mut sent, mut echoed) = (0, 0);
        while echoed < self.keys.len() {
            while sent < self.keys.len() && sent - echoed < AT_ONCE {
                let key = self.keys[sent];
                self.slot(key).send(MESSAGE.into());
                sent += 1;
            }
            if let Told::Echo(_) = self.next()? {
                echoed += 1;
                progress();
            }
        }
        Ok(())
    }

    /// Sends `count` messages on the first connection, one after the echo of the other.
    pub(crate) fn keep_busy(&mut self, count: usize) -> io::Result<()> {
        let first = self.keys[0];
        for _ in 0..count {
            self.slot(first).send(MESSAGE.into());
            while !matches!(self.next()?, Told::Echo(key) if key == first) {}
        }
        Ok(())
    }

    /// Lets time pass, as the loop of a program does that has nothing to do.
    pub(crate) fn rest(&mut self, time: Duration) -> io::Result<()> {
        let until = Instant::now() + time;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            if let Some((_, event)) = self.driver.poll_event() {
                return Err(io::Error::other(format!("an idle connection was told {event:?}")));
            }
            self.wait(left)?;
        }
        Ok(())
    }

    fn slot(&mut self, key: SessionKey) -> connect_socket_mio::Slot<'_> {
        self.driver.slot(key).expect("no session is removed")
    }

    fn next(&mut self) -> io::Result<Told> {
        loop {
            while let Some((key, event)) = self.driver.poll_event() {
                match event {
                    Event::Settled { result: Ok(()), .. } => {}
                    Event::Open { .. } => return Ok(Told::Open),
                    Event::Message { message: Message::Binary(bytes), .. } if bytes == MESSAGE => {
                        return Ok(Told::Echo(key));
                    }
                    Event::Settled { .. }
                    | Event::Message { .. }
                    | Event::Error { .. }
                    | Event::Close { .. } => {
                        return Err(io::Error::other(format!("unexpected: {event:?}")));
                    }
                }
            }
            if !self.wait(PATIENCE)? {
                return Err(io::Error::other("the server does not answer any more"));
            }
        }
    }

    /// Waits for sockets and timers, `most` at most; whether that was not in vain.
    fn wait(&mut self, most: Duration) -> io::Result<bool> {
        let timeout = self.driver.timeout();
        match self.poll.poll(&mut self.events, Some(timeout.map_or(most, |timeout| timeout.min(most)))) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(true),
            result => result?,
        }
        for event in &self.events {
            self.driver.handle_event(event);
        }
        Ok(!self.events.is_empty() || timeout.is_some_and(|timeout| timeout < most))
    }
}
