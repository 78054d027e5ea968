//! The table as a picture: what is worth an arrow, and how little of it is written beside it.
//!
//! Settings make no arrows of their own; events that lead to the same place share one, and a label where they
//! do the same. What changes nothing stands inside its state, and what is the same everywhere in a note.

mod canvas;
mod svg;

use std::collections::BTreeSet;

use connect_socket_core::ErrorCode;
use connect_socket_core::lifecycle::{
    CloseVerdict, ConnectVerdict, Effect, Ended, Failure, Notice, OnExisting, Origin, Phase, SendVerdict,
    Signal, State, Trigger, step, table,
};

pub use svg::svg;

use crate::model::Row;

/// All that a picture of the table shows.
struct Diagram {
    /// What leads from state to state, or from one connection to the next.
    arrows: Vec<Arrow>,
    /// What happens within a state.
    inside: Vec<(Phase, Vec<Label>)>,
    /// What else there is to know, a line each.
    notes: Vec<String>,
}

struct Arrow {
    from: Phase,
    to: Phase,
    /// How the connection ends that is left.
    ended: Option<Ended>,
    labels: Vec<Label>,
}

/// Events that do the same, and what they do.
struct Label {
    events: String,
    effect: String,
}

impl Diagram {
    /// What the table says now.
    fn new() -> Self {
        let inside = |phase| {
            (phase, labels(phase, |trigger| stays(phase, trigger) && !is_the_same_everywhere(trigger)))
        };
        Self { arrows: arrows(), inside: Phase::ALL.into_iter().map(inside).collect(), notes: notes() }
    }
}

/// The row in the default settings.
fn row(phase: Phase, trigger: Trigger) -> Row {
    step(State::default().in_phase(phase), trigger).into()
}

fn moves(phase: Phase, trigger: Trigger) -> bool {
    let row = row(phase, trigger);
    row.next.phase != phase || row.ended.is_some()
}

fn stays(phase: Phase, trigger: Trigger) -> bool {
    !moves(phase, trigger) && !row(phase, trigger).effects.is_empty()
}

fn is_the_same_everywhere(trigger: Trigger) -> bool {
    let first = row(Phase::Idle, trigger).effects;
    !first.is_empty()
        && Phase::ALL.into_iter().all(|it| !moves(it, trigger) && row(it, trigger).effects == first)
}

fn arrows() -> Vec<Arrow> {
    let mut arrows = Vec::new();
    let ends = [None].into_iter().chain(Ended::ALL.map(Some));
    let places: Vec<_> = ends.flat_map(|ended| Phase::ALL.map(|to| (to, ended))).collect();
    for from in Phase::ALL {
        for &(to, ended) in &places {
            let leads = |trigger| {
                let row = row(from, trigger);
                moves(from, trigger) && (row.next.phase, row.ended) == (to, ended)
            };
            let labels = labels(from, leads);
            if !labels.is_empty() {
                arrows.push(Arrow { from, to, ended, labels });
            }
        }
    }
    arrows
}

/// One label for each thing that the wanted triggers do.
fn labels(phase: Phase, wanted: impl Fn(Trigger) -> bool) -> Vec<Label> {
    let mut groups: Vec<(Vec<&'static str>, Vec<Trigger>)> = Vec::new();
    for trigger in Trigger::ALL.into_iter().filter(|&trigger| wanted(trigger)) {
        let words = words(&row(phase, trigger));
        match groups.iter_mut().find(|(others, _)| *others == words) {
            Some((_, triggers)) => triggers.push(trigger),
            None => groups.push((words, vec![trigger])),
        }
    }
    let label = |(words, triggers): (Vec<&str>, Vec<Trigger>)| {
        let rows = triggers.iter().map(|&trigger| row(phase, trigger));
        Label { events: names(&triggers), effect: effect(&words, &codes(rows)) }
    };
    groups.into_iter().map(label).collect()
}

/// The words, with the codes behind the last one that has a code.
fn effect(words: &[&str], codes: &BTreeSet<u8>) -> String {
    let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
    let last = words.iter().rposition(|&word| matches!(word, "fail" | "onSocketError"));
    let words = words.iter().enumerate().map(|(at, &word)| match codes.as_slice() {
        [code] if last == Some(at) => format!("{word} {code}"),
        [_, ..] if last == Some(at) => format!("{word} ({})", codes.join(", ")),
        _ => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// What a row does, for whoever looks from outside, without its codes.
fn words(row: &Row) -> Vec<&'static str> {
    let words: Vec<&str> = row.effects.iter().filter_map(|&effect| word(effect)).collect();
    if words.is_empty() { vec!["timers alone"] } else { words }
}

fn word(effect: Effect) -> Option<&'static str> {
    match effect {
        Effect::Settle(_, outcome) => Some(outcome.name()),
        Effect::FailSends => Some("sends fail"),
        Effect::Tell(notice) => Some(match notice {
            Notice::Opened => "onSocketOpen",
            Notice::Message => "onSocketMessage",
            Notice::Error(_) => "onSocketError",
            Notice::Closed(_, _) => "onSocketClose",
        }),
        Effect::QueueMessage => Some("queued"),
        Effect::SendClose(_) => Some("close frame"),
        Effect::AnswerPing => Some("pong"),
        Effect::SendPing => Some("ping"),
        Effect::Begin => Some("a new connection"),
        Effect::Arm(_) | Effect::Disarm(_) | Effect::Drop | Effect::Linger => None,
    }
}

fn codes(rows: impl Iterator<Item = Row>) -> BTreeSet<u8> {
    rows.flat_map(|row| row.effects).filter_map(Effect::failure).map(ErrorCode::number).collect()
}

/// The events by name; all failures together have one, and so has a call that is refused like an accepted one.
fn names(triggers: &[Trigger]) -> String {
    let every_failure = Failure::ALL
        .into_iter()
        .all(|failure| triggers.contains(&Trigger::Signal(Origin::Current, Signal::Failed(failure))));
    let mut names = Vec::new();
    for &trigger in triggers {
        let name = match trigger {
            Trigger::Connect(ConnectVerdict::Accepted) => "connectSocket",
            Trigger::Connect(_) => "connectSocket refused",
            Trigger::Send(SendVerdict::Accepted) => "sendSocketMessage",
            Trigger::Send(SendVerdict::Refused) if names.contains(&"sendSocketMessage") => continue,
            Trigger::Send(SendVerdict::Refused) => "sendSocketMessage refused",
            Trigger::Close(CloseVerdict::Accepted) => "closeSocket",
            Trigger::Close(CloseVerdict::Refused) => "closeSocket refused",
            Trigger::Signal(_, Signal::Failed(_)) if every_failure => "failed-*",
            Trigger::Signal(_, signal) => signal.name(),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}

fn notes() -> Vec<String> {
    let everywhere = labels(Phase::Idle, is_the_same_everywhere);
    let same = everywhere.iter().map(|Label { events, effect }| format!("{events}: {effect}"));
    let connect = Trigger::Connect(ConnectVerdict::Accepted);
    let kept = table().filter(|(state, trigger, step)| {
        *trigger == connect
            && state.settle == State::default().settle
            && state.on_existing == OnExisting::Reject
            && step.next == *state
    });
    let (mut phases, mut rows) = (Vec::new(), Vec::new());
    for (state, _, step) in kept {
        phases.push(state.phase.name());
        rows.push(Row::from(step));
    }
    vec![
        format!("In every state: {}.", same.collect::<Vec<_>>().join("; ")),
        format!(
            "Where onExisting is reject, connectSocket while {}: {}.",
            phases.join(", "),
            effect(&words(&rows[0]), &codes(rows.into_iter()))
        ),
        "Where settle is on-accept, connectSocket succeeds when it begins, and events alone tell the rest."
            .to_owned(),
        "Any other event, and each signal of an earlier connection, changes nothing and tells nothing."
            .to_owned(),
    ]
}
