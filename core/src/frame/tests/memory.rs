//! What receiving takes of memory, and where it lets its host read (rule M2).

use super::*;

/// A pipeline that has begun a message, and what is left of the bytes.
fn begun<'b>(limits: Limits, mut bytes: &'b [u8], work: &mut Workspace) -> (Pipeline, &'b [u8]) {
    let mut pipeline = Pipeline::new(limits);
    assert_eq!(pipeline.step(&mut bytes, PartsAbove::NEVER, work, &mut Counters::default()), Ok(None));
    (pipeline, bytes)
}

/// Takes what was read into its place.
fn take_placed(pipeline: &mut Pipeline, work: &mut Workspace) -> Result<Option<Step<'static>>, FrameError> {
    pipeline.step(&mut &[][..], PartsAbove::NEVER, work, &mut Counters::default())
}

/// A workspace whose assembly buffer has `warm` bytes that were used before.
fn warm(warm: usize) -> Workspace {
    let (mut decoder, mut work) = (Decoder::new(LIMITS), Workspace::default());
    let bytes = frame(0x82, &vec![1; warm]);
    let (mut first, mut second) = bytes.split_at(12);
    assert_eq!(decoder.decode(&mut first, &mut work), Ok(None));
    assert!(matches!(decoder.decode(&mut second, &mut work), Ok(Some(Item::Binary(_)))));
    assert_eq!(decoder.decode(&mut &[][..], &mut work), Ok(None));
    work
}

/// A large binary frame is read into its place as far as that was used before, and never past its end.
#[test]
fn reading_into_place() {
    let payload: Vec<u8> = (0..300_000_u32).map(|i| (i % 251) as u8).collect();
    let mut work = warm(200_000);
    let bytes = frame(0x82, &payload);
    let (mut pipeline, rest) = begun(LIMITS, &bytes[..1000], &mut work);
    assert!(rest.is_empty());
    let mut rest = &bytes[1000..];
    assert!(pipeline.space(rest.len()).is_none(), "not so much of it was used before");
    while let Some(space) = pipeline.space(1) {
        let n = space.len().min(50_000);
        let (piece, behind) = rest.split_at(n);
        space[..n].copy_from_slice(piece);
        pipeline.assembly.filled(n);
        assert_eq!(take_placed(&mut pipeline, &mut work), Ok(None));
        rest = behind;
    }
    assert_eq!(rest.len(), 100_000, "all but what was new");
    assert_eq!(
        pipeline.step(&mut rest, PartsAbove::NEVER, &mut work, &mut Counters::default()),
        Ok(Some(Step::Assembled(Kind::Binary, true)))
    );
    assert_eq!(pipeline.assembly.hand_out_binary(), payload);
    pipeline.assembly.release(&mut work);

    // Now all of it was, and the frame ends with a read.
    let mut pipeline = begun(LIMITS, &bytes[..1000], &mut work).0;
    let space = pipeline.space(1).expect("it is warm");
    space.copy_from_slice(&bytes[1000..]);
    pipeline.assembly.filled(bytes.len() - 1000);
    assert_eq!(take_placed(&mut pipeline, &mut work), Ok(Some(Step::Assembled(Kind::Binary, true))));
    assert_eq!(pipeline.assembly.hand_out_binary(), payload);
}

/// Only the payload of a binary message is read there, and only into the loop's memory.
#[test]
fn nothing_else_is_read_into_place() {
    for bytes in [&b"\x81\x7e\x03\xe8ab"[..], b"\x89\x05a", b"\x02\x01a\x89\x05a", b"\x82\x7e\x03"] {
        let mut work = warm(200_000);
        let (mut pipeline, _) = begun(LIMITS, bytes, &mut work);
        assert_eq!(pipeline.space(1), None, "{bytes:x?}");
    }
    let mut work = warm(200_000);
    let large = b"\x82\x7f\0\0\0\0\0\x01\0\0a";
    let mut first = begun(LIMITS, large, &mut work).0;
    assert!(first.space(1).is_some());
    let mut second = begun(LIMITS, large, &mut work).0;
    assert!(second.space(1).is_none(), "the buffer is lent already");
    drop(first);
    let mut third = begun(LIMITS, large, &mut work).0;
    assert!(third.space(1).is_none(), "what was lent is gone, and so it is a new one");
    third.discard_messages();
    assert!(third.space(1).is_none(), "what is skipped is not kept");
}

/// A stream of cut frames uses one buffer again and again, for text and binary in turn.
#[test]
fn one_buffer_serves_all() {
    let (mut decoder, mut work) = (Decoder::new(LIMITS), Workspace::default());
    let mut place = None;
    for round in 0..10 {
        for first in [0x81, 0x82] {
            let bytes = frame(first, &[b'a'; 3000]);
            assert_eq!(decoder.decode(&mut &bytes[..10], &mut work), Ok(None));
            let mut rest = &bytes[10..];
            let at = match decoder.decode(&mut rest, &mut work) {
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
    assert!(size_of::<Pipeline>() <= 112, "{}", size_of::<Pipeline>());
    assert!(size_of::<Result<Option<Step<'_>>, FrameError>>() <= 32);
}
