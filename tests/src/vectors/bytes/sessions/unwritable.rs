//! Transports that take no more: F7.

use super::stage::{Stage, URL};
use super::{Session, Settings};
use crate::peers::frames::{close, ping, text};

/// How it ends while open.
const END: &str = "error 1 1; close 1 1006 abnormal; release 1.0";

pub(super) fn sessions() -> Vec<Session> {
    [open(), received(), closing(), connecting(), elsewhere()].into_iter().flatten().collect()
}

fn stage(name: &str, rules: &[&str], comment: &str) -> Stage {
    Stage::open(&format!("write/{name}"), rules, comment)
}

fn open() -> Vec<Session> {
    let mut fails = stage(
        "sends-fail-at-once",
        &["F7", "C"],
        "Every send that waits fails at once, also the one that is partly out, and so does every later one.",
    );
    fails.takes("1.0", Some(3), "").send("begun", "1.0 part").send("waits", "");
    fails.write_failed("1.0", "fail 2 11; fail 3 11").takes("1.0", None, "").send("later", "fail 4 11");
    fails
        .received("1.0", text("a"), "text 1 a")
        .send("", "fail 5 11")
        .ended("1.0", END)
        .send("x", "fail 6 10");

    let mut reset = stage("reset", &["F7"], "Reading fails as well.");
    reset.write_failed("1.0", "").received("1.0", text("a"), "text 1 a").reset("1.0", END);

    let mut silent = stage(
        "nothing-more-comes",
        &["F7"],
        "Nobody tells an end, but reading brings nothing: then the connection is over.",
    );
    silent.write_failed("1.0", "").received("1.0", text("a"), "text 1 a");
    silent.at(30).received("1.0", text("b"), "text 1 b").at(40).time(END);

    let mut twice = stage("twice", &["F7", "G2"], "What fails, fails once.");
    twice
        .takes("1.0", Some(0), "")
        .send("lost", "")
        .write_failed("1.0", "fail 2 11")
        .write_failed("1.0", "")
        .time(END);

    let mut paused = stage(
        "in-a-pause",
        &["F7", "F6"],
        "In a pause sends fail at once as well. What was received, the Error and the Close wait for its end.",
    );
    paused.pause("").received("1.0", text("a"), "").takes("1.0", Some(0), "").send("lost", "");
    paused
        .write_failed("1.0", "fail 2 11")
        .send("later", "fail 3 11")
        .at(5000)
        .time("")
        .resume("text 1 a")
        .time(END);
    [fails, reset, silent, twice, paused].map(Stage::done).into()
}

/// What the peer sent before is told, and may be an end of its own.
fn received() -> Vec<Session> {
    let mut closed = stage(
        "close-frame",
        &["F7", "F4"],
        "A close frame that was sent before names code and cause. No reply goes out.",
    );
    closed.write_failed("1.0", "").received(
        "1.0",
        close(1001, "going"),
        "close 1 1001 going remote; release 1.0",
    );

    let mut broken =
        stage("fault", &["F7", "F5"], "A frame that is wrong. Nothing lingers where nothing can be written.");
    broken.write_failed("1.0", "").received("1.0", [0x83], "error 1 1; close 1 1002 protocol; release 1.0");

    let mut pinged = stage(
        "ping",
        &["F7", "T5"],
        "A ping cannot be answered, and its pong takes no mask; nor does the close frame, as the next key shows.",
    );
    pinged.write_failed("1.0", "").received("1.0", [ping(b"p"), text("a")].concat(), "text 1 a");
    pinged.connect(URL, "close 1 1000 replaced; release 1.0; dial 2.0 192.0.2.1:80");
    pinged
        .connected("2.0", "2.0 request")
        .accept("2.0", "success 2; open 2")
        .send("x", "success 3; 2.0 text x");
    [closed, broken, pinged].map(Stage::done).into()
}

fn closing() -> Vec<Session> {
    let mut close_behind =
        stage("close", &["F7", "T4"], "closeSocket works as ever. Nothing comes, so it is over.");
    close_behind
        .write_failed("1.0", "")
        .close_with("3001", "bye", "success 2")
        .time("close 1 1006 local; release 1.0");

    let mut answered =
        stage("close-answered", &["F7", "T4"], "A close frame of the peer may come all the same.");
    answered.write_failed("1.0", "").close("success 2").received(
        "1.0",
        close(1000, ""),
        "close 1 1000 local; release 1.0",
    );

    let mut meanwhile =
        stage("while-closing", &["F7", "T6"], "Sends that waited before our close frame fail.");
    meanwhile.takes("1.0", Some(0), "").send("lost", "").close("success 3").write_failed("1.0", "fail 2 11");
    meanwhile.ended("1.0", "close 1 1006 local; release 1.0");

    let mut paused = stage(
        "close-in-a-pause",
        &["F7", "F6"],
        "closeSocket in a pause: reading goes on, and brings nothing.",
    );
    paused
        .pause("")
        .write_failed("1.0", "")
        .time("")
        .close("success 2")
        .time("close 1 1006 local; release 1.0");
    [close_behind, answered, meanwhile, paused].map(Stage::done).into()
}

fn connecting() -> Vec<Session> {
    let upgrading = |name: &str, comment: &str| {
        let mut stage = Stage::new(&format!("write/{name}"), &["F7", "C"], comment);
        stage.connect(URL, "dial 1.0 192.0.2.1:80").connected("1.0", "1.0 request").write_failed("1.0", "");
        stage
    };
    let mut opens = upgrading(
        "while-connecting",
        "The answer may be there all the same. It opens a connection on which nothing can be sent.",
    );
    opens.accept("1.0", "success 1; open 1").send("x", "fail 2 11").received("1.0", text("a"), "text 1 a");
    opens.ended("1.0", END);

    let mut refused = upgrading("refused", "A refusal that is there is told as what it is.");
    refused.received("1.0", "HTTP/1.1 503 Busy\r\n\r\n", "fail 1 8; error 1 8; release 1.0");

    let mut silent =
        upgrading("no-answer", "Nothing is there: the connect fails, without waiting for its timeout.");
    silent.time("fail 1 1; error 1 1; release 1.0");
    [opens, refused, silent].map(Stage::done).into()
}

fn elsewhere() -> Vec<Session> {
    let mut lingers = stage("lingering", &["F7", "F5"], "What lingers and takes no more is released.");
    lingers.takes("1.0", Some(0), "").received("1.0", close(1000, ""), "close 1 1000 remote");
    lingers.write_failed("1.0", "release 1.0").write_failed("1.0", "");

    let settings = Settings { close_timeout_ms: 5000, ..Settings::default() };
    let mut old = Stage::open_with(
        "write/of-the-old",
        &["F7", "G1"],
        "It is the old transport, and the new connection goes on.",
        settings,
    );
    old.connect(
        "ws://192.0.2.2/",
        "close 1 1000 replaced; dial 2.0 192.0.2.2:80; half-close 1.0; 1.0 close 1000",
    );
    old.connected("2.0", "2.0 request").accept("2.0", "success 2; open 2").write_failed("1.0", "release 1.0");
    old.send("x", "success 3; 2.0 text x");
    [lingers, old].map(Stage::done).into()
}
