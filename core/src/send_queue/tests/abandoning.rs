//! What of the frames that wait still goes out when the connection ends (rule F5), and what of them counts.

use super::*;

/// Rule F5: the frame that is partly out is finished, then comes the close frame; the rest is dropped.
#[test]
fn abandoning_keeps_the_begun_frame() {
    let (mut queue, mut wire) = (SendQueue::new(), Vec::new());
    push(&mut queue, 1, b"one");
    push(&mut queue, 2, b"two");
    push(&mut queue, 3, b"three");
    write(&mut queue, 10, &mut wire);
    queue.push_pong(b"a", MASK);
    assert_eq!(report(&mut queue, 0), [0_u64; 0]);
    queue.offer();
    report(&mut queue, 0);
    assert_eq!(abandon(&mut queue), [2, 3]);
    queue.push_close(b"\x03\xe8", MASK);
    assert_eq!(abandon(&mut queue), [0_u64; 0]);
    queue.push_close(b"again", MASK);
    queue.push_pong(b"no", MASK);
    assert_eq!(write(&mut queue, 100, &mut wire), [0_u64; 0]);
    assert!(queue.is_empty());
    assert_eq!(wire, [message(b"one"), message(b"two"), encoded(Opcode::Close, b"\x03\xe8")].concat());
}

/// Rule F5, where the host reports its write only after the connection ended.
#[test]
fn abandoning_an_offer_waits_for_its_report() {
    let first = [message(b"one"), message(b"two"), message(b"three")].concat();
    let close = encoded(Opcode::Close, b"");
    for written in 0..=first.len() {
        for before in [false, true] {
            let mut queue = SendQueue::new();
            push(&mut queue, 1, b"one");
            push(&mut queue, 2, b"two");
            push(&mut queue, 3, b"three");
            if before {
                queue.push_close(b"", MASK);
            }
            queue.offer();
            assert_eq!(abandon(&mut queue), [1, 2, 3]);
            queue.push_close(b"", MASK);
            assert_eq!(report(&mut queue, written), [0_u64; 0]);
            let mut wire = first[..written].to_vec();
            write(&mut queue, 1000, &mut wire);
            let whole = [0, 9, 18, 29].into_iter().find(|&end| end >= written).unwrap();
            assert_eq!(wire, [&first[..whole], &close].concat(), "{written}");
            assert!(queue.is_empty());
        }
    }
}

/// The same for an offer that is only a control frame.
#[test]
fn abandoning_an_offer_of_a_control_frame_waits_for_its_report() {
    for written in 0..=7 {
        let mut queue = SendQueue::new();
        queue.push_pong(b"a", MASK);
        let pong = queue.offer().concat();
        assert_eq!(abandon(&mut queue), [0_u64; 0]);
        queue.push_close(b"", MASK);
        report(&mut queue, written);
        let mut wire = pong[..written].to_vec();
        write(&mut queue, 1000, &mut wire);
        let close = encoded(Opcode::Close, b"");
        let expected = if written == 0 { close } else { [pong, close].concat() };
        assert_eq!(wire, expected, "{written} bytes were out");
    }
}

/// Rule F5 for a control frame that is partly out.
#[test]
fn abandoning_keeps_the_begun_control_frame() {
    let (mut queue, mut wire) = (SendQueue::new(), Vec::new());
    push(&mut queue, 1, b"one");
    ping(&mut queue);
    queue.push_pong(b"b", MASK);
    write(&mut queue, 3, &mut wire);
    report(&mut queue, 0);
    assert_eq!(abandon(&mut queue), [1]);
    queue.push_close(b"", MASK);
    write(&mut queue, 100, &mut wire);
    assert_eq!(wire, [encoded(Opcode::Ping, b""), encoded(Opcode::Close, b"")].concat());
    let counted = queue.count_taken();
    assert_eq!((counted.pings, counted.pongs, counted.closes), (1, 0, 1));
}

/// Rule F5: none of the control frames that wait has begun, whatever took whose place.
#[test]
fn abandoning_drops_control_frames_that_changed_places() {
    for payloads in [[&b"a"[..], b"b"], [b"", b"abc"], [b"abc", b""]] {
        let mut queue = SendQueue::new();
        queue.push_pong(payloads[0], MASK);
        ping(&mut queue);
        queue.push_pong(payloads[1], MASK);
        assert_eq!(
            queue.offer().concat(),
            [encoded(Opcode::Ping, b""), encoded(Opcode::Pong, payloads[1])].concat()
        );
        report(&mut queue, 0);
        assert_eq!(abandon(&mut queue), [0_u64; 0]);
        assert!(queue.is_empty());
    }
}

/// Rule F5, where the frames that an offer has are of every form of length.
#[test]
fn abandoning_an_offer_finds_the_frame_that_is_cut() {
    for lengths in [[0, 125, 126], [126, 0, 65_535], [65_535, 65_536, 0], [70_000, 1, 126]] {
        let frames = lengths.map(|length| message(&vec![7; length]));
        let ends = [0, 1, 2, 3].map(|count| frames[..count].concat().len());
        let written = ends.into_iter().flat_map(|end| [end.saturating_sub(1), end, end + 1]);
        for written in written.filter(|written| *written <= ends[3]) {
            let mut queue = SendQueue::new();
            for (call, length) in lengths.into_iter().enumerate() {
                push(&mut queue, call as u64, &vec![7; length]);
            }
            queue.offer();
            assert_eq!(abandon(&mut queue), [0, 1, 2]);
            queue.push_close(b"", MASK);
            report(&mut queue, written);
            let whole = ends.into_iter().find(|end| *end >= written).unwrap();
            let rest = [&frames.concat()[written..whole], &encoded(Opcode::Close, b"")].concat();
            assert_eq!(queue.offer().concat(), rest, "{written} bytes of {lengths:?}");
        }
    }
}

/// Rule M4: what an ended connection keeps is memory for what it still owes.
#[test]
fn abandoning_keeps_memory_for_what_is_owed() {
    for (first, out) in [(1_000_000, 1), (1_000_000, 999_000), (0, 1), (100, 106)] {
        let mut queue = SendQueue::new();
        push(&mut queue, 0, &vec![1; first]);
        for call in 1..2000 {
            push(&mut queue, call, &[1; 1000]);
        }
        queue.offer();
        report(&mut queue, out);
        queue.push_close(b"\x03\xe8", MASK);
        let mut receipts = queue.abandon();
        assert!(receipts.held() <= 2 * receipts.len() * RECEIPT);
        assert_eq!(receipts.pop().map(|receipt| receipt.call().get()), Some(u64::from(out == 106)));
        let owed = queue.buffered();
        assert_eq!(owed, (header_len(first) + first - out) + 8);
        assert!(held(&queue) <= 2 * owed, "{} bytes for {owed}", held(&queue));
    }
    // The close frame may come behind that, and makes the memory no larger than it must be.
    let mut queue = SendQueue::new();
    (0..1000).for_each(|call| push(&mut queue, call, &[1; 1000]));
    write(&mut queue, 500, &mut Vec::new());
    abandon(&mut queue);
    queue.push_close(b"", MASK);
    assert!(held(&queue) <= 2 * queue.buffered());
}

/// Rule F5: a frame that TLS has taken a part of is finished.
#[test]
fn abandoning_keeps_what_was_partly_taken() {
    for (taken, rest) in [(0, 0), (1, 9), (10, 0), (11, 9), (20, 0), (29, 1), (30, 0)] {
        let mut queue = SendQueue::new();
        (1..4).for_each(|call| push(&mut queue, call, b"four"));
        queue.offer();
        queue.take(taken);
        assert_eq!(abandon(&mut queue), [1, 2, 3], "none of their records is out");
        assert_eq!(queue.buffered(), rest, "{taken} were taken");
        queue.push_close(b"", MASK);
        assert_eq!(
            queue.offer().concat(),
            [&message(b"four")[10 - rest..], &encoded(Opcode::Close, b"")].concat()
        );
    }
}

/// What TLS has taken whole goes out although its calls failed, so it is counted: once, and a part as a part.
#[test]
fn abandoning_counts_what_was_taken() {
    for (taken, messages, parts) in [(0, 0, 0), (9, 0, 0), (10, 0, 1), (19, 0, 1), (20, 1, 1), (30, 2, 1)] {
        let mut queue = SendQueue::new();
        for (call, length, last) in [(1, 0, false), (2, 4, true)] {
            let part = UnderWay { opcode: Opcode::Binary, length };
            assert!(queue.push_part(CallId(call), part, b"four", last, MASK, MARK));
        }
        push(&mut queue, 3, b"four");
        queue.offer();
        queue.take(taken);
        assert_eq!(abandon(&mut queue), [1, 2, 3]);
        assert_eq!(abandon(&mut queue), [0_u64; 0]);
        let counted = queue.count_taken();
        assert_eq!((counted.messages, counted.parts), (messages, parts), "{taken} bytes were taken");
    }
}
