//! Host names of many sessions: which one to look up now, and whom an answer is for.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::event::ResolveError;
use crate::ids::ConnectionId;

/// So many names that somebody waits for are looked up at once. Each takes a thread of the host's, which sleeps most of
/// the time, and few programs talk to more servers than that at once.
const MOST_AWAITED: usize = 16;

/// So many more may hang although nobody waits for them any more: the shares of four sessions whose names all hang.
const MOST_ABANDONED: usize = 64;

/// So many of these may be of one session, whose next name then waits for one of them. A resolver cannot be interrupted
/// and gives up after half a minute or so: in that time it is a new name every two seconds.
const MOST_ABANDONED_BY_ONE: usize = 16;

/// The host names that sessions want to have looked up, for a host that has many sessions and one resolver.
///
/// Sessions ask and cancel. The host takes questions with [`poll_question`](Self::poll_question), has each of them
/// answered by a resolver on a thread, or in whichever way it likes, and brings the [`answer`](Self::answer); then
/// [`poll_answer`](Self::poll_answer) says whom it is for. A question that was taken must be answered, by an error where
/// the thread could not be started: it counts until it is.
///
/// - A session that asks for a name and port that are being looked up waits for the same answer.
/// - A session has at most one question, as it has at most one connection that wants a name. A newer one takes the place
///   of the older ([T](crate::rules#t): a new connection does not wait for the name of an old one), and its turn.
/// - Sessions take turns, so one that asks again and again delays no other.
/// - What nobody waits for any more is not asked.
/// - At most 16 questions that somebody waits for are asked at once. Those that nobody waits for any more, because their
///   connections ended, do not count there: up to 64 of them may hang, 16 of them of one session, and further ones count
///   like the others. So there are never more than 80.
///
/// `K` names a session. Memory is what is asked now; nothing is kept of answers that were given.
///
/// ```
/// use connect_socket_core::host::Lookups;
/// use connect_socket_core::{Action, Config, ConnectOptions, Session, Tape, Time};
/// use std::net::SocketAddr;
///
/// let mut sessions = [(); 2].map(|()| Session::new(Config::default(), Tape::default()));
/// let mut lookups = Lookups::new();
/// for (key, session) in sessions.iter_mut().enumerate() {
///     session.connect(Time::ZERO, &ConnectOptions::new("ws://echo.example"));
///     if let Some(Action::Resolve { connection, host, port }) = session.poll_action() {
///         lookups.ask(key, connection, host, port);
///     }
/// }
///
/// let question = lookups.poll_question().expect("a name that nobody looks up yet");
/// assert_eq!((&*question.host, question.port), ("echo.example", 80));
/// assert!(lookups.poll_question().is_none(), "both wait for the same name");
///
/// // On a thread of the host's, which brings back the answer:
/// let answer = question.ask(|_host, port| Ok(vec![SocketAddr::from(([192, 0, 2, 1], port))]));
///
/// lookups.answer(question.id, answer);
/// while let Some(answer) = lookups.poll_answer() {
///     // Report it to the session with `handle_resolved`.
///     assert_eq!(Some(answer.connection), sessions[answer.session].connection());
///     assert_eq!(answer.addresses.expect("a good answer").len(), 1);
/// }
/// ```
#[derive(Debug)]
pub struct Lookups<K> {
    /// The sessions that wait. `sessions[k].question` is in `questions`, and `k` is in its `waiting`.
    sessions: BTreeMap<K, Wait>,
    /// Every question that somebody waits for or that is asked.
    questions: BTreeMap<QuestionId, Entry<K>>,
    /// The questions that are not answered, by their names.
    names: BTreeMap<Name, QuestionId>,
    /// Whose turn it is to have its question asked. `turns[t] == k` exactly where `sessions[k].turn == Some(t)`.
    turns: BTreeMap<u64, K>,
    /// The questions that are answered. Somebody waits for each.
    answered: BTreeSet<QuestionId>,
    /// The questions that are asked and that nobody waits for, with the sessions whose turns they took.
    abandoned: BTreeMap<QuestionId, K>,
    /// `asked == questions.filter(state is Asked).count()`, the abandoned ones included.
    asked: usize,
    last_question: u64,
    last_turn: u64,
}

/// Names a question of a [`Lookups`]. It is never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuestionId(u64);

/// A name to be looked up now.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Question {
    /// What the answer is brought with.
    pub id: QuestionId,
    /// The name, in ASCII.
    pub host: Arc<str>,
    /// The port that will be dialled; resolvers that want one may use it.
    pub port: u16,
}

/// An answer, and whom it is for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer<K> {
    /// The session.
    pub session: K,
    /// Its connection that asked. It may have ended since: [`handle_resolved`](crate::Session::handle_resolved) sees to
    /// that ([G1](crate::rules#g1)).
    pub connection: ConnectionId,
    /// What the resolver said, in its order. All that wait for the name share it.
    pub addresses: Result<Arc<[SocketAddr]>, ResolveError>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    host: Arc<str>,
    port: u16,
}

/// A session that waits.
#[derive(Debug)]
struct Wait {
    connection: ConnectionId,
    question: QuestionId,
    /// When it is its turn; none once its question is asked.
    turn: Option<u64>,
}

#[derive(Debug)]
struct Entry<K> {
    name: Name,
    /// The sessions that wait for the answer. It is empty only where the state is `Asked`.
    waiting: BTreeSet<K>,
    state: State<K>,
}

#[derive(Debug)]
enum State<K> {
    Waiting,
    /// It was asked in the turn of this session.
    Asked(K),
    Answered(Result<Arc<[SocketAddr]>, ResolveError>),
}

impl Question {
    /// Asks `resolver`, which may block, and gives what [`Lookups::answer`] wants. A resolver that panics has answered,
    /// too, with an error: otherwise its question would count for ever.
    pub fn ask(
        &self,
        resolver: impl FnOnce(&str, u16) -> io::Result<Vec<SocketAddr>>,
    ) -> Result<Vec<SocketAddr>, ResolveError> {
        #[cfg(feature = "tracing")]
        tracing::debug!(host = &*self.host, port = self.port, "look up");
        // What a panic leaves half done is the resolver's own.
        let answer = catch_unwind(AssertUnwindSafe(|| resolver(&self.host, self.port)))
            .unwrap_or_else(|_| Err(io::Error::other("the resolver panicked")));
        #[cfg(feature = "tracing")]
        match &answer {
            Ok(addresses) => tracing::debug!(host = &*self.host, ?addresses, "looked up"),
            Err(error) => tracing::debug!(host = &*self.host, %error, "not looked up"),
        }
        answer.map_err(|error| ResolveError::Failed(error.into()))
    }
}

impl<K> Lookups<K> {
    /// Without a question.
    pub const fn new() -> Self {
        Self {
            sessions: BTreeMap::new(),
            questions: BTreeMap::new(),
            names: BTreeMap::new(),
            turns: BTreeMap::new(),
            answered: BTreeSet::new(),
            abandoned: BTreeMap::new(),
            asked: 0,
            last_question: 0,
            last_turn: 0,
        }
    }
}

impl<K> Default for Lookups<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Copy + Ord> Lookups<K> {
    /// A session wants an answer ([`Action::Resolve`](crate::Action::Resolve)), and none to what it asked before.
    pub fn ask(&mut self, session: K, connection: ConnectionId, host: impl Into<Arc<str>>, port: u16) {
        let turn = self.leave(session);
        let name = Name { host: host.into(), port };
        let question = *self.names.entry(name.clone()).or_insert_with(|| {
            self.last_question += 1;
            QuestionId(self.last_question)
        });
        let entry = self.questions.entry(question).or_insert_with(|| Entry {
            name,
            waiting: BTreeSet::new(),
            state: State::Waiting,
        });
        entry.waiting.insert(session);
        let turn = match entry.state {
            State::Waiting => {
                let turn = turn.unwrap_or_else(|| {
                    self.last_turn += 1;
                    self.last_turn
                });
                self.turns.insert(turn, session);
                Some(turn)
            }
            State::Asked(_) | State::Answered(_) => {
                self.abandoned.remove(&question);
                None
            }
        };
        self.sessions.insert(session, Wait { connection, question, turn });
    }

    /// A session does not wait any more: its connection ended, or it is gone.
    pub fn cancel(&mut self, session: K) {
        self.leave(session);
    }

    /// What is to be looked up now. None: nothing is, until somebody asks or an answer comes.
    pub fn poll_question(&mut self) -> Option<Question> {
        if self.asked - self.abandoned.len().min(MOST_ABANDONED) >= MOST_AWAITED {
            return None;
        }
        // Few are passed over: those that others abandoned are as few.
        let session = *self.turns.values().find(|session| !self.has_abandoned_its_share(session))?;
        let question = self.sessions.get(&session)?.question;
        let entry = self.questions.get_mut(&question)?;
        entry.state = State::Asked(session);
        self.asked += 1;
        for session in &entry.waiting {
            let turn = self.sessions.get_mut(session).and_then(|wait| wait.turn.take());
            turn.map(|turn| self.turns.remove(&turn));
        }
        debug_assert!(self.asked <= MOST_AWAITED + MOST_ABANDONED, "{} questions are asked", self.asked);
        Some(Question { id: question, host: Arc::clone(&entry.name.host), port: entry.name.port })
    }

    /// The answer to a question. One that is not asked any more, or never was, is ignored.
    pub fn answer(&mut self, question: QuestionId, answer: Result<Vec<SocketAddr>, ResolveError>) {
        let Some(entry) = self.questions.get_mut(&question) else { return };
        match entry.state {
            State::Asked(_) => {}
            State::Waiting | State::Answered(_) => return,
        }
        self.asked -= 1;
        self.names.remove(&entry.name);
        if entry.waiting.is_empty() {
            self.abandoned.remove(&question);
            self.questions.remove(&question);
        } else {
            entry.state = State::Answered(answer.map(Arc::from));
            self.answered.insert(question);
        }
    }

    /// The next session that has an answer.
    pub fn poll_answer(&mut self) -> Option<Answer<K>> {
        let question = *self.answered.first()?;
        let entry = self.questions.get(&question)?;
        let State::Answered(addresses) = &entry.state else { return None };
        let (session, addresses) = (*entry.waiting.first()?, addresses.clone());
        let connection = self.sessions.get(&session)?.connection;
        self.leave(session);
        Some(Answer { session, connection, addresses })
    }

    /// The session does not wait any more. Says which turn it had.
    fn leave(&mut self, session: K) -> Option<u64> {
        let Wait { question, turn, .. } = self.sessions.remove(&session)?;
        turn.map(|turn| self.turns.remove(&turn));
        let entry = self.questions.get_mut(&question)?;
        entry.waiting.remove(&session);
        if entry.waiting.is_empty() {
            match entry.state {
                State::Asked(session) => {
                    self.abandoned.insert(question, session);
                }
                State::Waiting => {
                    self.names.remove(&entry.name);
                    self.questions.remove(&question);
                }
                State::Answered(_) => {
                    self.answered.remove(&question);
                    self.questions.remove(&question);
                }
            }
        }
        turn
    }

    fn has_abandoned_its_share(&self, session: &K) -> bool {
        self.abandoned.values().filter(|by| *by == session).count() >= MOST_ABANDONED_BY_ONE
    }
}

#[cfg(test)]
mod tests;
