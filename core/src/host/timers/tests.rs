//! One deadline for each place, however often it changes.

use proptest::prelude::*;

use super::*;

const NONE: [usize; 0] = [];

fn at(millis: u64) -> Time {
    Time::from_millis(millis)
}

/// All that are due, in the order in which they come.
fn due(timers: &mut Timers, now: Time) -> Vec<usize> {
    std::iter::from_fn(|| timers.poll(now)).collect()
}

/// Each comes once, at its time and not before it, the earliest first.
#[test]
fn deadlines_come_in_order() {
    let mut timers = Timers::new();
    assert_eq!((timers.next(), timers.poll(at(100))), (None, None));
    for (place, millis) in [(0, 30), (1, 10), (2, 20), (3, 20)] {
        timers.set(place, Some(at(millis)));
    }
    assert_eq!(timers.next(), Some(at(10)));
    assert_eq!(due(&mut timers, at(9)), NONE);
    assert_eq!(due(&mut timers, at(20)), [1, 2, 3]);
    assert_eq!(timers.next(), Some(at(30)));
    assert_eq!(due(&mut timers, Time::from_micros(29_999)), NONE);
    assert_eq!(due(&mut timers, at(30)), [0]);
    assert_eq!(timers.next(), None);
}

/// An earlier deadline takes the place of a later one, and the later one does not come.
#[test]
fn a_deadline_is_brought_forward() {
    let mut timers = Timers::new();
    timers.set(5, Some(at(30)));
    timers.set(5, Some(at(10)));
    assert_eq!(timers.next(), Some(at(10)));
    assert_eq!(due(&mut timers, at(40)), [5]);
}

/// One that is put off costs no entry, and does not come before its time.
#[test]
fn a_deadline_is_put_off() {
    let mut timers = Timers::new();
    timers.set(1, Some(at(20_000)));
    timers.set(2, Some(at(30_000)));
    for millis in 10..10_000 {
        timers.set(0, Some(at(millis)));
        timers.set(2, Some(at(30_000)));
    }
    assert_eq!(timers.queue.len(), 3);
    assert_eq!(due(&mut timers, at(9_998)), NONE);
    assert_eq!(timers.next(), Some(at(9_999)), "it is found out when it comes");
    assert_eq!(due(&mut timers, at(9_999)), [0]);
}

/// A place that was given to another session has the deadlines of that one alone.
#[test]
fn a_place_is_used_again() {
    let mut timers = Timers::new();
    timers.set(0, Some(at(10)));
    timers.set(1, Some(at(50)));
    timers.set(0, None);
    assert_eq!(timers.next(), Some(at(50)), "nobody is woken for what is gone");
    timers.set(0, Some(at(30)));
    assert_eq!(due(&mut timers, at(29)), NONE);
    assert_eq!(due(&mut timers, at(30)), [0]);
    timers.set(7, None);
    assert_eq!(timers.deadlines.len(), 2, "taking away what is not there takes no memory");
}

/// 100,000 reconnects, each with an earlier and with no deadline in between, leave as much behind as one. With a
/// search for each, or a queue that is built anew each time, this would take minutes.
#[test]
fn reconnects_do_not_grow_it() {
    const SESSIONS: usize = 1000;
    const TURNS: u64 = 100_000;
    let mut timers = Timers::new();
    for place in 0..SESSIONS {
        timers.set(place, Some(at(TURNS)));
    }
    for turn in 0..TURNS {
        let place = usize::try_from(turn).expect("a small number") * 7 % SESSIONS;
        timers.set(place, None);
        timers.set(place, Some(at(3 * TURNS - turn)));
        timers.set(place, Some(at(2 * TURNS - turn)));
        assert!(timers.queue.len() <= 2 * SESSIONS, "{} entries", timers.queue.len());
    }
    assert!(timers.queue.capacity() <= 8 * SESSIONS, "{}", timers.queue.capacity());
    for place in 0..SESSIONS {
        timers.set(place, None);
    }
    assert!(timers.queue.is_empty());
}

#[derive(Clone, Debug)]
enum Step {
    Set(usize, Option<u64>),
    Poll(u64),
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is set and polled, what comes is what a list says is due; `next` is never later than the first of it,
    /// and polling until it is later makes it exact.
    #[test]
    fn it_is_a_list_of_deadlines(
        steps in prop::collection::vec(
            prop_oneof![
                3 => (0..5_usize, prop::option::weighted(0.8, 0..40_u64)).prop_map(|(place, at)| Step::Set(place, at)),
                1 => (0..3_u64).prop_map(Step::Poll),
            ],
            1..100,
        ),
    ) {
        let mut timers = Timers::new();
        let mut list = [None; 5];
        let mut now = 0;
        for step in steps {
            match step {
                Step::Set(place, after) => {
                    list[place] = after.map(|after| now + after);
                    timers.set(place, list[place].map(at));
                }
                Step::Poll(passed) => {
                    now += passed;
                    let mut came = due(&mut timers, at(now));
                    came.sort_unstable();
                    let is_due = |place: &usize| list[*place].is_some_and(|at| at <= now);
                    let expected: Vec<_> = (0..5).filter(is_due).collect();
                    prop_assert_eq!(&came, &expected);
                    for place in came {
                        list[place] = None;
                    }
                }
            }
            let first = list.into_iter().flatten().min().map(at);
            prop_assert_eq!(timers.next().is_some(), first.is_some());
            prop_assert!(timers.next() <= first);
            prop_assert!(timers.queue.len() <= 2 * timers.armed);
            prop_assert_eq!(timers.armed, list.into_iter().flatten().count());
        }
        while let Some(next) = timers.next() {
            prop_assert!(next <= list.into_iter().flatten().min().map(at).expect("a deadline"));
            for place in due(&mut timers, next) {
                prop_assert_eq!(list[place].take().map(at), Some(next));
            }
        }
        prop_assert_eq!(list, [None; 5]);
    }
}
