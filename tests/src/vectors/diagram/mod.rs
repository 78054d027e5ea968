//! The table as a picture: what is worth an arrow, and how little of it is written beside it.
//!
//! Settings make no arrows of their own; events that lead to the same place share one, and a label where they
//! do the same. What changes nothing stands inside its state, and what is the same everywhere in a note.

mod canvas;
mod dot;
mod mermaid;
mod svg;

use std::collections::BTreeSet;

use connect_socket_core::lifecycle::{
    Action, CloseVerdict, ConnectVerdict, Ended, Event, Failure, Notice, OnExisting, Origin, Outcome, Phase,
    SendVerdict, Signal, State, step, table,
};

pub use dot::dot;
pub use mermaid::mermaid;
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
        let inside =
            |phase| (phase, labels(phase, |event| stays(phase, event) && !is_the_same_everywhere(event)));
        Self { arrows: arrows(), inside: Phase::ALL.into_iter().map(inside).collect(), notes: notes() }
    }
}

/// The row in the default settings.
fn row(phase: Phase, event: Event) -> Row {
    step(State::default().in_phase(phase), event).into()
}

fn moves(phase: Phase, event: Event) -> bool {
    let row = row(phase, event);
    row.next.phase != phase || row.ended.is_some()
}

fn stays(phase: Phase, event: Event) -> bool {
    !moves(phase, event) && !row(phase, event).actions.is_empty()
}

fn is_the_same_everywhere(event: Event) -> bool {
    let first = row(Phase::Idle, event).actions;
    !first.is_empty() && Phase::ALL.into_iter().all(|it| !moves(it, event) && row(it, event).actions == first)
}

fn arrows() -> Vec<Arrow> {
    let mut arrows = Vec::new();
    let ends = [None].into_iter().chain(Ended::ALL.map(Some));
    let places: Vec<_> = ends.flat_map(|ended| Phase::ALL.map(|to| (to, ended))).collect();
    for from in Phase::ALL {
        for &(to, ended) in &places {
            let leads = |event| {
                let row = row(from, event);
                moves(from, event) && (row.next.phase, row.ended) == (to, ended)
            };
            let labels = labels(from, leads);
            if !labels.is_empty() {
                arrows.push(Arrow { from, to, ended, labels });
            }
        }
    }
    arrows
}

/// One label for each thing that the wanted events do.
fn labels(phase: Phase, wanted: impl Fn(Event) -> bool) -> Vec<Label> {
    let mut groups: Vec<(Vec<&'static str>, Vec<Event>)> = Vec::new();
    for event in Event::ALL.into_iter().filter(|&event| wanted(event)) {
        let words = words(&row(phase, event));
        match groups.iter_mut().find(|(others, _)| *others == words) {
            Some((_, events)) => events.push(event),
            None => groups.push((words, vec![event])),
        }
    }
    let label = |(words, events): (Vec<&str>, Vec<Event>)| {
        let rows = events.iter().map(|&event| row(phase, event));
        Label { events: names(&events), effect: effect(&words, &codes(rows)) }
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
    let words: Vec<&str> = row.actions.iter().filter_map(|&action| word(action)).collect();
    if words.is_empty() { vec!["timers alone"] } else { words }
}

fn word(action: Action) -> Option<&'static str> {
    match action {
        Action::Settle(_, outcome) => Some(outcome.name()),
        Action::FailSends => Some("sends fail"),
        Action::Tell(notice) => Some(match notice {
            Notice::Opened => "onSocketOpen",
            Notice::Message => "onSocketMessage",
            Notice::Error(_) => "onSocketError",
            Notice::Closed(_, _) => "onSocketClose",
        }),
        Action::QueueMessage => Some("queued"),
        Action::SendClose(_) => Some("close frame"),
        Action::AnswerPing => Some("pong"),
        Action::SendPing => Some("ping"),
        Action::Begin => Some("a new connection"),
        Action::Arm(_) | Action::Disarm(_) | Action::Drop | Action::Linger => None,
    }
}

fn codes(rows: impl Iterator<Item = Row>) -> BTreeSet<u8> {
    let code = |action| match action {
        Action::Settle(_, Outcome::Fail(code)) | Action::Tell(Notice::Error(code)) => Some(code.number()),
        Action::Settle(_, Outcome::Success)
        | Action::Tell(Notice::Opened | Notice::Message | Notice::Closed(_, _))
        | Action::FailSends
        | Action::Begin
        | Action::QueueMessage
        | Action::SendClose(_)
        | Action::AnswerPing
        | Action::SendPing
        | Action::Arm(_)
        | Action::Disarm(_)
        | Action::Drop
        | Action::Linger => None,
    };
    rows.flat_map(|row| row.actions).filter_map(code).collect()
}

/// The events by name; all failures together have one, and so has a call that is refused like an accepted one.
fn names(events: &[Event]) -> String {
    let every_failure = Failure::ALL
        .into_iter()
        .all(|failure| events.contains(&Event::Signal(Origin::Current, Signal::Failed(failure))));
    let mut names = Vec::new();
    for &event in events {
        let name = match event {
            Event::Connect(ConnectVerdict::Accepted) => "connectSocket",
            Event::Connect(_) => "connectSocket refused",
            Event::Send(SendVerdict::Accepted) => "sendSocketMessage",
            Event::Send(SendVerdict::Refused) if names.contains(&"sendSocketMessage") => continue,
            Event::Send(SendVerdict::Refused) => "sendSocketMessage refused",
            Event::Close(CloseVerdict::Accepted) => "closeSocket",
            Event::Close(CloseVerdict::Refused) => "closeSocket refused",
            Event::Signal(_, Signal::Failed(_)) if every_failure => "failed-*",
            Event::Signal(_, signal) => signal.name(),
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
    let connect = Event::Connect(ConnectVerdict::Accepted);
    let kept = table().filter(|(state, event, step)| {
        *event == connect
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
