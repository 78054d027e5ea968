//! The form of single frames: F1.

use super::{Cases, failing, fails, is_binary, is_ping, is_pong, is_text, stream, telling, tells};
use crate::peers::frames::{head, raw};
use crate::vectors::bytes::Section;

pub(super) fn sections() -> Vec<Cases> {
    vec![
        first_byte(),
        reserved_opcodes(),
        masked(),
        controls_too_long(),
        not_minimal(),
        lengths(),
        controls(),
        together(),
        unfinished(),
    ]
}

fn first_byte() -> Cases {
    failing(
        "frames-in/f1-first-byte",
        &["F1"],
        1002,
        "Known from the first byte.",
        vec![
            ("rsv1-text", vec![0xc1, 0], 1),
            ("rsv2-text", vec![0xa1, 0], 1),
            ("rsv3-text", vec![0x91, 0], 1),
            ("all-rsv-binary", vec![0xf2, 0], 1),
            ("rsv1-fragment", vec![0x41, 0], 1),
            ("rsv1-ping", vec![0xc9, 0], 1),
            ("rsv2-close", vec![0xa8, 0], 1),
            ("rsv1-reserved-opcode", vec![0xc3, 0], 1),
            ("ping-fragmented", vec![0x09, 0], 1),
            ("pong-fragmented", vec![0x0a, 0], 1),
            ("close-fragmented", vec![0x08, 0], 1),
            ("continuation-final", vec![0x80, 0], 1),
            ("continuation", vec![0x00, 1, b'a'], 1),
        ],
    )
}

fn reserved_opcodes() -> Cases {
    let mut section = Section::new("frames-in/f1-reserved-opcode", &["F1"]);
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        section.case(
            &format!("{opcode}-final"),
            "Known from the first byte.",
            stream([0x80 | opcode, 0]),
            fails(1002, 1),
        );
        section.case(&format!("{opcode}"), "Known from the first byte.", stream([opcode, 0]), fails(1002, 1));
    }
    section.done()
}

fn masked() -> Cases {
    let mut section = Section::new("frames-in/f1-masked", &["F1"]);
    for (name, first) in [
        ("text", 0x81),
        ("binary", 0x82),
        ("fragment", 0x01),
        ("close", 0x88),
        ("ping", 0x89),
        ("pong", 0x8a),
    ] {
        section.case(
            name,
            "A server does not mask; known from the second byte.",
            stream([first, 0x80, 1, 2, 3, 4]),
            fails(1002, 2),
        );
    }
    for (name, second) in [("length-1", 0x81), ("length-125", 0xfd), ("16-bits", 0xfe), ("64-bits", 0xff)] {
        section.case(name, "Known from the second byte.", stream([0x82, second]), fails(1002, 2));
    }
    section.done()
}

fn controls_too_long() -> Cases {
    let mut section = Section::new("frames-in/f1-control-too-long", &["F1"]);
    for (name, first) in [("close", 0x88), ("ping", 0x89), ("pong", 0x8a)] {
        for (form, second) in [("16-bits", 126), ("64-bits", 127)] {
            section.case(
                &format!("{name}-{form}"),
                "Known from the second byte.",
                stream([first, second]),
                fails(1002, 2),
            );
        }
        let whole = raw(first, &[b'x'; 126]);
        section.case(
            &format!("{name}-126-bytes"),
            "The same with all of its bytes.",
            stream(whole),
            fails(1002, 2),
        );
    }
    section.done()
}

fn not_minimal() -> Cases {
    let short = |length: u16| [&[0x82, 126][..], &length.to_be_bytes()].concat();
    let long = |length: u64| [&[0x82, 127][..], &length.to_be_bytes()].concat();
    failing(
        "frames-in/f1-length",
        &["F1"],
        1002,
        "A length is written in its shortest form, and its top bit is not set.",
        vec![
            ("16-bits-0", short(0), 4),
            ("16-bits-1", short(1), 4),
            ("16-bits-125", short(125), 4),
            ("64-bits-0", long(0), 8),
            ("64-bits-125", long(125), 8),
            ("64-bits-126", long(126), 8),
            ("64-bits-65535", long(65_535), 8),
            // With all of its payload there is more than one way to come to it.
            ("16-bits-125-whole", [short(125), vec![7; 125]].concat(), 4),
            ("64-bits-125-whole", [long(125), vec![7; 125]].concat(), 8),
            ("64-bits-1000-whole", [long(1000), vec![7; 1000]].concat(), 8),
            ("64-bits-top-bit", long(1 << 63), 3),
            ("64-bits-all-ones", long(u64::MAX), 3),
        ],
    )
}

fn lengths() -> Cases {
    let mut section = Section::new("frames-in/f1-lengths", &["F1"]);
    let comment = "Both ends of each form of the length.";
    for length in [0, 1, 2, 124, 125, 126, 127, 255, 256, 1000] {
        let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
        section.case(
            &format!("binary-{length}"),
            comment,
            stream(raw(0x82, &bytes)),
            tells(&[is_binary(&bytes)]),
        );
        let text = "x".repeat(length);
        section.case(
            &format!("text-{length}"),
            comment,
            stream(raw(0x81, text.as_bytes())),
            tells(&[is_text(&text)]),
        );
    }
    for length in [65_535, 65_536] {
        let bytes = vec![0xa5; length];
        section.case(
            &format!("binary-{length}"),
            comment,
            stream(raw(0x82, &bytes)),
            tells(&[is_binary(&bytes)]),
        );
    }
    section.done()
}

fn controls() -> Cases {
    let mut rows = Vec::new();
    for (name, length) in [("0", 0), ("1", 1), ("125", 125)] {
        let bytes = vec![0xff; length];
        rows.push((format!("ping-{name}"), raw(0x89, &bytes), is_ping(&bytes)));
        rows.push((format!("pong-{name}"), raw(0x8a, &bytes), is_pong(&bytes)));
    }
    let mut section = Section::new("frames-in/f1-control", &["F1"]);
    for (name, bytes, told) in rows {
        section.case(
            &name,
            "A control frame has up to 125 bytes, of any kind.",
            stream(bytes),
            tells(&[told]),
        );
    }
    section.done()
}

fn together() -> Cases {
    telling(
        "frames-in/glued",
        &["F1"],
        "Frames follow each other without a gap.",
        vec![
            ("nothing", vec![], vec![]),
            ("two-texts", [raw(0x81, b"a"), raw(0x81, b"b")].concat(), vec![is_text("a"), is_text("b")]),
            (
                "empty-ones",
                [raw(0x81, b""), raw(0x82, b""), raw(0x89, b"")].concat(),
                vec![is_text(""), is_binary(b""), is_ping(b"")],
            ),
            (
                "every-kind",
                [
                    raw(0x81, b"text"),
                    raw(0x82, &[0, 255]),
                    raw(0x89, b"p"),
                    raw(0x8a, b"q"),
                    raw(0x88, b"\x03\xe8bye"),
                ]
                .concat(),
                vec![
                    is_text("text"),
                    is_binary(&[0, 255]),
                    is_ping(b"p"),
                    is_pong(b"q"),
                    super::is_close(1000, "bye"),
                ],
            ),
            (
                "long-then-short",
                [raw(0x82, &[7; 300]), raw(0x81, b"end")].concat(),
                vec![is_binary(&[7; 300]), is_text("end")],
            ),
        ],
    )
}

fn unfinished() -> Cases {
    telling(
        "frames-in/unfinished",
        &["F1"],
        "Right so far; nothing is told before its last byte.",
        vec![
            ("first-byte", vec![0x81], vec![]),
            ("no-payload-yet", vec![0x82, 5], vec![]),
            ("length-cut", vec![0x82, 126, 1], vec![]),
            ("long-length-cut", vec![0x82, 127, 0, 0, 0, 0, 0, 1, 0], vec![]),
            ("long-length-five-zeros", vec![0x82, 127, 0, 0, 0, 0, 0], vec![]),
            ("one-byte-missing", vec![0x81, 3, b'a', b'b'], vec![]),
            ("ping-cut", vec![0x89, 2, b'a'], vec![]),
            ("close-cut", vec![0x88, 3, 0x03, 0xe8], vec![]),
            ("behind-a-message", [raw(0x81, b"a"), head(0x82, 3)].concat(), vec![is_text("a")]),
        ],
    )
}
