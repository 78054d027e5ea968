//! A write to a peer that is gone is an error, and never the end of the program.

use std::env;
use std::net::TcpListener;
use std::process::Command;
use std::thread;
use std::time::Duration;

use connect_socket_mio::connect_socket_core::{Config, ConnectOptions, OwnedEvent as Event};
use connect_socket_mio::{EventLoop, Waited};

/// Set where this program is the one whose writes are watched.
const CHILD: &str = "CONNECT_SOCKET_SIGPIPE_CHILD";

/// F7: a failed write is told. The program is one in which SIGPIPE has its default meaning, as in hosts that are not
/// written in Rust.
#[test]
fn a_write_to_a_peer_that_is_gone_raises_no_signal() {
    if env::var_os(CHILD).is_some() {
        return write_to_a_peer_that_is_gone();
    }
    let mut child = Command::new(env::current_exe().expect("this program"));
    child.args(["--exact", "a_write_to_a_peer_that_is_gone_raises_no_signal", "--nocapture"]).env(CHILD, "1");
    let status = child.status().expect("a child process");
    assert!(status.success(), "{status}");
}

fn write_to_a_peer_that_is_gone() {
    sigpipe::reset();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("ws://{}/", listener.local_addr().expect("an address"));
    let server = thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a client");
        drop(tungstenite::accept(stream).expect("an upgrade"));
    });
    let mut socket = EventLoop::new(Config::default()).expect("a loop");
    socket.connect(&ConnectOptions::new(url));
    while !matches!(socket.next_event().expect("a poll"), Some(Event::Open { .. })) {}
    // So the end is not read before it is written to.
    socket.set_receiving(false);
    server.join().expect("the server is content");
    // The system answers the first write with a reset, and one of those behind it is refused.
    for _ in 0..10 {
        socket.send("to nobody");
        while matches!(socket.wait(Some(Duration::ZERO)).expect("a poll"), Waited::Event(_)) {}
    }
    socket.set_receiving(true);
    let mut failed = false;
    loop {
        match socket.next_event().expect("a poll") {
            Some(Event::Error { .. }) => failed = true,
            Some(Event::Close { .. }) => break,
            Some(Event::Settled { .. } | Event::Open { .. } | Event::Message { .. }) => {}
            None => panic!("it closes first"),
        }
    }
    assert!(failed, "no write was refused");
}
