//! Calls that are refused, and that nothing else comes of: sequences 4 and 9, V4 and V5.

use super::stage::{Stage, URL};
use super::{Session, Settings};
use crate::peers::frames::{close, text};

pub(super) fn sessions() -> Vec<Session> {
    [refused_connects(), policies(), refused_sends(), refused_closes()].into_iter().flatten().collect()
}

fn refused_connects() -> Vec<Session> {
    let mut open = Stage::open(
        "refused/while-open",
        &["S4", "V1", "V2", "V3", "V6"],
        "Sequence 4: the connection goes on.",
    );
    open.connect_null("fail 2 3").connect("test.php", "fail 3 4").connect("http://h", "fail 4 5");
    open.connect_with(URL, r#"{"a b":""}"#, "null", "fail 5 1").connect_with(
        URL,
        "null",
        r#"["a b"]"#,
        "fail 6 1",
    );
    open.send("hi", "success 7; 1.0 text hi").received("1.0", text("hi"), "text 1 hi");

    let mut idle = Stage::new("refused/while-idle", &["S4"], "Nothing begins.");
    idle.connect("", "fail 1 3")
        .connect("ws://h#", "fail 2 4")
        .connect("ftp://h", "fail 3 5")
        .at(60_000)
        .time("");

    let mut connecting =
        Stage::new("refused/while-connecting", &["S4"], "The connect that is there goes on.");
    connecting.connect(URL, "dial 1.0 192.0.2.1:80").connect("", "fail 2 3").connected("1.0", "1.0 request");
    connecting.connect("test.php", "fail 3 4").accept("1.0", "success 1; open 1");

    let mut early = Stage::with(
        "refused/on-accept",
        &["S4"],
        "Refused at once in this mode, too.",
        Settings { settle: "on-accept".to_owned(), ..Settings::default() },
    );
    early.connect("http://h", "fail 1 5");
    vec![open.done(), idle.done(), connecting.done(), early.done()]
}

fn policies() -> Vec<Session> {
    let reject = || Settings { on_existing: "reject".to_owned(), ..Settings::default() };
    let mut kept = Stage::with(
        "policy/reject",
        &["V5", "S4"],
        "The session keeps the connection that it has, in every state.",
        reject(),
    );
    kept.connect(URL, "dial 1.0 192.0.2.1:80")
        .connect(URL, "fail 2 2")
        .connected("1.0", "1.0 request")
        .accept("1.0", "success 1; open 1");
    kept.connect(URL, "fail 3 2").close("success 4; 1.0 close 1000").connect(URL, "fail 5 2");
    kept.received("1.0", close(1000, ""), "close 1 1000 local; half-close 1.0")
        .connect(URL, "dial 2.0 192.0.2.1:80");

    let mut order = Stage::open_with(
        "policy/reject-order",
        &["V1", "V2", "V3", "V5", "V6"],
        "Behind the url's checks, before those of the other parameters.",
        reject(),
    );
    order.connect("", "fail 2 3").connect("ws://h:0", "fail 3 4").connect("http://h", "fail 4 5");
    order.connect_with(URL, r#"{"a b":""}"#, "null", "fail 5 2");

    let settings = Settings { require_wss: true, on_existing: "reject".to_owned(), ..Settings::default() };
    let mut secure = Stage::with("policy/require-wss", &["V4"], "ws is refused.", settings);
    secure.connect(URL, "fail 1 8").connect("http://h", "fail 2 5").connect("ws://h#", "fail 3 4");

    let settings = Settings { request_head_limit: 100, ..Settings::default() };
    let mut long =
        Stage::with("policy/request-head-limit", &["V6"], "The request would be too long.", settings);
    long.connect(URL, "fail 1 1");
    vec![kept.done(), order.done(), secure.done(), long.done()]
}

fn refused_sends() -> Vec<Session> {
    let mut all = Stage::new("send/not-open", &["C", "T6"], "Sequence 9: 10 in every state but open.");
    all.send("idle", "fail 1 10").connect(URL, "dial 1.0 192.0.2.1:80").send("connecting", "fail 3 10");
    all.connected("1.0", "1.0 request").send("upgrading", "fail 4 10").accept("1.0", "success 2; open 1");
    all.close("success 5; 1.0 close 1000")
        .send("closing", "fail 6 10")
        .send_buffer("not base64", "fail 7 10");
    all.received("1.0", close(1000, ""), "close 1 1000 local; half-close 1.0").send("closed", "fail 8 10");

    let mut failed = Stage::new("send/after-failure", &["C"], "Sequence 9: after a failure.");
    failed.connect(URL, "dial 1.0 192.0.2.1:80").refused("1.0", "fail 1 1; error 1 1").send("x", "fail 2 10");

    let mut between = Stage::open("send/between", &["C"], "Sequence 9: between replacement and opening.");
    between
        .connect(URL, "close 1 1000 replaced; dial 2.0 192.0.2.1:80; half-close 1.0; 1.0 close 1000")
        .send("x", "fail 3 10");

    let mut wrong = Stage::open(
        "send/invalid",
        &["C", "L"],
        "What is no message fails with 11, and nothing else happens.",
    );
    wrong
        .send_buffer("aGk", "fail 2 11")
        .send_buffer("-_8=", "fail 3 11")
        .send_buffer("aGk=", "success 4; 1.0 binary 6869");
    vec![all.done(), failed.done(), between.done(), wrong.done()]
}

fn refused_closes() -> Vec<Session> {
    let mut open = Stage::open(
        "close/invalid",
        &["T4"],
        "A close that cannot be sent fails, and the connection goes on.",
    );
    open.close_with("1001", "", "fail 2 1")
        .close_with(r#""1000""#, "", "fail 3 1")
        .close_with("1000.5", "", "fail 4 1");
    open.close_with("null", &"r".repeat(124), "fail 5 1")
        .send("still open", "success 6; 1.0 text still open");

    let mut idle = Stage::new("close/idle", &["T4"], "Nothing to close: success, and no event.");
    idle.close("success 1").close_with("1001", "", "fail 2 1").close_with("4999", "r", "success 3");
    vec![open.done(), idle.done()]
}
