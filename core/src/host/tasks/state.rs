//! The work of one socket: the loop that every host of a session writes, as far as it goes without waiting.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::bell::{Bell, Rung};
use super::runtime::Runtime;
use super::shared::Shared;
use super::transport::TransportState;
use crate::entropy::SharedEntropy;
use crate::event::{Action, ResolveError};
use crate::host::inbox::Inbox;
use crate::ids::{CallId, ConnectionId};
use crate::session::Session;
use crate::time::Time;
use crate::workspace::Workspace;

/// So much is read between two pauses, so that a socket that is never empty leaves other tasks their time.
const READ_BUDGET: u32 = 512 * 1024;

/// So often may somebody find something without waiting, until other tasks of the thread have had their time: as often as
/// tokio lets a task go on.
const POLLS: u8 = 128;

pub(super) struct State<R: Runtime> {
    pub(super) session: Session<SharedEntropy>,
    pub(super) inbox: Inbox,
    /// Nobody will ever give a command.
    pub(super) ownerless: bool,
    transports: Vec<TransportState<R>>,
    lookup: Option<(ConnectionId, R::Lookup)>,
    /// Something of what was read may not be told yet: events are taken one at a time, so that the answer to one can go
    /// out before the next is looked at.
    untold: bool,
    timer: R::Timer,
    /// When the timer runs out, or has.
    armed: Time,
    budget: u32,
    polls: u8,
}

/// What a drive came to.
#[derive(Clone, Copy, Default)]
pub(super) struct Driven {
    /// Others may find what they wait for, or something to do.
    pub(super) changed: bool,
    /// There is more to do, after others have had their time.
    pub(super) more: bool,
}

impl<R: Runtime> State<R> {
    pub(super) fn new(session: Session<SharedEntropy>, timer: R::Timer) -> Self {
        Self {
            session,
            inbox: Inbox::new(Inbox::DEFAULT_BOUND),
            ownerless: false,
            transports: Vec::new(),
            lookup: None,
            untold: false,
            timer,
            armed: Time::ZERO,
            budget: READ_BUDGET,
            polls: POLLS,
        }
    }

    /// Gives the session a command.
    pub(super) fn command(&mut self, command: impl FnOnce(&mut Session<SharedEntropy>) -> CallId) -> CallId {
        self.inbox.command(&mut self.session, command)
    }

    /// Counts a poll; whether it is one too many in a row.
    pub(super) fn is_spent(&mut self) -> bool {
        let spent = self.polls == 0;
        self.polls = if spent { POLLS } else { self.polls - 1 };
        spent
    }

    /// Takes one event of what was read before, which needs no more than that. Says whether there was one.
    pub(super) fn tell_kept(&mut self, shared: &Shared<R>) -> bool {
        if !self.untold {
            return false;
        }
        let mut work = shared.lend();
        self.untold = self.inbox.pull(&mut self.session, &mut work);
        self.session.shrink(&mut work);
        shared.give_back(work);
        self.untold
    }

    /// Does what can be done without waiting, until `look` finds something. If it does not, the bell rings when
    /// there is more to do.
    pub(super) fn drive<T>(
        &mut self,
        shared: &Shared<R>,
        bell: &Arc<Bell>,
        look: &mut impl FnMut(&mut Self) -> Option<T>,
    ) -> (Option<T>, Driven) {
        let mut driven = Driven::default();
        match bell.answer() {
            Rung::Nothing if !self.inbox.can_resume() => return (None, driven),
            Rung::Nothing | Rung::Command => {}
            Rung::Called => self.transports.iter_mut().for_each(TransportState::try_again),
        }
        if self.budget == 0 {
            self.budget = READ_BUDGET;
            bell.remain();
            return (None, Driven { changed: true, more: true });
        }
        let mut work = shared.lend();
        let waker = Waker::from(Arc::clone(bell));
        let cx = &mut Context::from_waker(&waker);
        let found = 'drive: loop {
            let now = shared.runtime.now();
            // A reply leaves before the next frame is looked at, which may be a reason to drop it.
            let mut worked = self.write(now, &mut work);
            while self.inbox.pull(&mut self.session, &mut work) {
                worked = true;
                if let Some(found) = look(self) {
                    break 'drive Some(found);
                }
            }
            worked |= self.act(shared);
            worked |= self.look_up(now, cx) | self.connect(now, cx) | self.write(now, &mut work);
            worked |= self.read(now, &mut work);
            // Behind what was read: it may be what a timer waits for (semantics F8).
            if self.session.poll_timeout().is_some_and(|(at, _)| at <= now) {
                self.session.handle_timeout(now);
                worked = true;
            }
            driven.changed |= worked;
            if worked {
                if let Some(found) = look(self) {
                    break Some(found);
                }
            } else if !self.register(now, shared, cx) {
                break None;
            }
        };
        driven.more = found.is_none() && self.budget == 0;
        if found.is_some() || driven.more {
            driven.changed = true;
            bell.remain();
        }
        if found.is_none() {
            self.inbox.give_back();
            self.polls = POLLS;
        }
        self.untold = found.is_some();
        self.session.shrink(&mut work);
        shared.give_back(work);
        (found, driven)
    }

    fn act(&mut self, shared: &Shared<R>) -> bool {
        let mut acted = false;
        while let Some(action) = self.session.poll_action() {
            acted = true;
            match action {
                Action::Resolve { connection, host, port } => {
                    // Whoever waited for an earlier one has been replaced.
                    self.lookup = Some((connection, shared.runtime.look_up(host, port)));
                }
                Action::Dial { transport, address } => {
                    // Mostly there is no second.
                    self.transports.reserve_exact(1);
                    self.transports.push(TransportState::Dialling(transport, shared.runtime.dial(address)));
                }
                Action::ShutdownWrite { transport } => {
                    if let Some(it) = self.transports.iter_mut().find(|it| it.id() == transport) {
                        it.shut_down_write();
                    }
                }
                Action::Release { transport } => self.transports.retain(|it| it.id() != transport),
            }
        }
        acted
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
                session.handle_connected(now, transport.id());
                true
            }
            Poll::Ready(Err(error)) => {
                connected = true;
                session.handle_connect_failed(now, transport.id(), error.into());
                false
            }
        });
        connected
    }

    fn write(&mut self, now: Time, work: &mut Workspace) -> bool {
        let mut wrote = false;
        for transport in &mut self.transports {
            wrote |= transport.write(now, &mut self.session, work);
        }
        wrote
    }

    /// Reads from the first socket that has something, so that it is told before more is read.
    fn read(&mut self, now: Time, work: &mut Workspace) -> bool {
        if self.budget == 0 {
            return false;
        }
        let mut reads = self.transports.iter_mut();
        let Some(count) = reads.find_map(|transport| transport.read(now, &mut self.session, work)) else {
            // Nothing is left to be read: others have their time now.
            self.budget = READ_BUDGET;
            return false;
        };
        self.budget = self.budget.saturating_sub(u32::try_from(count).unwrap_or(u32::MAX));
        true
    }

    /// Nothing more can be done: whatever is waited for is told to call. Says whether it has come meanwhile.
    fn register(&mut self, now: Time, shared: &Shared<R>, cx: &mut Context<'_>) -> bool {
        let mut ready = false;
        for transport in &mut self.transports {
            ready |= transport.poll_ready(now, &mut self.session, cx);
        }
        let Some((at, _)) = self.session.poll_timeout() else { return ready };
        if at <= now {
            return true;
        }
        // A timer that runs out too early is harmless and cheaper than one that is set anew with every message.
        if at < self.armed || self.armed <= now {
            ready |= shared.runtime.poll_timer(&mut self.timer, at, cx).is_ready();
            self.armed = at;
        }
        ready
    }
}
