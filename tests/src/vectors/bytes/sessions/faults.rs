//! What goes on while a connection closes: faults that end it, frames that closeSocket cuts off, the one timer, and what is
//! left of the queue (T6, F1, F4, F5).

use super::stage::{Stage, URL};
use super::{Keepalive, Session, Settings};
use crate::peers::frames::{close, frame, ping, pong, raw, text};

pub(super) fn sessions() -> Vec<Session> {
    [faults(), cut_off(), timer(), left()].into_iter().flatten().collect()
}

fn faults() -> Vec<Session> {
    let faults = [
        ("masked", "F1", vec![0x82, 0x81]),
        ("reserved-bit-1", "F1", vec![0xc1]),
        ("reserved-bit-2", "F1", vec![0xa1]),
        ("reserved-bit-3", "F1", vec![0x91]),
        ("opcode", "F1", vec![0x83]),
        ("control-opcode", "F1", vec![0x8b]),
        ("fragmented-ping", "F1", vec![0x09]),
        ("fragmented-close", "F1", vec![0x08]),
        ("continuation", "F1", vec![0x80]),
        ("length-of-16-bits", "F1", vec![0x82, 126, 0, 125]),
        ("length-of-64-bits", "F1", vec![0x82, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff]),
        ("length-top-bit", "F1", vec![0x82, 127, 0x80]),
        ("long-ping", "F1", vec![0x89, 126]),
        ("long-close", "F1", vec![0x88, 126]),
        ("close-one-byte", "F4", frame(8, &[3])),
        ("close-code-1004", "F4", close(1004, "")),
    ];
    let session = |(name, rule, bytes): (&str, &str, Vec<u8>)| {
        let mut stage = Stage::open(
            &format!("close/fault-{name}"),
            &["T6", rule],
            "While closing it is judged as ever: 1006 and local, no Error, and no second close frame.",
        );
        stage.close("success 2; 1.0 close 1000").received("1.0", text("dropped"), "");
        stage.received("1.0", bytes, "close 1 1006 local; half-close 1.0").ended("1.0", "release 1.0");
        stage.done()
    };
    faults.map(session).into()
}

/// closeSocket comes inside a frame. What follows is the rest of that frame, and not a new one.
fn cut_off() -> Vec<Session> {
    let end = "close 1 1000 local; half-close 1.0";
    let open =
        |name: &str, comment: &str| Stage::open(&format!("close/inside-{name}"), &["T6", "F1"], comment);
    let mut head =
        open("a-head", "closeSocket between the two bytes of a head: the second is still the length.");
    head.received("1.0", [0x81], "").close("success 2; 1.0 close 1000");
    head.received("1.0", [&[3, b'a', 0x83, b'c'], &close(1000, "")[..]].concat(), end);

    let mut length = open("a-length", "closeSocket inside a long length.");
    length.received("1.0", [0x82, 126, 1], "").close("success 2; 1.0 close 1000");
    length.received("1.0", [&[0x2c], &[0x83; 300][..], &close(1000, "")].concat(), end);

    let mut payload = open("a-payload", "closeSocket inside a payload, whose rest is dropped.");
    payload.received("1.0", [0x81, 4, b'a'], "").close("success 2; 1.0 close 1000");
    payload.received("1.0", [&[0x83, 0xff, 0x83], &text("b")[..], &close(1000, "")].concat(), end);

    let mut pinged = open("a-ping", "A ping whose last byte comes behind closeSocket is not answered.");
    pinged.received("1.0", [0x89, 2, b'p'], "").close("success 2; 1.0 close 1000");
    pinged.received("1.0", [b'q'], "").received("1.0", close(1000, ""), end);

    let mut closed = open(
        "a-close-frame",
        "Of a close frame the last byte counts: closeSocket inside it is first, and names the cause.",
    );
    closed.received("1.0", [0x88, 2, 0x0b], "").close("success 2; 1.0 close 1000");
    closed.received("1.0", [0xb9], "close 1 3001 local; half-close 1.0");

    let mut wrong =
        open("a-wrong-length", "What is wrong of a head is so, though closeSocket came inside it.");
    wrong.received("1.0", [0x82, 126, 0], "").close("success 2; 1.0 close 1000");
    wrong.received("1.0", [1], "close 1 1006 local; half-close 1.0");

    let mut large = Stage::open_with(
        "close/inside-a-head-over-the-limit",
        &["T6", "F3"],
        "A length that is announced behind closeSocket is held to no limit, though its head began before.",
        Settings { message_limit: 20, frame_limit: 20, ..Settings::default() },
    );
    large.received("1.0", [0x82], "").close("success 2; 1.0 close 1000");
    large.received("1.0", [&[21], &[0; 21][..], &close(1000, "")].concat(), end);

    let mut again = open(
        "a-message-and-behind-it",
        "A message that began before closeSocket ends as one: then another may begin, and no continuation.",
    );
    again.received("1.0", raw(0x01, b"a"), "").close("success 2; 1.0 close 1000");
    again.received("1.0", [raw(0x80, b"b"), raw(0x02, b"c"), raw(0x80, b"d")].concat(), "");
    again.received("1.0", [0x80], "close 1 1006 local; half-close 1.0");
    [head, length, payload, pinged, closed, wrong, large, again].map(Stage::done).into()
}

fn timer() -> Vec<Session> {
    let mut frames = Stage::open(
        "close/frames-put-nothing-off",
        &["T4", "T6"],
        "The close timeout counts from closeSocket, whatever comes meanwhile.",
    );
    frames.at(1000).close("success 2; 1.0 close 1000").at(4000).received("1.0", text("a"), "");
    frames.at(7000).received("1.0", ping(b"p"), "").at(9000).received("1.0", pong(b""), "");
    frames.at(10_900).received("1.0", [0x81], "").at(10_999).time("");
    frames.at(11_000).time("close 1 1006 local; release 1.0");

    let keepalive = Some(Keepalive { interval_ms: 1000, timeout_ms: 400 });
    let mut asked = Stage::open_with(
        "close/while-a-pong-is-awaited",
        &["T1", "F6"],
        "closeSocket ends the wait for a pong; what counts is the close timeout.",
        Settings { keepalive, ..Settings::default() },
    );
    asked.at(1020).time("1.0 ping").at(1100).close("success 2; 1.0 close 1000").at(1420).time("");
    asked.at(5000).time("").at(11_100).time("close 1 1006 local; release 1.0");

    let mut masks = Stage::open(
        "close/no-mask-is-taken",
        &["T4", "T6"],
        "While closing neither a ping nor a second closeSocket takes a mask, as the next key shows.",
    );
    masks.close("success 2; 1.0 close 1000").received("1.0", ping(b"p"), "").close("success 3");
    masks
        .connect(URL, "close 1 1000 local; half-close 1.0; dial 2.0 192.0.2.1:80")
        .connected("2.0", "2.0 request");
    masks.accept("2.0", "success 4; open 2");
    vec![frames.done(), asked.done(), masks.done()]
}

/// What has failed is not sent any more, though the close frame was queued behind it.
fn left() -> Vec<Session> {
    let open =
        |name: &str, comment: &str| Stage::open(&format!("close/{name}"), &["F5", "M4", "T6"], comment);
    let mut lost = open(
        "failed-sends-stay",
        "Messages of which nothing is out fail at the end, and do not go out before the close frame.",
    );
    lost.takes("1.0", Some(0), "").send("lost", "").close("success 3");
    lost.received("1.0", close(1000, ""), "fail 2 11; close 1 1000 local");
    lost.takes("1.0", None, "half-close 1.0; 1.0 close 1000");

    let mut begun = open("failed-sends-but-one-begun", "The one that is partly out is finished.");
    begun.takes("1.0", Some(2), "").send("begun", "1.0 part").send("lost", "").close("success 4");
    begun.received("1.0", close(1000, ""), "fail 2 11; fail 3 11; close 1 1000 local");
    begun.takes("1.0", None, "half-close 1.0; 1.0 text begun; 1.0 close 1000");

    let mut ended = open("failed-sends-at-an-end-of-stream", "The same where the stream ends.");
    ended.takes("1.0", Some(0), "").send("lost", "").close("success 3");
    ended.ended("1.0", "fail 2 11; close 1 1006 local").takes("1.0", None, "release 1.0; 1.0 close 1000");

    let mut broken = open("failed-sends-at-a-fault", "The same where a frame is wrong.");
    broken.takes("1.0", Some(0), "").send("lost", "").close("success 3");
    broken.received("1.0", [0x83], "fail 2 11; close 1 1006 local");
    broken.takes("1.0", None, "half-close 1.0; 1.0 close 1000");

    let mut replaced = open("failed-sends-when-replaced", "The same where another connect comes.");
    replaced.takes("1.0", Some(0), "").send("lost", "").close_with("3001", "one", "success 3");
    replaced.connect(URL, "fail 2 11; close 1 3001 one local; dial 2.0 192.0.2.1:80");
    replaced.takes("1.0", None, "half-close 1.0; 1.0 close 3001 one");

    let mut control = open(
        "waiting-pong-at-an-end",
        "A pong that waits when it ends is dropped, though closeSocket kept it.",
    );
    control.takes("1.0", Some(0), "").received("1.0", ping(b"p"), "").close("success 2");
    control.received("1.0", close(1000, ""), "close 1 1000 local");
    control.takes("1.0", None, "half-close 1.0; 1.0 close 1000");
    [lost, begun, ended, broken, replaced, control].map(Stage::done).into()
}
