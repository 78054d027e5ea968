//! Connections that come and go hold no memory: counted, by an allocator that counts.

mod counting;
#[path = "../../core/tests/hub/host.rs"]
#[allow(dead_code, reason = "a test takes what it needs")]
mod host;
#[path = "../../core/tests/memory/mod.rs"]
mod memory;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use connect_socket_core::{Config, ConnectOptions, Event};
use connect_socket_mio::{Driver, SessionKey};
use mio::{Events, Poll, Token, Waker};

use counting::HELD;
use host::{Host, Told};

/// What is held may grow by so much: a table that doubles once where a connection more than ever before lingers.
const SOME: isize = 4 * 1024;

/// In memory, so that there may be 100,000 of them: of a session that stays, and of sessions that are removed.
#[test]
fn a_hub_does_not_grow_by_reconnects() {
    for (removed, many) in [(false, 100_000), (true, 20_000)] {
        let mut host = Host::new();
        let mut key = host.add();
        let mut held = 0;
        for round in 0..many {
            if removed {
                host.hub.remove(key);
                key = host.add();
            }
            host.connect(key, "ws://192.0.2.1");
            while !host.turn().contains(&(key, Told::Open)) {}
            if round == 1_000 {
                held = HELD.get();
            }
        }
        let grown = HELD.get() - held;
        assert!(grown <= SOME, "{grown} bytes more, removed: {removed}");
    }
}

struct Loop {
    poll: Poll,
    events: Events,
    driver: Driver,
}

impl Loop {
    fn connect(&mut self, key: SessionKey, url: &str) {
        self.driver.slot(key).expect("a session").connect(&ConnectOptions::new(url));
        loop {
            while let Some((of, event)) = self.driver.poll_event() {
                match event {
                    Event::Open { .. } if of == key => return,
                    Event::Error { .. } => panic!("{event:?}"),
                    Event::Open { .. }
                    | Event::Settled { .. }
                    | Event::Message { .. }
                    | Event::Close { .. } => {}
                }
            }
            let wait = self.driver.timeout().unwrap_or(Duration::from_secs(60));
            self.poll.poll(&mut self.events, Some(wait)).expect("a poll");
            for event in &self.events {
                self.driver.handle_event(event);
            }
        }
    }
}

/// The same over real sockets, of which a machine has fewer.
#[test]
fn a_driver_does_not_grow_by_reconnects() {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port");
    let url = format!("ws://{}", listener.local_addr().expect("bound"));
    thread::spawn(move || {
        // It keeps one connection; the one before it is closed then, which ends its lingering.
        let mut last = None;
        for stream in listener.incoming() {
            last.replace(tungstenite::accept(stream.expect("a client")));
        }
    });
    for removed in [false, true] {
        let poll = Poll::new().expect("a poll");
        let waker = Arc::new(Waker::new(poll.registry(), Token(0)).expect("a waker"));
        let driver = Driver::new(Config::default(), poll.registry(), Token(1), waker).expect("a driver");
        let mut it = Loop { poll, events: Events::with_capacity(64), driver };
        let mut key = it.driver.add();
        let mut held = 0;
        for round in 0..3_000 {
            if removed {
                it.driver.remove(key);
                key = it.driver.add();
            }
            it.connect(key, &url);
            if round == 500 {
                held = HELD.get();
            }
        }
        let grown = HELD.get() - held;
        assert!(grown <= SOME, "{grown} bytes more, removed: {removed}");
    }
}
