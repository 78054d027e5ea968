//! Shows what happens, row by row: it finds the state for each row, and leaves the form to a view.

use std::collections::HashMap;
use std::io;
use std::time::{Duration, Instant};

use connect_socket_core::{CallId, CloseCause, ConnectionId, Event, Message};

use super::{Command, Input};

/// How rows look.
pub(crate) trait View {
    fn command(&mut self, row: Row, call: u64, command: &Command) -> io::Result<()>;
    fn event(&mut self, row: Row, api: &'static str, event: &Event<Message<'_>>) -> io::Result<()>;
    fn server(&mut self, time: Duration, connection: u64, words: &str) -> io::Result<()>;
}

/// The beginning of every row.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) time: Duration,
    pub(crate) connection: Option<u64>,
    pub(crate) state: State,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum State {
    Idle,
    Connecting,
    Open,
    Closing,
    Replaced,
    Failed,
    Closed,
}

impl State {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Connecting => "connecting",
            Self::Open => "open",
            Self::Closing => "closing",
            Self::Replaced => "replaced",
            Self::Failed => "failed",
            Self::Closed => "closed",
        }
    }
}

pub(crate) struct Show {
    view: Box<dyn View>,
    start: Instant,
    /// What was called, and the connection that it concerned.
    calls: HashMap<CallId, (&'static str, Option<ConnectionId>)>,
    states: HashMap<ConnectionId, State>,
    current: Option<ConnectionId>,
}

impl Show {
    pub(crate) fn new(view: Box<dyn View>) -> Self {
        Self { view, start: Instant::now(), calls: HashMap::new(), states: HashMap::new(), current: None }
    }

    /// A call was made, and the slot now holds `connection`.
    pub(crate) fn command(
        &mut self,
        call: CallId,
        command: &Command,
        connection: Option<ConnectionId>,
    ) -> io::Result<()> {
        let api = match command {
            Command::Connect { .. } => "connectSocket",
            Command::Send(_) => "sendSocketMessage",
            Command::Close(_) => "closeSocket",
        };
        let begun = connection.filter(|connection| !self.states.contains_key(connection));
        if let (Command::Connect { .. }, Some(connection)) = (command, begun) {
            self.states.insert(connection, State::Connecting);
            self.current = begun;
        }
        // A refused connect does not affect an existing connection.
        let concerns = if matches!(command, Command::Connect { .. }) { begun } else { self.current };
        if let (Command::Close(_), Some(state)) = (command, concerns.and_then(|it| self.states.get_mut(&it)))
            && *state == State::Open
        {
            *state = State::Closing;
        }
        self.calls.insert(call, (api, concerns));
        self.view.command(self.row(concerns), call.get(), command)
    }

    pub(crate) fn event(&mut self, event: &Event<Message<'_>>) -> io::Result<()> {
        let (api, concerns) = match event {
            Event::Settled { call, result } => {
                let (api, concerns) = self.calls.remove(call).unwrap_or_default();
                if api == "connectSocket" && result.is_ok() {
                    self.change(concerns, State::Open);
                }
                (api, concerns)
            }
            Event::Open { connection, .. } | Event::Message { connection, .. } => ("", Some(*connection)),
            Event::Error { connection, .. } => {
                self.change(Some(*connection), State::Failed);
                ("", Some(*connection))
            }
            Event::Close { connection, cause, .. } => {
                let failed = self.states.get(connection) == Some(&State::Failed);
                self.change(Some(*connection), if failed { State::Failed } else { ended(*cause) });
                ("", Some(*connection))
            }
        };
        self.view.event(self.row(concerns), api, event)
    }

    pub(crate) fn input(&mut self, input: &Input) -> io::Result<()> {
        match input {
            Input::Server { connection, words, .. } => {
                self.view.server(self.start.elapsed(), *connection, words)
            }
            Input::Line(_) | Input::End | Input::Interrupt => Ok(()),
        }
    }

    fn change(&mut self, connection: Option<ConnectionId>, state: State) {
        if let Some(connection) = connection {
            self.states.insert(connection, state);
        }
        let over = matches!(state, State::Replaced | State::Failed | State::Closed);
        if over && self.current == connection {
            self.current = None;
        }
    }

    fn row(&self, concerns: Option<ConnectionId>) -> Row {
        let state = concerns.or(self.current).and_then(|it| self.states.get(&it)).copied();
        Row {
            time: self.start.elapsed(),
            connection: concerns.map(ConnectionId::get),
            state: state.unwrap_or(State::Idle),
        }
    }
}

fn ended(cause: CloseCause) -> State {
    match cause {
        CloseCause::Local | CloseCause::Remote => State::Closed,
        CloseCause::Replaced => State::Replaced,
        CloseCause::Abnormal | CloseCause::TimedOut | CloseCause::Protocol | CloseCause::TooBig => {
            State::Failed
        }
    }
}
