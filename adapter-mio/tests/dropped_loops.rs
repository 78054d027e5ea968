//! Loops that are dropped while their names are looked up. All names of a process share their threads, so this test has a
//! process of its own.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use connect_socket_mio::connect_socket_core::{Config, ConnectOptions, OwnedEvent as Event};
use connect_socket_mio::{EventLoop, Resolve, Waited};

/// As many threads as look names up in one process.
const THREADS: usize = 128;

/// A resolver hangs, and all loops that wait for it are dropped. So many threads stay with it, the other questions are
/// never asked, and when it comes to life again, so does whoever is left.
#[test]
fn loops_that_are_gone_leave_few_threads() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("ws://good.example:{}", listener.local_addr().expect("bound").port());
    thread::spawn(move || {
        let mut socket = tungstenite::accept(listener.accept().expect("a client").0).expect("an upgrade");
        // It stays until the client has gone.
        let _ = socket.read();
    });
    let (go_on, held) = channel::<()>();
    let (asked, is_asked) = channel();
    let (held, calls) = (Mutex::new(held), Arc::new(AtomicUsize::new(0)));
    let counted = calls.clone();
    let resolve: Resolve = Arc::new(move |_, port| {
        counted.fetch_add(1, Ordering::Relaxed);
        let _ = asked.send(());
        // Until the test lets it go on.
        let _ = held.lock().expect("no panic").recv();
        Ok(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))])
    });
    let new = || EventLoop::new(Config::default()).map(|it| it.with_resolver(Arc::clone(&resolve)));
    for at in 0..500 {
        let mut it = new().expect("a loop");
        it.connect(&ConnectOptions::new(format!("ws://name{at}.example")));
        let told = it.wait(Some(Duration::ZERO)).expect("a poll");
        assert!(matches!(told, Waited::TimedOut), "{told:?}");
        if at < THREADS {
            // It is dropped when a thread is at it.
            is_asked.recv_timeout(Duration::from_secs(60)).expect("it is asked");
        }
    }
    if let Ok(threads) = resolver_threads() {
        assert_eq!(threads, THREADS);
    }
    let mut last = new().expect("a loop");
    last.connect(&ConnectOptions::new(url));
    assert!(matches!(last.wait(Some(Duration::ZERO)).expect("a poll"), Waited::TimedOut));
    drop(go_on);
    loop {
        match last.next_event().expect("a poll") {
            Some(Event::Open { .. }) => break,
            Some(Event::Settled { result: Ok(()), .. }) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(calls.load(Ordering::Relaxed), THREADS + 1, "what nobody waits for is not asked");
}

/// How many threads of this process look names up; Linux says so.
fn resolver_threads() -> io::Result<usize> {
    let is_one = |task: io::Result<std::fs::DirEntry>| {
        let name = task.and_then(|task| std::fs::read_to_string(task.path().join("comm")));
        name.is_ok_and(|name| name.trim() == "resolver")
    };
    Ok(std::fs::read_dir("/proc/self/task")?.filter_map(|task| is_one(task).then_some(())).count())
}
