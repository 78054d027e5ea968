//! The loop: events as they come, and one command at a time.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use connect_socket_core::{Payload, Value};

use super::super::command::Command;
use super::super::events::{self, Counts};
use super::super::json::json;
use super::super::settings::Settings;
use super::Failure;
use super::sink::{Echo, Mode};
use super::wait::{Lines, Printed, Standing, Wait};
use crate::client::{Call, Client, Raised, Seen, Wake};
use crate::peers::mailbox::lock;

/// How long the loop sleeps when nothing has a deadline.
const LONG: Duration = Duration::from_secs(3600);

/// How soon it looks again whether an echo has room: no event says so.
const SOON: Duration = Duration::from_millis(5);

/// So many events are told before a command gets its turn.
const BURST: usize = 64;

type Line = io::Result<Vec<u8>>;

/// The harness at work.
pub(super) struct Runner<C, W> {
    output: W,
    /// What is printed next.
    line: String,
    input: Receiver<Line>,
    /// Standard input may say more.
    reading: bool,
    /// What was read and not run yet: the rest of a batch with a wait in its middle.
    rest: VecDeque<Command>,
    settings: Settings,
    /// Made for the first call, anew after a configure.
    client: Option<C>,
    /// The client's wake handle, for the thread that reads.
    wake: Arc<Mutex<Option<Wake>>>,
    connected: bool,
    /// The caller's names of the calls that are not over, in JSON.
    pending: HashMap<Call, Pending>,
    /// Every name that the caller used, and whether its call is over.
    names: HashMap<String, bool>,
    /// Echoes that are on their way.
    echoes: usize,
    echo: Echo,
    wait: Option<Wait>,
    lines: Lines,
    counts: Counts,
}

struct Pending {
    name: String,
    is_send: bool,
}

impl<C: Client, W: Write> Runner<C, W> {
    pub(super) fn new(output: W, input: Receiver<Line>) -> Self {
        Self {
            output,
            line: String::new(),
            input,
            reading: true,
            rest: VecDeque::new(),
            settings: Settings::default(),
            client: None,
            wake: Arc::default(),
            connected: false,
            pending: HashMap::new(),
            names: HashMap::new(),
            echoes: 0,
            echo: Echo::default(),
            wait: None,
            lines: Lines::default(),
            counts: Counts::default(),
        }
    }

    /// Wakes whatever client there is when it is called.
    pub(super) fn wake_later(&self) -> impl Fn() + Send + 'static {
        let wake = Arc::clone(&self.wake);
        move || {
            if let Some(wake) = &*lock(&wake) {
                wake();
            }
        }
    }

    /// Runs until standard input has ended and nothing is left to do.
    pub(super) fn run(mut self) -> Result<(), Failure> {
        loop {
            let quiet = self.serve()?;
            if self.wait.is_some() {
                if self.wait_is_over(quiet) {
                    self.wait = None;
                    continue;
                }
            } else if let Some(command) = self.next_command()? {
                self.execute(command)?;
                continue;
            } else if !self.reading && quiet && self.is_idle() {
                events::write_end(&mut self.line, self.counts);
                return Ok(self.print()?);
            }
            if quiet {
                self.await_something()?;
            }
        }
    }

    /// Tells what there is to tell without waiting, to a limit; true when there is no more.
    fn serve(&mut self) -> Result<bool, Failure> {
        for _ in 0..BURST {
            let Some(client) = &mut self.client else { return Ok(true) };
            match client.next(Instant::now())? {
                Some(seen) => self.tell(seen)?,
                None => return Ok(true),
            }
        }
        Ok(false)
    }

    /// Waits for an event, a line, or the end of a wait.
    fn await_something(&mut self) -> Result<(), Failure> {
        let now = Instant::now();
        let until = self.wait.as_ref().and_then(Wait::until).unwrap_or(now + LONG);
        match &mut self.client {
            Some(client) => {
                let until = if self.echo.is_waiting() { until.min(now + SOON) } else { until };
                if let Some(seen) = client.next(until)? {
                    self.tell(seen)?;
                }
                self.pay();
            }
            // A wait for so many milliseconds before the first call: only time can end it, as a wait reads no
            // line.
            None if self.wait.is_some() => std::thread::sleep(until.saturating_duration_since(now)),
            None => match self.input.recv_timeout(until.saturating_duration_since(now)) {
                Ok(line) => self.rest.push_back(Command::read(&line?)?),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => self.reading = false,
            },
        }
        Ok(())
    }

    fn is_idle(&self) -> bool {
        self.pending.is_empty() && self.echoes == 0 && self.client.as_ref().is_none_or(C::is_idle)
    }

    fn wait_is_over(&mut self, quiet: bool) -> bool {
        let standing = Standing {
            idle: quiet && self.is_idle(),
            over: &|name| self.names.get(name).copied().unwrap_or(true),
        };
        let Some(wait) = &self.wait else { return true };
        wait.is_over(&mut self.lines, &standing, Instant::now())
    }

    fn next_command(&mut self) -> Result<Option<Command>, Failure> {
        if let Some(command) = self.rest.pop_front() {
            return Ok(Some(command));
        }
        match self.input.try_recv() {
            Ok(line) => Command::read(&line?).map(Some),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => {
                self.reading = false;
                Ok(None)
            }
        }
    }

    fn execute(&mut self, command: Command) -> Result<(), Failure> {
        if !matches!(command, Command::Wait { .. }) {
            self.lines.clear();
        }
        match command {
            Command::Configure(members) => {
                if self.connected {
                    return Err(Failure::Misused("configure after the first connectSocket".to_owned()));
                }
                self.settings.apply(members)?;
                // A session that only refused sends so far can be replaced by one that is configured.
                while !self.serve()? {}
                self.client = None;
            }
            Command::Connect { call, options } => {
                let name = self.name(&call)?;
                self.connected = true;
                let call = self.client()?.connect(&options);
                self.pending.insert(call, Pending { name, is_send: false });
            }
            Command::Send { call, data, is_buffer } => {
                let name = self.name(&call)?;
                let call = self.client()?.send(Payload::from_script(&data, &is_buffer));
                self.pending.insert(call, Pending { name, is_send: true });
            }
            Command::Close { call, options } => {
                let name = self.name(&call)?;
                let call = self.client()?.close(&options);
                self.pending.insert(call, Pending { name, is_send: false });
            }
            Command::Batch(commands) => {
                // In one turn: nothing is served until a wait, or the end.
                let mut commands = commands.into_iter();
                while let (None, Some(command)) = (&self.wait, commands.next()) {
                    self.execute(command)?;
                }
                let left: Vec<_> = commands.collect();
                if !left.is_empty() {
                    self.rest.push_front(Command::Batch(left));
                }
            }
            Command::Wait { event, call, ms } => {
                self.wait = Some(Wait::new(&event, &call, &ms, Instant::now()));
            }
        }
        Ok(())
    }

    /// The name of a new call; a name can be used once.
    fn name(&mut self, call: &Value) -> Result<String, Failure> {
        let name = json(call);
        match self.names.insert(name.clone(), false) {
            None => Ok(name),
            Some(_) => Err(Failure::Misused(format!("the call {name} was made already"))),
        }
    }

    fn client(&mut self) -> Result<&mut C, Failure> {
        let client = if let Some(client) = self.client.take() {
            client
        } else {
            let client = C::start(self.settings.config(), None)?;
            *lock(&self.wake) = Some(client.waker());
            client
        };
        Ok(self.client.insert(client))
    }

    fn tell(&mut self, seen: Seen) -> Result<(), Failure> {
        let length = match &seen {
            Seen::Text { text, last, .. } => Some((text.len(), *last)),
            Seen::Binary { bytes, last, .. } => Some((bytes.len(), *last)),
            Seen::Settled { .. } | Seen::Open { .. } | Seen::Error { .. } | Seen::Close { .. } => None,
        };
        if let Some((length, last)) = length {
            self.counts.received += u64::from(last);
            self.counts.received_bytes += length as u64;
        }
        match (self.settings.sink, seen) {
            (_, Seen::Settled { call, result }) => self.settled(call, &result)?,
            (_, seen @ Seen::Open { .. }) => self.event(&seen, "open")?,
            (_, seen @ Seen::Error { .. }) => {
                self.event(&seen, "error")?;
                self.forget();
            }
            (_, seen @ Seen::Close { .. }) => {
                self.event(&seen, "close")?;
                self.forget();
            }
            (Mode::Events, seen @ (Seen::Text { .. } | Seen::Binary { .. })) => {
                self.event(&seen, "message")?;
            }
            (Mode::Echo, Seen::Text { text, last, .. }) => {
                self.owe(|echo, client| echo.text(client, text, last));
            }
            (Mode::Echo, Seen::Binary { bytes, last, .. }) => {
                self.owe(|echo, client| echo.binary(client, bytes, last));
            }
            (Mode::Discard, Seen::Text { .. } | Seen::Binary { .. }) => {}
        }
        self.pay();
        Ok(())
    }

    fn settled(&mut self, call: Call, result: &Result<(), Raised>) -> io::Result<()> {
        let Some(Pending { name, is_send }) = self.pending.remove(&call) else {
            self.echoes = self.echoes.saturating_sub(1);
            self.counts.sent += u64::from(result.is_ok());
            return Ok(());
        };
        self.counts.sent += u64::from(is_send && result.is_ok());
        events::write_settled(&mut self.line, &name, result);
        self.print()?;
        self.names.insert(name.clone(), true);
        self.lines.push(Printed::Complete(name));
        Ok(())
    }

    fn event(&mut self, seen: &Seen, name: &'static str) -> io::Result<()> {
        events::write(&mut self.line, seen);
        self.print()?;
        self.lines.push(Printed::Event(name));
        Ok(())
    }

    /// Prints what was written, flushed at once.
    fn print(&mut self) -> io::Result<()> {
        let printed = self.output.write_all(self.line.as_bytes()).and_then(|()| self.output.flush());
        self.line.clear();
        printed
    }

    fn owe(&mut self, owe: impl FnOnce(&mut Echo, &mut C) -> Option<Call>) {
        if let Some(client) = &mut self.client
            && owe(&mut self.echo, client).is_some()
        {
            self.echoes += 1;
        }
    }

    fn pay(&mut self) {
        self.owe(Echo::pay);
    }

    fn forget(&mut self) {
        if let Some(client) = &mut self.client {
            self.echo.forget(client);
        }
    }
}
