//! Rows for people: aligned columns, coloured on a terminal.

use std::io::{self, IsTerminal, Write, stderr, stdin, stdout};
use std::time::Duration;

use connect_socket_core::{Event, Message};

use super::show::{Row, State, View};
use super::{Command, Content, escape};

const DIM: &str = "2";
const RED: &str = "31";
const CYAN: &str = "36";
const PLAIN: &str = "";

pub(crate) struct Table {
    rows: Box<dyn Write>,
    colour: bool,
    messages: Messages,
    /// Only failures have rows.
    quiet: bool,
    /// The failure in the last row, because a failed call and its event have the same text.
    failure: Option<String>,
}

/// Where messages go.
#[derive(Clone, Copy, PartialEq)]
enum Messages {
    /// Into rows like everything else.
    Rows,
    /// To standard output as they are, each with a line end.
    Output,
    /// To standard output, which is a terminal.
    Terminal,
    /// To standard output, which is the terminal on which lines are typed. A mark tells received lines from typed ones.
    Conversation,
}

impl Table {
    /// Everything in rows on standard output, with a heading.
    pub(crate) fn of_everything() -> io::Result<Self> {
        let colour = wants_colour(stdout().is_terminal());
        let mut table =
            Self { rows: Box::new(stdout()), colour, messages: Messages::Rows, quiet: false, failure: None };
        let heading =
            format!("{:>8}  {:>10}  {:<10}  {:>4}  what happens", "seconds", "connection", "state", "call");
        let heading = table.painted(DIM, &heading);
        writeln!(table.rows, "{heading}")?;
        Ok(table)
    }

    /// Only messages on standard output, and everything else in rows on standard error.
    pub(crate) fn beside_messages(quiet: bool) -> Self {
        let messages = match (stdout().is_terminal(), stdin().is_terminal()) {
            (true, true) => Messages::Conversation,
            (true, false) => Messages::Terminal,
            (false, _) => Messages::Output,
        };
        let colour = wants_colour(stderr().is_terminal());
        Self { rows: Box::new(stderr()), colour, messages, quiet, failure: None }
    }

    fn painted(&self, colour: &str, text: &str) -> String {
        if self.colour && !colour.is_empty() {
            format!("\x1b[{colour}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    fn row(&mut self, row: Row, call: Option<u64>, colour: &str, words: &str) -> io::Result<()> {
        if self.quiet && colour != RED {
            return Ok(());
        }
        let number = |it: Option<u64>| it.map(|it| it.to_string()).unwrap_or_default();
        let state = self.painted(colour_of(row.state), &format!("{:<10}", row.state.name()));
        let (connection, call) = (number(row.connection), number(call));
        let words = self.painted(colour, words);
        let time = row.time.as_secs_f64();
        let written = writeln!(self.rows, "{time:>8.4}  {connection:>10}  {state}  {call:>4}  {words}");
        // In addition to messages, rows are an extra, and perhaps nothing reads them.
        if self.messages == Messages::Rows { written } else { Ok(()) }
    }

    fn message(&mut self, row: Row, message: &Message<'_>) -> io::Result<()> {
        match (self.messages, message) {
            (Messages::Rows, Message::Text(text)) => {
                self.row(row, None, PLAIN, &format!("onSocketMessage {}", escape::quoted(text)))
            }
            (Messages::Rows, Message::Binary(bytes)) => {
                self.row(row, None, PLAIN, &format!("onSocketMessage {}", escape::bytes(bytes)))
            }
            (Messages::Output, message) => {
                let mut output = stdout().lock();
                output.write_all(message.as_bytes())?;
                output.write_all(b"\n")?;
                output.flush()
            }
            (Messages::Terminal, message) => writeln!(stdout(), "{}", on_a_terminal(message)),
            (Messages::Conversation, message) => {
                let words = format!("< {}", on_a_terminal(message));
                writeln!(stdout(), "{}", self.painted(CYAN, &words))
            }
        }
    }
}

impl View for Table {
    fn command(&mut self, row: Row, call: u64, command: &Command) -> io::Result<()> {
        let words = match command {
            Command::Connect { url, remark, .. } => format!("connectSocket {}{remark}", escape::text(url)),
            // Lines that a user typed or another program wrote need no echo.
            Command::Send(_) if self.messages != Messages::Rows => return Ok(()),
            Command::Send(Content::Text(text)) => format!("sendSocketMessage {}", escape::quoted(text)),
            Command::Send(Content::Binary(bytes) | Content::NotText(bytes)) => {
                format!("sendSocketMessage {}", escape::bytes(bytes))
            }
            Command::Close(options) => match options.check() {
                Ok((code, reason)) => format!("closeSocket {code} {}", escape::quoted(reason)),
                Err(error) => format!("closeSocket: {error}"),
            },
        };
        self.row(row, Some(call), PLAIN, &words)
    }

    fn event(&mut self, row: Row, api: &'static str, event: &Event<Message<'_>>) -> io::Result<()> {
        match event {
            Event::Settled { call, result: Ok(()) } => {
                if api == "sendSocketMessage" && self.messages != Messages::Rows {
                    return Ok(());
                }
                self.row(row, Some(call.get()), PLAIN, &format!("{api} success, complete"))
            }
            Event::Settled { call, result: Err(error) } => {
                let words = format!("{api} fail {}, complete: {error}", error.code().number());
                self.failure = Some(error.to_string());
                self.row(row, Some(call.get()), RED, &escape::text(&words))
            }
            Event::Open { opened, .. } => {
                let protocol = match opened.response.protocol.as_str() {
                    "" => String::new(),
                    name => format!(", subprotocol {name}"),
                };
                let tls = opened.tls.map(|version| format!(", {version}")).unwrap_or_default();
                self.row(row, None, PLAIN, &format!("onSocketOpen{protocol}{tls}"))?;
                for (name, value) in opened.response.headers.iter() {
                    self.row(row, None, DIM, &escape::text(&format!("  {name}: {value}")))?;
                }
                Ok(())
            }
            Event::Message { message, .. } => self.message(row, message),
            Event::Error { error, .. } => {
                let (code, reason) = (error.code().number(), error.to_string());
                if self.failure.take().is_some_and(|told| told == reason) {
                    return self.row(row, None, PLAIN, &format!("onSocketError {code}"));
                }
                self.row(row, None, RED, &escape::text(&format!("onSocketError {code}: {reason}")))
            }
            Event::Close { code, reason, cause, .. } => self.row(
                row,
                None,
                PLAIN,
                &format!("onSocketClose {code} {}, {cause}", escape::quoted(reason)),
            ),
        }
    }

    fn server(&mut self, time: Duration, connection: u64, words: &str) -> io::Result<()> {
        let words = self.painted(DIM, &format!("{:<10}        {}", "server", escape::text(words)));
        writeln!(self.rows, "{:>8.4}  {connection:>10}  {words}", time.as_secs_f64())
    }
}

fn on_a_terminal(message: &Message<'_>) -> String {
    match message {
        Message::Text(text) => escape::text(text),
        Message::Binary(bytes) => escape::bytes(bytes),
    }
}

fn colour_of(state: State) -> &'static str {
    match state {
        State::Idle => DIM,
        State::Connecting => "33",
        State::Open => "32",
        State::Closing => CYAN,
        State::Replaced => "35",
        State::Failed => RED,
        State::Closed => "34",
    }
}

/// Whether to use colour: on a terminal, unless the user has asked for none (no-color.org).
fn wants_colour(terminal: bool) -> bool {
    terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
