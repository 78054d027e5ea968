//! What a host got wrong is told, and only the part that made sense is done ([`Misuse`]).

mod opened;

use connect_socket_core::{Config, Event, Misuse, Payload, ReceiveBuffer};
use opened::{NOW, message, open, read};

#[test]
fn more_was_read_than_the_window_has() {
    let mut buffer = ReceiveBuffer::new(1024);
    let (mut session, transport) = open(Config::default(), &mut buffer);
    let window = session.receive_window(transport, &mut buffer).expect("a window");
    let possible = window.len();
    window.fill(0);
    window[..6].copy_from_slice(b"\x82\x7e\x03\xfchi");
    let told = session.handle_received(NOW, transport, &mut buffer, usize::MAX);
    assert_eq!(told, Err(Misuse::ReceivedTooMuch { reported: usize::MAX, possible }));
    assert_eq!(possible, 1024);
    assert_eq!(message(&mut session, &mut buffer).map(|it| it.len()), Some(1020));
    assert_eq!(message(&mut session, &mut buffer), None);
}

/// The rest of a large frame is read to its place, not past it.
#[test]
fn more_was_read_than_the_place_has() {
    let mut buffer = ReceiveBuffer::default();
    let (mut session, transport) = open(Config::default(), &mut buffer);
    read(&mut session, transport, &mut buffer, b"\x82\x7f\0\0\0\0\0\x10\0\0hi");
    assert_eq!(message(&mut session, &mut buffer), None);
    let possible = session.receive_window(transport, &mut buffer).expect("a window").len();
    let told = session.handle_received(NOW, transport, &mut buffer, possible + 1);
    assert_eq!(told, Err(Misuse::ReceivedTooMuch { reported: possible + 1, possible }));
    assert_eq!(message(&mut session, &mut buffer), None);
    read(&mut session, transport, &mut buffer, &vec![0; (1 << 20) - 2 - possible]);
    assert_eq!(message(&mut session, &mut buffer).map(|it| it.len()), Some(1 << 20));
    assert_eq!(message(&mut session, &mut buffer), None);
}

#[test]
fn bytes_were_read_without_a_window() {
    let mut buffer = ReceiveBuffer::default();
    let (mut session, transport) = open(Config::default(), &mut buffer);
    read(&mut session, transport, &mut buffer, b"\x81\x02hi");
    assert!(session.receive_window(transport, &mut buffer).is_none());
    assert_eq!(session.handle_received(NOW, transport, &mut buffer, 3), Err(Misuse::NotReceiving));
    assert_eq!(message(&mut session, &mut buffer).map(|it| it.len()), Some(2));
    assert_eq!(message(&mut session, &mut buffer), None);
}

#[test]
fn more_was_written_than_was_offered() {
    let mut buffer = ReceiveBuffer::default();
    let (mut session, transport) = open(Config::default(), &mut buffer);
    session.send(Payload::Text("hi"));
    let offered = session.poll_transmit(transport).len();
    let told = session.handle_transmitted(NOW, transport, offered + 1);
    assert_eq!(told, Err(Misuse::TransmittedTooMuch { reported: offered + 1, offered }));
    assert!(matches!(session.poll_event(&mut buffer), Some(Event::Settled { result: Ok(()), .. })));
    assert!(session.poll_transmit(transport).is_empty());
}
