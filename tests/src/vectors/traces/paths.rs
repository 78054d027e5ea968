//! Every course of a few inputs, over an alphabet of those that matter most.

use connect_socket_core::lifecycle::{
    CloseVerdict, ConnectVerdict, Failure, SendVerdict, Signal, State, Trigger,
};

use super::super::shape::Trace;
use super::Plan;
use crate::model::{Input, Ledger, real};

/// How many inputs a path has.
const LENGTH: usize = 5;

/// The calls of the alphabet.
const CALLS: [Trigger; 3] = [
    Trigger::Connect(ConnectVerdict::Accepted),
    Trigger::Send(SendVerdict::Accepted),
    Trigger::Close(CloseVerdict::Accepted),
];

/// The signals of the alphabet, of the current connection where they are possible.
const SIGNALS: [Signal; 4] =
    [Signal::Opened, Signal::Failed(Failure::Answer), Signal::Sent, Signal::PeerClose];

/// The signal that comes late, from the connection before the newest.
const LATE: Signal = Signal::PeerClose;

pub(super) fn comment() -> String {
    let calls = CALLS.map(Trigger::name).join(", ");
    let signals = SIGNALS.map(Signal::name).join(", ");
    format!(
        "Every path of {LENGTH} inputs over {calls}, {signals} of the current connection where they are possible, \
         and a late {LATE} of the latest connection that has ended; in the default settings. Shorter paths are \
         their beginnings."
    )
}

pub(super) fn traces() -> impl Iterator<Item = Trace> {
    let mut paths = vec![(Ledger::new(State::default()), Vec::new())];
    for _ in 0..LENGTH {
        paths = paths.iter().flat_map(|(ledger, path)| longer(ledger, path)).collect();
    }
    paths.into_iter().map(|(ledger, path)| plan(&ledger, path).record())
}

fn longer(ledger: &Ledger, path: &[Input]) -> Vec<(Ledger, Vec<Input>)> {
    let calls = CALLS.map(Input::Call);
    let signals = SIGNALS.map(|signal| Input::Signal(signal, ledger.current()));
    let ended = ledger.connections() - u32::from(ledger.current().is_some());
    let late = (ended > 0).then_some(Input::Signal(LATE, Some(ended)));
    let possible = calls.into_iter().chain(signals).chain(late).filter(|&input| ledger.is_possible(input));
    possible
        .map(|input| {
            let (mut ledger, mut path) = (ledger.clone(), path.to_vec());
            ledger.take(&real, input);
            path.push(input);
            (ledger, path)
        })
        .collect()
}

fn plan(end: &Ledger, path: Vec<Input>) -> Plan {
    let names: Vec<String> = path.iter().map(name).collect();
    Plan {
        id: format!("traces/paths/{}", names.join("/")),
        comment: format!("ends {} after {} connects", end.state().phase, end.connections()),
        flags: Vec::new(),
        rules: vec!["T"],
        idle: State::default(),
        inputs: path,
    }
}

fn name(input: &Input) -> String {
    match input {
        Input::Call(trigger) => trigger.name().to_owned(),
        Input::Signal(signal, connection) => format!("{signal}@{}", connection.unwrap_or_default()),
    }
}
