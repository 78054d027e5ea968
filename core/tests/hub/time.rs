//! Timers and a host that comes late (rule F8).

use std::time::Duration;

use connect_socket_core::{Config, Keepalive};

use super::host::{Host, Told, message};
use super::memory::ANSWER;

fn keepalive() -> Config {
    let keepalive = Keepalive::new(Duration::from_secs(10), Duration::from_secs(5));
    Config::default().keepalive(keepalive)
}

/// Opens a session that has pinged its server; gives the place of its socket.
fn pinged(host: &mut Host) -> usize {
    let key = host.add_with(keepalive());
    host.connect(key, "ws://192.0.2.1");
    while !host.turn().contains(&(key, Told::Open)) {}
    assert_eq!(host.turn(), []);
    let place = *host.pipes.last_key_value().expect("a socket").0;
    let before = host.pipe(place).0.borrow().written;
    host.now = host.now + host.hub.timeout(host.now).expect("a ping is due");
    assert_eq!(host.turn(), []);
    assert_eq!(host.pipe(place).0.borrow().written - before, 6, "a ping");
    place
}

/// The pong was in the socket before its time was up, though the poller has not said so.
#[test]
fn a_late_host_takes_no_live_server_for_dead() {
    for told in [false, true] {
        let mut host = Host::new();
        let place = pinged(&mut host);
        host.pipe(place).0.borrow_mut().sent.extend([0x8a, 0]);
        if told {
            host.readable(place);
        }
        host.now = host.now + Duration::from_secs(3_600);
        assert_eq!(host.turn(), [], "told by the poller: {told}");
        assert!(host.hub.timeout(host.now) > Some(Duration::ZERO));
    }
}

#[test]
fn a_dead_server_is_given_up() {
    let mut host = Host::new();
    pinged(&mut host);
    host.now = host.now + Duration::from_secs(5);
    let told: Vec<_> = host.turn().into_iter().map(|(_, told)| told).collect();
    assert_eq!(told, [Told::Error(6), Told::Close(1006)]);
}

/// The same for an answer to the request and the connect timeout.
#[test]
fn a_late_host_opens_what_was_answered_in_time() {
    for (answer, expected) in [(ANSWER, Told::Open), (&[][..], Told::Error(6))] {
        let mut host = Host::new();
        host.answer = &[];
        let key = host.add();
        host.connect(key, "ws://192.0.2.1");
        host.turn();
        assert_eq!(host.turn(), []);
        host.pipe(0).0.borrow_mut().sent.extend(answer);
        host.now = host.now + Duration::from_secs(3_600);
        let told: Vec<_> = host.turn().into_iter().map(|(_, told)| told).collect();
        assert!(told.contains(&expected), "{told:?}");
    }
}

/// A server that never stops puts off no timer: that of a close is carried out, behind what was read.
#[test]
fn a_flood_puts_off_no_timer() {
    let mut host = Host::new();
    let sessions = host.open(1);
    let (key, place) = sessions[0];
    host.flood(place, &message(b"again"));
    host.turn();
    let now = host.now;
    host.slot(key).expect("a session").close(&connect_socket_core::CloseOptions::default());
    host.turn();
    host.now = now + Duration::from_secs(60);
    let closed = (0..100).any(|_| host.turn().contains(&(key, Told::Close(1006))));
    assert!(closed);
}
