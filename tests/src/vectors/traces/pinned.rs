//! Which rules a row pins. They follow from what the table says of the row: what is asked, and what is done about it.

use connect_socket_core::lifecycle::{
    Call, CloseVerdict, ConnectVerdict, Effect, Ended, Failure, Notice, OnExisting, Origin, Outcome, Phase,
    SendVerdict, Settle, Signal, State, Step, Timer, Trigger, step,
};

/// The names of the rules, in the order of `core/RULES.md`.
pub(super) fn by_row(state: State, trigger: Trigger) -> Vec<&'static str> {
    let row = step(state, trigger);
    let mut rules = asked(state, trigger, &row);
    rules.extend(row.effects.iter().flat_map(|effect| done(state, *effect)));
    rules.extend(row.ended.into_iter().flat_map(ended));
    rules.sort_by_key(|rule| place(rule));
    rules.dedup();
    rules
}

/// Where a rule stands: its part, and its number in it.
fn place(rule: &str) -> (Option<usize>, &str) {
    let (part, number) = rule.split_at(1);
    ("GSVQCUFMTDL".find(part), number)
}

/// The rules about the input itself.
fn asked(state: State, trigger: Trigger, row: &Step) -> Vec<&'static str> {
    let exists = state.phase != Phase::Idle;
    let kept = exists && state.on_existing == OnExisting::Reject;
    match trigger {
        Trigger::Connect(ConnectVerdict::UrlMissing) => vec!["V1", "S4"],
        Trigger::Connect(ConnectVerdict::UrlInvalid) => vec!["V2", "S4"],
        Trigger::Connect(ConnectVerdict::SchemeInvalid) => vec!["V3", "S4"],
        Trigger::Connect(ConnectVerdict::WssRequired) => vec!["V4", "S4"],
        Trigger::Connect(ConnectVerdict::ParameterInvalid | ConnectVerdict::Accepted) if kept => {
            vec!["V5", "S4"]
        }
        Trigger::Connect(ConnectVerdict::ParameterInvalid) => vec!["V6", "S4"],
        Trigger::Connect(ConnectVerdict::Accepted) => vec!["T2"],
        Trigger::Send(SendVerdict::Accepted | SendVerdict::Refused) => match state.phase {
            Phase::Closing => vec!["T6"],
            Phase::Open => vec!["T3"],
            Phase::Idle | Phase::Connecting => Vec::new(),
        },
        Trigger::Close(CloseVerdict::Accepted | CloseVerdict::Refused) => vec!["T4"],
        Trigger::Signal(Origin::Stale, _) => vec!["G1"],
        Trigger::Signal(Origin::Current, signal) => signalled(state.phase, signal, row),
    }
}

/// The rules about a signal of the current connection: where it does something, and where it does not.
fn signalled(phase: Phase, signal: Signal, row: &Step) -> Vec<&'static str> {
    if row.effects.is_empty() && row.ended.is_none() && row.next.phase == phase {
        return match phase {
            Phase::Idle => vec!["G1", "T1"],
            Phase::Connecting if signal == Signal::Unwritable => vec!["F7"],
            Phase::Closing if matches!(signal, Signal::Message | Signal::Ping) => vec!["T6"],
            Phase::Connecting | Phase::Open | Phase::Closing => vec!["T1"],
        };
    }
    match signal {
        Signal::Failed(Failure::Answer) => vec!["U1"],
        Signal::Failed(Failure::Subprotocol) => vec!["U4"],
        Signal::Failed(Failure::Memory) => vec!["Q5"],
        Signal::Message => vec!["G5"],
        Signal::Ping => vec!["T5"],
        Signal::Heard | Signal::PingDue | Signal::PongTimeout => vec!["F6"],
        Signal::Sent => vec!["T3"],
        Signal::PeerClose => vec!["F4"],
        Signal::Violation => vec!["F1"],
        Signal::NotUtf8 => vec!["F2"],
        Signal::OverLimit => vec!["F3"],
        Signal::Unwritable => vec!["F7"],
        Signal::CloseTimeout => vec!["T4"],
        Signal::Opened
        | Signal::Failed(Failure::Unknown | Failure::TimedOut | Failure::Certificate)
        | Signal::EndOfStream
        | Signal::TransportError => Vec::new(),
    }
}

/// The rules about something that is done.
fn done(state: State, effect: Effect) -> Vec<&'static str> {
    match effect {
        Effect::Settle(Call::Connect, Outcome::Success) | Effect::Tell(Notice::Opened) => {
            vec!["G2", settled(state)]
        }
        Effect::Settle(Call::Connect, Outcome::Fail(_)) => vec!["G2", "C", "S1"],
        Effect::Settle(Call::This | Call::Send, Outcome::Success) => vec!["G2"],
        Effect::Settle(Call::This | Call::Send, Outcome::Fail(_)) | Effect::FailSends => vec!["G2", "C"],
        Effect::Tell(Notice::Error(_) | Notice::Closed(_, _)) => vec!["C"],
        Effect::Tell(Notice::Message) => vec!["G5"],
        Effect::Begin => vec!["T2", settled(state)],
        Effect::QueueMessage => vec!["T3"],
        Effect::SendClose(_) => vec!["F4"],
        Effect::AnswerPing => vec!["T5"],
        Effect::SendPing | Effect::Arm(Timer::Ping | Timer::Pong) => vec!["F6"],
        Effect::Drop | Effect::Linger => vec!["F5"],
        Effect::Arm(Timer::Connect | Timer::Close) | Effect::Disarm(_) => Vec::new(),
    }
}

/// The rules about the end of a connection.
fn ended(how: Ended) -> Vec<&'static str> {
    match how {
        Ended::Replaced => vec!["G3", "S3", "T1"],
        Ended::Failed | Ended::Closed => vec!["G3", "G4", "T1"],
    }
}

/// The rule by which a connect settles.
fn settled(state: State) -> &'static str {
    match state.settle {
        Settle::OnOutcome => "S1",
        Settle::OnAccept => "S2",
    }
}
