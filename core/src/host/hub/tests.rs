//! What a hub keeps of what is gone; how it serves is tested in `core/tests/hub`.

use std::io::{self, IoSlice};

use super::{Ask, Hub, Ready, SessionKey, Socket};
use crate::entropy::Tape;
use crate::params::ConnectOptions;
use crate::session::Session;
use crate::time::Time;
use crate::workspace::Workspace;

/// No socket is ever connected here.
enum Never {}

impl Socket for Never {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        match *self {}
    }

    fn write(&mut self, _: &[IoSlice<'_>]) -> io::Result<usize> {
        match *self {}
    }

    fn shut_down_write(&mut self) {
        match *self {}
    }
}

/// A socket whose server says nothing.
struct Mute;

impl Socket for Mute {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::WouldBlock.into())
    }

    fn write(&mut self, from: &[IoSlice<'_>]) -> io::Result<usize> {
        Ok(from.iter().map(|slice| slice.len()).sum())
    }

    fn shut_down_write(&mut self) {}
}

fn add<S: Socket>(hub: &mut Hub<S, Tape>, url: &str) -> SessionKey {
    let key = hub.add(Session::new(crate::Config::default(), Tape::default()));
    hub.slot(Time::ZERO, key).map(|mut slot| slot.connect(&ConnectOptions::new(url)));
    key
}

/// Whatever is in the queues of a hub, it is not more than twice what is there.
#[test]
fn sessions_that_come_and_go_do_not_make_it_grow() {
    for (url, polls) in [("ws://192.0.2.1", false), ("ws://192.0.2.1", true), ("ws://name.example", true)] {
        let mut hub = Hub::<Never, _>::new(Workspace::default());
        let stay: Vec<_> = (0..10).map(|_| add(&mut hub, url)).collect();
        for _ in 0..20_000 {
            let key = add(&mut hub, url);
            if polls {
                assert!(!hub.has_event(Time::ZERO));
            }
            hub.remove(key);
            for queue in [&hub.ready, &hub.spent, &hub.common.dials, &hub.common.interests] {
                assert!(queue.len() <= 2 * 11 + 16, "{} keys", queue.len());
            }
        }
        assert!(hub.common.asks.is_empty(), "the host was not asked for any of them");
        assert_eq!(hub.len(), stay.len());
        assert!(hub.sessions.places() <= 11 && hub.common.sockets.places() <= 11);
    }
}

/// A host whose poller reports every edge never asks for interests, and they do not pile up.
#[test]
fn interests_that_nobody_asks_for_do_not_make_it_grow() {
    let mut hub = Hub::new(Workspace::default());
    add(&mut hub, "ws://192.0.2.1");
    assert!(!hub.has_event(Time::ZERO));
    let Some(Ask::Dial { socket, .. }) = hub.poll_ask() else { panic!("nothing is dialled") };
    assert!(hub.handle_dialled(Time::ZERO, socket, Ok(Mute)).is_none());
    for _ in 0..100 {
        hub.handle_ready(socket.place(), Ready { readable: true, writable: true, more: false });
        assert!(!hub.has_event(Time::ZERO));
        assert_eq!(hub.common.interests.len(), 1);
    }
}
