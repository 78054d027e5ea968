//! What the host polls: events, actions, bytes to write, and the next deadline.

use core::convert::identity;
use core::time::Duration;
use std::collections::VecDeque;

use super::Session;
use super::connection::Connection;
use crate::entropy::Entropy;
use crate::event::{Action, Event, Message, Reason, Transmit};
use crate::ids::TransportId;
use crate::time::Time;
use crate::workspace::Workspace;

/// A connection that has sent nothing for this long counts as idle, and keeps no memory for sending.
const QUIET: Duration = Duration::from_secs(1);

impl<E: Entropy> Session<E> {
    /// The next event, in the order in which a Mini Program observes them. It parses received bytes only as far as
    /// needed, so a message is borrowed from the buffer into which it was read, and nothing is stored before you ask
    /// for it.
    #[inline]
    pub fn poll_event<'a>(&'a mut self, work: &mut Workspace) -> Option<Event<Message<'a>>> {
        if let Some(call) = self.machine.events.pop_sent() {
            return Some(Event::Settled { call, result: Ok(()) });
        }
        match self.peek() {
            Some(whole) => self.deliver_from_window(whole, identity),
            None => self.poll_drained(work),
        }
    }

    /// Does the work of [`Session::poll_event`] and says whether there is an event, without returning it. It is for
    /// loops that must not hold a borrow.
    #[inline]
    pub fn has_event(&mut self, work: &mut Workspace) -> bool {
        self.peek().is_some() || self.has_other(work)
    }

    /// What the host has to do next with its resolver and its sockets.
    pub fn poll_action(&mut self) -> Option<Action> {
        let action = self.machine.actions.pop_front();
        if action.is_some() && self.machine.actions.is_empty() {
            // An idle connection keeps no memory for actions.
            self.machine.actions = VecDeque::new();
        }
        #[cfg(feature = "tracing")]
        if let Some(action) = &action {
            super::trace::action(action);
        }
        action
    }

    /// Whether [`Session::poll_action`] would return anything.
    #[inline]
    pub(crate) fn has_action(&self) -> bool {
        !self.machine.actions.is_empty()
    }

    /// The bytes to write to `transport` next; empty if there are none. They stay queued until
    /// [`Session::handle_transmitted`] reports how many were written, and messages queued in between do not change
    /// them. The next call offers what is left.
    #[inline]
    ///
    /// If the server agreed to compression, messages are compressed here.
    pub fn poll_transmit<'a>(&'a mut self, transport: TransportId, work: &mut Workspace) -> Transmit<'a> {
        let stream = self.machine.current.as_deref_mut().and_then(Connection::stream);
        match stream {
            Some(stream) if stream.transport == transport => stream.offer(work),
            Some(_) | None => {
                self.machine.lingering.get(transport).map(|stream| stream.offer(work)).unwrap_or_default()
            }
        }
    }

    /// Whether [`Session::poll_transmit`] would return anything for `transport`.
    pub fn wants_write(&self, transport: TransportId) -> bool {
        match self.machine.current.as_deref().and_then(Connection::stream_ref) {
            Some(stream) if stream.transport == transport => stream.wants_write(),
            Some(_) | None => self.machine.lingering.wants_write(transport),
        }
    }

    /// When to call [`Session::handle_timeout`] next, and why. None while nothing has a deadline.
    pub fn poll_timeout(&self) -> Option<(Time, Reason)> {
        let paused = self.machine.current.as_deref().is_some_and(Connection::is_paused);
        let stream = self.machine.current.as_deref().and_then(Connection::stream_ref);
        let unwritable = stream.is_some_and(|stream| !stream.is_writable()) && !self.machine.holds_back();
        let input = paused.then_some((self.machine.now, Reason::Input));
        let unwritable = unwritable.then_some((self.machine.now, Reason::Unwritable));
        [self.next_timer(), input, unwritable].into_iter().flatten().min()
    }

    /// The deadline that is next.
    pub(super) fn next_timer(&self) -> Option<(Time, Reason)> {
        self.deadlines().into_iter().flatten().min()
    }

    /// All deadlines, at most one of each reason.
    pub(super) fn deadlines(&self) -> [Option<(Time, Reason)>; 4] {
        let dial = self.machine.current.as_ref().and_then(|connection| connection.dial_deadline());
        let keeps_memory = self.machine.current.as_ref().is_some_and(|connection| connection.keeps_memory());
        let memory = if keeps_memory { self.machine.transmitted_at.checked_add(QUIET) } else { None };
        [
            self.machine.timer.deadline(&self.machine.config, self.machine.receiving),
            dial.map(|at| (at, Reason::Dial)),
            self.machine.lingering.deadline().map(|at| (at, Reason::Linger)),
            memory.map(|at| (at, Reason::Memory)),
        ]
    }
}
