//! connectSocket in tasks, on any runtime: an event loop that one task has for itself, and a socket that tasks share.

use std::io;
use std::net::SocketAddr;

use connect_socket_tokio::connect_socket_core::tasks::{EventLoop, Events, Group, Runtime, Socket};
use connect_socket_tokio::connect_socket_core::{ConnectOptions, Event, OwnedEvent};
use futures_util::StreamExt;

use super::pattern::Pattern;
use super::talk::Talk;

/// One task has it for itself, and borrows each message.
pub(crate) struct Alone<R: Runtime> {
    events: EventLoop<R>,
    payload: Vec<u8>,
}

impl<R: Runtime + Default> Talk for Alone<R> {
    type Group = Group<R>;

    fn group(pattern: &Pattern) -> io::Result<Group<R>> {
        Group::new(super::config(pattern))
    }

    async fn open(group: &Group<R>, server: SocketAddr, pattern: &Pattern) -> io::Result<Self> {
        let mut events = group.event_loop();
        events.connect(&ConnectOptions::new(format!("ws://{server}{}", pattern.path())));
        loop {
            match events.next_event().await {
                Some(Event::Open { .. }) => break,
                Some(Event::Settled { result: Ok(()), .. }) => {}
                other => return Err(io::Error::other(format!("{other:?}"))),
            }
        }
        Ok(Self { events, payload: vec![b'x'; pattern.sent] })
    }

    async fn send(&mut self, batch: usize) {
        for _ in 0..batch {
            self.events.send(&self.payload[..]);
        }
    }

    async fn receive(&mut self) -> usize {
        loop {
            match self.events.next_event().await {
                Some(Event::Message { message, .. }) => return message.as_bytes().len(),
                Some(Event::Settled { .. } | Event::Open { .. }) => {}
                other @ (Some(Event::Error { .. } | Event::Close { .. }) | None) => panic!("{other:?}"),
            }
        }
    }
}

/// Several tasks may share it, and each message is copied.
pub(crate) struct Shared<R: Runtime> {
    socket: Socket<R>,
    events: Events<R>,
    payload: Vec<u8>,
}

impl<R: Runtime + Default> Talk for Shared<R> {
    type Group = Group<R>;

    fn group(pattern: &Pattern) -> io::Result<Group<R>> {
        Group::new(super::config(pattern))
    }

    async fn open(group: &Group<R>, server: SocketAddr, pattern: &Pattern) -> io::Result<Self> {
        let (socket, events) = group.socket();
        let options = ConnectOptions::new(format!("ws://{server}{}", pattern.path()));
        socket.connect(&options).await.map_err(io::Error::other)?;
        Ok(Self { socket, events, payload: vec![b'x'; pattern.sent] })
    }

    async fn send(&mut self, batch: usize) {
        for _ in 0..batch {
            self.socket.send(&self.payload[..]);
        }
    }

    async fn receive(&mut self) -> usize {
        loop {
            match self.events.next().await {
                Some(OwnedEvent::Message { message, .. }) => return message.as_bytes().len(),
                Some(OwnedEvent::Settled { .. } | OwnedEvent::Open { .. }) => {}
                other @ (Some(OwnedEvent::Error { .. } | OwnedEvent::Close { .. }) | None) => {
                    panic!("{other:?}")
                }
            }
        }
    }
}
