//! Messages that lie whole in the input, found without a step; and the shortcut to short ones.

use super::*;

/// A message that lies whole is found in every form of its length, up to both limits. Most messages go this way.
#[test]
fn whole_messages_are_found() {
    for length in [0, 1, 125, 126, 65_535, 65_536] {
        for (first, kind) in [(0x81, Kind::Text), (0x82, Kind::Binary)] {
            let framer = Pipeline::new(LIMITS).framer;
            let bytes = frame(first, &vec![b'x'; length]);
            let whole = Some(WholeMessage { kind, header: bytes.len() - length, length });
            assert_eq!(framer.whole(&bytes), whole);
            assert_eq!(framer.fast_path().short(&bytes), whole.filter(|_| length <= 125));
            let is_medium = (126..=65_535).contains(&length);
            assert_eq!(framer.fast_path().medium(&bytes), whole.filter(|_| is_medium));
            assert_eq!(framer.whole(&bytes[..bytes.len() - 1]), None, "its last byte is not there");
        }
    }
    for limit in [0, 1, 10, 124, 125, 126, 200] {
        for limits in [(limit, limit), (limit, limit + 1), (limit + 1, limit)] {
            let framer = Pipeline::new(Limits { frame: limits.0, message: limits.1 }).framer;
            let length = limit as usize;
            assert!(framer.whole(&frame(0x82, &vec![0; length])).is_some(), "{limits:?}");
            assert!(framer.whole(&frame(0x82, &vec![0; length + 1])).is_none(), "{limits:?}");
        }
    }
    // A length that is not in its shortest form is none (RFC 6455 §5.2), even if all of the message is there.
    let long = [&[0x82, 126, 0, 125][..], &[0; 125]].concat();
    let framer = Pipeline::new(LIMITS).framer;
    assert_eq!([framer.whole(&long), framer.fast_path().medium(&long)], [None, None]);
    for first in [0x00, 0x01, 0x80, 0x88, 0x89, 0xc1] {
        assert_eq!(Pipeline::new(LIMITS).framer.whole(&frame(first, b"x")), None);
    }
}

/// While anything is under way, or waits, or is skipped, a message that seems to lie whole is none.
#[test]
fn nothing_is_whole_while_anything_is_under_way() {
    let closed = |pipeline: &Pipeline| {
        let long = frame(0x82, &[0; 200]);
        let found = |bytes: &[u8]| pipeline.framer.whole(bytes).is_some();
        !pipeline.fast_path().is_open() && !found(&frame(0x82, b"x")) && !found(&long)
    };
    let mut work = Workspace::default();
    for mut bytes in [&[0x82, 5, 1][..], &[0x02, 0], &[0x01, 1, b'a']] {
        let mut pipeline = Pipeline::new(LIMITS);
        assert!(pipeline.fast_path().is_open());
        assert_eq!(
            pipeline.step(&mut bytes, PartsAbove::NEVER, &mut work, &mut Counters::default()),
            Ok(None)
        );
        assert!(closed(&pipeline), "{bytes:x?}");
    }
    let mut pipeline = Pipeline::new(LIMITS);
    let bytes = [frame(2, b"a"), frame(0x80, b"b")].concat();
    assert_eq!(
        pipeline.step(&mut &bytes[..], PartsAbove::NEVER, &mut work, &mut Counters::default()),
        Ok(Some(Step::Assembled(Kind::Binary, true)))
    );
    assert!(!pipeline.fast_path().is_open(), "it waits to be polled");
    assert_eq!(pipeline.assembly.hand_out_binary(), b"ab");
    assert!(!pipeline.fast_path().is_open(), "it may still be borrowed");
    pipeline.assembly.release(&mut work);
    assert!(pipeline.fast_path().is_open());
    pipeline.discard_messages();
    assert!(closed(&pipeline));
}

proptest! {
    /// The shortcuts give a message exactly where judging the whole head gives one of their lengths, whatever the limits
    /// and whatever is under way.
    #[test]
    fn the_shortcuts_say_what_the_judge_says(
        limits in (0_u64..300, 0_u64..300),
        before in prop_oneof![Just(vec![]), Just(frame(1, b"a")), Just(vec![0x82, 5, 1]), Just(frame(2, b""))],
        head in prop_oneof![
            (prop_oneof![Just(0x81_u8), Just(0x82), any::<u8>()], any::<u8>()).prop_map(|(a, b)| vec![a, b]),
            (prop_oneof![Just(0x81_u8), Just(0x82)], 0..2_u8, any::<u8>()).prop_map(|(a, b, c)| vec![a, 126, b, c]),
            proptest::collection::vec(any::<u8>(), 0..12),
        ],
        length in 0_usize..300,
        skips in any::<bool>(),
    ) {
        let (mut work, mut pipeline) = (Workspace::default(), Pipeline::new(Limits { frame: limits.0, message: limits.1 }));
        let _ = pipeline.step(&mut &before[..], PartsAbove::NEVER, &mut work, &mut Counters::default());
        if skips {
            pipeline.discard_messages();
        }
        let bytes = [head, vec![b'x'; length]].concat();
        let whole = pipeline.framer.whole(&bytes);
        prop_assert_eq!(pipeline.fast_path().short(&bytes), whole.filter(|whole| whole.length <= 125));
        prop_assert_eq!(pipeline.fast_path().medium(&bytes), whole.filter(|whole| whole.length > 125));
    }
}
