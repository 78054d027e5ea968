//! Fragments that are taken in one piece are what each is alone.

use proptest::prelude::*;

use super::super::*;
use super::frame;
use crate::stats::{Counters, Stats};
use crate::workspace::Workspace;

/// What comes of a stream that is shown so many bytes at first, and one more each time that they do not suffice. With
/// one, no two frames are there at once.
fn told(limits: Limits, stream: &[u8], shown: usize) -> (Vec<String>, Stats) {
    let (mut pipeline, mut work) = (Pipeline::new(limits), Workspace::default());
    let (mut counters, mut told) = (Counters::default(), Vec::new());
    let (mut from, mut to) = (0, shown.min(stream.len()));
    loop {
        let mut input = &stream[from..to];
        let before = input.len();
        let step = pipeline.step(&mut input, PartsAbove::NEVER, &mut work, &mut counters);
        from += before - input.len();
        match step {
            Ok(None) if to == stream.len() => break,
            Ok(None) => to += 1,
            Ok(Some(Step::Control(control))) => told.push(format!("{control:?}")),
            Ok(Some(Step::Assembled(Kind::Text, _))) => {
                told.push(pipeline.assembly.hand_out_text().into());
            }
            Ok(Some(Step::Assembled(Kind::Binary, _))) => {
                told.push(format!("{:?}", pipeline.assembly.hand_out_binary()));
            }
            Err(error) => {
                told.push(error.to_string());
                break;
            }
        }
        pipeline.assembly.release(&mut work);
    }
    (told, counters.stats())
}

/// Texts of which some are cut within a character, and a few are none.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    let length = prop_oneof![8 => 0..140_usize, 1 => 250..260_usize, 1 => 1000..1200_usize];
    (length, 0..4_usize, 0..60_u8).prop_map(|(length, at, fault)| {
        let mut text = "aé€😀".bytes().cycle().skip(at).take(length).collect::<Vec<_>>();
        if fault == 0 {
            text.push(0xff);
        }
        text
    })
}

fn fragment() -> impl Strategy<Value = (u8, Vec<u8>)> {
    let first = prop_oneof![60 => Just(0), 3 => Just(0x80), 2 => Just(0x89), 1 => any::<u8>()];
    (first, payload())
}

/// A length that is not in its shortest form ends a run, even if all of the fragment is there (RFC 6455 §5.2).
#[test]
fn a_run_has_lengths_in_their_shortest_form() {
    for long in [&[0, 126, 0, 125][..], &[0, 126, 0, 0], &[0, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff]] {
        let stream = [&frame(2, b"a"), &frame(0, &[7; 126]), long, &vec![0; 70_000]].concat();
        let expected = vec![FrameError::LengthNotMinimal.to_string()];
        assert_eq!(told(super::LIMITS, &stream, stream.len()).0, expected, "{long:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Fragments that lie together are what each is alone: messages, control frames, the first fault, and the count of
    /// frames (rules F1 to F3).
    #[test]
    fn a_run_is_its_fragments(
        text in any::<bool>(),
        fragments in prop::collection::vec(fragment(), 0..40),
        valid in any::<bool>(),
        limits in (60..2000_u64, 200..9000_u64),
    ) {
        let limits = Limits { frame: limits.0, message: limits.1 };
        let mut stream = frame(if text { 1 } else { 2 }, b"");
        let mut characters = "aé€😀".bytes().cycle();
        for (first, mut payload) in fragments {
            if valid {
                payload = characters.by_ref().take(payload.len()).collect();
            }
            if first & 8 != 0 {
                payload.truncate(125);
            }
            stream.extend(frame(first, &payload));
        }
        let alone = told(limits, &stream, 1);
        prop_assert_eq!(told(limits, &stream, stream.len()), alone.clone());
        prop_assert_eq!(told(limits, &stream, stream.len() / 2), alone);
    }
}
