//! Which runtime a socket is on, and who may poll it.

#[path = "../../adapter-smol/tests/peer/mod.rs"]
mod peer;

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use connect_socket_core::{CloseOptions, Config, ConnectOptions, Error, ErrorCode};
use connect_socket_tokio::{Event, Events, Group, Message, Socket, Tokio};
use futures_util::{FutureExt, StreamExt};
use tokio::runtime::Builder;
use tokio::task::yield_now;
use tungstenite::Message as Frame;

use peer::{Server, echo, listen};

/// Sends one message, has it back, and closes.
async fn converse(socket: Socket, mut events: Events, options: ConnectOptions) {
    socket.connect(&options).await.expect("open");
    socket.send("hello").await.expect("sent");
    loop {
        match events.next().await.expect("the end comes first") {
            Event::Message { message, .. } => {
                assert_eq!(message, Message::from("hello"));
                socket.close(&CloseOptions::default()).await.expect("closed");
            }
            Event::Close { .. } => break,
            Event::Settled { .. } | Event::Open { .. } => {}
            Event::Error { error, .. } => panic!("{error}"),
        }
    }
    socket.idle().await;
}

#[test]
fn outside_of_a_runtime_there_is_an_error() {
    let error = Group::new(Config::default()).map(drop).expect_err("no runtime");
    assert!(error.to_string().contains("runtime"), "{error}");
}

/// A name is looked up on another thread, and tasks of its own serve the socket, on one thread or on some.
#[test]
fn tasks_serve_sockets() {
    for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
        let runtime = builder.worker_threads(2).enable_all().build().expect("a runtime");
        let server = Server::start(echo);
        let local = "127.0.0.1:0".parse().expect("an address");
        let (socket, events) = {
            let _inside = runtime.enter();
            let group =
                Group::on(Tokio::with_resolver(Arc::new(move |_, _| Ok(vec![local]))), Config::default());
            group.expect("inside of the runtime").socket()
        };
        let options = ConnectOptions::new(server.url().replace("127.0.0.1", "echo.example"));
        let serving = runtime.spawn(socket.run());
        let conversing = runtime.spawn(converse(socket, events, options));
        runtime.block_on(conversing).expect("no panic");
        runtime.block_on(serving).expect("it ends with the socket");
        assert_eq!(server.join(), [Frame::text("hello")]);
    }
}

/// Whichever executor polls, the socket is in the reactor of the runtime that it was made in.
#[test]
fn another_executor_may_poll() {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let server = Server::start(echo);
    let (socket, events) = {
        let _inside = runtime.enter();
        Socket::new(Config::default()).expect("inside of the runtime")
    };
    smol::block_on(converse(socket, events, server.options()));
    assert_eq!(server.join(), [Frame::text("hello")]);
}

/// A socket whose server does not read waits for the reactor, and leaves its thread to others. This server reads once
/// its client, which has only this thread, says so.
#[test]
fn a_server_that_does_not_read_leaves_others_their_time() {
    const MIB: usize = 1 << 20;
    let (go, going) = channel();
    let server = Server::start(move |socket| {
        going.recv().expect("the client says so");
        listen(socket).len()
    });
    let options = server.options();
    let (sent, is_sent) = channel();
    thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let config = Config::default().high_water(64 * MIB);
            let (socket, events) = Socket::new(config).expect("inside of the runtime");
            drop(events);
            socket.connect(&options).await.expect("open");
            // More than the system takes.
            let mut last = socket.send(vec![0; MIB]);
            for _ in 1..32 {
                last = socket.send(vec![0; MIB]);
            }
            let mut before = usize::MAX;
            while socket.buffered_amount() < before {
                before = socket.buffered_amount();
                assert!((&mut last).now_or_never().is_none(), "the system has taken it all");
                yield_now().await;
            }
            go.send(()).expect("a server");
            last.await.expect("sent");
            assert_eq!(socket.buffered_amount(), 0);
            socket.close(&CloseOptions::default()).await.expect("closed");
            socket.idle().await;
        });
        sent.send(()).expect("the test waits");
    });
    // A minute instead of ever, so that the test ends if the task does not wait.
    is_sent.recv_timeout(Duration::from_secs(60)).expect("the thread has time to let the server read");
    assert_eq!(server.join(), 32);
}

/// Rule G7: a resolver that hangs keeps neither the connect past its timeout nor the runtime from shutting down.
#[test]
fn a_resolver_that_hangs_does_not_keep_the_runtime() {
    let (stays, hangs) = channel::<()>();
    let hangs = Mutex::new(hangs);
    let resolver = Tokio::with_resolver(Arc::new(move |_, _| {
        let _ = hangs.lock().expect("nobody panicked").recv();
        Ok(Vec::new())
    }));
    let (ended, ends) = channel();
    let program = thread::spawn(move || connect_and_shut_down(resolver, &ended));
    // A minute instead of ever, so that the test ends if the runtime does not.
    let error =
        ends.recv_timeout(Duration::from_secs(60)).expect("the runtime shuts down while the resolver hangs");
    assert_eq!(error.code(), ErrorCode::TimedOut);
    program.join().expect("no panic");
    drop(stays);
}

fn connect_and_shut_down(resolver: Tokio, ended: &Sender<Error>) {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let config = Config::default().connect_timeout(Duration::from_millis(1));
    let error = runtime.block_on(async {
        let (socket, _events) = Group::on(resolver, config).expect("inside of the runtime").socket();
        let options = ConnectOptions::new("ws://hangs.example/");
        socket.connect(&options).await.expect_err("nobody answers")
    });
    drop(runtime);
    ended.send(error).expect("the test waits");
}
