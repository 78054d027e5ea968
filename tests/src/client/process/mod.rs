//! The client over any program that speaks the harness protocol: calls become lines of its standard input, lines
//! of its standard output become events.
//!
//! Calls that are made between two looks for an event are one turn, so they go out as one batch. What the
//! protocol cannot say ends the scenario as [`Unsupported`].

mod lines;
mod settings;

use std::cell::RefCell;
use std::collections::HashSet;
use std::io;
use std::panic::resume_unwind;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connect_socket_core::{CloseOptions, Config, ConnectOptions, Payload, Value};
use tempfile::NamedTempFile;

use super::{Call, Client, Inside, Raised, Resolver, Seen, Wake};
use crate::conformance::program::{Heard, Program, Running};
use crate::harness::json;
use crate::stage::PATIENCE;
use lines::Line;

/// The exit status for a feature that an implementation does not have.
const MISSING: i32 = 89;

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
        Ok(Some(status)) if status.code() == Some(MISSING) => unsupported(complaints),
        Ok(Some(status)) => io::Error::other(format!("the program ended: {status}: {complaints}")),
        Ok(None) => io::Error::other("the program closed its output and did not end"),
        Err(error) => error,
    }
}

/// A program, and what is known of its session.
pub struct ProcessClient {
    running: Running,
    /// The commands of this turn.
    turn: Vec<String>,
    calls: u64,
    connects: HashSet<Call>,
    /// Whether a connection was told to exist and not to have ended.
    is_live: bool,
    /// A result whose complete has not come yet.
    result: Option<(Call, Result<(), Raised>)>,
    /// The file stays until the program has ended.
    _roots: Option<NamedTempFile>,
}

impl ProcessClient {
    fn command(&mut self, name: &str, members: &[(&str, &Value)]) -> Call {
        self.calls += 1;
        let mut line = format!(r#"{{"do":"{name}","call":{}"#, self.calls);
        for (name, value) in members {
            if **value != Value::Null {
                line.extend([r#",""#, name, r#"":"#, &json(value)]);
            }
        }
        self.turn.push(line + "}");
        Call(self.calls)
    }

    /// Sends what was called in this turn.
    fn flush(&mut self) {
        match &self.turn[..] {
            [] => {}
            [line] => self.running.tell(format!("{line}\n")),
            lines => self.running.tell(format!("{{\"do\":\"batch\",\"commands\":[{}]}}\n", lines.join(","))),
        }
        self.turn.clear();
    }

    /// The event that a line tells, if it tells a whole one.
    fn read(&mut self, line: &str) -> io::Result<Option<Seen>> {
        let wrong = |words: String| io::Error::other(format!("{words}: {line:.300}"));
        match (lines::read(line).map_err(wrong)?, self.result.take()) {
            (Line::Result { call, result }, None) => {
                self.is_live |= result.is_ok() && self.connects.contains(&call);
                self.result = Some((call, result));
                Ok(None)
            }
            (Line::Complete(complete), Some((call, result))) if call == complete => {
                Ok(Some(Seen::Settled { call, result }))
            }
            (Line::Event(seen), None) => {
                self.is_live &= !matches!(seen, Seen::Error { .. } | Seen::Close { .. });
                Ok(Some(seen))
            }
            (Line::Complete(_), _) => Err(wrong("complete without the call's result before it".to_owned())),
            (Line::Result { .. } | Line::Event(_), Some(_)) => {
                Err(wrong("complete does not come right behind the result".to_owned()))
            }
            (Line::End, _) => Err(wrong("the end, although standard input has not ended".to_owned())),
        }
    }
}

impl Client for ProcessClient {
    fn start(config: Config, resolver: Option<Resolver>) -> io::Result<Self> {
        if resolver.is_some() {
            unsupported("a resolver of the test's own");
        }
        let (members, roots) = settings::configure(config)?;
        let program = PROGRAM.with_borrow(Clone::clone);
        let running = program.ok_or_else(|| io::Error::other("no program was named"))?.start()?;
        if !members.is_empty() {
            running.tell(format!("{{\"do\":\"configure\",{members}}}\n"));
        }
        Ok(Self {
            running,
            turn: Vec::new(),
            calls: 0,
            connects: HashSet::new(),
            is_live: false,
            result: None,
            _roots: roots,
        })
    }

    fn connect(&mut self, options: &ConnectOptions) -> Call {
        let call = self.command("connectSocket", &options.values());
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
        self.command("sendSocketMessage", &[("data", &data), ("isBuffer", &Value::from(is_buffer))])
    }

    fn close(&mut self, options: &CloseOptions) -> Call {
        self.command("closeSocket", &options.values())
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
