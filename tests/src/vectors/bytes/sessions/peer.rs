//! The peer ends the connection, or does what it must not: sequence 11.

use super::Session;
use super::stage::{Stage, URL};
use crate::peers::frames::{close, frame, head, ping, raw, text};

pub(super) fn sessions() -> Vec<Session> {
    [closes(), ends(), violations(), lingering()].into_iter().flatten().collect()
}

fn closes() -> Vec<Session> {
    let mut sessions = Vec::new();
    for (name, bytes, told, reply) in [
        ("1000", close(1000, ""), "close 1 1000 remote", "close 1000"),
        ("with-reason", close(4000, "bye \u{e9}"), "close 1 4000 bye \u{e9} remote", "close 4000"),
        ("1014", close(1014, ""), "close 1 1014 remote", "close 1014"),
        ("empty", frame(8, b""), "close 1 1005 remote", "close"),
    ] {
        let mut stage = Stage::open(
            &format!("peer/close-{name}"),
            &["F4", "F5"],
            "The reply carries the peer's code; then the transport goes.",
        );
        stage
            .received("1.0", bytes, &format!("{told}; half-close 1.0; 1.0 {reply}"))
            .ended("1.0", "release 1.0");
        sessions.push(stage.done());
    }
    let mut last = Stage::open("peer/close-last", &["G3"], "What is behind a close frame is not looked at.");
    last.received(
        "1.0",
        [text("a"), close(1000, ""), text("b"), ping(b""), vec![0xff]].concat(),
        "text 1 a; close 1 1000 remote; half-close 1.0; 1.0 close 1000",
    );

    let mut pending = Stage::open(
        "peer/close-with-pending-sends",
        &["T1", "F5"],
        "Pending sends fail; a frame that is partly out is finished.",
    );
    pending.takes("1.0", Some(2), "").send("begun", "1.0 part").send("lost", "");
    pending.received("1.0", close(1001, ""), "fail 2 11; fail 3 11; close 1 1001 remote");
    pending.takes("1.0", None, "half-close 1.0; 1.0 text begun; 1.0 close 1001");

    let mut reason = Stage::open(
        "peer/close-reason-as-it-is",
        &["F4"],
        "A reason is told as it is: blanks at its ends, a NUL, a line end.",
    );
    reason.received(
        "1.0",
        close(4000, " a\0b\r\n "),
        "close 1 4000  a\0b\r\n  remote; half-close 1.0; 1.0 close 4000",
    );
    sessions.extend([last.done(), pending.done(), reason.done()]);
    sessions
}

fn ends() -> Vec<Session> {
    let mut end = Stage::open("peer/end-of-stream", &["C", "F5"], "Sequence 11: a Close with 1006 alone.");
    end.ended("1.0", "close 1 1006 abnormal; release 1.0").send("x", "fail 2 10");

    let mut inside = Stage::open("peer/end-inside-a-frame", &["C"], "The same inside a frame.");
    inside
        .received("1.0", [text("a"), vec![0x81, 5, b'b']].concat(), "text 1 a")
        .ended("1.0", "close 1 1006 abnormal; release 1.0");

    let mut reset = Stage::open("peer/reset", &["C", "F6"], "Sequence 11: an Error right before the Close.");
    reset
        .received("1.0", text("before"), "text 1 before")
        .reset("1.0", "error 1 1; close 1 1006 abnormal; release 1.0");

    let mut pending = Stage::open("peer/end-with-pending-sends", &["T1", "C"], "Pending sends fail first.");
    pending
        .takes("1.0", Some(0), "")
        .send("lost", "")
        .ended("1.0", "fail 2 11; close 1 1006 abnormal; release 1.0");

    let mut reset_pending =
        Stage::open("peer/reset-with-pending-sends", &["T1", "C"], "The same with an Error between.");
    reset_pending
        .takes("1.0", Some(0), "")
        .send("lost", "")
        .reset("1.0", "fail 2 11; error 1 1; close 1 1006 abnormal; release 1.0");
    vec![end.done(), inside.done(), reset.done(), pending.done(), reset_pending.done()]
}

fn violations() -> Vec<Session> {
    let mut sessions = Vec::new();
    for (name, rule, bytes, code) in [
        ("masked", "F1", vec![0x81, 0x81], 1002),
        ("reserved-bit", "F1", vec![0xc1], 1002),
        ("fragmented-ping", "F1", vec![0x09], 1002),
        ("continuation", "F1", vec![0x80], 1002),
        ("text-inside-text", "F1", [raw(0x01, b"a"), vec![0x81]].concat(), 1002),
        ("not-minimal", "F1", vec![0x82, 126, 0, 1], 1002),
        ("not-utf-8", "F2", [head(0x81, 100), b"a\xff".to_vec()].concat(), 1007),
        ("close-code", "F4", close(1005, ""), 1002),
        ("close-one-byte", "F4", frame(8, &[3]), 1002),
        ("close-reason", "F4", frame(8, b"\x03\xe8\xff"), 1007),
    ] {
        let mut stage = Stage::open(
            &format!("violation/{name}"),
            &[rule, "T1", "C"],
            "A close frame, an Error with 1, and a Close that says the same.",
        );
        let expected = format!("error 1 1; close 1 {code} protocol; half-close 1.0; 1.0 close {code}");
        stage.received("1.0", bytes, &expected).received("1.0", text("late"), "").ended("1.0", "release 1.0");
        sessions.push(stage.done());
    }
    let mut message =
        Stage::open("violation/behind-a-message", &["G5", "F1"], "The message before it is told.");
    message.received(
        "1.0",
        [text("fine"), vec![0x83, 0]].concat(),
        "text 1 fine; error 1 1; close 1 1002 protocol; half-close 1.0; 1.0 close 1002",
    );
    let mut pending = Stage::open("violation/with-pending-sends", &["T1", "F5"], "Pending sends fail first.");
    pending.takes("1.0", Some(0), "").send("lost", "").received(
        "1.0",
        [0x8b],
        "fail 2 11; error 1 1; close 1 1002 protocol",
    );
    pending.takes("1.0", None, "half-close 1.0; 1.0 close 1002");
    sessions.extend([message.done(), pending.done()]);
    sessions
}

fn lingering() -> Vec<Session> {
    let mut silent = Stage::open(
        "linger/timeout",
        &["F5"],
        "A transport lingers for at most the close timeout; nobody waits for that.",
    );
    silent.at(1000).received("1.0", close(1000, ""), "close 1 1000 remote; half-close 1.0; 1.0 close 1000");
    silent.at(10_999).time("").at(11_000).time("release 1.0");

    let mut stuck = Stage::open("linger/stuck", &["F5"], "The same where it takes no byte.");
    stuck
        .at(1000)
        .takes("1.0", Some(0), "")
        .received("1.0", close(1000, ""), "close 1 1000 remote")
        .at(11_000)
        .time("release 1.0");

    let mut reset = Stage::open("linger/reset", &["F5", "G1"], "A transport that fails while it lingers.");
    reset
        .received("1.0", close(1000, ""), "close 1 1000 remote; half-close 1.0; 1.0 close 1000")
        .reset("1.0", "release 1.0")
        .reset("1.0", "");

    let mut ended =
        Stage::open("linger/peer-was-first", &["F5"], "The peer has ended before our close frame is out.");
    ended.takes("1.0", Some(0), "").received("1.0", close(1000, ""), "close 1 1000 remote").ended("1.0", "");
    ended.takes("1.0", None, "release 1.0; 1.0 close 1000");

    let mut own = Stage::open("linger/each-its-own-time", &["F5"], "Two linger, each for its own time.");
    own.at(1000).connect(URL, "close 1 1000 replaced; dial 2.0 192.0.2.1:80; half-close 1.0; 1.0 close 1000");
    own.at(3000).connected("2.0", "2.0 request").accept("2.0", "success 2; open 2");
    own.received("2.0", close(1000, ""), "close 2 1000 remote; half-close 2.0; 2.0 close 1000");
    own.at(11_000).time("release 1.0").at(12_999).time("").at(13_000).time("release 2.0");

    let mut room = Stage::new(
        "linger/room-again",
        &["F5"],
        "When one of eight has gone, the next that lingers takes nobody's place.",
    );
    room.connect(URL, "dial 1.0 192.0.2.1:80");
    for number in 1..=9_u32 {
        let (this, next) = (format!("{number}.0"), number + 1);
        room.connected(&this, &format!("{this} request"));
        room.accept(&this, &format!("success {number}; open {number}"));
        if number == 9 {
            room.ended("4.0", "release 4.0");
        }
        room.connect(URL, &format!("close {number} 1000 replaced; dial {next}.0 192.0.2.1:80; half-close {this}; {this} close 1000"));
    }
    [silent, stuck, reset, ended, own, room].map(Stage::done).into()
}
