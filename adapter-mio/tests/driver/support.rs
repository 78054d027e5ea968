//! A loop around a driver, and servers for it.

use std::collections::BTreeSet;
use std::io::Read;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use connect_socket_mio::connect_socket_core::{Config, ConnectOptions, Event, Message};
use connect_socket_mio::{Driver, Resolve, SessionKey};
use mio::{Events, Poll, Token, Waker};
use tungstenite::WebSocket;

/// Longer than anything takes here: what is still missing then never comes.
pub(crate) const NEVER: Duration = Duration::from_secs(60);

pub(crate) struct Loop {
    pub(crate) poll: Poll,
    pub(crate) events: Events,
    pub(crate) waker: Arc<Waker>,
    pub(crate) driver: Driver,
}

impl Loop {
    pub(crate) fn new(config: Config) -> Self {
        Self::with_resolver(config, Arc::new(|_, _| panic!("no name is looked up")))
    }

    pub(crate) fn with_resolver(config: Config, resolve: Resolve) -> Self {
        let poll = Poll::new().expect("a poll");
        let waker = Arc::new(Waker::new(poll.registry(), Token(0)).expect("a waker"));
        let driver = Driver::new(config, poll.registry(), Token(1), waker.clone());
        let driver = driver.expect("a driver").with_resolver(resolve);
        Self { poll, events: Events::with_capacity(1024), waker, driver }
    }

    pub(crate) fn wait(&mut self) {
        let timeout = self.driver.timeout().unwrap_or(NEVER).min(NEVER);
        self.poll.poll(&mut self.events, Some(timeout)).expect("a poll");
        assert!(timeout < NEVER || !self.events.is_empty(), "nothing comes any more");
        for event in &self.events {
            self.driver.handle_event(event);
        }
    }

    pub(crate) fn connect(&mut self, url: &str) -> SessionKey {
        let key = self.driver.add();
        self.driver.slot(key).expect("a session").connect(&ConnectOptions::new(url));
        key
    }

    /// Goes on until each of `keys` has heard `text`, once; nothing but opening happens before.
    pub(crate) fn hear(&mut self, keys: &[SessionKey], text: &str) {
        let mut waits: BTreeSet<_> = keys.iter().copied().collect();
        loop {
            while let Some((key, event)) = self.driver.poll_event() {
                match event {
                    Event::Message { message: Message::Text(it), .. } if it == text => {
                        assert!(waits.remove(&key), "{key:?} is another's, or it was said twice");
                    }
                    Event::Open { .. } | Event::Settled { result: Ok(()), .. } => {}
                    other => panic!("{other:?}"),
                }
            }
            if waits.is_empty() {
                return;
            }
            self.wait();
        }
    }

    /// Goes on until all of `keys` are open, and no further; nothing else may happen.
    pub(crate) fn open(&mut self, keys: &[SessionKey]) {
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
pub(crate) fn serve(serve: impl Fn(WebSocket<TcpStream>) + Send + Clone + 'static) -> SocketAddr {
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
pub(crate) fn drain(mut socket: WebSocket<TcpStream>) {
    let mut bytes = vec![0; 1 << 16];
    while socket.get_mut().read(&mut bytes).is_ok_and(|count| count > 0) {}
}

/// A server that says one message, and reads what comes. The receiver hears of each that is in the client's socket.
pub(crate) fn says(text: &'static str) -> (String, Receiver<()>) {
    let (said, heard) = channel();
    let address = serve(move |mut socket| {
        socket.send(text.into()).expect("sent");
        let _ = said.send(());
        drain(socket);
    });
    (format!("ws://{address}"), heard)
}

/// A server of so many connections in one thread. It says a message to each, and then waits for the end of each.
pub(crate) fn says_to_all(many: usize, text: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("ws://{}", listener.local_addr().expect("bound"));
    thread::spawn(move || {
        let accept = |_| tungstenite::accept(listener.accept().expect("a client").0).expect("an upgrade");
        let mut sockets: Vec<_> = (0..many).map(accept).collect();
        for socket in &mut sockets {
            socket.send(text.into()).expect("sent");
        }
        sockets.into_iter().for_each(drain);
    });
    url
}

/// A server of one connection, as a script on the bare socket. The receiver hears when the client's end is closed.
pub(crate) fn script(play: impl FnOnce(&mut TcpStream) + Send + 'static) -> (SocketAddr, Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    let (ended, end) = channel();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        play(&mut stream);
        let mut bytes = vec![0; 1 << 16];
        while stream.read(&mut bytes).is_ok_and(|count| count > 0) {}
        let _ = ended.send(());
    });
    (address, end)
}
