//! Which address is dialled when: T, RFC 8305.

use super::stage::Stage;
use super::{Session, Settings};

pub(super) fn sessions() -> Vec<Session> {
    [order(), refusals(), late(), eight(), ends(), reports()].into_iter().flatten().collect()
}

fn new(id: &str, comment: &str) -> Stage {
    Stage::new(id, &["T7"], comment).flag("dialling")
}

fn order() -> Vec<Session> {
    let mut first =
        new("dial/family-of-the-first", "The families take turns, beginning with that of the first address.");
    first.connect("ws://h/", "resolve 1 h:80");
    first.resolved(
        1,
        &["192.0.2.1", "192.0.2.2", "2001:db8::1", "192.0.2.3", "2001:db8::2"],
        "dial 1.0 192.0.2.1:80",
    );
    first.at(250).time("dial 1.1 [2001:db8::1]:80").at(500).time("dial 1.2 192.0.2.2:80");
    first.at(750).time("dial 1.3 [2001:db8::2]:80").at(1000).time("dial 1.4 192.0.2.3:80");

    let mut other = new("dial/more-of-the-other-family", "When one family is through, the other goes on.");
    other.connect("ws://h/", "resolve 1 h:80");
    other.resolved(1, &["192.0.2.1", "2001:db8::1", "2001:db8::2", "2001:db8::3"], "dial 1.0 192.0.2.1:80");
    other.at(250).time("dial 1.1 [2001:db8::1]:80").at(500).time("dial 1.2 [2001:db8::2]:80");
    other.at(750).time("dial 1.3 [2001:db8::3]:80");

    let mut repeated = new(
        "dial/repeated-before-turns",
        "What is repeated is left out before the families take turns, so it takes nobody's turn.",
    );
    repeated.connect("ws://h/", "resolve 1 h:80");
    let addresses = ["192.0.2.1", "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"];
    repeated.resolved(1, &addresses, "dial 1.0 192.0.2.1:80").refused("1.0", "dial 1.1 [2001:db8::1]:80");
    repeated.refused("1.1", "dial 1.2 192.0.2.2:80").refused("1.2", "dial 1.3 [2001:db8::2]:80");

    let mut literal =
        Stage::new("dial/address-of-ipv6", &["T7", "Q4"], "An address in a url needs no look-up.");
    literal.connect("ws://[2001:DB8::0:1]:81/", "dial 1.0 [2001:db8::1]:81");

    let mut digits =
        Stage::new("dial/name-of-digits", &["T7", "Q4"], "A name that begins with a digit is a name.");
    digits.connect("ws://1a.example/", "resolve 1 1a.example:80");
    [first, other, repeated, literal, digits].map(Stage::done).into()
}

fn refusals() -> Vec<Session> {
    let addresses = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];
    let mut restarts =
        new("dial/refusal-restarts-the-wait", "The wait for the next address counts from the last dial.");
    restarts.connect("ws://h/", "resolve 1 h:80").resolved(1, &addresses, "dial 1.0 192.0.2.1:80");
    restarts.at(200).refused("1.0", "dial 1.1 192.0.2.2:80").at(250).time("").at(449).time("");
    restarts.at(450).time("dial 1.2 192.0.2.3:80");

    let mut late = new(
        "dial/late-timer",
        "The wait counts from the dial, not from when it was due: no burst behind a pause.",
    );
    late.connect("ws://h/", "resolve 1 h:80").resolved(1, &addresses, "dial 1.0 192.0.2.1:80");
    late.at(900).time("dial 1.1 192.0.2.2:80").at(1149).time("").at(1150).time("dial 1.2 192.0.2.3:80");

    let mut looked_up =
        new("dial/look-up-takes-time", "The wait counts from the first dial, not from the call.");
    looked_up.connect("ws://h/", "resolve 1 h:80").at(700).resolved(1, &addresses, "dial 1.0 192.0.2.1:80");
    looked_up.at(949).time("").at(950).time("dial 1.1 192.0.2.2:80");

    let mut other = new("dial/one-refused-another-runs", "The connection fails with its last attempt.");
    other.connect("ws://h/", "resolve 1 h:80").resolved(1, &addresses[..2], "dial 1.0 192.0.2.1:80");
    other.at(250).time("dial 1.1 192.0.2.2:80").at(300).refused("1.0", "").refused("1.0", "");
    other.at(400).connected("1.1", "1.1 request").accept("1.1", "success 1; open 1");
    vec![restarts.done(), late.done(), looked_up.done(), other.done()]
}

fn late() -> Vec<Session> {
    let mut over =
        new("dial/over-once-one-connects", "No further address is dialled behind the one that connects.");
    over.connect("ws://h/", "resolve 1 h:80");
    over.resolved(1, &["192.0.2.1", "192.0.2.2"], "dial 1.0 192.0.2.1:80");
    over.at(100).connected("1.0", "1.0 request").at(250).time("").at(300).accept("1.0", "success 1; open 1");

    let mut twice =
        new("dial/second-answer", "A look-up is answered once; what comes behind it is late (G1).");
    twice.connect("ws://h/", "resolve 1 h:80").resolved(1, &["192.0.2.1"], "dial 1.0 192.0.2.1:80");
    twice.resolved(1, &["192.0.2.2"], "").not_found(1, "").connected("1.0", "1.0 request").not_found(1, "");

    let settings = Settings { connect_timeout_ms: 250, ..Settings::default() };
    let mut timeout = Stage::with(
        "dial/not-at-the-timeout",
        &["T7", "T2"],
        "When the next dial and the connect timeout are due at once, the connection is over.",
        settings,
    )
    .flag("dialling");
    timeout.connect("ws://h/", "resolve 1 h:80").resolved(
        1,
        &["192.0.2.1", "192.0.2.2"],
        "dial 1.0 192.0.2.1:80",
    );
    timeout.at(250).time("fail 1 6; error 1 6; release 1.0").at(500).time("").refused("1.0", "");
    vec![over.done(), twice.done(), timeout.done()]
}

/// Addresses of documentation, from the first on.
fn many(count: u32) -> Vec<String> {
    (1..=count).map(|last| format!("192.0.2.{last}")).collect()
}

fn resolve(stage: &mut Stage, addresses: &[String]) {
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    stage.connect("ws://h/", "resolve 1 h:80").resolved(1, &addresses, "dial 1.0 192.0.2.1:80");
}

/// Eight at a time, and not in all.
fn eight() -> Vec<Session> {
    let mut refused = new(
        "dial/eight-at-once-not-in-all",
        "However many have failed, the next is dialled beside those that run.",
    );
    resolve(&mut refused, &many(12));
    for attempt in 0..11 {
        refused
            .refused(&format!("1.{attempt}"), &format!("dial 1.{} 192.0.2.{}:80", attempt + 1, attempt + 2));
    }
    refused.refused("1.11", "fail 1 1; error 1 1");

    let mut tenth = new(
        "dial/tenth",
        "Each further address takes the place of the oldest that runs. What is reported of one that was released is late.",
    );
    resolve(&mut tenth, &many(11));
    for attempt in 1..8_u64 {
        tenth.at(attempt * 250).time(&format!("dial 1.{attempt} 192.0.2.{}:80", attempt + 1));
    }
    tenth.at(2000).time("release 1.0; dial 1.8 192.0.2.9:80").at(2010).refused("1.0", "").at(2249).time("");
    tenth
        .at(2250)
        .time("release 1.1; dial 1.9 192.0.2.10:80")
        .at(2260)
        .connected("1.1", "")
        .refused("1.0", "");
    tenth.at(2300).refused("1.5", "dial 1.10 192.0.2.11:80").at(10_000).time("");
    for attempt in [2, 3, 4, 6, 7, 8, 10] {
        tenth.refused(&format!("1.{attempt}"), "");
    }
    tenth.refused("1.9", "fail 1 1; error 1 1");

    let mut room =
        new("dial/room-again", "Behind a refusal fewer than eight run, so the next takes nobody's place.");
    resolve(&mut room, &many(10));
    for attempt in 1..8_u64 {
        room.at(attempt * 250).time(&format!("dial 1.{attempt} 192.0.2.{}:80", attempt + 1));
    }
    room.at(1900)
        .refused("1.3", "dial 1.8 192.0.2.9:80")
        .at(2000)
        .time("")
        .at(2150)
        .time("release 1.0; dial 1.9 192.0.2.10:80");
    vec![refused.done(), tenth.done(), room.done()]
}

/// Three attempts run: one has been refused before.
fn three_run(id: &str, comment: &str, settings: Settings) -> Stage {
    let mut stage = Stage::with(id, &["T1", "T7"], comment, settings).flag("dialling");
    resolve(&mut stage, &many(4));
    stage.at(250).time("dial 1.1 192.0.2.2:80").at(300).refused("1.0", "dial 1.2 192.0.2.3:80");
    stage.at(550).time("dial 1.3 192.0.2.4:80").at(600);
    stage
}

fn ends() -> Vec<Session> {
    let released = "release 1.1; release 1.2; release 1.3";
    let mut closed = three_run(
        "dial/all-released-when-closed",
        "Every attempt that runs is released, and none that has failed.",
        Settings::default(),
    );
    closed.close(&format!("success 2; fail 1 1; close 1 1000 local; {released}"));
    closed.connected("1.2", "").refused("1.1", "").at(5000).time("");

    let settings = Settings { connect_timeout_ms: 700, ..Settings::default() };
    let mut timeout =
        three_run("dial/all-released-at-the-timeout", "The same at the connect timeout.", settings);
    timeout.at(700).time(&format!("fail 1 6; error 1 6; {released}"));

    let mut replaced = three_run(
        "dial/all-released-when-replaced",
        "The same where another connect comes.",
        Settings::default(),
    );
    replaced.connect(
        "ws://192.0.2.9/",
        &format!("fail 1 2; close 1 1000 replaced; {released}; dial 2.0 192.0.2.9:80"),
    );
    replaced.connected("1.3", "").refused("1.1", "").connected("2.0", "2.0 request");

    let settings = Settings { connect_timeout_ms: 500, ..Settings::default() };
    let mut both = Stage::with(
        "dial/late-for-both",
        &["T7"],
        "A host that comes behind the next dial and behind the connect timeout does both, in the order in which they were due.",
        settings,
    )
    .flag("dialling");
    resolve(&mut both, &many(3));
    both.at(900)
        .time("fail 1 6; error 1 6; dial 1.1 192.0.2.2:80; release 1.0; release 1.1")
        .at(2000)
        .time("");
    vec![closed.done(), timeout.done(), replaced.done(), both.done()]
}

fn reports() -> Vec<Session> {
    let mut waits = new(
        "dial/refused-while-another-runs",
        "A refusal starts the next address at once, though another attempt runs.",
    );
    resolve(&mut waits, &many(4));
    waits.at(250).time("dial 1.1 192.0.2.2:80").at(300).refused("1.0", "dial 1.2 192.0.2.3:80");
    waits.at(310).refused("1.2", "dial 1.3 192.0.2.4:80").at(320).refused("1.3", "").at(5000).time("");
    waits.connected("1.1", "1.1 request");

    let mut losers = new(
        "dial/late-reports-of-losers",
        "What is reported of attempts that lost is late: nothing is dialled, and nothing fails.",
    );
    resolve(&mut losers, &many(4));
    losers.at(250).time("dial 1.1 192.0.2.2:80").at(500).time("dial 1.2 192.0.2.3:80");
    losers
        .at(600)
        .connected("1.1", "release 1.0; release 1.2; 1.1 request")
        .refused("1.0", "")
        .connected("1.2", "");
    losers
        .at(750)
        .time("")
        .refused("1.2", "")
        .accept("1.1", "success 1; open 1")
        .connected("1.0", "")
        .refused("1.2", "");
    losers.send("x", "success 2; 1.1 text x");

    let mut last = new(
        "dial/late-refusal-of-the-last",
        "The other of two is refused behind the one that connected: the connection goes on.",
    );
    resolve(&mut last, &many(2));
    last.at(250)
        .time("dial 1.1 192.0.2.2:80")
        .at(260)
        .connected("1.0", "release 1.1; 1.0 request")
        .refused("1.1", "");
    last.refused("1.1", "").accept("1.0", "success 1; open 1").refused("1.1", "");

    let mut twice =
        new("dial/connected-twice", "An attempt connects once: no second request, and no second key.");
    resolve(&mut twice, &many(2));
    twice.at(10).connected("1.0", "1.0 request").connected("1.0", "");
    twice.accept("1.0", "success 1; open 1").connected("1.0", "").send("x", "success 2; 1.0 text x");

    let mut reset = new(
        "dial/reset-while-dialling",
        "Only a refusal fails an attempt: a stream that is not there yet has no end.",
    );
    reset.connect("ws://h/", "resolve 1 h:80").resolved(
        1,
        &["192.0.2.1", "192.0.2.2"],
        "dial 1.0 192.0.2.1:80",
    );
    reset.reset("1.0", "").ended("1.0", "").write_failed("1.0", "").at(250).time("dial 1.1 192.0.2.2:80");
    reset.connected("1.0", "release 1.1; 1.0 request").accept("1.0", "success 1; open 1");
    [waits, losers, last, twice, reset].map(Stage::done).into()
}
