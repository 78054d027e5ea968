//! The limit of the head: Q5.

use super::{Cases, Input, answer, fails, opens, waits, with};
use crate::vectors::bytes::Section;

pub(super) fn sections() -> Vec<Cases> {
    vec![limits()]
}

fn limits() -> Cases {
    let mut section = Section::new("answers/q5", &["Q5", "C"]);
    let limited = |bytes: &str, head_limit| Input { head_limit, ..answer(bytes) };
    let whole = with("");
    let length = whole.len();
    section.case("exact", "The limit itself passes.", limited(&whole, length), opens("", b""));
    section.case(
        "exact-with-frames",
        "What is behind the head does not count.",
        limited(&format!("{whole}frames"), length),
        opens("", b"frames"),
    );
    section.case(
        "one-over",
        "Told with the first byte over the limit.",
        limited(&whole, length - 1),
        fails(12, length),
    );
    section.case("not-yet", "So many bytes may come.", limited(&whole[..20], 20), waits);
    section.case(
        "one-more",
        "The first byte over the limit ends it, wherever in a line it stands.",
        limited(&whole[..21], 20),
        fails(12, 21),
    );
    section.case("zero", "A limit of zero lets no byte pass.", limited(&whole, 0), fails(12, 1));
    let interim = format!("HTTP/1.1 100\r\n\r\n{whole}");
    section.case(
        "interim-counts",
        "Every byte from the first one on.",
        limited(&interim, interim.len()),
        opens("", b""),
    );
    section.case(
        "interim-counts-one-over",
        "Interim answers count.",
        limited(&interim, interim.len() - 1),
        fails(12, interim.len()),
    );
    let endless = "HTTP/1.1 100\r\n\r\n".repeat(20);
    section.case(
        "interim-without-end",
        "The limit ends what would never end.",
        limited(&endless, 300),
        fails(12, 301),
    );
    let busy = format!("HTTP/1.1 503 Busy\r\nX: {}\r\n\r\n", "y".repeat(200));
    section.case(
        "whatever-the-status",
        "12, though the status line says 503.",
        limited(&busy, 100),
        fails(12, 101),
    );
    section.case(
        "malformed-before-the-limit",
        "The fault comes first.",
        limited(&busy.replace("/1.1", "/1.0"), 100),
        fails(8, 8),
    );
    let nul = format!("HTTP/1.1 101 {}\0", "y".repeat(87));
    section.case(
        "malformed-at-the-limit",
        "Past the limit nothing is judged.",
        limited(&nul, 100),
        fails(12, 101),
    );
    let many = ["h1: v\r\n", "h2: v\r\n"].concat().repeat(50);
    section.case(
        "many-headers",
        "Their number has no limit of its own.",
        answer(with(&many)),
        opens("", b""),
    );
    section.done()
}
