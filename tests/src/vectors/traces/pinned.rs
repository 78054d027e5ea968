//! Which rules a row pins.

use connect_socket_core::lifecycle::{
    CloseVerdict, ConnectVerdict, Failure, OnExisting, Origin, Phase, SendVerdict, Settle, Signal, State,
    Trigger,
};

/// The names of the rules, as `core/RULES.md` lists them.
pub(super) fn by_row(state: State, trigger: Trigger) -> Vec<&'static str> {
    match trigger {
        Trigger::Connect(verdict) => by_connect(state, verdict),
        Trigger::Send(verdict) => match (state.phase, verdict) {
            (Phase::Open, SendVerdict::Accepted) => vec!["G2", "T"],
            (Phase::Open, SendVerdict::Refused)
            | (
                Phase::Idle | Phase::Connecting | Phase::Closing,
                SendVerdict::Accepted | SendVerdict::Refused,
            ) => {
                vec!["G2", "C"]
            }
        },
        Trigger::Close(CloseVerdict::Refused) => vec!["G2", "C"],
        Trigger::Close(CloseVerdict::Accepted) => match state.phase {
            Phase::Idle | Phase::Closing => vec!["G2", "T"],
            Phase::Connecting => vec!["G2", "G3", "G4", settled(state)],
            Phase::Open => vec!["G2", "F4", "T"],
        },
        Trigger::Signal(Origin::Stale, _) => vec!["G1"],
        Trigger::Signal(Origin::Current, signal) => match state.phase {
            Phase::Idle => vec!["G1", "T"],
            Phase::Connecting => while_connecting(state, signal),
            Phase::Open => while_open(signal),
            Phase::Closing => while_closing(signal),
        },
    }
}

/// The rule by which a connect settles.
fn settled(state: State) -> &'static str {
    match state.settle {
        Settle::OnOutcome => "S1",
        Settle::OnAccept => "S2",
    }
}

fn by_connect(state: State, verdict: ConnectVerdict) -> Vec<&'static str> {
    let exists = state.phase != Phase::Idle;
    let kept = exists && state.on_existing == OnExisting::Reject;
    match verdict {
        ConnectVerdict::UrlMissing => vec!["V1", "S4"],
        ConnectVerdict::UrlInvalid => vec!["V2", "S4"],
        ConnectVerdict::SchemeInvalid => vec!["V3", "S4"],
        ConnectVerdict::WssRequired => vec!["V4", "S4"],
        ConnectVerdict::ParameterInvalid | ConnectVerdict::Accepted if kept => vec!["V5", "S4"],
        ConnectVerdict::ParameterInvalid => vec!["V6", "S4"],
        ConnectVerdict::Accepted if exists => vec!["G2", "G3", "S3", settled(state)],
        ConnectVerdict::Accepted => vec![settled(state)],
    }
}

fn while_connecting(state: State, signal: Signal) -> Vec<&'static str> {
    match signal {
        Signal::Opened => vec![settled(state)],
        Signal::Failed(Failure::Subprotocol) => vec!["U4", "G3", "G4", settled(state)],
        Signal::Failed(Failure::Answer) => vec!["U1", "G3", "G4", settled(state)],
        Signal::Failed(Failure::Memory) => vec!["Q5", "G3", "G4", settled(state)],
        Signal::Failed(Failure::Unknown | Failure::TimedOut | Failure::Certificate)
        | Signal::EndOfStream
        | Signal::TransportError => vec!["C", "G3", "G4", settled(state)],
        Signal::Heard
        | Signal::Message
        | Signal::Ping
        | Signal::PingDue
        | Signal::Sent
        | Signal::PeerClose
        | Signal::Violation
        | Signal::NotUtf8
        | Signal::OverLimit
        | Signal::PongTimeout
        | Signal::CloseTimeout => vec!["T"],
        Signal::Unwritable => vec!["F7"],
    }
}

fn while_open(signal: Signal) -> Vec<&'static str> {
    match signal {
        Signal::Heard | Signal::PingDue => vec!["F6"],
        Signal::PongTimeout => vec!["F6", "G3", "G4"],
        Signal::Sent => vec!["G2"],
        Signal::PeerClose => vec!["F4", "F5", "G3", "G4"],
        Signal::Violation => vec!["F1", "F5", "G3", "G4"],
        Signal::NotUtf8 => vec!["F2", "F5", "G3", "G4"],
        Signal::OverLimit => vec!["F3", "F5", "G3", "G4"],
        Signal::EndOfStream | Signal::TransportError => vec!["G3", "G4", "T"],
        Signal::Unwritable => vec!["F7", "G2"],
        Signal::Message | Signal::Ping | Signal::Opened | Signal::Failed(_) | Signal::CloseTimeout => {
            vec!["T"]
        }
    }
}

fn while_closing(signal: Signal) -> Vec<&'static str> {
    match signal {
        Signal::Sent => vec!["G2"],
        Signal::Unwritable => vec!["F7", "G2"],
        Signal::PeerClose
        | Signal::EndOfStream
        | Signal::TransportError
        | Signal::Violation
        | Signal::NotUtf8
        | Signal::OverLimit
        | Signal::CloseTimeout => vec!["F4", "F5", "G3", "G4"],
        Signal::Heard
        | Signal::Message
        | Signal::Ping
        | Signal::PingDue
        | Signal::PongTimeout
        | Signal::Opened
        | Signal::Failed(_) => vec!["T"],
    }
}
