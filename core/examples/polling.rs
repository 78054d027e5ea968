//! A host of many sessions that does its own waiting: non-blocking sockets under epoll, kqueue or IOCP, by the `polling`
//! crate, in the turns of a hub.
//!
//! `cargo run -p connect-socket-core --example polling` talks to a server of its own; any number of ws urls behind `--`
//! are talked to instead.

mod support;

use std::error::Error;
use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Instant;

use connect_socket_core::host::{Ask, Hub, Ready, Resolve, Resolver, ResolverThreads, Socket};
use connect_socket_core::{Config, ConnectOptions, Session, SharedEntropy, Time, TransportError, Workspace};
use polling::{Event, Events, Poller};

/// Names are looked up on these.
static THREADS: ResolverThreads = ResolverThreads::new();

struct Tcp(TcpStream);

impl Socket for Tcp {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }

    fn write(&mut self, from: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.write_vectored(from)
    }

    fn shut_down_write(&mut self) {
        let _ = self.0.shutdown(Shutdown::Write);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut urls: Vec<String> = std::env::args().skip(1).collect();
    if urls.is_empty() {
        urls.push(support::serve()?);
    }
    let clock = Instant::now();
    let now = || Time::ZERO + clock.elapsed();
    let entropy = SharedEntropy::new(support::entropy()?);
    let config = Arc::new(Config::default());
    let mut hub: Hub<Tcp, SharedEntropy> = Hub::new(Workspace::default());

    let poller = Arc::new(Poller::new()?);
    let mut events = Events::new();
    let (dialled, dials) = channel();
    let waker = poller.clone();
    let resolve: Resolve = Arc::new(|host, port| Ok((host, port).to_socket_addrs()?.collect()));
    let resolver = Resolver::new(&THREADS, resolve, move || drop(waker.notify()));

    let mut keys = Vec::new();
    for url in urls {
        let key = hub.add(Session::new(config.clone(), entropy.clone()));
        hub.slot(now(), key).ok_or("it was just added")?.connect(&ConnectOptions::new(url));
        keys.push(key);
    }
    loop {
        // 1. Events, until everybody has had a turn.
        while let Some((key, event)) = hub.poll_event(now()) {
            println!("{}", support::line(&event));
            let next = support::Next::after(&event);
            hub.slot(now(), key).into_iter().for_each(|mut slot| next.act_in(&mut slot));
        }
        // 2. What the hub cannot do.
        while let Some(it) = hub.poll_ask() {
            match it {
                Ask::LookUp(question) => {
                    resolver.look_up(question, |work| thread::Builder::new().spawn(|| work.run()).map(drop));
                }
                // The connect of the standard library blocks.
                Ask::Dial { socket, address } => {
                    let (dialled, poller) = (dialled.clone(), poller.clone());
                    thread::spawn(move || {
                        // Whoever has left needs no answer.
                        let _ = dialled.send((socket, TcpStream::connect(address)));
                        let _ = poller.notify();
                    });
                }
                // What is still being connected is given back when it comes.
                Ask::Release { stream: None, .. } => {}
                Ask::Release { stream: Some(Tcp(stream)), .. } => poller.delete(&stream)?,
            }
        }
        keys.retain(|key| hub.session(*key).is_some_and(|session| !session.is_quiet()));
        if keys.is_empty() {
            return Ok(());
        }
        // 3. The poller speaks of a socket once, and then wants to be asked again.
        while let Some((socket, Tcp(stream), interest)) = hub.poll_interest() {
            poller.modify(stream, Event::new(socket.place(), interest.readable, interest.writable))?;
        }
        // 4. Wait, and report what came of it.
        events.clear();
        poller.wait(&mut events, hub.timeout(now()))?;
        for event in events.iter() {
            let ready = Ready { readable: event.readable, writable: event.writable, more: false };
            hub.handle_ready(event.key, ready);
        }
        while let Some((question, answer)) = resolver.poll_answer() {
            hub.handle_looked_up(now(), question, answer);
        }
        for (socket, stream) in dials.try_iter() {
            let stream = stream.and_then(|stream| {
                stream.set_nonblocking(true)?;
                // SAFETY: it is deleted when the hub releases it or gives it back; the poller goes before it.
                unsafe { poller.add(&stream, Event::none(socket.place()))? };
                Ok(Tcp(stream))
            });
            if let Some(Tcp(stream)) = hub.handle_dialled(now(), socket, stream.map_err(TransportError::from))
            {
                poller.delete(&stream)?;
            }
        }
    }
}
