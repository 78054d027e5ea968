//! The head as such: status (U1), grammar (U2), and ends of stream inside it.

use super::{
    ACCEPT, CONNECTION, Cases, Input, Outcome, STATUS, UPGRADE, Verdict, answer, fails, opens, opens_with,
    waits, with,
};
use crate::vectors::bytes::Section;

pub(super) fn sections() -> Vec<Cases> {
    vec![interim(), status(), allowed(), malformed(), shown(), not_complete(), end_of_stream()]
}

fn interim() -> Cases {
    let mut section = Section::new("answers/u1-interim", &["U1"]);
    for (name, interim) in [
        ("100", "HTTP/1.1 100 Continue\r\n\r\n"),
        ("102", "HTTP/1.1 102 Processing\r\n\r\n"),
        ("103-with-headers", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
        ("199", "HTTP/1.1 199 \r\n\r\n"),
        ("bare-lf", "HTTP/1.1 100\n\n"),
        ("with-an-upgrade", "HTTP/1.1 100\r\nUpgrade: h2c\r\nSec-WebSocket-Protocol: x\r\n\r\n"),
        ("several", "HTTP/1.1 100\r\n\r\nHTTP/1.1 103\nLink: x\n\nHTTP/1.1 100\r\n\r\n"),
    ] {
        section.case(
            name,
            "Interim answers are skipped.",
            answer(format!("{interim}{}", with(""))),
            opens("", b""),
        );
    }
    section.case(
        "with-values",
        "Its values mean nothing, and are told to nobody.",
        answer(format!(
            "HTTP/1.1 103 \r\nX: a\tb\r\n{UPGRADE}Sec-WebSocket-Accept: x\r\nSec-WebSocket-Extensions: y\r\n\r\n{}",
            with("Y: z\r\n")
        )),
        opens_with(&[("y", "z")]),
    );
    let interim = format!("HTTP/1.1 103\r\n{UPGRADE}{CONNECTION}{ACCEPT}\r\n");
    for (name, missing) in [("upgrade", UPGRADE), ("connection", CONNECTION), ("accept", ACCEPT)] {
        let bytes = format!("{interim}{}", with("").replace(missing, ""));
        section.case(
            &format!("{name}-in-interim-alone"),
            "What an interim answer has is missing in the final one all the same.",
            answer(&bytes),
            fails(8, bytes.len()),
        );
    }
    for (name, fine, rest) in [
        ("value-nul", "HTTP/1.1 103 Early Hints\r\nLink: </x>", "\0\r\n\r\n"),
        ("value-control", "HTTP/1.1 103 Early Hints\r\nLink: ", "\u{b}x\r\n\r\n"),
        ("value-delete", "HTTP/1.1 103 Early Hints\r\nLink: x", "\u{7f}\r\n\r\n"),
        ("value-cr-alone", "HTTP/1.1 103 Early Hints\r\nLink: x\r", "y\r\n\r\n"),
        ("value-folded", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n", " y\r\n\r\n"),
        ("reason-control", "HTTP/1.1 103 Early", "\u{1}Hints\r\n\r\n"),
        ("no-colon", "HTTP/1.1 103 Early Hints\r\nLink", "\r\n\r\n"),
        ("name-empty", "HTTP/1.1 103 Early Hints\r\n", ": x\r\n\r\n"),
    ] {
        let bytes = format!("{fine}{rest}{}", with(""));
        section.case(
            &format!("wrong-{name}"),
            "The grammar of an interim answer is judged like any other.",
            answer(bytes),
            fails(8, fine.len() + 1),
        );
    }
    let gone = "HTTP/1.1 100\r\n\r\nHTTP/1.1 404 Gone\r\n\r\n";
    section.case("then-404", "The final status counts.", answer(gone), fails(8, gone.len()));
    let bytes = format!("HTTP/1.1 100\r\n\r\n\r\n{}", with(""));
    section.case("then-empty-line", "Each head begins with a status line.", answer(bytes), fails(8, 17));
    section.case("alone", "Another head must follow.", answer("HTTP/1.1 100\r\n\r\n"), waits);
    section.done()
}

fn status() -> Cases {
    let mut section = Section::new("answers/u1-status", &["U1"]);
    for status in ["200", "204", "301", "302", "400", "401", "403", "404", "426", "500", "503", "600", "999"]
    {
        let head = format!("HTTP/1.1 {status} Words\r\nContent-Length: 5\r\nLocation: /x\r\n\r\n");
        section.case(
            status,
            "Any final status but 101 fails with its head, the body not awaited, a redirect not followed.",
            answer(format!("{head}hello")),
            fails(8, head.len()),
        );
    }
    let bytes = with("").replace("101 Switching Protocols", "200 OK");
    section.case("200-with-an-upgrade", "The status decides.", answer(&bytes), fails(8, bytes.len()));
    section.case(
        "503-incomplete",
        "Not before its head is complete.",
        answer("HTTP/1.1 503 Busy\r\nA: b\r\n"),
        waits,
    );
    section.done()
}

fn allowed() -> Cases {
    let mut section = Section::new("answers/u2-allowed", &["U2"]);
    for (name, status_line) in [
        ("reason-absent", "HTTP/1.1 101"),
        ("reason-empty", "HTTP/1.1 101 "),
        ("reason-blanks", "HTTP/1.1 101   x"),
        ("reason-tab", "HTTP/1.1 101 a\tb ~"),
        ("reason-not-ascii", "HTTP/1.1 101 \u{e9}"),
    ] {
        let bytes = with("").replace("HTTP/1.1 101 Switching Protocols", status_line);
        section.case(
            name,
            "A reason phrase may be missing, and has no meaning.",
            answer(bytes),
            opens("", b""),
        );
    }
    for (name, from, to) in [
        ("long-reason", "Switching Protocols".to_owned(), "r".repeat(5000)),
        (
            "long-value",
            format!("{UPGRADE}{CONNECTION}"),
            format!("{UPGRADE}{CONNECTION}X: {}\r\n", "v".repeat(9000)),
        ),
        (
            "long-name",
            format!("{UPGRADE}{CONNECTION}"),
            format!("{UPGRADE}{CONNECTION}{}: v\r\n", "n".repeat(300)),
        ),
        ("name-of-digits", format!("{UPGRADE}{CONNECTION}"), format!("{UPGRADE}{CONNECTION}123: v\r\n")),
    ] {
        section.case(
            name,
            "Nothing in a head has a limit of its own, and any token is a name.",
            answer(with("").replace(&from, &to)),
            opens("", b""),
        );
    }
    section.case(
        "bare-lf",
        "A line may end in a bare LF.",
        answer(with("").replace("\r\n", "\n")),
        opens("", b""),
    );
    let last = with("").replace("\r\n\r\n", "\r\n\n");
    section.case("bare-lf-last", "The empty line, too.", answer(last), opens("", b""));
    let first = with("").replacen("\r\n", "\n", 1);
    section.case("bare-lf-first", "Line ends may be mixed.", answer(first), opens("", b""));
    let padded = format!("{STATUS}Upgrade:\t websocket \t\r\nConnection:Upgrade\r\n{ACCEPT}\r\n");
    section.case(
        "blanks-around-values",
        "Blanks around a value are no part of it.",
        answer(padded),
        opens_with(&[]),
    );
    let token = with("!#$%&'*+-.^_`|~09: x\r\n");
    section.case(
        "token-marks",
        "A name is any token.",
        answer(token),
        opens_with(&[("!#$%&'*+-.^_`|~09", "x")]),
    );
    section.done()
}

fn malformed() -> Cases {
    let mut section = Section::new("answers/u2-malformed", &["U2"]);
    // What is still fine, and the rest, whose first byte is wrong.
    for (name, fine, rest) in [
        ("empty-line-first", "", "\r\nHTTP/1.1 101\r\n"),
        ("bare-lf-first", "", "\nHTTP/1.1 101\r\n"),
        ("blank-first", "", " HTTP/1.1 101\r\n"),
        ("lower-case", "", "http/1.1 101\r\n"),
        ("tls-alert", "", "\u{15}\u{3}\u{1}\0\u{2}\u{2}\u{28}"),
        ("frame", "", "\u{2}\u{0}"),
        ("http-1.0", "HTTP/1.", "0 101\r\n"),
        ("http-2", "HTTP/", "2 101\r\n"),
        ("http-1.10", "HTTP/1.1", "0 101\r\n"),
        ("icy", "", "ICY 101 OK\r\n"),
        ("version-tab", "HTTP/1.1", "\t101\r\n"),
        ("version-two-blanks", "HTTP/1.1 ", " 101\r\n"),
        ("status-0xx", "HTTP/1.1 ", "099\r\n"),
        ("status-letter", "HTTP/1.1 1", "O1\r\n"),
        ("status-two-digits", "HTTP/1.1 10", " x\r\n"),
        ("status-four-digits", "HTTP/1.1 101", "1\r\n"),
        ("status-tab", "HTTP/1.1 101", "\tx\r\n"),
        ("status-missing", "HTTP/1.1 ", "\r\n"),
        ("reason-nul", "HTTP/1.1 101 a", "\0b\r\n"),
        ("reason-delete", "HTTP/1.1 101 a", "\u{7f}b\r\n"),
        ("reason-cr-alone", "HTTP/1.1 101 a\r", "b\r\n"),
        ("cr-alone-behind-status", "HTTP/1.1 101\r", "x"),
        ("cr-twice", "HTTP/1.1 101\r", "\r\n"),
        ("first-line-folded", "HTTP/1.1 101\r\n", " X: y\r\n"),
        ("folded-blank", "HTTP/1.1 101\r\nA: b\r\n", " folded\r\n"),
        ("folded-tab", "HTTP/1.1 101\r\nA: b\n", "\tfolded\n"),
        ("blank-before-colon", "HTTP/1.1 101\r\nA", " : b\r\n"),
        ("tab-before-colon", "HTTP/1.1 101\r\nA", "\t: b\r\n"),
        ("name-empty", "HTTP/1.1 101\r\n", ": b\r\n"),
        ("no-colon", "HTTP/1.1 101\r\nAb", "\r\n"),
        ("no-colon-bare-lf", "HTTP/1.1 101\r\nAb", "\n"),
        ("name-not-a-token", "HTTP/1.1 101\r\nA", "(b: c\r\n"),
        ("name-not-ascii", "HTTP/1.1 101\r\n", "\u{e9}: c\r\n"),
        ("name-delete", "HTTP/1.1 101\r\nA", "\u{7f}: c\r\n"),
        ("name-slash", "HTTP/1.1 101\r\nA", "/b: c\r\n"),
        ("name-at", "HTTP/1.1 101\r\n", "@: c\r\n"),
        ("name-quote", "HTTP/1.1 101\r\nA", "\": c\r\n"),
        ("name-comma", "HTTP/1.1 101\r\nA", ",B: c\r\n"),
        ("name-brace", "HTTP/1.1 101\r\nA", "{: c\r\n"),
        ("name-control", "HTTP/1.1 101\r\nA", "\u{1}: c\r\n"),
        ("value-nul", "HTTP/1.1 101\r\nA: b", "\0\r\n"),
        ("value-control", "HTTP/1.1 101\r\nA: b", "\u{1}\r\n"),
        ("value-delete", "HTTP/1.1 101\r\nA: b", "\u{7f}\r\n"),
        ("value-cr-alone", "HTTP/1.1 101\r\nA: b\r", "C: d\r\n"),
        ("cr-alone-for-empty-line", "HTTP/1.1 101\r\nA: b\r\n\r", "x"),
        ("in-a-503", "HTTP/1.1 503\r\nA", " : b\r\n"),
    ] {
        let bytes = format!("{fine}{rest}{}", with(""));
        section.case(
            name,
            "Told with the byte that makes it wrong.",
            answer(bytes),
            fails(8, fine.len() + 1),
        );
        section.case(&format!("{name}-not-yet"), "The same, one byte before.", answer(fine), waits);
    }
    section.done()
}

fn shown() -> Cases {
    let mut section = Section::new("answers/u2-headers", &["U2"]);
    for (name, lines, headers) in [
        ("none-more", "", &[][..]),
        ("names-in-lower-case", "X-One: a\r\nX-TWO: B\r\n", &[("x-one", "a"), ("x-two", "B")]),
        ("equal-names-joined", "X-One: a\r\nY: y\r\nx-ONE:\tb, c \r\n", &[("x-one", "a, b, c"), ("y", "y")]),
        ("empty-value", "X:\r\n", &[("x", "")]),
        ("empty-value-joined", "X: a\r\nX:\r\nX: b\r\n", &[("x", "a, , b")]),
        ("set-cookie-joined", "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n", &[("set-cookie", "a=1, b=2")]),
        ("colon-in-value", "X: a: b\r\n", &[("x", "a: b")]),
        ("inner-blanks-kept", "X:  a \t b  \r\n", &[("x", "a \t b")]),
    ] {
        section.case(name, "What onSocketOpen tells of them.", answer(with(lines)), opens_with(headers));
    }
    let latin = [with("X: ").trim_end_matches("\r\n").as_bytes(), b"\xe9\x80\xff\r\n\r\n"].concat();
    let headers = [("x", "\u{e9}\u{80}\u{ff}")];
    section.case(
        "latin-1",
        "Bytes above 0x7f are accepted, and read as Latin-1.",
        answer(latin),
        opens_with(&headers),
    );
    let c1: Vec<u8> = (0x80..=0x9f).collect();
    let letters: String = c1.iter().map(|byte| char::from(*byte)).collect();
    let bytes = [with("X: ").trim_end_matches("\r\n").as_bytes(), &c1, b"\r\n\r\n"].concat();
    section.case(
        "latin-1-c1",
        "0x80 to 0x9f as well: they are neither refused nor letters of Windows-1252.",
        answer(bytes),
        opens_with(&[("x", &letters)]),
    );
    let bytes = [with("X: ").trim_end_matches("\r\n").as_bytes(), b"\xa0\x85v\x85\xa0\r\n\r\n"].concat();
    section.case(
        "other-space-kept",
        "Values are trimmed of space and tab alone.",
        answer(bytes),
        opens_with(&[("x", "\u{a0}\u{85}v\u{85}\u{a0}")]),
    );
    section.done()
}

fn not_complete() -> Cases {
    let mut section = Section::new("answers/more", &["U2"]);
    let whole = with("");
    for (name, bytes) in [
        ("nothing", ""),
        ("one-byte", "H"),
        ("version", "HTTP/1.1 "),
        ("status", "HTTP/1.1 101"),
        ("status-line", STATUS),
        ("inside-a-name", "HTTP/1.1 101\r\nUpgr"),
        ("inside-a-value", "HTTP/1.1 101\r\nUpgrade: web"),
        ("all-but-one-byte", &whole[..whole.len() - 1]),
        ("all-but-two-bytes", &whole[..whole.len() - 2]),
    ] {
        section.case(name, "Right so far.", answer(bytes), waits);
    }
    section.done()
}

fn end_of_stream() -> Cases {
    let mut section = Section::new("answers/u2-end", &["U2", "C"]);
    let ends = |bytes: &str| Input { end: true, ..answer(bytes) };
    let is_1 = |outcome: &Outcome| {
        outcome.result == Verdict::Fail && outcome.error == Some(1) && outcome.fails_after.is_none()
    };
    let lines = format!("{STATUS}{UPGRADE}{CONNECTION}{ACCEPT}");
    for (name, bytes) in [
        ("at-once", ""),
        ("inside-the-status-line", "HTTP/1.1 1"),
        ("behind-status-101", STATUS),
        ("behind-status-503", "HTTP/1.1 503 Busy\r\n"),
        ("before-the-empty-line", &lines),
        ("inside-the-empty-line", &format!("{lines}\r")),
        ("behind-an-interim-answer", "HTTP/1.1 100\r\n\r\n"),
    ] {
        section.case(
            name,
            "A stream that ends inside the head is 1, whatever its status line says.",
            ends(bytes),
            is_1,
        );
    }
    let gone = "HTTP/1.1 404\r\n\r\n";
    section.case("behind-a-404", "The answer came first.", ends(gone), fails(8, gone.len()));
    section.case("behind-a-malformed-line", "The fault came first.", ends("HTTP/1.0 101\r\n"), fails(8, 8));
    section.case("behind-the-head", "It is open, and then ends.", ends(&with("")), opens("", b""));
    section.done()
}
