//! The table with one entry changed, in every way there is.

use std::fmt;

use connect_socket_core::ErrorCode;
use connect_socket_core::lifecycle::{
    Call, CloseCause, CloseCode, CloseFrameKind, Effect, Ended, Notice, Outcome, Phase, State, Timer,
    Trigger, table,
};

use crate::model::{Row, real};

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The next phase is another one.
    Next,
    /// The old connection ends in another way, or ends where it did not, or does not.
    Ended,
    /// An action is missing.
    Dropped,
    /// Two neighbours have changed places.
    Swapped,
    /// An action is done twice.
    Doubled,
    /// An action is done that was not asked for, behind the others.
    Added,
    /// A call fails with another code, or an error has another one.
    Code,
    /// Success is fail, or fail is success.
    Outcome,
    /// Another call is settled.
    Call,
    /// An event is another one.
    Notice,
    /// Another code is told with a close.
    CloseCode,
    /// Another cause is told with a close.
    CloseCause,
    /// Another close frame goes out.
    CloseFrame,
    /// Another timer starts or stops, or it stops where it should start.
    Timer,
    /// The transport lingers where it should go, or the other way round.
    Transport,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::Next,
        Self::Ended,
        Self::Dropped,
        Self::Swapped,
        Self::Doubled,
        Self::Added,
        Self::Code,
        Self::Outcome,
        Self::Call,
        Self::Notice,
        Self::CloseCode,
        Self::CloseCause,
        Self::CloseFrame,
        Self::Timer,
        Self::Transport,
    ];

    /// What is printed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Next => "next phase",
            Self::Ended => "ended",
            Self::Dropped => "action dropped",
            Self::Swapped => "actions swapped",
            Self::Doubled => "action doubled",
            Self::Added => "action added",
            Self::Code => "error code",
            Self::Outcome => "success or fail",
            Self::Call => "call",
            Self::Notice => "event told",
            Self::CloseCode => "close code",
            Self::CloseCause => "close cause",
            Self::CloseFrame => "close frame",
            Self::Timer => "timer",
            Self::Transport => "drop or linger",
        }
    }
}

/// A table with a fault in it.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// What is changed.
    pub kind: Kind,
    /// The state of the entry.
    pub state: State,
    /// The event of the entry.
    pub trigger: Trigger,
    /// The entry as it is now.
    pub row: Row,
}

impl Mutant {
    /// The table.
    pub fn rules(&self, state: State, trigger: Trigger) -> Row {
        if (state, trigger) == (self.state, self.trigger) { self.row.clone() } else { real(state, trigger) }
    }
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Row { next, ended, effects } = &self.row;
        let effects: Vec<String> = effects.iter().map(ToString::to_string).collect();
        let ended = ended.map_or("-", Ended::name);
        let (name, state, trigger) = (self.kind.name(), self.state, self.trigger);
        write!(f, "{name}: {trigger} in {state} now does {}; {ended}, {}", effects.join("; "), next.phase)
    }
}

/// Every mutant of every row.
pub fn all() -> impl Iterator<Item = Mutant> {
    table().flat_map(|(state, trigger, step)| {
        let row = Row::from(step);
        let rows = [moved(&row), rearranged(&row), changed(&row)].into_iter().flatten();
        let different = rows.filter(move |(_, mutant)| *mutant != row);
        different.map(move |(kind, row)| Mutant { kind, state, trigger, row })
    })
}

type Change = (Kind, Row);

/// Another phase behind it, another end.
fn moved(row: &Row) -> Vec<Change> {
    let next = |phase| (Kind::Next, Row { next: row.next.in_phase(phase), ..row.clone() });
    let ended = |ended| (Kind::Ended, Row { ended, ..row.clone() });
    let ends = [None].into_iter().chain(Ended::ALL.map(Some));
    Phase::ALL.into_iter().map(next).chain(ends.map(ended)).collect()
}

/// What a row may do too much. Where it is what the row does last, that is [`Kind::Doubled`].
const ADDED: [Effect; 7] = [
    Effect::Settle(Call::This, Outcome::Success),
    Effect::FailSends,
    Effect::Tell(Notice::Message),
    Effect::Begin,
    Effect::QueueMessage,
    Effect::AnswerPing,
    Effect::Drop,
];

/// Actions missing, twice, in another order, too many.
fn rearranged(row: &Row) -> Vec<Change> {
    let edited = |kind, edit: &dyn Fn(&mut Vec<Effect>)| {
        let mut row = row.clone();
        edit(&mut row.effects);
        (kind, row)
    };
    let mut rows = Vec::new();
    for (at, &effect) in row.effects.iter().enumerate() {
        rows.push(edited(Kind::Dropped, &|list| _ = list.remove(at)));
        rows.push(edited(Kind::Doubled, &|list| list.insert(at, effect)));
        if at > 0 {
            rows.push(edited(Kind::Swapped, &|list| list.swap(at - 1, at)));
        }
    }
    let added = ADDED.into_iter().filter(|effect| row.effects.last() != Some(effect));
    rows.extend(added.map(|effect| edited(Kind::Added, &|list| list.push(effect))));
    rows
}

/// Each word of each action replaced by each other.
fn changed(row: &Row) -> Vec<Change> {
    let each = row.effects.iter().enumerate().flat_map(|(at, &effect)| {
        others(effect).into_iter().map(move |(kind, other)| {
            let mut row = row.clone();
            row.effects[at] = other;
            (kind, row)
        })
    });
    each.collect()
}

fn others(effect: Effect) -> Vec<(Kind, Effect)> {
    let timers = |make: fn(Timer) -> Effect| Timer::ALL.map(|timer| (Kind::Timer, make(timer)));
    match effect {
        Effect::Settle(call, outcome) => {
            let calls = Call::ALL.map(|call| (Kind::Call, Effect::Settle(call, outcome)));
            let outcomes = outcomes(outcome).into_iter();
            calls.into_iter().chain(outcomes.map(|(kind, it)| (kind, Effect::Settle(call, it)))).collect()
        }
        Effect::Tell(notice) => {
            notices(notice).into_iter().map(|(kind, it)| (kind, Effect::Tell(it))).collect()
        }
        Effect::SendClose(_) => {
            CloseFrameKind::ALL.map(|kind| (Kind::CloseFrame, Effect::SendClose(kind))).to_vec()
        }
        Effect::Arm(timer) => [&timers(Effect::Arm)[..], &[(Kind::Timer, Effect::Disarm(timer))]].concat(),
        Effect::Disarm(timer) => [&timers(Effect::Disarm)[..], &[(Kind::Timer, Effect::Arm(timer))]].concat(),
        Effect::Drop => vec![(Kind::Transport, Effect::Linger)],
        Effect::Linger => vec![(Kind::Transport, Effect::Drop)],
        Effect::FailSends | Effect::Begin | Effect::QueueMessage | Effect::AnswerPing | Effect::SendPing => {
            Vec::new()
        }
    }
}

fn outcomes(outcome: Outcome) -> Vec<(Kind, Outcome)> {
    match outcome {
        Outcome::Success => vec![(Kind::Outcome, Outcome::Fail(ErrorCode::Unknown))],
        Outcome::Fail(_) => {
            let fails = ErrorCode::ALL.map(|code| (Kind::Code, Outcome::Fail(code)));
            [&fails[..], &[(Kind::Outcome, Outcome::Success)]].concat()
        }
    }
}

fn notices(notice: Notice) -> Vec<(Kind, Notice)> {
    match notice {
        Notice::Opened => vec![(Kind::Notice, Notice::Message)],
        Notice::Message => vec![(Kind::Notice, Notice::Opened)],
        Notice::Error(code) => {
            let closed = Notice::Closed(CloseCode::Abnormal, CloseCause::Abnormal);
            let codes = ErrorCode::ALL.into_iter().filter(|&other| other != code);
            codes.map(|code| (Kind::Code, Notice::Error(code))).chain([(Kind::Notice, closed)]).collect()
        }
        Notice::Closed(code, cause) => {
            let codes = CloseCode::ALL.map(|code| (Kind::CloseCode, Notice::Closed(code, cause)));
            let causes = CloseCause::ALL.map(|cause| (Kind::CloseCause, Notice::Closed(code, cause)));
            [&codes[..], &causes[..], &[(Kind::Notice, Notice::Error(ErrorCode::Unknown))]].concat()
        }
    }
}
