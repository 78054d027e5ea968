//! The host of one session on a runtime: its sockets, its timer, the name that it waits for, and what is left of its
//! turn. Whoever drives it decides when to go on.

use std::sync::Arc;
use std::task::{Context, Poll};

use super::names::Asker;
use super::runtime::Runtime;
use super::shared::Shared;
use super::transport::TransportState;
use super::waiters::Waiters;
use crate::config::Config;
use crate::entropy::SharedEntropy;
use crate::event::{Action, Reason};
use crate::host::share::{Due, LINGERING, Share};
use crate::session::Session;
use crate::time::Time;
use crate::workspace::Workspace;

pub(super) struct Host<R: Runtime> {
    pub(super) session: Session<SharedEntropy>,
    transports: Vec<TransportState<R>>,
    /// The id of this session among those of its group that want names.
    asker: Asker,
    /// It wants one.
    asked: bool,
    timer: R::Timer,
    /// When the timer runs out, or has.
    armed: Time,
    /// What is left of this turn. It ends when other tasks have their time.
    pub(super) share: Share,
}

/// One drive of a host, from step to step.
#[derive(Clone, Copy, Default)]
pub(super) struct Drive {
    /// A read was tried since a timer was found to be due.
    looked: bool,
    /// The names that are wanted have changed. Call [`Shared::look_up`], under no lock.
    pub(super) names: bool,
}

/// What a step came to.
pub(super) enum Step {
    /// Something was done, so there may be an event, or more to do.
    Worked,
    /// There is nothing to do without waiting. It ends at this time at the latest.
    Idle(Option<Time>),
}

impl<R: Runtime> Host<R> {
    pub(super) fn new(shared: &Shared<R>, config: impl Into<Arc<Config>>) -> Self {
        Self {
            session: shared.session(config),
            transports: Vec::new(),
            asker: shared.names.asker(),
            asked: false,
            timer: shared.runtime.timer(),
            armed: Time::ZERO,
            share: Share::WHOLE,
        }
    }

    /// Does everything once that can be done without waiting, except to take events.
    pub(super) fn advance(
        &mut self,
        now: Time,
        drive: &mut Drive,
        shared: &Shared<R>,
        waiters: &Arc<Waiters>,
        work: &mut Workspace,
        cx: &mut Context<'_>,
    ) -> Step {
        let mut worked = self.act(shared, waiters, drive);
        worked |= self.take_name(now, shared) | self.connect(now, cx);
        worked |= self.write(now, work) | self.read(now, work);
        let deadline = self.session.poll_timeout();
        worked |= self.time_out(deadline, now, &mut drive.looked);
        if worked { Step::Worked } else { Step::Idle(deadline.map(|(at, _)| at)) }
    }

    /// Carries out what the session wants done.
    fn act(&mut self, shared: &Shared<R>, waiters: &Arc<Waiters>, drive: &mut Drive) -> bool {
        let mut acted = false;
        while let Some(action) = self.session.poll_action() {
            acted = true;
            match action {
                Action::Resolve { connection, host, port } => {
                    (self.asked, drive.names) = (true, true);
                    shared.names.want(self.asker, waiters, connection, host, port);
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
        drive.names |= self.tidy_names(shared);
        acted
    }

    /// A name for which this socket no longer waits stops counting. Says whether there was one.
    pub(super) fn tidy_names(&mut self, shared: &Shared<R>) -> bool {
        !self.session.awaits_name() && self.forget_name(shared)
    }

    /// This socket wants no name any more. Says whether it wanted one.
    pub(super) fn forget_name(&mut self, shared: &Shared<R>) -> bool {
        let asked = std::mem::take(&mut self.asked);
        if asked {
            shared.names.cancel(self.asker);
        }
        asked
    }

    fn take_name(&mut self, now: Time, shared: &Shared<R>) -> bool {
        if !self.asked {
            return false;
        }
        let Some(answer) = shared.names.take_answer(self.asker) else { return false };
        self.asked = false;
        self.session.handle_resolved(
            now,
            answer.connection,
            answer.addresses.as_deref().map_err(Clone::clone),
        );
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

    pub(super) fn write(&mut self, now: Time, work: &mut Workspace) -> bool {
        let Self { session, transports, share, .. } = self;
        let mut wrote = false;
        for transport in transports {
            if let Some(written) = transport.write(share.written, now, session, work) {
                share.written = share.written.saturating_sub(written);
                wrote = true;
            }
        }
        wrote
    }

    /// Reads from the socket of the connection, and once in a turn from those of ended connections, from which nothing
    /// is reported.
    fn read(&mut self, now: Time, work: &mut Workspace) -> bool {
        let Self { session, transports, share, .. } = self;
        let current = session.transport();
        let lingering = std::mem::take(&mut share.lingering);
        let mut moved = false;
        for transport in transports {
            if Some(transport.id()) != current {
                moved |= lingering && transport.read(LINGERING, now, session, work).is_some();
            } else if share.read > 0
                && let Some(count) = transport.read(usize::MAX, now, session, work)
            {
                share.read = share.read.saturating_sub(count);
                moved = true;
            }
        }
        moved
    }

    /// Handles the timers that are due. Says whether that may have made events.
    fn time_out(&mut self, deadline: Option<(Time, Reason)>, now: Time, looked: &mut bool) -> bool {
        match self.share.due(deadline, now, looked) {
            Due::Nothing => return false,
            Due::Read => {
                let current = self.session.transport();
                let socket = self.transports.iter_mut().find(|it| Some(it.id()) == current);
                socket.into_iter().for_each(TransportState::try_again);
            }
            Due::Timeout => self.session.handle_timeout(now),
        }
        true
    }

    /// If the connection waits to read, and something is left of its share, tries it without asking the runtime. Says
    /// whether there was anything. If not, it still waits.
    pub(super) fn read_again(&mut self, now: Time, work: &mut Workspace) -> bool {
        let Self { session, transports, share, .. } = self;
        let current = session.transport();
        let socket = transports.iter_mut().find(|it| Some(it.id()) == current);
        share.read > 0 && socket.is_some_and(|socket| socket.try_read_again(session)) && self.read(now, work)
    }

    /// Whether something was left undone because the share was used up. `deadline` is the one of a step that was idle.
    pub(super) fn is_owed(&self, now: Time, deadline: Option<Time>) -> bool {
        let is_due = deadline.is_some_and(|at| at <= now);
        is_due || self.transports.iter().any(|transport| transport.is_worth_a_try(&self.session))
    }

    /// Asks the runtime which sockets are ready of those that are waited for. It calls when one of the others is.
    pub(super) fn poll_ready(&mut self, now: Time, cx: &mut Context<'_>) -> bool {
        let Self { session, transports, .. } = self;
        transports.iter_mut().fold(false, |ready, transport| ready | transport.poll_ready(now, session, cx))
    }

    /// The timer is set again when it is needed, and wakes whoever asks for it then.
    pub(super) fn disarm(&mut self) {
        self.armed = Time::ZERO;
    }

    /// Nothing more can be done before `deadline`, so everything that is waited for is asked to wake the tasks. Says
    /// whether something has become ready meanwhile.
    pub(super) fn register(
        &mut self,
        now: Time,
        deadline: Option<Time>,
        shared: &Shared<R>,
        cx: &mut Context<'_>,
    ) -> bool {
        debug_assert!(!self.is_owed(now, deadline), "what may be done at once is not waited for");
        let mut ready = self.poll_ready(now, cx);
        let Some(at) = deadline else { return ready };
        // A timer that fires too early is harmless, and cheaper than setting it again with every message.
        if at < self.armed || self.armed <= now {
            ready |= shared.runtime.poll_timer(&mut self.timer, at, cx).is_ready();
            self.armed = at;
        }
        ready
    }
}
