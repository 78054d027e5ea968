//! Which address is dialled when: T, RFC 8305.

use super::stage::Stage;
use super::{Session, Settings};

pub(super) fn sessions() -> Vec<Session> {
    [order(), refusals(), late()].into_iter().flatten().collect()
}

fn new(id: &str, comment: &str) -> Stage {
    Stage::new(id, &["T"], comment).flag("dialling")
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

    let mut literal =
        Stage::new("dial/address-of-ipv6", &["T", "Q4"], "An address in a url needs no look-up.");
    literal.connect("ws://[2001:DB8::0:1]:81/", "dial 1.0 [2001:db8::1]:81");

    let mut digits =
        Stage::new("dial/name-of-digits", &["T", "Q4"], "A name that begins with a digit is a name.");
    digits.connect("ws://1a.example/", "resolve 1 1a.example:80");
    vec![first.done(), other.done(), literal.done(), digits.done()]
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
        &["T"],
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
