//! The whole lifecycle of one connection after the other: every event in every world that can be reached, in all
//! settings, with the book of the current connection.

use std::collections::HashSet;
use std::fmt;

use connect_socket_core::ErrorCode;
use connect_socket_core::lifecycle::{
    Effect, Failure, Notice, OnExisting, Origin, Outcome, Phase, Settle, Signal, State, Timer, Trigger,
};

use super::checks::{Breach, Check, ensure};
use super::explore::{Explored, explore};
use super::rules::Rules;
use super::world::World;

/// How much was walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Walked {
    /// What differs in a fact of the book, or in the state.
    pub worlds: usize,
    /// An event in a world.
    pub moves: usize,
    /// The rows of the table on the way.
    pub rows: usize,
    /// The states of the table on the way.
    pub states: usize,
}

impl fmt::Display for Walked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { worlds, moves, rows, states } = self;
        write!(
            f,
            "{worlds} worlds, {moves} transitions; {rows} rows and {states} states of the table on the way"
        )
    }
}

/// Every pair of settings, before the first connect.
pub fn beginnings() -> impl Iterator<Item = State> {
    Settle::ALL.into_iter().flat_map(|settle| OnExisting::ALL.map(|it| State::idle(settle, it)))
}

/// Walks from these beginnings; all checks but those that need every setting.
pub fn walk(rules: Rules<'_>, from: impl Iterator<Item = State>) -> Result<Walked, Breach> {
    let explored = worlds(rules, from)?;
    if let Some(world) = explored.trapped(|world| world.state.phase == Phase::Idle) {
        return Err(Breach::new(Check::NoDeadEnd, format!("no way from {} to idle", world.state)));
    }
    explored.worlds.iter().try_for_each(|world| runs_down(rules, *world))?;
    let states: HashSet<State> = explored.worlds.iter().map(|world| world.state).collect();
    let settings: HashSet<State> = states.iter().map(|state| state.in_phase(Phase::Idle)).collect();
    let every = states.len() == Phase::ALL.len() * settings.len();
    ensure(Check::EveryState, every, "a state is not reached")?;
    let rows = check_rows(rules, &explored, &states)?;
    Ok(Walked { worlds: explored.worlds.len(), moves: explored.moves.len(), rows, states: states.len() })
}

fn worlds(rules: Rules<'_>, from: impl Iterator<Item = State>) -> Result<Explored<World>, Breach> {
    explore(
        from.map(|state| World { state, current: None }),
        |world| *world,
        |world| {
            let events = Trigger::ALL.into_iter().filter(|&trigger| world.can_happen(trigger));
            events.map(|trigger| (trigger, world.take(rules, trigger))).collect()
        },
    )
}

/// Every deadline that runs ends in something: where nothing else comes, timers alone lead back to idle. A connection
/// that cannot be written has no timer and needs none: it ends with its error, as soon as reading ends or brings
/// nothing (F7).
fn runs_down(rules: Rules<'_>, mut world: World) -> Result<(), Breach> {
    // The longest way is that of an open connection: a ping, and no pong.
    for _ in 0..Timer::ALL.len() {
        let Some(book) = world.current else { break };
        let by_timer = book.armed().next().map(firing);
        let Some(end) = by_timer.or(book.sends_over.then_some(Signal::TransportError)) else { break };
        world = world.take(rules, Trigger::Signal(Origin::Current, end))?;
    }
    ensure(Check::Deadlines, world.state.phase == Phase::Idle, "timers alone do not lead back to idle")
}

fn firing(timer: Timer) -> Signal {
    match timer {
        Timer::Connect => Signal::Failed(Failure::TimedOut),
        Timer::Close => Signal::CloseTimeout,
        Timer::Ping => Signal::PingDue,
        Timer::Pong => Signal::PongTimeout,
    }
}

/// Rows that no world came by do nothing; together the others produce every code. How many were come by.
fn check_rows(
    rules: Rules<'_>,
    explored: &Explored<World>,
    states: &HashSet<State>,
) -> Result<usize, Breach> {
    let walked = |state, trigger| {
        explored.worlds.iter().any(|world: &World| world.state == state && world.can_happen(trigger))
    };
    let (mut rows, mut fails, mut errors) = (0, HashSet::new(), HashSet::new());
    for &state in states {
        for trigger in Trigger::ALL {
            let row = rules(state, trigger);
            if !walked(state, trigger) {
                ensure(Check::OutOfPlace, row.does_nothing(state), "what cannot come about does something")?;
                continue;
            }
            rows += 1;
            for effect in row.effects {
                match effect {
                    Effect::Settle(_, Outcome::Fail(code)) => _ = fails.insert(code.number()),
                    Effect::FailSends => _ = fails.insert(11),
                    Effect::Tell(Notice::Error(code)) => _ = errors.insert(code.number()),
                    Effect::Settle(_, Outcome::Success)
                    | Effect::Tell(Notice::Opened | Notice::Message | Notice::Closed(_, _))
                    | Effect::Begin
                    | Effect::QueueMessage
                    | Effect::SendClose(_)
                    | Effect::AnswerPing
                    | Effect::SendPing
                    | Effect::Arm(_)
                    | Effect::Disarm(_)
                    | Effect::Drop
                    | Effect::Linger => {}
                }
            }
        }
    }
    // Where a connect settles when it is accepted, what becomes of it reaches no fail.
    let all =
        fails.len() == ErrorCode::ALL.len() || states.iter().all(|state| state.settle == Settle::OnAccept);
    ensure(Check::EveryCode, all, "a code reaches no fail")?;
    let of_connections = HashSet::from([1, 6, 7, 8, 9, 12]);
    ensure(Check::EveryCode, errors == of_connections, "onSocketError has the codes of connections")?;
    Ok(rows)
}
