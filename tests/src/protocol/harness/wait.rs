//! The command `wait`: what was printed since the last command of another kind, and whether it is enough.

use std::collections::VecDeque;
use std::time::Instant;

use connect_socket_core::Value;

use super::super::json::{json, text};
use super::super::settings::duration;

/// What a printed line means to a wait.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Printed {
    /// An event of this name.
    Event(&'static str),
    /// The call of this name is complete.
    Complete(String),
}

/// What a wait is for.
#[derive(Clone, Debug, PartialEq)]
enum Awaited {
    /// Time alone.
    Time,
    /// No connection and no call pending.
    Idle,
    /// This line.
    Line(Printed),
    /// Something that no line ever is.
    Never,
}

/// A wait under way.
#[derive(Debug)]
pub(super) struct Wait {
    awaited: Awaited,
    /// When it ends in any case.
    until: Option<Instant>,
}

/// What the session has come to, as far as a wait asks.
pub(super) struct Standing<'a> {
    /// No connection, no call pending, and nothing left to print.
    pub(super) idle: bool,
    /// Whether the call of this name is complete, or was never made.
    pub(super) over: &'a dyn Fn(&str) -> bool,
}

impl Wait {
    pub(super) fn new(event: &Value, call: &Value, ms: &Value, now: Instant) -> Self {
        let until = duration(ms).and_then(|ms| now.checked_add(ms));
        let awaited = match text(event) {
            Some("open") => Awaited::Line(Printed::Event("open")),
            Some("message") => Awaited::Line(Printed::Event("message")),
            Some("error") => Awaited::Line(Printed::Event("error")),
            Some("close") => Awaited::Line(Printed::Event("close")),
            Some("idle") => Awaited::Idle,
            Some("call") => Awaited::Line(Printed::Complete(json(call))),
            Some(_) => Awaited::Never,
            None => match (event, until) {
                (Value::Null, Some(_)) => Awaited::Time,
                // Neither an event nor a time: there is nothing to wait for.
                _ => Awaited::Never,
            },
        };
        Self { awaited, until }
    }

    /// When it ends in any case.
    pub(super) fn until(&self) -> Option<Instant> {
        self.until
    }

    /// Whether it is over; takes what it consumes off `lines`.
    pub(super) fn is_over(&self, lines: &mut Lines, standing: &Standing<'_>, now: Instant) -> bool {
        let enough = match &self.awaited {
            Awaited::Idle if standing.idle => {
                lines.0.clear();
                true
            }
            Awaited::Time | Awaited::Idle => false,
            Awaited::Never => standing.idle,
            Awaited::Line(line) => {
                if lines.consume(line) {
                    true
                } else if let Printed::Complete(call) = line {
                    // No command is read meanwhile, so a call that was never made never ends either.
                    (standing.over)(call)
                } else {
                    standing.idle
                }
            }
        };
        enough || self.until.is_some_and(|until| until <= now)
    }
}

/// The lines that no wait has consumed yet.
#[derive(Debug, Default)]
pub(super) struct Lines(VecDeque<Printed>);

impl Lines {
    /// A line was printed.
    pub(super) fn push(&mut self, line: Printed) {
        self.0.push_back(line);
    }

    /// A command that is not a wait: what was printed before it does not count any more.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Takes everything up to and with `line`, if it is there.
    fn consume(&mut self, line: &Printed) -> bool {
        match self.0.iter().position(|printed| printed == line) {
            Some(place) => {
                self.0.drain(..=place);
                true
            }
            None => false,
        }
    }
}
