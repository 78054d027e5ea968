//! The order in which frames leave, and what a host may do between an offer and its report.

#![expect(clippy::cast_possible_truncation, reason = "test data is made of low bytes")]

use proptest::prelude::*;

use super::*;

const MASK: [u8; 4] = [1, 2, 3, 4];

fn push(queue: &mut SendQueue, call: u64, payload: &[u8]) {
    queue.push_message(CallId(call), Opcode::Binary, payload, MASK).unwrap();
}

fn encoded(opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0; header_len(payload.len()) + payload.len()];
    encode_frame(&mut out, opcode, payload, MASK).unwrap();
    out
}

fn message(payload: &[u8]) -> Vec<u8> {
    encoded(Opcode::Binary, payload)
}

/// Writes at most `limit` bytes of an offer; the calls that it settles.
fn write(queue: &mut SendQueue, limit: usize, wire: &mut Vec<u8>) -> Vec<u64> {
    let offer = queue.offer().concat();
    let count = limit.min(offer.len());
    wire.extend(&offer[..count]);
    report(queue, count)
}

fn report(queue: &mut SendQueue, count: usize) -> Vec<u64> {
    let mut settled = Vec::new();
    queue.advance(count, &mut |run| settled.extend(run));
    settled
}

fn abandon(queue: &mut SendQueue) -> Vec<u64> {
    let mut settled = Vec::new();
    queue.abandon(&mut |call| settled.push(call.get()));
    settled
}

/// Semantics T: a send succeeds when its last byte is out.
#[test]
fn calls_settle_with_their_last_byte() {
    let (mut queue, mut wire) = (SendQueue::new(), Vec::new());
    push(&mut queue, 1, b"one");
    push(&mut queue, 2, b"");
    push(&mut queue, 3, &[7; 300]);
    assert_eq!(queue.buffered(), 9 + 6 + 308);
    assert_eq!(write(&mut queue, 8, &mut wire), [0_u64; 0]);
    assert_eq!(write(&mut queue, 7, &mut wire), [1, 2]);
    assert_eq!(write(&mut queue, 307, &mut wire), [0_u64; 0]);
    assert_eq!(write(&mut queue, 1000, &mut wire), [3]);
    assert!(queue.is_empty());
    assert_eq!(wire, [message(b"one"), message(b""), message(&[7; 300])].concat());
}

/// RFC 6455 §5.4: a control frame passes data, but never inside a frame.
#[test]
fn control_goes_between_frames() {
    let (mut queue, mut wire) = (SendQueue::new(), Vec::new());
    push(&mut queue, 1, b"one");
    push(&mut queue, 2, b"two");
    write(&mut queue, 2, &mut wire);
    queue.push_control(Opcode::Ping, b"a", MASK).unwrap();
    queue.push_close(b"", MASK).unwrap();
    assert_eq!(write(&mut queue, 10, &mut wire), [1]);
    write(&mut queue, 100, &mut wire);
    let expected =
        [message(b"one"), encoded(Opcode::Ping, b"a"), message(b"two"), encoded(Opcode::Close, b"")];
    assert_eq!(wire, expected.concat());
}

/// Semantics T, open, ping: the newest is answered when several wait.
#[test]
fn the_newest_pong_goes() {
    let (mut queue, mut wire) = (SendQueue::new(), Vec::new());
    queue.push_pong(b"a", MASK).unwrap();
    queue.push_control(Opcode::Ping, b"b", MASK).unwrap();
    queue.push_pong(b"c", MASK).unwrap();
    assert_eq!(queue.buffered(), 14);
    write(&mut queue, 8, &mut wire);
    queue.push_pong(b"d", MASK).unwrap();
    queue.push_pong(b"e", MASK).unwrap();
    write(&mut queue, 100, &mut wire);
    let expected = [encoded(Opcode::Ping, b"b"), encoded(Opcode::Pong, b"c"), encoded(Opcode::Pong, b"e")];
    assert_eq!(wire, expected.concat());
}

/// Semantics G7: a peer that pings and never reads takes no memory, however often the host tries to write.
#[test]
fn pongs_do_not_pile_up() {
    let mut queue = SendQueue::new();
    for _ in 0..100 {
        queue.offer();
        queue.push_pong(&[5; 125], MASK).unwrap();
        queue.push_pong(&[6; 125], MASK).unwrap();
    }
    assert_eq!(queue.offer().concat(), encoded(Opcode::Pong, &[6; 125]));
}

/// What is queued between an offer and its report does not change what the report means.
#[test]
fn an_offer_stands_until_its_report() {
    let mut queue = SendQueue::new();
    push(&mut queue, 1, b"one");
    queue.push_pong(b"a", MASK).unwrap();
    let offer = queue.offer().concat();
    assert_eq!(offer, [encoded(Opcode::Pong, b"a"), message(b"one")].concat());
    push(&mut queue, 2, b"two");
    queue.push_pong(b"b", MASK).unwrap();
    assert_eq!(report(&mut queue, 10), [0_u64; 0], "three bytes of the message");
    assert_eq!(report(&mut queue, 100), [1], "no more than was offered");
    assert_eq!(report(&mut queue, 100), [0_u64; 0]);
    assert_eq!(queue.offer().concat(), [encoded(Opcode::Pong, b"b"), message(b"two")].concat());
}

/// Semantics F5: the frame that is partly out is finished, then comes the close frame; the rest is dropped.
#[test]
fn abandoning_keeps_the_begun_frame() {
    let (mut queue, mut wire) = (SendQueue::new(), Vec::new());
    push(&mut queue, 1, b"one");
    push(&mut queue, 2, b"two");
    push(&mut queue, 3, b"three");
    write(&mut queue, 10, &mut wire);
    queue.push_pong(b"a", MASK).unwrap();
    assert_eq!(report(&mut queue, 0), [0_u64; 0]);
    queue.offer();
    report(&mut queue, 0);
    assert_eq!(abandon(&mut queue), [2, 3]);
    queue.push_close(b"\x03\xe8", MASK).unwrap();
    assert_eq!(abandon(&mut queue), [0_u64; 0]);
    queue.push_close(b"again", MASK).unwrap();
    queue.push_pong(b"no", MASK).unwrap();
    assert_eq!(write(&mut queue, 100, &mut wire), [0_u64; 0]);
    assert!(queue.is_empty());
    assert_eq!(wire, [message(b"one"), message(b"two"), encoded(Opcode::Close, b"\x03\xe8")].concat());
}

/// Semantics F5, where the host reports its write only after the connection ended.
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
                queue.push_close(b"", MASK).unwrap();
            }
            queue.offer();
            assert_eq!(abandon(&mut queue), [1, 2, 3]);
            queue.push_close(b"", MASK).unwrap();
            assert_eq!(report(&mut queue, written), [0_u64; 0]);
            let mut wire = first[..written].to_vec();
            write(&mut queue, 1000, &mut wire);
            let whole = [0, 9, 18, 29].into_iter().find(|&end| end >= written).unwrap();
            assert_eq!(wire, [&first[..whole], &close].concat(), "{written}");
            assert!(queue.is_empty());
        }
    }
}

/// Semantics F5 for a control frame that is partly out.
#[test]
fn abandoning_keeps_the_begun_control_frame() {
    let (mut queue, mut wire) = (SendQueue::new(), Vec::new());
    push(&mut queue, 1, b"one");
    queue.push_control(Opcode::Ping, b"a", MASK).unwrap();
    queue.push_pong(b"b", MASK).unwrap();
    write(&mut queue, 3, &mut wire);
    report(&mut queue, 0);
    assert_eq!(abandon(&mut queue), [1]);
    queue.push_close(b"", MASK).unwrap();
    write(&mut queue, 100, &mut wire);
    assert_eq!(wire, [encoded(Opcode::Ping, b"a"), encoded(Opcode::Close, b"")].concat());
}

/// Semantics G7: an empty queue keeps little, and the next messages need no new memory.
#[test]
fn memory_is_kept_and_freed() {
    let (mut queue, mut wire) = (SendQueue::new(), Vec::new());
    push(&mut queue, 1, &[1; 16]);
    assert_eq!(queue.bytes.capacity(), FIRST);
    write(&mut queue, 1000, &mut wire);
    push(&mut queue, 2, &[1; 40]);
    assert_eq!(queue.bytes.capacity(), FIRST);
    push(&mut queue, 3, &vec![1; 1 << 20]);
    write(&mut queue, usize::MAX, &mut wire);
    assert_eq!(queue.bytes.capacity(), 0);
    // What a busy queue needs it keeps, until it is told to give it back.
    push(&mut queue, 4, &vec![1; 60_000]);
    assert!(!queue.keeps_memory());
    queue.give_back();
    write(&mut queue, usize::MAX, &mut wire);
    assert!(queue.keeps_memory());
    assert!(queue.bytes.capacity() >= 60_000);
    queue.give_back();
    assert!(!queue.keeps_memory());
    assert_eq!(queue.bytes.capacity(), 0);
}

#[derive(Clone, Debug)]
enum Deed {
    Message(usize),
    Ping(u8),
    Offer,
    Report(usize),
}

fn some_deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        prop_oneof![0..40_usize, 0..3000_usize, 60_000..70_000_usize].prop_map(Deed::Message),
        any::<u8>().prop_map(Deed::Ping),
        Just(Deed::Offer),
        (0..400_usize).prop_map(Deed::Report),
        (0..80_000_usize).prop_map(Deed::Report),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a host does, whole frames leave, the messages among them in order, and each call settles once.
    #[test]
    fn frames_leave_whole(deeds in prop::collection::vec(some_deed(), 0..60)) {
        let (mut queue, mut wire, mut settled) = (SendQueue::new(), Vec::new(), Vec::new());
        let (mut messages, mut pings, mut offer) = (Vec::new(), Vec::new(), Vec::new());
        for deed in deeds.iter().cloned().chain([Deed::Offer, Deed::Report(usize::MAX)]) {
            match deed {
                Deed::Message(length) => {
                    messages.push(message(&vec![messages.len() as u8; length]));
                    push(&mut queue, messages.len() as u64, &vec![(messages.len() - 1) as u8; length]);
                }
                Deed::Ping(byte) => {
                    pings.push(encoded(Opcode::Ping, &[byte]));
                    queue.push_control(Opcode::Ping, &[byte], MASK).unwrap();
                }
                Deed::Offer => offer = queue.offer().concat(),
                Deed::Report(count) => {
                    let count = count.min(offer.len());
                    wire.extend(offer.drain(..count));
                    settled.extend(report(&mut queue, count));
                }
            }
        }
        prop_assert!(queue.is_empty());
        prop_assert_eq!(settled, (1..=messages.len() as u64).collect::<Vec<_>>());
        let (mut rest, mut messages, mut pings) = (&wire[..], messages.iter(), pings.iter());
        while let Some(first) = rest.first() {
            let next = if *first == 0x89 { pings.next() } else { messages.next() };
            let frame = next.map(Vec::as_slice).unwrap_or_default();
            prop_assert!(!frame.is_empty() && rest.starts_with(frame));
            rest = &rest[frame.len()..];
        }
        prop_assert!(messages.next().is_none() && pings.next().is_none());
    }
}
