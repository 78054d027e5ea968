//! Wakers are called under no lock of the socket, whenever a source calls: one may want to ask the socket something.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::Duration;

use connect_socket_core::tasks::{Group, Socket};
use connect_socket_core::{Config, ConnectOptions, Phase};

use super::memory::{Memory, Servers};

/// An executor's waker that asks the socket where it stands.
struct Asks {
    socket: Socket<Memory>,
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
        let memory = Memory::default();
        memory.world().servers = Servers::Call;
        let group = Group::on(memory, Config::default()).expect("a seed is there");
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
