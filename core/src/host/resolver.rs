//! Names that are looked up on threads, for hosts whose resolver blocks.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::lookups::{Question, QuestionId};
use super::threads::Threads;
use crate::event::ResolveError;

/// Looks a host name up, in the order in which its addresses are to be preferred. Their ports do not matter; their
/// scopes are dialled with them. May block.
pub type Resolve = Arc<dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync>;

type Answer = Result<Vec<SocketAddr>, ResolveError>;

/// Names that wait for a thread, of all loops of a process: at most 128 threads are at work for them.
pub struct ResolverThreads(Mutex<Threads<Job>>);

/// What a thread is started for: see [`Resolver::look_up`].
pub struct ResolverWork(&'static ResolverThreads);

/// Answers the questions of one loop by a function that blocks, on threads that the host starts: at most 128 for all loops
/// that share [`ResolverThreads`]. Questions that are more than that wait. What a loop that was dropped still asked is not asked
/// any more, unless a thread is at it.
///
/// ```
/// use connect_socket_core::host::{Lookups, Resolver, ResolverThreads};
/// use connect_socket_core::{Action, Config, ConnectOptions, Session, Tape, Time};
/// use std::net::SocketAddr;
/// use std::sync::{Arc, mpsc};
/// use std::thread;
///
/// // What wakes this loop is a channel.
/// let (wake, woken) = mpsc::channel();
/// let resolve = Arc::new(|_: &str, port| Ok(vec![SocketAddr::from(([192, 0, 2, 1], port))]));
/// static THREADS: ResolverThreads = ResolverThreads::new();
/// let resolver = Resolver::new(&THREADS, resolve, move || wake.send(()).unwrap());
///
/// let mut session = Session::new(Config::default(), Tape::default());
/// let mut lookups = Lookups::new();
/// session.connect(Time::ZERO, &ConnectOptions::new("ws://echo.example"));
/// let Some(Action::Resolve { connection, host, port }) = session.poll_action() else { panic!() };
/// lookups.ask((), connection, host, port);
/// while let Some(question) = lookups.poll_question() {
///     resolver.look_up(question, |work| thread::Builder::new().spawn(|| work.run()).map(drop));
/// }
///
/// woken.recv().unwrap();
/// while let Some((question, answer)) = resolver.poll_answer() {
///     lookups.answer(question, answer);
/// }
/// assert!(lookups.poll_answer().unwrap().addresses.is_ok());
/// ```
pub struct Resolver {
    threads: &'static ResolverThreads,
    resolve: Resolve,
    asker: Arc<Asker>,
    answers: Receiver<(QuestionId, Answer)>,
}

/// What answers a loop.
struct Asker {
    wake: Box<dyn Fn() + Send + Sync>,
    answers: Sender<(QuestionId, Answer)>,
}

/// A question. No thread keeps the loop's end of it, so it is seen when that is gone.
struct Job {
    asker: Weak<Asker>,
    resolve: Resolve,
    question: Question,
}

impl Resolver {
    /// Asks `resolve` on `threads`. `wake` is called, on another thread, when there is an answer.
    pub fn new(
        threads: &'static ResolverThreads,
        resolve: Resolve,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let (sender, answers) = channel();
        Self { threads, resolve, asker: Arc::new(Asker { wake: Box::new(wake), answers: sender }), answers }
    }

    /// Asks `resolve` from now on.
    pub fn set_resolve(&mut self, resolve: Resolve) {
        self.resolve = resolve;
    }

    /// Looks a name up. Where one more thread is wanted for it, `start` is called once, and starts one that does the work
    /// it is given; if it cannot, that is the answer, unless other threads are left.
    pub fn look_up(&self, question: Question, start: impl FnOnce(ResolverWork) -> io::Result<()>) {
        let job = Job { asker: Arc::downgrade(&self.asker), resolve: Arc::clone(&self.resolve), question };
        let is_wanted = {
            let mut threads = self.threads.lock();
            threads.retain(Job::is_wanted);
            threads.push(job)
        };
        if is_wanted && let Err(error) = start(ResolverWork(self.threads)) {
            let error = ResolveError::Failed(error.into());
            let undone = self.threads.lock().not_started();
            for job in undone {
                job.answer(Err(error.clone()));
            }
        }
    }

    /// The next answer that is there.
    pub fn poll_answer(&self) -> Option<(QuestionId, Result<Vec<SocketAddr>, ResolveError>)> {
        self.answers.try_recv().ok()
    }
}

impl Job {
    fn is_wanted(&self) -> bool {
        self.asker.strong_count() > 0
    }

    fn answer(&self, answer: Answer) {
        if let Some(asker) = self.asker.upgrade() {
            // The other end is there as long as the asker is, or nobody waits.
            let _ = asker.answers.send((self.question.id, answer));
            (asker.wake)();
        }
    }
}

impl ResolverThreads {
    /// Without work.
    pub const fn new() -> Self {
        Self(Mutex::new(Threads::new()))
    }

    fn lock(&self) -> MutexGuard<'_, Threads<Job>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ResolverThreads {
    fn default() -> Self {
        Self::new()
    }
}

impl ResolverWork {
    /// Asks until there are no questions. This blocks: it is for a thread of its own.
    pub fn run(self) {
        let next = || self.0.lock().next();
        while let Some(job) = next() {
            if job.is_wanted() {
                job.answer(job.question.ask(|host, port| (job.resolve)(host, port)));
            }
        }
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}
