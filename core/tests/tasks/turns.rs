//! What one socket does in a turn, which ends when other tasks have their time.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
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

/// The same where nobody takes the events of what was read: a turn takes a share of them.
#[test]
fn a_turn_takes_a_share_of_events() {
    let (memory, socket, mut events) = socket(Config::default());
    turns_to_open(&socket, &mut events);
    assert!(event(&mut events, Waker::noop()).is_none(), "a new turn begins");
    memory.pipe(0).flood(&message(b""));
    let mut idle = socket.idle();
    for turn in 1..5 {
        let (task, waker) = Task::new();
        assert!(Pin::new(&mut idle).poll(&mut Context::from_waker(&waker)).is_pending());
        assert!(task.was_woken());
        assert_eq!(socket.stats().received.messages, turn * 1_024);
    }
}

/// A thread's tasks by their numbers, in the order in which they were woken.
type Queue = Arc<Mutex<VecDeque<usize>>>;

/// A task of such a thread.
struct Queued(usize, Queue);

impl Wake for Queued {
    fn wake(self: Arc<Self>) {
        let mut queue = self.1.lock().expect("no panic");
        if !queue.contains(&self.0) {
            queue.push_back(self.0);
        }
    }
}

/// Two sockets have a task each on one thread, and the server of one never stops. Between what the other's server says
/// and its event the flooded one has one turn: as many events as a task takes in a row, as many bytes as a share has.
#[test]
fn a_flood_delays_another_socket_by_a_share() {
    const EVENTS: usize = 256;
    const BYTES: usize = (256 + 64) * 1024;
    for flood in [message(b"again"), message(&vec![7; 60_000]), vec![0x8a, 0]] {
        let memory = Memory::default();
        let group = Group::on(memory.clone(), Config::default()).expect("a seed is there");
        let mut sockets = [(); 2].map(|()| group.socket());
        for (socket, events) in &mut sockets {
            turns_to_open(socket, events);
        }
        let [(_, flooded), (_, other)] = &mut sockets;
        let queue = Queue::default();
        let wakers = [0, 1].map(|task| Waker::from(Arc::new(Queued(task, Arc::clone(&queue)))));
        let [pipe, beside] = [0, 1].map(|at| memory.pipe(at));
        assert!(event(flooded, &wakers[0]).is_none() && event(other, &wakers[1]).is_none());
        pipe.flood(&flood);
        for round in 0..10 {
            beside.say(&message(b"hello"));
            let (mut events, before) = (0, pipe.ends().read);
            loop {
                let task = queue.lock().expect("no panic").pop_front();
                match task.expect("one of them has something to do") {
                    0 => events += std::iter::from_fn(|| event(flooded, &wakers[0])).count(),
                    _ => break,
                }
            }
            assert!(matches!(event(other, &wakers[1]), Some(OwnedEvent::Message { .. })), "round {round}");
            assert!(event(other, &wakers[1]).is_none());
            let read = pipe.ends().read - before;
            assert!(events + read > 0, "the flooded one has its turns, too: round {round}");
            assert!(events <= EVENTS && read < BYTES, "round {round}: {events} events, {read} bytes");
        }
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
