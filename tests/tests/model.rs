//! The rules hold in everything that can be reached; and each check finds a fault that is made for it.

use connect_socket_core::ErrorCode;
use connect_socket_core::lifecycle::{
    Action, Call, CloseFrameKind, CloseVerdict, ConnectVerdict, Ended, Event, Failure, Notice, OnExisting,
    Origin, Outcome, Phase, Settle, Signal, State, Timer,
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
type Fault = fn(State, Event, &mut Row);

const CONNECT: Event = Event::Connect(ConnectVerdict::Accepted);
const CLOSE: Event = Event::Close(CloseVerdict::Accepted);

const fn current(signal: Signal) -> Event {
    Event::Signal(Origin::Current, signal)
}

/// Takes away the actions that are like this one.
fn drop_all(row: &mut Row, like: Action) {
    row.actions.retain(|&action| action != like);
}

/// For each check, a fault that it finds first.
const FAULTS: [(Check, Fault); Check::ALL.len()] = [
    (Check::Stale, |state, event, row| {
        if event == Event::Signal(Origin::Stale, Signal::PeerClose) && state.phase == Phase::Open {
            *row = real(state, current(Signal::PeerClose));
        }
    }),
    (Check::Settled, |state, event, row| {
        if event == current(Signal::EndOfStream) && state.phase == Phase::Open {
            drop_all(row, Action::FailSends);
        }
    }),
    (Check::LastEvent, |state, event, row| {
        if event == current(Signal::Failed(Failure::Answer)) && state.phase == Phase::Connecting {
            row.actions.push(Action::Tell(Notice::Error(ErrorCode::AnswerInvalid)));
        }
    }),
    (Check::FreeSlot, |state, event, row| {
        if event == current(Signal::PeerClose) && state.phase == Phase::Open {
            row.next = state;
        }
    }),
    (Check::Order, |state, event, row| {
        let connecting = State::idle(Settle::OnAccept, OnExisting::Replace).in_phase(Phase::Connecting);
        if event == current(Signal::Message) && state == connecting {
            row.actions.push(Action::Tell(Notice::Message));
        }
    }),
    (Check::Connect, |_, event, row| {
        if event == current(Signal::Opened) {
            drop_all(row, Action::Settle(Call::Connect, Outcome::Success));
        }
    }),
    (Check::OldFirst, |state, event, row| {
        if event == CONNECT && state.phase != Phase::Idle && state.settle == Settle::OnAccept {
            let settled = Action::Settle(Call::This, Outcome::Success);
            if row.actions.contains(&settled) {
                drop_all(row, settled);
                row.actions.insert(0, settled);
            }
        }
    }),
    (Check::Refused, |state, event, row| {
        if event == Event::Connect(ConnectVerdict::UrlMissing) && state.phase == Phase::Open {
            row.actions.push(Action::AnswerPing);
        }
    }),
    (Check::CloseFrame, |state, event, row| {
        if event == CLOSE && state.phase == Phase::Closing {
            row.actions.insert(0, Action::SendClose(CloseFrameKind::Normal));
        }
    }),
    (Check::Transport, |state, event, row| {
        if event == current(Signal::EndOfStream) && state.phase == Phase::Open {
            drop_all(row, Action::Drop);
        }
    }),
    (Check::Deadlines, |state, event, row| {
        if event == current(Signal::CloseTimeout) && state.phase == Phase::Closing {
            *row = Row { next: state, ended: None, actions: vec![Action::Arm(Timer::Close)] };
        }
    }),
    (Check::NoDeadEnd, |state, event, row| {
        if state.phase == Phase::Closing && row.next != state {
            let actions = match event {
                Event::Connect(_) => {
                    vec![Action::Settle(Call::This, Outcome::Fail(ErrorCode::AlreadyConnected))]
                }
                Event::Signal(_, Signal::CloseTimeout) => vec![Action::Arm(Timer::Close)],
                Event::Send(_) | Event::Close(_) | Event::Signal(_, _) => Vec::new(),
            };
            *row = Row { next: state, ended: None, actions };
        }
    }),
    (Check::Settings, |state, event, row| {
        if event == CLOSE && state.phase == Phase::Idle {
            row.next.on_existing = OnExisting::Reject;
        }
    }),
    (Check::OutOfPlace, |state, event, row| {
        if event == current(Signal::CloseTimeout) && state.phase == Phase::Open {
            *row = real(state, current(Signal::EndOfStream));
        }
    }),
    (Check::EveryState, |state, event, row| {
        if event == CLOSE && state.phase == Phase::Open {
            *row =
                Row { next: state, ended: None, actions: vec![Action::Settle(Call::This, Outcome::Success)] };
        }
    }),
    (Check::EveryCode, |state, event, row| {
        if event == current(Signal::Failed(Failure::Certificate)) && state.phase == Phase::Connecting {
            *row = real(state, current(Signal::Failed(Failure::Unknown)));
        }
    }),
    (Check::Contract, |state, event, row| {
        if event == current(Signal::PeerClose) && state.phase == Phase::Closing {
            row.ended = Some(Ended::Replaced);
        }
    }),
];

/// The real table with the fault in it.
fn faulty(fault: Fault) -> impl Fn(State, Event) -> Row {
    move |state, event| {
        let mut row = real(state, event);
        fault(state, event, &mut row);
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
