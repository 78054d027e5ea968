//! A new connection is new: it has nothing of the one before (T2, G1).

use super::stage::{Stage, URL};
use super::{Keepalive, Session, Settings};
use crate::peers::frames::{ping, raw, text};

/// Where the second connection goes.
const OTHER: &str = "ws://192.0.2.2/";

pub(super) fn sessions() -> Vec<Session> {
    [requested(), timers(), queue(), readers(), after()].into_iter().flatten().collect()
}

/// The second connection opens, and is closed without a code.
fn closes(stage: &mut Stage, opens: &str, closes: &str) {
    stage.connected("2.0", "2.0 request").accept("2.0", opens);
    stage.close(&format!("{closes}; 2.0 close 1000"));
}

fn requested() -> Vec<Session> {
    let rules = ["T2", "T4"];
    let mut replaced = Stage::open(
        "fresh/code-and-reason",
        &rules,
        "closeSocket named them for the connection that it closed.",
    );
    replaced.close_with("3001", "one", "success 2; 1.0 close 3001 one");
    replaced.connect(OTHER, "close 1 3001 one local; half-close 1.0; dial 2.0 192.0.2.2:80");
    closes(&mut replaced, "success 3; open 2", "success 4");

    let mut early =
        Stage::new("fresh/code-of-one-that-never-opened", &rules, "The same where it never opened.");
    early.connect(URL, "dial 1.0 192.0.2.1:80");
    early.close_with("3001", "one", "success 2; fail 1 1; close 1 3001 one local; release 1.0");
    early.connect(OTHER, "dial 2.0 192.0.2.2:80");
    closes(&mut early, "success 3; open 2", "success 4");

    let mut idle = Stage::new(
        "fresh/code-while-idle",
        &rules,
        "A closeSocket with nothing to close leaves nothing behind.",
    );
    idle.close_with("3001", "one", "success 1").connect(URL, "dial 1.0 192.0.2.1:80");
    idle.connected("1.0", "1.0 request")
        .accept("1.0", "success 2; open 1")
        .close("success 3; 1.0 close 1000");
    vec![replaced.done(), early.done(), idle.done()]
}

fn timers() -> Vec<Session> {
    let keepalive = Some(Keepalive { interval_ms: 1000, timeout_ms: 400 });
    let settings = || Settings { keepalive, ..Settings::default() };
    let mut awaited = Stage::open_with(
        "fresh/pong-timer",
        &["T1", "T2", "F6"],
        "A pong that was awaited on the old connection is not missed on the new one.",
        settings(),
    );
    awaited.at(1020).time("1.0 ping");
    awaited
        .at(1100)
        .connect(OTHER, "close 1 1000 replaced; dial 2.0 192.0.2.2:80; half-close 1.0; 1.0 close 1000");
    awaited.at(1200).connected("2.0", "2.0 request").at(1300).accept("2.0", "success 2; open 2");
    awaited.at(1420).time("").at(2299).time("").at(2300).time("2.0 ping");

    let mut quiet = Stage::open_with(
        "fresh/ping-timer",
        &["T1", "T2", "F6"],
        "The interval of the new connection counts from its own opening.",
        settings(),
    );
    quiet
        .at(500)
        .connect(OTHER, "close 1 1000 replaced; dial 2.0 192.0.2.2:80; half-close 1.0; 1.0 close 1000");
    quiet.at(600).connected("2.0", "2.0 request").at(900).accept("2.0", "success 2; open 2");
    quiet.at(1020).time("").at(1899).time("").at(1900).time("2.0 ping");
    vec![awaited.done(), quiet.done()]
}

fn queue() -> Vec<Session> {
    let mut queue =
        Stage::open("fresh/queue", &["T2", "F5"], "What waited on the old connection goes out on no other.");
    queue.takes("1.0", Some(3), "").send("begun", "1.0 part").send("lost", "").received(
        "1.0",
        ping(b"p"),
        "",
    );
    queue.connect(OTHER, "fail 2 11; fail 3 11; close 1 1000 replaced; dial 2.0 192.0.2.2:80");
    queue
        .connected("2.0", "2.0 request")
        .accept("2.0", "success 4; open 2")
        .send("new", "success 5; 2.0 text new");
    queue.takes("1.0", None, "half-close 1.0; 1.0 text begun; 1.0 close 1000");

    let mut settled = Stage::open(
        "fresh/send-that-waits",
        &["T2", "T3", "G2"],
        "A message that the old transport finishes settles nothing: its call has failed, and the send of the new connection waits.",
    );
    settled.takes("1.0", Some(3), "").send("begun", "1.0 part");
    settled.connect(OTHER, "fail 2 11; close 1 1000 replaced; dial 2.0 192.0.2.2:80");
    settled.connected("2.0", "2.0 request").accept("2.0", "success 3; open 2").takes("2.0", Some(0), "");
    settled.send("new", "").takes("1.0", None, "half-close 1.0; 1.0 text begun; 1.0 close 1000");
    settled.takes("2.0", None, "success 4; 2.0 text new");

    let mut mark = Stage::open_with(
        "fresh/mark",
        &["T2", "M3"],
        "What the old transport still owes does not count on the mark of the new connection.",
        Settings { high_water: 62, ..Settings::default() },
    );
    mark.takes("1.0", Some(1), "").send(&"x".repeat(40), "1.0 part");
    mark.connect(OTHER, "fail 2 11; close 1 1000 replaced; dial 2.0 192.0.2.2:80");
    mark.connected("2.0", "2.0 request").accept("2.0", "success 3; open 2").takes("2.0", Some(0), "");
    mark.send(&"y".repeat(40), "").send("", "fail 5 11");
    vec![queue.done(), settled.done(), mark.done()]
}

fn readers() -> Vec<Session> {
    let replaced = "close 1 1000 replaced; dial 2.0 192.0.2.2:80; half-close 1.0; 1.0 close 1000";
    let mut message = Stage::open(
        "fresh/message-under-way",
        &["T2", "G1"],
        "A message that had begun on the old connection does not go on.",
    );
    message.received("1.0", raw(0x01, b"\xe2\x82"), "").connect(OTHER, replaced);
    message.connected("2.0", "2.0 request").accept("2.0", "success 2; open 2");
    message.received("2.0", text("a"), "text 2 a").received(
        "2.0",
        [0x80],
        "error 2 1; close 2 1002 protocol; half-close 2.0; 2.0 close 1002",
    );

    let mut head = Stage::open(
        "fresh/head-under-way",
        &["T2", "G1"],
        "A head that had begun on the old connection does not go on.",
    );
    head.received("1.0", [0x82, 126, 1], "").connect(OTHER, replaced);
    head.connected("2.0", "2.0 request").accept("2.0", "success 2; open 2").received(
        "2.0",
        text("a"),
        "text 2 a",
    );

    let mut answer = Stage::with(
        "fresh/answer-under-way",
        &["T2", "Q5"],
        "Half an answer of the old connection is no part of the new one's, nor of its limit.",
        Settings { response_head_limit: 129, ..Settings::default() },
    );
    answer.connect(URL, "dial 1.0 192.0.2.1:80").connected("1.0", "1.0 request");
    answer.received("1.0", "HTTP/1.1 101 Switching\r\nUpgr", "");
    answer.connect(OTHER, "fail 1 2; close 1 1000 replaced; release 1.0; dial 2.0 192.0.2.2:80");
    answer.connected("2.0", "2.0 request").accept("2.0", "success 2; open 2");
    vec![message.done(), head.done(), answer.done()]
}

/// Behind each way in which a connection may end, the next one opens, hears, answers and sends.
fn after() -> Vec<Session> {
    let mut sessions = Vec::new();
    let mut add = |name: &str, comment: &str, end: &dyn Fn(&mut Stage)| {
        let mut stage = Stage::open(&format!("fresh/after-{name}"), &["T2", "G4"], comment);
        stage.takes("1.0", Some(0), "").send("lost", "").received("1.0", raw(0x02, b"begun"), "");
        end(&mut stage);
        stage
            .connect(OTHER, "dial 2.0 192.0.2.2:80")
            .connected("2.0", "2.0 request")
            .accept("2.0", "success 3; open 2");
        stage.received("2.0", [text("a"), ping(b"p")].concat(), "text 2 a; 2.0 pong p");
        stage.send("x", "success 4; 2.0 text x").ended("2.0", "close 2 1006 abnormal; release 2.0");
        sessions.push(stage.done());
    };
    add("an-end-of-stream", "The stream of the old one ended.", &|stage| {
        stage.ended("1.0", "fail 2 11; close 1 1006 abnormal; release 1.0");
    });
    add("a-reset", "The old one was reset.", &|stage| {
        stage.reset("1.0", "fail 2 11; error 1 1; close 1 1006 abnormal; release 1.0");
    });
    add("a-failed-write", "The old one could not be written.", &|stage| {
        stage.write_failed("1.0", "fail 2 11").time("error 1 1; close 1 1006 abnormal; release 1.0");
    });
    add("a-fault", "A frame of the old one was wrong; its transport lingers.", &|stage| {
        stage.received("1.0", [0x83], "fail 2 11; error 1 1; close 1 1002 protocol");
    });
    add("a-close-frame", "The old one was closed by the server; its transport lingers.", &|stage| {
        stage.received("1.0", [0x88, 0], "fail 2 11; close 1 1005 remote");
    });
    sessions
}
