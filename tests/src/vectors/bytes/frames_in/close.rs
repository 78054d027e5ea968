//! Close frames: F4. They end a stream: nothing stands behind them here.

use super::{Cases, failing, fails, is_close, stream, tells};
use crate::peers::frames::raw;
use crate::vectors::bytes::Section;

pub(super) fn sections() -> Vec<Cases> {
    vec![codes(), forbidden(), reasons(), reasons_not_utf_8()]
}

fn with(code: u16, reason: &[u8]) -> Vec<u8> {
    raw(0x88, &[&code.to_be_bytes(), reason].concat())
}

fn codes() -> Cases {
    let mut section = Section::new("frames-in/f4-code", &["F4"]);
    section.case(
        "empty",
        "An empty close frame is told as 1005.",
        stream(raw(0x88, b"")),
        tells(&[is_close(1005, "")]),
    );
    for code in
        [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]
    {
        let comment = "A code that a peer may close with.";
        section.case(&code.to_string(), comment, stream(with(code, b"")), tells(&[is_close(code, "")]));
    }
    section.done()
}

fn forbidden() -> Cases {
    let mut section = Section::new("frames-in/f4-code-forbidden", &["F4"]);
    for code in
        [0, 1, 125, 999, 1004, 1005, 1006, 1015, 1016, 1099, 1100, 1999, 2000, 2999, 5000, 9999, 65_535]
    {
        let comment = "A code that no close frame may carry.";
        section.case(&code.to_string(), comment, stream(with(code, b"")), fails(1002, 4));
    }
    section.case("one-byte", "A payload of one byte.", stream(raw(0x88, &[3])), fails(1002, 3));
    section.case("with-reason", "A reason makes it no better.", stream(with(1005, b"why")), fails(1002, 7));
    section.case(
        "with-reason-not-utf-8",
        "The code is judged before the reason.",
        stream(with(999, b"\xff")),
        fails(1002, 5),
    );
    section.done()
}

fn reasons() -> Cases {
    let mut section = Section::new("frames-in/f4-reason", &["F4"]);
    for (name, reason) in [
        ("short", "bye"),
        ("utf-8", "\u{e9}\u{20ac}\u{1f600}"),
        ("control", "a\0b"),
        ("byte-order-mark", "\u{feff}bye"),
        ("123-bytes", &"r".repeat(123)),
        ("123-bytes-of-utf-8", &"\u{20ac}".repeat(41)),
    ] {
        let comment = "A reason is any UTF-8, in at most 123 bytes.";
        section.case(name, comment, stream(with(4000, reason.as_bytes())), tells(&[is_close(4000, reason)]));
    }
    section.done()
}

fn reasons_not_utf_8() -> Cases {
    failing(
        "frames-in/f4-reason-not-utf-8",
        &["F4"],
        1007,
        "Judged when all of it is there.",
        vec![
            ("ff", with(1000, b"\xff"), 5),
            ("wrong-before-its-end", with(1000, b"\xffwhy"), 8),
            ("overlong", with(1000, b"\xc0\x80"), 6),
            ("surrogate", with(1000, b"\xed\xa0\x80"), 7),
            ("ends-inside-a-character", with(1000, b"why\xe2\x82"), 9),
            ("behind-text", with(3000, b"why\x80"), 8),
        ],
    )
}
