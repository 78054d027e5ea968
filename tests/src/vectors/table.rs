//! `table.json`: the whole table of the lifecycle, with the words that it is made of.

use std::collections::BTreeMap;

use connect_socket_core::ErrorCode;
use connect_socket_core::lifecycle::{self, Ended, OnExisting, Origin, Phase, Settle, State, Trigger, table};

use super::frame::{self, GENERATOR};
use super::shape::{Code, Counts, Do, EventName, TableFile, TableRow, Word};

/// The text of the file.
pub fn json() -> String {
    let rows: Vec<TableRow> = table().map(|(state, trigger, step)| row(state, trigger, step)).collect();
    frame::text(&TableFile {
        version: frame::VERSION,
        schema: "schemas/table.schema.json".to_owned(),
        generator: GENERATOR.to_owned(),
        count: rows.len(),
        flags: BTreeMap::new(),
        codes: codes(),
        phases: words(Phase::ALL.map(Phase::name)),
        settle: words(Settle::ALL.map(Settle::name)),
        on_existing: words(OnExisting::ALL.map(OnExisting::name)),
        events: Trigger::ALL.map(event_name).to_vec(),
        ended: words(Ended::ALL.map(Ended::name)),
        counts: Counts { states: State::ALL.len(), events: Trigger::ALL.len(), rows: rows.len() },
        rows,
    })
}

/// What follows the name of a file in the id of what is about a row.
pub fn row_id(state: State, trigger: Trigger) -> String {
    format!("{}/{}/{}/{trigger}", state.phase, state.settle, state.on_existing)
}

fn row(state: State, trigger: Trigger, step: lifecycle::Step) -> TableRow {
    TableRow {
        id: format!("table/{}", row_id(state, trigger)),
        phase: state.phase.name().into(),
        settle: state.settle.name().into(),
        on_existing: state.on_existing.name().into(),
        event: trigger.name().into(),
        next: step.next.phase.name().into(),
        ended: step.ended.map(|ended| ended.name().into()),
        actions: step.effects.into_iter().map(Do::from).collect(),
    }
}

/// The codes, each with the text that people are shown.
fn codes() -> Vec<Code> {
    let word =
        |code: ErrorCode| Code { code: code.number(), name: code.name().into(), text: code.text().into() };
    ErrorCode::ALL.map(word).to_vec()
}

fn event_name(trigger: Trigger) -> EventName {
    let kind = match trigger {
        Trigger::Connect(_) | Trigger::Send(_) | Trigger::Close(_) => "call",
        Trigger::Signal(Origin::Current, _) => "signal",
        Trigger::Signal(Origin::Stale, _) => "stale",
    };
    EventName { name: trigger.name().into(), kind: kind.into() }
}

fn words<const N: usize>(names: [&'static str; N]) -> Vec<Word> {
    names.map(Word::from).to_vec()
}
