//! Traces: a session is given the inputs, and each step is compared.

use connect_socket_core::lifecycle::{Signal, Trigger};

use super::table::{by_name, idle};
use super::{Difference, Played};
use crate::model::{Input, Ledger, Rules, real};
use crate::vectors::shape::{InputShape, Step, Trace, TraceFile};

/// Plays a file of traces on the real table.
pub fn play(text: &str) -> serde_json::Result<Played> {
    let file: TraceFile = serde_json::from_str(text)?;
    let steps = file.traces.iter().map(|trace| trace.steps.len()).sum();
    let differs = |trace: &Trace| {
        let what = replay(trace, &real, Sight::Whole).err()?;
        Some(Difference::new(&trace.id, what))
    };
    Ok(Played {
        cases: file.traces.len(),
        steps,
        differences: file.traces.iter().filter_map(differs).collect(),
    })
}

/// How much of a step is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// All of it.
    Whole,
    /// The phase and what a Mini Program observes: all that shows from outside of a port.
    Outside,
}

/// Plays a trace on a table; the error says at which step it is not as the trace says.
pub fn replay(trace: &Trace, rules: Rules<'_>, sight: Sight) -> Result<(), String> {
    let idle = idle(&trace.settle, &trace.on_existing).ok_or("no such settings")?;
    let mut ledger = Ledger::new(idle);
    for (at, expected) in trace.steps.iter().enumerate() {
        let input = input(&expected.input).ok_or_else(|| format!("step {}: no such input", at + 1))?;
        let turn = ledger.take(rules, input);
        let step = Step::of(input, ledger.calls(), &turn);
        if let Some(member) = differs(&step, expected, sight) {
            return Err(format!("step {}: {member}, it is {step:?}", at + 1));
        }
    }
    Ok(())
}

/// The input that a step names.
pub(crate) fn input(shape: &InputShape) -> Option<Input> {
    match shape {
        InputShape::Call { event, .. } => by_name(Trigger::ALL, Trigger::name, event).map(Input::Call),
        InputShape::Signal { event, connection } => {
            by_name(Signal::ALL, Signal::name, event).map(|signal| Input::Signal(signal, *connection))
        }
    }
}

/// The member in which the step is not as expected.
fn differs(step: &Step, expected: &Step, sight: Sight) -> Option<&'static str> {
    let hidden = sight == Sight::Outside;
    [
        ("input", step.input == expected.input),
        ("state", step.state == expected.state),
        ("ended", hidden || step.ended == expected.ended),
        ("told", step.told == expected.told),
        ("actions", hidden || step.actions == expected.actions),
    ]
    .into_iter()
    .find_map(|(member, same)| (!same).then_some(member))
}
