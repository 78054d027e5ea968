//! Writes to a peer that is gone, in a program in which SIGPIPE has its default meaning.

use connect_socket_core::OwnedEvent as Event;
use connect_socket_core::tasks::{Events, Runtime, Socket};
use futures_util::{FutureExt, StreamExt};

use super::Server;

/// Writes until that is refused.
pub async fn write<R: Runtime>(socket: Socket<R>, mut events: Events<R>) {
    sigpipe::reset();
    let server = Server::start(drop);
    drop(socket.connect(&server.options()));
    while !matches!(events.next().await, Some(Event::Open { .. })) {}
    // So the end is not read before it is written to.
    socket.set_receiving(false);
    server.join();
    // The system answers the first write with a reset, and one of those behind it is refused.
    for _ in 0..10 {
        drop(socket.send("to nobody"));
        while events.next().now_or_never().is_some() {}
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
