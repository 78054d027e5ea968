//! What a host got wrong is told, and only the part that made sense is done ([`Misuse`]).

mod memory;

use connect_socket_core::{Config, Misuse, Payload, Workspace};
use memory::{Host, NOW, read_silently};

#[test]
fn more_was_read_than_the_window_has() {
    let mut host = Host { work: Workspace::new(1024), ..Host::open(Config::default()) };
    let mut space = host.session.receive_space(host.transport, &mut host.work).expect("room");
    let possible = space.len();
    space.fill(0);
    space[..6].copy_from_slice(b"\x82\x7e\x03\xfchi");
    let told = space.filled(NOW, usize::MAX);
    assert_eq!(told, Err(Misuse::ReceivedTooMuch { reported: usize::MAX, possible }));
    assert_eq!(possible, 1024);
    assert_eq!(host.message().map(|it| it.len()), Some(1020));
    assert_eq!(host.message(), None);
}

/// The rest of a large frame is read to its place, not past it.
#[test]
fn more_was_read_than_the_place_has() {
    let mut host = Host::open(Config::default());
    let head = b"\x82\x7f\0\0\0\0\0\x04\0\0hi";
    // The first message makes the memory; the second is read into it.
    for in_place in [false, true] {
        host.read(head);
        assert_eq!(host.message(), None);
        let space = host.session.receive_space(host.transport, &mut host.work).expect("room");
        let possible = space.len();
        assert_eq!(possible == (1 << 18) - 2, in_place);
        if in_place {
            let told = space.filled(NOW, possible + 1);
            assert_eq!(told, Err(Misuse::ReceivedTooMuch { reported: possible + 1, possible }));
        } else {
            read_silently(&mut host.session, host.transport, &mut host.work, &vec![0; (1 << 18) - 2]);
        }
        assert_eq!(host.message().map(|it| it.len()), Some(1 << 18));
        assert_eq!(host.message(), None);
    }
}

/// A window comes while what was read before has not been taken: two reads were under way at once.
#[test]
fn a_window_came_too_early() {
    let mut host = Host::open(Config::default());
    let (mut first, mut second) = (host.work.take(), host.work.take());
    first.as_mut()[..4].copy_from_slice(b"\x81\x02hi");
    second.as_mut()[..4].copy_from_slice(b"\x81\x02ho");
    assert_eq!(host.session.handle_window(NOW, host.transport, first, 4, &mut host.work), Ok(()));
    assert!(!host.session.wants_read(host.transport));
    let told = host.session.handle_window(NOW, host.transport, second, 4, &mut host.work);
    assert_eq!(told, Err(Misuse::NotReceiving));
    assert_eq!(host.message().as_deref(), Some(&b"hi"[..]));
    assert_eq!(host.message(), None);
}

#[test]
fn more_came_in_a_window_than_it_has() {
    let mut host = Host { work: Workspace::new(1024), ..Host::open(Config::default()) };
    let mut window = host.work.take();
    window.as_mut()[..4].copy_from_slice(b"\x82\x7e\x03\xfc");
    let told = host.session.handle_window(NOW, host.transport, window, 1025, &mut host.work);
    assert_eq!(told, Err(Misuse::ReceivedTooMuch { reported: 1025, possible: 1024 }));
    assert_eq!(host.message().map(|it| it.len()), Some(1020));
}

#[test]
fn more_was_written_than_was_offered() {
    let mut host = Host::open(Config::default());
    host.session.send(Payload::Text("hi"));
    let offered = host.session.poll_transmit(host.transport, &mut host.work).len();
    let told = host.session.handle_transmitted(NOW, host.transport, offered + 1);
    assert_eq!(told, Err(Misuse::TransmittedTooMuch { reported: offered + 1, offered }));
    assert_eq!(host.told(), ["call 2 ok"]);
    assert!(host.write().is_empty());
}
