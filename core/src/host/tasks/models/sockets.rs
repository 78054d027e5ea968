//! Whole sockets: every waiting task is woken, whichever thread does the work and whatever is dropped meanwhile.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_util::StreamExt;
use loom::future::block_on;
use loom::thread;

use super::super::{Call, Events, Socket};
use super::preempted;
use super::runtime::{Dial, Slow};
use crate::{CloseOptions, ConnectOptions, OwnedEvent};

const ADDRESS: &str = "ws://192.0.2.1";

/// Polls once.
fn poll<F: Future + Unpin>(future: &mut F, cx: &mut Context<'_>) -> Option<F::Output> {
    match Pin::new(future).poll(cx) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// A socket whose connection is being made, and was polled once. The socket is kept, because events end without one.
struct Connecting {
    _socket: Socket<Slow>,
    events: Events<Slow>,
    call: Call<Slow>,
    dial: Dial,
}

impl Connecting {
    fn new() -> Self {
        let (slow, group) = Slow::group();
        let (socket, events) = group.socket();
        let mut call = socket.connect(&ConnectOptions::new(ADDRESS));
        assert!(poll(&mut call, &mut Context::from_waker(Waker::noop())).is_none());
        let dial = slow.dials().pop().expect("a connection is being made");
        Self { _socket: socket, events, call, dial }
    }
}

/// The result of a call goes to the task that awaits the call, and once to the events, whichever of the two finds it.
#[test]
fn a_result_is_told_to_both() {
    preempted(3, || {
        let (socket, mut events) = Slow::group().1.socket();
        let call = socket.close(&CloseOptions::default());
        let id = call.id();
        let awaits = thread::spawn(move || block_on(call));
        let told = block_on(events.next());
        assert!(matches!(told, Some(OwnedEvent::Settled { call, result: Ok(()) }) if call == id), "{told:?}");
        assert!(awaits.join().expect("it was told").is_ok());
    });
}

/// What a source brings reaches both, too.
#[test]
fn a_refusal_is_told_to_both() {
    preempted(2, || {
        let Connecting { mut events, call, dial, _socket } = Connecting::new();
        let threads = [
            thread::spawn(move || dial.refuse()),
            thread::spawn(move || {
                assert!(block_on(call).is_err());
            }),
        ];
        block_on(async {
            assert!(matches!(events.next().await, Some(OwnedEvent::Settled { result: Err(_), .. })));
            assert!(matches!(events.next().await, Some(OwnedEvent::Error { .. })));
        });
        for thread in threads {
            thread.join().expect("it is over");
        }
    });
}

/// A future that is polled once and dropped may have received a source's wake-up that another task needs.
#[test]
fn a_dropped_future_holds_nobody_up() {
    preempted(2, || {
        let Connecting { mut events, mut call, dial, _socket } = Connecting::new();
        let threads = [
            thread::spawn(move || dial.refuse()),
            thread::spawn(move || {
                block_on(poll_fn(|cx| {
                    poll(&mut call, cx);
                    Poll::Ready(())
                }));
            }),
        ];
        assert!(matches!(block_on(events.next()), Some(OwnedEvent::Settled { result: Err(_), .. })));
        for thread in threads {
            thread.join().expect("it is over");
        }
    });
}

/// A future that is kept and never polled again blocks no other task, either.
#[test]
fn a_kept_future_holds_nobody_up() {
    preempted(2, || {
        let Connecting { mut events, mut call, dial, _socket } = Connecting::new();
        let refuses = thread::spawn(move || dial.refuse());
        let polls = thread::spawn(move || {
            block_on(poll_fn(|cx| {
                poll(&mut call, cx);
                Poll::Ready(())
            }));
            call
        });
        assert!(matches!(block_on(events.next()), Some(OwnedEvent::Settled { result: Err(_), .. })));
        refuses.join().expect("it is over");
        drop::<Call<Slow>>(polls.join().expect("it is over"));
    });
}

/// Events end with the last of the socket's clones, whichever that is.
#[test]
fn events_end_with_the_last_clone() {
    preempted(2, || {
        let (socket, mut events) = Slow::group().1.socket();
        let clone = socket.clone();
        let threads = [thread::spawn(move || drop(socket)), thread::spawn(move || drop(clone))];
        assert!(block_on(events.next()).is_none());
        for thread in threads {
            thread.join().expect("it is over");
        }
    });
}

/// The task that serves a socket stops when the socket and its events are dropped.
#[test]
fn serving_ends_with_socket_and_events() {
    preempted(2, || {
        let (socket, events): (Socket<Slow>, Events<Slow>) = Slow::group().1.socket();
        let run = socket.run();
        let threads = [thread::spawn(move || drop(socket)), thread::spawn(move || drop(events))];
        block_on(run);
        for thread in threads {
            thread.join().expect("it is over");
        }
    });
}

/// If another task waits, it carries out a command whose caller awaits nothing.
#[test]
fn a_command_is_done_by_who_waits() {
    preempted(3, || {
        let (slow, group) = Slow::group();
        let (socket, mut events) = group.socket();
        let commands = thread::spawn(move || {
            drop(socket.connect(&ConnectOptions::new("not an address")));
            socket
        });
        assert!(matches!(block_on(events.next()), Some(OwnedEvent::Settled { result: Err(_), .. })));
        drop(commands.join().expect("it is over"));
        assert!(block_on(events.next()).is_none());
        assert!(slow.dials().is_empty());
    });
}

/// A name is answered while its connection is closed and another socket asks for the same name. Both settle, and no
/// look-up is left without a socket.
#[test]
fn an_answer_meets_a_close() {
    preempted(2, || {
        let (slow, group) = Slow::group();
        let (socket, _events) = group.socket();
        let (other, _others) = group.socket();
        let url = "ws://same.example";
        let mut call = socket.connect(&ConnectOptions::new(url));
        assert!(poll(&mut call, &mut Context::from_waker(Waker::noop())).is_none());
        let name = slow.names().pop().expect("a name is looked up");
        let threads = [
            thread::spawn(move || name.answer(Ok(Vec::new()))),
            thread::spawn(move || drop(socket.close(&CloseOptions::default()))),
        ];
        let mut same = other.connect(&ConnectOptions::new(url));
        let is_over = block_on(poll_fn(|cx| Poll::Ready(poll(&mut same, cx))));
        for thread in threads {
            thread.join().expect("it is over");
        }
        assert!(block_on(call).is_err());
        // If it asked before the answer, it gets that answer; if it asked after it, it has a question of its own.
        let names = slow.names();
        assert!(names.len() <= 1);
        drop(names);
        assert!(is_over.unwrap_or_else(|| block_on(same)).is_err());
    });
}
