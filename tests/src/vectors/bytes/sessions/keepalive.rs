//! Keepalive: F6.

use super::stage::Stage;
use super::{Keepalive, Session, Settings};
use crate::peers::frames::{close, head, ping, pong, raw, text};

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
        heard(&open),
        waiting(&settings),
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

/// Any byte of a frame counts, wherever in it.
fn heard(open: &impl Fn(&str, &str) -> Stage) -> Vec<Session> {
    let mut payload = open(
        "keepalive/inside-a-payload",
        "A byte in the middle of a payload puts the ping off, and ends the wait for a pong.",
    );
    payload.at(500).received("1.0", [head(0x82, 5), vec![1]].concat(), "").at(1400).received("1.0", [2], "");
    payload.at(1500).time("").at(2399).time("").at(2400).time("1.0 ping").at(2700).received("1.0", [3], "");
    payload.at(2800).time("").at(3699).time("").at(3700).time("1.0 ping");

    let mut length = open("keepalive/inside-a-head", "So does a byte in the middle of a head.");
    length.at(500).received("1.0", [0x82, 126], "").at(1400).received("1.0", [1], "");
    length.at(1500).time("").at(2400).time("1.0 ping").at(2700).received("1.0", [0], "").at(2800).time("");
    length.at(3700).time("1.0 ping");

    let mut fragments = open("keepalive/between-fragments", "So does a fragment of a message.");
    fragments.at(500).received("1.0", raw(0x01, b"a"), "").at(1400).received("1.0", raw(0x00, b"b"), "");
    fragments
        .at(1500)
        .time("")
        .at(2400)
        .time("1.0 ping")
        .at(2700)
        .received("1.0", raw(0x00, b"c"), "")
        .at(2800)
        .time("");
    fragments.at(3000).received("1.0", raw(0x80, b""), "text 1 abc").at(4000).time("1.0 ping");

    let mut control = open("keepalive/control-frames", "So do control frames of any kind.");
    control.at(500).received("1.0", ping(b"p"), "1.0 pong p").at(1400).received("1.0", pong(b"unasked"), "");
    control
        .at(1500)
        .time("")
        .at(2400)
        .time("1.0 ping")
        .at(2700)
        .received("1.0", ping(b"q"), "1.0 pong q")
        .at(2800)
        .time("");
    [payload, length, fragments, control].map(Stage::done).into()
}

/// A ping that waits.
fn waiting(settings: &impl Fn() -> Settings) -> Vec<Session> {
    let open = |name: &str, comment: &str, high_water| {
        let settings = Settings { high_water, ..settings() };
        Stage::open_with(&format!("keepalive/{name}"), &["F6", "M3", "F5"], comment, settings)
    };
    let most = Settings::default().high_water;
    let mut stuck = open(
        "ping-that-waits-is-asked-again",
        "A ping is due while one waits: none is queued, but its pong is awaited from now on.",
        most,
    );
    stuck.at(1000).takes("1.0", Some(0), "").at(1020).time("").at(1100).received(
        "1.0",
        text("a"),
        "text 1 a",
    );
    stuck
        .at(2099)
        .time("")
        .at(2100)
        .time("")
        .at(2499)
        .time("")
        .at(2500)
        .time("error 1 6; close 1 1006 timeout; release 1.0");

    let mut mark = open(
        "ping-above-the-mark",
        "A ping is queued though the output has reached its mark. It counts, as long as it waits.",
        62,
    );
    mark.at(1000).takes("1.0", Some(0), "").send(&"x".repeat(40), "").send("", "fail 3 11").at(1020).time("");
    mark.at(1100).takes("1.0", None, &format!("success 2; 1.0 ping; 1.0 text {}", "x".repeat(40)));
    mark.received("1.0", pong(b""), "")
        .takes("1.0", Some(0), "")
        .at(2100)
        .time("")
        .send(&"x".repeat(35), "fail 4 11");
    mark.send(&"x".repeat(34), "");

    let mut dropped =
        open("ping-dropped-at-an-end", "A ping of which nothing is out is dropped at an end.", most);
    dropped.at(1000).takes("1.0", Some(0), "").at(1020).time("").received(
        "1.0",
        close(1000, ""),
        "close 1 1000 remote",
    );
    dropped.takes("1.0", None, "half-close 1.0; 1.0 close 1000");

    let mut finished = open("ping-finished-at-an-end", "A ping that is partly out is finished.", most);
    finished.at(1000).takes("1.0", Some(1), "").at(1020).time("1.0 part").received(
        "1.0",
        close(1000, ""),
        "close 1 1000 remote",
    );
    finished.takes("1.0", None, "half-close 1.0; 1.0 ping; 1.0 close 1000");

    let mut closed = open(
        "ping-before-close",
        "A ping that waits when closeSocket is called goes out before the close frame.",
        most,
    );
    closed.at(1000).takes("1.0", Some(0), "").send("first", "").at(1020).time("").close("success 3");
    closed.takes("1.0", None, "success 2; 1.0 ping; 1.0 text first; 1.0 close 1000");
    [stuck, mark, dropped, finished, closed].map(Stage::done).into()
}
