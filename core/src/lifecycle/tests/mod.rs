//! Checks of the words and the lists of the table: it is finite, so nothing here is a sample. What the rows say is
//! checked through the public API, by the package `tests`: against rows written by hand, and by walking them.

use std::collections::HashSet;

use super::*;
use crate::code::ErrorCode;

/// The table is as large as it says, and the words in it are distinct, lower-case and stable in form.
#[test]
fn words_are_distinct() {
    fn check<'a>(what: &str, names: impl IntoIterator<Item = &'a str>) {
        let mut seen = HashSet::new();
        for name in names {
            assert!(seen.insert(name), "{what}: {name} twice");
            assert!(
                name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{name}"
            );
        }
        println!("{what}: {}", seen.len());
    }
    check("triggers", Trigger::ALL.iter().map(|it| it.name()));
    check("signals", Signal::ALL.iter().map(|it| it.name()));
    check("phases", Phase::ALL.iter().map(|it| it.name()));
    check(
        "settings",
        Settle::ALL.iter().map(|it| it.name()).chain(OnExisting::ALL.iter().map(|it| it.name())),
    );
    check("ends", Ended::ALL.iter().map(|it| it.name()));
    check("codes", ErrorCode::ALL.iter().map(|it| it.name()));
    check("close codes", CloseCode::ALL.iter().map(|it| it.name()));
    check("close causes", CloseCause::ALL.iter().map(|it| it.name()));
    check("close frames", CloseFrameKind::ALL.iter().map(|it| it.name()));
    check("timers", Timer::ALL.iter().map(|it| it.name()));
    for signal in Signal::ALL {
        assert_eq!(Trigger::Signal(Origin::Current, signal).name(), signal.name());
        assert_eq!(Trigger::Signal(Origin::Stale, signal).name(), format!("stale-{}", signal.name()));
    }
    assert_eq!(State::ALL.iter().collect::<HashSet<_>>().len(), 16);
    assert_eq!(Trigger::ALL.iter().collect::<HashSet<_>>().len(), 52);
    assert!(ErrorCode::ALL.iter().map(|code| code.number()).eq(1..=12));
}

/// Every failure has a signal: a list that fell behind its enum would leave rows out of every walk.
#[test]
fn signals_are_all_listed() {
    for failure in Failure::ALL {
        assert!(Signal::ALL.contains(&Signal::Failed(failure)));
    }
    let place = |signal| match signal {
        Signal::Opened => 0,
        Signal::Failed(_) => 1,
        Signal::Heard => 2,
        Signal::Message => 3,
        Signal::Ping => 4,
        Signal::PingDue => 5,
        Signal::Sent => 6,
        Signal::PeerClose => 7,
        Signal::EndOfStream => 8,
        Signal::TransportError => 9,
        Signal::Unwritable => 10,
        Signal::Violation => 11,
        Signal::NotUtf8 => 12,
        Signal::OverLimit => 13,
        Signal::PongTimeout => 14,
        Signal::CloseTimeout => 15,
    };
    let places: HashSet<_> = Signal::ALL.map(place).into_iter().collect();
    assert_eq!(places, (0..16).collect());
}

#[test]
fn table_lists_every_row() {
    let rows: Vec<_> = table().collect();
    println!("{} states, {} triggers, {} rows", State::ALL.len(), Trigger::ALL.len(), rows.len());
    assert_eq!(rows.len(), 832);
    assert_eq!(table().len(), 832);
    assert_eq!(rows.iter().map(|&(state, trigger, _)| (state, trigger)).collect::<HashSet<_>>().len(), 832);
    for &(state, trigger, step) in &rows {
        assert_eq!(step, super::step(state, trigger));
        assert!(step.effects.iter().copied().eq(step.effects));
        assert_eq!(step.effects.len(), step.effects.iter().count());
        assert_eq!(step.effects.is_empty(), step.effects.as_slice().is_empty());
    }
    // Neither a longer list than needed nor a row that fills it by chance.
    assert_eq!(rows.iter().map(|(_, _, step)| step.effects.len()).max(), Some(Effects::CAPACITY));
}

/// G1: what is stale changes nothing, in any state.
#[test]
fn stale_signals_do_nothing() {
    let mut rows = 0;
    for (state, trigger, step) in table() {
        if let Trigger::Signal(Origin::Stale, _) = trigger {
            assert_eq!(step, Step { next: state, ended: None, effects: Effects::NONE }, "{state}, {trigger}");
            rows += 1;
        }
    }
    println!("{rows} stale rows");
    assert_eq!(rows, 336);
}

/// S4: a connect call that is refused fails at once and touches nothing; V5 refuses while there is one.
#[test]
fn refused_connects_touch_nothing() {
    for (state, trigger, step) in table() {
        let Trigger::Connect(verdict) = trigger else { continue };
        let kept = state.on_existing == OnExisting::Reject && state.phase != Phase::Idle;
        if verdict == ConnectVerdict::Accepted && !kept {
            continue;
        }
        assert_eq!((step.next, step.ended), (state, None), "{state}, {trigger}");
        assert!(matches!(step.effects.as_slice(), [Effect::Settle(Call::This, Outcome::Fail(_))]));
    }
}

/// C: the table can produce each of the twelve codes, on the ways that the contract names.
#[test]
fn every_code_is_produced() {
    let (mut by_fail, mut by_error) = (HashSet::new(), HashSet::new());
    for (_, _, step) in table() {
        for effect in step.effects {
            match effect {
                Effect::Settle(_, Outcome::Fail(code)) => _ = by_fail.insert(code.number()),
                Effect::FailSends => _ = by_fail.insert(11),
                Effect::Tell(Notice::Error(code)) => _ = by_error.insert(code.number()),
                _ => {}
            }
        }
    }
    println!("codes that reach fail: {}, onSocketError: {}", by_fail.len(), by_error.len());
    assert_eq!(by_fail, (1..=12).collect());
    assert_eq!(by_error, HashSet::from([1, 6, 7, 8, 9, 12]));
}

/// Every effect, notice, close code, cause, frame and timer that the table has a word for is used by a row.
#[test]
fn every_word_is_used() {
    let mut used = HashSet::new();
    let mut ended = HashSet::new();
    for (_, _, step) in table() {
        ended.extend(step.ended);
        for effect in step.effects {
            used.insert(effect.name().to_owned());
            match effect {
                Effect::Settle(call, outcome) => {
                    used.extend([format!("call {call}"), format!("outcome {}", outcome.name())]);
                }
                Effect::Tell(notice) => {
                    used.insert(format!("notice {}", notice.name()));
                    if let Notice::Closed(code, cause) = notice {
                        used.extend([format!("code {code}"), format!("cause {cause}")]);
                    }
                }
                Effect::SendClose(kind) => _ = used.insert(format!("frame {kind}")),
                Effect::Arm(timer) => _ = used.insert(format!("arm {timer}")),
                Effect::Disarm(timer) => _ = used.insert(format!("disarm {timer}")),
                _ => {}
            }
        }
    }
    assert_eq!(ended.len(), Ended::ALL.len());
    assert!(Call::ALL.iter().all(|it| used.contains(&format!("call {it}"))));
    assert!(CloseCode::ALL.iter().all(|it| used.contains(&format!("code {it}"))));
    assert!(CloseCause::ALL.iter().all(|it| used.contains(&format!("cause {it}"))));
    assert!(CloseFrameKind::ALL.iter().all(|it| used.contains(&format!("frame {it}"))));
    assert!(Timer::ALL.iter().all(|it| used.contains(&format!("arm {it}"))));
    assert!(Timer::ALL.iter().all(|it| used.contains(&format!("disarm {it}"))));
    let effects = used.iter().filter(|it| !it.contains(' ') || it.starts_with("notice")).count();
    assert_eq!(effects, 12 + 4);
}

/// The answers that are computed when the table is compiled, and that it can be asked at all there.
#[test]
fn compile_time_answers() {
    const STEP: Step =
        step(State::idle(Settle::OnOutcome, OnExisting::Replace), Trigger::Send(SendVerdict::Accepted));
    assert!(matches!(
        STEP.effects.as_slice(),
        [Effect::Settle(Call::This, Outcome::Fail(ErrorCode::NotOpen))]
    ));
    for phase in Phase::ALL {
        assert_eq!(delivers(phase), phase == Phase::Open);
        assert_eq!(accepts_sends(phase), phase == Phase::Open);
    }
}

/// What a session does without asking the table is what the table would say.
#[test]
fn shortcuts_are_rows() {
    for (trigger, does) in SHORTCUTS {
        let mut asked = 0;
        for state in State::ALL {
            let row = step(state, trigger);
            // A message that cannot be queued is refused, as if it could not have been sent in any phase.
            let refused = Trigger::Send(SendVerdict::Refused);
            let otherwise =
                if let Trigger::Send(_) = trigger { step(state, refused).effects } else { Effects::NONE };
            assert_eq!((row.next, row.ended), (state, None), "{trigger} in {state}");
            if row.effects.as_slice() == does {
                asked += 1;
            } else {
                assert_eq!(row.effects, otherwise, "{trigger} in {state}");
            }
        }
        assert!(asked > 0, "{trigger}");
    }
    for (state, trigger, row) in
        table().filter(|(_, trigger, _)| SHORTCUTS.iter().all(|(it, _)| it != trigger))
    {
        let own = row.effects.iter().find(|effect| match effect {
            Effect::Settle(Call::Send, _) | Effect::Tell(Notice::Message) | Effect::QueueMessage => true,
            Effect::Settle(Call::This | Call::Connect, _)
            | Effect::FailSends
            | Effect::Tell(Notice::Opened | Notice::Error(_) | Notice::Closed(_, _))
            | Effect::Begin
            | Effect::SendClose(_)
            | Effect::AnswerPing
            | Effect::SendPing
            | Effect::Arm(_)
            | Effect::Disarm(_)
            | Effect::Drop
            | Effect::Linger => false,
        });
        assert_eq!(own, None, "{trigger} in {state}");
    }
}

/// G6: a row that names a code belongs to a trigger that brings a cause along, or to the policy (V5).
#[test]
fn codes_come_with_a_cause() {
    let has_cause = |trigger| match trigger {
        Trigger::Connect(_) | Trigger::Send(_) | Trigger::Close(_) => true,
        Trigger::Signal(_, signal) => match signal {
            Signal::Failed(_)
            | Signal::EndOfStream
            | Signal::TransportError
            | Signal::Violation
            | Signal::NotUtf8
            | Signal::OverLimit
            | Signal::PongTimeout => true,
            Signal::Opened
            | Signal::Heard
            | Signal::Message
            | Signal::Ping
            | Signal::PingDue
            | Signal::Sent
            | Signal::PeerClose
            | Signal::Unwritable
            | Signal::CloseTimeout => false,
        },
    };
    for (state, trigger, row) in table().filter(|(_, trigger, _)| !has_cause(*trigger)) {
        let named = row.effects.iter().any(|effect| {
            matches!(effect, Effect::Settle(_, Outcome::Fail(_)) | Effect::Tell(Notice::Error(_)))
        });
        assert!(!named, "{trigger} in {state}");
    }
}

/// The table says how many rows are left, and a list of effects is walked without being taken.
#[test]
fn rows_and_actions_are_walked() {
    let mut rows = table();
    assert_eq!(rows.size_hint(), (832, Some(832)));
    let _ = rows.next();
    assert_eq!((rows.size_hint(), rows.count()), ((831, Some(831)), 831));
    let begun = step(State::default(), Trigger::Connect(ConnectVerdict::Accepted)).effects;
    let mut walked = Vec::new();
    for effect in &begun {
        walked.push(*effect);
    }
    assert_eq!(walked, begun.as_slice());
    assert!(walked.contains(&Effect::Begin));
}

/// The defaults are those of rule D.
#[test]
fn defaults() {
    assert_eq!(State::default(), State::idle(Settle::OnOutcome, OnExisting::Replace));
    assert!(State::ALL.contains(&State::default()));
}
