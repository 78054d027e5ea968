//! The rules hold in everything that can be reached; and each check finds a fault that is made for it.

use connect_socket_core::ErrorCode;
use connect_socket_core::lifecycle::{
    Call, CloseFrameKind, CloseVerdict, ConnectVerdict, Effect, Ended, Failure, Notice, OnExisting, Origin,
    Outcome, Phase, Settle, Signal, State, Timer, Trigger,
};
use connect_socket_tests::model::{
    BOUNDS, Bounds, Breach, Check, Contract, Row, beginnings, compose, real, walk,
};

fn holds<T>(result: Result<T, Breach>) -> T {
    result.unwrap_or_else(|breach| panic!("{breach}"))
}

/// G1–G5, G7, S1–S4, F4–F6, C: every event in every world, in all settings.
#[test]
fn rules_hold_everywhere() {
    let walked = holds(walk(&real, beginnings()));
    println!("{walked}");
    assert_eq!(walked.states, State::ALL.len());
}

/// G1–G5, G7, S1–S3: three connections over networks that are late, repeat themselves and know no order.
#[test]
fn rules_hold_for_three_connections() {
    println!("{}", holds(compose(&real, beginnings(), BOUNDS)));
}

/// T, and whatever it cites: all rows are those that were written by hand.
#[test]
fn rows_are_those_written_by_hand() {
    let contract = Contract::read();
    let compared = holds(contract.check_all(&real));
    println!("{compared} rows compared with {} lines written by hand", contract.lines());
    assert_eq!(compared, 832);
}

/// A table with a fault: what it makes of a row.
type Fault = fn(State, Trigger, &mut Row);

const CONNECT: Trigger = Trigger::Connect(ConnectVerdict::Accepted);
const CLOSE: Trigger = Trigger::Close(CloseVerdict::Accepted);

const fn current(signal: Signal) -> Trigger {
    Trigger::Signal(Origin::Current, signal)
}

/// Takes away the actions that are like this one.
fn drop_all(row: &mut Row, like: Effect) {
    row.effects.retain(|&effect| effect != like);
}

/// For each check, a fault that it finds first.
const FAULTS: [(Check, Fault); Check::ALL.len()] = [
    (Check::Stale, |state, trigger, row| {
        if trigger == Trigger::Signal(Origin::Stale, Signal::PeerClose) && state.phase == Phase::Open {
            *row = real(state, current(Signal::PeerClose));
        }
    }),
    (Check::Settled, |state, trigger, row| {
        if trigger == current(Signal::EndOfStream) && state.phase == Phase::Open {
            drop_all(row, Effect::FailSends);
        }
    }),
    (Check::LastEvent, |state, trigger, row| {
        if trigger == current(Signal::Failed(Failure::Answer)) && state.phase == Phase::Connecting {
            row.effects.push(Effect::Tell(Notice::Error(ErrorCode::AnswerInvalid)));
        }
    }),
    (Check::FreeSlot, |state, trigger, row| {
        if trigger == current(Signal::PeerClose) && state.phase == Phase::Open {
            row.next = state;
        }
    }),
    (Check::Order, |state, trigger, row| {
        let connecting = State::idle(Settle::OnAccept, OnExisting::Replace).in_phase(Phase::Connecting);
        if trigger == current(Signal::Message) && state == connecting {
            row.effects.push(Effect::Tell(Notice::Message));
        }
    }),
    (Check::Connect, |_, trigger, row| {
        if trigger == current(Signal::Opened) {
            drop_all(row, Effect::Settle(Call::Connect, Outcome::Success));
        }
    }),
    (Check::OldFirst, |state, trigger, row| {
        if trigger == CONNECT && state.phase != Phase::Idle && state.settle == Settle::OnAccept {
            let settled = Effect::Settle(Call::This, Outcome::Success);
            if row.effects.contains(&settled) {
                drop_all(row, settled);
                row.effects.insert(0, settled);
            }
        }
    }),
    (Check::Refused, |state, trigger, row| {
        if trigger == Trigger::Connect(ConnectVerdict::UrlMissing) && state.phase == Phase::Open {
            row.effects.push(Effect::AnswerPing);
        }
    }),
    (Check::CloseFrame, |state, trigger, row| {
        if trigger == CLOSE && state.phase == Phase::Closing {
            row.effects.insert(0, Effect::SendClose(CloseFrameKind::Normal));
        }
    }),
    (Check::Transport, |state, trigger, row| {
        if trigger == current(Signal::EndOfStream) && state.phase == Phase::Open {
            drop_all(row, Effect::Drop);
        }
    }),
    (Check::Deadlines, |state, trigger, row| {
        if trigger == current(Signal::CloseTimeout) && state.phase == Phase::Closing {
            *row = Row { next: state, ended: None, effects: vec![Effect::Arm(Timer::Close)] };
        }
    }),
    (Check::NoDeadEnd, |state, trigger, row| {
        if state.phase == Phase::Closing && row.next != state {
            let effects = match trigger {
                Trigger::Connect(_) => {
                    vec![Effect::Settle(Call::This, Outcome::Fail(ErrorCode::AlreadyConnected))]
                }
                Trigger::Signal(_, Signal::CloseTimeout) => vec![Effect::Arm(Timer::Close)],
                Trigger::Send(_) | Trigger::Close(_) | Trigger::Signal(_, _) => Vec::new(),
            };
            *row = Row { next: state, ended: None, effects };
        }
    }),
    (Check::Settings, |state, trigger, row| {
        if trigger == CLOSE && state.phase == Phase::Idle {
            row.next.on_existing = OnExisting::Reject;
        }
    }),
    (Check::OutOfPlace, |state, trigger, row| {
        if trigger == current(Signal::CloseTimeout) && state.phase == Phase::Open {
            *row = real(state, current(Signal::EndOfStream));
        }
    }),
    (Check::EveryState, |state, trigger, row| {
        if trigger == CLOSE && state.phase == Phase::Open {
            *row =
                Row { next: state, ended: None, effects: vec![Effect::Settle(Call::This, Outcome::Success)] };
        }
    }),
    (Check::EveryCode, |state, trigger, row| {
        if trigger == current(Signal::Failed(Failure::Certificate)) && state.phase == Phase::Connecting {
            *row = real(state, current(Signal::Failed(Failure::Unknown)));
        }
    }),
    (Check::Contract, |state, trigger, row| {
        if trigger == current(Signal::PeerClose) && state.phase == Phase::Closing {
            row.ended = Some(Ended::Replaced);
        }
    }),
];

/// The real table with the fault in it.
fn faulty(fault: Fault) -> impl Fn(State, Trigger) -> Row {
    move |state, trigger| {
        let mut row = real(state, trigger);
        fault(state, trigger, &mut row);
        row
    }
}

/// No check is there for show.
#[test]
fn each_check_finds_its_fault() {
    for (check, (made_for, fault)) in Check::ALL.into_iter().zip(FAULTS) {
        assert_eq!(check, made_for, "the faults are in the order of the checks");
        let rules = faulty(fault);
        let breach = if check == Check::Contract {
            Contract::read().check_all(&rules).err()
        } else {
            walk(&rules, beginnings()).err()
        };
        let breach = breach.unwrap_or_else(|| panic!("{}: nothing is found", check.name()));
        println!("{breach}");
        assert_eq!(breach.check, check, "{breach}");
    }
}

/// What the judge of three connections finds by itself, where the book is not asked.
#[test]
fn judge_finds_faults() {
    let bounds = Bounds { connections: 2, in_flight: 2, sends: 1 };
    let found = FAULTS.into_iter().filter_map(|(_, fault)| {
        let breach = compose(&faulty(fault), beginnings(), bounds).err()?;
        println!("{breach}");
        Some(breach.check)
    });
    let mut found: Vec<Check> = found.collect();
    found.sort_unstable();
    found.dedup();
    let seen_from_outside = [
        Check::Stale,
        Check::Settled,
        Check::LastEvent,
        Check::FreeSlot,
        Check::Order,
        Check::Connect,
        Check::OldFirst,
        Check::Deadlines,
    ];
    assert_eq!(found, seen_from_outside);
}
