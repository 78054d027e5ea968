//! A client that is a program which speaks the protocol: calls become lines of its standard input, lines of its
//! standard output become events.
//!
//! Calls that are made between two looks for an event are one turn, so they go out as one batch. What the
//! protocol cannot say ends the scenario as [`Unsupported`].

use std::cell::RefCell;
use std::collections::HashSet;
use std::io::{self, Write as _};
use std::panic::resume_unwind;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connect_socket_core::{CloseOptions, Config, ConnectOptions, Payload, Value};
use tempfile::NamedTempFile;

use super::MISSING;
use super::command::Command;
use super::events::{Reader, Told};
use super::program::{Heard, Program, Running};
use super::settings;
use crate::certs;
use crate::client::{Call, Client, Inside, Resolver, Seen, Wake};
use crate::stage::PATIENCE;

/// A scenario cannot be played, and why: what it unwinds with.
#[derive(Debug)]
pub struct Unsupported(pub String);

/// Ends a scenario that cannot be played. It has not failed, so no panic is reported.
pub fn unsupported(reason: impl Into<String>) -> ! {
    resume_unwind(Box::new(Unsupported(reason.into())))
}

thread_local! {
    // A scenario starts its clients without knowing what they are made of.
    static PROGRAM: RefCell<Option<Program>> = const { RefCell::new(None) };
}

/// From now on, clients that are started in this thread are this program.
pub fn play_against(program: &Program) {
    PROGRAM.set(Some(program.clone()));
}

/// What it means that a program's output has ended when nobody asked for it.
pub(crate) fn ended(running: &mut Running) -> io::Error {
    let status = running.status(Instant::now() + PATIENCE);
    let complaints = running.complaints();
    match status {
        Ok(Some(status)) if status.code() == Some(MISSING.into()) => unsupported(complaints),
        Ok(Some(status)) => io::Error::other(format!("the program ended: {status}: {complaints}")),
        Ok(None) => io::Error::other("the program closed its output and did not end"),
        Err(error) => error,
    }
}

/// A program, and what is known of its session.
pub struct ProcessClient {
    running: Running,
    reader: Reader,
    /// The commands of this turn.
    turn: Vec<Command>,
    calls: u32,
    connects: HashSet<Call>,
    /// Whether a connection was told to exist and not to have ended.
    is_live: bool,
    /// The file stays until the program has ended.
    _roots: Option<NamedTempFile>,
}

impl ProcessClient {
    /// Makes a call in this turn.
    fn call(&mut self, command: impl FnOnce(Value) -> Command) -> Call {
        self.calls += 1;
        self.turn.push(command(Value::from(self.calls)));
        Call(self.calls.into())
    }

    fn tell(&self, command: &Command) {
        let mut line = String::new();
        command.write(&mut line);
        self.running.tell(line + "\n");
    }

    /// Sends what was called in this turn.
    fn flush(&mut self) {
        let mut turn = std::mem::take(&mut self.turn);
        match turn.len() {
            0 => {}
            1 => turn.drain(..).for_each(|command| self.tell(&command)),
            _ => self.tell(&Command::Batch(turn)),
        }
    }

    /// The event that a line tells, if it tells a whole one.
    fn read(&mut self, line: &str) -> io::Result<Option<Seen>> {
        let wrong = |words: String| io::Error::other(format!("{words}: {line:.300}"));
        let seen = match self.reader.read(line).map_err(wrong)? {
            None => return Ok(None),
            Some(Told::Seen(seen)) => seen,
            Some(Told::End(counts)) => {
                return Err(wrong(format!("the end ({counts:?}), although standard input has not ended")));
            }
        };
        match &seen {
            Seen::Settled { call, result: Ok(()) } => self.is_live |= self.connects.contains(call),
            Seen::Error { .. } | Seen::Close { .. } => self.is_live = false,
            Seen::Settled { .. } | Seen::Open { .. } | Seen::Text { .. } | Seen::Binary { .. } => {}
        }
        Ok(Some(seen))
    }
}

impl Client for ProcessClient {
    fn start(config: Config, resolver: Option<Resolver>) -> io::Result<Self> {
        if resolver.is_some() {
            unsupported("a resolver of the test's own");
        }
        // The tests' own authority is the only thing that scenarios trust which need no more than the protocol.
        let roots = config.tls.is_some().then(roots).transpose()?;
        let path = roots.as_ref().map(NamedTempFile::path);
        let members = settings::members(&config, path).unwrap_or_else(|what| unsupported(what));
        let program = PROGRAM.with_borrow(Clone::clone);
        let running = program.ok_or_else(|| io::Error::other("no program was named"))?.start()?;
        let client = Self {
            running,
            reader: Reader::default(),
            turn: Vec::new(),
            calls: 0,
            connects: HashSet::new(),
            is_live: false,
            _roots: roots,
        };
        if !members.is_empty() {
            client.tell(&Command::Configure(members));
        }
        Ok(client)
    }

    fn connect(&mut self, options: &ConnectOptions) -> Call {
        let call = self.call(|call| Command::Connect { call, options: options.clone() });
        self.connects.insert(call);
        call
    }

    fn send(&mut self, payload: Payload<'_>) -> Call {
        let (data, is_buffer) = match payload {
            Payload::Text(text) => (Value::from(text), false),
            Payload::Binary(bytes) => (Value::from(STANDARD.encode(bytes)), true),
            Payload::Base64(text) => (Value::from(text), true),
            Payload::Invalid => (Value::Null, false),
        };
        self.call(|call| Command::Send { call, data, is_buffer: Value::from(is_buffer) })
    }

    fn close(&mut self, options: &CloseOptions) -> Call {
        self.call(|call| Command::Close { call, options: options.clone() })
    }

    fn next(&mut self, deadline: Instant) -> io::Result<Option<Seen>> {
        self.flush();
        loop {
            match self.running.next(deadline) {
                None | Some(Heard::Woken) => return Ok(None),
                Some(Heard::Ended) => return Err(ended(&mut self.running)),
                Some(Heard::Line(line)) => {
                    if let Some(seen) = self.read(&line)? {
                        return Ok(Some(seen));
                    }
                }
            }
        }
    }

    fn waker(&self) -> Wake {
        self.running.waker()
    }

    fn is_idle(&self) -> bool {
        !self.is_live
    }

    fn inside(&mut self, needs: &'static str) -> &mut dyn Inside {
        unsupported(needs)
    }
}

fn roots() -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new()?;
    file.write_all(certs::roots_pem().as_bytes())?;
    Ok(file)
}
