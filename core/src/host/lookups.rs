//! The host names of many sessions: which one to look up now, and who gets an answer.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::event::ResolveError;
use crate::ids::ConnectionId;

/// How many names are looked up at once while sessions wait for them. Each takes a thread of the host, which sleeps
/// most of the time. Few programs talk to more servers than that at once.
const MOST_AWAITED: usize = 16;

/// How many more look-ups may hang although no session waits for them any more. It is the share of four sessions whose
/// look-ups all hang.
const MOST_ABANDONED: usize = 64;

/// How many of these may belong to one session; its next name then waits for one of them. A resolver cannot be
/// interrupted and gives up after about half a minute, so this allows a new name every two seconds.
const MOST_ABANDONED_BY_ONE: usize = 16;

/// The host names that sessions want to look up, for a host with many sessions and one resolver.
///
/// Sessions ask and cancel. The host takes a question with [`poll_question`](Self::poll_question), lets a resolver
/// answer it on a thread or in any other way, and reports the [`answer`](Self::answer). Then
/// [`poll_answer`](Self::poll_answer) says which sessions get it. The host must answer every question that it takes,
/// with an error if it could not start a thread: an unanswered question keeps counting.
///
/// - A session that asks for a name and port already being looked up waits for the same answer.
/// - A session has at most one question, as it has at most one connection that wants a name. A newer question replaces
///   the older one and takes its turn ([T](crate::rules#t): a new connection does not wait for the name of an old one).
/// - Sessions take turns, so a session that asks again and again does not delay the others.
/// - A question for which no session waits any more is not asked.
/// - At most 16 questions for which sessions wait are asked at once. Questions that were asked and for which no session
///   waits any more, because the connections ended, do not count here: up to 64 of them may hang, at most 16 of one
///   session, and further ones count like the others. So there are never more than 80.
///
/// `K` identifies a session. Memory grows only with the questions that are asked now; nothing is kept of past answers.
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
    /// Every question that is asked or for which a session waits.
    questions: BTreeMap<QuestionId, Entry<K>>,
    /// The unanswered questions, by name.
    names: BTreeMap<Name, QuestionId>,
    /// The sessions in the order in which their questions are asked. `turns[t] == k` exactly if
    /// `sessions[k].turn == Some(t)`.
    turns: BTreeMap<u64, K>,
    /// The answered questions. At least one session waits for each.
    answered: BTreeSet<QuestionId>,
    /// The questions that are asked and for which no session waits, with the sessions whose turns they took.
    abandoned: BTreeMap<QuestionId, K>,
    /// `asked == questions.filter(state is Asked).count()`, including the abandoned ones.
    asked: usize,
    last_question: u64,
    last_turn: u64,
}

/// Identifies a question of a [`Lookups`]. It is never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuestionId(u64);

/// A name to be looked up now.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Question {
    /// The id to pass to [`Lookups::answer`].
    pub id: QuestionId,
    /// The name, in ASCII.
    pub host: Arc<str>,
    /// The port that will be dialled, for resolvers that want one.
    pub port: u16,
}

/// An answer, and the session that gets it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer<K> {
    /// The session.
    pub session: K,
    /// The connection that asked. It may have ended since; [`handle_resolved`](crate::Session::handle_resolved) then
    /// ignores the answer ([G1](crate::rules#g1)).
    pub connection: ConnectionId,
    /// What the resolver said, in its order. All sessions that wait for the name share it.
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
    /// Its turn; none once its question is asked.
    turn: Option<u64>,
}

#[derive(Debug)]
struct Entry<K> {
    name: Name,
    /// The sessions that wait for the answer. It is empty only if the state is `Asked`.
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
    /// Asks `resolver`, which may block, and returns what [`Lookups::answer`] takes. If the resolver panics, the answer
    /// is an error; otherwise the question would count without end.
    pub fn ask(
        &self,
        resolver: impl FnOnce(&str, u16) -> io::Result<Vec<SocketAddr>>,
    ) -> Result<Vec<SocketAddr>, ResolveError> {
        #[cfg(feature = "tracing")]
        tracing::debug!(host = &*self.host, port = self.port, "look up");
        // A panic can leave only the resolver's own state half changed.
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
    /// Makes one without questions.
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
    /// A session asks for a name ([`Action::Resolve`](crate::Action::Resolve)), and no longer wants an answer to an
    /// earlier question.
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

    /// A session no longer waits: its connection ended, or the session is gone.
    pub fn cancel(&mut self, session: K) {
        self.leave(session);
    }

    /// The next name to look up. None means that there is nothing to look up until a session asks or an answer comes.
    pub fn poll_question(&mut self) -> Option<Question> {
        if self.asked - self.abandoned.len().min(MOST_ABANDONED) >= MOST_AWAITED {
            return None;
        }
        // Few sessions are passed over, because few questions are abandoned.
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

    /// Reports the answer to a question. An answer to a question that is not being asked is ignored.
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

    /// The next session that has an answer, with that answer.
    pub fn poll_answer(&mut self) -> Option<Answer<K>> {
        let question = *self.answered.first()?;
        let entry = self.questions.get(&question)?;
        let State::Answered(addresses) = &entry.state else { return None };
        let (session, addresses) = (*entry.waiting.first()?, addresses.clone());
        let connection = self.sessions.get(&session)?.connection;
        self.leave(session);
        Some(Answer { session, connection, addresses })
    }

    /// The session no longer waits. Says which turn it had.
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
