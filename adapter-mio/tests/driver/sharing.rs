//! A poll that others use, too.

use std::io::Write;
use std::net::TcpStream;

use connect_socket_mio::Driver;
use connect_socket_mio::connect_socket_core::{Config, ConnectOptions, Event};
use mio::net::TcpListener;
use mio::{Interest, Token};

use super::support::{Loop, NEVER, says};

/// Two drivers in one poll: each event is of one of them, whichever looks first.
#[test]
fn two_drivers_share_a_poll() {
    let (url, _said) = says("hello");
    let mut it = Loop::new(Config::default());
    let behind = Token(1 + Driver::TOKENS);
    let other = Driver::new(Config::default(), it.poll.registry(), behind, it.waker.clone());
    let mut other = other.expect("a driver");
    let second = other.add();
    for _ in 0..3 {
        it.connect(&url);
    }
    other.slot(second).expect("a session").connect(&ConnectOptions::new(&*url));
    let mut heard = [0, 0];
    loop {
        for (driver, heard) in [&mut it.driver, &mut other].into_iter().zip(&mut heard) {
            while let Some((_, event)) = driver.poll_event() {
                *heard += usize::from(matches!(event, Event::Message { .. }));
            }
        }
        if heard == [3, 1] {
            break;
        }
        let timeout = [it.driver.timeout(), other.timeout()].into_iter().flatten().min();
        it.poll.poll(&mut it.events, Some(timeout.unwrap_or(NEVER).min(NEVER))).expect("a poll");
        for event in &it.events {
            assert!(it.driver.owns(event.token()) != other.owns(event.token()));
            it.driver.handle_event(event);
            other.handle_event(event);
        }
    }
    assert!(!it.driver.owns(Token(0)) && !other.owns(Token(0)));
}

/// A driver takes no event of the program's own sources, and the program sees all of them.
#[test]
fn a_poll_has_sources_of_the_program() {
    const LISTENER: Token = Token(usize::MAX);
    let (url, _said) = says("hello");
    let mut it = Loop::new(Config::default());
    let mut listener = TcpListener::bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
    it.poll.registry().register(&mut listener, LISTENER, Interest::READABLE).expect("registered");
    assert!(!it.driver.owns(LISTENER) && it.driver.owns(Token(Driver::TOKENS)));
    let key = it.connect(&url);
    it.open(&[key]);
    let mut guest = TcpStream::connect(listener.local_addr().expect("bound")).expect("connected");
    guest.write_all(b"of no concern").expect("sent");
    it.waker.wake().expect("woken");
    let (mut accepted, mut woken, mut heard) = (false, false, false);
    while !(accepted && woken && heard) {
        while let Some((of, event)) = it.driver.poll_event() {
            assert!(of == key && matches!(event, Event::Message { .. }), "{event:?}");
            heard = true;
        }
        if accepted && woken && heard {
            break;
        }
        it.poll.poll(&mut it.events, Some(NEVER)).expect("a poll");
        assert!(!it.events.is_empty(), "nothing comes any more");
        for event in &it.events {
            accepted |= event.token() == LISTENER && listener.accept().is_ok();
            woken |= event.token() == Token(0);
            it.driver.handle_event(event);
        }
    }
}

/// A driver whose tokens would not all be numbers is refused, rather than a socket later.
#[test]
fn a_driver_has_all_its_tokens() {
    let it = Loop::new(Config::default());
    let driver = |first| Driver::new(Config::default(), it.poll.registry(), Token(first), it.waker.clone());
    assert!(driver(usize::MAX - Driver::TOKENS).is_ok());
    assert!(driver(usize::MAX - Driver::TOKENS + 1).is_err());
}
