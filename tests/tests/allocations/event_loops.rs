//! Event loops of tasks: those that wait keep no window (rules M2, M3).

use std::net::TcpListener;
use std::thread;

use connect_socket_core::{Config, ConnectOptions, Event};
use connect_socket_smol::{EventLoop, Group};
use futures_util::FutureExt;
use smol::block_on;
use tungstenite::Message;

use super::counting::{HELD, bytes};

const LOOPS: usize = 8;

/// Waits for an event that is `wanted`.
fn next(events: &mut EventLoop, wanted: fn(&Event<connect_socket_core::Message<'_>>) -> bool) {
    while !block_on(events.next_event()).as_ref().is_some_and(wanted) {
        assert!(!events.session().is_quiet(), "it has ended");
    }
}

/// Each loop is told a message, and waits for the next one: the window that it had is another's again.
#[test]
fn m3_waiting_loops_share_their_windows() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("ws://{}/", listener.local_addr().expect("an address"));
    let server = thread::spawn(move || {
        for stream in listener.incoming().take(LOOPS) {
            let mut socket = tungstenite::accept(stream.expect("a client")).expect("an upgrade");
            thread::spawn(move || {
                while let Ok(message) = socket.read() {
                    if matches!(message, Message::Text(_)) && socket.send(message).is_err() {
                        break;
                    }
                }
            });
        }
    });
    let group = Group::new(Config::default()).expect("a seed is there");
    let mut loops = Vec::new();
    let mut first = 0;
    for at in 0..LOOPS {
        let mut events = group.event_loop();
        events.connect(&ConnectOptions::new(&url));
        next(&mut events, |event| matches!(event, Event::Open { .. }));
        events.send("hello");
        next(&mut events, |event| matches!(event, Event::Message { .. }));
        assert!(events.next_event().now_or_never().is_none(), "there is no other");
        loops.push(events);
        if at == 0 {
            first = HELD.get();
        }
    }
    server.join().expect("all are there");
    // A window has 64 KiB, and the first loop has made the one that all share.
    let each = (HELD.get() - first) / bytes(LOOPS - 1);
    assert!(each < 16 * 1024, "{each} bytes for each");
}
