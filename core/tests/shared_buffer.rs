//! Two sessions over one receive buffer: neither takes what the other has read (semantics G1).

mod opened;

use connect_socket_core::{CloseOptions, Config, Event, Message, ReceiveBuffer};
use opened::{NOW, message, open, read};

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
/// read into too: hosts with several threads have several. Which of them is the larger does not matter, nor does it
/// change what is read into them afterwards.
#[test]
fn what_was_put_aside_comes_back_in_another_buffer() {
    let many = b"\x81\x03you".repeat(3_000);
    for (capacity, other) in [(64 * 1024, 512), (512, 64 * 1024), (64 * 1024, 64 * 1024)] {
        let mut buffer = ReceiveBuffer::new(capacity);
        let (mut session, transport) = open(Config::default(), &mut buffer);
        let read_at_once = &many[..many.len().min(capacity / 5 * 5)];
        read(&mut session, transport, &mut buffer, read_at_once);
        assert_eq!(message(&mut session, &mut buffer).as_deref(), Some(&b"you"[..]));
        session.detach(&mut buffer);
        assert!(buffer.is_empty());

        let mut another = ReceiveBuffer::new(other);
        for _ in 1..read_at_once.len() / 5 {
            assert_eq!(message(&mut session, &mut another).as_deref(), Some(&b"you"[..]));
        }
        assert_eq!(message(&mut session, &mut another), None);
        let window = session.receive_window(transport, &mut another).expect("a window");
        assert!(window.len() >= other, "{} of {other}", window.len());
    }
}

/// The front of a message that a read cuts leaves the buffer to others, and comes together with the rest however
/// many reads that takes (G1, G5).
#[test]
fn a_message_that_a_read_cuts_comes_together() {
    let long = [&[0x82, 126, 0x01, 0x2c][..], &[7; 300]].concat();
    for cuts in [[1, 1], [3, 3], [4, 200], [100, 101], [303, 303]] {
        let mut buffer = ReceiveBuffer::default();
        let (mut first, a) = open(Config::default(), &mut buffer);
        let (mut second, b) = open(Config::default(), &mut buffer);
        read(&mut first, a, &mut buffer, &[b"\x81\x02hi", &long[..cuts[0]]].concat());
        assert_eq!(message(&mut first, &mut buffer).as_deref(), Some(&b"hi"[..]));
        assert_eq!(message(&mut first, &mut buffer), None);
        assert!(buffer.is_empty());

        read(&mut second, b, &mut buffer, b"\x81\x03you\x82\x04cu");
        assert_eq!(message(&mut second, &mut buffer).as_deref(), Some(&b"you"[..]));
        assert_eq!(message(&mut second, &mut buffer), None);

        if cuts[0] < cuts[1] {
            read(&mut first, a, &mut buffer, &long[cuts[0]..cuts[1]]);
            assert_eq!(message(&mut first, &mut buffer), None);
        }
        read(&mut second, b, &mut buffer, b"t!");
        assert_eq!(message(&mut second, &mut buffer).as_deref(), Some(&b"cut!"[..]));
        read(&mut first, a, &mut buffer, &[&long[cuts[1]..], b"\x81\x03too"].concat());
        assert_eq!(message(&mut first, &mut buffer).as_deref(), Some(&[7; 300][..]), "{cuts:?}");
        assert_eq!(message(&mut first, &mut buffer).as_deref(), Some(&b"too"[..]));
        assert_eq!(message(&mut first, &mut buffer), None);
    }
}

/// Semantics F2: a byte that cannot be valid is found in the front already.
#[test]
fn the_front_of_a_message_is_judged_at_once() {
    for front in [&b"\x81\x7e\x01\x00ab\xff"[..], b"\x82\x7e\x00\x10", b"\xc1", b"\x82\xff"] {
        let mut buffer = ReceiveBuffer::default();
        let (mut session, transport) = open(Config::default(), &mut buffer);
        read(&mut session, transport, &mut buffer, &[b"\x81\x02hi", front].concat());
        assert_eq!(message(&mut session, &mut buffer).as_deref(), Some(&b"hi"[..]));
        assert!(matches!(session.poll_event(&mut buffer), Some(Event::Error { .. })), "{front:x?}");
    }
}

/// Semantics T, closing: a message that was cut when closeSocket was called is skipped whole, and the server's close
/// frame behind it is seen.
#[test]
fn a_front_that_nobody_wants_any_more_is_skipped() {
    let mut buffer = ReceiveBuffer::default();
    let (mut session, transport) = open(Config::default(), &mut buffer);
    read(&mut session, transport, &mut buffer, b"\x81\x02hi\x81\x05ha");
    assert_eq!(message(&mut session, &mut buffer).as_deref(), Some(&b"hi"[..]));
    assert_eq!(message(&mut session, &mut buffer), None);

    session.close(NOW, &CloseOptions::default());
    let frame = session.poll_transmit(transport).len();
    assert_eq!(session.handle_transmitted(NOW, transport, frame), Ok(()));
    read(&mut session, transport, &mut buffer, b"llo\x88\x02\x03\xe8");
    assert!(matches!(session.poll_event(&mut buffer), Some(Event::Settled { result: Ok(()), .. })));
    assert!(matches!(session.poll_event(&mut buffer), Some(Event::Close { code: 1000, .. })));
}
