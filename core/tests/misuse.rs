//! What a host got wrong is told, and only the part that made sense is done ([`Misuse`]).

mod opened;

use connect_socket_core::{Config, Event, Misuse, Payload, Workspace};
use opened::{NOW, message, open, read, read_silently};

#[test]
fn more_was_read_than_the_window_has() {
    let mut work = Workspace::new(1024);
    let (mut session, transport) = open(Config::default(), &mut work);
    let mut space = session.receive_space(transport, &mut work).expect("room");
    let possible = space.len();
    space.fill(0);
    space[..6].copy_from_slice(b"\x82\x7e\x03\xfchi");
    let told = space.filled(NOW, usize::MAX);
    assert_eq!(told, Err(Misuse::ReceivedTooMuch { reported: usize::MAX, possible }));
    assert_eq!(possible, 1024);
    assert_eq!(message(&mut session, &mut work).map(|it| it.len()), Some(1020));
    assert_eq!(message(&mut session, &mut work), None);
}

/// The rest of a large frame is read to its place, not past it.
#[test]
fn more_was_read_than_the_place_has() {
    let mut work = Workspace::default();
    let (mut session, transport) = open(Config::default(), &mut work);
    let head = b"\x82\x7f\0\0\0\0\0\x04\0\0hi";
    // The first message makes the memory; the second is read into it.
    for in_place in [false, true] {
        read(&mut session, transport, &mut work, head);
        assert_eq!(message(&mut session, &mut work), None);
        let space = session.receive_space(transport, &mut work).expect("room");
        let possible = space.len();
        assert_eq!(possible == (1 << 18) - 2, in_place);
        if in_place {
            let told = space.filled(NOW, possible + 1);
            assert_eq!(told, Err(Misuse::ReceivedTooMuch { reported: possible + 1, possible }));
        } else {
            read_silently(&mut session, transport, &mut work, &vec![0; (1 << 18) - 2]);
        }
        assert_eq!(message(&mut session, &mut work).map(|it| it.len()), Some(1 << 18));
        assert_eq!(message(&mut session, &mut work), None);
    }
}

/// A window comes while what was read before has not been taken: two reads were under way at once.
#[test]
fn a_window_came_too_early() {
    let mut work = Workspace::default();
    let (mut session, transport) = open(Config::default(), &mut work);
    let (mut first, mut second) = (work.take(), work.take());
    first.as_mut()[..4].copy_from_slice(b"\x81\x02hi");
    second.as_mut()[..4].copy_from_slice(b"\x81\x02ho");
    assert_eq!(session.handle_window(NOW, transport, first, 4, &mut work), Ok(()));
    assert!(!session.wants_read(transport));
    let told = session.handle_window(NOW, transport, second, 4, &mut work);
    assert_eq!(told, Err(Misuse::NotReceiving));
    assert_eq!(message(&mut session, &mut work).as_deref(), Some(&b"hi"[..]));
    assert_eq!(message(&mut session, &mut work), None);
}

#[test]
fn more_came_in_a_window_than_it_has() {
    let mut work = Workspace::new(1024);
    let (mut session, transport) = open(Config::default(), &mut work);
    let mut window = work.take();
    window.as_mut()[..4].copy_from_slice(b"\x82\x7e\x03\xfc");
    let told = session.handle_window(NOW, transport, window, 1025, &mut work);
    assert_eq!(told, Err(Misuse::ReceivedTooMuch { reported: 1025, possible: 1024 }));
    assert_eq!(message(&mut session, &mut work).map(|it| it.len()), Some(1020));
}

#[test]
fn more_was_written_than_was_offered() {
    let mut work = Workspace::default();
    let (mut session, transport) = open(Config::default(), &mut work);
    session.send(Payload::Text("hi"));
    let offered = session.poll_transmit(transport, &mut work).len();
    let told = session.handle_transmitted(NOW, transport, offered + 1);
    assert_eq!(told, Err(Misuse::TransmittedTooMuch { reported: offered + 1, offered }));
    assert!(matches!(session.poll_event(&mut work), Some(Event::Settled { result: Ok(()), .. })));
    assert!(session.poll_transmit(transport, &mut work).is_empty());
}
