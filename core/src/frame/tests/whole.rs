//! Messages that lie whole in the input: the short way past the decoder's states.

use super::*;
use crate::receive::Region;

/// A message that lies whole is found without a step, in every form of its length, up to both limits. Most messages
/// go this way.
#[test]
fn whole_messages_take_the_short_way() {
    for length in [0, 1, 125, 126, 65_535, 65_536] {
        for first in [0x81, 0x82] {
            let decoder = Decoder::new(LIMITS);
            let bytes = frame(first, &vec![b'x'; length]);
            let whole = Some(Whole { text: first == 0x81, header: bytes.len() - length, length });
            assert_eq!(decoder.whole(&bytes), whole);
            assert_eq!(decoder.whole_short(&bytes), whole.filter(|_| length <= 125));
            assert_eq!(decoder.whole(&bytes[..bytes.len() - 1]), None, "its last byte is not there");
        }
    }
    for limit in [0, 1, 10, 124, 125, 126, 200] {
        for limits in [(limit, limit), (limit, limit + 1), (limit + 1, limit)] {
            let decoder = Decoder::new(Limits { frame: limits.0, message: limits.1 });
            let length = limit as usize;
            assert!(decoder.whole(&frame(0x82, &vec![0; length])).is_some(), "{limits:?}");
            assert!(decoder.whole(&frame(0x82, &vec![0; length + 1])).is_none(), "{limits:?}");
        }
    }
    for first in [0x00, 0x01, 0x80, 0x88, 0x89, 0xc1] {
        assert_eq!(Decoder::new(LIMITS).whole(&frame(first, b"x")), None);
    }
}

/// While anything is under way, or held, or wrong, a message that seems to lie whole is none.
#[test]
fn the_short_way_is_closed_while_anything_is_under_way() {
    let closed = |decoder: &Decoder| {
        let long = frame(0x82, &[0; 200]);
        !decoder.is_resting() && decoder.whole(&frame(0x82, b"x")).is_none() && decoder.whole(&long).is_none()
    };
    for bytes in [&[0x81][..], &[0x82, 5, 1], &[0x89, 5], &[0x02, 0], &[0x01, 1, b'a'], &[0x83]] {
        let (mut decoder, mut spare) = (Decoder::new(LIMITS), Spare::default());
        assert!(decoder.is_resting());
        let _ = decoder.decode(&mut &bytes[..], &mut spare);
        assert!(closed(&decoder), "{bytes:x?}");
    }
    for bytes in [[frame(2, b"a"), frame(0x80, b"b")].concat(), frame(0x89, b"p")] {
        let (mut decoder, mut spare) = (Decoder::new(LIMITS), Spare::default());
        let (mut first, mut last) = bytes.split_at(bytes.len() - 1);
        assert_eq!(decoder.step(&mut first, &mut spare), Ok(None));
        assert!(decoder.step(&mut last, &mut spare).is_ok_and(|step| step.is_some()));
        assert!(closed(&decoder), "what is held has not been fetched yet: {bytes:x?}");
        decoder.release(&mut spare);
        assert!(decoder.is_resting());
    }
    let mut decoder = Decoder::new(LIMITS);
    decoder.discard_messages();
    assert!(closed(&decoder));
}

/// Only the front of a short message is kept for the next read, and only where something came before it with the same
/// read; what was kept comes back in front of the next one.
#[test]
fn fronts_that_are_kept() {
    let keeps = |limits: Limits, before: &[u8], front: &[u8]| {
        let (mut decoder, mut spare) = (Decoder::new(limits), Spare::default());
        let mut region = Region::new(2 * FRONT_MAX);
        region.window()[..before.len()].copy_from_slice(before);
        region.window()[before.len()..][..front.len()].copy_from_slice(front);
        region.fill(before.len() + front.len());
        region.take(before.len());
        let kept = decoder.keep_front(&mut region, &mut spare);
        assert_eq!(region.is_empty(), kept);
        assert_eq!(decoder.is_resting(), !kept);
        if kept {
            region.window()[..2].copy_from_slice(b"xy");
            region.fill(2);
            decoder.put_back(&mut region, &mut spare);
            assert_eq!(region.waiting(), [front, b"xy"].concat());
            assert!(decoder.is_resting());
            assert!(!region.follows(), "it is not kept again");
        }
        kept
    };
    let largest = frame(0x82, &vec![1; FRONT_MAX]);
    for front in
        [&b"\x81"[..], b"\x82", b"\x89", b"\x82\x7e\x01", b"\x81\x05ab", b"\x82\x05\xff", &largest[..200]]
    {
        assert!(keeps(LIMITS, b"..", front), "{front:x?}");
        assert!(!keeps(LIMITS, b"", front), "{front:x?}");
    }
    let larger = frame(0x82, &vec![1; FRONT_MAX + 1]);
    let cut = "\u{e9}".as_bytes();
    let text = [b"\x81\x05a", &cut[..1]].concat();
    let refused =
        [b"\x89\x05ab", &b"\x01\x05ab"[..], b"\x80\x05ab", b"\xc1", b"\x81\x05a\xff", &text, &larger[..200]];
    for front in refused {
        assert!(!keeps(LIMITS, b"..", front), "{front:x?}");
    }
    assert!(
        !keeps(LIMITS, b"..", &largest[..largest.len() - 1]),
        "head and payload are longer than the room"
    );
    for limits in [Limits { frame: 4, message: 9 }, Limits { frame: 9, message: 4 }] {
        assert!(!keeps(limits, b"..", b"\x82\x05ab"));
        assert!(keeps(limits, b"..", b"\x82\x04ab"));
    }
}
