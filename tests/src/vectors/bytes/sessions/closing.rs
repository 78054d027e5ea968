//! closeSocket: sequence 5, and what may come while a connection closes.

use super::stage::{Stage, URL};
use super::{Session, Settings};
use crate::peers::frames::{close, frame, head, ping, raw, text};

pub(super) fn sessions() -> Vec<Session> {
    [connecting(), handshake(), otherwise(), meanwhile()].into_iter().flatten().collect()
}

fn connecting() -> Vec<Session> {
    let rules = ["T4", "G1", "G3", "C"];
    let mut upgrading = Stage::new("close/upgrading", &rules, "Sequence 5: the late 101 is swallowed.");
    upgrading.connect(URL, "dial 1.0 192.0.2.1:80").connected("1.0", "1.0 request");
    upgrading
        .close("success 2; fail 1 1; close 1 1000 local; release 1.0")
        .accept("1.0", "")
        .at(60_000)
        .time("");

    let mut dialling = Stage::new("close/dialling", &rules, "Sequence 5, earlier.");
    dialling.connect(URL, "dial 1.0 192.0.2.1:80").close_with(
        "3000",
        "no",
        "success 2; fail 1 1; close 1 3000 no local; release 1.0",
    );
    dialling.connected("1.0", "");

    let mut resolving = Stage::new("close/resolving", &rules, "Sequence 5, earlier still.");
    resolving.connect("ws://h/", "resolve 1 h:80").close("success 2; fail 1 1; close 1 1000 local").resolved(
        1,
        &["192.0.2.1"],
        "",
    );

    let settings = Settings { settle: "on-accept".to_owned(), ..Settings::default() };
    let mut early = Stage::with(
        "close/connecting-on-accept",
        &["S2", "G3"],
        "Its connect has succeeded already.",
        settings,
    );
    early
        .connect(URL, "success 1; dial 1.0 192.0.2.1:80")
        .close("success 2; close 1 1000 local; release 1.0");

    let mut partly = Stage::new(
        "close/request-partly-out",
        &["T4", "F5"],
        "While connecting nothing lingers, though the request is partly out: the rest of it is not sent.",
    );
    partly.connect(URL, "dial 1.0 192.0.2.1:80").takes("1.0", Some(5), "").connected("1.0", "1.0 part");
    partly.close("success 2; fail 1 1; close 1 1000 local; release 1.0").takes("1.0", None, "");
    [upgrading, dialling, resolving, early, partly].map(Stage::done).into()
}

fn handshake() -> Vec<Session> {
    let mut sessions = Vec::new();
    for (name, reply, told) in [
        ("same-code", close(3001, "bye"), "close 1 3001 bye local"),
        ("other-code", close(1001, "going"), "close 1 1001 going local"),
        ("empty", frame(8, b""), "close 1 1005 local"),
    ] {
        let mut stage = Stage::open(
            &format!("close/answered-{name}"),
            &["C", "F5"],
            "The Close tells the peer's code and reason.",
        );
        stage.close_with("3001", "bye", "success 2; 1.0 close 3001 bye");
        stage.received("1.0", reply, &format!("{told}; half-close 1.0")).ended("1.0", "release 1.0");
        sessions.push(stage.done());
    }
    let mut behind = Stage::open(
        "close/behind-messages",
        &["T4", "T6"],
        "The close frame stands behind what is queued, which may still succeed.",
    );
    behind.takes("1.0", Some(0), "").send("first", "").close("success 3").takes(
        "1.0",
        None,
        "success 2; 1.0 text first; 1.0 close 1000",
    );
    behind.received("1.0", close(1000, ""), "close 1 1000 local; half-close 1.0");

    let mut twice = Stage::open("close/twice", &["T4"], "The second one succeeds, too, and sends nothing.");
    twice
        .close_with("3001", "one", "success 2; 1.0 close 3001 one")
        .close_with("3002", "two", "success 3")
        .close_with("1", "", "fail 4 1");
    twice.received("1.0", close(3001, ""), "close 1 3001 local; half-close 1.0");

    let mut both = Stage::open(
        "close/both-at-once",
        &["T6"],
        "Both sides close: what is seen first here names the cause.",
    );
    both.takes("1.0", Some(0), "").close("success 2").received(
        "1.0",
        close(1001, "me too"),
        "close 1 1001 me too local",
    );
    both.takes("1.0", None, "half-close 1.0; 1.0 close 1000").ended("1.0", "release 1.0");
    sessions.extend([behind.done(), twice.done(), both.done()]);
    sessions
}

fn otherwise() -> Vec<Session> {
    let mut silent = Stage::open(
        "close/timeout",
        &["T4", "C"],
        "No close frame comes within the close timeout: nothing more is waited for.",
    );
    silent.at(1000).close_with("3001", "bye", "success 2; 1.0 close 3001 bye").at(10_999).time("");
    silent.at(11_000).time("close 1 1006 local; release 1.0").received("1.0", close(3001, ""), "");

    let mut ended =
        Stage::open("close/ended", &["C", "F5"], "The stream ends without a close frame: no Error.");
    ended.close("success 2; 1.0 close 1000").ended("1.0", "close 1 1006 local; release 1.0");

    let mut reset = Stage::open("close/reset", &["C", "F5"], "The connection is reset: no Error either.");
    reset.close("success 2; 1.0 close 1000").reset("1.0", "close 1 1006 local; release 1.0");

    let mut broken = Stage::open(
        "close/violation",
        &["T6", "C"],
        "A frame that is wrong: no Error, and no second close frame.",
    );
    broken.close("success 2; 1.0 close 1000").received(
        "1.0",
        [0x81, 0x80],
        "close 1 1006 local; half-close 1.0",
    );

    let mut pending =
        Stage::open("close/pending-sends", &["T1", "C"], "Sends that are not out when it ends fail.");
    pending
        .at(1000)
        .takes("1.0", Some(0), "")
        .send("lost", "")
        .close("success 3")
        .at(11_000)
        .time("fail 2 11; close 1 1006 local; release 1.0");
    vec![silent.done(), ended.done(), reset.done(), broken.done(), pending.done()]
}

fn meanwhile() -> Vec<Session> {
    let mut dropped = Stage::open(
        "close/messages-dropped",
        &["T6", "F4"],
        "Messages are dropped, whatever their text, and pings are not answered.",
    );
    dropped.close("success 2; 1.0 close 1000").received(
        "1.0",
        [text("late"), ping(b"p"), raw(0x81, b"\xff")].concat(),
        "",
    );
    dropped.received("1.0", [head(0x82, 200), vec![0; 200]].concat(), "").received(
        "1.0",
        close(1000, ""),
        "close 1 1000 local; half-close 1.0",
    );

    let mut fragments =
        Stage::open("close/inside-a-message", &["T6"], "A message that had begun is dropped, too.");
    fragments.received("1.0", raw(0x01, b"a"), "").close("success 2; 1.0 close 1000");
    fragments.received(
        "1.0",
        [raw(0x80, b"b"), close(1000, "")].concat(),
        "close 1 1000 local; half-close 1.0",
    );

    let settings = Settings { close_timeout_ms: 300, ..Settings::default() };
    let mut short = Stage::open_with(
        "close/timeout-set",
        &["D"],
        "A timeout that is set, for the wait and for lingering.",
        settings,
    );
    short
        .at(100)
        .close("success 2; 1.0 close 1000")
        .at(399)
        .time("")
        .at(400)
        .time("close 1 1006 local; release 1.0");
    short
        .connect(URL, "dial 2.0 192.0.2.1:80")
        .connected("2.0", "2.0 request")
        .accept("2.0", "success 3; open 2");
    short
        .at(500)
        .received("2.0", close(1000, ""), "close 2 1000 remote; half-close 2.0; 2.0 close 1000")
        .at(799)
        .time("");
    short.at(800).time("release 2.0");
    vec![dropped.done(), fragments.done(), short.done()]
}
