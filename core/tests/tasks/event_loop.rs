//! A session that one task has for itself: it ends by itself, answers in time, and leaves other tasks their turns.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use connect_socket_core::tasks::{EventLoop, Group};
use connect_socket_core::{CloseOptions, Config, ConnectOptions, End, Event, Keepalive, OwnedEvent};
use futures_util::FutureExt;

use super::memory::{Memory, Pipe, Servers, Task, message};

const URL: &str = "ws://192.0.2.1";

fn event_loop(config: Config) -> (Memory, EventLoop<Memory>) {
    let memory = Memory::default();
    let group = Group::on(memory.clone(), Config::default()).expect("a seed is there");
    let events = group.event_loop_with(config);
    (memory, events)
}

/// One that is open.
fn opened(config: Config) -> (Memory, EventLoop<Memory>, Pipe) {
    let (memory, mut events) = event_loop(config);
    let pipe = open(&memory, &mut events);
    (memory, events, pipe)
}

fn open(memory: &Memory, events: &mut EventLoop<Memory>) -> Pipe {
    events.connect(&ConnectOptions::new(URL));
    let (told, over) = take(events);
    // Behind the end of the one that is replaced, if one is.
    let is_open =
        matches!(&told[..], [.., OwnedEvent::Settled { result: Ok(()), .. }, OwnedEvent::Open { .. }]);
    assert!(is_open && !over, "{told:?}");
    memory.world().pipes.last().cloned().expect("a connection")
}

fn poll(events: &mut EventLoop<Memory>, task: &Waker) -> Poll<Option<OwnedEvent>> {
    events.poll_event(&mut Context::from_waker(task)).map(|event| Some(event?.into_owned()))
}

/// What it tells without waiting, and whether nothing more can come.
fn take(events: &mut EventLoop<Memory>) -> (Vec<OwnedEvent>, bool) {
    let (task, waker) = Task::new();
    let mut told = Vec::new();
    loop {
        match poll(events, &waker) {
            Poll::Ready(Some(event)) => told.push(event),
            Poll::Ready(None) => return (told, true),
            // Others have had their time.
            Poll::Pending if task.was_woken() => {}
            Poll::Pending => return (told, false),
        }
    }
}

fn payload(event: Option<&OwnedEvent>) -> Option<&[u8]> {
    match event? {
        OwnedEvent::Message { message, .. } => Some(message.as_bytes()),
        OwnedEvent::Settled { .. }
        | OwnedEvent::Open { .. }
        | OwnedEvent::Error { .. }
        | OwnedEvent::Close { .. } => None,
    }
}

/// Whichever way a connection goes, the loop over its events ends, and says how.
#[test]
fn it_ends_by_itself() {
    let (memory, mut events) = event_loop(Config::default());
    assert!(take(&mut events).1, "nothing was begun");

    events.connect(&ConnectOptions::new("wss://"));
    let (told, over) = take(&mut events);
    assert!(matches!(&told[..], [OwnedEvent::Settled { result: Err(_), .. }]) && over, "{told:?}");
    assert!(matches!(events.end(), Some(End::Failed(error)) if error.code().number() == 4));

    memory.world().servers = Servers::Refuse;
    events.connect(&ConnectOptions::new(URL));
    let (told, over) = take(&mut events);
    assert!(matches!(told.last(), Some(OwnedEvent::Error { .. })) && over, "{told:?}");
    memory.world().servers = Servers::Answer;

    open(&memory, &mut events).end();
    let (told, over) = take(&mut events);
    assert!(matches!(&told[..], [OwnedEvent::Close { code: 1006, .. }]) && over, "{told:?}");

    // A replaced one is released while the new one stays.
    let replaced = open(&memory, &mut events);
    assert!(replaced.is_held());
    let pipe = open(&memory, &mut events);
    replaced.end();
    assert!(take(&mut events).0.is_empty());
    assert!(!replaced.is_held() && pipe.is_held());
    events.close(&CloseOptions::new(1000, "bye"));
    let (told, over) = take(&mut events);
    assert!(matches!(&told[..], [OwnedEvent::Settled { result: Ok(()), .. }]) && !over, "{told:?}");
    pipe.say(&[0x88, 2, 0x03, 0xe8]);
    pipe.end();
    let (told, over) = take(&mut events);
    assert!(matches!(&told[..], [OwnedEvent::Close { code: 1000, .. }]) && over, "{told:?}");
    assert!(events.end().is_some_and(End::is_clean));
    assert!(!pipe.is_held(), "its socket is released");
}

/// What one read brought is told message by message; a message in parts is told part by part where that is wanted, and
/// whole where it is not. What was read is kept while nobody asks.
#[test]
fn messages_are_told_as_they_were_read() {
    for parts in [false, true] {
        let config = Config::default();
        let (_, mut events, pipe) = opened(if parts { config.parts_above(1_000) } else { config });
        let before = pipe.ends().tries.0;
        pipe.say(&[message(b"one"), message(b""), message(&[7; 3_000]), message(b"two")].concat());
        let (told, over) = take(&mut events);
        assert!(!over);
        let bytes: Vec<u8> =
            told.iter().filter_map(|event| payload(Some(event))).flatten().copied().collect();
        assert_eq!(bytes, [&b"one"[..], &[7; 3_000], b"two"].concat());
        assert!(told.len() >= 4, "{told:?}");
        assert_eq!(pipe.ends().tries.0, before + 2, "one read, and one more before it waits");
        // Longer than a window.
        let long = vec![8; 60_000];
        pipe.say(&[message(&long), message(&long), message(&long)].concat());
        let (told, _) = take(&mut events);
        let length: usize = told.iter().filter_map(|event| payload(Some(event))).map(<[u8]>::len).sum();
        assert_eq!((length, told.len() > 3), (180_000, parts));
    }
}

/// Before it waits it looks once more: what came meanwhile is read without a word of the runtime, and where nothing came,
/// the runtime is asked once.
#[test]
fn it_looks_once_more_before_it_waits() {
    let (_, mut events, pipe) = opened(Config::default());
    pipe.say(&message(b"one"));
    let Poll::Ready(event) = poll(&mut events, Waker::noop()) else { panic!("nothing was told") };
    assert_eq!(payload(event.as_ref()), Some(&b"one"[..]));
    let before = pipe.ends().tries;
    pipe.say_unheard(&message(b"two"));
    let Poll::Ready(event) = poll(&mut events, Waker::noop()) else { panic!("it waits for what is there") };
    assert_eq!(payload(event.as_ref()), Some(&b"two"[..]));
    assert_eq!(pipe.ends().tries, (before.0 + 1, before.1), "reads, and questions to the runtime");
    assert!(poll(&mut events, Waker::noop()).is_pending());
    assert_eq!(pipe.ends().tries, (before.0 + 2, before.1 + 1));
    // Whoever holds messages back looks at nothing.
    events.set_receiving(false);
    pipe.say(&message(b"three"));
    let before = pipe.ends().tries;
    for _ in 0..2 {
        assert!(poll(&mut events, Waker::noop()).is_pending());
    }
    assert_eq!(pipe.ends().tries, before);
}

/// Where an answer is never there so soon, as over a network, it hardly ever looks.
#[test]
fn looks_in_vain_become_rare() {
    let (_, mut events, pipe) = opened(Config::default());
    let before = pipe.ends().tries;
    for _ in 0..200 {
        pipe.say(&message(b"one"));
        let Poll::Ready(event) = poll(&mut events, Waker::noop()) else { panic!("nothing was told") };
        assert_eq!(payload(event.as_ref()), Some(&b"one"[..]));
        assert!(poll(&mut events, Waker::noop()).is_pending());
    }
    let reads = pipe.ends().tries.0 - before.0;
    assert!(reads < 200 + 10, "{reads} reads for 200 messages");
}

/// One that has read its share, and waits then, is woken by what comes next.
#[test]
fn it_is_woken_after_a_share_of_reads() {
    let (_, mut events, pipe) = opened(Config::default());
    let (task, waker) = Task::new();
    // Each is a short read, and together they are more than a share of 256 KiB.
    for _ in 0..5 {
        pipe.say(&message(&vec![7; 60_000]));
        let event = poll(&mut events, &waker);
        assert!(matches!(event, Poll::Ready(Some(OwnedEvent::Message { .. }))), "{event:?}");
    }
    while poll(&mut events, &waker).is_pending() && task.was_woken() {}
    pipe.say(&message(b"and on"));
    assert!(task.was_woken(), "nobody waits for what comes");
    let (told, _) = take(&mut events);
    assert_eq!(payload(told.first()), Some(&b"and on"[..]));
}

/// The answer to a message goes out before the frame behind it ends the connection.
#[test]
fn an_answer_goes_out_before_the_next_frame_is_parsed() {
    let (_, mut events, pipe) = opened(Config::default());
    pipe.hear();
    pipe.say(&[message(b"question"), vec![0xff, 0]].concat());
    let Poll::Ready(event) = poll(&mut events, Waker::noop()) else { panic!("nothing was told") };
    assert_eq!(payload(event.as_ref()), Some(&b"question"[..]));
    events.send("answer");
    let (told, _) = take(&mut events);
    assert!(matches!(told.first(), Some(OwnedEvent::Settled { result: Ok(()), .. })), "{told:?}");
    let written = pipe.hear();
    assert_eq!(
        written.get(..2),
        Some(&[0x81, 0x80 | 6][..]),
        "the answer, and then the close frame: {written:?}"
    );
}

/// A future that is dropped loses nothing, and another task may go on: whatever comes wakes that one.
#[test]
fn another_task_may_go_on() {
    let keepalive = Keepalive::new(Duration::from_secs(10), Duration::from_secs(5));
    let (memory, mut events, pipe) = opened(Config::default().keepalive(keepalive));
    let [(first, first_waker), (second, second_waker)] = [Task::new(), Task::new()];
    assert!(events.next_event().now_or_never().is_none());
    for waker in [&first_waker, &second_waker, &second_waker] {
        assert!(poll(&mut events, waker).is_pending());
    }
    pipe.say(&message(b"hello"));
    assert!(!first.was_woken() && second.was_woken());
    assert_eq!(
        payload(events.next_event().now_or_never().flatten().map(Event::into_owned).as_ref()),
        Some(&b"hello"[..])
    );
    assert!(poll(&mut events, &first_waker).is_pending());
    assert!(poll(&mut events, &second_waker).is_pending());
    memory.pass(Duration::from_secs(10));
    let alarm = memory.world().alarm.take();
    alarm.expect("a timer").1.wake();
    assert!(!first.was_woken() && second.was_woken());
    assert!(poll(&mut events, &second_waker).is_pending());
    assert_eq!(pipe.hear().len(), 6, "a ping");
}

/// A read that fills the window, and has nothing to tell but something to answer, is followed by the next one at once.
#[test]
fn what_comes_behind_pings_is_told() {
    let (_, mut events, pipe) = opened(Config::default());
    let pings = [0x89, 0].repeat(32 * 1024);
    pipe.say(&[pings, message(b"hello")].concat());
    let (told, _) = take(&mut events);
    assert_eq!(payload(told.first()), Some(&b"hello"[..]), "{told:?}");
    assert!(!pipe.hear().is_empty(), "a pong");
}

/// While no messages are wanted, none is told, and none is lost.
#[test]
fn messages_wait_while_none_is_wanted() {
    let (_, mut events, pipe) = opened(Config::default());
    events.set_receiving(false);
    pipe.say(&message(b"hello"));
    assert!(take(&mut events).0.is_empty());
    events.set_receiving(true);
    assert_eq!(payload(take(&mut events).0.first()), Some(&b"hello"[..]));
}

/// The timer is set for the deadline that is next, also where that comes before an earlier one.
#[test]
fn the_timer_is_set_for_what_is_next() {
    let keepalive = Keepalive::new(Duration::from_secs(60), Duration::from_secs(5));
    let (memory, mut events) = event_loop(Config::default().keepalive(keepalive));
    open(&memory, &mut events);
    let set = || memory.world().alarm.as_ref().expect("a timer").0;
    memory.pass(Duration::from_secs(2));
    // One task all the time: another one sets the timer anew anyway. A clone of a waker equals its own clones; the first
    // may have another table of functions.
    let waker = Task::new().1.clone();
    assert!(poll(&mut events, &waker).is_pending());
    let quiet = events.session().poll_timeout().expect("a ping comes next").0;
    assert_eq!(set(), quiet);
    events.close(&CloseOptions::default());
    while poll(&mut events, &waker).is_ready() {}
    let closing = events.session().poll_timeout().expect("a close has a timeout").0;
    assert!(closing < quiet);
    assert_eq!(set(), closing);
}

/// A server that floods leaves other tasks their time: after a share of events or of bytes the task is only woken.
#[test]
fn a_turn_is_a_share() {
    for (flood, of_events) in
        [(message(b"again"), true), (message(&vec![7; 60_000]), false), (vec![0x8a, 0], false)]
    {
        let (_, mut events, pipe) = opened(Config::default());
        pipe.flood(&flood);
        for round in 0..5 {
            let (task, waker) = Task::new();
            let before = pipe.ends().read;
            let told = std::iter::from_fn(|| match poll(&mut events, &waker) {
                Poll::Ready(event) => event,
                Poll::Pending => None,
            });
            let told = told.count();
            assert!(task.was_woken(), "round {round}: there is more in the next turn");
            let read = pipe.ends().read - before;
            assert!(told <= 1_024 && read < (256 + 64) * 1024, "round {round}: {told} events, {read} bytes");
            assert!(
                if of_events { told == 1_024 } else { read >= 192 * 1024 },
                "round {round}: {told}, {read}"
            );
        }
    }
}

/// The answer to a name wakes the task, also from within the question; a loop that is gone or closed asks for nothing.
#[test]
fn names_wake_the_task() {
    let memory = Memory::default();
    let group = Group::on(memory.clone(), Config::default()).expect("a seed is there");
    let mut loops: Vec<_> = (0..18).map(|_| group.event_loop()).collect();
    let (task, waker) = Task::new();
    for (at, events) in loops.iter_mut().enumerate() {
        events.connect(&ConnectOptions::new(format!("ws://{at}.example")));
        assert!(poll(events, &waker).is_pending());
    }
    assert_eq!(memory.world().names.len(), 16, "there are as many at a time");
    // Those that hang and that nobody waits for take no place.
    drop(loops.remove(0));
    assert_eq!(memory.world().names.len(), 17);
    loops[0].close(&CloseOptions::default());
    assert_eq!(memory.world().names.len(), 18);
    assert!(take(&mut loops[0]).1, "it is closed");
    let mut names = std::mem::take(&mut memory.world().names);
    task.forget();
    let name = names.pop().expect("the last");
    assert_eq!(name.host(), "17.example");
    name.answer(Ok(vec![SocketAddr::from(([192, 0, 2, 1], 0))]));
    assert!(task.was_woken());
    let (told, _) = take(loops.last_mut().expect("the last"));
    assert!(matches!(told.last(), Some(OwnedEvent::Open { .. })), "{told:?}");
    names.pop().expect("another").answer(Err(io::Error::other("no such name")));

    memory.world().answers_at_once = true;
    let mut events = group.event_loop();
    events.connect(&ConnectOptions::new("ws://at.once.example"));
    let (told, _) = take(&mut events);
    assert!(matches!(told.last(), Some(OwnedEvent::Open { .. })), "{told:?}");
}

/// The pong was in the socket before its time was up, though the reactor has not called yet (rule F8).
#[test]
fn a_late_task_takes_no_live_server_for_dead() {
    for pong in [true, false] {
        let keepalive = Keepalive::new(Duration::from_secs(10), Duration::from_secs(5));
        let (memory, mut events, pipe) = opened(Config::default().keepalive(keepalive));
        memory.pass(Duration::from_secs(10));
        assert!(take(&mut events).0.is_empty());
        assert_eq!(pipe.hear().len(), 6, "a ping");
        if pong {
            pipe.say_unheard(&[0x8a, 0]);
        }
        memory.pass(Duration::from_secs(3_600));
        let (told, _) = take(&mut events);
        assert_eq!(told.is_empty(), pong, "{told:?}");
    }
}
