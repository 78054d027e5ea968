//! The tour: the whole life of two connections, step by step.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use connect_socket_core::{CallId, CloseOptions, ConnectOptions, Event, Message};

use super::{Command, Content, Input, Program};

/// A step that takes longer has failed: everything happens on one machine.
const LIMIT: Duration = Duration::from_secs(10);

/// What is done, and what ends the wait for it.
struct Step(Command, Until);

#[derive(Clone, Copy, PartialEq)]
enum Until {
    Open,
    Message,
    /// The call has failed with this code, as it should.
    Refused(u8),
    Closed,
}

pub(crate) struct Tour {
    steps: VecDeque<Step>,
    until: Option<(Until, CallId)>,
    /// What the command that was handed out waits for.
    handed: Until,
    /// For how many connections the server has not reported the end.
    open: usize,
    since: Instant,
    failed: Option<u8>,
}

impl Tour {
    /// `server` is the url of a server that echoes, without a path.
    pub(crate) fn new(server: &str) -> Self {
        let connect = |url: &str| {
            let options = ConnectOptions::new(url);
            Command::Connect { options, url: url.to_owned(), remark: "" }
        };
        let first = format!("{server}/first");
        let options =
            ConnectOptions::new(first.as_str()).data("room", 7).header("Greeting", "hello").protocol("chat");
        let first = Command::Connect {
            options,
            url: first,
            remark: ", data room=7, header Greeting, subprotocol chat",
        };
        let text = |text: &str| Command::Send(Content::Text(text.to_owned()));
        let steps = [
            Step(first, Until::Open),
            Step(text("hello from a Mini Program"), Until::Message),
            Step(Command::Send(Content::Binary((0..8).collect())), Until::Message),
            Step(connect(&format!("{server}/second")), Until::Open),
            Step(text("the second has the slot now"), Until::Message),
            Step(connect("test.php"), Until::Refused(4)),
            Step(connect("http://example.com"), Until::Refused(5)),
            Step(text("refused urls leave it alone"), Until::Message),
            Step(Command::Close(CloseOptions::new(1000, "that was all")), Until::Closed),
        ];
        let (until, handed) = (None, Until::Closed);
        Self { steps: steps.into(), until, handed, open: 2, since: Instant::now(), failed: None }
    }
}

impl Program for Tour {
    fn next_command(&mut self) -> Option<Command> {
        if self.until.is_some() || self.failed.is_some() {
            return None;
        }
        let Step(command, until) = self.steps.pop_front()?;
        (self.handed, self.since) = (until, Instant::now());
        Some(command)
    }

    fn made(&mut self, call: CallId) {
        self.until = Some((self.handed, call));
    }

    fn observe(&mut self, event: &Event<Message<'_>>) {
        let Some((until, awaited)) = self.until else { return };
        let done = match event {
            Event::Settled { call, result: Err(error) } => {
                let code = error.code().number();
                let expected = *call == awaited && until == Until::Refused(code);
                if !expected {
                    self.failed = Some(code);
                }
                expected
            }
            Event::Settled { result: Ok(()), .. } => false,
            Event::Open { .. } => until == Until::Open,
            Event::Message { .. } => until == Until::Message,
            Event::Error { error, .. } => {
                self.failed = Some(error.code().number());
                false
            }
            // That of the first comes while the second connects.
            Event::Close { .. } => until == Until::Closed,
        };
        if done {
            self.until = None;
        }
    }

    fn wants_input(&self, _: usize) -> bool {
        true
    }

    fn input(&mut self, input: Input) {
        if let Input::Server { ended: true, .. } = input {
            self.open = self.open.saturating_sub(1);
        }
    }

    fn patience(&self, now: Instant) -> Option<Duration> {
        Some(LIMIT.saturating_sub(now.saturating_duration_since(self.since)))
    }

    fn exit_status(&self) -> Option<u8> {
        let over = self.steps.is_empty() && self.until.is_none() && self.open == 0;
        let stuck = self.since.elapsed() >= LIMIT;
        self.failed.or(over.then_some(0)).or(stuck.then_some(6))
    }
}
