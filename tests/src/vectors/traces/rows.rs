//! One trace for each row of the table.

use std::collections::{HashMap, HashSet};

use connect_socket_core::lifecycle::{
    Action, CloseVerdict, ConnectVerdict, Event, Failure, OnExisting, Origin, Phase, SendVerdict, Settle,
    Signal, State, table,
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
    table().map(move |(state, event, _)| plan(&ways[&state.in_phase(Phase::Idle)], state, event).record())
}

/// A session, and the inputs that made it what it is.
type Way = (Ledger, Vec<Input>);

/// What leads everywhere.
const STEPS: [Event; 6] = [
    Event::Connect(ConnectVerdict::Accepted),
    Event::Signal(Origin::Current, Signal::Opened),
    Event::Send(SendVerdict::Accepted),
    Event::Close(CloseVerdict::Accepted),
    Event::Signal(Origin::Current, Signal::PingDue),
    Event::Signal(Origin::Current, Signal::Failed(Failure::Unknown)),
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

/// The shortest way through the row; where its event can come about, if there is such a way.
fn plan(ways: &[Way], state: State, event: Event) -> Plan {
    let shortest = |possible: bool| {
        ways.iter().find_map(|(ledger, inputs)| {
            let last = arrives(ledger, state, event, possible)?;
            Some(inputs.iter().copied().chain([last]).collect())
        })
    };
    let odd = if state.phase == Phase::Idle { NO_CONNECTION } else { OUT_OF_PLACE };
    let (flags, inputs) = match shortest(true) {
        Some(inputs) => (Vec::new(), inputs),
        None => (vec![odd], shortest(false).expect("every state is reached")),
    };
    Plan {
        id: format!("traces/rows/{}", row_id(state, event)),
        comment: format!("{event} while {}", state.phase),
        flags,
        rules: pinned::by_row(state, event),
        idle: state.in_phase(Phase::Idle),
        inputs,
    }
}

/// The input that is the event here, if this is where the row begins.
fn arrives(ledger: &Ledger, state: State, event: Event, possible: bool) -> Option<Input> {
    let input = input_of(ledger, event);
    let mut after = ledger.clone();
    let actions = after.take(&real, input).row.actions;
    // Where sends would fail, one is there to be seen failing.
    let shown = !actions.contains(&Action::FailSends) || ledger.pending() > 0;
    let here = ledger.state() == state && ledger.event(input) == event;
    (here && shown && ledger.is_possible(input) == possible).then_some(input)
}

/// Stale signals come from the first connection.
fn input_of(ledger: &Ledger, event: Event) -> Input {
    match event {
        Event::Connect(_) | Event::Send(_) | Event::Close(_) => Input::Call(event),
        Event::Signal(Origin::Current, signal) => Input::Signal(signal, ledger.current()),
        Event::Signal(Origin::Stale, signal) => Input::Signal(signal, Some(1)),
    }
}
