//! Text that is UTF-8, and text that is not, at the byte that makes it so: F2.

use super::{Cases, failing, fails, is_text, stream, telling, tells};
use crate::peers::frames::{head, raw};
use crate::vectors::bytes::Section;

pub(super) fn sections() -> Vec<Cases> {
    vec![
        valid(),
        fragmented(),
        may_go_on(),
        ends_inside(),
        at_once(),
        in_fragments(),
        ascii_inside(),
        order(),
    ]
}

fn valid() -> Cases {
    let mut section = Section::new("frames-in/f2-valid", &["F2"]);
    for (name, text) in [
        ("u-0000", "\0"),
        ("u-007f", "\u{7f}"),
        ("u-0080", "\u{80}"),
        ("u-07ff", "\u{7ff}"),
        ("u-0800", "\u{800}"),
        ("u-d7ff", "\u{d7ff}"),
        ("u-e000", "\u{e000}"),
        ("u-feff", "\u{feff}"),
        ("u-fffe", "\u{fffe}"),
        ("u-ffff", "\u{ffff}"),
        ("u-10000", "\u{10000}"),
        ("u-10ffff", "\u{10ffff}"),
        ("all-widths", "a\u{e9}\u{20ac}\u{1f600}"),
        ("long", &"\u{20ac}".repeat(100)),
        ("ascii-then-wide", &format!("{}\u{1f600}", "a".repeat(70))),
    ] {
        section.case(
            name,
            "Both ends of every width.",
            stream(raw(0x81, text.as_bytes())),
            tells(&[is_text(text)]),
        );
    }
    section.done()
}

fn fragmented() -> Cases {
    let cut = |text: &str, at: usize| {
        [raw(0x01, &text.as_bytes()[..at]), raw(0x80, &text.as_bytes()[at..])].concat()
    };
    let mut rows = Vec::new();
    for (name, text, at) in [
        ("2-1-of-2", "\u{e9}", 1),
        ("1-of-3", "\u{20ac}", 1),
        ("2-of-3", "\u{20ac}", 2),
        ("1-of-4", "\u{1f600}", 1),
        ("2-of-4", "\u{1f600}", 2),
        ("3-of-4", "\u{1f600}", 3),
        ("inside-a-longer-text", "abc\u{20ac}def", 4),
    ] {
        rows.push((name, cut(text, at), vec![is_text(text)]));
    }
    let bytewise: Vec<u8> = "\u{1f600}"
        .bytes()
        .enumerate()
        .flat_map(|(place, byte)| raw([0x01, 0x00, 0x00, 0x80][place], &[byte]))
        .collect();
    rows.push(("each-byte-a-fragment", bytewise, vec![is_text("\u{1f600}")]));
    telling("frames-in/f2-fragmented", &["F2"], "A character may be cut by fragments.", rows)
}

/// Bytes that can begin a text: nothing is wrong as long as it may go on.
const BEGINNINGS: [(&str, &[u8]); 8] = [
    ("lead-of-2", b"\xc3"),
    ("lead-of-3", b"\xe2"),
    ("two-of-3", b"\xe2\x82"),
    ("below-surrogates", b"\xed\x9f"),
    ("lead-of-4", b"\xf0"),
    ("two-of-4", b"\xf0\x9f"),
    ("three-of-4", b"\xf0\x9f\x98"),
    ("last-plane", b"\xf4\x8f"),
];

fn may_go_on() -> Cases {
    let mut section = Section::new("frames-in/f2-may-go-on", &["F2"]);
    for (name, bytes) in BEGINNINGS {
        let unfinished = [head(0x81, 100), b"ab".to_vec(), bytes.to_vec()].concat();
        section.case(&format!("frame-{name}"), "An unfinished frame.", stream(unfinished), tells(&[]));
        section.case(&format!("fragment-{name}"), "A fragment.", stream(raw(0x01, bytes)), tells(&[]));
    }
    section.done()
}

fn ends_inside() -> Cases {
    let mut section = Section::new("frames-in/f2-ends-inside", &["F2"]);
    for (name, bytes) in BEGINNINGS {
        let whole = raw(0x81, bytes);
        let length = whole.len();
        section.case(
            &format!("frame-{name}"),
            "A message ends inside a character.",
            stream(whole),
            fails(1007, length),
        );
        let fragments = [raw(0x01, bytes), raw(0x80, b"")].concat();
        let length = fragments.len();
        section.case(
            &format!("fragment-{name}"),
            "The last fragment completes nothing.",
            stream(fragments),
            fails(1007, length),
        );
    }
    section.done()
}

/// What no valid text begins with, and how many bytes of it are needed to know.
const WRONG: [(&str, &[u8]); 28] = [
    ("continuation", b"\x80"),
    ("last-continuation", b"\xbf"),
    ("overlong-c0", b"\xc0"),
    ("overlong-c1", b"\xc1"),
    ("beyond-f5", b"\xf5"),
    ("beyond-f8", b"\xf8"),
    ("beyond-fc", b"\xfc"),
    ("fe", b"\xfe"),
    ("ff", b"\xff"),
    ("overlong-3", b"\xe0\x80"),
    ("overlong-3-greatest", b"\xe0\x9f"),
    ("overlong-4", b"\xf0\x80"),
    ("overlong-4-greatest", b"\xf0\x8f"),
    ("first-surrogate", b"\xed\xa0"),
    ("last-surrogate", b"\xed\xbf"),
    ("beyond-10ffff", b"\xf4\x90"),
    ("far-beyond-10ffff", b"\xf4\xbf"),
    ("2-then-ascii", b"\xc3\x28"),
    ("2-then-lead", b"\xc3\xc3"),
    ("3-then-ascii", b"\xe2\x28"),
    ("3-then-ascii-later", b"\xe2\x82\x28"),
    ("3-then-lead", b"\xe2\x82\xe2"),
    ("4-then-ascii", b"\xf0\x28"),
    ("4-then-ascii-later", b"\xf0\x9f\x28"),
    ("4-then-ascii-last", b"\xf0\x9f\x98\x28"),
    ("4-then-lead-last", b"\xf0\x9f\x98\xf0"),
    ("behind-a-character", b"\xe2\x82\xac\xac"),
    ("behind-ascii", b"abc\xff"),
];

fn at_once() -> Cases {
    let mut section = Section::new("frames-in/f2-at-once", &["F2"]);
    for (name, bytes) in WRONG {
        let whole = raw(0x81, &[bytes, b"abc"].concat());
        section.case(&format!("whole-{name}"), "A whole frame.", stream(whole), fails(1007, 2 + bytes.len()));
        let unfinished = [head(0x81, 100), bytes.to_vec()].concat();
        section.case(
            &format!("unfinished-{name}"),
            "The rest of the frame is not awaited.",
            stream(unfinished),
            fails(1007, 2 + bytes.len()),
        );
    }
    section.done()
}

fn in_fragments() -> Cases {
    failing(
        "frames-in/f2-in-fragments",
        &["F2"],
        1007,
        "The rest of the message is not awaited.",
        vec![
            ("first", raw(0x01, b"a\xff"), 4),
            ("second", [raw(0x01, b"a"), raw(0x00, b"\xff")].concat(), 6),
            ("behind-an-empty-one", [raw(0x01, b""), raw(0x00, b"\xff")].concat(), 5),
            ("last", [raw(0x01, b"a"), raw(0x80, b"b\xff")].concat(), 7),
            ("across", [raw(0x01, b"\xe2\x82"), raw(0x00, b"\x28")].concat(), 7),
            ("across-overlong", [raw(0x01, b"\xe0"), raw(0x00, b"\x9f")].concat(), 6),
            ("across-surrogate", [raw(0x01, b"\xed"), raw(0x80, b"\xa0\x80")].concat(), 6),
            ("across-empty", [raw(0x01, b"\xf4"), raw(0x00, b""), raw(0x00, b"\x90")].concat(), 8),
            ("long", [raw(0x01, &[b'a'; 200]), head(0x00, 300), b"\xff".to_vec()].concat(), 4 + 200 + 4 + 1),
        ],
    )
}

/// Readers that pass over ASCII many bytes at a time look at a run of it only if it is long enough.
const RUNS: [usize; 4] = [8, 16, 64, 300];

/// ASCII in the place of the rest of a character, then that rest: who forgets that a character has begun takes it.
fn ascii_inside() -> Cases {
    const BEGUN: &[u8] = b"\xe2\x82";
    const REST: &[u8] = b"\xac";
    let mut section = Section::new("frames-in/f2-ascii-inside", &["F2"]);
    for run in RUNS {
        let ascii = vec![b'a'; run];
        let form = head(0x81, 0).len() + if run > 125 { 2 } else { 0 };
        let whole = raw(0x81, &[BEGUN, &ascii, REST].concat());
        section.case(
            &format!("frame-{run}"),
            "A run of ASCII is no rest of a character.",
            stream(whole),
            fails(1007, form + BEGUN.len() + 1),
        );
        let begun = raw(0x01, BEGUN);
        let after = begun.len() + form + 1;
        for (name, last) in [("fragment", raw(0x80, REST)), ("last-fragment", Vec::new())] {
            let opcode = if last.is_empty() { 0x80 } else { 0x00 };
            let bytes = [begun.clone(), raw(opcode, &ascii), last].concat();
            section.case(
                &format!("{name}-{run}"),
                "A whole fragment of ASCII is no rest of a character.",
                stream(bytes),
                fails(1007, after),
            );
        }
    }
    let text = format!("{}\u{20ac}{}", "a".repeat(64), "b".repeat(64));
    let bytes = raw(0x81, text.as_bytes());
    section.case("between-runs", "A character between two of them.", stream(bytes), tells(&[is_text(&text)]));
    section.done()
}

fn order() -> Cases {
    let mut section = Section::new("frames-in/f2-order", &["F1", "F2"]);
    let bytes = [raw(0x01, b"\xe2\x82"), raw(0x81, b"")].concat();
    section.case(
        "form-before-text",
        "The head of the next frame is wrong before the text is.",
        stream(bytes),
        fails(1002, 5),
    );
    let bytes = raw(0x82, b"\xff\xc0\x80");
    section.case(
        "binary-is-not-judged",
        "Bytes are any bytes.",
        stream(bytes),
        tells(&[super::is_binary(b"\xff\xc0\x80")]),
    );
    let bytes = [raw(0x02, b"\xe2"), raw(0x80, b"\x28")].concat();
    section.case(
        "fragments-of-binary-neither",
        "Bytes are any bytes, in fragments, too.",
        stream(bytes),
        tells(&[super::is_binary(b"\xe2\x28")]),
    );
    let bytes = [raw(0x89, b"\xff"), raw(0x8a, b"\xc0")].concat();
    section.case(
        "pings-and-pongs-neither",
        "What control frames carry is no text.",
        stream(bytes),
        tells(&[super::is_ping(b"\xff"), super::is_pong(b"\xc0")]),
    );
    section.done()
}
