//! Wakers are called under no lock of the socket, whenever a source calls: one may want to ask the socket something.

use std::convert::Infallible;
use std::future::Future;
use std::io::{self, Empty, Read, Write};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use connect_socket_core::lifecycle::Phase;
use connect_socket_core::tasks::{Group, LookUp, Runtime, Socket, Transport};
use connect_socket_core::{Config, ConnectOptions, Time};

/// A runtime in which nothing is ever connected, and a dial calls its waker while it is polled, as resources do whose
/// share of a task is spent.
struct Calling;

struct Dialling;

impl Future for Dialling {
    type Output = io::Result<Never>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// There is no such transport.
struct Never(Infallible, Empty);

impl Transport for Never {
    fn poll_readable(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.0 {}
    }

    fn poll_writable(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.0 {}
    }

    fn stream(&mut self) -> impl Read + Write {
        &mut self.1
    }

    fn shut_down_write(&mut self) {
        match self.0 {}
    }
}

impl Runtime for Calling {
    type Transport = Never;
    type Dial = Dialling;
    type Timer = ();

    fn configure(&self, config: Config) -> Config {
        config
    }

    fn start(&self) -> io::Result<[u8; 32]> {
        Ok([1; 32])
    }

    fn now(&self) -> Time {
        Time::ZERO
    }

    fn timer(&self) {}

    fn poll_timer(&self, (): &mut (), _: Time, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }

    fn look_up(&self, look_up: LookUp<Self>) {
        look_up.answer(Ok(Vec::new()));
    }

    fn dial(&self, _: SocketAddr) -> Dialling {
        Dialling
    }
}

/// An executor's waker that asks the socket where it stands.
struct Asks {
    socket: Socket<Calling>,
    called: AtomicUsize,
}

impl Wake for Asks {
    fn wake(self: Arc<Self>) {
        assert_eq!(self.socket.phase(), Phase::Connecting);
        self.called.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_waker_may_ask_the_socket() {
    let (done, waits) = mpsc::channel();
    // A thread of its own, so that a deadlock is a failure.
    thread::spawn(move || {
        let group = Group::on(Calling, Config::default()).expect("a seed is there");
        let (socket, _events) = group.socket();
        let asks = Arc::new(Asks { socket: socket.clone(), called: AtomicUsize::new(0) });
        let waker = Waker::from(Arc::clone(&asks));
        let mut call = pin!(socket.connect(&ConnectOptions::new("ws://192.0.2.1")));
        for polls in 1..=3 {
            assert!(call.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            assert_eq!(
                asks.called.load(Ordering::Relaxed),
                polls,
                "the call while it was polled is heard behind it"
            );
        }
        done.send(()).expect("the test waits");
    });
    waits.recv_timeout(Duration::from_secs(60)).expect("no deadlock");
}
