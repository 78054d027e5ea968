//! A loop of many sessions that does its own waiting, with epoll, kqueue or IOCP through the crate `polling`, and the
//! turns of a hub. `cargo run -p connect-socket-core --example polling` talks to its own server, or to the ws urls
//! after `--`.

mod support;
#[path = "support/system.rs"]
mod system;

use std::net::TcpStream;
use std::sync::{Arc, mpsc::channel};
use std::{error::Error, thread, time::Instant};

use connect_socket_core::host::{Ask, Hub, Ready};
use connect_socket_core::{Config, ConnectOptions, Session, SharedEntropy, Time, TransportError, Workspace};
use polling::{Event, Events, Poller};
use system::Tcp;

fn main() -> Result<(), Box<dyn Error>> {
    let clock = Instant::now();
    let now = || Time::ZERO + clock.elapsed();
    let (poller, mut events) = (Arc::new(Poller::new()?), Events::new());
    let (dialled, dials) = channel();
    let resolver = system::resolver(&poller);
    let (config, entropy) = (Arc::new(Config::default()), SharedEntropy::new(support::entropy()?));
    let mut hub = Hub::new(Workspace::default());
    for url in support::urls()? {
        let key = hub.add(Session::new(config.clone(), entropy.clone()));
        hub.slot(now(), key).ok_or("it was just added")?.connect(&ConnectOptions::new(url));
    }
    loop {
        // 1. Events, until every session has had a turn.
        while let Some((key, event)) = hub.poll_event(now()) {
            println!("{}", support::line(&event));
            let next = support::Next::after(&event);
            hub.slot(now(), key).into_iter().for_each(|mut slot| next.act_in(&mut slot));
        }
        // 2. What only the host can do.
        while let Some(ask) = hub.poll_ask() {
            match ask {
                Ask::LookUp(question) => system::look_up(&resolver, question),
                // The connect of the standard library blocks.
                Ask::Dial { socket, address } => {
                    let (dialled, poller) = (dialled.clone(), poller.clone());
                    thread::spawn(move || {
                        (dialled.send((socket, TcpStream::connect(address))), poller.notify())
                    });
                }
                Ask::Release { stream, .. } => stream.map_or(Ok(()), |Tcp(stream)| poller.delete(&stream))?,
            }
        }
        if hub.is_quiet() {
            return Ok(());
        }
        // 3. The poller reports a socket once, and then has to be asked again.
        while let Some((socket, Tcp(stream), interest)) = hub.poll_interest() {
            poller.modify(stream, Event::new(socket.place(), interest.readable, interest.writable))?;
        }
        // 4. Wait, and report what happened.
        events.clear();
        poller.wait(&mut events, hub.timeout(now()))?;
        for event in events.iter() {
            hub.handle_ready(
                event.key,
                Ready { readable: event.readable, writable: event.writable, more: false },
            );
        }
        while let Some((question, answer)) = resolver.poll_answer() {
            hub.handle_looked_up(now(), question, answer);
        }
        for (socket, stream) in dials.try_iter() {
            let stream = stream.and_then(|stream| Tcp::new(stream, &poller, socket.place()));
            if let Some(Tcp(stream)) = hub.handle_dialled(now(), socket, stream.map_err(TransportError::from))
            {
                poller.delete(&stream)?;
            }
        }
    }
}
