//! One socket leaves others their time, and goes on when there is room again.

mod peer;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use connect_socket_smol::connect_socket_core::Config;
use connect_socket_smol::{Event, Message, Messages, Socket};
use futures_util::{FutureExt, SinkExt, StreamExt};
use smol::{Executor, LocalExecutor, block_on, future};
use tungstenite::Message as Frame;

use peer::{Server, echo, listen};

/// A task that only sends, each time when the one before has left, never waits. The others of its thread go on all the
/// same.
#[test]
fn a_task_that_only_sends_leaves_others_their_time() {
    let server = Server::start(listen);
    let (socket, events) = Socket::new(Config::default()).expect("a socket");
    drop(events);
    let executor = LocalExecutor::new();
    let turns = Rc::new(Cell::new(0_u32));
    let counted = Rc::clone(&turns);
    let _other = executor.spawn(async move {
        loop {
            counted.set(counted.get() + 1);
            future::yield_now().await;
        }
    });
    block_on(executor.run(async {
        socket.connect(&server.options()).await.expect("open");
        let before = turns.get();
        for _ in 0..5_000 {
            socket.send("x").await.expect("sent");
        }
        assert!(turns.get() - before >= 5_000 / 256, "{} turns", turns.get() - before);
    }));
}

/// A task that serves the network stops reading while many messages wait. It goes on when somebody takes them, though
/// nobody asks for more than that.
#[test]
fn whoever_serves_goes_on_once_there_is_room() {
    let server = Server::start(|mut socket| {
        // More than an inbox takes, and a ping behind them.
        for _ in 0..700 {
            socket.send(Frame::binary(vec![0; 1000])).expect("the client is there");
        }
        socket.send(Frame::Ping(vec![7].into())).expect("the client is there");
        let patience = Some(Duration::from_secs(60));
        socket.get_ref().set_read_timeout(patience).expect("a timeout");
        matches!(socket.read(), Ok(Frame::Pong(payload)) if payload[..] == [7])
    });
    let (socket, mut events) = Socket::new(Config::default()).expect("a socket");
    let executor = Arc::new(Executor::new());
    let serving = executor.spawn(socket.run());
    let runs = Arc::clone(&executor);
    thread::spawn(move || block_on(runs.run(future::pending::<()>())));
    block_on(async {
        socket.connect(&server.options()).await.expect("open");
        // Enough to make room; then only `run` is there to read on.
        let mut taken = 0;
        while taken < 600 {
            taken += usize::from(matches!(events.next().await, Some(Event::Message { .. })));
        }
    });
    assert!(server.join(), "the ping is answered");
    drop(serving);
}

/// Closing a sink closes the connection that is there, whatever became of an earlier close.
#[test]
fn a_close_closes_the_connection_that_is_there() {
    let closes = |messages: &mut Messages| {
        block_on(async {
            messages.send(Message::from("hi")).await.expect("sent");
            messages.close().await.expect("closed");
        });
    };
    for cancelled in [true, false] {
        let (socket, events) = Socket::new(Config::default()).expect("a socket");
        let mut messages = Messages::new(socket.clone(), events);
        if cancelled {
            // It is asked for once, and let go of.
            let first = Server::start(echo);
            block_on(socket.connect(&first.options())).expect("open");
            assert!(messages.close().now_or_never().is_none(), "the server has not answered yet");
            block_on(socket.idle());
            first.join();
        } else {
            // A message that is fed behind the end fails, and so does the close.
            let first = Server::start(drop);
            block_on(async {
                socket.connect(&first.options()).await.expect("open");
                while messages.next().await.is_some() {}
                messages.feed(Message::from("late")).await.expect("it is only fed");
                messages.close().await.expect_err("it could not be sent");
            });
            first.join();
        }
        let second = Server::start(echo);
        block_on(socket.connect(&second.options())).expect("open");
        closes(&mut messages);
        assert_eq!(second.join(), [Frame::text("hi")]);
    }
}
