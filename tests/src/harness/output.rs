//! The lines that the harness prints, and how they are counted.

use std::fmt;
use std::io::{self, Write};

use connect_socket_core::lifecycle::CloseCause;
use connect_socket_core::{Opened, Value};

use crate::client::Raised;

/// Writes lines, each flushed at once.
pub(super) struct Output<W> {
    to: W,
    line: String,
}

impl<W: Write> Output<W> {
    pub(super) fn new(to: W) -> Self {
        Self { to, line: String::new() }
    }

    /// Both lines of a call's end: success or fail, and complete.
    /// `call` is JSON.
    pub(super) fn settled(&mut self, call: &str, result: &Result<(), Raised>) -> io::Result<()> {
        self.begin_call(call);
        match result {
            Ok(()) => self.line.push_str("success\"}"),
            Err(error) => {
                self.line.push_str("fail\",");
                self.error_members(error);
            }
        }
        self.end_line()?;
        self.begin_call(call);
        self.line.push_str("complete\"}");
        self.end_line()
    }

    pub(super) fn open(&mut self, connection: u64, opened: &Opened) -> io::Result<()> {
        self.begin_event("open", connection);
        self.line.push_str("\"protocol\":");
        self.string(&opened.response.protocol);
        self.line.push_str(",\"header\":{");
        for (index, (name, value)) in opened.response.headers.iter().enumerate() {
            push_comma(&mut self.line, index);
            self.string(name);
            self.line.push(':');
            self.string(value);
        }
        self.line.push('}');
        if let Some(tls) = opened.tls {
            self.line.push_str(",\"tls\":");
            self.string(tls);
        }
        self.line.push('}');
        self.end_line()
    }

    pub(super) fn message(&mut self, connection: u64, data: &str, is_buffer: bool) -> io::Result<()> {
        self.begin_event("message", connection);
        self.line.push_str("\"data\":");
        self.string(data);
        self.line.push_str(if is_buffer { ",\"isBuffer\":true}" } else { ",\"isBuffer\":false}" });
        self.end_line()
    }

    pub(super) fn error(&mut self, connection: u64, error: &Raised) -> io::Result<()> {
        self.begin_event("error", connection);
        self.error_members(error);
        self.end_line()
    }

    pub(super) fn close(
        &mut self,
        connection: u64,
        code: u16,
        reason: &str,
        cause: CloseCause,
    ) -> io::Result<()> {
        self.begin_event("close", connection);
        self.format(format_args!("\"code\":{code},\"reason\":"));
        self.string(reason);
        self.line.push_str(",\"cause\":");
        self.string(match cause {
            CloseCause::Local => "local",
            CloseCause::Remote => "remote",
            CloseCause::Abnormal => "abnormal",
            CloseCause::Replaced => "replaced",
            CloseCause::TimedOut => "timeout",
            CloseCause::Protocol => "protocol",
            CloseCause::TooBig => "tooBig",
        });
        self.line.push('}');
        self.end_line()
    }

    pub(super) fn end(&mut self, received: u64, received_bytes: u64, sent: u64) -> io::Result<()> {
        self.format(format_args!(
            "{{\"end\":true,\"received\":{received},\"receivedBytes\":{received_bytes},\"sent\":{sent}}}"
        ));
        self.end_line()
    }

    fn begin_call(&mut self, call: &str) {
        self.format(format_args!("{{\"call\":{call},\"result\":\""));
    }

    fn begin_event(&mut self, event: &str, connection: u64) {
        self.format(format_args!("{{\"event\":\"{event}\",\"connection\":{connection},"));
    }

    fn error_members(&mut self, error: &Raised) {
        self.format(format_args!("\"error\":{},\"errorMessage\":", error.code));
        self.string(&error.message);
        self.line.push('}');
    }

    fn format(&mut self, words: fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = fmt::Write::write_fmt(&mut self.line, words);
    }

    fn string(&mut self, text: &str) {
        push_string(&mut self.line, text);
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.line.push('\n');
        let written = self.to.write_all(self.line.as_bytes()).and_then(|()| self.to.flush());
        self.line.clear();
        written
    }
}

/// A value as JSON, members in their order; a number that is whole has no point.
pub(crate) fn json(value: &Value) -> String {
    let mut text = String::new();
    push_value(&mut text, value);
    text
}

fn push_value(to: &mut String, value: &Value) {
    match value {
        // A double is displayed without exponent, so this is JSON; what is not finite is null in JavaScript, too.
        Value::Number(number) if number.is_finite() => to.push_str(&number.to_string()),
        Value::Null | Value::Number(_) => to.push_str("null"),
        Value::Bool(truth) => to.push_str(if *truth { "true" } else { "false" }),
        Value::String(text) => push_string(to, text),
        Value::Array(elements) => {
            to.push('[');
            for (index, element) in elements.iter().enumerate() {
                push_comma(to, index);
                push_value(to, element);
            }
            to.push(']');
        }
        Value::Object(members) => {
            to.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                push_comma(to, index);
                push_string(to, name);
                to.push(':');
                push_value(to, member);
            }
            to.push('}');
        }
    }
}

fn push_comma(to: &mut String, index: usize) {
    if index > 0 {
        to.push(',');
    }
}

fn push_string(to: &mut String, text: &str) {
    // Megabytes of base64 need no escapes.
    if text.bytes().any(|byte| matches!(byte, b'"' | b'\\' | ..b' ')) {
        to.push_str(&serde_json::Value::from(text).to_string());
    } else {
        to.extend(["\"", text, "\""]);
    }
}
