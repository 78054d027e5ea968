//! Names to look up: the sockets of a group share them, and nobody waits for those of others.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use connect_socket_core::host::{Resolve, ResolverThreads};
use connect_socket_core::tasks::{Call, Events, Group, LookUp, Socket};
use connect_socket_core::{Cause, CloseOptions, Config, ConnectOptions};

use super::memory::{Heard, Memory, Task};

const ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 0);

fn group() -> (Memory, Group<Memory>) {
    let memory = Memory::default();
    let group = Group::on(memory.clone(), Config::default()).expect("a seed is there");
    (memory, group)
}

/// Connects, as far as that goes without waiting. Without a task that is woken by it, nobody waits.
fn connect(socket: &Socket<Memory>, url: &str, task: &Waker) -> Call<Memory> {
    let mut call = socket.connect(&ConnectOptions::new(url));
    assert!(poll(&mut call, task).is_none());
    call
}

fn poll<F: Future + Unpin>(future: &mut F, task: &Waker) -> Option<F::Output> {
    match Pin::new(future).poll(&mut Context::from_waker(task)) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// A name is asked once, and its answer wakes each who waits for it; one that is never polled again holds up no other.
#[test]
fn one_answer_is_for_all_who_wait() {
    let (memory, group) = group();
    let sockets: Vec<_> = (0..400).map(|_| group.socket()).collect();
    let mut waiting: Vec<_> = sockets
        .iter()
        .map(|(socket, _)| {
            let (task, waker) = Task::new();
            let call = connect(socket, "ws://same.example", &waker);
            (task, waker, call)
        })
        .collect();
    assert_eq!(memory.world().names.len(), 1);
    for (task, ..) in &waiting {
        task.forget();
    }
    let name = memory.world().names.pop().expect("the name");
    assert_eq!((name.host(), name.port()), ("same.example", 80));
    name.answer(Ok(vec![ADDRESS]));
    // The first is kept, and never polled again.
    for (task, waker, call) in waiting.iter_mut().skip(1) {
        assert!(task.was_woken());
        assert!(poll(call, waker).expect("it is open").is_ok());
    }
}

/// A socket that connects again and again to names that hang takes a share of the threads, and no more: 16 that nobody
/// waits for, and the one that it waits for. Another socket's name is asked all the same.
#[test]
fn names_of_connections_that_are_gone_hold_up_no_other() {
    let (memory, group) = group();
    let (restless, _events) = group.socket();
    for at in 0..2_000 {
        drop(connect(&restless, &format!("ws://{at}.slow.example"), Waker::noop()));
    }
    assert_eq!(memory.world().names.len(), 16);
    let (task, waker) = Task::new();
    let (other, _events) = group.socket();
    let mut call = connect(&other, "ws://fast.example", &waker);
    task.forget();
    let name = memory.world().names.pop().expect("a name");
    assert_eq!(name.host(), "fast.example");
    name.answer(Ok(vec![ADDRESS]));
    assert!(task.was_woken());
    assert!(poll(&mut call, &waker).expect("it is open").is_ok());
}

/// What nobody waits for any more is not asked: its connection was closed, or its socket is gone. Names that wait for a
/// place are asked when there is one, whoever makes it.
#[test]
fn what_nobody_waits_for_is_not_asked() {
    let (memory, group) = group();
    let mut sockets: Vec<(Socket<Memory>, Events<Memory>, Call<Memory>)> = (0..40)
        .map(|at| {
            let (socket, events) = group.socket();
            let call = connect(&socket, &format!("ws://{at}.example"), Waker::noop());
            (socket, events, call)
        })
        .collect();
    assert_eq!(memory.world().names.len(), 16);
    let close = |socket: &Socket<Memory>| {
        let mut closing = socket.close(&CloseOptions::default());
        assert!(poll(&mut closing, Waker::noop()).is_some_and(|closed| closed.is_ok()));
    };
    close(&sockets[0].0);
    assert_eq!(memory.world().names.len(), 17, "one that hangs and that nobody waits for takes no place");
    sockets.iter().skip(20).step_by(2).for_each(|(socket, ..)| close(socket));
    sockets.truncate(20);
    let (last, _events) = group.socket();
    let _call = connect(&last, "ws://last.example", Waker::noop());
    let mut asked = Vec::new();
    loop {
        let Some(name) = memory.world().names.pop() else { break };
        asked.push(name.host().to_owned());
        drop(name);
    }
    asked.sort();
    let mut expected: Vec<_> = (0..20).map(|at| format!("{at}.example")).collect();
    expected.push("last.example".into());
    expected.sort();
    assert_eq!(asked, expected);
}

/// A resolver that fails, panics or goes away is an answer.
#[test]
fn a_name_always_has_an_answer() {
    let (memory, group) = group();
    let (socket, _events) = group.socket();
    let ways: [fn(LookUp<Memory>); 3] = [
        |name| name.answer(Err(io::Error::other("no such name"))),
        |name| name.ask(|_, _| panic!("as this test wants it")),
        drop,
    ];
    for (way, words) in ways.into_iter().zip(["no such name", "panicked", "given up"]) {
        let (task, waker) = Task::new();
        let mut call = connect(&socket, "ws://a.example", &waker);
        task.forget();
        let name = memory.world().names.pop().expect("the name");
        way(name);
        assert!(task.was_woken());
        let error = poll(&mut call, &waker).expect("it is over").expect_err("no address");
        assert!(matches!(error.cause(), Cause::NameLookup(said) if said.contains(words)), "{error:?}");
    }
}

/// A runtime may answer while it is asked, and however many names wait then, it is not called from within its own call.
#[test]
fn a_runtime_may_answer_at_once() {
    let (memory, group) = group();
    let sockets: Vec<_> = (0..1_000).map(|_| group.socket()).collect();
    let mut calls: Vec<_> = (sockets.iter().enumerate())
        .map(|(at, (socket, _))| connect(socket, &format!("ws://{at}.example"), Waker::noop()))
        .collect();
    let mut names = std::mem::take(&mut memory.world().names);
    memory.world().answers_at_once = true;
    names.pop().expect("a name").answer(Ok(vec![ADDRESS]));
    for name in names {
        name.answer(Ok(vec![ADDRESS]));
    }
    assert!(calls.iter_mut().all(|call| poll(call, Waker::noop()).is_some_and(|it| it.is_ok())));
}

/// Threads that look up names do so for a group, unless nobody of it waits any more, and one that cannot be started is an
/// answer.
#[test]
fn threads_answer_a_group() {
    static THREADS: ResolverThreads = ResolverThreads::new();
    static ASKED: AtomicBool = AtomicBool::new(false);
    let resolve: Resolve = Arc::new(|_, _| {
        ASKED.store(true, Ordering::Relaxed);
        Ok(vec![ADDRESS])
    });
    let (memory, group) = group();
    let (socket, _events) = group.socket();
    let name = || memory.world().names.pop().expect("the name");

    let mut call = connect(&socket, "ws://a.example", Waker::noop());
    name().ask_on(&THREADS, Arc::clone(&resolve), |_| Err(io::Error::other("no thread is left")));
    let error = poll(&mut call, Waker::noop()).expect("it is over").expect_err("no address");
    assert!(
        matches!(error.cause(), Cause::NameLookup(said) if said.contains("no thread is left")),
        "{error:?}"
    );
    assert!(!ASKED.load(Ordering::Relaxed));

    let _call = connect(&socket, "ws://gone.example", Waker::noop());
    let mut closing = socket.close(&CloseOptions::default());
    assert!(poll(&mut closing, Waker::noop()).is_some_and(|closed| closed.is_ok()));
    let at_once = |work: connect_socket_core::host::ResolverWork| {
        work.run();
        Ok(())
    };
    name().ask_on(&THREADS, Arc::clone(&resolve), at_once);
    assert!(!ASKED.load(Ordering::Relaxed), "nobody waits for it");

    let mut call = connect(&socket, "ws://a.example", Waker::noop());
    name().ask_on(&THREADS, resolve, at_once);
    assert!(poll(&mut call, Waker::noop()).expect("it is open").is_ok());
}

/// A runtime that panics while it is asked is asked again for the next name.
#[test]
fn a_runtime_that_panics_is_asked_again() {
    let (memory, group) = group();
    let (socket, _events) = group.socket();
    memory.world().hears = Some(Arc::new(|heard| match heard {
        Heard::Name(_) => panic!("as this test wants it"),
        Heard::Written(_) => {}
    }));
    let asked = catch_unwind(AssertUnwindSafe(|| connect(&socket, "ws://a.example", Waker::noop())));
    assert!(asked.is_err());
    memory.world().hears = None;
    let _call = connect(&socket, "ws://b.example", Waker::noop());
    let name = memory.world().names.pop().expect("the name");
    assert_eq!(name.host(), "b.example");
}
