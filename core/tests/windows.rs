//! Sessions that share a workspace: what one has read and not taken is its own (rules G1, G5, M2).

mod memory;

use connect_socket_core::{CloseOptions, Config, Event, Message, Misuse, Window, Workspace};
use memory::{NOW, frame, message, open, read, read_silently};

/// Between the parts of a large message, which are read straight to their place, another session reads.
#[test]
fn what_was_read_in_place_is_judged_alone() {
    let mut work = Workspace::default();
    let (mut first, a) = open(Config::default(), &mut work);
    let (mut second, b) = open(Config::default(), &mut work);
    let head = [&[0x82, 126, 0x75, 0x30][..], &[1; 10_000]].concat();
    for in_place in [false, true] {
        read_silently(&mut first, a, &mut work, &head);
        assert!(first.poll_event(&mut work).is_none());
        assert_eq!(first.receive_space(a, &mut work).expect("room").len() == 20_000, in_place);
        read(&mut first, a, &mut work, &vec![2; 19_999]);
        read(&mut second, b, &mut work, b"\x81\x02hi");

        assert!(first.poll_event(&mut work).is_none());
        match second.poll_event(&mut work) {
            Some(Event::Message { message: Message::Text(text), .. }) => assert_eq!(text, "hi"),
            other => panic!("{other:?}"),
        }
        assert!(second.poll_event(&mut work).is_none());

        read(&mut first, a, &mut work, &[2]);
        match first.poll_event(&mut work) {
            Some(Event::Message { message: Message::Binary(bytes), .. }) => {
                assert_eq!(bytes, [vec![1; 10_000], vec![2; 20_000]].concat());
            }
            other => panic!("{other:?}"),
        }
        assert!(first.poll_event(&mut work).is_none());
    }
}

/// One vectored read brings the rest of a large frame, which needs no copy, and what follows it, however much came.
#[test]
fn one_read_brings_a_large_frame_and_what_follows() {
    let large = frame(0x82, &vec![b'a'; 100_000]);
    let stream = [&large[..], b"\x81\x02hi", &large, b"\x81\x00", &large].concat();
    let lengths = [100_000, 2, 100_000, 0, 100_000];
    for size in [512, 4096, 64 * 1024] {
        for at_most in [1, 3, 4999, 90_000, usize::MAX] {
            let mut work = Workspace::new(size);
            let (mut session, transport) = open(Config::default(), &mut work);
            let (mut rest, mut came, mut fewer) = (&stream[..], Vec::new(), false);
            while !rest.is_empty() {
                let mut space = session.receive_space(transport, &mut work).expect("room");
                let [first, second] = space.slices();
                fewer |= !second.is_empty() && second.len() < size;
                let in_first = first.len().min(rest.len()).min(at_most);
                let in_second = second.len().min(rest.len() - in_first).min(at_most - in_first);
                first[..in_first].copy_from_slice(&rest[..in_first]);
                second[..in_second].copy_from_slice(&rest[in_first..][..in_second]);
                rest = &rest[in_first + in_second..];
                space.filled(NOW, in_first + in_second).expect("that many were read");
                while let Some(text) = message(&mut session, &mut work) {
                    came.push(text.len());
                }
            }
            assert_eq!(came, lengths, "windows of {size}, at most {at_most} at once");
            // Behind a frame that is longer than a window, most of the window stays free: what comes there is copied.
            assert_eq!(fewer, size > 4096, "windows of {size}");
        }
    }
}

/// Behind a large binary message, little is read into a window, as the next one is probably large, too.
#[test]
fn a_read_behind_a_large_message_is_short() {
    let mut work = Workspace::default();
    let (mut session, transport) = open(Config::default(), &mut work);
    let whole = session.receive_space(transport, &mut work).expect("room").len();
    for (first, length, is_short) in [(0x82, 41_000, true), (0x81, 41_000, false), (0x82, 20_000, false)] {
        let frame = frame(first, &vec![b'a'; length]);
        let (front, end) = frame.split_at(9_000);
        read_silently(&mut session, transport, &mut work, front);
        assert_eq!(message(&mut session, &mut work), None);
        read(&mut session, transport, &mut work, end);
        assert_eq!(message(&mut session, &mut work).map(|it| it.len()), Some(length));
        assert_eq!(message(&mut session, &mut work), None);
        let room = session.receive_space(transport, &mut work).expect("room").len();
        assert_eq!(room < whole, is_short, "{length} bytes of {first:#x}");
        // Whatever that read brings, the next one has all the room again.
        read(&mut session, transport, &mut work, b"\x81\x02hi");
        assert_eq!(message(&mut session, &mut work).as_deref(), Some(&b"hi"[..]));
        assert_eq!(message(&mut session, &mut work), None);
        assert_eq!(session.receive_space(transport, &mut work).expect("room").len(), whole);
    }
}

/// A host that reads into the first part alone reports no more than that.
#[test]
fn what_was_not_lent_cannot_be_filled() {
    let mut work = Workspace::default();
    let (mut session, transport) = open(Config::default(), &mut work);
    let frame = frame(0x82, &vec![b'a'; 100_000]);
    // A message that has come in parts leaves memory to read into.
    for part in [&frame[..60_000], &frame[60_000..], &frame[..1000]] {
        read_silently(&mut session, transport, &mut work, part);
        while message(&mut session, &mut work).is_some() {}
    }
    let space = session.receive_space(transport, &mut work).expect("room");
    let room = space.len();
    assert_eq!(room, frame.len() - 1000, "the rest of the frame");
    let misuse = space.filled(NOW, room + 1);
    assert!(
        matches!(misuse, Err(Misuse::ReceivedTooMuch { possible, .. }) if possible == room),
        "{misuse:?}"
    );
}

/// A session goes on in whichever workspace it is polled with, as hosts with several threads have several.
#[test]
fn another_workspace_serves_as_well() {
    let many = b"\x81\x03you".repeat(3_000);
    for (size, other) in [(64 * 1024, 512), (512, 64 * 1024), (64 * 1024, 64 * 1024)] {
        for shrinks in [false, true] {
            let mut work = Workspace::new(size);
            let (mut session, transport) = open(Config::default(), &mut work);
            let read_at_once = &many[..many.len().min(size / 5 * 5)];
            read(&mut session, transport, &mut work, read_at_once);
            assert_eq!(message(&mut session, &mut work).as_deref(), Some(&b"you"[..]));

            let mut another = Workspace::new(other);
            for _ in 1..read_at_once.len() / 5 {
                if shrinks {
                    session.shrink(&mut another);
                }
                assert_eq!(message(&mut session, &mut another).as_deref(), Some(&b"you"[..]));
            }
            assert_eq!(message(&mut session, &mut another), None);
            assert_eq!(session.receive_space(transport, &mut another).expect("room").len(), other);
        }
    }
}

/// A session that is dropped, or forgotten, with bytes that nobody took stops no other one.
#[test]
fn a_session_that_is_gone_stops_nobody() {
    let mut work = Workspace::default();
    let (mut stays, b) = open(Config::default(), &mut work);
    let mut forgotten = Vec::new();
    for dropped in [true, false].repeat(10) {
        let (mut goes, a) = open(Config::default(), &mut work);
        read(&mut goes, a, &mut work, b"\x81\x02hi\x81\x02ho\x02\x01x");
        assert_eq!(message(&mut goes, &mut work).as_deref(), Some(&b"hi"[..]));
        if dropped {
            drop(goes);
        } else {
            forgotten.push(goes);
        }
        let large = [vec![0x82, 126, 0x75, 0x30], vec![1; 30_000]].concat();
        read_silently(&mut stays, b, &mut work, &large[..5_000]);
        assert_eq!(message(&mut stays, &mut work), None);
        read(&mut stays, b, &mut work, &large[5_000..]);
        assert_eq!(message(&mut stays, &mut work).map(|it| it.len()), Some(30_000));
        assert_eq!(message(&mut stays, &mut work), None);
    }
}

/// A window that was lent and brought nothing is no session's.
#[test]
fn a_read_that_brings_nothing_takes_nothing() {
    let mut work = Workspace::default();
    let (mut session, transport) = open(Config::default(), &mut work);
    for _ in 0..3 {
        assert!(session.receive_space(transport, &mut work).is_some());
        assert_eq!(session.receive_space(transport, &mut work).expect("room").filled(NOW, 0), Ok(()));
        assert!(session.wants_read(transport));
    }
    read(&mut session, transport, &mut work, b"\x81\x02hi");
    assert_eq!(message(&mut session, &mut work).as_deref(), Some(&b"hi"[..]));
}

/// The same for a window that a host took for itself, and for one that has no memory (G7).
#[test]
fn a_window_that_brings_nothing_changes_nothing() {
    let mut work = Workspace::default();
    let (mut session, transport) = open(Config::default(), &mut work);
    read(&mut session, transport, &mut work, b"\x81\x02h");
    assert_eq!(message(&mut session, &mut work), None);
    for (window, count, told) in [
        (work.take(), 0, Ok(())),
        (Window::default(), 0, Ok(())),
        (Window::default(), 7, Err(Misuse::ReceivedTooMuch { reported: 7, possible: 0 })),
    ] {
        assert_eq!(session.handle_window(NOW, transport, window, count, &mut work), told);
        assert!(session.wants_read(transport));
        assert_eq!(message(&mut session, &mut work), None);
    }
    read(&mut session, transport, &mut work, b"i");
    assert_eq!(message(&mut session, &mut work).as_deref(), Some(&b"hi"[..]));
}

/// The front of a message that a read cuts leaves the buffer to others, and comes together with the rest however
/// many reads that takes (G1, G5).
#[test]
fn a_message_that_a_read_cuts_comes_together() {
    let long = [&[0x82, 126, 0x01, 0x2c][..], &[7; 300]].concat();
    for cuts in [[1, 1], [3, 3], [4, 200], [100, 101], [303, 303]] {
        let mut work = Workspace::default();
        let (mut first, a) = open(Config::default(), &mut work);
        let (mut second, b) = open(Config::default(), &mut work);
        read(&mut first, a, &mut work, &[b"\x81\x02hi", &long[..cuts[0]]].concat());
        assert_eq!(message(&mut first, &mut work).as_deref(), Some(&b"hi"[..]));
        assert_eq!(message(&mut first, &mut work), None);

        read(&mut second, b, &mut work, b"\x81\x03you\x82\x04cu");
        assert_eq!(message(&mut second, &mut work).as_deref(), Some(&b"you"[..]));
        assert_eq!(message(&mut second, &mut work), None);

        if cuts[0] < cuts[1] {
            read_silently(&mut first, a, &mut work, &long[cuts[0]..cuts[1]]);
            assert_eq!(message(&mut first, &mut work), None);
        }
        read(&mut second, b, &mut work, b"t!");
        assert_eq!(message(&mut second, &mut work).as_deref(), Some(&b"cut!"[..]));
        read(&mut first, a, &mut work, &[&long[cuts[1]..], b"\x81\x03too"].concat());
        assert_eq!(message(&mut first, &mut work).as_deref(), Some(&[7; 300][..]), "{cuts:?}");
        assert_eq!(message(&mut first, &mut work).as_deref(), Some(&b"too"[..]));
        assert_eq!(message(&mut first, &mut work), None);
    }
}

/// Rule F2: a byte that cannot be valid is found in the front already.
#[test]
fn the_front_of_a_message_is_judged_at_once() {
    for front in [&b"\x81\x7e\x01\x00ab\xff"[..], b"\x82\x7e\x00\x10", b"\xc1", b"\x82\xff"] {
        let mut work = Workspace::default();
        let (mut session, transport) = open(Config::default(), &mut work);
        read(&mut session, transport, &mut work, &[b"\x81\x02hi", front].concat());
        assert_eq!(message(&mut session, &mut work).as_deref(), Some(&b"hi"[..]));
        assert!(matches!(session.poll_event(&mut work), Some(Event::Error { .. })), "{front:x?}");
    }
}

/// Rule T, closing: a message that was cut when closeSocket was called is skipped whole, and the server's close
/// frame behind it is seen.
#[test]
fn a_front_that_nobody_wants_any_more_is_skipped() {
    let mut work = Workspace::default();
    let (mut session, transport) = open(Config::default(), &mut work);
    read(&mut session, transport, &mut work, b"\x81\x02hi\x81\x05ha");
    assert_eq!(message(&mut session, &mut work).as_deref(), Some(&b"hi"[..]));
    assert_eq!(message(&mut session, &mut work), None);

    session.close(NOW, &CloseOptions::default());
    let frame = session.poll_transmit(transport, &mut work).len();
    assert_eq!(session.handle_transmitted(NOW, transport, frame), Ok(()));
    read(&mut session, transport, &mut work, b"llo\x88\x02\x03\xe8");
    assert!(matches!(session.poll_event(&mut work), Some(Event::Settled { result: Ok(()), .. })));
    assert!(matches!(session.poll_event(&mut work), Some(Event::Close { code: 1000, .. })));
}
