//! Looks up names on threads, for hosts whose resolver blocks.

use std::cell::Cell;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::lookups::{Question, QuestionId};
use super::threads::Threads;
use crate::event::ResolveError;

/// Looks up a host name and returns its addresses, the preferred one first. Their ports are ignored; their IPv6 scopes
/// are kept. It may block.
pub type Resolve = Arc<dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync>;

type Answer = Result<Vec<SocketAddr>, ResolveError>;

/// The names of all loops of a process that wait for a thread. At most 128 threads work on them.
pub struct ResolverThreads(Mutex<Threads<Box<dyn Job>>>);

/// A question for a thread, and who gets its answer.
pub(super) trait Job: Send {
    /// Whether somebody still waits for the answer.
    fn is_wanted(&self) -> bool;
    /// Asks the resolver, which may block, and answers.
    fn ask(self: Box<Self>);
    /// Answers that there is no thread.
    fn fail(self: Box<Self>, error: ResolveError);
}

/// The work for a thread that the host has to start.
pub struct ResolverWork(&'static ResolverThreads);

/// Answers the questions of one loop with a blocking function, on threads that the host starts. All loops that share
/// [`ResolverThreads`] have at most 128 threads; further questions wait. The questions of a dropped loop are dropped,
/// unless a thread is already working on them.
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
    /// How many questions have no answer yet. A loop asks for answers with every turn, and mostly there are no questions.
    open: Cell<usize>,
}

/// The answering side of one loop.
struct Asker {
    wake: Box<dyn Fn() + Send + Sync>,
    answers: Sender<(QuestionId, Answer)>,
}

/// A question of a loop. It holds the loop only weakly, so a thread can see when the loop is gone.
struct OfLoop {
    asker: Weak<Asker>,
    resolve: Resolve,
    question: Question,
}

impl Resolver {
    /// Calls `resolve` on `threads`. When there is an answer, `wake` is called on another thread.
    pub fn new(
        threads: &'static ResolverThreads,
        resolve: Resolve,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let (sender, answers) = channel();
        let asker = Arc::new(Asker { wake: Box::new(wake), answers: sender });
        Self { threads, resolve, asker, answers, open: Cell::new(0) }
    }

    /// Uses `resolve` from now on.
    pub fn set_resolve(&mut self, resolve: Resolve) {
        self.resolve = resolve;
    }

    /// Looks up a name. If another thread is needed, it calls `start` once, which has to start a thread that runs the
    /// given work. If that fails and no other thread is left, the answer is the error.
    pub fn look_up(&self, question: Question, start: impl FnOnce(ResolverWork) -> io::Result<()>) {
        self.open.set(self.open.get() + 1);
        let asker = Arc::downgrade(&self.asker);
        self.threads.add(Box::new(OfLoop { asker, resolve: Arc::clone(&self.resolve), question }), start);
    }

    /// The next answer, if there is one.
    pub fn poll_answer(&self) -> Option<(QuestionId, Result<Vec<SocketAddr>, ResolveError>)> {
        let fewer = self.open.get().checked_sub(1)?;
        let answer = self.answers.try_recv().ok()?;
        self.open.set(fewer);
        Some(answer)
    }
}

impl Job for OfLoop {
    fn is_wanted(&self) -> bool {
        self.asker.strong_count() > 0
    }

    fn ask(self: Box<Self>) {
        self.answer(self.question.ask(|host, port| (self.resolve)(host, port)));
    }

    fn fail(self: Box<Self>, error: ResolveError) {
        self.answer(Err(error));
    }
}

impl OfLoop {
    fn answer(&self, answer: Answer) {
        if let Some(asker) = self.asker.upgrade() {
            // The receiver exists as long as the asker, or nothing waits for the answer.
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

    /// Adds a question. If that needs another thread, `start` is called once. What becomes of other questions meanwhile
    /// happens under no lock, because it may ask something anew.
    pub(super) fn add(&'static self, job: Box<dyn Job>, start: impl FnOnce(ResolverWork) -> io::Result<()>) {
        let mut threads = self.lock();
        let unwanted = threads.take_unwanted(|job| job.is_wanted());
        let starts = threads.push(job);
        drop(threads);
        drop(unwanted);
        if starts && let Err(error) = start(ResolverWork(self)) {
            let error = ResolveError::Failed(error.into());
            let undone = self.lock().not_started();
            for job in undone {
                job.fail(error.clone());
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Threads<Box<dyn Job>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ResolverThreads {
    fn default() -> Self {
        Self::new()
    }
}

impl ResolverWork {
    /// Answers questions until there are none. This blocks, so run it on a thread of its own.
    pub fn run(self) {
        let next = || self.0.lock().next();
        while let Some(job) = next() {
            if job.is_wanted() {
                job.ask();
            }
        }
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}
