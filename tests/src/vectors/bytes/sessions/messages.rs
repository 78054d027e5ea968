//! Messages both ways, their limits, and back-pressure: sequence 10.

use super::stage::{Stage, URL};
use super::{Session, Settings};
use crate::peers::frames::{binary, head, ping, pong, raw, text};

pub(super) fn sessions() -> Vec<Session> {
    [plain(), control(), limits(), output()].into_iter().flatten().collect()
}

fn plain() -> Vec<Session> {
    let mut echo = Stage::open("message/echo", &["T3", "L"], "Text and bytes, empty ones too.");
    echo.send("h\u{e9}llo", "success 2; 1.0 text h\u{e9}llo").received(
        "1.0",
        text("h\u{e9}llo"),
        "text 1 h\u{e9}llo",
    );
    echo.send_buffer("AP8=", "success 3; 1.0 binary 00ff").received(
        "1.0",
        binary(&[0, 255]),
        "binary 1 00ff",
    );
    echo.send("", "success 4; 1.0 text").received("1.0", text(""), "text 1");
    echo.send_buffer("", "success 5; 1.0 binary").received("1.0", binary(b""), "binary 1");

    let mut fragments = Stage::open(
        "message/fragments",
        &["F1", "T5"],
        "A fragmented message with a ping inside, which is answered at once.",
    );
    fragments.received("1.0", raw(0x01, b"a\xe2\x82"), "").received("1.0", ping(b"now"), "1.0 pong now");
    fragments.received("1.0", raw(0x80, b"\xac"), "text 1 a\u{20ac}");

    let mut many = Stage::open("message/in-order", &["G5"], "Several at once, in their order.");
    many.received(
        "1.0",
        [text("a"), raw(0x02, &[1]), raw(0x00, &[2]), pong(b""), raw(0x80, &[3]), text("b")].concat(),
        "text 1 a; binary 1 010203; text 1 b",
    );

    let mut cut = Stage::open("message/in-pieces", &["G5"], "A frame that comes in pieces.");
    let long = text(&"x".repeat(200));
    cut.received("1.0", &long[..1], "").received("1.0", &long[1..3], "").received("1.0", &long[3..100], "");
    cut.received("1.0", &long[100..], &format!("text 1 {}", "x".repeat(200)));
    vec![echo.done(), fragments.done(), many.done(), cut.done()]
}

fn control() -> Vec<Session> {
    let mut ping_pong = Stage::open(
        "control/ping",
        &["T5"],
        "A pong goes out by itself, with the same payload; a pong that comes means nothing.",
    );
    ping_pong.received("1.0", ping(b""), "1.0 pong").received(
        "1.0",
        ping(&[b'p'; 125]),
        &format!("1.0 pong {}", "p".repeat(125)),
    );
    ping_pong.received("1.0", pong(b"unasked"), "");

    let mut newest =
        Stage::open("control/newest-ping", &["T5"], "Of several that wait the newest is answered.");
    newest.takes("1.0", Some(0), "").received("1.0", [ping(b"a"), ping(b"b"), ping(b"c")].concat(), "");
    newest.takes("1.0", None, "1.0 pong c");

    let mut first =
        Stage::open("control/pong-first", &["T3"], "A pong passes messages that have not begun to leave.");
    first.takes("1.0", Some(3), "").send("begun", "1.0 part").send("waits", "").received(
        "1.0",
        ping(b"p"),
        "",
    );
    first.takes("1.0", None, "success 2; success 3; 1.0 text begun; 1.0 pong p; 1.0 text waits");
    vec![ping_pong.done(), newest.done(), first.done()]
}

fn limits() -> Vec<Session> {
    let small = || Settings { message_limit: 20, frame_limit: 15, ..Settings::default() };
    let end = "error 1 12; close 1 1009 tooBig; half-close 1.0; 1.0 close 1009";
    let mut exact = Stage::open_with(
        "limit/fragments",
        &["F3", "C"],
        "Sequence 10: exactly the limit passes, one byte more ends the connection.",
        small(),
    );
    let whole = [raw(0x01, b"0123456789"), raw(0x80, b"0123456789")].concat();
    exact.received("1.0", whole, "text 1 01234567890123456789");
    exact.received("1.0", [raw(0x01, b"0123456789"), head(0x80, 11)].concat(), end);
    exact.received("1.0", b"01234567890", "").send("x", "fail 2 10").ended("1.0", "release 1.0");

    let mut frame = Stage::open_with(
        "limit/frame",
        &["F3", "C"],
        "A frame over its limit, known from its head.",
        small(),
    );
    frame.received("1.0", raw(0x82, &[1; 15]), &format!("binary 1 {}", "01".repeat(15))).received(
        "1.0",
        head(0x82, 16),
        end,
    );

    let mut pending =
        Stage::open_with("limit/with-pending-sends", &["F3", "T1"], "Pending sends fail first.", small());
    pending.takes("1.0", Some(0), "").send("lost", "").received(
        "1.0",
        head(0x81, 16),
        "fail 2 11; error 1 12; close 1 1009 tooBig",
    );
    pending.takes("1.0", None, "half-close 1.0; 1.0 close 1009");

    let mut sends = Stage::open_with(
        "limit/sends",
        &["F3", "C"],
        "The message limit bounds sends, too, in bytes.",
        small(),
    );
    sends
        .send("01234567890123456789", "success 2; 1.0 text 01234567890123456789")
        .send("012345678901234567890", "fail 3 11");
    sends.send(&"\u{20ac}".repeat(7), "fail 4 11").send_buffer("AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "fail 5 11");
    sends.send_buffer("AAAAAAAAAAAAAAAAAAAAAAAAAAA=", &format!("success 6; 1.0 binary {}", "00".repeat(20)));
    sends.send("still open", "success 7; 1.0 text still open");
    vec![exact.done(), frame.done(), pending.done(), sends.done()]
}

fn output() -> Vec<Session> {
    let mut slow = Stage::open(
        "output/success-with-the-last-byte",
        &["T3"],
        "A send succeeds when its last byte is out.",
    );
    slow.takes("1.0", Some(7), "").send("ab", "1.0 part").takes("1.0", Some(1), "success 2; 1.0 text ab");
    slow.takes("1.0", Some(0), "").send("c", "").send("d", "").takes(
        "1.0",
        Some(13),
        "success 3; 1.0 text c; 1.0 part",
    );
    slow.takes("1.0", None, "success 4; 1.0 text d");

    let marked = |id: &str, comment: &str, high_water| {
        let settings = Settings { high_water, ..Settings::default() };
        Stage::open_with(id, &["F3", "M3", "C"], comment, settings)
    };
    let mut full = marked(
        "output/high-water",
        "A send that would lift the queue over its mark is refused whole. A message that waits counts its payload, its \
         head and 16 bytes.",
        62,
    );
    full.takes("1.0", Some(0), "").send("0123456789", "").send("012345678", "fail 3 11").send("01234567", "");
    full.send("", "fail 5 11").takes(
        "1.0",
        None,
        "success 2; success 4; 1.0 text 0123456789; 1.0 text 01234567",
    );
    full.send("again", "success 6; 1.0 text again");

    let mut empty = marked("output/high-water-empty", "Messages that are empty do not escape the mark.", 65);
    empty.takes("1.0", Some(0), "").send("", "").send("", "").send("", "fail 4 11");
    empty.takes("1.0", None, "success 2; success 3; 1.0 text; 1.0 text").send("", "success 5; 1.0 text");

    let mut partly = marked(
        "output/high-water-partly-out",
        "The 16 bytes count until the last byte of the message is out; of its frame, what is not out.",
        60,
    );
    partly.takes("1.0", Some(25), "").send("01234567890123456789", "1.0 part");
    partly.send("0123456789012345678901", "fail 3 11").send("0123456789012345", "").send("", "fail 5 11");
    partly.takes("1.0", Some(1), "success 2; 1.0 text 01234567890123456789").send("", "");
    partly.takes("1.0", None, "success 4; success 6; 1.0 text 0123456789012345; 1.0 text");

    let mut control = marked("output/high-water-control", "A control frame that waits counts as well.", 62);
    control.takes("1.0", Some(0), "").received("1.0", ping(b"0123456789"), "");
    control.send("0123456789012345678901234", "fail 2 11").send("012345678901234567890123", "");
    control.takes("1.0", None, "success 3; 1.0 pong 0123456789; 1.0 text 012345678901234567890123");

    let mut request = Stage::new(
        "output/request-in-pieces",
        &["M3"],
        "A transport that takes little: the rest of the request goes out when it takes more.",
    );
    request
        .connect(URL, "dial 1.0 192.0.2.1:80")
        .takes("1.0", Some(5), "")
        .connected("1.0", "1.0 part")
        .takes("1.0", None, "1.0 request");
    request.accept("1.0", "success 1; open 1");
    vec![slow.done(), full.done(), empty.done(), partly.done(), control.done(), request.done()]
}
