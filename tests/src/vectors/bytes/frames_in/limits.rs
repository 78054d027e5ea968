//! Limits: F3.

use super::{
    Cases, Input, fails, is_binary, is_close, is_ping, is_pong, is_text, stream, tells, tells_then_fails,
};
use crate::peers::frames::{head, raw};
use crate::vectors::bytes::Section;

pub(super) fn sections() -> Vec<Cases> {
    vec![frame_limit(), message_limit(), other()]
}

fn limited(frame_limit: u64, message_limit: u64, bytes: impl AsRef<[u8]>) -> Input {
    Input { frame_limit, message_limit, ..stream(bytes) }
}

fn frame_limit() -> Cases {
    let mut section = Section::new("frames-in/f3-frame", &["F3", "C"]);
    section.case(
        "exact",
        "The limit itself passes.",
        limited(10, 100, raw(0x82, &[1; 10])),
        tells(&[is_binary(&[1; 10])]),
    );
    section.case(
        "exact-text",
        "A text counts in bytes.",
        limited(10, 100, raw(0x81, &[b'a'; 10])),
        tells(&[is_text("aaaaaaaaaa")]),
    );
    let announced = "Judged by what the head announces: no byte of the payload is needed.";
    section.case("one-over", announced, limited(10, 100, head(0x82, 11)), fails(1009, 2));
    section.case("one-over-text", announced, limited(10, 100, head(0x81, 11)), fails(1009, 2));
    section.case("over-in-16-bits", announced, limited(200, 1000, head(0x82, 201)), fails(1009, 4));
    section.case("over-in-64-bits", announced, limited(70_000, 100_000, head(0x82, 70_001)), fails(1009, 10));
    section.case("greatest-length", announced, stream(head(0x82, u64::MAX >> 1)), fails(1009, 10));
    section.case("over-the-default", announced, stream(head(0x82, 10 * 1024 * 1024 + 1)), fails(1009, 10));
    section.case("over-by-2-to-the-32", announced, stream(head(0x82, (1 << 32) + 5)), fails(1009, 10));
    for bit in [32, 40, 48, 53, 56, 62] {
        let bytes = [head(0x82, (1 << bit) + 70_000), vec![1; 10]].concat();
        section.case(
            &format!("bit-{bit}-set"),
            "All eight bytes of a length count, though what the lower ones say would pass.",
            stream(bytes),
            fails(1009, 10),
        );
    }
    section.case("the-default", "Ten MiB may come.", stream(head(0x82, 10 * 1024 * 1024)), tells(&[]));
    let there = "The same where all of its bytes are there.";
    section.case("one-over-whole", there, limited(10, 100, raw(0x82, &[1; 11])), fails(1009, 2));
    section.case("one-over-whole-text", there, limited(10, 100, raw(0x81, &[b'a'; 11])), fails(1009, 2));
    section.case("over-in-16-bits-whole", there, limited(200, 1000, raw(0x82, &[1; 201])), fails(1009, 4));
    let second = [raw(0x02, &[1; 10]), head(0x80, 11)].concat();
    section.case("second-fragment", announced, limited(10, 100, second), fails(1009, 14));
    section.case(
        "behind-a-message",
        "The message before it is told.",
        limited(10, 100, [raw(0x81, b"a"), head(0x81, 11)].concat()),
        tells_then_fails(&[is_text("a")], 1009, 5),
    );
    section.done()
}

fn message_limit() -> Cases {
    let mut section = Section::new("frames-in/f3-message", &["F3", "C"]);
    let exact = [raw(0x02, &[1; 10]), raw(0x80, &[2; 5])].concat();
    section.case(
        "fragments-exact",
        "The limit itself passes.",
        limited(10, 15, exact),
        tells(&[is_binary(&[&[1; 10][..], &[2; 5]].concat())]),
    );
    let over = [raw(0x02, &[1; 10]), head(0x80, 6)].concat();
    section.case(
        "fragments-one-over",
        "Judged by what the heads announce together.",
        limited(10, 15, over),
        fails(1009, 14),
    );
    section.case(
        "whole-one-over",
        "The limit of a message is below that of a frame.",
        limited(100, 15, head(0x82, 16)),
        fails(1009, 2),
    );
    section.case(
        "whole-exact",
        "A message in one frame, of exactly the limit.",
        limited(100, 15, raw(0x82, &[1; 15])),
        tells(&[is_binary(&[1; 15])]),
    );
    let more = [raw(0x02, &[1; 15]), raw(0x00, b""), head(0x00, 1)].concat();
    section.case(
        "one-byte-more",
        "An empty fragment lifts nothing.",
        limited(100, 15, more),
        fails(1009, 21),
    );
    let empty_first = [raw(0x02, b""), head(0x80, 16)].concat();
    section.case(
        "behind-an-empty-fragment",
        "An empty first fragment counts nothing, and the next one counts.",
        limited(100, 15, empty_first),
        fails(1009, 4),
    );
    let exact_behind = [raw(0x02, b""), raw(0x80, &[1; 15])].concat();
    section.case(
        "exact-behind-an-empty-fragment",
        "The limit itself passes.",
        limited(100, 15, exact_behind),
        tells(&[is_binary(&[1; 15])]),
    );
    let euros = "\u{20ac}".repeat(5);
    section.case(
        "text-exact",
        "Text counts in bytes.",
        limited(100, 15, raw(0x81, euros.as_bytes())),
        tells(&[is_text(&euros)]),
    );
    section.case(
        "text-over",
        "Five letters, but sixteen bytes.",
        limited(100, 15, head(0x81, 16)),
        fails(1009, 2),
    );
    let there = "The same where all of its bytes are there.";
    section.case("whole-one-over-with-payload", there, limited(100, 15, raw(0x82, &[1; 16])), fails(1009, 2));
    section.case("whole-in-16-bits-over", there, limited(1000, 200, raw(0x81, &[b'a'; 201])), fails(1009, 4));
    let two = [raw(0x82, &[1; 15]), raw(0x82, &[2; 15])].concat();
    section.case(
        "each-message-for-itself",
        "What an earlier message took does not count.",
        limited(100, 15, two),
        tells(&[is_binary(&[1; 15]), is_binary(&[2; 15])]),
    );
    let two = [raw(0x02, &[1; 10]), raw(0x80, &[1; 5]), raw(0x02, &[2; 10]), head(0x80, 6)].concat();
    let first = is_binary(&[1; 15]);
    section.case(
        "second-message-over",
        "The count begins anew with each message.",
        limited(100, 15, two),
        tells_then_fails(&[first], 1009, 12 + 7 + 12 + 2),
    );
    section.done()
}

fn other() -> Cases {
    let mut section = Section::new("frames-in/f3-other", &["F3", "F1"]);
    section.case(
        "zero-empty",
        "Nothing fits but empty messages.",
        limited(0, 0, [0x82, 0]),
        tells(&[is_binary(b"")]),
    );
    section.case("zero-one-byte", "Known from the head.", limited(0, 0, [0x81, 1]), fails(1009, 2));
    section.case(
        "zero-one-byte-whole",
        "Known from the head, though the payload is there.",
        limited(0, 0, [0x81, 1, b'a']),
        fails(1009, 2),
    );
    section.case(
        "ping-not-limited",
        "Control frames have a limit of their own.",
        limited(10, 10, raw(0x89, &[1; 125])),
        tells(&[is_ping(&[1; 125])]),
    );
    section.case(
        "close-not-limited",
        "Control frames have a limit of their own.",
        limited(0, 0, raw(0x88, b"\x03\xe8reason")),
        tells(&[is_close(1000, "reason")]),
    );
    let between =
        [raw(0x02, &[1; 10]), raw(0x89, &[2; 20]), raw(0x8a, &[3; 20]), raw(0x80, &[4; 5])].concat();
    section.case(
        "control-between-fragments",
        "What control frames carry is no part of the message.",
        limited(10, 15, between),
        tells(&[is_ping(&[2; 20]), is_pong(&[3; 20]), is_binary(&[&[1; 10][..], &[4; 5]].concat())]),
    );
    let over = [raw(0x02, &[1; 10]), raw(0x89, &[2; 5]), head(0x80, 6)].concat();
    section.case(
        "control-between-fragments-over",
        "What the message had before a ping still counts.",
        limited(10, 15, over),
        tells_then_fails(&[is_ping(&[2; 5])], 1009, 12 + 7 + 2),
    );
    section.case(
        "masked-and-over",
        "The mask stands before the length.",
        limited(10, 10, [0x82, 0xff]),
        fails(1002, 2),
    );
    let long = [0x82, 126, 0, 125];
    section.case(
        "not-minimal-and-over",
        "The form of the length is judged before its value.",
        limited(10, 10, long),
        fails(1002, 4),
    );
    section.case(
        "over-and-not-utf-8",
        "Not judged: nothing of it is looked at.",
        limited(10, 10, [0x81, 11, 0xff]),
        fails(1009, 2),
    );
    section.done()
}
