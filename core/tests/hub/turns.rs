//! Shares and turns, as numbers.

use std::time::Duration;

use connect_socket_core::host::{Interest, Ready};
use connect_socket_core::{CloseOptions, Payload};

use super::host::{Host, Told, message};

/// The most events of one session in one turn.
const EVENTS: usize = 1024;
/// So many bytes of one session are read or written in one turn; the last call may go over it.
const BYTES: usize = 256 * 1024;
const WINDOW: usize = 64 * 1024;

/// A session whose server never stops delays the others by one share.
#[test]
fn a_flood_of_messages_delays_others_by_a_share() {
    let mut host = Host::new();
    let sessions = host.open(3);
    host.flood(sessions[0].1, &message(b"again"));
    for (_, place) in &sessions[1..] {
        host.say(*place, &message(b"once"));
    }
    for turn in 0..5 {
        let told = host.turn();
        let of = |at: usize| told.iter().filter(|(key, _)| *key == sessions[at].0).count();
        assert_eq!(of(0), EVENTS, "turn {turn}");
        assert_eq!((of(1), of(2)), if turn == 0 { (1, 1) } else { (0, 0) }, "turn {turn}");
        assert_eq!(host.hub.timeout(host.now), Some(Duration::ZERO), "a turn is owed");
    }
}

/// Large messages are few events, so their bytes are counted.
#[test]
fn a_flood_of_bytes_has_a_share_as_well() {
    let mut host = Host::new();
    let sessions = host.open(2);
    let flood = host.pipe(sessions[0].1);
    host.flood(sessions[0].1, &message(&vec![7; 60_000]));
    for _ in 0..20 {
        let before = flood.0.borrow().read;
        host.say(sessions[1].1, &message(b"hello"));
        let told = host.turn();
        let read = flood.0.borrow().read - before;
        assert!((BYTES..BYTES + WINDOW).contains(&read), "{read} bytes in one turn");
        assert!(told.iter().any(|(key, _)| *key == sessions[1].0), "the other has its turn");
    }
}

#[test]
fn a_session_with_much_to_send_has_a_share_of_it() {
    let mut host = Host::new();
    let sessions = host.open(2);
    let pipe = host.pipe(sessions[0].1);
    pipe.0.borrow_mut().most = Some(10_000);
    for _ in 0..10 {
        host.slot(sessions[0].0).expect("a session").send(Payload::Binary(&vec![0; 100_000]));
    }
    host.slot(sessions[1].0).expect("a session").send("hello");
    let mut before = pipe.0.borrow().written;
    for _ in 0..3 {
        let told = host.turn();
        let written = pipe.0.borrow().written - before;
        assert!((BYTES..BYTES + 10_000).contains(&written), "{written} bytes in one turn");
        assert!(told.len() < 10);
        before += written;
    }
    while host.hub.timeout(host.now) == Some(Duration::ZERO) {
        host.turn();
    }
    assert_eq!(host.hub.session(sessions[0].0).expect("a session").buffered_amount(), 0);
}

/// Whoever sends the next message when one has left comes to what its server says, and so do all others; however many
/// are on their way at once.
#[test]
fn sending_on_each_success_starves_nobody() {
    for many in [1, EVENTS - 1, EVENTS, 3 * EVENTS + 1] {
        let mut host = Host::new();
        let sessions = host.open(3);
        let [(sender, at), (other, beside), (timed, _)] = sessions[..] else { panic!() };
        for _ in 0..many {
            host.slot(sender).expect("a session").send("on and on");
        }
        host.say(at, &message(b"stop"));
        host.say(beside, &message(b"hello"));
        let now = host.now;
        host.slot(timed).expect("a session").close(&connect_socket_core::CloseOptions::default());
        host.now = now + Duration::from_secs(60);
        let (mut told, mut turns, mut in_turn) = (Vec::new(), 0, 0);
        while turns < 10 {
            match host.event() {
                None => (turns, in_turn) = (turns + 1, 0),
                Some((key, Told::Settled(0))) if key == sender => {
                    in_turn += 1;
                    assert!(in_turn <= EVENTS, "{many} on their way");
                    host.slot(sender).expect("a session").send("on and on");
                }
                Some((key, what)) => told.push((key, what, turns)),
            }
        }
        let when = |of, what: &Told| told.iter().find(|(key, it, _)| *key == of && it == what).map(|it| it.2);
        assert_eq!(when(other, &Told::Message(b"hello".into())), Some(0), "{many} on their way: {told:?}");
        let own = when(sender, &Told::Message(b"stop".into()));
        assert!(own.is_some_and(|turn| turn <= many / EVENTS + 1), "{many} on their way: {told:?}");
        assert!(
            when(timed, &Told::Close(1006)).is_some_and(|turn| turn < 2),
            "{many} on their way: {told:?}"
        );
    }
}

/// What is asked of a hub between two events begins no turn, and a host that never asks is served all the same.
#[test]
fn getters_begin_no_turn() {
    for asks in [false, true] {
        let mut host = Host::new();
        let sessions = host.open(1);
        host.flood(sessions[0].1, &message(b"again"));
        for _ in 0..3 {
            let mut told = 0;
            while host.event().is_some() {
                told += 1;
                if asks {
                    assert_eq!(host.hub.timeout(host.now), Some(Duration::ZERO));
                    assert!(host.hub.session(sessions[0].0).is_some());
                    assert!(host.hub.poll_ask().is_none());
                }
            }
            assert_eq!(told, EVENTS);
        }
    }
}

/// `has_event` says what `poll_event` gives, and takes nothing of it.
#[test]
fn whether_there_is_an_event_can_be_asked() {
    let mut host = Host::new();
    let sessions = host.open(2);
    for (_, place) in &sessions {
        host.say(*place, &message(b"one"));
        host.say(*place, &message(b"two"));
        // In fragments, which have to be joined.
        host.say(*place, &[0x02, 1, b'a', 0x80, 1, b'b']);
    }
    let mut told = 0;
    assert!(!host.hub.has_event_at_hand(), "it has to be worked for");
    while host.hub.has_event(host.now) {
        assert!(host.hub.has_event(host.now) && host.hub.has_event_at_hand());
        assert!(host.event().is_some());
        told += 1;
    }
    assert_eq!(told, 6);
    assert!(!host.hub.has_event_at_hand(), "the turn is over");
}

/// Whoever asks first, and then does something with the session before the event is taken, is told what others are told:
/// nothing of a message that is no longer wanted (rules T and Q).
#[test]
fn what_was_found_is_forgotten_with_the_next_command() {
    let fragments = vec![0x02, 1, b'a', 0x80, 1, b'b'];
    let ends = [message(b"one"), vec![0xff, 0]].concat();
    for bytes in [message(b"one"), [message(b"one"), message(b"two")].concat(), fragments, ends] {
        for act in 0..5 {
            let [told, others] = [true, false].map(|asks| {
                let mut host = Host::new();
                let [(key, place), _] = host.open(2).try_into().expect("two");
                host.say(place, &bytes);
                if asks {
                    assert!(host.hub.has_event(host.now));
                }
                match act {
                    0 => {}
                    1 => drop(host.slot(key).expect("a session").send("hello")),
                    2 => drop(host.slot(key).expect("a session").close(&CloseOptions::new(1000, "bye"))),
                    3 => host.slot(key).expect("a session").set_receiving(false),
                    _ => host.hub.remove(key),
                }
                let mut told = host.turn();
                // A message that was read before a send comes before its result, and one that was read later behind it.
                told.sort_unstable_by_key(|(_, told)| format!("{told:?}"));
                told
            });
            assert_eq!(told, others, "{bytes:x?}, {act}");
        }
    }
}

/// Answers that are longer than a share go out before the next frame, which ends the connection, is judged.
#[test]
fn long_answers_go_out_before_the_next_frame() {
    let mut host = Host::new();
    let [(key, place)] = host.open(1).try_into().expect("one");
    host.say(place, &[message(b"question"), vec![0xff, 0]].concat());
    assert_eq!(host.event(), Some((key, Told::Message(b"question".into()))));
    let (pipe, answer) = (host.pipe(place), vec![7; 4 * BYTES]);
    let before = pipe.0.borrow().written;
    for _ in 0..12 {
        host.slot(key).expect("a session").send(&answer[..]);
    }
    let told: Vec<_> = (0..10).flat_map(|_| host.turn()).map(|(_, told)| told).collect();
    assert_eq!(told[..12], [const { Told::Settled(0) }; 12]);
    assert!(matches!(told[12..], [Told::Error(_), Told::Close(_)]), "{told:?}");
    assert!(pipe.0.borrow().written - before >= 12 * answer.len());
}

/// Only who has something to do is worked for: 5,000 idle sessions are not looked at.
#[test]
fn idle_sessions_cost_nothing() {
    let mut host = Host::new();
    let sessions = host.open(5_000);
    let reads = |host: &Host| host.pipes.values().map(|(_, pipe)| pipe.0.borrow().reads).sum::<usize>();
    let before = reads(&host);
    for (key, place) in sessions.iter().step_by(50) {
        host.say(*place, &message(b"hello"));
        assert_eq!(host.event(), Some((*key, Told::Message(b"hello".into()))));
    }
    assert_eq!(host.turn(), []);
    assert_eq!(reads(&host) - before, 100, "one read for each message");
    for (_, place) in &sessions {
        host.say(*place, &message(b"all"));
    }
    let told = host.turn();
    assert!(told.iter().map(|(key, _)| *key).eq(sessions.iter().map(|(key, _)| *key)), "each in its turn");
}

/// What a replaced connection's server still says is read slowly, and behind what the new one says (rule F5).
#[test]
fn servers_of_ended_connections_hold_up_nothing() {
    let mut host = Host::new();
    let sessions = host.open(1);
    let mut loud = vec![sessions[0].1];
    for _ in 0..4 {
        let known: Vec<_> = host.pipes.keys().copied().collect();
        host.flood(*loud.last().expect("one"), &message(&vec![0; 60_000]));
        host.connect(sessions[0].0, "ws://192.0.2.1");
        let mut turns = 0;
        while !host.turn().iter().any(|(_, told)| *told == Told::Open) {
            turns += 1;
            assert!(turns < 3, "the new connection waits for {} old ones", loud.len());
        }
        loud.extend(host.pipes.keys().copied().filter(|place| !known.contains(place)));
    }
    let new = loud.pop().expect("the newest");
    let before: Vec<_> = loud.iter().map(|place| host.pipe(*place).0.borrow().read).collect();
    host.say(new, &message(b"hello"));
    assert!(host.turn().iter().any(|(_, told)| *told == Told::Message(b"hello".into())));
    for (place, before) in loud.iter().zip(before) {
        assert_eq!(host.pipe(*place).0.borrow().read - before, 16 * 1024, "of socket {place} in one turn");
    }
}

/// So it is while the new one is still being connected.
#[test]
fn the_server_of_a_replaced_connection_has_a_small_share_at_once() {
    let mut host = Host::new();
    let sessions = host.open(1);
    let (key, place) = sessions[0];
    host.dials = Some(Vec::new());
    host.flood(place, &message(&vec![0; 60_000]));
    host.connect(key, "ws://192.0.2.1");
    let pipe = host.pipe(place);
    for _ in 0..5 {
        let before = pipe.0.borrow().read;
        host.turn();
        assert_eq!(pipe.0.borrow().read - before, 16 * 1024);
    }
}

/// A poller that forgets is told what to look for when that has changed, and once.
#[test]
fn interests_are_named_when_they_change() {
    let mut host = Host::new();
    let sessions = host.open(2);
    let (key, place) = sessions[0];
    let reading = Interest { readable: true, writable: false };
    let asked = |host: &mut Host| {
        let mut asked = Vec::new();
        while let Some((socket, _, interest)) = host.hub.poll_interest() {
            asked.push((socket.place(), interest));
        }
        asked
    };
    assert_eq!(asked(&mut host), [(place, reading), (sessions[1].1, reading)]);
    host.turn();
    assert_eq!(asked(&mut host), [], "nothing has changed");

    host.say(place, &message(b"hello"));
    host.turn();
    assert_eq!(asked(&mut host), [(place, reading)], "the poller has answered, and forgotten");

    host.slot(key).expect("a session").set_receiving(false);
    host.turn();
    assert_eq!(asked(&mut host), [(place, Interest::default())], "a pause is not read");

    host.pipe(place).0.borrow_mut().most = Some(0);
    host.slot(key).expect("a session").send("hello");
    host.turn();
    assert_eq!(asked(&mut host), [(place, Interest { readable: false, writable: true })]);
    host.pipe(place).0.borrow_mut().most = None;
    host.hub.handle_ready(place, Ready { writable: true, ..Ready::default() });
    assert_eq!(host.turn(), [(key, Told::Settled(0))]);
    assert_eq!(asked(&mut host), []);
}
