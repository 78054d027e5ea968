//! Timeouts of zero: they are due at once, and no missing ones (D). Bytes that are there count before them (F8).

use super::stage::{Stage, URL};
use super::{Keepalive, Session, Settings};
use crate::peers::frames::close;

pub(super) fn sessions() -> Vec<Session> {
    let zero = || Settings { connect_timeout_ms: 0, close_timeout_ms: 0, ..Settings::default() };
    let mut resolving = Stage::with(
        "zero/connect-resolving",
        &["D", "T2"],
        "Nothing is waited for, not even a name.",
        zero(),
    );
    resolving.connect("ws://h/", "resolve 1 h:80").time("fail 1 6; error 1 6");

    let mut dialling = Stage::with("zero/connect-dialling", &["D", "T2"], "Nor a socket.", zero());
    dialling.at(100).connect(URL, "dial 1.0 192.0.2.1:80").time("fail 1 6; error 1 6; release 1.0");

    let short = || Settings { close_timeout_ms: 0, ..Settings::default() };
    let open = |name: &str, comment: &str| {
        Stage::open_with(&format!("zero/{name}"), &["D", "T4", "F5"], comment, short())
    };
    let mut unanswered = open("close", "The close frame goes out, and nobody waits for the server's.");
    unanswered.close("success 2; 1.0 close 1000").time("close 1 1006 local; release 1.0");

    let mut answered = open("close-answered", "A close frame that is there is taken. Then nothing lingers.");
    answered.close("success 2; 1.0 close 1000").received(
        "1.0",
        close(3001, ""),
        "close 1 3001 local; half-close 1.0",
    );
    answered.time("release 1.0");

    let mut lingers = open("linger", "A transport lingers no longer than until the time is looked at.");
    lingers
        .takes("1.0", Some(0), "")
        .received("1.0", close(1000, ""), "close 1 1000 remote")
        .time("release 1.0");

    let keepalive = Some(Keepalive { interval_ms: 1000, timeout_ms: 0 });
    let settings = Settings { keepalive, ..Settings::default() };
    let mut pong = Stage::open_with(
        "zero/pong",
        &["D", "F6"],
        "The pong is missed as soon as the ping is due, and none goes out.",
        settings,
    );
    pong.at(1019).time("").at(1020).time("error 1 6; close 1 1006 timeout; release 1.0");
    [resolving, dialling, unanswered, answered, lingers, pong].map(Stage::done).into()
}
