//! No descriptor is left: that is told, and it is over when there are some again.

use std::env;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;
use std::thread;

use connect_socket_mio::Driver;
use connect_socket_mio::connect_socket_core::{Config, ConnectOptions, ErrorCode, Event};
use mio::{Events, Poll, Token, Waker};

/// Set where this program is the one that has few descriptors: the url of its server.
const CHILD: &str = "CONNECT_SOCKET_DESCRIPTORS_CHILD";
const NAME: &str = "connects_fail_without_descriptors_and_succeed_with_them";

/// The limit is that of a process of its own, and the server has those of this one.
#[test]
#[cfg_attr(not(unix), ignore = "other systems have no such limit")]
fn connects_fail_without_descriptors_and_succeed_with_them() {
    if let Some(url) = env::var_os(CHILD) {
        return connect_without_descriptors(url.to_str().expect("a url"));
    }
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("ws://{}", listener.local_addr().expect("bound"));
    thread::spawn(move || {
        let accept = |stream: std::io::Result<_>| tungstenite::accept(stream.ok()?).ok();
        // They are kept, so that none ends.
        listener.incoming().filter_map(accept).collect::<Vec<_>>()
    });
    let mut child = Command::new(env::current_exe().expect("this program"));
    let status = child.args(["--exact", NAME, "--nocapture"]).env(CHILD, url).status();
    assert!(status.expect("a child process").success());
}

#[derive(Debug, Default, PartialEq)]
struct Count {
    open: usize,
    failed: usize,
}

struct Loop(Poll, Events, Driver);

impl Loop {
    /// Connects so many sessions, and goes on until it is told how each of them fared.
    fn connect(&mut self, many: usize, url: &str) -> Count {
        let Self(poll, events, driver) = self;
        for _ in 0..many {
            let key = driver.add();
            driver.slot(key).expect("a session").connect(&ConnectOptions::new(url));
        }
        let mut count = Count::default();
        while count.open + count.failed < many {
            while let Some((_, event)) = driver.poll_event() {
                match event {
                    Event::Open { .. } => count.open += 1,
                    Event::Error { error, .. } => {
                        assert_eq!(error.code(), ErrorCode::Unknown, "{error}");
                        assert!(error.to_string().contains("open files"), "{error}");
                        count.failed += 1;
                    }
                    Event::Settled { .. } => {}
                    other => panic!("{other:?}"),
                }
            }
            if count.open + count.failed < many {
                match poll.poll(events, driver.timeout()) {
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    result => result.expect("a poll"),
                }
                for event in &*events {
                    driver.handle_event(event);
                }
            }
        }
        count
    }
}

fn connect_without_descriptors(url: &str) {
    const MANY: usize = 60;
    let poll = Poll::new().expect("a poll");
    let waker = Arc::new(Waker::new(poll.registry(), Token(0)).expect("a waker"));
    let driver = Driver::new(Config::default(), poll.registry(), Token(1), waker).expect("a driver");
    let mut it = Loop(poll, Events::with_capacity(64), driver);
    let (_, most) = rlimit::Resource::NOFILE.get().expect("a limit");
    let limit = |soft| rlimit::Resource::NOFILE.set(soft, most).expect("a lower limit");
    limit(40);
    let Count { open, failed } = it.connect(MANY, url);
    assert!(open > 0 && failed > 0 && open + failed == MANY, "{open} open, {failed} failed");
    assert_eq!(it.connect(3, url), Count { open: 0, failed: 3 }, "so it stays");
    limit(most.min(200));
    assert_eq!(it.connect(MANY, url), Count { open: MANY, failed: 0 });
}
