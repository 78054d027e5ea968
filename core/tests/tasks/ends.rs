//! Streams end when nothing more can come, and say how it ended; messages are those of the newest connection.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use connect_socket_core::tasks::{Events, Group, Messages, Socket};
use connect_socket_core::{
    Backoff, Cause, CloseOptions, Config, ConnectOptions, End, Error, OwnedEvent, OwnedMessage,
};
use futures_util::{FutureExt, Sink, SinkExt, Stream};

use super::memory::{Memory, Servers, Task, message};

const URL: &str = "ws://192.0.2.1";

fn socket() -> (Memory, Socket<Memory>, Events<Memory>) {
    socket_with(Config::default())
}

fn socket_with(config: Config) -> (Memory, Socket<Memory>, Events<Memory>) {
    let memory = Memory::default();
    let (socket, events) = Group::on(memory.clone(), config).expect("a seed is there").socket();
    (memory, socket, events)
}

fn connect(socket: &Socket<Memory>, url: &str) {
    drop(socket.connect(&ConnectOptions::new(url)));
}

/// What the stream gives without waiting, and whether it has ended then.
fn take<S: Stream + Unpin>(stream: &mut S) -> (Vec<S::Item>, bool) {
    let (task, waker) = Task::new();
    let mut taken = Vec::new();
    loop {
        match Pin::new(&mut *stream).poll_next(&mut Context::from_waker(&waker)) {
            Poll::Ready(Some(item)) => taken.push(item),
            Poll::Ready(None) => return (taken, true),
            // Others have had their time.
            Poll::Pending if task.was_woken() => {}
            Poll::Pending => return (taken, false),
        }
    }
}

/// Whichever way a connection goes, the loop over its events ends, and one question says how.
#[test]
fn a_loop_over_events_ends_by_itself() {
    let (memory, socket, mut events) = socket();
    assert!(!take(&mut events).1, "somebody may still call");
    assert!(socket.end().is_none());

    // The call is refused.
    connect(&socket, "wss://");
    let (told, over) = take(&mut events);
    assert!(matches!(&told[..], [OwnedEvent::Settled { result: Err(_), .. }]) && over, "{told:?}");
    assert!(matches!(socket.end(), Some(End::Failed(error)) if error.code().number() == 4));
    assert!(take(&mut events).1, "it stays at its end");

    // It fails before it is open.
    memory.world().servers = Servers::Refuse;
    connect(&socket, URL);
    assert!(socket.end().is_none(), "it has begun");
    let (told, over) = take(&mut events);
    let expected = matches!(&told[..], [OwnedEvent::Settled { .. }, OwnedEvent::Error { .. }]);
    assert!(expected && over, "{told:?}");
    assert!(matches!(socket.end(), Some(End::Failed(error)) if matches!(error.cause(), Cause::Dial { .. })));
    memory.world().servers = Servers::Answer;

    // It is closed while it is being made.
    memory.world().servers = Servers::Mute;
    connect(&socket, URL);
    assert!(!take(&mut events).1);
    drop(socket.close(&CloseOptions::default()));
    let (told, over) = take(&mut events);
    assert!(over, "{told:?}");
    assert!(matches!(socket.end(), Some(End::Failed(_))), "{:?}", socket.end());
    memory.world().servers = Servers::Answer;

    // The server is lost.
    connect(&socket, URL);
    assert!(!take(&mut events).1, "it is open");
    assert!(socket.end().is_none());
    memory.pipe(1).end();
    let (told, over) = take(&mut events);
    assert!(matches!(&told[..], [OwnedEvent::Close { .. }]) && over, "{told:?}");
    assert!(matches!(socket.end(), Some(End::Closed { code: 1006, error: None, .. })));
    assert!(!socket.end().expect("it ended").is_clean(), "it was lost");

    // It fails when it is open.
    connect(&socket, URL);
    assert!(!take(&mut events).1, "it is open");
    memory.pipe(2).say(&[0xff, 0]);
    memory.pipe(2).end();
    let (told, over) = take(&mut events);
    assert!(matches!(&told[..], [OwnedEvent::Error { .. }, OwnedEvent::Close { .. }]) && over, "{told:?}");
    assert!(matches!(socket.end(), Some(End::Closed { code: 1002, error: Some(_), .. })));
    assert!(!socket.end().expect("it ended").is_clean(), "a frame was wrong");

    // It is closed as it should be, and everything of it has gone.
    connect(&socket, URL);
    assert!(!take(&mut events).1);
    drop(socket.close(&CloseOptions::new(1000, "bye")));
    assert!(!take(&mut events).1, "the server has not answered");
    memory.pipe(3).say(&[0x88, 2, 0x03, 0xe8]);
    memory.pipe(3).end();
    let (told, over) = take(&mut events);
    assert!(matches!(told.last(), Some(OwnedEvent::Close { .. })) && over, "{told:?}");
    let end = socket.end().expect("it ended");
    assert!(matches!(&end, End::Closed { code: 1000, error: None, .. }), "{end}");
    assert!(end.is_clean());
}

/// What is left of an older connection is no business of whoever reads a new one.
#[test]
fn messages_are_of_the_newest_connection() {
    let (memory, socket, events) = socket();
    let mut messages = Messages::new(socket.clone(), events);
    memory.world().servers = Servers::Refuse;
    let mut failed = socket.connect(&ConnectOptions::new(URL));
    assert!(matches!((&mut failed).now_or_never(), Some(Err(_))));
    memory.world().servers = Servers::Answer;
    connect(&socket, URL);
    assert!(matches!(take(&mut messages), (none, false) if none.is_empty()), "the new one lives");
    memory.pipe(0).say(&message(b"one"));
    assert!(matches!(&take(&mut messages), (told, false) if texts(told) == ["one"]));

    // One that was open is replaced, and ends itself.
    connect(&socket, URL);
    assert!(matches!(take(&mut messages), (none, false) if none.is_empty()));
    memory.pipe(1).say(&message(b"two"));
    assert!(matches!(&take(&mut messages), (told, false) if texts(told) == ["two"]));
    memory.pipe(1).end();
    let (told, over) = take(&mut messages);
    assert!(told.is_empty() && over, "{told:?}");
    assert!(take(&mut messages).1, "it stays at its end");
    connect(&socket, URL);
    assert!(!take(&mut messages).1, "until there is a new one");
}

/// Messages that nobody took of a connection that has ended are not those of the next one, and an error is told once, behind
/// what came before it.
#[test]
fn messages_that_were_left_are_dropped_and_errors_are_told() {
    let (memory, socket, events) = socket();
    let mut driven = socket.idle();
    let mut messages = Messages::new(socket.clone(), events);
    connect(&socket, URL);
    assert!((&mut driven).now_or_never().is_none(), "it is open");
    memory.pipe(0).say(&message(b"two"));
    memory.pipe(0).end();
    assert!((&mut driven).now_or_never().is_some(), "it has ended");
    connect(&socket, URL);
    assert!(matches!(take(&mut messages), (none, false) if none.is_empty()), "the new one said nothing");
    memory.pipe(1).say(&[message(b"one"), vec![0xff, 0]].concat());
    memory.pipe(1).end();
    let (told, over) = take(&mut messages);
    assert!(matches!(&told[..], [Ok(one), Err(_)] if one.as_bytes() == b"one") && over, "{told:?}");
}

/// Messages are whole, also from a session that delivers parts; what an older connection left of one is forgotten (G1).
#[test]
fn messages_join_parts() {
    let (memory, socket, events) = socket_with(Config::default().parts_above(1));
    let mut messages = Messages::new(socket.clone(), events);
    connect(&socket, URL);
    assert!(!take(&mut messages).1);
    memory.pipe(0).say(b"\x82\x03t");
    assert!(take(&mut messages).0.is_empty());
    connect(&socket, URL);
    assert!(!take(&mut messages).1);
    memory.pipe(1).say(b"\x82\x03o");
    assert!(take(&mut messages).0.is_empty());
    memory.pipe(1).say(b"ne");
    assert!(matches!(&take(&mut messages), (told, false) if texts(told) == ["one"]));
}

fn texts(told: &[Result<OwnedMessage, Error>]) -> Vec<&str> {
    let text = |it: &Result<OwnedMessage, Error>| -> &'static str {
        match it.as_ref().expect("a message").as_bytes() {
            b"one" => "one",
            b"two" => "two",
            other => panic!("{other:?}"),
        }
    };
    told.iter().map(text).collect()
}

/// A message that could not be sent on a connection that is gone is no error of the new one.
#[test]
fn errors_of_sends_are_of_their_connection() {
    let (memory, socket, events) = socket();
    let mut messages = Messages::new(socket.clone(), events);
    connect(&socket, URL);
    assert!(!take(&mut messages).1);
    memory.pipe(0).end();
    assert!(take(&mut messages).1);
    let cx = &mut Context::from_waker(Waker::noop());
    assert!(matches!(Pin::new(&mut messages).poll_ready(cx), Poll::Ready(Ok(()))));
    Pin::new(&mut messages).start_send(OwnedMessage::from("late")).expect("it is only given");
    connect(&socket, URL);
    assert!(!take(&mut messages).1);
    assert!(matches!(messages.send(OwnedMessage::from("hello")).now_or_never(), Some(Ok(()))));
}

/// A program that reconnects whenever its connection ends does not storm its server: not one that refuses, and not one
/// that accepts and goes away.
#[test]
fn reconnecting_is_no_storm() {
    for refuses in [true, false] {
        let (memory, socket, events) = socket();
        memory.world().servers = if refuses { Servers::Refuse } else { Servers::Answer };
        let mut messages = Messages::new(socket.clone(), events);
        let mut backoff = Backoff::new(7);
        let hour = Duration::from_secs(3_600);
        let mut passed = Duration::ZERO;
        while passed < hour {
            connect(&socket, URL);
            if !refuses {
                assert!(!take(&mut messages).1, "it is open");
                let last = memory.world().pipes.last().cloned();
                last.expect("a connection").end();
            }
            assert!(take(&mut messages).1);
            let delay = backoff.next_delay(Duration::ZERO);
            memory.pass(delay);
            passed += delay;
        }
        let dials = memory.world().dials;
        assert!((60..200).contains(&dials), "{dials} connects in an hour");
    }
}
