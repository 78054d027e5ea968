//! A talk with a program, line by line; lines are compared as JSON, since the protocol says nothing about blanks and
//! escapes.

use std::process::ExitStatus;
use std::time::Instant;

use serde_json::{Value, json};

use super::client::ended;
use super::program::{Heard, Program, Running};
use crate::stage::PATIENCE;

/// A program that is talked to.
pub(crate) struct Talk(Running);

impl Talk {
    pub(crate) fn start(program: &Program) -> Self {
        Self(program.start().expect("a program that starts"))
    }

    pub(crate) fn tell(&self, line: &Value) {
        self.tell_text(&line.to_string());
    }

    pub(crate) fn tell_text(&self, line: &str) {
        self.0.tell(format!("{line}\n"));
    }

    pub(crate) fn end_input(&mut self) {
        self.0.end_input();
    }

    /// The next line; none at the end of the output.
    pub(crate) fn text(&mut self) -> Option<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.0.next(deadline) {
                Some(Heard::Line(line)) => return Some(line),
                Some(Heard::Ended) => return None,
                Some(Heard::Woken) => {}
                None => panic!("no line came; on standard error: {}", self.0.complaints()),
            }
        }
    }

    pub(crate) fn line(&mut self) -> Value {
        match self.text() {
            Some(line) => read(&line),
            None => panic!("{}", ended(&mut self.0)),
        }
    }

    /// The next line says exactly this.
    pub(crate) fn prints(&mut self, expected: &Value) {
        assert_eq!(self.line(), *expected);
    }

    /// The next two lines: success and complete.
    pub(crate) fn succeeds(&mut self, call: u32) {
        self.prints(&json!({"call": call, "result": "success"}));
        self.prints(&json!({"call": call, "result": "complete"}));
    }

    /// The next two lines: fail with this code, and complete; gives the message.
    pub(crate) fn fails(&mut self, call: u32, code: u32) -> String {
        let mut line = self.line();
        let message = line["errorMessage"].take();
        assert_eq!(line, json!({"call": call, "result": "fail", "error": code, "errorMessage": null}));
        self.prints(&json!({"call": call, "result": "complete"}));
        message.as_str().expect("a message").to_owned()
    }

    /// The next line: the open of this connection.
    pub(crate) fn opens(&mut self, connection: u32) -> Value {
        let line = self.line();
        assert_eq!((&line["event"], &line["connection"]), (&json!("open"), &json!(connection)), "{line}");
        line
    }

    /// The next line: the close of this connection.
    pub(crate) fn closes(&mut self, connection: u32, code: u32, reason: &str, cause: &str) {
        self.prints(&json!({
            "event": "close", "connection": connection, "code": code, "reason": reason, "cause": cause,
        }));
    }

    /// The next line: a message with text.
    pub(crate) fn brings(&mut self, connection: u32, data: &str, is_buffer: bool) {
        self.prints(&json!({
            "event": "message", "connection": connection, "data": data, "isBuffer": is_buffer,
        }));
    }

    /// Its input ends; it has nothing more to say than this, and exits with 0.
    pub(crate) fn ends(mut self, received: u32, bytes: u32, sent: u32) {
        self.end_input();
        self.prints(&json!({"end": true, "received": received, "receivedBytes": bytes, "sent": sent}));
        assert_eq!(self.text(), None, "nothing follows the end");
        assert_eq!(self.status().code(), Some(0));
    }

    pub(crate) fn status(&mut self) -> ExitStatus {
        let status = self.0.status(Instant::now() + PATIENCE).expect("a status");
        status.unwrap_or_else(|| panic!("it does not end; on standard error: {}", self.0.complaints()))
    }
}

/// What came of an input that was given all at once.
pub struct Whole {
    /// The lines of its standard output.
    pub lines: Vec<String>,
    /// Its exit status; none if it was ended by a signal.
    pub status: Option<i32>,
    /// What it said on standard error.
    pub complaints: String,
}

impl Whole {
    /// Runs a program with this input.
    ///
    /// # Panics
    /// If it cannot be started, or does not end.
    pub fn of(program: &Program, input: &str) -> Self {
        let mut talk = Talk::start(program);
        talk.0.tell(input);
        talk.end_input();
        let lines = std::iter::from_fn(|| talk.text()).collect();
        let status = talk.status().code();
        Self { lines, status, complaints: talk.0.complaints() }
    }
}

pub(crate) fn read(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line:.300}"))
}

pub(crate) fn connect(call: u32, url: &str) -> Value {
    json!({"do": "connectSocket", "call": call, "url": url})
}

pub(crate) fn send(call: u32, data: &str) -> Value {
    json!({"do": "sendSocketMessage", "call": call, "data": data})
}

pub(crate) fn close(call: u32) -> Value {
    json!({"do": "closeSocket", "call": call})
}
