//! The programs of this crate's page, whatever their server does.

#[path = "../../adapter-smol/tests/peer/ends.rs"]
mod ends;

#[test]
fn the_echo_ends_with_its_connection() {
    ends::echo_ends("mio-echo");
}

#[test]
fn the_echo_loses_no_message() {
    ends::echo_loses_nothing("mio-echo");
}

#[test]
fn reconnecting_makes_no_storm() {
    ends::reconnect_waits("mio-reconnect");
}
