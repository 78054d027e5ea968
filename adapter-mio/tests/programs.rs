//! The programs of this crate's page, whatever their server does.

#[path = "../../adapter-smol/tests/peer/ends.rs"]
mod ends;

#[test]
fn the_echoes_end_with_their_connection() {
    ends::echo_ends("mio-echo");
    ends::echo_ends("mio-driver");
}

#[test]
fn the_echoes_lose_no_message() {
    ends::echo_loses_nothing("mio-echo");
    ends::echo_loses_nothing("mio-driver");
}

#[test]
fn reconnecting_makes_no_storm() {
    ends::reconnect_waits("mio-reconnect");
}
