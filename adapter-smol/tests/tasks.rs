//! One socket and several tasks, on every executor of the family.

mod peer;

use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;

use connect_socket_smol::connect_socket_core::{CloseOptions, Config, ConnectOptions, Phase};
use connect_socket_smol::{Call, Event, Events, Group, Message, Messages, Smol, Socket};
use futures_util::StreamExt;
use smol::channel::unbounded;
use smol::future::{self, block_on};
use smol::{Executor, LocalExecutor};

use peer::{Server, echo};

fn is_send<T: Send>() {}

#[test]
fn everything_can_go_to_another_thread() {
    is_send::<Group>();
    is_send::<Socket>();
    is_send::<Events>();
    is_send::<Messages>();
    is_send::<Call>();
}

/// A whole conversation: says a number and waits for its echo, so often.
async fn converse(socket: Socket, mut events: Events, server: Server<Vec<tungstenite::Message>>) {
    const ROUNDS: usize = 50;
    socket.connect(&server.options()).await.unwrap();
    for round in 0..ROUNDS {
        socket.send(round.to_string().as_str()).await.unwrap();
        let said = loop {
            if let Event::Message { message, .. } = events.next().await.unwrap() {
                break message;
            }
        };
        assert_eq!(said, Message::Text(round.to_string()));
    }
    socket.close(&CloseOptions::default()).await.unwrap();
    socket.idle().await;
    assert_eq!(smol::unblock(|| server.join()).await.len(), ROUNDS);
}

const CONVERSATIONS: usize = 8;

#[test]
fn conversations_on_one_thread() {
    let group = Group::new(Config::default()).unwrap();
    let executor = LocalExecutor::new();
    let tasks: Vec<_> = (0..CONVERSATIONS)
        .map(|_| {
            let (socket, events) = group.socket();
            executor.spawn(converse(socket, events, Server::start(echo)))
        })
        .collect();
    block_on(executor.run(async {
        for task in tasks {
            task.await;
        }
    }));
}

#[test]
fn conversations_on_many_threads() {
    let group = Group::new(Config::default()).unwrap();
    let executor = Arc::new(Executor::new());
    let (stop, stopped) = unbounded::<()>();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let (executor, stopped) = (Arc::clone(&executor), stopped.clone());
            thread::spawn(move || block_on(executor.run(stopped.recv())))
        })
        .collect();
    let tasks: Vec<_> = (0..CONVERSATIONS)
        .map(|_| {
            let (socket, events) = group.socket();
            executor.spawn(converse(socket, events, Server::start(echo)))
        })
        .collect();
    block_on(async {
        for task in tasks {
            task.await;
        }
    });
    drop(stop);
    for thread in threads {
        let _ = thread.join().unwrap();
    }
}

#[test]
fn conversations_without_an_executor_of_ours() {
    let (socket, events) = Socket::new(Config::default()).unwrap();
    // One that knows nothing of the reactor, which has a thread of its own then.
    futures_lite_block_on(converse(socket, events, Server::start(echo)));
}

/// The smallest executor: a thread that parks.
fn futures_lite_block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut std::task::Context::from_waker(&waker)) {
            return output;
        }
        thread::park();
    }
}

#[test]
fn one_task_sends_and_another_listens() {
    const COUNT: usize = 500;
    let server = Server::start(echo);
    let (socket, mut events) = Socket::new(Config::default()).unwrap();
    let options = server.options();
    let sender = thread::spawn({
        let socket = socket.clone();
        move || {
            block_on(async {
                socket.connect(&options).await.unwrap();
                for number in 0..COUNT {
                    // Each is waited for, while the other thread does the work, or this one does.
                    socket.send(number.to_string().as_str()).await.unwrap();
                }
            });
        }
    });
    block_on(async {
        let mut heard = 0;
        while heard < COUNT {
            if let Event::Message { message, .. } = events.next().await.unwrap() {
                assert_eq!(message, Message::Text(heard.to_string()));
                heard += 1;
            }
        }
    });
    sender.join().unwrap();
    block_on(async {
        socket.close(&CloseOptions::default()).await.unwrap();
        socket.idle().await;
    });
    assert_eq!(server.join().len(), COUNT);
}

#[test]
fn a_future_that_is_kept_and_never_polled_again_holds_nobody_up() {
    let server = Server::start(echo);
    // The name has an address only after the first poll, so that cannot do everything.
    let (polled, is_polled) = channel();
    let is_polled = Mutex::new(is_polled);
    let resolver = Smol::with_resolver(Arc::new(move |_, _| {
        is_polled.lock().unwrap().recv().map_err(io::Error::other)?;
        Ok(vec!["127.0.0.1:0".parse().unwrap()])
    }));
    block_on(async {
        let (socket, mut events) = Group::on(resolver, Config::default()).unwrap().socket();
        let options = ConnectOptions::new(server.url().replace("127.0.0.1", "echo.example"));
        let mut kept = socket.connect(&options);
        // It is the one that began the work, and is never asked again.
        poll_fn(|cx| {
            assert!(std::pin::Pin::new(&mut kept).poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
        polled.send(()).unwrap();
        while !matches!(events.next().await.unwrap(), Event::Open { .. }) {}
        socket.send("hello").await.unwrap();
        while !matches!(events.next().await.unwrap(), Event::Message { .. }) {}
        // Its result has waited for it.
        kept.await.unwrap();
        socket.close(&CloseOptions::default()).await.unwrap();
        socket.idle().await;
    });
    server.join();
}

#[test]
fn a_driver_serves_while_nobody_else_does() {
    let server = Server::start(echo);
    let executor = LocalExecutor::new();
    let (socket, mut events) = Socket::new(Config::default()).unwrap();
    let driver = executor.spawn(socket.run());
    block_on(executor.run(async {
        drop(socket.connect(&server.options()));
        // Nothing of the socket is awaited here: other tasks have their turn until it has come so far.
        while socket.phase() != Phase::Open {
            future::yield_now().await;
        }
        drop(socket.send("hello"));
        drop(socket.close(&CloseOptions::default()));
        while socket.phase() != Phase::Idle {
            future::yield_now().await;
        }
        // All of it is there, in order, though it was not listened to.
        let story: Vec<_> =
            std::iter::from_fn(|| block_on(future::poll_once(events.next())).flatten()).collect();
        let [
            Event::Settled { result: Ok(()), .. },
            Event::Open { .. },
            Event::Settled { result: Ok(()), .. },
            Event::Settled { result: Ok(()), .. },
            Event::Close { code: 1000, .. },
        ] = story.as_slice()
        else {
            panic!("{story:?}");
        };
        drop((socket, events));
        driver.await;
    }));
    assert_eq!(server.join().len(), 1);
}

#[test]
fn events_end_with_the_last_clone_of_the_socket() {
    let server = Server::start(echo);
    block_on(async {
        let (socket, mut events) = Socket::new(Config::default()).unwrap();
        drop(socket.clone());
        assert!(future::poll_once(events.next()).await.is_none(), "there is a socket");
        socket.connect(&server.options()).await.unwrap();
        drop(socket.close(&CloseOptions::default()));
        drop(socket);
        let mut last = None;
        while let Some(event) = events.next().await {
            last = Some(event);
        }
        assert!(matches!(last, Some(Event::Close { code: 1000, .. })), "{last:?}");
    });
    server.join();
}

#[test]
fn without_listeners_the_socket_still_works() {
    let server = Server::start(echo);
    block_on(async {
        let (socket, events) = Socket::new(Config::default()).unwrap();
        drop(events);
        socket.connect(&server.options()).await.unwrap();
        for _ in 0..100 {
            socket.send(vec![7; 30_000].as_slice()).await.unwrap();
        }
        socket.close(&CloseOptions::default()).await.unwrap();
        socket.idle().await;
    });
    assert_eq!(server.join().len(), 100);
}
