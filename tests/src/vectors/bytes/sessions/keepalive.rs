//! Keepalive: F6.

use super::stage::Stage;
use super::{Keepalive, Session, Settings};
use crate::peers::frames::{close, head, ping, pong, text};

pub(super) fn sessions() -> Vec<Session> {
    let settings = || {
        let keepalive = Some(Keepalive { interval_ms: 1000, timeout_ms: 400 });
        Settings { keepalive, ..Settings::default() }
    };
    let open = |id: &str, comment: &str| Stage::open_with(id, &["F6"], comment, settings());

    let mut dead = open("keepalive/dead", "Nothing within the pong timeout.");
    dead.at(1019).time("").at(1020).time("1.0 ping").at(1419).time("");
    dead.at(1420).time("error 1 6; close 1 1006 timeout; release 1.0").send("x", "fail 2 10");

    let mut alive = open("keepalive/alive", "A pong ends the wait, and the next interval begins with it.");
    alive
        .at(1020)
        .time("1.0 ping")
        .at(1100)
        .received("1.0", pong(b""), "")
        .at(1420)
        .time("")
        .at(2099)
        .time("");
    alive.at(2100).time("1.0 ping").at(2500).time("error 1 6; close 1 1006 timeout; release 1.0");

    let mut any = open("keepalive/any-frame", "Any frame will do, and puts the ping off.");
    any.at(500)
        .received("1.0", text("a"), "text 1 a")
        .at(1020)
        .time("")
        .at(1499)
        .time("")
        .at(1500)
        .time("1.0 ping");
    any.at(1800).received("1.0", text("b"), "text 1 b").at(1900).time("");

    let mut pending = open("keepalive/pending-sends", "Pending sends fail first.");
    pending.at(1020).time("1.0 ping").takes("1.0", Some(0), "").send("lost", "");
    pending.at(1420).time("fail 2 11; error 1 6; close 1 1006 timeout; release 1.0");

    let mut closing = open("keepalive/closing", "A connection that closes is not asked.");
    closing.at(500).close("success 2; 1.0 close 1000").at(5000).time("").received(
        "1.0",
        close(1000, ""),
        "close 1 1000 local; half-close 1.0",
    );

    let mut part = open("keepalive/part-of-a-frame", "A part of a frame shows that somebody is there.");
    part.at(1020)
        .time("1.0 ping")
        .at(1300)
        .received("1.0", [head(0x82, 5), vec![1]].concat(), "")
        .at(1420)
        .time("");

    let mut stuck = Stage::open_with(
        "keepalive/one-ping-waits",
        &["F6", "M3"],
        "While a ping waits of which nothing is out, no other is queued, and none takes a mask.",
        settings(),
    );
    stuck.at(1000).takes("1.0", Some(0), "").at(1020).time("").at(1100).received(
        "1.0",
        text("a"),
        "text 1 a",
    );
    stuck.at(2100).time("").at(2200).received("1.0", text("b"), "text 1 b").at(3200).time("");
    stuck.at(3300).takes("1.0", None, "1.0 ping").send("masked", "success 2; 1.0 text masked");

    let mut off = Stage::open("keepalive/off", &["F6", "D"], "Off unless it is set.");
    off.at(10_000_000).time("");

    let keepalive = Some(Keepalive { interval_ms: 1, timeout_ms: 1 });
    let least = Settings { keepalive, ..Settings::default() };
    let mut least = Stage::open_with("keepalive/least", &["F6"], "Any other interval is on.", least);
    least.at(21).time("1.0 ping").at(22).time("error 1 6; close 1 1006 timeout; release 1.0");

    let keepalive = Some(Keepalive { interval_ms: 0, timeout_ms: 400 });
    let zero = Settings { keepalive, ..Settings::default() };
    let mut zero = Stage::open_with("keepalive/interval-zero", &["F6"], "An interval of zero is off.", zero);
    zero.at(10_000_000).time("");
    [
        vec![
            dead.done(),
            alive.done(),
            any.done(),
            pending.done(),
            closing.done(),
            part.done(),
            stuck.done(),
            off.done(),
            least.done(),
            zero.done(),
        ],
        output(&open),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What goes out changes nothing, and what waits neither.
fn output(open: &impl Fn(&str, &str) -> Stage) -> Vec<Session> {
    let mut sending = open("keepalive/sending", "What is sent does not put the ping off.");
    sending.at(900).send("x", "success 2; 1.0 text x").at(1019).time("").at(1020).time("1.0 ping");

    let mut asking = open("keepalive/sending-while-asked", "What is sent does not end the wait for a pong.");
    asking.at(1020).time("1.0 ping").at(1300).send("x", "success 2; 1.0 text x");
    asking.at(1420).time("error 1 6; close 1 1006 timeout; release 1.0");

    let mut waits = open(
        "keepalive/ping-waits",
        "The pong timeout counts from when the ping was queued, though it is not out.",
    );
    waits.at(1000).takes("1.0", Some(0), "").at(1020).time("").at(1300).takes("1.0", None, "1.0 ping");
    waits.at(1419).time("").at(1420).time("error 1 6; close 1 1006 timeout; release 1.0");

    let mut passes = open("keepalive/ping-passes", "The ping passes messages of which nothing is out.");
    passes.at(1000).takes("1.0", Some(3), "").send("begun", "1.0 part").send("waits", "").at(1020).time("");
    passes.takes("1.0", None, "success 2; success 3; 1.0 text begun; 1.0 ping; 1.0 text waits");

    let mut byte = open("keepalive/first-byte", "The first byte of a frame is heard.");
    byte.at(1020).time("1.0 ping").at(1300).received("1.0", [0x82], "").at(1420).time("").at(2299).time("");
    byte.at(2300).time("1.0 ping");

    let mut begun =
        open("keepalive/ping-partly-out", "Behind a ping that is partly out the next one is queued.");
    begun.at(1000).takes("1.0", Some(3), "").at(1020).time("1.0 part").at(1100).received(
        "1.0",
        text("a"),
        "text 1 a",
    );
    begun.at(2100).time("").takes("1.0", None, "1.0 ping; 1.0 ping");

    let mut behind =
        open("keepalive/ping-behind-pong", "A ping and a pong wait in the order in which they were made.");
    behind.at(1000).takes("1.0", Some(0), "").received("1.0", ping(b"p"), "").at(2000).time("");
    behind.takes("1.0", None, "1.0 pong p; 1.0 ping");

    let mut newer = open(
        "keepalive/newer-pong-behind-ping",
        "A newer pong takes the place of the older one, not of the ping: it goes behind it.",
    );
    newer.at(1000).takes("1.0", Some(0), "").received("1.0", ping(b"a"), "").at(2000).time("");
    newer.at(2100).received("1.0", ping(b"b"), "").takes("1.0", None, "1.0 ping; 1.0 pong b");
    let mut late = open("keepalive/late-timer", "A ping that goes out late is given the whole timeout.");
    late.at(5000).time("1.0 ping").at(5399).time("");
    late.at(5400).time("error 1 6; close 1 1006 timeout; release 1.0");
    [late, sending, asking, waits, passes, byte, begun, behind, newer].map(Stage::done).into()
}
