//! The work of one socket: the loop that every host of a session writes, as far as it goes without waiting.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use async_io::Timer;
use connect_socket_core::lifecycle::Phase;
use connect_socket_core::{
    self as core, Action, CallId, ConnectionId, Error, ReceiveBuffer, ResolveError, Session, SharedEntropy,
    Time, TransportId,
};

use crate::bell::{Bell, Rung};
use crate::event::Event;
use crate::group::Shared;
use crate::transport::Transport;

/// So much is read between two pauses, so that a socket that is never empty leaves other tasks their time.
const READ_BUDGET: usize = 512 * 1024;

/// Messages that wait to be taken weigh so much at most, and one more; then the server is held back. A full
/// receive buffer of small ones fits, so that they are not put aside and brought back.
const WAITING: usize = 512 * 1024;

/// What a message weighs on top of its bytes.
const PER_MESSAGE: usize = 64;

type Lookup = blocking::Task<io::Result<Vec<IpAddr>>>;

#[expect(clippy::struct_excessive_bools, reason = "what its users said and want, each on its own")]
pub(crate) struct State {
    pub(crate) session: Session<SharedEntropy>,
    /// The events that wait to be taken.
    events: VecDeque<Event>,
    weight: usize,
    /// Messages are wanted (back-pressure).
    wanted: bool,
    /// The session was told to take none, for want of room or because none are wanted.
    held_back: bool,
    /// Nobody will ever take an event.
    pub(crate) deaf: bool,
    /// Nobody will ever give a command.
    pub(crate) ownerless: bool,
    /// The calls that somebody may still ask for, with their results.
    calls: BTreeMap<CallId, Option<Result<(), Error>>>,
    transports: Vec<Transport>,
    lookup: Option<(ConnectionId, Lookup)>,
    /// What was read and not told yet: events are taken one at a time, so that the answer to one can go out
    /// before the next is looked at.
    buffer: Option<ReceiveBuffer>,
    timer: Timer,
    armed: Option<Time>,
    budget: usize,
    waker: Waker,
}

/// What a drive came to.
#[derive(Clone, Copy, Default)]
pub(crate) struct Driven {
    /// Others may find what they wait for, or something to do.
    pub(crate) changed: bool,
    /// There is more to do, after others have had their time.
    pub(crate) more: bool,
}

impl State {
    pub(crate) fn new(session: Session<SharedEntropy>, bell: &Arc<Bell>) -> Self {
        Self {
            session,
            events: VecDeque::new(),
            weight: 0,
            wanted: true,
            held_back: false,
            deaf: false,
            ownerless: false,
            calls: BTreeMap::new(),
            transports: Vec::new(),
            lookup: None,
            buffer: None,
            timer: Timer::never(),
            armed: None,
            budget: READ_BUDGET,
            waker: Arc::clone(bell).into(),
        }
    }

    pub(crate) fn take_result(&mut self, call: CallId) -> Option<Result<(), Error>> {
        let result = self.calls.get_mut(&call)?.take()?;
        self.calls.remove(&call);
        Some(result)
    }

    pub(crate) fn forget(&mut self, call: CallId) {
        self.calls.remove(&call);
    }

    pub(crate) fn take_event(&mut self) -> Option<Event> {
        let place = if self.wanted {
            0
        } else {
            // Call results are told while messages are not wanted, and nothing else that is behind them.
            let is_message = |event: &Event| matches!(event, Event::Message { .. });
            let place = self.events.iter().position(|event| !is_message(event))?;
            let event = self.events.get(place)?;
            (place == 0 || matches!(event, Event::Settled { .. })).then_some(place)?
        };
        let event = self.events.remove(place)?;
        self.weight -= weight(&event);
        Some(event)
    }

    /// Gives back what was lent.
    pub(crate) fn release_buffer(&mut self, shared: &Shared) {
        if self.buffer.is_some() {
            let mut buffer = shared.lend(self.buffer.take());
            buffer.clear();
            shared.give_back(buffer);
        }
    }

    pub(crate) fn set_receiving(&mut self, wanted: bool) {
        self.wanted = wanted;
    }

    /// Gives the session a command. If the open connection is not open any more then, its messages that were not
    /// told yet never are (semantics T).
    pub(crate) fn command(&mut self, command: impl FnOnce(&mut Session<SharedEntropy>) -> CallId) -> CallId {
        let before = self.session.connection().filter(|_| self.session.phase() == Phase::Open);
        let call = command(&mut self.session);
        self.calls.insert(call, None);
        if let Some(before) = before
            && (self.session.phase() != Phase::Open || self.session.connection() != Some(before))
        {
            self.events
                .retain(|event| !matches!(event, Event::Message { connection, .. } if *connection == before));
            self.weight = self.events.iter().map(weight).sum();
        }
        call
    }

    /// The next event, if it is the close of `connection`.
    pub(crate) fn take_close(&mut self, connection: ConnectionId) -> Option<Event> {
        let next = self.events.front();
        let is_it = matches!(next, Some(Event::Close { connection: it, .. }) if *it == connection);
        is_it.then(|| self.take_event()).flatten()
    }

    /// Nobody will take events any more.
    pub(crate) fn stop_listening(&mut self) {
        self.deaf = true;
        self.events = VecDeque::new();
        self.weight = 0;
    }

    /// Does what can be done without waiting, until `look` finds something. If it does not, the bell rings when
    /// there is more to do.
    pub(crate) fn drive<T>(
        &mut self,
        shared: &Shared,
        bell: &Bell,
        look: &mut impl FnMut(&mut Self) -> Option<T>,
    ) -> (Option<T>, Driven) {
        let mut driven = Driven::default();
        match bell.answer() {
            Rung::Nothing if !self.held_back || !self.has_room() => return (None, driven),
            Rung::Nothing | Rung::Command => {}
            Rung::Called => self.transports.iter_mut().for_each(Transport::try_again),
        }
        if self.budget == 0 {
            self.budget = READ_BUDGET;
            bell.remain();
            driven.more = true;
            return (None, driven);
        }
        let mut buffer = shared.lend(self.buffer.take());
        let waker = self.waker.clone();
        let cx = &mut Context::from_waker(&waker);
        let found = 'drive: loop {
            let now = shared.now();
            self.session.handle_timeout(now);
            let mut worked = false;
            while self.tell(&mut buffer) {
                worked = true;
                if let Some(found) = look(self) {
                    break 'drive Some(found);
                }
            }
            worked |= self.act(shared);
            worked |= self.look_up(now, cx) | self.connect(now, cx) | self.write(now);
            worked |= self.read(now, &mut buffer);
            driven.changed |= worked;
            if worked {
                if let Some(found) = look(self) {
                    break Some(found);
                }
            } else if !self.register(now, shared, &mut buffer, cx) {
                break None;
            }
        };
        driven.more = found.is_none() && self.budget == 0;
        if found.is_some() || driven.more {
            driven.changed = true;
            bell.remain();
        }
        if found.is_none() || buffer.is_empty() || !shared.keep() {
            self.session.detach(&mut buffer);
            shared.give_back(buffer);
        } else {
            self.buffer = Some(buffer);
        }
        (found, driven)
    }

    /// Takes one event of the session, if there is one.
    fn tell(&mut self, buffer: &mut ReceiveBuffer) -> bool {
        if self.held_back == self.has_room() {
            self.held_back = !self.held_back;
            self.session.set_receiving(!self.held_back);
        }
        let Some(event) = self.session.poll_event(buffer) else { return false };
        if let core::Event::Settled { call, result } = &event
            && let Some(place) = self.calls.get_mut(call)
        {
            *place = Some(result.clone());
        }
        if !self.deaf {
            let event = Event::from(event);
            self.weight += weight(&event);
            self.events.push_back(event);
        }
        true
    }

    fn has_room(&self) -> bool {
        self.wanted && self.weight < WAITING
    }

    fn act(&mut self, shared: &Shared) -> bool {
        let mut acted = false;
        while let Some(action) = self.session.poll_action() {
            acted = true;
            match action {
                Action::Resolve { connection, host, port } => {
                    let resolve = Arc::clone(&shared.resolve);
                    // Whoever waited for an earlier one has been replaced.
                    self.lookup = Some((connection, blocking::unblock(move || resolve(&host, port))));
                }
                Action::Dial { transport, address } => {
                    self.transports.push(Transport::dial(transport, address));
                }
                Action::ShutdownWrite { transport } => {
                    if let Some(it) = self.transports.iter().find(|it| it.id == transport) {
                        it.shut_down_write();
                    }
                }
                Action::Release { transport } => self.release(transport),
            }
        }
        acted
    }

    fn release(&mut self, transport: TransportId) {
        self.transports.retain(|it| it.id != transport);
    }

    fn look_up(&mut self, now: Time, cx: &mut Context<'_>) -> bool {
        let Some((connection, lookup)) = &mut self.lookup else { return false };
        let Poll::Ready(answer) = Pin::new(lookup).poll(cx) else { return false };
        let answer = answer.map_err(|error| ResolveError::Failed(error.into()));
        self.session.handle_resolved(now, *connection, answer.as_deref().map_err(Clone::clone));
        self.lookup = None;
        true
    }

    fn connect(&mut self, now: Time, cx: &mut Context<'_>) -> bool {
        let mut connected = false;
        let session = &mut self.session;
        self.transports.retain_mut(|transport| match transport.poll_connect(cx) {
            Poll::Pending => true,
            Poll::Ready(Ok(())) => {
                connected = true;
                session.handle_connected(now, transport.id);
                true
            }
            Poll::Ready(Err(error)) => {
                connected = true;
                session.handle_connect_failed(now, transport.id, error.into());
                false
            }
        });
        connected
    }

    fn write(&mut self, now: Time) -> bool {
        let mut wrote = false;
        for transport in &mut self.transports {
            wrote |= transport.write(now, &mut self.session);
        }
        wrote
    }

    /// Reads from the first socket that has something, so that it is told before more is read.
    fn read(&mut self, now: Time, buffer: &mut ReceiveBuffer) -> bool {
        if self.budget == 0 {
            return false;
        }
        let mut reads = self.transports.iter_mut();
        let Some(count) = reads.find_map(|transport| transport.read(now, &mut self.session, buffer)) else {
            // Nothing is left to be read: others have their time now.
            self.budget = READ_BUDGET;
            return false;
        };
        self.budget = self.budget.saturating_sub(count);
        true
    }

    /// Nothing more can be done: whatever is waited for is told to call. Says whether it has come meanwhile.
    fn register(
        &mut self,
        now: Time,
        shared: &Shared,
        buffer: &mut ReceiveBuffer,
        cx: &mut Context<'_>,
    ) -> bool {
        let mut ready = false;
        for transport in &mut self.transports {
            ready |= transport.poll_ready(now, &mut self.session, buffer, cx);
        }
        self.armed = self.armed.filter(|at| *at > now);
        let Some((at, _)) = self.session.poll_timeout() else { return ready };
        if at <= now {
            return true;
        }
        // A timer that runs out too early is harmless and cheaper than one that is set anew with every message.
        if self.armed.is_none_or(|armed| at < armed)
            && let Some(instant) = shared.origin.checked_add(at.since(Time::ZERO))
        {
            self.timer.set_at(instant);
            ready |= Pin::new(&mut self.timer).poll(cx).is_ready();
            self.armed = Some(at);
        }
        ready
    }
}

/// What an event weighs while it waits. Only messages can be held back.
fn weight(event: &Event) -> usize {
    match event {
        Event::Message { message, .. } => message.as_bytes().len().saturating_add(PER_MESSAGE),
        Event::Settled { .. } | Event::Open { .. } | Event::Error { .. } | Event::Close { .. } => 0,
    }
}
