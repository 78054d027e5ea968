//! A write to a peer that is gone is an error, and never the end of the program.

mod peer;

use connect_socket_core::Config;
use connect_socket_smol::Socket;

/// F7: a failed write is told. The program is one in which SIGPIPE has its default meaning, as in hosts that are not
/// written in Rust.
#[test]
fn a_write_to_a_peer_that_is_gone_raises_no_signal() {
    peer::in_a_child("a_write_to_a_peer_that_is_gone_raises_no_signal", || {
        let (socket, events) = Socket::new(Config::default()).expect("a socket");
        smol::block_on(peer::gone::write(socket, events));
    });
}
