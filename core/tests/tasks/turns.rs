//! What one socket does in a turn, which ends when other tasks have their time.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use connect_socket_core::tasks::{Events, Group, Socket};
use connect_socket_core::{Config, ConnectOptions, Keepalive, OwnedEvent};
use futures_util::Stream;

use super::memory::{Memory, Servers, Task, message};

/// The next event; none where the task waits, or leaves others their time.
fn event(events: &mut Events<Memory>, task: &Waker) -> Option<OwnedEvent> {
    match Pin::new(events).poll_next(&mut Context::from_waker(task)) {
        Poll::Ready(event) => event,
        Poll::Pending => None,
    }
}

fn socket(config: Config) -> (Memory, Socket<Memory>, Events<Memory>) {
    let memory = Memory::default();
    let (socket, events) = Group::on(memory.clone(), config).expect("a seed is there").socket();
    (memory, socket, events)
}

/// Connects, and counts the turns until it is open.
fn turns_to_open(socket: &Socket<Memory>, events: &mut Events<Memory>) -> usize {
    drop(socket.connect(&ConnectOptions::new("ws://192.0.2.1")));
    let mut turns = 0;
    loop {
        match event(events, Waker::noop()) {
            Some(OwnedEvent::Open { .. }) => return turns,
            Some(_) => {}
            None => turns += 1,
        }
        assert!(turns < 100, "it does not open");
    }
}

/// What a replaced connection's server still says is read slowly, and holds up nothing (rule F5).
#[test]
fn servers_of_ended_connections_hold_up_nothing() {
    let (memory, socket, mut events) = socket(Config::default());
    turns_to_open(&socket, &mut events);
    for at in 0..4 {
        memory.pipe(at).flood(&message(&vec![0; 60_000]));
        assert!(turns_to_open(&socket, &mut events) < 3, "the new connection waits for {} old ones", at + 1);
    }
    while event(&mut events, Waker::noop()).is_some() {}
    let pipes: Vec<_> = (0..4).map(|at| memory.pipe(at)).collect();
    let before: Vec<_> = pipes.iter().map(|pipe| pipe.ends().read).collect();
    let (task, waker) = Task::new();
    assert!(event(&mut events, &waker).is_none());
    assert!(task.was_woken(), "there is more to read in the next turn");
    for (pipe, before) in pipes.iter().zip(before) {
        assert_eq!(pipe.ends().read - before, 16 * 1024, "in one turn");
    }
}

/// A server that floods leaves others their time: a turn reads a share, and the task is woken for the next one.
#[test]
fn a_turn_reads_a_share() {
    let (memory, socket, mut events) = socket(Config::default());
    turns_to_open(&socket, &mut events);
    let pipe = memory.pipe(0);
    pipe.flood(&[0x8a, 0]);
    for _ in 0..5 {
        let before = pipe.ends().read;
        let (task, waker) = Task::new();
        assert!(event(&mut events, &waker).is_none());
        assert!(task.was_woken());
        let read = pipe.ends().read - before;
        assert!((256 * 1024..256 * 1024 + 64 * 1024).contains(&read), "{read}");
    }
}

/// The pong was in the socket before its time was up, though the reactor has not called yet (rule F8). Whoever
/// drives has another reason: its timer, or a command.
#[test]
fn a_late_task_takes_no_live_server_for_dead() {
    for (called, pong) in [(false, true), (true, true), (false, false)] {
        let keepalive = Keepalive::new(Duration::from_secs(10), Duration::from_secs(5));
        let (memory, socket, mut events) = socket(Config::default().keepalive(keepalive));
        turns_to_open(&socket, &mut events);
        let pipe = memory.pipe(0);
        assert!(event(&mut events, Waker::noop()).is_none());
        memory.pass(Duration::from_secs(10));
        socket.set_receiving(true);
        assert!(event(&mut events, Waker::noop()).is_none());
        assert_eq!(pipe.ends().written.len(), 6, "a ping");
        match (called, pong) {
            (_, false) => {}
            (false, true) => pipe.say_unheard(&[0x8a, 0]),
            (true, true) => pipe.say(&[0x8a, 0]),
        }
        memory.pass(Duration::from_secs(3_600));
        socket.set_receiving(true);
        let told = event(&mut events, Waker::noop());
        assert_eq!(told.is_none(), pong, "{told:?}");
    }
}

/// The same for an answer to the request and the connect timeout.
#[test]
fn a_late_task_opens_what_was_answered_in_time() {
    for answered in [true, false] {
        let (memory, socket, mut events) = socket(Config::default());
        memory.world().servers = Servers::Mute;
        drop(socket.connect(&ConnectOptions::new("ws://192.0.2.1")));
        assert!(event(&mut events, Waker::noop()).is_none());
        if answered {
            memory.pipe(0).ends().answer();
        }
        memory.pass(Duration::from_secs(3_600));
        socket.set_receiving(true);
        let settled = event(&mut events, Waker::noop());
        let Some(OwnedEvent::Settled { result, .. }) = settled else { panic!("{settled:?}") };
        assert_eq!(result.is_ok(), answered);
    }
}
