//! How much memory the queue holds, and how seldom it moves what waits (rules G7, M3).

use super::*;
use crate::send_queue::vec_queue::RETAINED;

/// Rule G7: an empty queue keeps little, and the next messages need no new memory.
#[test]
fn memory_is_kept_and_freed() {
    let (mut queue, mut wire) = (SendQueue::new(), Vec::new());
    push(&mut queue, 1, &[1; 16]);
    assert_eq!(queue.bytes.held(), 48);
    write(&mut queue, 1000, &mut wire);
    push(&mut queue, 2, &[1; 40]);
    assert_eq!(queue.bytes.held(), 48);
    push(&mut queue, 3, &vec![1; RETAINED + 1]);
    write(&mut queue, usize::MAX, &mut wire);
    assert_eq!(queue.bytes.held(), 0);
    assert!(queue.keeps_memory(), "the receipts");
    // What a busy queue needs it keeps, until it is told to give it back.
    push(&mut queue, 4, &vec![1; 60_000]);
    assert!(!queue.keeps_memory());
    queue.give_back();
    write(&mut queue, usize::MAX, &mut wire);
    assert!(queue.keeps_memory());
    assert!(queue.bytes.held() >= 60_000);
    queue.give_back();
    assert!(!queue.keeps_memory());
    assert_eq!(held(&queue), 0);
}

/// Fills a queue up to its mark with messages that are as long as `length` says.
fn fill(queue: &mut SendQueue, mark: usize, call: &mut u64, length: impl Fn(u64) -> usize) {
    loop {
        let length = length(*call);
        let room = queue.has_room(length, 0, mark);
        assert!(room || !queue.surely_has_room(length, mark), "what is sure is so");
        if !room {
            break;
        }
        assert!(queue.push_message(
            CallId(*call),
            FirstByte::whole(Opcode::Binary),
            &vec![1; length],
            MASK,
            mark
        ));
        *call += 1;
    }
}

/// Rule M3: the mark bounds the memory of what waits, whatever the messages are like, also when a part goes again
/// and again and others take its place: an eighth and a little more is what moving seldom costs.
#[test]
fn the_mark_bounds_memory() {
    let lengths: [fn(u64) -> usize; 5] = [
        |_| 0,
        |_| 20,
        |_| 1000,
        |call| [0, 100_000][call as usize % 2],
        |call| [0, 5000][call as usize / 500 % 2],
    ];
    for mark in [700, 60_000, 1_000_000] {
        let mut queue = SendQueue::new();
        let mut call = 0;
        for first in lengths {
            for then in lengths {
                fill(&mut queue, mark, &mut call, first);
                for part in [usize::MAX, 2, 3, 5, 20, 100] {
                    let out = queue.offer().concat().len() / part;
                    report(&mut queue, out);
                    fill(&mut queue, mark, &mut call, then);
                    let most = mark + mark / 8 + mark / 32 + 128;
                    assert!(held(&queue) <= most, "{} bytes under a mark of {mark}", held(&queue));
                }
                report_all(&mut queue);
            }
        }
    }
}

fn report_all(queue: &mut SendQueue) {
    queue.offer();
    report(queue, usize::MAX);
    assert!(queue.is_empty());
}

/// Rule M3: a queue that only fills takes no more than the mark, and what it copies for that stays in proportion.
#[test]
fn filling_takes_the_mark_at_most() {
    for length in [0, 20, 1000, 70_000] {
        let (mut queue, mut call) = (SendQueue::new(), 0);
        let mark = 4 << 20;
        fill(&mut queue, mark, &mut call, |_| length);
        let most = mark + mark / 32;
        assert!(held(&queue) <= most, "{} bytes for {call} messages of {length}", held(&queue));
    }
}

/// A queue at its mark of which little goes at a time moves what waits seldom.
#[test]
fn what_waits_is_moved_seldom() {
    let mut queue: VecQueue<u8> = VecQueue::default();
    let (mark, mut moved, mut gone) = (1 << 20, 0, 0);
    while queue.len() < mark {
        queue.reserve(100, mark - queue.held().min(mark)).unwrap();
        queue.append(&[1; 100]);
    }
    for _ in 0..100_000 {
        queue.taken(100);
        gone += 100;
        let left = mark - queue.held().min(mark);
        let before = queue.gone();
        queue.move_up(100, left);
        moved += if queue.gone() < before { queue.len() } else { 0 };
        queue.reserve(100, left).unwrap();
        queue.append(&[1; 100]);
    }
    assert!(moved <= 9 * gone, "{moved} bytes were moved for {gone}");
    assert!(queue.held() <= mark + mark / 8 + mark / 32);
}
