//! Inflating: limits, windows, ends, and that pieces do not matter.

use flate2::{Compress, FlushCompress};
use proptest::prelude::*;

use super::*;
use crate::frame::{FrameError, InflateError};
use crate::workspace::Workspace;

const UNLIMITED: u64 = u64::MAX;

/// One receiving half, and the loop that it is in.
struct Receiver {
    inflating: Inflating,
    work: Workspace,
}

impl Receiver {
    fn new(server_bits: u8, takeover: bool) -> Self {
        Self { inflating: Inflating::new(agreed(15, server_bits, takeover)), work: Workspace::default() }
    }

    /// A message in these pieces.
    fn message(&mut self, pieces: &[&[u8]], limit: u64) -> Result<Vec<u8>, FrameError> {
        let mut message = Vec::new();
        for (place, piece) in pieces.iter().enumerate() {
            let last = place + 1 == pieces.len();
            self.inflating.take(piece, last, limit, &mut self.work, |bytes, _| {
                message.extend_from_slice(bytes);
                Ok(())
            })?;
        }
        Ok(message)
    }

    fn whole(&mut self, compressed: &[u8]) -> Result<Vec<u8>, FrameError> {
        self.message(&[compressed], UNLIMITED)
    }
}

/// A server's compressor, which keeps its window, as zlib alone makes it.
struct Server(Compress);

impl Server {
    fn new(bits: u8) -> Self {
        Self(Compress::new_with_window_bits(flate2::Compression::new(6), false, bits))
    }

    fn message(&mut self, message: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(message.len() * 2 + 100);
        self.0.compress_vec(message, &mut out, FlushCompress::Sync).unwrap();
        assert!(out.ends_with(&[0, 0, 0xff, 0xff]));
        out.truncate(out.len() - 4);
        out
    }
}

const fn refused(error: InflateError) -> Result<Vec<u8>, FrameError> {
    Err(FrameError::Compressed(error))
}

/// The examples of RFC 7692 §7.2.3.
#[test]
fn the_examples_of_the_rfc() {
    let mut it = Receiver::new(15, true);
    let hello = Ok(b"Hello".to_vec());
    assert_eq!(it.whole(&[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]), hello);
    assert_eq!(it.whole(&[0xf2, 0x00, 0x11, 0x00, 0x00]), hello, "7.2.3.2: of the window");
    assert_eq!(it.message(&[&[0xf2, 0x48, 0xcd], &[0xc9, 0xc9, 0x07, 0x00]], UNLIMITED), hello);
    let stored = [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00];
    assert_eq!(it.whole(&stored), hello, "7.2.3.3: stored blocks");
    let last = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
    assert_eq!(it.whole(&last), hello, "7.2.3.4: a final block");
    assert_eq!(it.whole(&[0xf2, 0x00, 0x11, 0x00, 0x00]), hello, "which the window outlives");
    let two = [0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00];
    assert_eq!(it.whole(&two), hello, "7.2.3.5: two blocks");
    assert_eq!(it.whole(&[0x00]), Ok(vec![]), "7.2.3.6: an empty message");
    assert_eq!(it.whole(&[]), Ok(vec![]), "as zlib makes it");
    assert_eq!(it.whole(&[0xf2, 0x00, 0x11, 0x00, 0x00]), hello, "which leaves the window as it was");
}

/// Trap: limits that are off by one or two.
#[test]
fn f3_limits_count_what_comes_out_and_are_exact() {
    for length in [1_u64, 8 * 1024 - 1, 8 * 1024, 8 * 1024 + 1, 100_000] {
        let message = json(length, usize::try_from(length).unwrap());
        let compressed = Server::new(15).message(&message);
        for size in [1, 100, usize::MAX] {
            let pieces: Vec<&[u8]> = compressed.chunks(size.min(compressed.len())).collect();
            assert_eq!(Receiver::new(15, true).message(&pieces, length), Ok(message.clone()));
            let over = Receiver::new(15, true).message(&pieces, length - 1);
            assert!(
                matches!(over, Err(FrameError::MessageTooBig { limit, .. }) if limit == length - 1),
                "{length}: {over:?}"
            );
        }
    }
}

/// A bomb ends where the limit is, and not a chunk later than it must.
#[test]
fn f3_a_bomb_costs_what_the_limit_says() {
    let bomb = Server::new(15).message(&vec![0; 100 << 20]);
    assert!(bomb.len() < 200_000, "1 to 1000");
    let (mut came, mut work) = (0, Workspace::default());
    let mut inflating = Inflating::new(agreed(15, 15, true));
    let ended = inflating.take(&bomb, true, 1 << 20, &mut work, |bytes, _| {
        came += bytes.len();
        Ok(())
    });
    assert!(
        matches!(ended, Err(FrameError::MessageTooBig { announced, limit: 1_048_576 }) if announced < (1 << 20) + 10_000)
    );
    assert!(came <= 1 << 20, "{came}");
}

/// Traps: final block, no progress, and what is left over.
#[test]
fn f2_what_does_not_inflate_is_refused() {
    use InflateError::{DataAfterFinalBlock, Malformed, Unfinished};
    let hello: &[u8] = &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    let last: &[u8] = &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    let with = |bytes: &[u8], more: &[u8]| [bytes, more].concat();
    let stored = |missing: usize| with(&[0x00, 0x10, 0x00, 0xef, 0xff], &[b'x'; 16][missing..]);
    for (bytes, expected, what) in [
        (vec![0x07], Malformed, "block type 3"),
        (vec![0x00, 1, 2, 3, 4], Malformed, "the length of a stored block"),
        (with(hello, &[0xff]), Malformed, "another block, of type 3"),
        (hello[..1].to_vec(), Unfinished, "in a fixed block"),
        (hello[..5].to_vec(), Unfinished, "in a fixed block"),
        (hello[..6].to_vec(), Unfinished, "before the empty block"),
        (last.to_vec(), Unfinished, "without the octet behind it"),
        (vec![0x01], Unfinished, "in an empty block that is marked as final"),
        (with(last, &[0, 0]), DataAfterFinalBlock, "two octets"),
        (with(last, &[1]), DataAfterFinalBlock, "another octet"),
        (with(last, hello), DataAfterFinalBlock, "a final block in the middle"),
        (vec![0x04, 0xe0, 0x03], Unfinished, "in the head of a dynamic block"),
        // Its code lengths would go on through any number of empty blocks.
        (vec![0x05, 0x00], Unfinished, "in the head of a dynamic block whose codes take one bit each"),
        (vec![0x12, 0x00], Malformed, "before the beginning"),
    ] {
        for size in [1, usize::MAX] {
            let pieces: Vec<&[u8]> = bytes.chunks(size.min(bytes.len())).collect();
            let came = Receiver::new(15, true).message(&pieces, UNLIMITED);
            assert!(
                came == refused(expected) || (expected == Malformed && came == refused(Unfinished)),
                "{what}: {came:?}"
            );
        }
    }
    for missing in 1..=16 {
        // With 4 bytes missing, the tail that every message lacks would be content.
        assert_eq!(Receiver::new(15, true).whole(&stored(missing)), refused(Unfinished), "{missing} missing");
    }
}

/// Trap: a window that is larger than agreed is as wrong in a busy connection as in one of many.
#[test]
fn f2_messages_refer_to_the_agreed_window_and_no_further() {
    for bits in 8..=15_u8 {
        let window = 1_usize << bits;
        for (distance, fine) in [(window, true), (window + 1, false)] {
            if distance > 32 * 1024 {
                continue;
            }
            let mut it = Receiver::new(bits, true);
            let before = noise(u64::from(bits), 3 * window);
            let mut blocks = Vec::new();
            for part in before.chunks(1000) {
                let length = u16::try_from(part.len()).unwrap();
                blocks.push(0);
                blocks.extend_from_slice(&length.to_le_bytes());
                blocks.extend_from_slice(&(!length).to_le_bytes());
                blocks.extend_from_slice(part);
            }
            blocks.push(0);
            assert_eq!(it.whole(&blocks).as_deref(), Ok(&before[..]));
            let referring = match_of_three(distance);
            let expected = before[before.len() - distance..][..3.min(distance)].to_vec();
            let came = it.whole(&referring);
            if fine {
                assert_eq!(came, Ok(expected), "{bits} bits, {distance} back");
            } else {
                assert_eq!(came, refused(InflateError::Malformed), "{bits} bits, {distance} back");
            }
        }
    }
}

/// A fixed block with one match of three bytes, and the header of an empty stored block behind it.
fn match_of_three(distance: usize) -> Vec<u8> {
    let mut bits: Vec<u8> = vec![0, 1, 0];
    let code = |bits: &mut Vec<u8>, value: usize, length: usize| {
        bits.extend((0..length).rev().map(|place| u8::try_from(value >> place & 1).unwrap()));
    };
    code(&mut bits, 1, 7); // symbol 257
    // RFC 1951 §3.2.5: two codes for each number of extra bits.
    let (symbol, base, extra) = (0..30)
        .map(|symbol: usize| {
            let extra = (symbol / 2).saturating_sub(1);
            let base = if symbol < 4 { symbol + 1 } else { ((2 + symbol % 2) << extra) + 1 };
            (symbol, base, extra)
        })
        .rfind(|(_, base, _)| *base <= distance)
        .unwrap();
    code(&mut bits, symbol, 5);
    bits.extend((0..extra).map(|place| u8::try_from((distance - base) >> place & 1).unwrap()));
    code(&mut bits, 0, 7); // end of block
    bits.extend([0, 0, 0]);
    bits.chunks(8).map(|byte| byte.iter().enumerate().map(|(place, bit)| bit << place).sum()).collect()
}

/// Without takeover nothing is remembered.
#[test]
fn without_takeover_no_message_refers_to_another() {
    let mut it = Receiver::new(15, false);
    assert_eq!(it.whole(&[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]), Ok(b"Hello".to_vec()));
    assert_eq!(it.whole(&[0xf2, 0x00, 0x11, 0x00, 0x00]), refused(InflateError::Malformed));
    assert!(it.inflating.memory() == 0);
}

/// M2: whoever waits for the loop's inflater keeps what has come, and takes one of its own once that is as much.
#[test]
fn m2_messages_that_come_at_once_share_one_inflater() {
    let mut work = Workspace::default();
    let first = json(1, 50_000);
    let second = noise(2, 100_000);
    let (one, two) = (Server::new(15).message(&first), Server::new(15).message(&second));
    let mut a = Inflating::new(agreed(15, 15, true));
    let mut b = Inflating::new(agreed(15, 15, true));
    let (mut came_a, mut came_b) = (Vec::new(), Vec::new());
    let mut take = |it: &mut Inflating, bytes: &[u8], last, came: &mut Vec<u8>| {
        it.take(bytes, last, UNLIMITED, &mut work, |bytes, _| {
            came.extend_from_slice(bytes);
            Ok(())
        })
        .unwrap();
    };
    take(&mut a, &one[..100], false, &mut came_a);
    assert!(!came_a.is_empty(), "the loop's is its own");
    let mut waited = 0;
    let (last, rest) = two.split_last().unwrap();
    for byte in rest {
        take(&mut b, core::slice::from_ref(byte), false, &mut came_b);
        waited += usize::from(came_b.is_empty());
    }
    assert!((10_000..40_000).contains(&waited), "{waited} bytes waited");
    take(&mut a, &one[100..], true, &mut came_a);
    take(&mut b, core::slice::from_ref(last), true, &mut came_b);
    assert!(came_a == first && came_b == second);
    assert!(work.codecs.inflater.is_some(), "it is the loop's again");
    // A connection that goes away with it takes nothing from the others.
    take_front(&mut work, &one);
    let mut c = Inflating::new(agreed(15, 15, true));
    let mut came = Vec::new();
    c.take(&one, true, UNLIMITED, &mut work, |bytes, _| {
        came.extend_from_slice(bytes);
        Ok(())
    })
    .unwrap();
    assert!(came == first && work.codecs.inflater.is_some());
}

fn take_front(work: &mut Workspace, message: &[u8]) {
    let mut it = Inflating::new(agreed(15, 15, true));
    it.take(&message[..10], false, UNLIMITED, work, |_, _| Ok(())).unwrap();
    assert!(work.codecs.inflater.is_none());
}

/// The largest window stays in the inflater, but only for the messages that it has seen.
#[test]
fn a_window_in_one_loop_means_nothing_in_another() {
    let mut loops = [Workspace::default(), Workspace::default()];
    let mut its = [Receiver::new(15, true), Receiver::new(15, true)];
    let mut servers = [Server::new(15), Server::new(15)];
    for round in 0..60_usize {
        let (who, place) = (round / 2 % 2, round / 3 % 2);
        let message = json(round as u64 / 7, 700);
        let compressed = servers[who].message(&message);
        core::mem::swap(&mut its[who].work, &mut loops[place]);
        assert_eq!(its[who].whole(&compressed).as_ref(), Ok(&message), "round {round}");
        core::mem::swap(&mut its[who].work, &mut loops[place]);
        if round % 11 == 10 {
            // RFC 7692 §7.2.3.4: a final block is the end of the inflater's window, not of the connection's.
            let last = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
            assert_eq!(its[who].whole(&last), Ok(b"Hello".to_vec()));
            servers[who].message(b"Hello");
        }
    }
}

proptest! {
    /// One shot equals any pieces, whoever else uses the loop's inflater, at every window.
    #[test]
    fn pieces_and_neighbours_change_nothing(
        bits in 9_u8..=15,
        lengths in prop::collection::vec(0_usize..3000, 1..8),
        size in 1_usize..400,
        seed: u64,
    ) {
        let mut server = Server::new(bits);
        let (mut alone, mut shared) = (Receiver::new(bits, true), Receiver::new(bits, true));
        let mut other = Inflating::new(agreed(15, 15, true));
        let mut others = Server::new(15);
        for (place, length) in lengths.into_iter().enumerate() {
            let message = if place % 3 == 2 { noise(seed, length) } else { json(seed ^ place as u64, length) };
            if message.is_empty() {
                continue;
            }
            let compressed = server.message(&message);
            prop_assert_eq!(alone.whole(&compressed), Ok(message.clone()));
            let pieces: Vec<&[u8]> = compressed.chunks(size).collect();
            prop_assert_eq!(shared.message(&pieces, message.len() as u64), Ok(message));
            let neighbour = others.message(&json(seed, 500 + place));
            prop_assert!(other.take(&neighbour, true, UNLIMITED, &mut shared.work, |_, _| Ok(())).is_ok());
        }
    }

    /// Any bytes come to the same end in any pieces.
    #[test]
    fn any_bytes_come_to_the_same_end(
        bytes in prop::collection::vec(any::<u8>(), 1..200),
        size in 1_usize..50,
    ) {
        let whole = Receiver::new(15, true).whole(&bytes);
        let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
        prop_assert_eq!(Receiver::new(15, true).message(&pieces, UNLIMITED), whole);
    }
}
