//! The first program of this crate's page ends, whatever its server does.

#[path = "../../adapter-smol/tests/peer/ends.rs"]
mod ends;

#[test]
fn the_echo_ends_with_its_connection() {
    ends::echo_ends("mio-echo");
}
