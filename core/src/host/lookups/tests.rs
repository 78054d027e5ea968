//! One question for each name, in turns of the sessions, within the bounds.

use proptest::prelude::*;

use super::*;

type Session = u32;

const NOTHING: [&str; 0] = [];

impl<K: Copy + Ord> Lookups<K> {
    /// What the fields promise each other, and that nothing is kept for nobody.
    fn check(&self) {
        for (session, wait) in &self.sessions {
            let entry = &self.questions[&wait.question];
            assert!(entry.waiting.contains(session));
            assert_eq!(wait.turn.is_some(), matches!(entry.state, State::Waiting));
            if let Some(turn) = wait.turn {
                assert!(self.turns[&turn] == *session);
            }
        }
        let turns = self.sessions.values().filter(|wait| wait.turn.is_some()).count();
        assert_eq!(self.turns.len(), turns);
        let (mut waiting, mut asked, mut abandoned, mut answered) = (0, 0, 0, 0);
        for (id, entry) in &self.questions {
            waiting += entry.waiting.len();
            let is_named = self.names.get(&entry.name) == Some(id);
            match entry.state {
                State::Waiting => assert!(is_named && !entry.waiting.is_empty()),
                State::Asked(_) => {
                    assert!(is_named);
                    asked += 1;
                    abandoned += usize::from(entry.waiting.is_empty());
                    assert_eq!(self.abandoned.contains_key(id), entry.waiting.is_empty());
                }
                State::Answered(_) => {
                    assert!(self.answered.contains(id) && !entry.waiting.is_empty());
                    answered += 1;
                }
            }
        }
        assert_eq!(self.sessions.len(), waiting);
        assert_eq!((self.asked, self.abandoned.len(), self.answered.len()), (asked, abandoned, answered));
        assert_eq!(self.names.len() + answered, self.questions.len());
        assert!(asked <= MOST_AWAITED + MOST_ABANDONED);
    }

    /// The hosts of all questions that are to be asked now.
    fn questions(&mut self) -> Vec<String> {
        let questions = std::iter::from_fn(|| self.poll_question());
        questions.map(|question| question.host.to_string()).collect()
    }
}

fn ask(lookups: &mut Lookups<Session>, session: Session, connection: u64, host: &str) {
    lookups.ask(session, ConnectionId(connection), host, 443);
    lookups.check();
}

fn good() -> Vec<SocketAddr> {
    vec![SocketAddr::from(([192, 0, 2, 1], 0))]
}

/// The sessions and connections that have an answer, and whether it is a good one.
fn answers(lookups: &mut Lookups<Session>) -> Vec<(Session, u64, bool)> {
    let answers = std::iter::from_fn(|| lookups.poll_answer());
    let answers =
        answers.map(|answer| (answer.session, answer.connection.get(), answer.addresses.is_ok())).collect();
    lookups.check();
    answers
}

/// One question for a name in flight, and its answer for all who asked, before and after it was asked. An answer that
/// was told is kept by nobody: who asks later asks anew.
#[test]
fn a_name_is_asked_once_for_all() {
    let mut lookups = Lookups::new();
    for session in 0..400 {
        ask(&mut lookups, session, 1, "same.example");
    }
    let question = lookups.poll_question().expect("a question");
    assert_eq!((&*question.host, question.port), ("same.example", 443));
    for session in 400..500 {
        ask(&mut lookups, session, 2, "same.example");
    }
    assert!(lookups.poll_question().is_none());
    assert_eq!(answers(&mut lookups), []);
    lookups.answer(question.id, Ok(good()));
    let told = answers(&mut lookups);
    assert_eq!(told, (0..500).map(|it| (it, 1 + u64::from(it >= 400), true)).collect::<Vec<_>>());
    assert!(lookups.questions.is_empty());
    ask(&mut lookups, 0, 3, "same.example");
    assert!(lookups.poll_question().is_some_and(|again| again.id != question.id));
}

/// A resolver may make a difference between the ports of a name, and answers what it was asked.
#[test]
fn the_port_belongs_to_the_question() {
    let mut lookups = Lookups::new();
    lookups.ask(0, ConnectionId(1), "h.example", 80);
    lookups.ask(1, ConnectionId(1), "h.example", 443);
    let ports: Vec<_> = std::iter::from_fn(|| lookups.poll_question()).map(|it| it.port).collect();
    assert_eq!(ports, [80, 443]);
}

/// An error is for all, too, and so is a resolver that panics: its question does not stay for ever.
#[test]
fn a_resolver_that_panics_has_answered() {
    let mut lookups = Lookups::new();
    ask(&mut lookups, 0, 1, "panics.example");
    ask(&mut lookups, 1, 1, "panics.example");
    let question = lookups.poll_question().expect("a question");
    let answer = question.ask(|host, port| panic!("{host} {port}"));
    assert!(matches!(&answer, Err(ResolveError::Failed(error)) if error.to_string().contains("panicked")));
    lookups.answer(question.id, answer);
    assert_eq!(answers(&mut lookups), [(0, 1, false), (1, 1, false)]);
    assert_eq!(lookups.asked, 0);
    let error = question.ask(|_, _| Err(io::Error::other("no server")));
    assert!(matches!(&error, Err(ResolveError::Failed(error)) if error.to_string().contains("no server")));
    assert_eq!(question.ask(|_, port| Ok(vec![([192, 0, 2, 1], port).into()])).expect("good")[0].port(), 443);
}

/// What nobody waits for any more is not asked, and its answer is for nobody.
#[test]
fn what_is_not_wanted_is_not_asked() {
    let mut lookups = Lookups::new();
    ask(&mut lookups, 0, 1, "a.example");
    ask(&mut lookups, 1, 1, "b.example");
    ask(&mut lookups, 1, 2, "c.example");
    lookups.cancel(0);
    lookups.cancel(7);
    lookups.check();
    let question = lookups.poll_question().expect("a question");
    assert_eq!(&*question.host, "c.example");
    assert!(lookups.poll_question().is_none());
    lookups.cancel(1);
    lookups.answer(question.id, Ok(good()));
    assert_eq!(answers(&mut lookups), []);
    assert!(lookups.questions.is_empty() && lookups.names.is_empty());
}

/// Between the answer and its being told a session may leave, or ask for something else (rule G1).
#[test]
fn an_answer_that_is_not_wanted_is_not_told() {
    let mut lookups = Lookups::new();
    for session in 0..3 {
        ask(&mut lookups, session, 1, "a.example");
    }
    let question = lookups.poll_question().expect("a question");
    lookups.answer(question.id, Ok(good()));
    lookups.cancel(0);
    ask(&mut lookups, 1, 2, "a.example");
    assert_eq!(answers(&mut lookups), [(2, 1, true)]);
    assert_eq!(lookups.questions(), ["a.example"], "what is told is not asked again");
}

/// Only what is asked can be answered, and once.
#[test]
fn answers_that_nobody_asked_for_are_ignored() {
    let mut lookups = Lookups::new();
    ask(&mut lookups, 0, 1, "a.example");
    for id in 0..3 {
        lookups.answer(QuestionId(id), Ok(good()));
        lookups.check();
    }
    let question = lookups.poll_question().expect("it was not asked before");
    lookups.answer(question.id, Ok(good()));
    lookups.answer(question.id, Err(ResolveError::NotFound));
    assert_eq!(answers(&mut lookups), [(0, 1, true)]);
    lookups.answer(question.id, Ok(good()));
    assert_eq!(answers(&mut lookups), []);
}

/// Sessions take turns: one that asked a thousand times in a row has one question, at its place.
#[test]
fn sessions_take_turns() {
    let mut lookups = Lookups::new();
    for connection in 0..1000 {
        ask(&mut lookups, 0, connection, &format!("{connection}.example"));
    }
    ask(&mut lookups, 1, 1, "other.example");
    ask(&mut lookups, 0, 1000, "last.example");
    assert_eq!(lookups.questions(), ["last.example", "other.example"]);
    // Its next one stands behind all that waited before.
    ask(&mut lookups, 2, 1, "b.example");
    ask(&mut lookups, 0, 1001, "a.example");
    assert_eq!(lookups.questions(), ["b.example", "a.example"]);
}

/// So many names that somebody waits for are asked at once, and the next one as soon as one of them is answered.
#[test]
fn the_questions_at_once_are_bounded() {
    let mut lookups = Lookups::new();
    for session in 0..100 {
        ask(&mut lookups, session, 1, &format!("{session}.example"));
    }
    let mut asked: Vec<_> = std::iter::from_fn(|| lookups.poll_question()).collect();
    assert_eq!(asked.len(), 16);
    for expected in 16..100 {
        lookups.answer(asked.remove(0).id, Ok(good()));
        assert_eq!(answers(&mut lookups), [(expected - 16, 1, true)]);
        let next = lookups.poll_question().expect("there is room for one");
        assert_eq!(*next.host, *format!("{expected}.example"));
        assert!(lookups.poll_question().is_none());
        asked.push(next);
    }
}

/// Questions that hang and that nobody waits for any more hold up nobody, up to a second bound; beyond it they count
/// again, so that the threads of a host are bounded.
#[test]
fn abandoned_questions_hold_up_nobody() {
    let mut lookups = Lookups::new();
    // Each leaves, and there are always new ones.
    let hang = |lookups: &mut Lookups<Session>, session| {
        ask(lookups, session, 1, &format!("{session}.example"));
        let question = lookups.poll_question();
        lookups.cancel(session);
        lookups.check();
        question
    };
    let questions: Vec<_> = (0..64).map_while(|session| hang(&mut lookups, session)).collect();
    assert_eq!((questions.len(), lookups.abandoned.len()), (64, 64));
    // There are as many places as ever for those that somebody waits for.
    for session in 100..116 {
        ask(&mut lookups, session, 1, &format!("{session}.example"));
    }
    assert_eq!(lookups.questions().len(), 16);
    // The second bound is full, so the next that hangs keeps its place.
    lookups.cancel(100);
    ask(&mut lookups, 200, 1, "200.example");
    assert_eq!((lookups.asked, lookups.questions()), (80, vec![]));
    lookups.answer(questions[0].id, Ok(good()));
    assert_eq!(lookups.questions(), ["200.example"]);
    lookups.check();
}

/// One session whose names all hang has its share of the places and no more, so that the names of others are asked at
/// once; it goes on when one of its names is answered.
#[test]
fn one_session_abandons_its_share() {
    let mut lookups = Lookups::new();
    let mut asked = Vec::new();
    for connection in 0..1000 {
        ask(&mut lookups, 0, connection, &format!("{connection}.example"));
        asked.extend(std::iter::from_fn(|| lookups.poll_question()));
        lookups.check();
    }
    assert_eq!(asked.len(), 16);
    for session in 1..17 {
        ask(&mut lookups, session, 1, &format!("other{session}.example"));
    }
    assert_eq!(lookups.questions().len(), 16, "all others have theirs");
    lookups.answer(asked[0].id, Ok(good()));
    assert_eq!(answers(&mut lookups), []);
    assert_eq!(lookups.questions(), NOTHING, "the others have all places");
    lookups.cancel(16);
    assert_eq!(lookups.questions(), ["999.example"]);
}

/// Who asks for a name that hangs is one that waits for it.
#[test]
fn an_abandoned_question_is_taken_up_again() {
    let mut lookups = Lookups::new();
    ask(&mut lookups, 0, 1, "slow.example");
    let question = lookups.poll_question().expect("a question");
    for connection in 2..2000 {
        // A reconnect to the same name asks nothing anew.
        ask(&mut lookups, 0, connection, "slow.example");
        assert!(lookups.poll_question().is_none());
    }
    lookups.cancel(0);
    assert_eq!(lookups.abandoned.len(), 1);
    ask(&mut lookups, 1, 1, "slow.example");
    assert!(lookups.abandoned.is_empty());
    lookups.answer(question.id, Ok(good()));
    assert_eq!(answers(&mut lookups), [(1, 1, true)]);
}

/// 100,000 connects that replace each other, of some sessions, to as many names, leave nothing behind, whether they were
/// asked or not. With a search for each this would take minutes.
#[test]
fn reconnects_grow_nothing() {
    let mut lookups = Lookups::new();
    for connection in 0..100_000_u32 {
        let host = format!("{connection}.example");
        lookups.ask(connection % 100, ConnectionId(connection.into()), host, 443);
        if connection % 3 == 0
            && let Some(question) = lookups.poll_question()
            && connection % 2 == 0
        {
            lookups.answer(question.id, Ok(good()));
        }
        assert!(lookups.sessions.len() <= 100 && lookups.questions.len() <= 180);
    }
    lookups.check();
    (0..100).for_each(|session| lookups.cancel(session));
    lookups.check();
    assert_eq!(
        lookups.questions.len(),
        lookups.asked,
        "what is asked is owed an answer, and nothing else is kept"
    );
}

#[derive(Clone, Debug)]
enum Step {
    Ask(Session, u8),
    Cancel(Session),
    /// The host begins one look-up.
    Begin,
    /// One of the look-ups ends, whichever.
    Answer(prop::sample::Index),
    /// One answer is told.
    Tell,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..40_u32, 0..200_u8).prop_map(|(session, host)| Step::Ask(session, host)),
        2 => (0..40_u32).prop_map(Step::Cancel),
        6 => Just(Step::Begin),
        1 => any::<prop::sample::Index>().prop_map(Step::Answer),
        1 => Just(Step::Tell),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever comes in whichever order, each session that waits gets the answer to the name that it asked for last, for
    /// the connection that asked; no name is asked twice at once; and all that is there keeps its promises.
    #[test]
    fn each_session_gets_its_answer(steps in prop::collection::vec(step(), 1..400)) {
        let mut lookups = Lookups::new();
        let mut wanted = BTreeMap::new();
        let mut asked: Vec<Question> = Vec::new();
        let mut connections = 0;
        let address = |host: &str| SocketAddr::from(([192, 0, 2, host.parse().expect("a number")], 443));
        let told = |answer: Answer<Session>, wanted: &mut BTreeMap<Session, (u64, u8)>| {
            let (connection, host) = wanted.remove(&answer.session).expect("a session that waits");
            assert_eq!(answer.connection.get(), connection);
            assert_eq!(answer.addresses.expect("good")[..], [address(&host.to_string())]);
        };
        for step in steps {
            match step {
                Step::Ask(session, host) => {
                    connections += 1;
                    wanted.insert(session, (connections, host));
                    lookups.ask(session, ConnectionId(connections), host.to_string(), 443);
                }
                Step::Cancel(session) => {
                    wanted.remove(&session);
                    lookups.cancel(session);
                }
                Step::Begin => {
                    if let Some(question) = lookups.poll_question() {
                        prop_assert!(asked.iter().all(|other| other.host != question.host));
                        prop_assert!(wanted.values().any(|(_, host)| *host.to_string() == *question.host));
                        asked.push(question);
                    }
                }
                Step::Answer(which) if !asked.is_empty() => {
                    let question = asked.swap_remove(which.index(asked.len()));
                    let answer = question.ask(|host, _| Ok(vec![address(host)]));
                    lookups.answer(question.id, answer);
                }
                Step::Answer(_) => {}
                Step::Tell => {
                    if let Some(answer) = lookups.poll_answer() {
                        told(answer, &mut wanted);
                    }
                }
            }
            lookups.check();
        }
        // Once every resolver answers, everybody is told, and nothing is left.
        loop {
            while let Some(answer) = lookups.poll_answer() {
                told(answer, &mut wanted);
            }
            asked.extend(std::iter::from_fn(|| lookups.poll_question()));
            let Some(question) = asked.pop() else { break };
            lookups.answer(question.id, question.ask(|host, _| Ok(vec![address(host)])));
            lookups.check();
        }
        prop_assert_eq!((wanted.len(), lookups.questions.len()), (0, 0));
    }
}
