//! A program of a dozen tasks: three sockets of a group, in typical use.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use futures_util::{SinkExt, StreamExt};
use shuttle::future::{block_on, spawn};

use super::memory::Memory;
use super::server::Network;
use crate::tasks::{Events, Group, Messages, Socket};
use crate::{CallId, CloseOptions, Config, ConnectOptions, OwnedEvent, OwnedMessage};

const NAME: &str = "ws://same.example";

pub(super) fn program() {
    let memory = Memory::default();
    let network = Network::new(&memory);
    let group = Group::on(memory, Config::default()).expect("a seed is there");
    block_on(async {
        let (socket, events) = group.socket();
        let talks = spawn(talk(socket, events));
        let (socket, events) = group.socket();
        let streams = spawn(stream(socket, events));
        let (socket, events) = group.socket();
        let replaces = spawn(replace(socket, events));
        for task in [talks, streams, replaces] {
            task.await.expect("it ends");
        }
    });
    network.end();
}

/// One task awaits calls and another awaits events, while a third serves the network, and a fourth begins to wait and
/// is dropped.
async fn talk(socket: Socket<Memory>, events: Events<Memory>) {
    let serves = spawn(socket.run());
    let leaves = spawn(glance(socket.clone()));
    let caller = socket.clone();
    let calls = spawn(async move {
        caller.connect(&ConnectOptions::new(NAME)).await.expect("it opens");
        for text in ["one", "two"] {
            caller.send(text).await.expect("it is sent");
        }
    });
    let (told, _events) = hear(events, Some((socket, 2))).await;
    let words: Vec<_> = told.iter().map(word).collect();
    let of = |wanted: &[&str]| words.iter().copied().filter(|word| wanted.contains(word)).collect::<Vec<_>>();
    assert_eq!(of(&["open", "one", "two", "close"]), ["open", "one", "two", "close"]);
    // connect, two sends, close.
    assert_eq!((words[0], of(&["success"]).len(), words.len()), ("success", 4, 8), "{words:?}");
    for task in [serves, leaves, calls] {
        task.await.expect("it ends");
    }
}

/// Only messages, with the halves in two tasks.
async fn stream(socket: Socket<Memory>, events: Events<Memory>) {
    drop(socket.connect(&ConnectOptions::new(NAME)));
    let (mut sink, mut stream) = Messages::new(socket, events).split();
    let sends = spawn(async move {
        for text in ["one", "two", "three"] {
            sink.send(OwnedMessage::Text(text.into())).await.expect("it is sent");
        }
        sink
    });
    for text in ["one", "two", "three"] {
        let message = stream.next().await.expect("a message").expect("no error");
        assert_eq!(message.as_bytes(), text.as_bytes());
    }
    let mut sink = sends.await.expect("it ends");
    let closes = spawn(async move { sink.close().await.expect("it closes") });
    assert!(stream.next().await.is_none());
    closes.await.expect("it ends");
}

/// Two tasks connect, and the later replaces the other, while one closes; all at the same time.
async fn replace(socket: Socket<Memory>, events: Events<Memory>) {
    let connect = |socket: Socket<Memory>, url: &'static str| async move {
        // Whether it opened depends on the order.
        let _opened = socket.connect(&ConnectOptions::new(url)).await;
    };
    let tasks = [
        spawn(connect(socket.clone(), NAME)),
        spawn(connect(socket.clone(), "ws://other.example")),
        spawn(glance(socket.clone())),
    ];
    let closing = socket.clone();
    let closes = spawn(async move {
        closing.close(&CloseOptions::default()).await.expect("it is closed");
    });
    let hears = spawn(hear(events, None));
    for task in tasks.into_iter().chain([closes]) {
        task.await.expect("it ends");
    }
    socket.close(&CloseOptions::default()).await.expect("it is closed");
    socket.idle().await;
    drop(socket);
    // Events end when nothing more can come, and continue with the next call.
    let (mut told, events) = hears.await.expect("the events end");
    told.extend(hear(events, None).await.0);
    let settled = told.iter().filter_map(|event| match event {
        OwnedEvent::Settled { call, .. } => Some(*call),
        OwnedEvent::Open { .. }
        | OwnedEvent::Message { .. }
        | OwnedEvent::Error { .. }
        | OwnedEvent::Close { .. } => None,
    });
    let mut settled: Vec<CallId> = settled.collect();
    settled.sort_unstable();
    settled.dedup();
    // Two connects, two closes.
    assert_eq!((settled.len(), count(&told, "success") + count(&told, "fail")), (4, 4), "{told:?}");
}

/// Begins to wait, and is dropped. The command still takes effect.
async fn glance(socket: Socket<Memory>) {
    let mut idle = socket.idle();
    poll_fn(|cx| Poll::Ready(Pin::new(&mut idle).poll(cx).is_ready())).await;
    drop(idle);
    socket.set_receiving(true);
}

/// All events until they end. If a socket is given, it is closed once this many messages have come.
async fn hear(
    mut events: Events<Memory>,
    mut until: Option<(Socket<Memory>, usize)>,
) -> (Vec<OwnedEvent>, Events<Memory>) {
    let mut told = Vec::new();
    let mut messages = 0;
    while let Some(event) = events.next().await {
        if let OwnedEvent::Message { .. } = &event {
            messages += 1;
            if let Some((socket, _)) = until.take_if(|(_, wanted)| *wanted == messages) {
                drop(socket.close(&CloseOptions::default()));
            }
        }
        told.push(event);
    }
    (told, events)
}

fn count(told: &[OwnedEvent], wanted: &str) -> usize {
    told.iter().filter(|event| word(event) == wanted).count()
}

/// A short name of an event.
fn word(event: &OwnedEvent) -> &str {
    match event {
        OwnedEvent::Settled { result: Ok(()), .. } => "success",
        OwnedEvent::Settled { result: Err(_), .. } => "fail",
        OwnedEvent::Open { .. } => "open",
        OwnedEvent::Message { message, .. } => str::from_utf8(message.as_bytes()).expect("text"),
        OwnedEvent::Error { .. } => "error",
        OwnedEvent::Close { .. } => "close",
    }
}
