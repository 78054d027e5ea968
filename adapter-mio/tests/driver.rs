//! Many sessions in a poll of one's own: what one of them, its server or its resolver does is no trouble for the others.

use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use connect_socket_mio::core::{Config, ConnectOptions, Event, Keepalive, Payload};
use connect_socket_mio::{Driver, Resolve, SessionKey};
use mio::{Events, Poll, Token, Waker};
use socket2::SockRef;
use tungstenite::WebSocket;

/// Longer than anything takes here: what is still missing then never comes.
const NEVER: Duration = Duration::from_secs(60);

struct Loop {
    poll: Poll,
    events: Events,
    waker: Arc<Waker>,
    driver: Driver,
}

impl Loop {
    fn new(config: Config) -> Self {
        Self::with_resolver(config, Arc::new(|_, _| panic!("no name is looked up")))
    }

    fn with_resolver(config: Config, resolve: Resolve) -> Self {
        let poll = Poll::new().expect("a poll");
        let waker = Arc::new(Waker::new(poll.registry(), Token(0)).expect("a waker"));
        let driver = Driver::with_resolver(config, poll.registry(), Token(1), waker.clone(), resolve);
        let driver = driver.expect("a driver");
        Self { poll, events: Events::with_capacity(1024), waker, driver }
    }

    fn wait(&mut self) {
        let timeout = self.driver.timeout().unwrap_or(NEVER).min(NEVER);
        self.poll.poll(&mut self.events, Some(timeout)).expect("a poll");
        assert!(timeout < NEVER || !self.events.is_empty(), "nothing comes any more");
        for event in &self.events {
            self.driver.handle_event(event);
        }
    }

    fn connect(&mut self, url: &str) -> SessionKey {
        let key = self.driver.add();
        self.driver.slot(key).expect("a session").connect(&ConnectOptions::new(url));
        key
    }

    /// Goes on until all of `keys` are open, and no further; nothing else may happen.
    fn open(&mut self, keys: &[SessionKey]) {
        let mut open = 0;
        while open < keys.len() {
            while open < keys.len()
                && let Some((key, event)) = self.driver.poll_event()
            {
                assert!(keys.contains(&key), "{event:?}");
                match event {
                    Event::Open { .. } => open += 1,
                    Event::Settled { result: Ok(()), .. } => {}
                    other => panic!("{other:?}"),
                }
            }
            if open < keys.len() {
                self.wait();
            }
        }
    }
}

/// Serves connections until the process ends; gives the address.
fn serve(serve: impl Fn(WebSocket<TcpStream>) + Send + Clone + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, serve) = (stream.expect("a client"), serve.clone());
            thread::spawn(move || serve(tungstenite::accept(stream).expect("an upgrade")));
        }
    });
    address
}

/// Reads whatever comes, until the end.
fn drain(mut socket: WebSocket<TcpStream>) {
    let mut bytes = vec![0; 1 << 16];
    while socket.get_mut().read(&mut bytes).is_ok_and(|count| count > 0) {}
}

/// A server that says one message, and reads what comes. The receiver hears of each that is in the client's socket.
fn says(text: &'static str) -> (String, Receiver<()>) {
    let (said, heard) = channel();
    let address = serve(move |mut socket| {
        socket.send(text.into()).expect("sent");
        let _ = said.send(());
        drain(socket);
    });
    (format!("ws://{address}"), heard)
}

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

/// A read ends where urgent data is, and what is behind that makes no event of its own.
#[test]
fn what_is_behind_urgent_data_is_read() {
    let (sent, is_sent) = channel();
    let (open, is_open) = channel::<()>();
    let is_open = Arc::new(Mutex::new(is_open));
    let address = serve(move |mut socket| {
        is_open.lock().expect("one server").recv().expect("the client is open");
        socket.send("before".into()).expect("sent");
        SockRef::from(socket.get_ref()).send_out_of_band(b"!").expect("sent");
        socket.send("behind".into()).expect("sent");
        sent.send(()).expect("a client");
        drain(socket);
    });
    let mut it = Loop::new(Config::default());
    let key = it.connect(&format!("ws://{address}"));
    it.open(&[key]);
    assert!(!it.driver.has_event());
    open.send(()).expect("a server");
    is_sent.recv_timeout(NEVER).expect("all is in the socket");
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

/// A resolver that panics has answered; so do as many as there are threads for, and the next name is looked up.
#[test]
fn a_resolver_that_panics_takes_no_place_for_ever() {
    let (url, _said) = says("hello");
    let address = url.replace("127.0.0.1", "good.example");
    let resolve: Resolve = Arc::new(|host, port| {
        assert!(!host.starts_with("panic"), "as it should");
        Ok(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))])
    });
    let mut it = Loop::with_resolver(Config::default(), resolve);
    let mut left = 40;
    for at in 0..left {
        it.connect(&format!("ws://panic{at}.example"));
    }
    while left > 0 {
        it.wait();
        while let Some((_, event)) = it.driver.poll_event() {
            match event {
                Event::Error { error, .. } => {
                    assert!(error.to_string().contains("panicked"), "{error}");
                    left -= 1;
                }
                Event::Settled { result: Err(_), .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }
    let key = it.connect(&address);
    it.open(&[key]);
}

/// Names that hang and that nobody waits for any more hold up no other: those of replaced connections and of sessions that
/// are gone.
#[test]
fn names_that_hang_hold_up_no_other() {
    let (url, _said) = says("hello");
    let (go_on, stuck) = channel::<()>();
    let stuck = Mutex::new(stuck);
    let resolve: Resolve = Arc::new(move |host, port| {
        if host.starts_with("stuck") {
            // Until the test is over.
            let _ = stuck.lock().expect("no panic").recv();
        }
        Ok(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))])
    });
    let mut it = Loop::with_resolver(Config::default(), resolve);
    let gone: Vec<_> = (0..16).map(|at| it.connect(&format!("ws://stuck{at}.example"))).collect();
    let restless = it.driver.add();
    for at in 0..100 {
        let url = format!("ws://stuck-too{at}.example");
        it.driver.slot(restless).expect("a session").connect(&ConnectOptions::new(url));
        while it.driver.poll_event().is_some() {}
    }
    for key in gone {
        it.driver.remove(key);
    }
    it.driver.remove(restless);
    let key = it.connect(&url.replace("127.0.0.1", "good.example"));
    it.open(&[key]);
    drop(go_on);
}

/// Looks at nothing but the clock until a deadline has passed.
fn busy_until_due(driver: &Driver) {
    while driver.timeout().expect("a deadline") > Duration::ZERO {
        thread::yield_now();
    }
}

/// The program was busy for longer than a pong may take, and the pong was in the socket all the time (semantics F8).
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
