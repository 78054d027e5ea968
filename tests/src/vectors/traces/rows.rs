//! One trace for each row of the table.

use std::collections::{HashMap, HashSet};

use connect_socket_core::lifecycle::{
    CloseVerdict, ConnectVerdict, Effect, Failure, OnExisting, Origin, Phase, SendVerdict, Settle, Signal,
    State, Trigger, step, table,
};

use super::super::shape::Trace;
use super::super::table::row_id;
use super::{NO_CONNECTION, OUT_OF_PLACE, Plan, pinned};
use crate::model::{Input, Ledger, real};

pub(super) fn traces() -> impl Iterator<Item = Trace> {
    let ways: HashMap<State, Vec<Way>> = Settle::ALL
        .into_iter()
        .flat_map(|settle| OnExisting::ALL.map(|on_existing| State::idle(settle, on_existing)))
        .map(|idle| (idle, ways_from(idle)))
        .collect();
    table().map(move |(state, trigger, _)| plan(&ways[&state.in_phase(Phase::Idle)], state, trigger).record())
}

/// A session, and the inputs that made it what it is.
type Way = (Ledger, Vec<Input>);

/// What leads everywhere.
const STEPS: [Trigger; 6] = [
    Trigger::Connect(ConnectVerdict::Accepted),
    Trigger::Signal(Origin::Current, Signal::Opened),
    Trigger::Send(SendVerdict::Accepted),
    Trigger::Close(CloseVerdict::Accepted),
    Trigger::Signal(Origin::Current, Signal::PingDue),
    Trigger::Signal(Origin::Current, Signal::Failed(Failure::Unknown)),
];

/// No way needs more: connect, fail, connect again, open, close.
const LONGEST: usize = 5;

/// Ways from idle to sessions that differ in what matters here, the shortest to each, short ones first.
fn ways_from(idle: State) -> Vec<Way> {
    let mut ways = vec![(Ledger::new(idle), Vec::new())];
    let mut seen = HashSet::new();
    let mut at = 0;
    while let Some((ledger, inputs)) = ways.get(at).cloned() {
        at += 1;
        for step in STEPS {
            let input = input_of(&ledger, step);
            let mut longer = (ledger.clone(), inputs.clone());
            longer.0.take(&real, input);
            longer.1.push(input);
            let new = ledger.is_possible(input) && inputs.len() < LONGEST && seen.insert(longer.0.facts());
            if new {
                ways.push(longer);
            }
        }
    }
    ways
}

/// The shortest way through the row; where its trigger can come about, if there is such a way.
fn plan(ways: &[Way], state: State, trigger: Trigger) -> Plan {
    let shortest = |possible: bool| {
        ways.iter().find_map(|(ledger, inputs)| {
            let last = arrives(ledger, state, trigger, possible)?;
            Some(inputs.iter().copied().chain([last]).collect())
        })
    };
    let odd = if state.phase == Phase::Idle { NO_CONNECTION } else { OUT_OF_PLACE };
    let (flags, inputs) = match shortest(true) {
        Some(inputs) => (Vec::new(), inputs),
        None => (vec![odd], shortest(false).expect("every state is reached")),
    };
    Plan {
        id: format!("traces/rows/{}", row_id(state, trigger)),
        comment: comment(state, trigger),
        flags,
        rules: pinned::by_row(state, trigger),
        idle: state.in_phase(Phase::Idle),
        inputs,
    }
}

/// What the row is about.
fn comment(state: State, trigger: Trigger) -> String {
    let row = step(state, trigger);
    let outcome = match (row.ended, row.next.phase) {
        _ if matches!(trigger, Trigger::Signal(Origin::Stale, _)) => {
            "it comes late, and does nothing".to_owned()
        }
        _ if row.effects.is_empty() && row.next == state => "it means nothing here".to_owned(),
        (Some(ended), Phase::Idle) => format!("the connection ends, {ended}"),
        (Some(ended), next) => format!("the connection ends, {ended}, and the next one is {next}"),
        (None, next) if next == state.phase => format!("the session stays {next}"),
        (None, next) => format!("the session is {next}"),
    };
    format!("{trigger} while {}: {outcome}.", state.phase)
}

/// The input that is the trigger here, if this is where the row begins.
fn arrives(ledger: &Ledger, state: State, trigger: Trigger, possible: bool) -> Option<Input> {
    let input = input_of(ledger, trigger);
    let mut after = ledger.clone();
    let effects = after.take(&real, input).row.effects;
    // Where sends would fail, one is there to be seen failing.
    let shown = !effects.contains(&Effect::FailSends) || ledger.pending() > 0;
    let here = ledger.state() == state && ledger.trigger(input) == trigger;
    (here && shown && ledger.is_possible(input) == possible).then_some(input)
}

/// Stale signals come from the first connection.
fn input_of(ledger: &Ledger, trigger: Trigger) -> Input {
    match trigger {
        Trigger::Connect(_) | Trigger::Send(_) | Trigger::Close(_) => Input::Call(trigger),
        Trigger::Signal(Origin::Current, signal) => Input::Signal(signal, ledger.current()),
        Trigger::Signal(Origin::Stale, signal) => Input::Signal(signal, Some(1)),
    }
}
