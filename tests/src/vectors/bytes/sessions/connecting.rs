//! From connect to open, and what comes between: sequences 1, 5, 7, 8 and 12.

use super::stage::{Stage, URL};
use super::{Session, Settings};
use crate::peers::frames::{binary, close, ping, text};

pub(super) fn sessions() -> Vec<Session> {
    [plain(), dialling(), timeouts(), answers(), glued()].into_iter().flatten().collect()
}

fn plain() -> Vec<Session> {
    let mut address = Stage::new(
        "connect/address",
        &["S1", "G2", "G3"],
        "Sequence 1: nothing closes until somebody closes.",
    );
    address.connect(URL, "dial 1.0 192.0.2.1:80").at(10).connected("1.0", "1.0 request");
    address.at(20).accept("1.0", "success 1; open 1").at(100_000).time("");

    let mut name = Stage::new("connect/name", &["S1", "Q4"], "A name is looked up first.");
    name.connect("ws://b\u{fc}cher.example:8080/p?q", "resolve 1 xn--bcher-kva.example:8080");
    name.at(5).resolved(1, &["2001:db8::1"], "dial 1.0 [2001:db8::1]:8080");
    name.at(10).connected("1.0", "1.0 request").at(20).accept("1.0", "success 1; open 1");

    let mut told = Stage::new("connect/what-open-tells", &["U2", "U4", "Q3"], "Subprotocol and headers.");
    told.connect_with(
        URL,
        r#"{"Sec-WebSocket-Protocol":"v2","Cookie":"a=b"}"#,
        r#"["v1"]"#,
        "dial 1.0 192.0.2.1:80",
    );
    told.connected("1.0", "1.0 request");
    let lines = "Sec-WebSocket-Protocol: v1\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n";
    told.accept_with("1.0", lines, b"", "success 1; open 1 v1");

    let mut named = Stage::new(
        "connect/subprotocol-as-named",
        &["U4", "Q3"],
        "A subprotocol is told in its own letter case.",
    );
    named
        .connect_with(URL, "null", r#"["Chat.V2"]"#, "dial 1.0 192.0.2.1:80")
        .connected("1.0", "1.0 request");
    named.accept_with("1.0", "Sec-WebSocket-Protocol: Chat.V2\r\n", b"", "success 1; open 1 Chat.V2");

    let early_set = || Settings { settle: "on-accept".to_owned(), ..Settings::default() };
    let mut early = Stage::with(
        "connect/on-accept",
        &["S2"],
        "Success as soon as the parameters are right.",
        early_set(),
    );
    early
        .connect(URL, "success 1; dial 1.0 192.0.2.1:80")
        .connected("1.0", "1.0 request")
        .accept("1.0", "open 1");

    let comment = "What happens later is told by events alone.";
    let mut early_failing = Stage::with("connect/on-accept-fails", &["S2", "G3"], comment, early_set());
    early_failing.connect(URL, "success 1; dial 1.0 192.0.2.1:80").refused("1.0", "error 1 1");
    early_failing.connect("test.php", "fail 2 4");
    vec![address.done(), name.done(), told.done(), named.done(), early.done(), early_failing.done()]
}

fn dialling() -> Vec<Session> {
    let new = |id: &str, comment: &str| Stage::new(id, &["T7"], comment).flag("dialling");
    let mut staggered =
        new("dial/staggered", "An address that takes long is not awaited; the first to connect wins.");
    staggered.connect("ws://h/", "resolve 1 h:80");
    staggered.resolved(1, &["2001:db8::1", "2001:db8::2", "192.0.2.1"], "dial 1.0 [2001:db8::1]:80");
    staggered
        .at(249)
        .time("")
        .at(250)
        .time("dial 1.1 192.0.2.1:80")
        .at(500)
        .time("dial 1.2 [2001:db8::2]:80");
    staggered.at(600).connected("1.1", "release 1.0; release 1.2; 1.1 request");
    staggered.at(610).connected("1.0", "").accept("1.1", "success 1; open 1");

    let mut next = new("dial/refused", "A refusal moves on at once; the last one fails.");
    next.connect("ws://h/", "resolve 1 h:80");
    next.resolved(1, &["192.0.2.1", "192.0.2.2"], "dial 1.0 192.0.2.1:80")
        .at(10)
        .refused("1.0", "dial 1.1 192.0.2.2:80");
    next.at(20).refused("1.1", "fail 1 1; error 1 1");

    let comment = "At most eight are tried at a time: a ninth takes the place of the oldest.";
    let mut ninth = new("dial/ninth", comment);
    let addresses: Vec<String> = (1..=9).map(|last| format!("192.0.2.{last}")).collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    ninth.connect("ws://h/", "resolve 1 h:80").resolved(1, &addresses, "dial 1.0 192.0.2.1:80");
    for attempt in 1..8_u64 {
        ninth.at(attempt * 250).time(&format!("dial 1.{attempt} 192.0.2.{}:80", attempt + 1));
    }
    ninth.at(2000).time("release 1.0; dial 1.8 192.0.2.9:80").at(2010).connected("1.0", "");
    let losers: Vec<String> = (1..8).map(|attempt| format!("release 1.{attempt}")).collect();
    ninth.at(2020).connected("1.8", &format!("{}; 1.8 request", losers.join("; ")));

    let mut scope =
        new("dial/scope", "An address is dialled with its scope, and another scope is another address.");
    scope.connect("ws://h/", "resolve 1 h:80");
    scope
        .resolved(1, &["fe80::1%2", "fe80::1%3", "fe80::1%2"], "dial 1.0 [fe80::1%2]:80")
        .refused("1.0", "dial 1.1 [fe80::1%3]:80")
        .refused("1.1", "fail 1 1; error 1 1");

    let mut none = Stage::new("dial/not-found", &["C"], "A name that is not found.");
    none.connect("ws://h/", "resolve 1 h:80").not_found(1, "fail 1 1; error 1 1");

    let mut empty = Stage::new("dial/no-address", &["C"], "A name without an address.");
    empty.connect("ws://h/", "resolve 1 h:80").resolved(1, &[], "fail 1 1; error 1 1");
    vec![staggered.done(), next.done(), ninth.done(), scope.done(), none.done(), empty.done()]
}

fn timeouts() -> Vec<Session> {
    let rules = ["T2", "C", "G4"];
    let mut resolving =
        Stage::new("timeout/resolving", &rules, "Sequence 7: no address within the connect timeout.");
    resolving.connect("ws://h/", "resolve 1 h:80").at(59_999).time("").at(60_000).time("fail 1 6; error 1 6");
    resolving.at(60_001).resolved(1, &["192.0.2.1"], "").connect(URL, "dial 2.0 192.0.2.1:80");

    let mut dialling = Stage::new("timeout/dialling", &rules, "Sequence 7: no socket.");
    dialling.connect(URL, "dial 1.0 192.0.2.1:80").at(59_999).time("");
    dialling
        .at(60_000)
        .time("fail 1 6; error 1 6; release 1.0")
        .connected("1.0", "")
        .connect(URL, "dial 2.0 192.0.2.1:80");

    let mut upgrade =
        Stage::new("timeout/upgrade", &rules, "Sequence 7: no answer, however much of it came.");
    upgrade.connect(URL, "dial 1.0 192.0.2.1:80").at(10_000).connected("1.0", "1.0 request");
    upgrade.at(59_999).received("1.0", "HTTP/1.1 101 \r\nUpgrade: web", "");
    upgrade.at(60_000).time("fail 1 6; error 1 6; release 1.0");

    let mut all =
        Stage::new("timeout/one-for-all-phases", &rules, "One timeout from the call on, over all phases.");
    all.connect("ws://h/", "resolve 1 h:80").at(20_000).resolved(1, &["192.0.2.1"], "dial 1.0 192.0.2.1:80");
    all.at(40_000).connected("1.0", "1.0 request").at(60_000).time("fail 1 6; error 1 6; release 1.0");

    let settings = Settings { connect_timeout_ms: 500, ..Settings::default() };
    let mut short = Stage::with("timeout/set", &["D"], "A timeout that is set.", settings);
    short
        .at(100)
        .connect(URL, "dial 1.0 192.0.2.1:80")
        .at(599)
        .time("")
        .at(600)
        .time("fail 1 6; error 1 6; release 1.0");

    let mut open = Stage::open("timeout/not-once-open", &rules, "An open connection has no such timeout.");
    open.at(60_000).time("").at(1_000_000).time("").send("hi", "success 2; 1.0 text hi");
    vec![resolving.done(), dialling.done(), upgrade.done(), all.done(), short.done(), open.done()]
}

fn answers() -> Vec<Session> {
    let upgrading = |id: &str, rules: &[&str], comment: &str| {
        let mut stage = Stage::new(id, rules, comment);
        stage.connect(URL, "dial 1.0 192.0.2.1:80").connected("1.0", "1.0 request");
        stage
    };
    let mut sessions = Vec::new();
    for (name, rule, comment, answer, code) in [
        (
            "status-503",
            "U1",
            "Sequence 8: another status.",
            "HTTP/1.1 503 Busy\r\nContent-Length: 9\r\n\r\n",
            8,
        ),
        ("malformed", "U2", "No HTTP/1.1.", "SSH-2.0-x\r\n", 8),
        (
            "wrong-accept",
            "U3",
            "Sequence 8: the answer to another key.",
            "HTTP/1.1 101 \r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n",
            8,
        ),
    ] {
        let mut stage = upgrading(&format!("answer/{name}"), &[rule, "C"], comment);
        stage.received("1.0", answer, &format!("fail 1 {code}; error 1 {code}; release 1.0"));
        sessions.push(stage.done());
    }
    let mut unasked = upgrading(
        "answer/subprotocol-unasked",
        &["U4", "C"],
        "Sequence 8: a subprotocol, though none was offered.",
    );
    unasked.accept_with("1.0", "Sec-WebSocket-Protocol: chat\r\n", b"", "fail 1 9; error 1 9; release 1.0");

    let mut ended = upgrading("answer/ends", &["U2", "C"], "The stream ends inside the head.");
    ended.received("1.0", "HTTP/1.1 503 Busy\r\n", "").ended("1.0", "fail 1 1; error 1 1; release 1.0");

    let mut reset = upgrading("answer/reset", &["C"], "The connection is reset before it is open.");
    reset.reset("1.0", "fail 1 1; error 1 1; release 1.0");

    let settings = Settings { response_head_limit: 100, ..Settings::default() };
    let mut long = Stage::with("answer/too-long", &["Q5", "C"], "The head is over its limit.", settings);
    long.connect(URL, "dial 1.0 192.0.2.1:80").connected("1.0", "1.0 request");
    long.accept("1.0", "fail 1 12; error 1 12; release 1.0");
    sessions.extend([unasked.done(), ended.done(), reset.done(), long.done()]);
    sessions
}

fn glued() -> Vec<Session> {
    let upgrading = |id: &str, rules: &[&str], comment: &str| {
        let mut stage = Stage::new(id, rules, comment);
        stage.connect(URL, "dial 1.0 192.0.2.1:80").connected("1.0", "1.0 request");
        stage
    };
    let mut messages = upgrading(
        "glued/messages",
        &["G5", "U6"],
        "Sequence 12: frames that come with the head are told behind Open.",
    );
    messages.accept_with(
        "1.0",
        "",
        &[text("a"), binary(&[1]), text("")].concat(),
        "success 1; open 1; text 1 a; binary 1 01; text 1",
    );

    let mut pinged = upgrading("glued/ping", &["T5"], "A ping, too, is answered.");
    pinged.accept_with(
        "1.0",
        "",
        &[ping(b"x"), text("a")].concat(),
        "success 1; open 1; text 1 a; 1.0 pong x",
    );

    let mut closed = upgrading("glued/close", &["G3", "F4"], "Open, and closed at once.");
    closed.accept_with(
        "1.0",
        "",
        &[text("bye"), close(1001, "going")].concat(),
        "success 1; open 1; text 1 bye; close 1 1001 going remote; half-close 1.0; 1.0 close 1001",
    );

    let mut broken = upgrading("glued/violation", &["F1"], "A frame that is wrong.");
    broken.accept_with(
        "1.0",
        "",
        &[0x81, 0x80],
        "success 1; open 1; error 1 1; close 1 1002 protocol; half-close 1.0; 1.0 close 1002",
    );
    vec![messages.done(), pinged.done(), closed.done(), broken.done()]
}
