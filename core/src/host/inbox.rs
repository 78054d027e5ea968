//! Events that wait until somebody takes them, for hosts in which one part polls the session and another wants the
//! events: tasks, threads, callbacks.

use core::fmt;
use std::collections::VecDeque;

use crate::entropy::Entropy;
use crate::error::Error;
use crate::event::{Event, Message};
use crate::host::calls::Calls;
use crate::host::owned::{OwnedEvent, OwnedMessage};
use crate::ids::{CallId, ConnectionId};
use crate::lifecycle::delivers;
use crate::session::Session;
use crate::workspace::Workspace;

/// What a message counts in addition to its bytes: its place in the queue, and the allocator's overhead. So empty
/// messages reach the bound, too.
const PER_MESSAGE: usize = 64;

/// Keeps the events of one session until they are taken, and the results of its calls until they are asked for.
///
/// Waiting messages are bounded. At the bound, and while messages are not wanted, the session takes none, so the server
/// is held back. Everything else waits without a bound ([G5](crate::rules#g5)). When a connection is replaced or
/// closed, its waiting messages are dropped ([T](crate::rules#t)). Taking an event or a result takes the same time
/// however much waits.
///
/// ```
/// use connect_socket_core::{Config, ConnectOptions, Inbox, OwnedEvent, Session, Tape, Time, Workspace};
///
/// let mut session = Session::new(Config::default(), Tape::new(vec![7; 16]));
/// let mut work = Workspace::default();
/// let mut inbox = Inbox::new(Inbox::DEFAULT_BOUND);
///
/// let call = inbox.command(&mut session, |session| session.connect(Time::ZERO, &ConnectOptions::new("test.php")));
/// while inbox.pull(&mut session, &mut work) {}
/// assert!(matches!(inbox.take_result(call), Some(Err(error)) if error.code().number() == 4));
/// assert!(matches!(inbox.take_event(), Some(OwnedEvent::Settled { .. })));
/// assert!(inbox.take_event().is_none());
/// ```
pub struct Inbox {
    /// The messages and parts of messages, in order.
    messages: VecDeque<Waiting<Received>>,
    /// All other events, in order; none is a message. Whichever stands first in the two queues by its number came first.
    others: VecDeque<Waiting<OwnedEvent>>,
    /// How many events came.
    count: u64,
    bound: usize,
    /// `weight == messages.map(weight).sum()`, so it is zero exactly while no message waits.
    weight: usize,
    /// Messages are wanted (back-pressure).
    wanted: bool,
    /// The session takes no messages, because there is no room or because none are wanted.
    held_back: bool,
    /// No more events will be taken.
    closed: bool,
    calls: Calls,
}

#[derive(Debug)]
struct Waiting<T> {
    /// How many events came up to and including this one.
    number: u64,
    event: T,
}

/// A message, or a part of one.
#[derive(Debug)]
struct Received {
    connection: ConnectionId,
    message: OwnedMessage,
    last: bool,
}

impl Inbox {
    /// A bound that has room for the messages of one read, however small they are.
    pub const DEFAULT_BOUND: usize = 512 * 1024;

    /// An empty inbox. Waiting messages take at most `bound` bytes, and one message more. Each counts 64 bytes in
    /// addition to its payload. With a bound of zero, messages come one at a time.
    pub const fn new(bound: usize) -> Self {
        Self {
            messages: VecDeque::new(),
            others: VecDeque::new(),
            count: 0,
            bound,
            weight: 0,
            wanted: true,
            held_back: false,
            closed: false,
            calls: Calls::new(),
        }
    }

    /// Gives the session a command. [`Inbox::take_result`] returns its result later.
    pub fn command<E: Entropy>(
        &mut self,
        session: &mut Session<E>,
        command: impl FnOnce(&mut Session<E>) -> CallId,
    ) -> CallId {
        let delivering = |session: &Session<E>| session.connection().filter(|_| delivers(session.phase()));
        let before = delivering(session);
        let call = command(session);
        self.calls.add(call);
        if let Some(before) = before
            && delivering(session) != Some(before)
        {
            // It was the last that messages came of, so these stand last.
            while self.messages.back().is_some_and(|message| message.event.connection == before)
                && let Some(dropped) = self.messages.pop_back()
            {
                self.weight -= weight(&dropped.event.message);
            }
        }
        call
    }

    /// Takes one event from the session, if there is one and room for it.
    pub fn pull<E: Entropy>(&mut self, session: &mut Session<E>, work: &mut Workspace) -> bool {
        if self.held_back == self.has_room() {
            self.held_back = !self.held_back;
            session.set_receiving(!self.held_back);
        }
        let Some(event) = session.poll_event(work) else { return false };
        self.keep(event);
        true
    }

    /// The same for an event that takes no work, and so no memory to work with.
    #[cfg(feature = "tasks")]
    pub(crate) fn pull_at_hand<E: Entropy>(&mut self, session: &mut Session<E>) -> bool {
        if self.held_back == self.has_room() {
            return false;
        }
        let Some(event) = session.poll_at_hand() else { return false };
        self.keep(event);
        true
    }

    fn keep(&mut self, event: Event<Message<'_>>) {
        if let Event::Settled { call, result } = &event {
            self.calls.settle(*call, result);
        }
        if self.closed {
            return;
        }
        self.count += 1;
        let number = self.count;
        match event {
            Event::Message { connection, message, last } => {
                let message = OwnedMessage::from(message);
                self.weight += weight(&message);
                self.messages.push_back(Waiting { number, event: Received { connection, message, last } });
            }
            Event::Settled { .. } | Event::Open { .. } | Event::Error { .. } | Event::Close { .. } => {
                self.others.push_back(Waiting { number, event: event.into() });
            }
        }
    }

    /// Whether the session was held back and need not be any longer. Then there may be something to pull.
    pub fn can_resume(&self) -> bool {
        self.held_back && self.has_room()
    }

    /// The next event. While messages are not wanted, call results still come, but no other event that comes after a
    /// message. Events other than messages never change their order, so a result waits for such an event before it
    /// ([S3](crate::rules#s3)).
    pub fn take_event(&mut self) -> Option<OwnedEvent> {
        if self.is_other_next() {
            return self.others.pop_front().map(|other| other.event);
        }
        if !self.wanted {
            return None;
        }
        let Received { connection, message, last } = self.messages.pop_front()?.event;
        self.weight -= weight(&message);
        Some(OwnedEvent::Message { connection, message, last })
    }

    /// Whether the next event is not a message.
    fn is_other_next(&self) -> bool {
        let Some(other) = self.others.front() else { return false };
        let passes = !self.wanted && matches!(other.event, OwnedEvent::Settled { .. });
        passes || self.messages.front().is_none_or(|message| other.number < message.number)
    }

    /// The result of a call that was made with [`Inbox::command`], once.
    pub fn take_result(&mut self, call: CallId) -> Option<Result<(), Error>> {
        self.calls.take(call)
    }

    /// The result of this call will not be asked for.
    pub fn forget(&mut self, call: CallId) {
        self.calls.forget(call);
    }

    /// Says whether messages are wanted now (back-pressure).
    pub fn set_receiving(&mut self, wanted: bool) {
        self.wanted = wanted;
    }

    /// No more events will be taken. Those that wait are dropped, and so are those that come. The server is no longer
    /// held back, so that the end of the connection is noticed.
    pub fn close(&mut self) {
        self.closed = true;
        self.messages = VecDeque::new();
        self.others = VecDeque::new();
        self.weight = 0;
    }

    /// Whether [`Inbox::close`] was called.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Frees unused memory. It may take long until more events come.
    pub fn give_back(&mut self) {
        if self.messages.is_empty() {
            self.messages = VecDeque::new();
        }
        if self.others.is_empty() {
            self.others = VecDeque::new();
        }
        self.calls.give_back();
    }

    /// Whether there is room for one more message. An empty inbox always has room, or a small bound would let no
    /// message in.
    fn has_room(&self) -> bool {
        debug_assert_eq!(self.weight == 0, self.messages.is_empty(), "every message weighs something");
        self.closed || self.wanted && (self.messages.is_empty() || self.weight < self.bound)
    }
}

impl fmt::Debug for Inbox {
    /// Shows how much waits, but no content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox")
            .field("messages", &self.messages.len())
            .field("others", &self.others.len())
            .field("weight", &self.weight)
            .field("bound", &self.bound)
            .finish_non_exhaustive()
    }
}

/// What a message counts while it waits.
fn weight(message: &OwnedMessage) -> usize {
    message.as_bytes().len().saturating_add(PER_MESSAGE)
}
