//! A client: lines in, messages out, and a proper close at the end.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use connect_socket_core::{CallId, CloseOptions, ConnectOptions, Error, Event, Message};

use super::{Command, Content, Input, Program};

/// Once each line has had an answer, the server has this long to send more.
const GRACE: Duration = Duration::from_millis(300);

/// No more lines are taken while at least this many bytes wait for the server.
const ENOUGH: usize = 1024 * 1024;

pub(crate) struct Client {
    commands: VecDeque<Command>,
    binary: bool,
    stage: Stage,
    /// Calls that are not settled.
    pending: usize,
    /// The input has ended.
    ended: bool,
    /// How long to wait for an answer after that. None to wait as long as the server stays.
    wait: Option<Duration>,
    /// How many lines have had no answer, if each message answers one line.
    unanswered: usize,
    /// When something last happened.
    last: Instant,
    /// The first error's code.
    failed: Option<u8>,
}

#[derive(PartialEq)]
enum Stage {
    Connecting,
    Open,
    Closing,
    Over,
}

impl Client {
    pub(crate) fn new(options: ConnectOptions, url: String, binary: bool, wait: Option<Duration>) -> Self {
        Self {
            commands: [Command::Connect { options, url, remark: "" }].into(),
            binary,
            stage: Stage::Connecting,
            pending: 0,
            ended: false,
            wait,
            unanswered: 0,
            last: Instant::now(),
            failed: None,
        }
    }

    fn fail(&mut self, error: &Error) {
        self.failed.get_or_insert(error.code().number());
    }

    /// When to close, if everything is sent.
    fn closes_at(&self) -> Option<Instant> {
        let done = self.ended && self.pending == 0 && self.stage == Stage::Open;
        let wait = self.wait.filter(|_| done)?;
        self.last.checked_add(if self.unanswered == 0 { wait.min(GRACE) } else { wait })
    }
}

impl Program for Client {
    fn next_command(&mut self) -> Option<Command> {
        if self.closes_at().is_some_and(|at| at <= Instant::now()) {
            self.stage = Stage::Closing;
            self.commands.push_back(Command::Close(CloseOptions::default()));
        }
        self.commands.pop_front()
    }

    fn made(&mut self, _: CallId) {
        self.pending += 1;
    }

    fn observe(&mut self, event: &Event<Message<'_>>) {
        self.last = Instant::now();
        match event {
            Event::Settled { result, .. } => {
                self.pending -= 1;
                if let Err(error) = result {
                    self.fail(error);
                    // A connect that is refused for its parameters has no event of its own.
                    match self.stage {
                        Stage::Connecting => self.stage = Stage::Over,
                        // A line that could not be sent gets no answer.
                        Stage::Open => self.unanswered = self.unanswered.saturating_sub(1),
                        Stage::Closing | Stage::Over => {}
                    }
                }
            }
            Event::Open { .. } => self.stage = Stage::Open,
            Event::Message { .. } => self.unanswered = self.unanswered.saturating_sub(1),
            Event::Error { error, .. } => self.fail(error),
            Event::Close { code, .. } => {
                if *code == 1006 {
                    // It ended without a close frame, for which there is no code of its own.
                    self.failed.get_or_insert(1);
                }
                self.stage = Stage::Over;
            }
        }
    }

    fn wants_input(&self, buffered: usize) -> bool {
        self.stage == Stage::Open && self.commands.is_empty() && buffered < ENOUGH
    }

    fn input(&mut self, input: Input) {
        self.last = Instant::now();
        match input {
            Input::Line(line) => {
                self.unanswered += 1;
                self.commands.push_back(Command::Send(content(line, self.binary)));
            }
            Input::End => self.ended = true,
            Input::Interrupt => match self.stage {
                Stage::Connecting | Stage::Open => {
                    self.stage = Stage::Closing;
                    self.commands.push_back(Command::Close(CloseOptions::default()));
                }
                Stage::Closing | Stage::Over => {}
            },
            Input::Server { .. } => {}
        }
    }

    fn patience(&self, now: Instant) -> Option<Duration> {
        self.closes_at().map(|at| at.saturating_duration_since(now))
    }

    fn exit_status(&self) -> Option<u8> {
        // The results of other calls are reported first.
        (self.stage == Stage::Over && self.pending == 0).then(|| self.failed.unwrap_or(0))
    }
}

fn content(line: Vec<u8>, binary: bool) -> Content {
    if binary {
        return Content::Binary(line);
    }
    String::from_utf8(line).map_or_else(|error| Content::NotText(error.into_bytes()), Content::Text)
}
