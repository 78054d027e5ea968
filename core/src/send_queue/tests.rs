//! The order in which frames leave, and what a host may do between an offer and its report.

#![expect(clippy::cast_possible_truncation, reason = "test data is made of low bytes")]

mod abandoning;
mod memory;

use proptest::prelude::*;

use super::outgoing::frame_length;
use super::*;

const MASK: [u8; 4] = [1, 2, 3, 4];
/// A high-water mark that none of these messages comes near.
const MARK: usize = 16 << 20;

fn push(queue: &mut SendQueue, call: u64, payload: &[u8]) {
    assert!(queue.push_message(CallId(call), FirstByte::whole(Opcode::Binary), payload, MASK, MARK));
}

fn ping(queue: &mut SendQueue) {
    queue.push_ping(|| MASK);
}

fn encoded(opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0; header_len(payload.len()) + payload.len()];
    encode(&mut out, FirstByte::whole(opcode), payload, MASK).unwrap();
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
    let mut receipts = queue.abandon();
    std::iter::from_fn(|| receipts.pop()).map(|receipt| receipt.call().get()).collect()
}

/// All that is held for sending, in bytes.
fn held(queue: &SendQueue) -> usize {
    queue.bytes.held() + queue.receipts.held()
}

/// Rule T: a send succeeds when its last byte is out.
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
    ping(&mut queue);
    queue.push_close(b"", MASK);
    assert_eq!(write(&mut queue, 10, &mut wire), [1]);
    write(&mut queue, 100, &mut wire);
    let expected =
        [message(b"one"), encoded(Opcode::Ping, b""), message(b"two"), encoded(Opcode::Close, b"")];
    assert_eq!(wire, expected.concat());
}

/// Rule T, open, ping: the newest is answered when several wait.
#[test]
fn the_newest_pong_goes() {
    let (mut queue, mut wire) = (SendQueue::new(), Vec::new());
    queue.push_pong(b"a", MASK);
    ping(&mut queue);
    queue.push_pong(b"c", MASK);
    assert_eq!(queue.buffered(), 6 + 7, "the first pong has been replaced");
    write(&mut queue, 7, &mut wire);
    queue.push_pong(b"d", MASK);
    queue.push_pong(b"e", MASK);
    write(&mut queue, 100, &mut wire);
    let expected = [encoded(Opcode::Ping, b""), encoded(Opcode::Pong, b"c"), encoded(Opcode::Pong, b"e")];
    assert_eq!(wire, expected.concat(), "a byte of the second pong was out");
    assert!(queue.control.is_empty());
}

/// Rule M3: one unsent ping and one unsent pong at most, however often they are asked for and offered, behind the
/// frame that is partly out.
#[test]
fn control_frames_do_not_pile_up() {
    let (mut queue, mut wire) = (SendQueue::new(), Vec::new());
    let ask = |queue: &mut SendQueue| {
        for offered in [false, true].into_iter().cycle().take(100) {
            if offered {
                queue.offer();
            }
            ping(queue);
            queue.push_pong(&[5; 125], MASK);
            queue.push_pong(&[6; 125], MASK);
            // A pong that is offered may be out, so that the newer one waits beside it.
            assert!(queue.buffered() <= 130 + 6 + 131 + 131);
        }
        queue.offer();
    };
    ask(&mut queue);
    write(&mut queue, 6 + 1, &mut wire);
    assert_eq!(wire, [&encoded(Opcode::Ping, b"")[..], &[0x8a]].concat());
    ask(&mut queue);
    assert_eq!(queue.buffered(), 130 + 6 + 131);
    wire.clear();
    write(&mut queue, usize::MAX, &mut wire);
    let pong = encoded(Opcode::Pong, &[6; 125]);
    assert_eq!(wire, [&pong[1..], &encoded(Opcode::Ping, b""), &pong].concat());
    assert!(queue.is_empty());
}

/// A mask is drawn for a frame that is queued, and for no other.
#[test]
fn a_ping_that_is_not_queued_takes_no_mask() {
    let mut queue = SendQueue::new();
    let mut drawn = 0;
    let mut ping = |queue: &mut SendQueue| {
        queue.push_ping(|| {
            drawn += 1;
            MASK
        });
        drawn
    };
    assert_eq!((ping(&mut queue), ping(&mut queue)), (1, 1));
    queue.offer();
    assert_eq!(ping(&mut queue), 1, "it may be out or not");
    report(&mut queue, 1);
    assert_eq!((ping(&mut queue), ping(&mut queue)), (2, 2), "one is partly out, another waits");
    queue.push_close(b"", MASK);
    report(&mut queue, 0);
    assert_eq!(ping(&mut queue), 2);
}

/// What is queued between an offer and its report does not change what the report means.
#[test]
fn an_offer_stands_until_its_report() {
    let mut queue = SendQueue::new();
    push(&mut queue, 1, b"one");
    queue.push_pong(b"a", MASK);
    let offer = queue.offer().concat();
    assert_eq!(offer, [encoded(Opcode::Pong, b"a"), message(b"one")].concat());
    push(&mut queue, 2, b"two");
    queue.push_pong(b"b", MASK);
    assert_eq!(report(&mut queue, 10), [0_u64; 0], "three bytes of the message");
    assert_eq!(report(&mut queue, 100), [0_u64; 0], "a report ends the offer");
    let rest = [&message(b"one")[3..], &encoded(Opcode::Pong, b"b"), &message(b"two")].concat();
    assert_eq!(queue.offer().concat(), rest);
    push(&mut queue, 3, b"three");
    assert_eq!(report(&mut queue, 100), [1, 2], "no more than was offered");
    assert_eq!(queue.offer().concat(), message(b"three"));
}

/// The same for a pong: one that was offered and did not go makes room for the newer one.
#[test]
fn an_offered_pong_that_did_not_go_is_replaced() {
    let mut queue = SendQueue::new();
    queue.push_pong(b"a", MASK);
    queue.offer();
    queue.push_pong(b"b", MASK);
    queue.push_pong(b"c", MASK);
    assert_eq!(queue.buffered(), 14);
    report(&mut queue, 0);
    assert_eq!(queue.buffered(), 7);
    assert_eq!(queue.offer().concat(), encoded(Opcode::Pong, b"c"));
}

/// A control frame counts with its last byte, whatever waits behind it.
#[test]
fn control_frames_count_with_their_last_byte() {
    for (first, more) in [(5, [(1, 1, 0), (6, 0, 0), (1, 0, 1)]), (6, [(1, 0, 0), (5, 0, 0), (1, 0, 1)])] {
        let mut queue = SendQueue::new();
        ping(&mut queue);
        queue.push_pong(b"a", MASK);
        for (written, pings, pongs) in [(first, u64::from(first == 6), 0)].into_iter().chain(more) {
            queue.offer();
            report(&mut queue, written);
            let counted = queue.count_taken();
            assert_eq!((counted.pings, counted.pongs), (pings, pongs), "{written} more, {first} at first");
        }
    }
}

/// Rule F7: a transport that takes no more gets none. The calls are handed back once.
#[test]
fn nothing_is_queued_behind_a_failure() {
    let (mut queue, mut wire) = (SendQueue::new(), Vec::new());
    (1..4).for_each(|call| push(&mut queue, call, b"message"));
    queue.push_pong(b"a", MASK);
    write(&mut queue, 6 + 1 + 13 + 2, &mut wire);
    queue.offer();
    queue.fail();
    assert!(queue.is_failed() && queue.is_empty());
    assert!(!queue.has_room(0, 0, MARK) && !queue.surely_has_room(0, MARK));
    assert_eq!(report(&mut queue, 100), [0_u64; 0]);
    queue.push_ping(|| unreachable!("no mask is drawn"));
    queue.push_pong(b"b", MASK);
    queue.push_close(b"", MASK);
    assert_eq!(queue.offer().concat(), b"");
    assert_eq!(abandon(&mut queue), [2, 3]);
    assert_eq!(abandon(&mut queue), [0_u64; 0]);
    assert!(queue.is_failed() && queue.is_empty() && !queue.keeps_memory());
}

/// Rule T: through TLS, what was taken is out when its records are; until then it counts (rule M3).
#[test]
fn what_was_taken_settles_later() {
    let mut queue = SendQueue::new();
    let settled = |queue: &mut SendQueue| {
        let mut settled = Vec::new();
        queue.settle(&mut |run| settled.extend(run));
        settled
    };
    (1..5).for_each(|call| push(&mut queue, call, b"four"));
    queue.offer();
    queue.take(25);
    assert_eq!((queue.buffered(), queue.charge()), (15, 15 + 4 * RECEIPT));
    assert_eq!(settled(&mut queue), [1, 2]);
    assert_eq!((queue.buffered(), queue.charge()), (15, 15 + 2 * RECEIPT));
    // The third is partly taken: a control frame comes behind it.
    queue.push_pong(b"", MASK);
    assert_eq!(queue.offer().map(<[u8]>::len), [5, 6, 10]);
    queue.take(5);
    assert_eq!(queue.offer().map(<[u8]>::len), [0, 6, 10]);
    queue.take(16);
    assert!(queue.is_empty() && queue.keeps_memory());
    queue.give_back();
    assert!(!queue.keeps_memory());
    assert_eq!(queue.charge(), 2 * RECEIPT);
    push(&mut queue, 5, b"five");
    assert_eq!(settled(&mut queue), [3, 4]);
    assert_eq!(abandon(&mut queue), [5]);
    assert!(queue.is_empty());
}

#[derive(Clone, Debug)]
enum Deed {
    Message(usize),
    Ping,
    Pong(u8),
    Offer,
    Report(usize),
}

fn some_deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        prop_oneof![0..40_usize, 0..3000_usize, 60_000..70_000_usize].prop_map(Deed::Message),
        Just(Deed::Ping),
        any::<u8>().prop_map(Deed::Pong),
        Just(Deed::Offer),
        (0..400_usize).prop_map(Deed::Report),
        (0..80_000_usize).prop_map(Deed::Report),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a host does, whole frames leave, the messages among them in order, the newest pong last of its kind, and
    /// each call settles once.
    #[test]
    fn frames_leave_whole(deeds in prop::collection::vec(some_deed(), 0..60)) {
        let (mut queue, mut wire, mut settled) = (SendQueue::new(), Vec::new(), Vec::new());
        let (mut messages, mut pongs, mut pings, mut offer) = (Vec::new(), Vec::new(), 0, Vec::new());
        for deed in deeds.iter().cloned().chain([Deed::Offer, Deed::Report(usize::MAX)]) {
            match deed {
                Deed::Message(length) => {
                    messages.push(message(&vec![messages.len() as u8; length]));
                    push(&mut queue, messages.len() as u64, &vec![(messages.len() - 1) as u8; length]);
                }
                Deed::Ping => queue.push_ping(|| {
                    pings += 1;
                    MASK
                }),
                Deed::Pong(byte) => {
                    pongs.push(encoded(Opcode::Pong, &[byte]));
                    queue.push_pong(&[byte], MASK);
                }
                Deed::Offer => offer = queue.offer().concat(),
                Deed::Report(count) => {
                    let count = count.min(offer.len());
                    wire.extend(offer.drain(..count));
                    offer.clear();
                    settled.extend(report(&mut queue, count));
                }
            }
        }
        // What came behind the last offer.
        settled.extend(write(&mut queue, usize::MAX, &mut wire));
        prop_assert!(queue.is_empty());
        prop_assert_eq!(settled, (1..=messages.len() as u64).collect::<Vec<_>>());
        let (mut rest, mut messages, mut answered) = (&wire[..], messages.iter(), None);
        while let Some(first) = rest.first() {
            let length = frame_length(rest).unwrap();
            let frame = rest.get(..length).unwrap_or_default();
            match first {
                0x89 => pings -= 1,
                0x8a => {
                    let at = pongs.iter().position(|pong| pong == frame);
                    prop_assert!(at.is_some());
                    answered = Some(frame);
                }
                _ => prop_assert_eq!(messages.next().map(Vec::as_slice), Some(frame)),
            }
            rest = &rest[length..];
        }
        prop_assert!(messages.next().is_none() && pings == 0);
        prop_assert_eq!(answered, pongs.last().map(Vec::as_slice));
    }
}
