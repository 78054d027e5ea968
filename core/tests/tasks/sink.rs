//! Messages as a sink: when it is ready, when it is flushed, whose errors it gives, and how it closes.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use connect_socket_core::tasks::{Group, Messages};
use connect_socket_core::{Config, ConnectOptions, Error, OwnedEvent, OwnedMessage};
use futures_util::{FutureExt, Sink, StreamExt};

use super::memory::{Memory, Servers, Task};

/// A server reads no more than this by itself, which is more than a request.
const ROOM: usize = 1000;

/// A sink whose socket connects.
fn connecting(config: Config, servers: Servers) -> (Memory, Messages<Memory>) {
    let memory = Memory::default();
    memory.world().room = Some(ROOM);
    memory.world().servers = servers;
    let (socket, events) = Group::on(memory.clone(), config).expect("a seed is there").socket();
    drop(socket.connect(&ConnectOptions::new("ws://192.0.2.1")));
    (memory, Messages::new(socket, events))
}

fn ready(messages: &mut Messages<Memory>, task: &Waker) -> Poll<Result<(), Error>> {
    Pin::new(messages).poll_ready(&mut Context::from_waker(task))
}

fn flush(messages: &mut Messages<Memory>, task: &Waker) -> Poll<Result<(), Error>> {
    Pin::new(messages).poll_flush(&mut Context::from_waker(task))
}

fn close(messages: &mut Messages<Memory>, task: &Waker) -> Poll<Result<(), Error>> {
    Pin::new(messages).poll_close(&mut Context::from_waker(task))
}

fn send(messages: &mut Messages<Memory>, length: usize) {
    Pin::new(messages).start_send(OwnedMessage::from(vec![7; length])).expect("it is only given");
}

/// It waits for the connection that is being made. Then it is ready while the largest message fits below the mark (F3), and
/// again when the server has read.
#[test]
fn f3_a_sink_waits_for_its_connection_and_for_room() {
    const MARK: usize = 4 * 1024;
    let config = Config::default().message_limit(ROOM).high_water(MARK);
    let (memory, mut messages) = connecting(config, Servers::Mute);
    let (task, waker) = Task::new();
    assert!(ready(&mut messages, &waker).is_pending(), "it is not open");
    task.forget();
    let pipe = memory.pipe(0);
    pipe.ends().answer();
    pipe.call();
    assert!(task.was_woken());
    let fits = |messages: &Messages<Memory>| {
        let socket = messages.socket();
        [socket.can_send(ROOM), socket.can_send_part(ROOM), socket.buffered_amount() == 0]
    };
    let mut given = 0;
    while matches!(ready(&mut messages, &waker), Poll::Ready(Ok(()))) {
        assert_eq!(fits(&messages), [true, true, given == 0]);
        send(&mut messages, ROOM);
        given += 1;
        assert!(messages.socket().buffered_amount() <= MARK, "it was refused");
        assert!(given < 10, "it is always ready");
    }
    assert_eq!(fits(&messages), [false; 3]);
    assert!(given >= 4, "there was room for more than {given}");
    task.forget();
    let mut reads = 0;
    while !matches!(ready(&mut messages, &waker), Poll::Ready(Ok(()))) {
        assert_eq!(pipe.hear().len(), ROOM);
        assert!(task.was_woken());
        reads += 1;
        assert!(reads < 10, "there is room");
    }
}

/// Where the largest message never fits below the mark, an empty queue is enough.
#[test]
fn f3_a_mark_below_the_limit_is_no_deadlock() {
    let (memory, mut messages) = connecting(Config::default().high_water(2 * ROOM), Servers::Answer);
    let waker = Waker::noop();
    for _ in 0..3 {
        assert!(matches!(ready(&mut messages, waker), Poll::Ready(Ok(()))));
        send(&mut messages, ROOM);
        assert!(ready(&mut messages, waker).is_pending(), "something waits");
        while memory.pipe(0).hear().len() == ROOM {
            drop(flush(&mut messages, waker));
        }
    }
}

/// A flush waits until the system has taken everything.
#[test]
fn a_flush_waits_for_all_that_was_sent() {
    let (memory, mut messages) = connecting(Config::default(), Servers::Answer);
    let (task, waker) = Task::new();
    assert!(matches!(ready(&mut messages, &waker), Poll::Ready(Ok(()))));
    send(&mut messages, 1500);
    send(&mut messages, 1500);
    let mut heard = 0;
    while flush(&mut messages, &waker).is_pending() {
        task.forget();
        let read = memory.pipe(0).hear().len();
        assert!(read > 0 && task.was_woken(), "it waits for nothing");
        heard += read;
    }
    heard += memory.pipe(0).hear().len();
    assert_eq!(heard, 2 * (1500 + 8), "with their heads and masks");
    assert_eq!(messages.socket().buffered_amount(), 0);
}

/// A message that could not be sent is the error of the next operation, once, whichever that is.
#[test]
fn an_error_is_of_the_next_operation() {
    type Operation = fn(&mut Messages<Memory>, &Waker) -> Poll<Result<(), Error>>;
    let operations: [Operation; 3] = [ready, flush, close];
    for operation in operations {
        let (_, mut messages) = connecting(Config::default(), Servers::Refuse);
        let waker = Waker::noop();
        assert!((&mut messages).collect::<Vec<_>>().now_or_never().is_some(), "it is refused");
        send(&mut messages, 1);
        let error = operation(&mut messages, waker);
        assert!(matches!(error, Poll::Ready(Err(_))), "{error:?}");
        let again = operation(&mut messages, waker);
        assert!(matches!(again, Poll::Ready(Ok(()))), "{again:?}");
    }
}

/// A close asks once, and waits until nothing is left to do (T4): the socket is shut down behind its close frame (F5).
#[test]
fn t4_a_close_asks_once_and_waits_for_the_end() {
    let (memory, mut messages) = connecting(Config::default(), Servers::Answer);
    let (task, waker) = Task::new();
    let waker = &waker;
    assert!(matches!(ready(&mut messages, waker), Poll::Ready(Ok(()))));
    for _ in 0..3 {
        assert!(close(&mut messages, waker).is_pending(), "the server has not answered");
    }
    let pipe = memory.pipe(0);
    assert_eq!(pipe.hear().len(), 2 + 4 + 2, "a close frame with a mask and a code");
    pipe.say(&[0x88, 2, 0x03, 0xe8]);
    pipe.end();
    while close(&mut messages, waker).is_pending() {
        assert!(task.was_woken(), "it has ended");
    }
    assert!(pipe.ends().is_shut_down);
    assert!(matches!(close(&mut messages, waker), Poll::Ready(Ok(()))), "it stays closed");
    let told = messages.into_events().collect::<Vec<_>>().now_or_never().expect("it is over");
    let settled = told.iter().filter(|event| matches!(event, OwnedEvent::Settled { .. })).count();
    assert_eq!(settled, 2, "a connect and a close: {told:?}");
}
