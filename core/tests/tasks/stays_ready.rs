//! A runtime whose sockets stay ready until a read fails, as tokio's do: each wait needs a read that finds nothing.

use std::future::Future;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use connect_socket_core::tasks::{Group, LookUp, Runtime, Transport};
use connect_socket_core::{Config, ConnectOptions, Event, Time};
use futures_util::TryFutureExt;

use super::memory::{Memory, Pipe, message};

#[derive(Default)]
struct StaysReady(Memory);

struct StaysReadyPipe(Pipe);

impl Runtime for StaysReady {
    type Transport = StaysReadyPipe;
    type Dial = Pin<Box<dyn Future<Output = io::Result<StaysReadyPipe>> + Send>>;
    type Timer = ();

    fn configure(&self, config: Config) -> Config {
        self.0.configure(config)
    }

    fn start(&self) -> io::Result<[u8; 32]> {
        self.0.start()
    }

    fn now(&self) -> Time {
        self.0.now()
    }

    fn timer(&self) {}

    fn poll_timer(&self, timer: &mut (), at: Time, cx: &mut Context<'_>) -> Poll<()> {
        self.0.poll_timer(timer, at, cx)
    }

    fn look_up(&self, _: LookUp<Self>) {
        panic!("the url has an address");
    }

    fn dial(&self, address: SocketAddr) -> Self::Dial {
        Box::pin(self.0.dial(address).map_ok(StaysReadyPipe))
    }
}

impl Transport for StaysReadyPipe {
    const READY_UNTIL_READ_FAILS: bool = true;

    fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_readable(cx)
    }

    fn poll_writable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_writable(cx)
    }

    fn stream(&mut self) -> impl Read + Write {
        self.0.stream()
    }

    fn shut_down_write(&mut self) {
        self.0.shut_down_write();
    }
}

/// An event loop reads once more before each wait, however often it finds nothing.
#[test]
fn it_looks_before_each_wait() {
    let memory = Memory::default();
    let group = Group::on(StaysReady(memory.clone()), Config::default()).expect("a seed is there");
    let (mut events, cx) = (group.event_loop(), &mut Context::from_waker(Waker::noop()));
    events.connect(&ConnectOptions::new("ws://192.0.2.1"));
    while let Poll::Ready(event) = events.poll_event(cx) {
        assert!(
            matches!(event, Some(Event::Settled { result: Ok(()), .. } | Event::Open { .. })),
            "{event:?}"
        );
    }
    let pipe = memory.pipe(0);
    let before = pipe.ends().tries;
    for _ in 0..100 {
        pipe.say(&message(b"one"));
        assert!(matches!(events.poll_event(cx), Poll::Ready(Some(Event::Message { .. }))));
        assert!(events.poll_event(cx).is_pending());
    }
    assert_eq!(pipe.ends().tries.0 - before.0, 200, "a read with a message, and one without");
}
