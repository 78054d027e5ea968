//! Fragmented messages: F1.

use super::{Cases, is_binary, is_ping, is_pong, is_text, stream, telling, tells_then_fails};
use crate::peers::frames::raw;
use crate::vectors::bytes::Section;

pub(super) fn sections() -> Vec<Cases> {
    vec![together(), between(), broken()]
}

fn together() -> Cases {
    let many: Vec<u8> = [raw(0x02, b"x"), raw(0x00, b"x").repeat(98), raw(0x80, b"x")].concat();
    telling(
        "frames-in/f1-fragments",
        &["F1"],
        "Fragments make one message.",
        vec![
            ("text-of-two", [raw(0x01, b"a"), raw(0x80, b"b")].concat(), vec![is_text("ab")]),
            ("binary-of-two", [raw(0x02, &[0]), raw(0x80, &[255])].concat(), vec![is_binary(&[0, 255])]),
            (
                "text-of-three",
                [raw(0x01, b"a"), raw(0x00, b"b"), raw(0x80, b"c")].concat(),
                vec![is_text("abc")],
            ),
            ("all-empty", [raw(0x01, b""), raw(0x00, b""), raw(0x80, b"")].concat(), vec![is_text("")]),
            ("first-empty", [raw(0x02, b""), raw(0x80, b"a")].concat(), vec![is_binary(b"a")]),
            (
                "first-empty-text",
                [raw(0x01, b""), raw(0x80, "\u{e9}".as_bytes())].concat(),
                vec![is_text("\u{e9}")],
            ),
            ("first-empty-not-text", [raw(0x02, b""), raw(0x80, &[0xff])].concat(), vec![is_binary(&[0xff])]),
            (
                "first-two-empty",
                [raw(0x01, b""), raw(0x00, b""), raw(0x00, b"a"), raw(0x80, b"b")].concat(),
                vec![is_text("ab")],
            ),
            ("first-empty-not-complete", [raw(0x01, b""), raw(0x00, b"b")].concat(), vec![]),
            ("last-empty", [raw(0x01, b"a"), raw(0x80, b"")].concat(), vec![is_text("a")]),
            (
                "middle-empty",
                [raw(0x01, b"a"), raw(0x00, b""), raw(0x80, b"b")].concat(),
                vec![is_text("ab")],
            ),
            ("a-hundred", many, vec![is_binary(&[b'x'; 100])]),
            (
                "of-every-length-form",
                [raw(0x02, &[1; 126]), raw(0x00, &[2; 5]), raw(0x80, &[3; 300])].concat(),
                vec![is_binary(&[&[1; 126][..], &[2; 5], &[3; 300]].concat())],
            ),
            (
                "then-another",
                [raw(0x01, b"a"), raw(0x80, b"b"), raw(0x82, b"c"), raw(0x02, b"d"), raw(0x80, b"e")]
                    .concat(),
                vec![is_text("ab"), is_binary(b"c"), is_binary(b"de")],
            ),
            ("not-complete", [raw(0x01, b"a"), raw(0x00, b"b")].concat(), vec![]),
        ],
    )
}

fn between() -> Cases {
    telling(
        "frames-in/f1-between-fragments",
        &["F1"],
        "Control frames may stand between fragments, and are told at once.",
        vec![
            (
                "ping",
                [raw(0x01, b"a"), raw(0x89, b"p"), raw(0x80, b"b")].concat(),
                vec![is_ping(b"p"), is_text("ab")],
            ),
            (
                "behind-an-empty-fragment",
                [raw(0x01, b""), raw(0x89, b"p"), raw(0x80, b"b")].concat(),
                vec![is_ping(b"p"), is_text("b")],
            ),
            (
                "pong",
                [raw(0x02, b"a"), raw(0x8a, b""), raw(0x80, b"b")].concat(),
                vec![is_pong(b""), is_binary(b"ab")],
            ),
            (
                "several",
                [
                    raw(0x01, b"a"),
                    raw(0x89, b"1"),
                    raw(0x89, b"2"),
                    raw(0x00, b"b"),
                    raw(0x8a, b"3"),
                    raw(0x80, b"c"),
                ]
                .concat(),
                vec![is_ping(b"1"), is_ping(b"2"), is_pong(b"3"), is_text("abc")],
            ),
            (
                "inside-a-character",
                [raw(0x01, &[0xe2, 0x82]), raw(0x89, &[0xff]), raw(0x80, &[0xac])].concat(),
                vec![is_ping(&[0xff]), is_text("\u{20ac}")],
            ),
            ("close", [raw(0x01, b"a"), raw(0x88, b"")].concat(), vec![super::is_close(1005, "")]),
        ],
    )
}

fn broken() -> Cases {
    let mut section = Section::new("frames-in/f1-fragments-broken", &["F1"]);
    for (name, comment, bytes, told, after) in [
        (
            "text-inside-text",
            "New data inside a fragmented message.",
            [raw(0x01, b"a"), raw(0x81, b"b")].concat(),
            vec![],
            4,
        ),
        (
            "binary-inside-text",
            "New data inside a fragmented message.",
            [raw(0x01, b"a"), raw(0x82, b"b")].concat(),
            vec![],
            4,
        ),
        (
            "fragment-inside-binary",
            "New data inside a fragmented message.",
            [raw(0x02, b"a"), raw(0x02, b"b")].concat(),
            vec![],
            4,
        ),
        (
            "behind-an-empty-fragment",
            "New data inside a fragmented message.",
            [raw(0x01, b""), raw(0x01, b"b")].concat(),
            vec![],
            3,
        ),
        (
            "behind-a-ping",
            "New data inside a fragmented message.",
            [raw(0x01, b"a"), raw(0x89, b""), raw(0x81, b"")].concat(),
            vec![is_ping(b"")],
            6,
        ),
        (
            "continuation-behind-the-end",
            "Nothing is left to continue.",
            [raw(0x01, b"a"), raw(0x80, b"b"), raw(0x80, b"c")].concat(),
            vec![is_text("ab")],
            7,
        ),
        (
            "continuation-behind-a-message",
            "Nothing to continue.",
            [raw(0x81, b"a"), raw(0x00, b"b")].concat(),
            vec![is_text("a")],
            4,
        ),
        (
            "continuation-with-rsv1",
            "A reserved bit in a continuation.",
            [raw(0x01, b"a"), raw(0xc0, b"b")].concat(),
            vec![],
            4,
        ),
        (
            "masked-continuation",
            "A mask in a continuation.",
            [raw(0x01, b"a"), vec![0x80, 0x81]].concat(),
            vec![],
            5,
        ),
    ] {
        section.case(name, comment, stream(bytes), tells_then_fails(&told, 1002, after));
    }
    section.done()
}
