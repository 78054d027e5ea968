//! Sessions and sockets that go at any point, and what takes their place.

use std::io::{Error, ErrorKind};

use connect_socket_core::host::{Interest, Ready, SessionKey};
use connect_socket_core::{Session, Stats};

use super::host::{Host, Told, message};

const EVERYTHING: Ready = Ready { readable: true, writable: true, more: true };

/// One session is removed behind every number of events of a busy life; the other lives on, and no socket stays.
#[test]
fn a_session_can_be_removed_at_any_point() {
    for when in 0.. {
        let mut host = Host::new();
        let (gone, stays) = (host.add(), host.add());
        for key in [gone, stays] {
            host.connect(key, "ws://192.0.2.1");
        }
        let (mut events, mut heard, mut removed, mut again) = (0, 0, false, false);
        for turn in 0..8 {
            loop {
                if events == when && !removed {
                    host.hub.remove(gone);
                    assert!(host.slot(gone).is_none() && host.hub.session(gone).is_none());
                    removed = true;
                }
                let Some((key, told)) = host.event() else { break };
                assert!(key != gone || !removed);
                events += 1;
                heard += usize::from(key == stays && told == Told::Message(b"hello".into()));
                if turn == 4 && key == gone && !again {
                    again = true;
                    host.connect(key, "ws://192.0.2.1");
                }
            }
            host.serve();
            for place in host.pipes.keys().copied().collect::<Vec<_>>() {
                host.say(place, &message(b"hello"));
                host.say(place, &message(b"hello"));
            }
        }
        if !removed {
            assert!(when > 20, "it had a life");
            return;
        }
        host.serve();
        assert_eq!(host.pipes.len(), 1, "removed behind {when} events");
        assert!(heard >= 4);
    }
}

/// The session whose turn it is keeps it while another is removed. Removed itself, it leaves nothing behind that would keep a
/// program from ending.
#[test]
fn the_session_at_work_can_be_removed() {
    let mut host = Host::new();
    let [(at_work, place), (other, _)] = host.open(2).try_into().expect("two");
    host.say(place, &[message(b"one"), message(b"two"), message(b"three")].concat());
    assert_eq!(host.event(), Some((at_work, Told::Message(b"one".into()))));
    assert!(host.hub.has_event_at_hand());
    host.hub.remove(other);
    assert!(host.hub.has_event_at_hand(), "it is still its turn");
    assert_eq!(host.event(), Some((at_work, Told::Message(b"two".into()))));
    assert!(!host.hub.is_empty() && !host.hub.is_quiet());
    host.hub.remove(at_work);
    assert!(host.hub.is_empty() && !host.hub.has_event_at_hand());
    assert!(!host.hub.is_quiet(), "their sockets have to be released");
    host.serve();
    assert!(host.pipes.is_empty());
    assert_eq!(host.turn(), []);
    assert!(host.hub.is_quiet());
}

/// F5: when the reply to a close frame is out, the host shuts down writing. Its statistics stay with the session.
#[test]
fn f5_a_closed_connection_shuts_down_its_socket() {
    let mut host = Host::new();
    let [(key, place)] = host.open(1).try_into().expect("one");
    let pipe = host.pipe(place);
    let written = pipe.0.borrow().written;
    assert!(!pipe.0.borrow().is_shut_down);
    host.say(place, b"\x88\x02\x03\xe8");
    assert_eq!(host.turn(), [(key, Told::Close(1000))]);
    host.turn();
    assert!(pipe.0.borrow().written > written && pipe.0.borrow().is_shut_down);
    let stats = host.slot(key).expect("a session").stats();
    assert_eq!(Some(&stats), host.hub.session(key).map(Session::stats).as_ref());
    assert_ne!(stats, Stats::default());
}

/// F5, T2: the transport of a replaced connection lingers. While nothing comes of it, and when it is released, what comes of
/// the new one is told at once.
#[test]
fn f5_a_transport_that_lingers_takes_nothing_from_the_new_one() {
    let mut host = Host::new();
    let [(key, old)] = host.open(1).try_into().expect("one");
    host.connect(key, "ws://192.0.2.1");
    assert!((0..5).any(|_| host.turn().contains(&(key, Told::Open))));
    assert_eq!(host.turn(), []);
    let new = host.pipes.keys().copied().find(|place| *place != old).expect("a new socket");
    assert_eq!(host.pipes.len(), 2, "the old one lingers");
    host.say(new, &message(b"beside it"));
    assert_eq!(host.turn(), [(key, Told::Message(b"beside it".into()))]);
    host.now = host.now + host.hub.timeout(host.now).expect("it does not linger for ever");
    assert_eq!(host.turn(), []);
    assert!(host.pipes.keys().eq([&new]), "the old one is released");
    host.say(new, &message(b"behind it"));
    assert_eq!(host.turn(), [(key, Told::Message(b"behind it".into()))]);
}

/// A result that nobody has taken is work left to do, even if there is neither a socket nor a deadline.
#[test]
fn a_result_that_waits_keeps_a_program_going() {
    let mut host = Host::new();
    let key = host.add();
    assert!(host.hub.is_quiet() && !host.hub.is_empty());
    host.connect(key, "");
    assert!(!host.hub.is_quiet());
    assert!(host.hub.has_event(host.now));
    assert!(!host.hub.is_quiet());
    assert_eq!(host.turn(), [(key, Told::Settled(3))]);
    assert!(host.hub.is_quiet());
}

/// Readiness that comes late finds nothing, or another socket that has the place now: both are harmless.
#[test]
fn late_readiness_is_harmless() {
    let mut host = Host::new();
    let sessions = host.open(2);
    host.hub.remove(sessions[0].0);
    host.hub.handle_ready(sessions[0].1, EVERYTHING);
    host.hub.handle_ready(4711, EVERYTHING);
    assert_eq!(host.turn(), []);
    host.hub.handle_ready(sessions[0].1, EVERYTHING);
    assert_eq!(host.turn(), []);

    let again = host.open(1);
    assert_eq!(again[0].1, sessions[0].1, "the place is used again");
    assert_ne!(again[0].0, sessions[0].0, "the name is not");
    host.hub.handle_ready(again[0].1, EVERYTHING);
    assert_eq!(host.turn(), []);
    assert!(host.slot(sessions[0].0).is_none());
    host.hub.remove(sessions[0].0);
    host.say(again[0].1, &message(b"hello"));
    assert_eq!(host.turn(), [(again[0].0, Told::Message(b"hello".into()))]);
}

/// A socket that comes when nobody wants it any more is given back, and an error for it is nobody's.
#[test]
fn a_socket_may_come_too_late() {
    let mut host = Host::new();
    host.dials = Some(Vec::new());
    let key = host.add();
    for _ in 0..2 {
        host.connect(key, "ws://192.0.2.1");
        host.turn();
    }
    let dials = host.dials.take().expect("two");
    assert_eq!(dials.len(), 2);
    assert!(host.dialled(dials[0]).is_some(), "it was replaced");
    let refused = Error::from(ErrorKind::ConnectionRefused);
    assert!(host.hub.handle_dialled(host.now, dials[0], Err(refused.into())).is_none());
    assert!(host.dialled(dials[1]).is_none());
    while !host.turn().contains(&(key, Told::Open)) {}
    assert!(host.dialled(dials[1]).is_some() || host.pipes.len() == 1);
}

#[test]
fn a_socket_that_cannot_be_connected_is_told() {
    let mut host = Host::new();
    host.dials = Some(Vec::new());
    let key = host.add();
    host.connect(key, "ws://192.0.2.1");
    host.turn();
    let dials = host.dials.take().expect("one");
    let refused = Error::from(ErrorKind::ConnectionRefused);
    assert!(host.hub.handle_dialled(host.now, dials[0], Err(refused.into())).is_none());
    assert!(host.turn().contains(&(key, Told::Error(1))));
    assert!(host.hub.poll_ask().is_none(), "there is nothing to release");
}

/// A session has a place as small as there are sessions, which no other has at the same time and the next one gets.
#[test]
fn sessions_have_places() {
    let mut host = Host::new();
    let keys = [host.add(), host.add(), host.add()];
    assert_eq!(keys.map(SessionKey::place), [0, 1, 2]);
    host.hub.remove(keys[1]);
    let next = host.add();
    assert_eq!(next.place(), 1);
    assert!(next != keys[1], "the key is another");
    assert_eq!(host.add().place(), 3);
}

/// The places of sockets that are gone are used again. That no memory grows is counted in `tests/tests/reconnects.rs`.
#[test]
fn places_are_used_again() {
    let mut host = Host::new();
    let beside = host.open(3);
    let key = host.add();
    for _ in 0..2_000 {
        host.connect(key, "ws://192.0.2.1");
        host.turn();
        assert!(host.pipes.len() <= beside.len() + 9, "{} sockets", host.pipes.len());
        assert!(*host.pipes.last_key_value().expect("some").0 < 16, "a place is not used again");
    }
}

/// A socket may be handed over before it is connected: nothing is written or read until it says that it is, whatever the
/// poller says; then it opens, or fails as any other does.
#[test]
fn a_socket_says_itself_when_it_is_connected() {
    for fails in [false, true] {
        let mut host = Host::new();
        host.connecting = true;
        let key = host.add();
        host.connect(key, "ws://192.0.2.1");
        // The socket is asked for in the first turn, and looked at in the second.
        assert_eq!((host.turn(), host.turn()), (vec![], vec![]));
        let (socket, _, interest) = host.hub.poll_interest().expect("a socket");
        assert_eq!((socket.place(), interest), (0, Interest { readable: false, writable: true }));
        let pipe = host.pipe(0);
        // A poller may call too early.
        for _ in 0..2 {
            host.hub.handle_ready(0, EVERYTHING);
            assert_eq!(host.turn(), []);
            assert_eq!((pipe.0.borrow().reads, pipe.0.borrow().written), (0, 0));
        }
        pipe.0.borrow_mut().connected = if fails { Err(ErrorKind::ConnectionRefused) } else { Ok(true) };
        assert_eq!(host.turn(), [], "it is asked when the poller calls");
        host.hub.handle_ready(0, EVERYTHING);
        let told = host.turn();
        if fails {
            assert!(told.contains(&(key, Told::Error(1))), "{told:?}");
            assert!(host.pipes.is_empty(), "it was released");
        } else {
            assert!(told.contains(&(key, Told::Open)), "{told:?}");
        }
    }
}

/// One that is still being connected is given back like any other.
#[test]
fn a_socket_that_connects_is_released() {
    for removes in [false, true] {
        let mut host = Host::new();
        host.connecting = true;
        let key = host.add();
        host.connect(key, "ws://192.0.2.1");
        host.turn();
        assert_eq!(host.pipes.len(), 1);
        if removes {
            host.hub.remove(key);
        } else {
            host.slot(key).expect("a session").close(&connect_socket_core::CloseOptions::default());
        }
        host.turn();
        assert!(host.pipes.is_empty() && host.hub.timeout(host.now).is_none(), "removed: {removes}");
    }
}
