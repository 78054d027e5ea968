//! A host that comes late: what the system holds counts before the time does (F8).

use super::stage::{Stage, URL};
use super::{Keepalive, Session, Settings};
use crate::peers::frames::{close, pong, text};

pub(super) fn sessions() -> Vec<Session> {
    [keepalive(), connecting(), closing()].into_iter().flatten().collect()
}

fn keepalive() -> Vec<Session> {
    let keepalive = Some(Keepalive { interval_ms: 1000, timeout_ms: 400 });
    let open = |name: &str, comment: &str| {
        let settings = Settings { keepalive, ..Settings::default() };
        Stage::open_with(&format!("late/{name}"), &["F8", "F6"], comment, settings)
    };
    let mut ponged = open("pong", "The pong lay in the system when the host came, so it is not missed.");
    ponged.at(1020).time("1.0 ping").at(3000).received("1.0", pong(b""), "").time("");
    ponged.at(3999).time("").at(4000).time("1.0 ping");

    let mut byte = open("first-byte", "One byte of a frame is enough.");
    byte.at(1020).time("1.0 ping").at(1420).received("1.0", [0x81], "").time("").at(2420).time("1.0 ping");

    let mut unasked = open("ping", "A ping that was due is not, as something came.");
    unasked
        .at(1500)
        .received("1.0", text("a"), "text 1 a")
        .time("")
        .at(2499)
        .time("")
        .at(2500)
        .time("1.0 ping");

    let mut ended =
        open("end-of-stream", "An end that was there before the pong was missed is told as what it is.");
    ended.at(1020).time("1.0 ping").at(3000).ended("1.0", "close 1 1006 abnormal; release 1.0").time("");
    [ponged, byte, unasked, ended].map(Stage::done).into()
}

fn connecting() -> Vec<Session> {
    let upgrading = |name: &str, comment: &str| {
        let mut stage = Stage::new(&format!("late/{name}"), &["F8", "T2"], comment);
        stage.connect(URL, "dial 1.0 192.0.2.1:80").at(10).connected("1.0", "1.0 request");
        stage
    };
    let mut answer =
        upgrading("answer", "An answer that waited opens the connection, however late the host comes.");
    answer.at(70_000).accept("1.0", "success 1; open 1").time("").send("x", "success 2; 1.0 text x");

    let mut refused = upgrading("refusal", "A refusal that waited is told as one.");
    refused
        .at(70_000)
        .received("1.0", "HTTP/1.1 503 Busy\r\n\r\n", "fail 1 8; error 1 8; release 1.0")
        .time("");

    let mut part = upgrading("part-of-an-answer", "Of a part of one nothing opens: the time counts next.");
    part.at(70_000).received("1.0", "HTTP/1.1 101 \r\n", "").time("fail 1 6; error 1 6; release 1.0");
    [answer, refused, part].map(Stage::done).into()
}

fn closing() -> Vec<Session> {
    let closing = |name: &str, comment: &str| {
        let mut stage = Stage::open(&format!("late/{name}"), &["F8", "T4"], comment);
        stage.at(1000).close("success 2; 1.0 close 1000");
        stage
    };
    let mut answered = closing("close-frame", "The server's close frame that waited is its answer.");
    answered.at(20_000).received("1.0", close(1000, ""), "close 1 1000 local; half-close 1.0");

    let mut other = closing("other-frames", "Other frames end no close: the time counts next.");
    other.at(20_000).received("1.0", text("a"), "").time("close 1 1006 local; release 1.0");
    [answered, other].map(Stage::done).into()
}
