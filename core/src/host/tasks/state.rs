//! The work of one socket: the loop of a session's host, as far as it goes without waiting.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::names::Asker;
use super::runtime::Runtime;
use super::shared::Shared;
use super::transport::TransportState;
use super::waiters::{Waiters, Woken};
use crate::config::Config;
use crate::entropy::SharedEntropy;
use crate::event::Action;
use crate::host::inbox::Inbox;
use crate::host::share::{Due, LINGERING, Share};
use crate::ids::CallId;
use crate::session::Session;
use crate::time::Time;
use crate::workspace::Workspace;

/// How often in a row a task may find something without waiting before other tasks of the thread get their time. It is
/// twice as often as tokio lets a task go on, because a message that is sent and its result count apart.
const POLLS: u16 = 256;

pub(super) struct State<R: Runtime> {
    pub(super) session: Session<SharedEntropy>,
    pub(super) inbox: Inbox,
    pub(super) commands: Commands,
    transports: Vec<TransportState<R>>,
    /// The id of this socket among those of its group that want names.
    asker: Asker,
    /// It wants one.
    asked: bool,
    /// Something that was read may not be reported yet. Events are taken one at a time, so that the answer to one can
    /// go out before the next is parsed.
    untold: bool,
    timer: R::Timer,
    /// When the timer runs out, or has.
    armed: Time,
    /// What is left of this turn. It ends when other tasks have their time.
    share: Share,
    polls: u16,
}

/// Whether a socket has been given commands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Commands {
    /// There was none yet, and there may be.
    Awaited,
    /// There was one, and there may be more.
    Given,
    /// No handle is left that could give one.
    Over,
}

/// The outcome of a drive.
#[derive(Clone, Copy, Default)]
pub(super) struct Driven {
    /// Others may find what they wait for, or something to do.
    pub(super) changed: bool,
    /// There is more to do, after others have had their time.
    pub(super) more: bool,
    /// The names that are wanted have changed. Call [`Shared::look_up`], under no lock.
    pub(super) names: bool,
}

impl<R: Runtime> State<R> {
    pub(super) fn new(shared: &Shared<R>, config: impl Into<Arc<Config>>) -> Self {
        Self {
            session: shared.session(config),
            inbox: Inbox::new(Inbox::DEFAULT_BOUND),
            commands: Commands::Awaited,
            transports: Vec::new(),
            asker: shared.names.asker(),
            asked: false,
            untold: false,
            timer: shared.runtime.timer(),
            armed: Time::ZERO,
            share: Share::WHOLE,
            polls: POLLS,
        }
    }

    /// Gives the session a command.
    pub(super) fn command(&mut self, command: impl FnOnce(&mut Session<SharedEntropy>) -> CallId) -> CallId {
        self.commands = Commands::Given;
        self.inbox.command(&mut self.session, command)
    }

    /// Whether nothing more can come without another command. False before the first command.
    pub(super) fn is_over(&self) -> bool {
        self.commands != Commands::Awaited && self.session.is_quiet()
    }

    /// Counts a poll; whether it is one too many in a row.
    pub(super) fn is_spent(&mut self) -> bool {
        let spent = self.polls == 0;
        self.polls = if spent { POLLS } else { self.polls - 1 };
        spent
    }

    /// Takes one event from what was read before, without any other work. Says whether there was one.
    pub(super) fn tell_kept(&mut self, shared: &Shared<R>) -> bool {
        if !self.untold {
            return false;
        }
        if self.inbox.pull_at_hand(&mut self.session) {
            return true;
        }
        let mut work = shared.lend();
        self.untold = self.inbox.pull(&mut self.session, &mut work);
        self.session.shrink(&mut work);
        shared.give_back(work);
        self.untold
    }

    /// Does what can be done without waiting, until `look` finds something. If it finds nothing, the waiting tasks are
    /// woken when there is more to do.
    pub(super) fn drive<T>(
        &mut self,
        shared: &Shared<R>,
        waiters: &Arc<Waiters>,
        look: &mut impl FnMut(&mut Self) -> Option<T>,
    ) -> (Option<T>, Driven) {
        let called = match waiters.take_cause() {
            Woken::Nothing if !self.inbox.can_resume() => return (None, Driven::default()),
            Woken::Nothing | Woken::Command => false,
            Woken::Called => true,
        };
        let mut work = shared.lend();
        let (found, driven) = self.work(called, shared, waiters, &mut work, look);
        if found.is_some() || driven.more {
            waiters.remain();
        }
        if found.is_none() {
            self.share = Share::WHOLE;
            self.inbox.give_back();
            self.polls = POLLS;
        }
        self.untold = found.is_some();
        self.session.shrink(&mut work);
        shared.give_back(work);
        (found, driven)
    }

    /// The work itself, in its order. What is found ends it, and so does the end of the share.
    fn work<T>(
        &mut self,
        called: bool,
        shared: &Shared<R>,
        waiters: &Arc<Waiters>,
        work: &mut Workspace,
        look: &mut impl FnMut(&mut Self) -> Option<T>,
    ) -> (Option<T>, Driven) {
        let waker = Waker::from(Arc::clone(waiters));
        let cx = &mut Context::from_waker(&waker);
        let mut driven = Driven::default();
        // A read was tried since a timer was found to be due.
        let mut looked = false;
        let mut now = shared.runtime.now();
        if called {
            // The runtime is asked which of its sockets it has called for. It would report the same call again to whoever
            // only tries, and that costs a read in vain.
            self.poll_ready(now, cx);
        }
        // The answer to what was found last goes out before the next frame, which may end the connection, is parsed.
        let mut worked = self.write(now, work);
        loop {
            while self.share.events > 0 && self.inbox.pull(&mut self.session, work) {
                self.share.events -= 1;
                worked = true;
                if let Some(found) = look(self) {
                    return (Some(found), Driven { changed: true, ..driven });
                }
            }
            if self.share.events == 0 {
                return (None, Driven { changed: true, more: true, ..driven });
            }
            worked |= self.act(shared, waiters, &mut driven);
            worked |= self.take_name(now, shared) | self.connect(now, cx);
            worked |= self.write(now, work) | self.read(now, work);
            worked |= self.time_out(now, &mut looked);
            driven.changed |= worked;
            if worked {
                if let Some(found) = look(self) {
                    return (Some(found), driven);
                }
            } else if self.is_owed(now) {
                return (None, Driven { changed: true, more: true, ..driven });
            } else if !self.register(now, shared, cx) {
                return (None, driven);
            }
            // Some of the work takes long, such as the keys of a handshake.
            now = shared.runtime.now();
            worked = false;
        }
    }

    /// Carries out what the session wants done.
    fn act(&mut self, shared: &Shared<R>, waiters: &Arc<Waiters>, driven: &mut Driven) -> bool {
        let mut acted = false;
        while let Some(action) = self.session.poll_action() {
            acted = true;
            match action {
                Action::Resolve { connection, host, port } => {
                    (self.asked, driven.names) = (true, true);
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
        driven.names |= self.tidy_names(shared);
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

    fn write(&mut self, now: Time, work: &mut Workspace) -> bool {
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
    fn time_out(&mut self, now: Time, looked: &mut bool) -> bool {
        match self.share.due(self.session.poll_timeout(), now, looked) {
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

    /// Whether something was left undone because the share was used up.
    fn is_owed(&self, now: Time) -> bool {
        let is_due = self.session.poll_timeout().is_some_and(|(at, _)| at <= now);
        is_due || self.transports.iter().any(|transport| transport.is_worth_a_try(&self.session))
    }

    /// Asks the runtime which sockets are ready of those that are waited for. It calls when one of the others is.
    fn poll_ready(&mut self, now: Time, cx: &mut Context<'_>) -> bool {
        let Self { session, transports, .. } = self;
        transports.iter_mut().fold(false, |ready, transport| ready | transport.poll_ready(now, session, cx))
    }

    /// Nothing more can be done, so everything that is waited for is asked to wake the tasks. Says whether something
    /// has become ready meanwhile.
    fn register(&mut self, now: Time, shared: &Shared<R>, cx: &mut Context<'_>) -> bool {
        let mut ready = self.poll_ready(now, cx);
        let Some((at, _)) = self.session.poll_timeout() else { return ready };
        if at <= now {
            return true;
        }
        // A timer that fires too early is harmless, and cheaper than setting it again with every message.
        if at < self.armed || self.armed <= now {
            ready |= shared.runtime.poll_timer(&mut self.timer, at, cx).is_ready();
            self.armed = at;
        }
        ready
    }
}
