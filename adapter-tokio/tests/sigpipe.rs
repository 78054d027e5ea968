//! A write to a peer that is gone is an error, and never the end of the program.

#[path = "../../adapter-smol/tests/peer/mod.rs"]
mod peer;

use connect_socket_core::Config;
use connect_socket_tokio::Socket;
use tokio::runtime::Builder;

/// F7: a failed write is told. The program is one in which SIGPIPE has its default meaning, as in hosts that are not
/// written in Rust.
#[test]
fn a_write_to_a_peer_that_is_gone_raises_no_signal() {
    peer::in_a_child("a_write_to_a_peer_that_is_gone_raises_no_signal", || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let (socket, events) = Socket::new(Config::default()).expect("a socket");
            peer::gone::write(socket, events).await;
        });
    });
}
