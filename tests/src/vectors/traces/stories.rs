//! Courses with a name: one for each promise that the rules make and the table can keep. `stories.txt` has them.

use connect_socket_core::lifecycle::{OnExisting, Settle, Signal, State, Trigger};

use super::super::shape::Trace;
use super::{OUT_OF_PLACE, Plan};
use crate::model::{Input, Ledger, real};

const STORIES: &str = include_str!("stories.txt");

pub(super) fn traces() -> impl Iterator<Item = Trace> {
    let mut lines = STORIES.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    std::iter::from_fn(move || Some(plan(lines.next()?, lines.next()?).record()))
}

fn plan(head: &'static str, script: &str) -> Plan {
    let cells: Vec<&str> = head.split('|').map(str::trim).collect();
    let [name, rules, settings, comment] = cells[..] else { panic!("four cells: {head}") };
    let idle = idle(settings).unwrap_or_else(|| panic!("no such settings: {head}"));
    let mut ledger = Ledger::new(idle);
    let (mut inputs, mut possible) = (Vec::new(), true);
    for word in script.split_whitespace() {
        for input in read(&ledger, word).unwrap_or_else(|| panic!("{name}: {word} is no input")) {
            possible &= ledger.is_possible(input);
            ledger.take(&real, input);
            inputs.push(input);
        }
    }
    Plan {
        id: format!("traces/stories/{name}"),
        comment: comment.to_owned(),
        flags: if possible { Vec::new() } else { vec![OUT_OF_PLACE] },
        rules: rules.split(' ').collect(),
        idle,
        inputs,
    }
}

fn idle(settings: &str) -> Option<State> {
    match settings {
        "-" => Some(State::default()),
        "on-accept" => Some(State::idle(Settle::OnAccept, OnExisting::Replace)),
        "reject" => Some(State::idle(Settle::OnOutcome, OnExisting::Reject)),
        _ => None,
    }
}

/// A word of a script: one input, or one for each signal.
fn read(ledger: &Ledger, word: &str) -> Option<Vec<Input>> {
    let signal = |name: &str| Signal::ALL.into_iter().find(|signal| signal.name() == name);
    if let Some((connection, name)) = word.split_once(':') {
        let connection = Some(connection.parse().ok()?);
        return match name {
            "*" => Some(Signal::ALL.map(|signal| Input::Signal(signal, connection)).to_vec()),
            name => Some(vec![Input::Signal(signal(name)?, connection)]),
        };
    }
    if let Some(signal) = signal(word) {
        return Some(vec![Input::Signal(signal, Some(ledger.current()?))]);
    }
    let name = match word {
        "connect" => "connect-accepted",
        "send" => "send-accepted",
        "close" => "close-accepted",
        other => other,
    };
    Trigger::ALL.into_iter().find(|trigger| trigger.name() == name).map(|trigger| vec![Input::Call(trigger)])
}
