//! The names that a group's sockets want to look up: whose answer has come, and which tasks it wakes.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};
use std::task::Wake;

use super::runtime::Runtime;
use super::shared::Shared;
use super::sync::{Mutex, MutexGuard};
use super::waiters::Waiters;
use crate::event::ResolveError;
use crate::host::lookups::{Answer, Lookups, Question};
use crate::host::resolver::{Job, Resolve, ResolverThreads, ResolverWork};
use crate::ids::ConnectionId;

/// A host name that a [`Runtime`] has to look up. Answer it with [`ask`](Self::ask) or [`answer`](Self::answer), from
/// any thread. If you drop it without an answer, the look-up fails.
///
/// The sockets of a group share their look-ups. A name is looked up once for all sockets that want it, a name that no
/// socket wants any more is not looked up, and there are at most 80 look-ups at a time ([`Lookups`]).
pub struct LookUp<R: Runtime> {
    question: Question,
    /// None once it is answered.
    asker: Option<Arc<Shared<R>>>,
}

impl<R: Runtime> LookUp<R> {
    /// The name, in ASCII.
    pub fn host(&self) -> &str {
        &self.question.host
    }

    /// The port that will be dialled, for resolvers that want one.
    pub fn port(&self) -> u16 {
        self.question.port
    }

    /// Answers with what `resolver` returns. The resolver may block. If it panics, the look-up fails.
    pub fn ask(mut self, resolver: impl FnOnce(&str, u16) -> io::Result<Vec<SocketAddr>>) {
        let answer = self.question.ask(resolver);
        self.settle(answer);
    }

    /// Answers with what `resolve` returns, on `threads`, which all groups of a program should share: they have at most
    /// 128 threads in all, and further look-ups wait. If another thread is needed, it calls `start` once, which has to
    /// start a thread that runs the given work. If that fails and no other thread is left, the look-up fails.
    pub fn ask_on(
        self,
        threads: &'static ResolverThreads,
        resolve: Resolve,
        start: impl FnOnce(ResolverWork) -> io::Result<()>,
    ) {
        threads.add(Box::new(OfGroup { look_up: self, resolve }), start);
    }

    /// Answers with these addresses, the preferred one first. Their ports are ignored; their IPv6 scopes are kept.
    pub fn answer(mut self, answer: io::Result<Vec<SocketAddr>>) {
        self.settle(answer.map_err(|error| ResolveError::Failed(error.into())));
    }

    fn settle(&mut self, answer: Result<Vec<SocketAddr>, ResolveError>) {
        if let Some(shared) = self.asker.take() {
            shared.names.answer(&self.question, answer);
            shared.look_up();
        }
    }
}

impl<R: Runtime> Drop for LookUp<R> {
    fn drop(&mut self) {
        self.settle(Err(ResolveError::Failed(io::Error::other("the look-up was given up").into())));
    }
}

/// A look-up that waits for a thread.
struct OfGroup<R: Runtime> {
    look_up: LookUp<R>,
    resolve: Resolve,
}

impl<R: Runtime> Job for OfGroup<R> {
    /// Whether a socket of its group waits for any name: so nothing is asked for a group that is gone.
    fn is_wanted(&self) -> bool {
        self.look_up.asker.as_ref().is_some_and(|shared| !shared.names.lock().waiting.is_empty())
    }

    fn ask(self: Box<Self>) {
        let Self { look_up, resolve } = *self;
        look_up.ask(|host, port| resolve(host, port));
    }

    fn fail(self: Box<Self>, error: ResolveError) {
        let Self { mut look_up, resolve: _ } = *self;
        look_up.settle(Err(error));
    }
}

/// Identifies a socket of a group that wants names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Asker(u64);

/// The look-ups of a group.
#[derive(Default)]
pub(super) struct Names(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    lookups: Lookups<Asker>,
    /// The sockets that want a name or have not taken its answer yet.
    waiting: BTreeMap<Asker, Waiting>,
    last: u64,
    /// A task is handing questions to the runtime, and goes on until there are none.
    handing_out: bool,
}

struct Waiting {
    waiters: Arc<Waiters>,
    answer: Option<Answer<Asker>>,
}

impl Names {
    /// The id of a new socket.
    pub(super) fn asker(&self) -> Asker {
        let mut inner = self.lock();
        inner.last += 1;
        Asker(inner.last)
    }

    /// `asker` wants this name, and no earlier one. Its waiters are woken when the answer is there.
    pub(super) fn want(
        &self,
        asker: Asker,
        waiters: &Arc<Waiters>,
        connection: ConnectionId,
        host: Box<str>,
        port: u16,
    ) {
        let mut inner = self.lock();
        inner.lookups.ask(asker, connection, host, port);
        inner.waiting.insert(asker, Waiting { waiters: Arc::clone(waiters), answer: None });
    }

    /// `asker` no longer wants a name.
    pub(super) fn cancel(&self, asker: Asker) {
        let mut inner = self.lock();
        inner.lookups.cancel(asker);
        let cancelled = inner.waiting.remove(&asker);
        drop(inner);
        drop(cancelled);
    }

    /// The answer to what `asker` wants, once.
    pub(super) fn take_answer(&self, asker: Asker) -> Option<Answer<Asker>> {
        let mut inner = self.lock();
        let answer = inner.waiting.get_mut(&asker)?.answer.take()?;
        let taken = inner.waiting.remove(&asker);
        drop(inner);
        drop(taken);
        Some(answer)
    }

    pub(super) fn answer(&self, question: &Question, answer: Result<Vec<SocketAddr>, ResolveError>) {
        let mut woken = Vec::new();
        let mut inner = self.lock();
        let Inner { lookups, waiting, .. } = &mut *inner;
        lookups.answer(question.id, answer);
        while let Some(answer) = lookups.poll_answer() {
            if let Some(it) = waiting.get_mut(&answer.session) {
                it.answer = Some(answer);
                woken.push(Arc::clone(&it.waiters));
            }
        }
        drop(inner);
        // Not under the lock, because a waker may do anything.
        woken.iter().for_each(Wake::wake_by_ref);
    }

    /// Calls `look_up` with each name to look up now. While one task does that, later ones leave their names to it, so
    /// a runtime that answers at once is not called recursively.
    pub(super) fn hand_out(&self, mut look_up: impl FnMut(Question)) {
        /// Lets other tasks hand out again, even if the runtime panics.
        struct Ends<'n>(&'n Names);
        impl Drop for Ends<'_> {
            fn drop(&mut self) {
                self.0.lock().handing_out = false;
            }
        }
        if std::mem::replace(&mut self.lock().handing_out, true) {
            return;
        }
        let ends = Ends(self);
        loop {
            let mut inner = self.lock();
            let Some(question) = inner.lookups.poll_question() else {
                inner.handing_out = false;
                std::mem::forget(ends);
                return;
            };
            drop(inner);
            look_up(question);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R: Runtime> Shared<R> {
    /// Gives the runtime the names to look up now. It may answer at once, which wakes other tasks, so this must be
    /// called under no lock.
    pub(super) fn look_up(self: &Arc<Self>) {
        self.names.hand_out(|question| {
            self.runtime.look_up(LookUp { question, asker: Some(Arc::clone(self)) });
        });
    }
}
