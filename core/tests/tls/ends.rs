//! How a connection over TLS ends: what TLS tells, what it is told, and what is no longer offered (rules F5, F7).

use std::io::ErrorKind;

use connect_socket_core::TransportError;

use super::*;

/// A transport that takes no more is offered nothing, and not the rest of a record (rule F7).
#[test]
fn f7_nothing_is_offered_behind_a_failed_write() {
    let trust = trust();
    for taken in [None, Some(0), Some(3)] {
        let mut work = Workspace::default();
        let mut pair = Pair::open(&trust, &mut work);
        let transport = pair.transport;
        pair.session.send("waiting");
        if let Some(taken) = taken {
            assert!(pair.session.poll_transmit(transport, &mut work).len() > taken);
            pair.session.handle_transmitted(NOW, transport, taken).expect("as offered");
        }
        let error = TransportError::new(ErrorKind::ConnectionReset, "the peer is gone");
        pair.session.handle_write_failed(NOW, transport, error);
        let wire = pair.say(b"\x81\x02hi");
        pair.read(&wire, &mut work);
        assert!(matches!(pair.session.poll_event(&mut work), Some(Event::Settled { result: Err(_), .. })));
        assert_eq!(pair.message(&mut work), Some(2));
        assert!(!pair.session.wants_write(transport), "{taken:?} were taken");
        assert!(pair.session.poll_transmit(transport, &mut work).is_empty());
    }
}

/// The end that TLS tells is the end of the stream, whether or not TCP tells it, too (RFC 8446 §6.1).
#[test]
fn a_close_notify_is_the_end() {
    let mut work = Workspace::default();
    let mut pair = Pair::open(&trust(), &mut work);
    let message = pair.say(b"\x81\x02hi");
    pair.server.send_close_notify();
    let wire = [message, pair.wire()].concat();
    pair.read(&wire, &mut work);
    assert_eq!(pair.message(&mut work), Some(2));
    assert!(matches!(pair.session.poll_event(&mut work), Some(Event::Close { code: 1006, .. })));
}

/// A connection that was replaced ends TLS behind its close frame, and only then its half of TCP (rule F5).
#[test]
fn f5_tls_ends_behind_the_close_frame() {
    let mut work = Workspace::default();
    let mut pair = Pair::open(&trust(), &mut work);
    pair.session.connect(NOW, &ConnectOptions::new("ws://192.0.2.1"));
    assert!(matches!(pair.session.poll_action(), Some(Action::Dial { .. })));
    assert_eq!(pair.session.poll_action(), None, "the close frame is not out");
    pair.transmit(&mut work);
    let mut frame = [0; 100];
    let length = pair.server.reader().read(&mut frame).expect("a close frame");
    assert_eq!((length, frame[0]), (8, 0x88));
    let ended = pair.server.reader().read(&mut frame).expect("an end that TLS tells, not one that is cut");
    assert_eq!(ended, 0);
    let transport = pair.transport;
    assert_eq!(pair.session.poll_action(), Some(Action::ShutdownWrite { transport }));
}
