//! A connect that replaces another connection: sequences 2, 3 and 6.

use super::stage::{Stage, URL};
use super::{Session, Settings};
use crate::peers::frames::{close, text};

/// Where the second connection goes.
const OTHER: &str = "ws://192.0.2.2/";

pub(super) fn sessions() -> Vec<Session> {
    [of_open(), of_connecting(), of_closing(), lingering()].into_iter().flatten().collect()
}

fn of_open() -> Vec<Session> {
    let mut plain = Stage::open(
        "replace/open",
        &["G1", "S3", "T2"],
        "Sequence 2: nothing of the old one behind its Close.",
    );
    plain
        .at(30)
        .connect(OTHER, "close 1 1000 replaced; dial 2.0 192.0.2.2:80; half-close 1.0; 1.0 close 1000");
    plain.at(35).received("1.0", [text("late"), close(1000, "")].concat(), "");
    plain.at(40).connected("2.0", "2.0 request").at(50).accept("2.0", "success 2; open 2");
    plain.at(60).ended("1.0", "release 1.0").send("b", "success 3; 2.0 text b").received(
        "2.0",
        text("c"),
        "text 2 c",
    );

    let mut pending = Stage::open(
        "replace/open-with-pending-sends",
        &["S3", "C"],
        "Sends that are not out fail, and all of that is told first.",
    );
    pending.takes("1.0", Some(0), "").send("one", "").send("two", "");
    pending.connect(OTHER, "fail 2 11; fail 3 11; close 1 1000 replaced; dial 2.0 192.0.2.2:80");
    pending.takes("1.0", None, "half-close 1.0; 1.0 close 1000");

    let mut partly = Stage::open(
        "replace/open-with-a-frame-partly-out",
        &["F5"],
        "The frame is finished before the close frame goes out.",
    );
    partly.takes("1.0", Some(4), "").send("hello", "1.0 part").send("lost", "");
    partly.connect(OTHER, "fail 2 11; fail 3 11; close 1 1000 replaced; dial 2.0 192.0.2.2:80");
    partly.takes("1.0", None, "half-close 1.0; 1.0 text hello; 1.0 close 1000");

    let settings = Settings { settle: "on-accept".to_owned(), ..Settings::default() };
    let mut early = Stage::with(
        "replace/open-on-accept",
        &["S2", "S3"],
        "The old one's end is told before the new one's success.",
        settings,
    );
    early
        .connect(URL, "success 1; dial 1.0 192.0.2.1:80")
        .connected("1.0", "1.0 request")
        .accept("1.0", "open 1");
    early.connect(
        OTHER,
        "close 1 1000 replaced; success 2; dial 2.0 192.0.2.2:80; half-close 1.0; 1.0 close 1000",
    );
    vec![plain.done(), pending.done(), partly.done(), early.done()]
}

fn of_connecting() -> Vec<Session> {
    let mut three = Stage::new("replace/three-at-once", &["S3", "C"], "Sequence 3: only the last one stays.");
    three.connect(URL, "dial 1.0 192.0.2.1:80");
    three.connect(OTHER, "fail 1 2; close 1 1000 replaced; release 1.0; dial 2.0 192.0.2.2:80");
    three.connect("ws://192.0.2.3/", "fail 2 2; close 2 1000 replaced; release 2.0; dial 3.0 192.0.2.3:80");
    three
        .at(10)
        .connected("1.0", "")
        .connected("2.0", "")
        .connected("3.0", "3.0 request")
        .accept("3.0", "success 3; open 3");

    let mut resolving =
        Stage::new("replace/resolving", &["G1", "C"], "The resolver's late answer concerns nobody.");
    resolving
        .connect("ws://a/", "resolve 1 a:80")
        .connect("ws://b/", "fail 1 2; close 1 1000 replaced; resolve 2 b:80");
    resolving.at(10).resolved(1, &["192.0.2.1"], "").not_found(1, "").resolved(
        2,
        &["192.0.2.2"],
        "dial 2.0 192.0.2.2:80",
    );

    let mut upgrading = Stage::new(
        "replace/upgrading",
        &["G1", "C"],
        "A late 101 opens nothing, and the old transport goes at once.",
    );
    upgrading.connect(URL, "dial 1.0 192.0.2.1:80").connected("1.0", "1.0 request");
    upgrading.connect(OTHER, "fail 1 2; close 1 1000 replaced; release 1.0; dial 2.0 192.0.2.2:80");
    upgrading
        .accept("1.0", "")
        .ended("1.0", "")
        .reset("1.0", "")
        .connected("2.0", "2.0 request")
        .accept("2.0", "success 2; open 2");

    let mut timer = Stage::new("replace/timer", &["G1"], "The connect timeout is the new one's.");
    timer
        .connect(URL, "dial 1.0 192.0.2.1:80")
        .at(30_000)
        .connect(OTHER, "fail 1 2; close 1 1000 replaced; release 1.0; dial 2.0 192.0.2.2:80");
    timer.at(60_000).time("").at(90_000).time("fail 2 6; error 2 6; release 2.0");
    vec![three.done(), resolving.done(), upgrading.done(), timer.done()]
}

fn of_closing() -> Vec<Session> {
    let mut at_once = Stage::open(
        "replace/closing",
        &["G1", "T2"],
        "Sequence 6: the old one's late close frame does not touch the new one.",
    );
    at_once.close_with("3001", "bye", "success 2; 1.0 close 3001 bye");
    at_once.connect(OTHER, "close 1 3001 bye local; half-close 1.0; dial 2.0 192.0.2.2:80");
    at_once
        .at(30)
        .received("1.0", close(3001, ""), "")
        .connected("2.0", "2.0 request")
        .accept("2.0", "success 3; open 2");
    at_once.at(10_020).time("release 1.0").send("still there", "success 4; 2.0 text still there");
    vec![at_once.done()]
}

fn lingering() -> Vec<Session> {
    let mut many =
        Stage::new("replace/many", &["F5"], "At most eight transports linger; the oldest goes first.");
    many.connect(URL, "dial 1.0 192.0.2.1:80");
    for number in 1..=10_u32 {
        let (this, next) = (format!("{number}.0"), number + 1);
        many.connected(&this, &format!("{this} request"))
            .accept(&this, &format!("success {number}; open {number}"));
        let oldest = if number > 8 { format!("release {}.0; ", number - 8) } else { String::new() };
        many.connect(URL, &format!("close {number} 1000 replaced; {oldest}dial {next}.0 192.0.2.1:80; half-close {this}; {this} close 1000"));
    }
    many.at(10_000).time("release 3.0; release 4.0; release 5.0; release 6.0; release 7.0; release 8.0; release 9.0; release 10.0");
    vec![many.done()]
}
