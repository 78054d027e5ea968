//! Events that wait to be taken, for hosts in which whoever wants an event is not whoever polls for it: tasks,
//! threads, callbacks.

use std::collections::{BTreeMap, VecDeque};

use crate::entropy::Entropy;
use crate::error::Error;
use crate::event::Event;
use crate::host::owned::OwnedEvent;
use crate::ids::{CallId, ConnectionId};
use crate::lifecycle::delivers;
use crate::receive::ReceiveBuffer;
use crate::session::Session;

/// What a message weighs on top of its bytes.
const PER_MESSAGE: usize = 64;

/// The events of one session until somebody takes them, and the results of its calls until somebody asks.
///
/// Messages that wait are bounded: at the bound, and while messages are not wanted, the session is told to take
/// none, and so the server is held back. Everything else waits for as long as it takes (semantics G5). When a
/// connection is replaced or closed, its messages that still wait are never told (semantics T).
///
/// ```
/// use connect_socket_core::{Config, ConnectOptions, Inbox, OwnedEvent, ReceiveBuffer, Session, Tape, Time};
///
/// let mut session = Session::new(Config::default(), Tape::new(vec![7; 16]));
/// let mut buffer = ReceiveBuffer::default();
/// let mut inbox = Inbox::new(Inbox::DEFAULT_BOUND);
///
/// let call = inbox.command(&mut session, |session| session.connect(Time::ZERO, &ConnectOptions::new("test.php")));
/// while inbox.pull(&mut session, &mut buffer) {}
/// assert!(matches!(inbox.take_result(call), Some(Err(error)) if error.code().number() == 4));
/// assert!(matches!(inbox.take_event(), Some(OwnedEvent::Settled { .. })));
/// assert!(inbox.take_event().is_none());
/// ```
#[derive(Debug)]
pub struct Inbox {
    events: VecDeque<OwnedEvent>,
    bound: usize,
    weight: usize,
    /// Messages are wanted (back-pressure).
    wanted: bool,
    /// The session was told to take none, for want of room or because none are wanted.
    held_back: bool,
    /// Nobody will ever take an event.
    closed: bool,
    /// The calls that somebody may still ask for, with their results.
    calls: BTreeMap<CallId, Option<Result<(), Error>>>,
}

impl Inbox {
    /// A bound that a full receive buffer of small messages fits, so that they are not put aside and brought back.
    pub const DEFAULT_BOUND: usize = 512 * 1024;

    /// An empty one. Messages that wait weigh at most `bound` bytes, and one message more; each counts for 64
    /// bytes more than its payload has.
    pub const fn new(bound: usize) -> Self {
        Self {
            events: VecDeque::new(),
            bound,
            weight: 0,
            wanted: true,
            held_back: false,
            closed: false,
            calls: BTreeMap::new(),
        }
    }

    /// Gives the session a command whose result may be asked for with [`Inbox::take_result`].
    pub fn command<E: Entropy>(
        &mut self,
        session: &mut Session<E>,
        command: impl FnOnce(&mut Session<E>) -> CallId,
    ) -> CallId {
        let delivering = |session: &Session<E>| session.connection().filter(|_| delivers(session.phase()));
        let before = delivering(session);
        let call = command(session);
        self.calls.insert(call, None);
        if let Some(before) = before
            && delivering(session) != Some(before)
        {
            let of = |event: &OwnedEvent| match event {
                OwnedEvent::Message { connection, .. } => *connection == before,
                OwnedEvent::Settled { .. }
                | OwnedEvent::Open { .. }
                | OwnedEvent::Error { .. }
                | OwnedEvent::Close { .. } => false,
            };
            self.events.retain(|event| !of(event));
            self.weight = self.events.iter().map(weight).sum();
        }
        call
    }

    /// Takes one event of the session, if there is one and room for it.
    pub fn pull<E: Entropy>(&mut self, session: &mut Session<E>, buffer: &mut ReceiveBuffer) -> bool {
        if self.held_back == self.has_room() {
            self.held_back = !self.held_back;
            session.set_receiving(!self.held_back);
        }
        let Some(event) = session.poll_event(buffer) else { return false };
        if let Event::Settled { call, result } = &event
            && let Some(place) = self.calls.get_mut(call)
        {
            *place = Some(result.clone());
        }
        if !self.closed {
            let event = OwnedEvent::from(event);
            self.weight += weight(&event);
            self.events.push_back(event);
        }
        true
    }

    /// Whether the session was held back and need not be any longer: there is something to pull, perhaps.
    pub fn can_resume(&self) -> bool {
        self.held_back && self.has_room()
    }

    /// The next event. While messages are not wanted, call results are told all the same, and nothing else that
    /// is behind a message.
    pub fn take_event(&mut self) -> Option<OwnedEvent> {
        let place = if self.wanted {
            0
        } else {
            let place = self.events.iter().position(|event| !matches!(event, OwnedEvent::Message { .. }))?;
            let event = self.events.get(place)?;
            (place == 0 || matches!(event, OwnedEvent::Settled { .. })).then_some(place)?
        };
        let event = self.events.remove(place)?;
        self.weight -= weight(&event);
        Some(event)
    }

    /// The next event, if it is the close of `connection`.
    pub fn take_close(&mut self, connection: ConnectionId) -> Option<OwnedEvent> {
        let next = self.events.front();
        let is_it = matches!(next, Some(OwnedEvent::Close { connection: it, .. }) if *it == connection);
        is_it.then(|| self.take_event()).flatten()
    }

    /// The result of a call that was given with [`Inbox::command`], once.
    pub fn take_result(&mut self, call: CallId) -> Option<Result<(), Error>> {
        let result = self.calls.get_mut(&call)?.take()?;
        self.calls.remove(&call);
        Some(result)
    }

    /// Nobody will ask for the result of this call.
    pub fn forget(&mut self, call: CallId) {
        self.calls.remove(&call);
    }

    /// Whether messages are wanted now (back-pressure).
    pub fn set_receiving(&mut self, wanted: bool) {
        self.wanted = wanted;
    }

    /// Nobody will take events any more: those that wait go, and so do those that come.
    pub fn close(&mut self) {
        self.closed = true;
        self.events = VecDeque::new();
        self.weight = 0;
    }

    /// Whether [`Inbox::close`] was called.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Keeps no memory for what is not there, as it may be long until something is.
    pub fn give_back(&mut self) {
        if self.events.is_empty() {
            self.events = VecDeque::new();
        }
        if self.calls.is_empty() {
            self.calls = BTreeMap::new();
        }
    }

    fn has_room(&self) -> bool {
        self.wanted && self.weight < self.bound
    }
}

/// What an event weighs while it waits. Only messages can be held back.
fn weight(event: &OwnedEvent) -> usize {
    match event {
        OwnedEvent::Message { message, .. } => message.as_bytes().len().saturating_add(PER_MESSAGE),
        OwnedEvent::Settled { .. }
        | OwnedEvent::Open { .. }
        | OwnedEvent::Error { .. }
        | OwnedEvent::Close { .. } => 0,
    }
}
