//! What a loop is served, whatever it does or leaves.

use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use connect_socket_mio::Driver;
use connect_socket_mio::connect_socket_core::{Config, Event, Keepalive, Payload};
use socket2::SockRef;
use tungstenite::WebSocket;

use super::support::{Loop, NEVER, drain, says, serve};

/// Whoever sends the next message when one has left hears what its server has said, and so do the others. Told as turns:
/// every 1,024 events of a session the others have theirs.
#[test]
fn sending_on_each_success_starves_nobody() {
    let ((first, first_said), (second, second_said)) = (says("stop"), says("hello"));
    let mut it = Loop::new(Config::default());
    let keys = [it.connect(&first), it.connect(&second)];
    // Messages may come with the answer, so they are not taken before both are in the sockets.
    for key in keys {
        it.driver.slot(key).expect("a session").set_receiving(false);
    }
    it.open(&keys);
    for said in [first_said, second_said] {
        said.recv_timeout(NEVER).expect("it was said");
    }
    for key in keys {
        it.driver.slot(key).expect("a session").set_receiving(true);
    }
    it.driver.slot(keys[0]).expect("a session").send(Payload::Binary(&[0; 100]));
    let (mut sent, mut heard) = (0, Vec::new());
    while heard.len() < 2 {
        let next = match it.driver.poll_event() {
            None => {
                it.wait();
                false
            }
            Some((key, Event::Message { message, .. })) => {
                heard.push((key, message.as_bytes().to_vec()));
                false
            }
            Some((_, Event::Settled { result: Ok(()), .. })) => true,
            Some((_, other)) => panic!("{other:?}"),
        };
        if next {
            sent += 1;
            assert!(sent <= 10 * 1024, "only {heard:?} was heard");
            it.driver.slot(keys[0]).expect("a session").send(Payload::Binary(&[0; 100]));
        }
    }
    heard.sort();
    assert_eq!(heard, [(keys[0], b"stop".to_vec()), (keys[1], b"hello".to_vec())]);
}

/// A program may poll for times of its own, and never ask for the driver's.
#[test]
fn a_poll_with_a_time_of_its_own_is_served() {
    const MANY: usize = 64;
    let address = serve(|mut socket| {
        for _ in 0..MANY {
            socket.send(vec![0; 60_000].into()).expect("sent");
        }
        drain(socket);
    });
    let mut it = Loop::new(Config::default());
    it.connect(&format!("ws://{address}"));
    let (mut heard, mut quiet) = (0, 0);
    while heard < MANY {
        let before = heard;
        while let Some((_, event)) = it.driver.poll_event() {
            heard += usize::from(matches!(event, Event::Message { .. }));
        }
        quiet = if heard > before { 0 } else { quiet + 1 };
        assert!(quiet < 6_000, "{heard} messages, and no more comes");
        it.poll.poll(&mut it.events, Some(Duration::from_millis(10))).expect("a poll");
        for event in &it.events {
            it.driver.handle_event(event);
        }
    }
}

/// A client that is open and finds in its socket, in one look, all that `say` says.
fn told_at_once(say: impl Fn(&mut WebSocket<TcpStream>) + Send + Clone + 'static) -> Loop {
    let (said, is_said) = channel();
    let (open, is_open) = channel::<()>();
    let is_open = Arc::new(Mutex::new(is_open));
    let address = serve(move |mut socket| {
        is_open.lock().expect("one server").recv().expect("the client is open");
        say(&mut socket);
        said.send(()).expect("a client");
        drain(socket);
    });
    let mut it = Loop::new(Config::default());
    let key = it.connect(&format!("ws://{address}"));
    it.open(&[key]);
    assert!(!it.driver.has_event());
    open.send(()).expect("a server");
    is_said.recv_timeout(NEVER).expect("all is in the socket");
    it
}

/// A read ends where urgent data is, and what is behind that makes no event of its own.
#[test]
fn what_is_behind_urgent_data_is_read() {
    let mut it = told_at_once(|socket| {
        socket.send("before".into()).expect("sent");
        SockRef::from(socket.get_ref()).send_out_of_band(b"!").expect("sent");
        socket.send("behind".into()).expect("sent");
    });
    let mut heard = Vec::new();
    while heard.len() < 2 {
        it.wait();
        while let Some((_, event)) = it.driver.poll_event() {
            let Event::Message { message, .. } = event else { panic!("{event:?}") };
            heard.push(message.as_bytes().to_vec());
        }
    }
    assert_eq!(heard, [b"before", b"behind"]);
}

/// The end of a stream that came with the last message makes no event of its own, so it has to be read behind that (rules
/// C and F6: what came before the end is delivered before it).
#[test]
fn an_end_that_came_with_the_last_message_is_told() {
    let mut it = told_at_once(|socket| {
        socket.send("last".into()).expect("sent");
        socket.get_ref().shutdown(Shutdown::Write).expect("ended");
    });
    let (mut heard, mut is_over) = (false, false);
    while !is_over {
        it.wait();
        while let Some((_, event)) = it.driver.poll_event() {
            match event {
                Event::Message { message, .. } => heard |= message.as_bytes() == b"last",
                Event::Close { code, .. } => is_over = heard && code == 1006,
                other => panic!("{other:?}"),
            }
        }
    }
}

/// Looks at nothing but the clock until a deadline has passed.
fn busy_until_due(driver: &Driver) {
    while driver.timeout().expect("a deadline") > Duration::ZERO {
        thread::yield_now();
    }
}

/// The program was busy for longer than a pong may take, and the pong was in the socket all the time (rule F8).
#[test]
fn a_busy_program_takes_no_live_server_for_dead() {
    let (answered, is_answered) = channel();
    let address = serve(move |mut socket| {
        while socket.read().is_ok() && socket.flush().is_ok() {
            let _ = answered.send(());
        }
    });
    let keepalive = Keepalive::new(Duration::from_millis(50), Duration::from_millis(100));
    let mut it = Loop::new(Config::default().keepalive(keepalive));
    let key = it.connect(&format!("ws://{address}"));
    it.open(&[key]);
    assert!(!it.driver.has_event());
    for _ in 0..3 {
        // The time of the ping comes.
        busy_until_due(&it.driver);
        assert!(!it.driver.has_event());
        is_answered.recv_timeout(NEVER).expect("a ping was sent");
        // The program is busy until the time of the pong is over.
        busy_until_due(&it.driver);
        assert!(it.driver.poll_event().is_none(), "the server is alive");
    }
}
