//! A session that is removed at any point leaves nothing behind: no socket, no timer, no event, and no way back.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use connect_socket_mio::connect_socket_core::{Config, ConnectOptions, Event, Message, Payload};
use connect_socket_mio::{Resolve, SessionKey};

use super::support::{Loop, NEVER, says, script};

/// Upgrades a bare socket.
fn accept(stream: &mut TcpStream) {
    tungstenite::accept(stream.try_clone().expect("a clone")).expect("an upgrade");
}

/// Removes the session, and looks for whatever is left of it.
fn remove(it: &mut Loop, key: SessionKey, point: &str) {
    it.driver.remove(key);
    assert!(it.driver.slot(key).is_none() && it.driver.session(key).is_none(), "{point}");
    assert!(!it.driver.has_event(), "{point}: something is told");
    assert_eq!(it.driver.timeout(), None, "{point}: something is waited for");
    // What the poll still has of it is harmless.
    it.poll.poll(&mut it.events, Some(Duration::ZERO)).expect("a poll");
    for event in &it.events {
        it.driver.handle_event(event);
    }
    assert!(!it.driver.has_event(), "{point}: something is told later");
    let new = it.driver.add();
    assert!(new != key, "{point}: the key is used again");
    assert!(
        it.driver.slot(key).is_none() && it.driver.session(key).is_none(),
        "{point}: the key is valid again"
    );
    it.driver.remove(new);
}

/// Goes on until the session is told such an event.
fn until(it: &mut Loop, is_it: impl Fn(&Event<Message<'_>>) -> bool) {
    loop {
        while let Some((_, event)) = it.driver.poll_event() {
            if is_it(&event) {
                return;
            }
        }
        it.wait();
    }
}

#[test]
fn idle_or_resolving() {
    let (go_on, held) = channel::<()>();
    let (asked, is_asked) = channel();
    let held = Mutex::new(held);
    let resolve: Resolve = Arc::new(move |_, port| {
        let _ = asked.send(());
        let _ = held.lock().expect("no panic").recv();
        Ok(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))])
    });
    let mut it = Loop::with_resolver(Config::default(), resolve);
    let idle = it.driver.add();
    remove(&mut it, idle, "idle");
    assert!(it.driver.is_quiet());
    let resolving = it.connect("ws://slow.example");
    assert!(!it.driver.has_event());
    assert!(!it.driver.is_quiet(), "a name is looked up");
    is_asked.recv_timeout(NEVER).expect("it is asked");
    remove(&mut it, resolving, "resolving");
    drop(go_on);
    // The answer comes, and is nobody's.
    it.poll.poll(&mut it.events, Some(NEVER)).expect("a poll");
    assert!(!it.events.is_empty() && !it.driver.has_event());
    assert_eq!(it.driver.timeout(), None);
}

/// A listener that has taken the one connection that it takes: further ones are not answered.
fn full() -> (socket2::Socket, TcpStream, SocketAddr) {
    use socket2::{Domain, Socket, Type};
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    listener.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("a port");
    listener.listen(0).expect("a listener");
    let address = listener.local_addr().expect("bound").as_socket().expect("of IPv4");
    let first = TcpStream::connect(address).expect("there is room for one");
    (listener, first, address)
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "other systems refuse where this one does not answer")]
fn dialling() {
    let (_listener, _first, address) = full();
    let mut it = Loop::new(Config::default());
    let key = it.connect(&format!("ws://{address}"));
    assert!(!it.driver.has_event());
    it.poll.poll(&mut it.events, Some(Duration::ZERO)).expect("a poll");
    assert!(it.events.is_empty() && !it.driver.has_event());
    assert!(it.driver.timeout().is_some(), "it may not take for ever");
    remove(&mut it, key, "dialling");
}

/// A connect that is under way is not taken for one that is over: the next address has its turn (RFC 8305).
#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "other systems have one address of their own, and refuse")]
fn an_address_that_does_not_answer_loses_to_the_next() {
    let (_listener, _first, address) = full();
    let next = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 2), address.port())).expect("the same port");
    thread::spawn(move || tungstenite::accept(next.accept().expect("a client").0).expect("an upgrade"));
    let resolve: Resolve =
        Arc::new(move |_, port| Ok([1, 2].map(|last| SocketAddr::from(([127, 0, 0, last], port))).to_vec()));
    let mut it = Loop::with_resolver(Config::default(), resolve);
    let key = it.connect(&format!("ws://two.example:{}", address.port()));
    it.open(&[key]);
}

#[test]
fn in_tls_or_upgrading() {
    for scheme in ["wss", "ws"] {
        let (asked, is_asked) = channel();
        let (address, end) = script(move |stream| {
            let _ = stream.read(&mut [0; 8]);
            asked.send(()).expect("a client");
        });
        let mut it = Loop::new(Config::default());
        let key = it.connect(&format!("{scheme}://{address}"));
        while is_asked.try_recv().is_err() {
            assert!(!it.driver.has_event());
            it.poll.poll(&mut it.events, Some(Duration::from_millis(1))).expect("a poll");
            for event in &it.events {
                it.driver.handle_event(event);
            }
        }
        remove(&mut it, key, scheme);
        end.recv_timeout(NEVER).expect("the socket is closed");
    }
}

#[test]
fn open_or_with_events_that_nobody_took() {
    for taken in [0, 1, 3] {
        let (address, end) = script(|stream| {
            accept(stream);
            stream.write_all(&b"\x81\x05hello".repeat(3)).expect("sent");
        });
        let mut it = Loop::new(Config::default());
        let key = it.connect(&format!("ws://{address}"));
        until(&mut it, |event| matches!(event, Event::Open { .. }));
        for _ in 0..taken {
            until(&mut it, |event| matches!(event, Event::Message { .. }));
        }
        remove(&mut it, key, &format!("open, {taken} messages taken"));
        end.recv_timeout(NEVER).expect("the socket is closed");
    }
}

/// More than the system's buffers take is on its way; the server reads it when the session is gone.
#[test]
fn with_half_a_frame_out() {
    let (go_on, held) = channel::<()>();
    let (address, end) = script(move |stream| {
        accept(stream);
        let _ = held.recv();
    });
    let mut it = Loop::new(Config::default().message_limit(32 << 20).high_water(64 << 20));
    let key = it.connect(&format!("ws://{address}"));
    it.open(&[key]);
    let message = vec![7; 32 << 20];
    it.driver.slot(key).expect("a session").send(Payload::Binary(&message));
    let mut left = message.len();
    // Until the system takes no more.
    loop {
        if let Some((_, event)) = it.driver.poll_event() {
            panic!("all of it has left, or none: {event:?}");
        }
        let now = it.driver.session(key).expect("a session").buffered_amount();
        if now == left && it.driver.timeout() != Some(Duration::ZERO) {
            break;
        }
        left = now;
    }
    remove(&mut it, key, "half a frame is out");
    drop(go_on);
    end.recv_timeout(NEVER).expect("the socket is closed");
}

/// The connection is over and told, and its socket waits for the server's end.
#[test]
fn lingering() {
    let (address, end) = script(|stream| {
        accept(stream);
        stream.write_all(b"\x88\x02\x03\xe8").expect("sent");
    });
    let mut it = Loop::new(Config::default());
    let key = it.connect(&format!("ws://{address}"));
    until(&mut it, |event| matches!(event, Event::Close { .. }));
    remove(&mut it, key, "lingering");
    end.recv_timeout(NEVER).expect("the socket is closed");
}

/// The poll has told of a socket; its session is removed, and another has its place and its token before the driver hears
/// of it.
#[test]
fn readiness_of_a_removed_session_is_harmless_to_the_next() {
    let (say, says_it) = channel::<()>();
    let (said, is_said) = channel();
    let (first, _) = script(move |stream| {
        accept(stream);
        let _ = says_it.recv();
        stream.write_all(b"\x81\x05stale").expect("sent");
        said.send(()).expect("a client");
    });
    let (second, _) = says("fresh");
    let mut it = Loop::new(Config::default());
    let gone = it.connect(&format!("ws://{first}"));
    it.open(&[gone]);
    assert!(!it.driver.has_event());
    say.send(()).expect("a server");
    is_said.recv_timeout(NEVER).expect("it is in the socket");
    it.poll.poll(&mut it.events, Some(NEVER)).expect("a poll");
    let stale: Vec<_> = it.events.iter().map(|event| event.token().0).collect();
    assert_eq!(stale, [1], "the first place has the first token");
    it.driver.remove(gone);
    let new = it.driver.add();
    it.driver.slot(new).expect("a session").connect(&ConnectOptions::new(second));
    assert!(!it.driver.has_event());
    for event in &it.events {
        it.driver.handle_event(event);
    }
    it.hear(&[new], "fresh");
    assert!(it.driver.slot(gone).is_none());
}
