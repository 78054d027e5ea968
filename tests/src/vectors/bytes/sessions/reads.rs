//! Text that comes in several reads. Other files leave it to the port how bytes are cut; here the cut is the point.

use super::Session;
use super::stage::Stage;
use crate::peers::frames::text;

const REFUSED: &str = "error 1 1; close 1 1007 protocol; half-close 1.0; 1.0 close 1007";

pub(super) fn sessions() -> Vec<Session> {
    let whole = text(&format!("a\u{20ac}{}", "b".repeat(64)));
    // Its character ends behind the third byte of the payload.
    let mut pieces = Stage::open(
        "read/character-in-pieces",
        &["F2"],
        "A character may come in two reads, with ASCII behind it.",
    );
    pieces.received("1.0", &whole[..5], "").received("1.0", &whole[5..6], "");
    pieces.received("1.0", &whole[6..], &format!("text 1 a\u{20ac}{}", "b".repeat(64)));

    let broken = [&whole[..5], &[b'b'; 66]].concat();
    let mut behind = Stage::open(
        "read/ascii-behind-a-begun-character",
        &["F2"],
        "A read of nothing but ASCII is no rest of a character that began in the read before.",
    );
    behind.received("1.0", &broken[..5], "").received("1.0", &broken[5..69], REFUSED);
    behind.ended("1.0", "release 1.0");

    let mut inside = Stage::open(
        "read/ascii-inside-a-character",
        &["F2"],
        "The same in one read, for readers that take several bytes of ASCII at a time.",
    );
    inside.received("1.0", &broken[..69], REFUSED).ended("1.0", "release 1.0");
    vec![pieces.done(), behind.done(), inside.done()]
}
