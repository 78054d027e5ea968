//! The traces: a session is given inputs one by one, and each step says what came of it.
//!
//! `rows` has one for every row of the table, `stories` those that have a name.

mod pinned;
mod rows;
mod stories;
mod storms;

use std::collections::BTreeMap;

use connect_socket_core::lifecycle::State;

use super::frame::{self, GENERATOR};
use super::shape::{Step, Trace, TraceFile};
use crate::model::{Input, Ledger, Rules, real};

/// The text of `traces/rows.json`.
pub fn rows() -> String {
    file(
        "One trace for each row of the table, its last step: the shortest way there from idle.",
        rows::traces(),
    )
}

/// The text of `traces/stories.json`.
pub fn stories() -> String {
    let comment = "Courses with a name: what the rules promise, the numbered sequences as far as the table \
                   goes, and storms of late signals. Every setting that a story does not depend on is default.";
    file(comment, stories::traces().chain(storms::traces()))
}

/// The session's machinery does not get here by itself.
const OUT_OF_PLACE: &str = "out-of-place";
/// There is nothing that the signal could name.
const NO_CONNECTION: &str = "no-connection";

fn file(comment: &str, traces: impl IntoIterator<Item = Trace>) -> String {
    let flags = [
        (
            OUT_OF_PLACE,
            "An input, the last one in rows, cannot come about while the machinery below the table works: a timer that does not \
             run, a send that does not wait, a signal of another phase. Unsupported where a port cannot ask.",
        ),
        (
            NO_CONNECTION,
            "The last input is a signal of no connection at all (its connection is null), given to the table as \
             one of the current connection while idle. Unsupported where a port cannot ask.",
        ),
    ];
    let traces: Vec<Trace> = traces.into_iter().collect();
    frame::text(&TraceFile {
        version: frame::VERSION,
        schema: "schemas/traces.schema.json".to_owned(),
        generator: GENERATOR.to_owned(),
        comment: comment.to_owned(),
        count: traces.len(),
        flags: BTreeMap::from(flags.map(|(name, text)| (name.to_owned(), text.to_owned()))),
        traces,
    })
}

/// What makes a trace, but for what comes of it.
struct Plan {
    id: String,
    comment: String,
    flags: Vec<&'static str>,
    rules: Vec<&'static str>,
    idle: State,
    inputs: Vec<Input>,
}

impl Plan {
    fn record(self) -> Trace {
        let words = |list: Vec<&'static str>| list.into_iter().map(Into::into).collect();
        let mut ledger = Ledger::new(self.idle);
        Trace {
            id: self.id,
            comment: self.comment,
            flags: words(self.flags),
            rules: words(self.rules),
            settle: self.idle.settle.name().into(),
            on_existing: self.idle.on_existing.name().into(),
            steps: self.inputs.into_iter().map(|input| record(&mut ledger, &real, input)).collect(),
        }
    }
}

/// Takes one input and writes down what came of it.
pub fn record(ledger: &mut Ledger, rules: Rules<'_>, input: Input) -> Step {
    let turn = ledger.take(rules, input);
    Step::of(input, ledger.calls(), &turn)
}
