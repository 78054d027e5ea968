//! What the decoder takes of memory, and where it lets its host read (semantics G7).

use super::*;

/// Semantics G7: memory that the allocator does not have is an error, not an abort.
#[test]
fn no_memory() {
    let limits = Limits { frame: u64::MAX, message: u64::MAX };
    let wanted = u64::MAX >> 1;
    let head = [0x82, 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    assert_eq!(decode_in(limits, [&head[..]]), failed(FrameError::OutOfMemory { wanted }));
}

/// A large binary frame is read into its place, never past its end.
#[test]
fn reading_into_place() {
    let payload: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8).collect();
    let limits = Limits { frame: 1 << 22, message: 1 << 22 };
    let (mut decoder, mut spare) = (Decoder::new(limits), Spare::default());
    assert!(decoder.space(1).is_none());
    let bytes = frame(0x82, &payload);
    let (first, mut rest) = bytes.split_at(1000);
    assert_eq!(decoder.decode(&mut &first[..], &mut spare), Ok(None));
    assert!(decoder.space(rest.len() + 1).is_none());
    while let Some(space) = decoder.space(1) {
        assert!(space.len() <= rest.len());
        let n = space.len().min(50_000);
        let (piece, behind) = rest.split_at(n);
        space[..n].copy_from_slice(piece);
        decoder.filled(n);
        rest = behind;
    }
    assert!(rest.is_empty());
    decoder.filled(usize::MAX);
    assert_eq!(decoder.decode(&mut &[][..], &mut spare), Ok(Some(Item::Binary(&payload))));
    assert_eq!(decoder.decode(&mut &[0x82, 0][..], &mut spare), Ok(Some(Item::Binary(&[]))));
    assert_eq!(decoder.decode(&mut &[0x81, 5, b'a'][..], &mut spare), Ok(None));
    assert!(decoder.space(1).is_none(), "text is validated as it comes");
}

/// A control frame inside a message is not read into the message's memory.
#[test]
fn control_frames_are_not_read_into_place() {
    let (mut decoder, mut spare) = (Decoder::new(LIMITS), Spare::default());
    let bytes = [frame(2, &[1; 100]), frame(0, &[2; 50]), vec![0x89, 9, b'p']].concat();
    assert_eq!(decoder.decode(&mut &bytes[..], &mut spare), Ok(None));
    assert!(decoder.space(1).is_none());
}

/// Semantics G7: an announcement takes no more initialised memory than a little over what has come.
#[test]
fn an_announcement_is_not_memory() {
    let limits = Limits { frame: 10 << 20, message: 10 << 20 };
    let (mut decoder, mut spare) = (Decoder::new(limits), Spare::default());
    let head = [0x82, 127, 0, 0, 0, 0, 0, 0xa0, 0, 0];
    assert_eq!(decoder.decode(&mut &head[..], &mut spare), Ok(None));
    assert_eq!(decoder.space(1).map(|space| space.len()), Some(32 * 1024));
}

/// A stream of cut frames uses one buffer again and again, for text and binary in turn.
#[test]
fn one_buffer_serves_all() {
    let (mut decoder, mut spare) = (Decoder::new(LIMITS), Spare::default());
    let mut place = None;
    for round in 0..10 {
        for first in [0x81, 0x82] {
            let bytes = frame(first, &[b'a'; 3000]);
            assert_eq!(decoder.decode(&mut &bytes[..10], &mut spare), Ok(None));
            let mut rest = &bytes[10..];
            let at = match decoder.decode(&mut rest, &mut spare) {
                Ok(Some(Item::Text(text))) => text.as_ptr(),
                Ok(Some(Item::Binary(bytes))) => bytes.as_ptr(),
                other => panic!("{other:?}"),
            };
            assert_eq!(*place.get_or_insert(at), at, "round {round}");
        }
    }
}

/// An idle connection is small, and the way of an item to its reader is short.
#[test]
fn sizes() {
    assert!(size_of::<Decoder>() <= 128, "{}", size_of::<Decoder>());
    assert!(size_of::<Result<Option<Step<'_>>, FrameError>>() <= 32);
}
