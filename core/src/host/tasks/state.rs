//! The work of one socket: the loop of a session's host, as far as it goes without waiting.

use std::sync::Arc;
use std::task::{Context, Waker};

use super::host::{Drive, Host, Step};
use super::runtime::Runtime;
use super::shared::Shared;
use super::waiters::{Waiters, Woken};
use crate::config::Config;
use crate::entropy::SharedEntropy;
use crate::host::inbox::Inbox;
use crate::host::share::Share;
use crate::ids::CallId;
use crate::session::Session;
use crate::workspace::Workspace;

/// How often in a row a task may find something without waiting before other tasks of the thread get their time. It is
/// twice as often as tokio lets a task go on, because a message that is sent and its result count apart.
const POLLS: u16 = 256;

pub(super) struct State<R: Runtime> {
    pub(super) host: Host<R>,
    pub(super) inbox: Inbox,
    pub(super) commands: Commands,
    /// Something that was read may not be reported yet. Events are taken one at a time, so that the answer to one can
    /// go out before the next is parsed.
    untold: bool,
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
    /// There is more to do, after others have had their time.
    pub(super) more: bool,
    /// The names that are wanted have changed. Call [`Shared::look_up`], under no lock.
    pub(super) names: bool,
}

impl<R: Runtime> State<R> {
    pub(super) fn new(shared: &Shared<R>, config: impl Into<Arc<Config>>) -> Self {
        Self {
            host: Host::new(shared, config),
            inbox: Inbox::new(Inbox::DEFAULT_BOUND),
            commands: Commands::Awaited,
            untold: false,
            polls: POLLS,
        }
    }

    /// Gives the session a command.
    pub(super) fn command(&mut self, command: impl FnOnce(&mut Session<SharedEntropy>) -> CallId) -> CallId {
        self.commands = Commands::Given;
        self.inbox.command(&mut self.host.session, command)
    }

    /// Whether nothing more can come without another command. False before the first command.
    pub(super) fn is_over(&self) -> bool {
        self.commands != Commands::Awaited && self.host.session.is_quiet()
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
        if self.inbox.pull_at_hand(&mut self.host.session) {
            return true;
        }
        let mut work = shared.lend();
        self.untold = self.inbox.pull(&mut self.host.session, &mut work);
        self.host.session.shrink(&mut work);
        shared.give_back(work);
        self.untold
    }

    /// Does what can be done without waiting, until `look` finds something. If it finds nothing, the waiting tasks are
    /// woken when there is more to do.
    pub(super) fn drive<T>(
        &mut self,
        woken: Woken,
        shared: &Shared<R>,
        waiters: &Arc<Waiters>,
        look: &mut impl FnMut(&mut Self) -> Option<T>,
    ) -> (Option<T>, Driven) {
        let called = match woken {
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
            self.host.share = Share::WHOLE;
            self.inbox.give_back();
            self.polls = POLLS;
        }
        self.untold = found.is_some();
        self.host.session.shrink(&mut work);
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
        let mut drive = Drive::default();
        let driven = |drive: Drive, more| Driven { more, names: drive.names };
        let mut now = shared.runtime.now();
        if called {
            // The runtime is asked which of its sockets it has called for. It would report the same call again to whoever
            // only tries, and that costs a read in vain.
            self.host.poll_ready(now, cx);
        }
        // The answer to what was found last goes out before the next frame, which may end the connection, is parsed.
        let mut worked = self.host.write(now, work);
        let mut is_first = true;
        loop {
            while self.host.share.events > 0 && self.inbox.pull(&mut self.host.session, work) {
                self.host.share.events -= 1;
                worked = true;
                if let Some(found) = look(self) {
                    return (Some(found), driven(drive, false));
                }
            }
            if self.host.share.events == 0 {
                return (None, driven(drive, true));
            }
            if !is_first {
                // Some of the work takes long, such as the keys of a handshake.
                now = shared.runtime.now();
            }
            let step = self.host.advance(now, &mut drive, shared, waiters, work, cx);
            worked |= matches!(step, Step::Worked);
            if worked && let Some(found) = look(self) {
                return (Some(found), driven(drive, false));
            }
            if let Step::Idle(deadline) = step {
                if self.host.is_owed(now, deadline) {
                    return (None, driven(drive, true));
                }
                if !self.host.register(now, deadline, shared, cx) {
                    return (None, driven(drive, false));
                }
            }
            (worked, is_first) = (false, false);
        }
    }
}
