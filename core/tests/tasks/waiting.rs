//! Futures that wait: which waker is called, what is kept of those that go, and who goes on when there is room again.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use connect_socket_core::tasks::{Events, Group, Socket};
use connect_socket_core::{Config, ConnectOptions, OwnedEvent};
use futures_util::Stream;

use super::memory::{Heard, Memory, Task, message};

fn poll<F: Future + Unpin>(future: &mut F, task: &Waker) -> Option<F::Output> {
    match Pin::new(future).poll(&mut Context::from_waker(task)) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// The next event; none where the task waits.
fn event(events: &mut Events<Memory>, task: &Waker) -> Option<OwnedEvent> {
    match Pin::new(events).poll_next(&mut Context::from_waker(task)) {
        Poll::Ready(event) => event,
        Poll::Pending => None,
    }
}

/// A socket that is open, of which all was told.
fn open() -> (Memory, Socket<Memory>, Events<Memory>) {
    let memory = Memory::default();
    let (socket, mut events) =
        Group::on(memory.clone(), Config::default()).expect("a seed is there").socket();
    drop(socket.connect(&ConnectOptions::new("ws://192.0.2.1")));
    let told: Vec<_> = std::iter::from_fn(|| event(&mut events, Waker::noop())).collect();
    assert!(matches!(told[..], [OwnedEvent::Settled { .. }, OwnedEvent::Open { .. }]), "{told:?}");
    (memory, socket, events)
}

/// A future that moves to another task wakes that one.
#[test]
fn the_waker_of_the_last_poll_is_called() {
    let (memory, _socket, mut events) = open();
    let [(first, first_waker), (last, last_waker)] = [(); 2].map(|()| Task::new());
    assert!(event(&mut events, &first_waker).is_none());
    assert!(event(&mut events, &last_waker).is_none());
    memory.pipe(0).say(&message(b"hello"));
    assert!(last.was_woken());
    assert!(!first.was_woken(), "it does not wait any more");
}

/// Of two futures of one socket each has its own place, and both are woken.
#[test]
fn all_who_wait_are_woken() {
    let (memory, socket, mut events) = open();
    let mut idle = socket.idle();
    let [(first, first_waker), (last, last_waker)] = [(); 2].map(|()| Task::new());
    assert!(event(&mut events, &first_waker).is_none());
    assert!(poll(&mut idle, &last_waker).is_none());
    memory.pipe(0).say(&message(b"hello"));
    assert!(first.was_woken() && last.was_woken());
}

/// What nothing has called for costs no system call: a poll for itself looks at nothing, and a command reads nothing. The
/// reactor is asked what it has called for, so that nothing is read in vain, and asked to call again.
#[test]
fn a_poll_costs_what_it_was_called_for() {
    let (memory, socket, mut events) = open();
    let pipe = memory.pipe(0);
    let costs = |events: &mut Events<Memory>| {
        let before = pipe.ends().tries;
        while event(events, Waker::noop()).is_some() {}
        let after = pipe.ends().tries;
        (after.0 - before.0, after.1 - before.1)
    };
    costs(&mut events);
    assert_eq!(costs(&mut events), (0, 0));
    drop(socket.send("hello"));
    assert_eq!(costs(&mut events), (0, 1), "it waits for the server again");
    memory.pipe(0).say(&message(b"hello"));
    assert_eq!(costs(&mut events), (1, 2));
}

/// The waker of a future that is dropped is dropped with it, also where nobody else polls the socket for long.
#[test]
fn nothing_is_kept_of_who_goes() {
    let (_memory, socket, _events) = open();
    let (task, waker) = Task::new();
    for _ in 0..100 {
        let mut idle = socket.idle();
        assert!(poll(&mut idle, &waker).is_none());
    }
    assert_eq!(Arc::strong_count(&task), 2, "this one and its waker");
}

/// Whoever sends in a loop, and always can, leaves the other tasks of its thread their time again and again.
#[test]
fn who_always_finds_something_leaves_others_their_time() {
    let (_memory, socket, _events) = open();
    let (task, waker) = Task::new();
    let mut yields = 0;
    for _ in 0..1000 {
        let mut call = socket.send("hello");
        if poll(&mut call, &waker).is_none() {
            yields += 1;
            assert!(task.was_woken(), "it goes on when the others had their turn");
            assert!(poll(&mut call, &waker).is_some());
        }
    }
    // A poll is one too many when 256 came before it.
    assert_eq!(yields, 3);
}

/// The server is held back while too much waits. Who serves the network goes on as soon as somebody takes of it.
#[test]
fn room_wakes_who_serves() {
    let (memory, socket, mut events) = open();
    let (task, waker) = Task::new();
    let pipe = memory.pipe(0);
    pipe.say(&message(&vec![0; 60_000]).repeat(20));
    let mut serves = socket.run();
    assert!(poll(&mut serves, &waker).is_none());
    while task.was_woken() {
        assert!(poll(&mut serves, &waker).is_none());
    }
    assert!(!pipe.ends().sent.is_empty(), "there is no room for the rest");
    let mut taken = 0;
    while !task.was_woken() {
        assert!(event(&mut events, Waker::noop()).is_some());
        taken += 1;
        assert!(taken < 10, "nobody told it that there is room");
    }
}

/// Events are taken one at a time. Who takes one and is never polled again leaves the rest to those who still wait.
#[test]
fn who_takes_one_event_leaves_the_others_their_work() {
    let (_memory, socket, mut events) = open();
    let mut calls = ["one", "two", "three", "four"].map(|text| socket.send(text));
    let (task, waker) = Task::new();
    assert!(matches!(event(&mut events, Waker::noop()), Some(OwnedEvent::Settled { .. })));
    let last = calls.last_mut().expect("the last");
    let mut polls = 0;
    while poll(last, &waker).is_none() {
        polls += 1;
        assert!(task.was_woken() && polls < 10, "it waits for nobody");
    }
}

/// A message that the system does not take at once waits until the server reads, and then its sender is woken.
#[test]
fn a_server_that_reads_wakes_who_writes() {
    let memory = Memory::default();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&heard);
    memory.world().room = Some(1000);
    memory.world().hears = Some(Arc::new(move |it| match it {
        Heard::Name(name) => name.answer(Ok(vec![([192, 0, 2, 1], 0).into()])),
        Heard::Written(place) => listener.lock().expect("no panic").push(place),
    }));
    let (socket, mut events) =
        Group::on(memory.clone(), Config::default()).expect("a seed is there").socket();
    drop(socket.connect(&ConnectOptions::new("ws://name.example")));
    // The name is answered when this has waited once.
    while !matches!(event(&mut events, Waker::noop()), Some(OwnedEvent::Open { .. })) {}
    let (task, waker) = Task::new();
    let message = "m".repeat(3000);
    let mut call = socket.send(&*message);
    for _ in 0..3 {
        assert!(poll(&mut call, &waker).is_none());
        assert!(!task.was_woken());
        assert_eq!(memory.pipe(0).hear().len(), 1000);
        assert!(task.was_woken());
    }
    assert!(poll(&mut call, &waker).expect("it has left").is_ok());
    assert!(heard.lock().expect("no panic").iter().all(|place| *place == 0));
}

/// A command is work for whoever serves the socket: the first wakes those who wait, and the ones behind it wake nobody in
/// vain until it was looked at.
#[test]
fn a_command_wakes_who_serves() {
    let (memory, socket, _events) = open();
    let mut serves = socket.run();
    let (task, waker) = Task::new();
    for round in 0..3 {
        assert!(poll(&mut serves, &waker).is_none());
        task.forget();
        drop(socket.send("one"));
        assert!(task.was_woken(), "round {round}");
        drop(socket.send("two"));
        assert!(!task.was_woken(), "round {round}: it is awake");
    }
    memory.pipe(0).hear();
    assert!(poll(&mut serves, &waker).is_none());
    assert!(!memory.pipe(0).hear().is_empty());
}

/// A stream to which nobody can add ends, and so does the work of a socket that nobody can use; the last handle that goes
/// wakes both.
#[test]
fn a_stream_ends_with_the_last_handle() {
    let memory = Memory::default();
    let (socket, mut events) = Group::on(memory, Config::default()).expect("a seed is there").socket();
    let mut serves = socket.run();
    let [(reads, reads_waker), (works, works_waker)] = [(); 2].map(|()| Task::new());
    let mut next = |waker: &Waker| Pin::new(&mut events).poll_next(&mut Context::from_waker(waker));
    let another = socket.clone();
    drop(socket);
    assert!(next(&reads_waker).is_pending(), "the other one may still give a command");
    assert!(poll(&mut serves, &works_waker).is_none());
    reads.forget();
    works.forget();
    drop(another);
    assert!(reads.was_woken() && works.was_woken());
    assert!(matches!(next(&reads_waker), Poll::Ready(None)));
    assert!(poll(&mut serves, &works_waker).is_some());
}

/// Without a handle the work goes on as long as somebody takes the events of a connection, and no longer.
#[test]
fn the_work_goes_on_while_events_are_wanted() {
    let (memory, socket, events) = open();
    let mut serves = socket.run();
    drop(socket);
    assert!(poll(&mut serves, Waker::noop()).is_none());
    memory.pipe(0).say(&message(b"hello"));
    assert!(poll(&mut serves, Waker::noop()).is_none(), "there may be more");
    drop(events);
    assert!(poll(&mut serves, Waker::noop()).is_some());
}
