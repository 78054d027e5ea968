//! What is done with many sessions, whichever adapter drives them.

use std::io;
use std::time::{Duration, Instant};

use connect_socket_mio::connect_socket_core::{ConnectOptions, Event, Message};

/// What is sent.
pub(crate) const MESSAGE: &[u8] = b"sixteen bytes ..";

/// So many connections are made at once, and so many messages are under way.
const AT_ONCE: usize = 64;

/// Whoever waits longer for one event has a server that is gone.
const PATIENCE: Duration = Duration::from_secs(60);

/// Sessions of one adapter in one thread, numbered from 0.
pub(crate) trait Sessions {
    /// Adds a session, which connects.
    fn connect(&mut self, options: &ConnectOptions);

    /// Sends [`MESSAGE`].
    fn send(&mut self, session: usize);

    /// What happened next; none if that is nothing for so long.
    fn next(&mut self, patience: Duration) -> io::Result<Option<Told>>;
}

/// What became of a connection.
#[derive(Debug)]
pub(crate) enum Told {
    Open,
    Echo(usize),
}

impl Told {
    /// What an event of a session is here; none if it is of no interest.
    pub(crate) fn of(session: usize, event: &Event<Message<'_>>) -> io::Result<Option<Self>> {
        match event {
            Event::Settled { result: Ok(()), .. } => Ok(None),
            Event::Open { .. } => Ok(Some(Self::Open)),
            Event::Message { message: Message::Binary(bytes), .. } if *bytes == MESSAGE => {
                Ok(Some(Self::Echo(session)))
            }
            Event::Settled { .. } | Event::Message { .. } | Event::Error { .. } | Event::Close { .. } => {
                Err(io::Error::other(format!("unexpected: {event:?}")))
            }
        }
    }
}

/// What became of echoes.
#[derive(Default)]
pub(crate) struct PingPong {
    /// How long each was waited for, the shortest first.
    pub(crate) waits: Vec<Duration>,
    /// How many messages of others were told meanwhile, and how many at the most between two echoes.
    pub(crate) between: usize,
    pub(crate) most_between: usize,
}

impl PingPong {
    /// A wait that so many hundredths of all do not exceed.
    pub(crate) fn wait(&self, hundredths: usize) -> Duration {
        self.waits.get(self.waits.len() * hundredths / 100).copied().unwrap_or_default()
    }
}

pub(crate) struct Client {
    sessions: Box<dyn Sessions>,
    options: Vec<ConnectOptions>,
    count: usize,
}

impl Client {
    pub(crate) fn new(sessions: Box<dyn Sessions>, urls: &[String]) -> Self {
        let options = urls.iter().map(|url| ConnectOptions::new(url.as_str())).collect();
        Self { sessions, options, count: 0 }
    }

    /// Opens `count` connections more; `progress` is called after each.
    pub(crate) fn open(&mut self, count: usize, mut progress: impl FnMut()) -> io::Result<()> {
        let (mut begun, mut open) = (0, 0);
        while open < count {
            while begun < count && begun - open < AT_ONCE {
                self.sessions.connect(&self.options[self.count % self.options.len()]);
                self.count += 1;
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
        while echoed < self.count {
            while sent < self.count && sent - echoed < AT_ONCE {
                self.sessions.send(sent);
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
        for _ in 0..count {
            self.sessions.send(0);
            while !matches!(self.next()?, Told::Echo(0)) {}
        }
        Ok(())
    }

    /// Opens one connection more, to a server that never stops sending, and awaits its first message.
    pub(crate) fn be_flooded(&mut self, url: &str) -> io::Result<()> {
        self.sessions.connect(&ConnectOptions::new(url));
        while !matches!(self.next()?, Told::Echo(number) if number == self.count) {}
        Ok(())
    }

    /// Sends a message on each of the first connections, and the next one on each echo, until there were so many echoes.
    pub(crate) fn ping_pong(&mut self, connections: usize, echoes: usize) -> io::Result<PingPong> {
        let connections = connections.min(self.count);
        let (mut result, mut between) = (PingPong::default(), 0);
        let mut begun = vec![Instant::now(); connections];
        for number in 0..connections {
            self.sessions.send(number);
        }
        while result.waits.len() < echoes + connections {
            match self.next()? {
                Told::Echo(number) if number < connections => {
                    result.waits.push(begun[number].elapsed());
                    result.most_between = result.most_between.max(between);
                    result.between += between;
                    between = 0;
                    if result.waits.len() <= echoes {
                        begun[number] = Instant::now();
                        self.sessions.send(number);
                    }
                }
                Told::Echo(_) => between += 1,
                Told::Open => {}
            }
        }
        result.waits.sort();
        Ok(result)
    }

    /// Lets time pass, as the loop of a program does that has nothing to do.
    pub(crate) fn rest(&mut self, time: Duration) -> io::Result<()> {
        match self.sessions.next(time)? {
            None => Ok(()),
            Some(told) => Err(io::Error::other(format!("an idle connection was told {told:?}"))),
        }
    }

    fn next(&mut self) -> io::Result<Told> {
        let told = self.sessions.next(PATIENCE)?;
        told.ok_or_else(|| io::Error::other("the server does not answer any more"))
    }
}
