//! What is sent over TLS counts as what is on the wire, and as what waits (rules F3, M3).

use super::*;

/// What is counted over TLS is what is on the wire, and a frame counts once all of its records are written.
#[test]
fn bytes_are_those_of_the_wire_and_frames_those_whose_records_are_out() {
    let mut work = Workspace::default();
    let mut pair = Pair::open(&trust(), &mut work);
    let (before, transport) = (pair.session.stats(), pair.transport);
    assert_eq!((before.sent.frames, before.received.frames), (0, 0));

    for _ in 0..2 {
        pair.session.send(connect_socket_core::Payload::Binary(&[7; 100]));
    }
    let ping = pair.say(&[&[0x89, 1, b'?'][..], &kibibyte()].concat());
    pair.read(&ping, &mut work);
    assert_eq!(pair.message(&mut work), None, "what waits is written first");
    let sealed = pair.session.poll_transmit(transport, &mut work).len();
    assert!(sealed > 2 * 106, "TLS adds to it");
    pair.session.handle_transmitted(NOW, transport, sealed - 1).expect("as offered");
    let half = pair.session.stats().sent;
    assert_eq!((half.bytes - before.sent.bytes, half.frames), (sealed as u64 - 1, 0));
    assert_eq!(pair.session.poll_transmit(transport, &mut work).len(), 1);
    pair.session.handle_transmitted(NOW, transport, 1).expect("as offered");

    let settled = |session: &mut Session<Tape>, work: &mut Workspace| {
        assert!(matches!(session.poll_event(work), Some(Event::Settled { result: Ok(()), .. })));
    };
    settled(&mut pair.session, &mut work);
    settled(&mut pair.session, &mut work);
    let after = pair.session.stats().sent;
    assert_eq!((after.bytes - before.sent.bytes, after.frames, after.messages), (sealed as u64, 2, 2));

    assert_eq!(pair.message(&mut work), Some(1020));
    assert_eq!(pair.session.stats().sent.pongs, 0, "it waits");
    let last = pair.session.poll_transmit(transport, &mut work).len();
    pair.session.handle_transmitted(NOW, transport, last).expect("as offered");
    let after = pair.session.stats();
    assert_eq!(after.sent.bytes - before.sent.bytes, (sealed + last) as u64);
    assert_eq!((after.sent.frames, after.sent.messages, after.sent.pongs), (3, 2, 1));
    assert_eq!(after.received.bytes - before.received.bytes, ping.len() as u64);
    assert_eq!((after.received.frames, after.received.messages, after.received.pings), (2, 1, 1));
}

/// TLS is done when the server's last record of the handshake is taken, whatever is read with it.
#[test]
fn the_handshake_has_a_time_of_its_own() {
    let (tls, server) = trust();
    let at = connect_socket_core::Time::from_millis;
    let mut work = Workspace::default();
    let mut session = Session::new(Config::default().tls(tls), Tape::default());
    session.connect(at(100), &ConnectOptions::new("wss://192.0.2.1"));
    let Some(Action::Dial { transport, .. }) = session.poll_action() else { panic!("no dial") };
    session.handle_connected(at(110), transport);
    let server = ServerConnection::new(server).expect("a server");
    let mut pair = Pair { session, transport, server };

    pair.transmit(&mut work);
    let flight = pair.wire();
    pair.session.handle_bytes(at(130), transport, &flight, &mut work);
    assert!(pair.session.poll_event(&mut work).is_none());
    // The request arrives.
    pair.session.handle_timeout(at(140));
    pair.transmit(&mut work);
    let answer = pair.say(ANSWER);
    pair.session.handle_bytes(at(170), transport, &answer, &mut work);
    assert!(matches!(pair.session.poll_event(&mut work), Some(Event::Settled { result: Ok(()), .. })));
    let Some(Event::Open { opened, .. }) = pair.session.poll_event(&mut work) else { panic!("not open") };
    let millis = std::time::Duration::from_millis;
    assert_eq!(opened.timing.connected, millis(10));
    assert_eq!((opened.timing.secured, opened.timing.upgraded), (Some(millis(30)), millis(70)));
}

/// What TLS has taken and the transport has not counts towards the high-water mark like what waits in the queue (rule M3).
#[test]
fn m3_records_that_wait_count() {
    let mut work = Workspace::default();
    let mut pair = Pair::open_with(Config::default().high_water(4096), &trust(), &mut work);
    let transport = pair.transport;
    assert!(pair.session.can_send(2000));
    pair.session.send([7; 2500]);
    let queued = pair.session.buffered_amount();
    assert!(queued >= 2508 && !pair.session.can_send(2000));

    let sealed = pair.session.poll_transmit(transport, &mut work).len();
    assert!(sealed > queued, "TLS adds to it");
    assert_eq!(pair.session.buffered_amount(), sealed);
    assert!(pair.session.can_send(1000) && !pair.session.can_send(2000));
    pair.session.send([7; 100]);
    assert_eq!(pair.session.buffered_amount(), sealed + 106);

    pair.session.handle_transmitted(NOW, transport, sealed).expect("as offered");
    assert_eq!(pair.session.buffered_amount(), 106);
    assert!(pair.session.can_send(2000));
}
