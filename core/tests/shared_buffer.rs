//! Two sessions over one receive buffer: neither takes what the other has read (semantics G1).

mod opened;

use connect_socket_core::{Config, Event, Message, ReceiveBuffer};
use opened::{open, read};

/// A large frame is read past the buffer, straight to its place; before its session is polled, another may
/// have read into the buffer.
#[test]
fn what_was_read_in_place_is_judged_alone() {
    let mut buffer = ReceiveBuffer::default();
    let (mut first, a) = open(Config::default(), &mut buffer);
    let (mut second, b) = open(Config::default(), &mut buffer);

    read(&mut first, a, &mut buffer, &[&[0x82, 126, 0x75, 0x30][..], &[1; 10_000]].concat());
    assert!(first.poll_event(&mut buffer).is_none());
    read(&mut first, a, &mut buffer, &vec![2; 19_999]);
    read(&mut second, b, &mut buffer, b"\x81\x02hi");

    assert!(first.poll_event(&mut buffer).is_none());
    match second.poll_event(&mut buffer) {
        Some(Event::Message { message: Message::Text(text), .. }) => assert_eq!(text, "hi"),
        other => panic!("{other:?}"),
    }
    assert!(second.poll_event(&mut buffer).is_none());

    read(&mut first, a, &mut buffer, &[2]);
    match first.poll_event(&mut buffer) {
        Some(Event::Message { message: Message::Binary(bytes), .. }) => {
            assert_eq!(bytes, [vec![1; 10_000], vec![2; 20_000]].concat());
        }
        other => panic!("{other:?}"),
    }
    assert!(first.poll_event(&mut buffer).is_none());
}

/// What was put aside comes back in whichever buffer the session is polled with next, one that has never been
/// read into too: hosts with several threads have several.
#[test]
fn what_was_put_aside_comes_back_in_another_buffer() {
    let mut buffer = ReceiveBuffer::default();
    let (mut session, transport) = open(Config::default(), &mut buffer);
    read(&mut session, transport, &mut buffer, b"\x81\x02hi\x81\x03you");
    assert!(matches!(session.poll_event(&mut buffer), Some(Event::Message { .. })));
    session.detach(&mut buffer);
    assert!(buffer.is_empty());

    let mut another = ReceiveBuffer::default();
    match session.poll_event(&mut another) {
        Some(Event::Message { message: Message::Text(text), .. }) => assert_eq!(text, "you"),
        other => panic!("{other:?}"),
    }
    assert!(session.poll_event(&mut another).is_none());
}
