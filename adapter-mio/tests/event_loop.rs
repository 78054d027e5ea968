//! When an event loop is over: a program that loops over its events ends by itself.

use std::net::TcpListener;

use connect_socket_mio::EventLoop;
use connect_socket_mio::connect_socket_core::{Config, ConnectOptions, OwnedEvent as Event};

/// It is over before the first call, and again once all that a call brings was told.
#[test]
fn it_is_over_until_the_next_call() {
    let mut it = EventLoop::new(Config::default()).expect("a loop");
    assert!(it.is_over() && it.end().is_none());
    assert!(it.next_event().expect("a poll").is_none());
    for _ in 0..2 {
        // Nobody listens there any more.
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("ws://{}", listener.local_addr().expect("bound"));
        drop(listener);
        it.connect(&ConnectOptions::new(url));
        assert!(!it.is_over(), "the call is not settled");
        let told: Vec<_> = std::iter::from_fn(|| it.next_event().expect("a poll")).collect();
        assert!(matches!(told[..], [Event::Settled { result: Err(_), .. }, Event::Error { .. }]), "{told:?}");
        assert!(it.is_over() && it.end().is_some());
    }
}
