//! What the host polls: events, actions, bytes to write, and the next deadline.

use core::time::Duration;
use std::collections::VecDeque;

use super::Session;
use super::connection::Connection;
use super::receiving::Found;
use crate::entropy::Entropy;
use crate::event::{Action, Event, Reason, Transmit};
use crate::ids::TransportId;
use crate::lifecycle::Timer;
use crate::receive::ReceiveBuffer;
use crate::time::Time;

/// A connection that has sent nothing for so long is taken for idle, and keeps no memory to send with.
const QUIET: Duration = Duration::from_secs(1);

impl<E: Entropy> Session<E> {
    /// The next event, in the order in which a Mini Program observes them. Takes what was read into `buffer` as
    /// far as it must, so a message is borrowed from there and nothing is stored that nobody asked for.
    #[inline]
    pub fn poll_event<'a>(&'a mut self, buffer: &'a mut ReceiveBuffer) -> Option<Event<'a>> {
        if let Some(call) = self.told.pop_sent() {
            return Some(Event::Settled { call, result: Ok(()) });
        }
        if self.lane != buffer.ticket {
            return self.poll_medium(buffer);
        }
        match self.peek(buffer) {
            Some(whole) => self.deliver_here(whole, buffer),
            None => self.poll_medium(buffer),
        }
    }

    /// Does the work of [`Session::poll_event`] and says whether it would give an event, without handing it
    /// out: for loops that must not hold a borrow.
    #[inline]
    pub fn has_event(&mut self, buffer: &mut ReceiveBuffer) -> bool {
        (self.lane == buffer.ticket && self.peek(buffer).is_some())
            || self.peek_medium(buffer).is_some()
            || !matches!(self.look(buffer), Found::Nothing)
    }

    /// What the host is to do next with its resolver and its sockets.
    pub fn poll_action(&mut self) -> Option<Action> {
        let action = self.actions.pop_front();
        if action.is_some() && self.actions.is_empty() {
            // An idle connection keeps no memory for actions.
            self.actions = VecDeque::new();
        }
        action
    }

    /// What is to be written to `transport` next; empty if there is nothing. Nothing is taken until
    /// [`Session::handle_transmitted`] says how much went, and messages queued in between do not change what
    /// was offered.
    #[inline]
    pub fn poll_transmit(&mut self, transport: TransportId) -> Transmit<'_> {
        let stream = self.current.as_deref_mut().and_then(Connection::stream);
        match stream {
            Some(stream) if stream.transport == transport => stream.offer(),
            Some(_) | None => self.lingering.get(transport).map(|stream| stream.offer()).unwrap_or_default(),
        }
    }

    /// When [`Session::handle_timeout`] is to be called next, and what for; none while nothing is awaited.
    pub fn poll_timeout(&self) -> Option<(Time, Reason)> {
        let deadlines = &self.deadlines;
        let paused = self.current.as_ref().is_some_and(|connection| connection.is_paused());
        let dial = self.current.as_ref().and_then(|connection| connection.dial_deadline());
        let keeps_memory = self.current.as_ref().is_some_and(|connection| connection.keeps_memory());
        let memory = keeps_memory.then(|| self.transmitted_at + QUIET);
        [
            deadlines.get(Timer::Connect).map(|at| (at, Reason::Connect)),
            dial.map(|at| (at, Reason::Dial)),
            deadlines.get(Timer::Close).map(|at| (at, Reason::Close)),
            self.keepalive_deadline(),
            self.lingering.deadline().map(|at| (at, Reason::Linger)),
            memory.map(|at| (at, Reason::Memory)),
            paused.then_some((self.now, Reason::Input)),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// A pong is awaited until something is heard; a ping is due an interval after that (F6). While the host
    /// does not take messages, nobody listens and so nothing can be missed; from then on it begins anew.
    ///
    /// This is the table's row for a frame that was heard (pong timer off, ping timer on), looked up when somebody
    /// asks for a deadline instead of carried out for every frame.
    fn keepalive_deadline(&self) -> Option<(Time, Reason)> {
        let keepalive = self.config.keepalive.filter(|_| self.receiving)?;
        let first_ping = self.deadlines.get(Timer::Ping)?;
        match self.deadlines.get(Timer::Pong) {
            Some(at) if !self.heard => Some((at, Reason::Pong)),
            None if !self.heard => Some((first_ping, Reason::Ping)),
            Some(_) | None => Some((self.received_at + keepalive.interval, Reason::Ping)),
        }
    }
}
