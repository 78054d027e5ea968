//! The plan of RFC 8305 by example, and its promises under any course of events.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use proptest::prelude::*;

use super::{Attempt, DialPlan, Duration, MOST_IN_FLIGHT, Next, STAGGER, interleave};
use crate::error::{Cause, TransportError};
use crate::time::Time;

/// As a resolver gives them: with some port.
fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
    let with_port =
        |text: &&str| if text.contains(':') { format!("[{text}]:9") } else { format!("{text}:9") };
    texts.iter().map(|text| with_port(text).parse().expect("an address")).collect()
}

fn refused() -> TransportError {
    TransportError::new(ErrorKind::ConnectionRefused, "refused")
}

fn start(texts: &[&str]) -> (DialPlan, Attempt) {
    DialPlan::start(Time::ZERO, &addresses(texts), 80).expect("addresses")
}

fn dialled(next: Next) -> Attempt {
    match next {
        Next::Dial(attempt) => attempt,
        other => panic!("{other:?}"),
    }
}

fn after(millis: u64) -> Time {
    Time::from_millis(millis)
}

#[test]
fn rfc_8305_4_families_take_turns_beginning_with_the_first_address() {
    let order = |texts: &[&str]| -> Vec<String> {
        interleave(&addresses(texts)).iter().map(|address| address.ip().to_string()).collect()
    };
    assert_eq!(
        order(&["::1", "::2", "::3", "1.0.0.1", "1.0.0.2"]),
        ["::1", "1.0.0.1", "::2", "1.0.0.2", "::3"]
    );
    assert_eq!(order(&["1.0.0.1", "1.0.0.2", "::1"]), ["1.0.0.1", "::1", "1.0.0.2"]);
    assert_eq!(order(&["::1", "1.0.0.1", "1.0.0.2", "1.0.0.3"]), ["::1", "1.0.0.1", "1.0.0.2", "1.0.0.3"]);
    assert_eq!(order(&["1.0.0.1", "::1", "1.0.0.1", "::1"]), ["1.0.0.1", "::1"]);
    assert_eq!(order(&[]), [""; 0]);
}

#[test]
fn no_address_is_a_name_that_is_not_found() {
    assert_eq!(DialPlan::start(Time::ZERO, &[], 80).expect_err("no address"), Cause::NameNotFound);
}

#[test]
fn a_literal_is_one_attempt() {
    let (mut plan, only) = start(&["127.0.0.1"]);
    assert_eq!(only, Attempt { number: 0, address: "127.0.0.1:80".parse().expect("an address") });
    assert_eq!(plan.deadline(), None);
    let failed = Next::Failed(Cause::Dial { tried: 1, last: refused() });
    assert_eq!(plan.failed(after(1), 0, refused()), failed);
    // G1: nothing follows.
    assert_eq!(plan.failed(after(2), 0, refused()), Next::Wait);
    assert_eq!(plan.handle_timeout(after(10_000)), Next::Wait);
    assert!(plan.won(0).is_err());
}

#[test]
fn rfc_8305_5_attempts_begin_250_ms_apart() {
    let (mut plan, _) = start(&["1.0.0.1", "1.0.0.2", "1.0.0.3"]);
    assert_eq!(plan.deadline(), Some(after(250)));
    assert_eq!(plan.handle_timeout(after(249)), Next::Wait);
    assert_eq!(dialled(plan.handle_timeout(after(250))).number, 1);
    // A host that comes late delays what follows.
    assert_eq!(plan.deadline(), Some(after(500)));
    assert_eq!(dialled(plan.handle_timeout(after(700))).number, 2);
    assert_eq!(plan.deadline(), None);
    assert_eq!(plan.in_flight(), [0, 1, 2]);
    assert_eq!(plan.won(1).expect("in flight"), [0, 2]);
}

#[test]
fn rfc_8305_5_a_failure_starts_the_next_at_once_and_the_wait_anew() {
    let (mut plan, _) = start(&["1.0.0.1", "1.0.0.2", "1.0.0.3", "1.0.0.4"]);
    assert_eq!(dialled(plan.failed(after(10), 0, refused())).number, 1);
    assert_eq!(plan.deadline(), Some(after(260)));
    assert_eq!(dialled(plan.handle_timeout(after(260))).number, 2);
    // An older attempt counts as well.
    assert_eq!(dialled(plan.failed(after(300), 1, refused())).number, 3);
    assert_eq!(plan.deadline(), None);
    assert_eq!(plan.failed(after(310), 2, refused()), Next::Wait);
    let last = TransportError::new(ErrorKind::TimedOut, "timed out");
    let failed = Next::Failed(Cause::Dial { tried: 4, last: last.clone() });
    assert_eq!(plan.failed(after(320), 3, last), failed);
}

#[test]
fn g1_unknown_and_late_numbers_are_ignored() {
    let (mut plan, _) = start(&["1.0.0.1", "1.0.0.2"]);
    assert_eq!(plan.failed(after(1), 1, refused()), Next::Wait);
    assert_eq!(plan.failed(after(1), u32::MAX, refused()), Next::Wait);
    assert_eq!(dialled(plan.failed(after(2), 0, refused())).number, 1);
    assert_eq!(plan.failed(after(3), 0, refused()), Next::Wait);
    let plan = plan.won(0).expect_err("it has failed");
    assert_eq!(plan.in_flight(), [1]);
    assert_eq!(plan.won(1).expect("in flight"), [0; 0]);
}

/// The zone of a link-local address is part of it; a flow label is not, and stays with it.
#[test]
fn t_an_address_keeps_its_scope_and_loses_its_port() {
    let link = |flow, scope| SocketAddr::V6(SocketAddrV6::new("fe80::1".parse().unwrap(), 9, flow, scope));
    let found = [link(5, 2), link(0, 3), link(0, 2), link(6, 2)];
    let (mut plan, first) = DialPlan::start(Time::ZERO, &found, 443).expect("addresses");
    let dialled = [first, dialled(plan.handle_timeout(after(250)))].map(|attempt| attempt.address);
    assert_eq!(dialled.map(|address| address.to_string()), ["[fe80::1%2]:443", "[fe80::1%3]:443"]);
    assert!(matches!(dialled[0], SocketAddr::V6(address) if address.flowinfo() == 5));
    assert_eq!(plan.deadline(), None);
}

#[test]
fn t_a_ninth_attempt_takes_the_place_of_the_oldest() {
    let texts: Vec<String> = (1..=11).map(|last| format!("1.0.0.{last}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let (mut plan, _) = start(&texts);
    for number in 1..8 {
        assert_eq!(dialled(plan.handle_timeout(after(u64::from(number) * 250))).number, number);
    }
    assert_eq!(plan.in_flight(), [0, 1, 2, 3, 4, 5, 6, 7]);
    let Next::Replace { oldest: 0, attempt } = plan.handle_timeout(after(2000)) else { panic!() };
    assert_eq!((attempt.number, attempt.address.to_string().as_str()), (8, "1.0.0.9:80"));
    assert_eq!(plan.in_flight(), [1, 2, 3, 4, 5, 6, 7, 8]);

    // G1: what the oldest comes to now is of no interest.
    assert_eq!(plan.failed(after(2001), 0, refused()), Next::Wait);
    let mut plan = plan.won(0).expect_err("it was given up");
    // One that fails makes room for the next, and nobody is given up.
    assert_eq!(dialled(plan.failed(after(2002), 3, refused())).number, 9);
    let Next::Replace { oldest: 1, attempt } = plan.handle_timeout(after(2252)) else { panic!() };
    assert_eq!(attempt.number, 10);
    assert_eq!(plan.deadline(), None);
    assert_eq!(plan.won(9).expect("in flight"), [2, 4, 5, 6, 7, 8, 10]);
}

#[derive(Clone, Copy, Debug)]
enum Input {
    /// So many milliseconds pass, and the host may or may not call.
    Pass(u64, bool),
    /// Some attempt fails, in flight or not.
    Fail(u32),
}

fn input() -> impl Strategy<Value = Input> {
    prop_oneof![
        (0_u64..600, any::<bool>()).prop_map(|(millis, calls)| Input::Pass(millis, calls)),
        (0_u32..20).prop_map(Input::Fail),
    ]
}

fn address() -> impl Strategy<Value = SocketAddr> {
    (any::<bool>(), 0_u8..12, 0_u32..2).prop_map(|(v6, last, scope)| {
        if v6 {
            SocketAddrV6::new(Ipv6Addr::from(u128::from(last)), 0, 0, scope).into()
        } else {
            (Ipv4Addr::new(10, 0, 0, last), 0).into()
        }
    })
}

/// Mostly a few, and sometimes more than are dialled at once.
fn found() -> impl Strategy<Value = Vec<SocketAddr>> {
    prop_oneof![prop::collection::vec(address(), 1..10), prop::collection::vec(address(), 9..30)]
}

proptest! {
    /// Every address is dialled at most once and in order; without a failure never two within the stagger; never
    /// more than eight are under way, and the oldest makes room; when all have failed it is told once and nothing
    /// follows.
    #[test]
    fn any_course_of_events(found in found(), inputs in prop::collection::vec(input(), 0..40)) {
        let order = interleave(&found);
        let (mut plan, first) = DialPlan::start(Time::ZERO, &found, 443).expect("addresses");
        let mut now = Time::ZERO;
        let mut seen = vec![first];
        let mut last_dial = now;
        let mut running = vec![first.number];
        let mut failed = false;
        for input in inputs {
            let next = match input {
                Input::Pass(millis, calls) => {
                    now = now + Duration::from_millis(millis);
                    let next = if calls { plan.handle_timeout(now) } else { Next::Wait };
                    if matches!(next, Next::Dial(_) | Next::Replace { .. }) {
                        prop_assert!(now.since(last_dial) >= STAGGER);
                    }
                    next
                }
                Input::Fail(number) => {
                    let known = running.contains(&number);
                    running.retain(|other| *other != number);
                    let next = plan.failed(now, number, refused());
                    if known && seen.len() < order.len() {
                        prop_assert!(matches!(next, Next::Dial(_)));
                    } else {
                        prop_assert_eq!(matches!(next, Next::Failed(_)), known && running.is_empty());
                    }
                    next
                }
            };
            match next {
                Next::Dial(attempt) => {
                    seen.push(attempt);
                    running.push(attempt.number);
                    last_dial = now;
                }
                Next::Replace { oldest, attempt } => {
                    prop_assert_eq!(running.len(), MOST_IN_FLIGHT);
                    prop_assert_eq!(running.remove(0), oldest);
                    seen.push(attempt);
                    running.push(attempt.number);
                    last_dial = now;
                }
                Next::Wait => {}
                Next::Failed(cause) => {
                    prop_assert!(!failed);
                    failed = true;
                    prop_assert_eq!(cause, Cause::Dial { tried: order.len(), last: refused() });
                }
            }
            prop_assert!(running.len() <= MOST_IN_FLIGHT);
            prop_assert_eq!(plan.in_flight(), running.as_slice());
            prop_assert_eq!(plan.deadline(), (seen.len() < order.len()).then(|| last_dial + STAGGER));
        }
        for (place, attempt) in seen.iter().enumerate() {
            prop_assert_eq!(attempt.number as usize, place);
            let mut address = order[place];
            address.set_port(443);
            prop_assert_eq!(attempt.address, address);
        }
        // It ends: with a win, if anything is in flight.
        if let Some((winner, losers)) = running.split_last() {
            prop_assert_eq!(plan.won(*winner).expect("in flight"), losers);
        } else {
            prop_assert!(failed);
        }
    }

    /// A host that only ever waits dials everything, and only as fast as it may.
    #[test]
    fn waiting_alone_dials_all(found in found()) {
        let (mut plan, _) = DialPlan::start(Time::ZERO, &found, 443).expect("addresses");
        let mut count = 1_u32;
        while let Some(deadline) = plan.deadline() {
            prop_assert_eq!(deadline, Time::ZERO + STAGGER * count);
            let next = plan.handle_timeout(deadline);
            prop_assert_eq!(matches!(next, Next::Dial(_)), count < 8);
            prop_assert_eq!(matches!(next, Next::Replace { .. }), count >= 8);
            count += 1;
        }
        prop_assert_eq!(count as usize, interleave(&found).len());
    }
}
