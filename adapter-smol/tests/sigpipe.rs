//! A write to a peer that is gone is an error, and never the end of the program.

mod peer;

use std::env;
use std::process::Command;

use connect_socket_smol::connect_socket_core::Config;
use connect_socket_smol::{Event, Socket};
use futures_util::StreamExt;
use smol::future::poll_once;

use peer::Server;

/// Set where this program is the one whose writes are watched.
const CHILD: &str = "CONNECT_SOCKET_SIGPIPE_CHILD";

/// F7: a failed write is told. The program is one in which SIGPIPE has its default meaning, as in hosts that are not
/// written in Rust.
#[test]
fn a_write_to_a_peer_that_is_gone_raises_no_signal() {
    if env::var_os(CHILD).is_some() {
        return smol::block_on(write_to_a_peer_that_is_gone());
    }
    let mut child = Command::new(env::current_exe().expect("this program"));
    child.args(["--exact", "a_write_to_a_peer_that_is_gone_raises_no_signal", "--nocapture"]).env(CHILD, "1");
    let status = child.status().expect("a child process");
    assert!(status.success(), "{status}");
}

async fn write_to_a_peer_that_is_gone() {
    sigpipe::reset();
    let server = Server::start(drop);
    let (socket, mut events) = Socket::new(Config::default()).expect("a socket");
    drop(socket.connect(&server.options()));
    while !matches!(events.next().await, Some(Event::Open { .. })) {}
    // So the end is not read before it is written to.
    socket.set_receiving(false);
    server.join();
    // The system answers the first write with a reset, and one of those behind it is refused.
    for _ in 0..10 {
        drop(socket.send("to nobody"));
        while poll_once(events.next()).await.is_some() {}
    }
    socket.set_receiving(true);
    let mut failed = false;
    loop {
        match events.next().await.expect("the end of the connection") {
            Event::Error { .. } => failed = true,
            Event::Close { .. } => break,
            Event::Settled { .. } | Event::Open { .. } | Event::Message { .. } => {}
        }
    }
    assert!(failed, "no write was refused");
}
