//! Storms: connects that replace each other as fast as they can, and signals of all connections that come late,
//! twice and in no order. What comes is drawn from a seed, so a storm is always the same.

use connect_socket_core::lifecycle::{
    CloseVerdict, ConnectVerdict, OnExisting, SendVerdict, Settle, Signal, State, Trigger,
};

use super::super::shape::Trace;
use super::Plan;
use crate::model::{Input, Ledger, real};

/// How many inputs a drawn storm has.
const LENGTH: usize = 50;

/// How many drawn storms there are for each pair of settings.
const DRAWN: u64 = 2;

/// How many connects follow each other in a replacement storm.
const CONNECTS: u32 = 8;

const CONNECT: Input = Input::Call(Trigger::Connect(ConnectVerdict::Accepted));
const SEND: Input = Input::Call(Trigger::Send(SendVerdict::Accepted));
const CLOSE: Input = Input::Call(Trigger::Close(CloseVerdict::Accepted));

pub(super) fn traces() -> impl Iterator<Item = Trace> {
    let settings = Settle::ALL
        .into_iter()
        .flat_map(|settle| OnExisting::ALL.map(|on_existing| State::idle(settle, on_existing)));
    settings.flat_map(|idle| {
        let drawn = (0..DRAWN).map(move |seed| drawn(idle, seed));
        [connects(idle), openings(idle)].into_iter().chain(drawn).map(Plan::record)
    })
}

fn plan(idle: State, name: &str, comment: &str, rules: &[&'static str], inputs: Vec<Input>) -> Plan {
    Plan {
        id: format!("traces/stories/storm/{name}/{}/{}", idle.settle, idle.on_existing),
        comment: comment.to_owned(),
        flags: Vec::new(),
        rules: rules.to_vec(),
        idle,
        inputs,
    }
}

/// Nothing but connects, and then an answer to each, the first one last.
fn connects(idle: State) -> Plan {
    let mut inputs = vec![CONNECT; CONNECTS as usize];
    let accepted = match idle.on_existing {
        OnExisting::Replace => CONNECTS,
        OnExisting::Reject => 1,
    };
    inputs.extend((1..=accepted).rev().map(|number| Input::Signal(Signal::Opened, Some(number))));
    let comment = "Connects that follow each other at once, and an answer to each, the newest first.";
    plan(idle, "connects", comment, &["G1", "G2", "S3", "V5"], inputs)
}

/// Each connection opens, has two sends waiting and is closed or not; then comes the next.
fn openings(idle: State) -> Plan {
    let mut ledger = Ledger::new(idle);
    let mut inputs = Vec::new();
    for round in 0..CONNECTS {
        let current = |ledger: &Ledger, signal| Input::Signal(signal, ledger.current());
        take(&mut ledger, &mut inputs, CONNECT);
        for signal in [Signal::Opened, Signal::Message] {
            let input = current(&ledger, signal);
            take(&mut ledger, &mut inputs, input);
        }
        for call in [SEND, SEND] {
            take(&mut ledger, &mut inputs, call);
        }
        if round % 2 == 1 {
            take(&mut ledger, &mut inputs, CLOSE);
        }
        let late = [Signal::Sent, Signal::PeerClose, Signal::EndOfStream];
        for signal in late {
            take(&mut ledger, &mut inputs, Input::Signal(signal, Some(round)));
        }
    }
    let comment =
        "Each connection opens and has sends waiting when the next connect comes; every other is closing.";
    plan(idle, "openings", comment, &["G1", "G2", "S3", "V5"], inputs)
}

/// Whatever can come, drawn from the seed.
fn drawn(idle: State, seed: u64) -> Plan {
    let mut ledger = Ledger::new(idle);
    let mut inputs = Vec::new();
    let mut dice = Dice(seed);
    while inputs.len() < LENGTH {
        let input = draw(&mut dice, &ledger);
        take(&mut ledger, &mut inputs, input);
    }
    let comment =
        "Calls, signals of the current connection and of earlier ones, late, twice and in no order.";
    plan(idle, &format!("drawn-from-{seed}"), comment, &["G1", "G2", "G3", "G4"], inputs)
}

/// Takes the input if it is possible.
fn take(ledger: &mut Ledger, inputs: &mut Vec<Input>, input: Input) {
    if ledger.is_possible(input) {
        ledger.take(&real, input);
        inputs.push(input);
    }
}

/// A late signal as often as any other thing; calls that keep the storm going more often than others.
fn draw(dice: &mut Dice, ledger: &Ledger) -> Input {
    let signal = dice.pick(&Signal::ALL);
    match dice.below(10) {
        0 | 1 => CONNECT,
        2 => dice.pick(&[SEND, SEND, CLOSE]),
        3 => Input::Call(dice.pick(&Trigger::ALL[..10])),
        4 => Input::Signal(Signal::Opened, ledger.current()),
        5 | 6 => Input::Signal(signal, ledger.current()),
        _ => Input::Signal(signal, Some(1 + dice.below(ledger.connections().max(1)))),
    }
}

/// Numbers from a seed (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u32) -> u32 {
        u32::try_from(self.next() % u64::from(bound)).expect("it is below a u32")
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        let most = u32::try_from(list.len()).expect("lists are short");
        list[self.below(most) as usize]
    }
}
