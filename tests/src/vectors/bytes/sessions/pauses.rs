//! A host that takes no messages for a while: back-pressure (F6, F7, G5).

use super::stage::Stage;
use super::{Keepalive, Session, Settings};
use crate::peers::frames::{close, ping, text};

/// Where the second connection goes.
const OTHER: &str = "ws://192.0.2.2/";

pub(super) fn sessions() -> Vec<Session> {
    [messages(), keepalive(), timers(), ends()].into_iter().flatten().collect()
}

fn messages() -> Vec<Session> {
    let mut held = Stage::open(
        "pause/messages",
        &["F6", "G5"],
        "In a pause nothing is read, so nothing is told, no ping is answered, and sends go on. Then all comes in order.",
    );
    held.pause("").received("1.0", [text("a"), ping(b"p")].concat(), "").send("x", "success 2; 1.0 text x");
    held.received("1.0", text("b"), "").resume("text 1 a; text 1 b; 1.0 pong p");
    held.received("1.0", text("c"), "text 1 c");

    let mut twice = Stage::open("pause/twice", &["F6"], "A pause in a pause is none more.");
    twice.resume("").pause("").pause("").received("1.0", text("a"), "").resume("text 1 a").resume("");

    let mut glued = Stage::new(
        "pause/before-it-opens",
        &["F6", "S1"],
        "A pause from before the connect: what opens it is told, the message behind the head waits.",
    );
    glued.pause("").connect(OTHER, "dial 1.0 192.0.2.2:80").connected("1.0", "1.0 request");
    glued.accept_with("1.0", "", &text("a"), "success 1; open 1").resume("text 1 a");
    vec![held.done(), twice.done(), glued.done()]
}

fn keepalive() -> Vec<Session> {
    let keepalive = Some(Keepalive { interval_ms: 1000, timeout_ms: 400 });
    let open = |name: &str, comment: &str| {
        let settings = Settings { keepalive, ..Settings::default() };
        Stage::open_with(&format!("pause/{name}"), &["F6"], comment, settings)
    };
    let mut rests =
        open("keepalive-rests", "No ping goes out in a pause, and the interval counts from its end.");
    rests.at(500).pause("").at(1020).time("").at(5000).time("").at(6000).resume("");
    rests.at(6999).time("").at(7000).time("1.0 ping");

    let mut asked =
        open("pong-awaited-no-more", "A pong that was awaited when the pause began is awaited no more.");
    asked
        .at(1020)
        .time("1.0 ping")
        .at(1100)
        .pause("")
        .at(1420)
        .time("")
        .at(2000)
        .resume("")
        .at(2400)
        .time("");
    asked
        .at(2999)
        .time("")
        .at(3000)
        .time("1.0 ping")
        .at(3400)
        .time("error 1 6; close 1 1006 timeout; release 1.0");

    let mut none =
        open("resume-without-a-pause", "Where there was no pause, none ends: the interval goes on.");
    none.at(500).resume("").at(1020).time("1.0 ping").at(1100).resume("");
    none.at(1420).time("error 1 6; close 1 1006 timeout; release 1.0");
    vec![rests.done(), asked.done(), none.done()]
}

/// A pause is one of messages, and of keepalive. Every other timer runs on.
fn timers() -> Vec<Session> {
    let addresses = ["192.0.2.1", "192.0.2.2"];
    let settings = || Settings { connect_timeout_ms: 700, close_timeout_ms: 300, ..Settings::default() };
    let mut dialling = Stage::with(
        "pause/dialling",
        &["F6", "T7", "T2"],
        "In a pause the next address is dialled, and the connect timeout counts.",
        settings(),
    )
    .flag("dialling");
    dialling.pause("").connect("ws://h/", "resolve 1 h:80").resolved(1, &addresses, "dial 1.0 192.0.2.1:80");
    dialling.at(250).time("dial 1.1 192.0.2.2:80");
    dialling.at(700).time("fail 1 6; error 1 6; release 1.0; release 1.1");

    let mut closing = Stage::open_with(
        "pause/close-timeout",
        &["F6", "T4"],
        "In a pause the close timeout counts.",
        settings(),
    );
    closing.pause("").at(100).close("success 2; 1.0 close 1000").at(399).time("");
    closing.at(400).time("close 1 1006 local; release 1.0");

    let mut lingers = Stage::open_with(
        "pause/linger",
        &["F6", "F5"],
        "In a pause what lingers is released in time.",
        settings(),
    );
    lingers.at(100).received("1.0", close(1000, ""), "close 1 1000 remote; half-close 1.0; 1.0 close 1000");
    lingers.pause("").at(399).time("").at(400).time("release 1.0");
    [dialling, closing, lingers].map(Stage::done).into()
}

fn ends() -> Vec<Session> {
    let paused = |name: &str, rules: &[&str], comment: &str| {
        let mut stage = Stage::open(&format!("pause/{name}"), rules, comment);
        stage.pause("").received("1.0", text("a"), "");
        stage
    };
    let mut ended = paused(
        "end-of-stream",
        &["F6", "C"],
        "What came before the end is told before it, when the pause is over.",
    );
    ended.ended("1.0", "").resume("text 1 a; close 1 1006 abnormal; release 1.0");

    let mut reset = paused("reset", &["F6", "C"], "The same with an error.");
    reset.reset("1.0", "").resume("text 1 a; error 1 1; close 1 1006 abnormal; release 1.0");

    let mut broken = paused("fault", &["F6", "F1"], "What is wrong is found when it is read.");
    broken
        .received("1.0", [0x83], "")
        .resume("text 1 a; error 1 1; close 1 1002 protocol; half-close 1.0; 1.0 close 1002");

    let mut closed = paused(
        "close",
        &["F6", "T6"],
        "closeSocket works in a pause. Messages are dropped then, so reading goes on.",
    );
    closed
        .received("1.0", close(3001, "bye"), "")
        .close("success 2; close 1 3001 bye local; half-close 1.0; 1.0 close 1000");
    closed.resume("");

    let mut replaced = paused(
        "replaced",
        &["F6", "T2"],
        "A connect works in a pause. What was held back of the old connection is dropped.",
    );
    replaced.connect(OTHER, "close 1 1000 replaced; dial 2.0 192.0.2.2:80; half-close 1.0; 1.0 close 1000");
    replaced.connected("2.0", "2.0 request").accept("2.0", "success 2; open 2").received(
        "2.0",
        text("b"),
        "",
    );
    replaced.ended("1.0", "release 1.0").resume("text 2 b");
    [ended, reset, broken, closed, replaced].map(Stage::done).into()
}
