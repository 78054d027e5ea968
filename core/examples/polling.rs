//! A host that does its own waiting: non-blocking sockets under epoll, kqueue or IOCP, by the `polling` crate.
//!
//! `cargo run -p connect-socket-core --example polling` talks to a server of its own; a ws url behind `--` is
//! talked to instead.

mod support;

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Shutdown, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Instant;

use connect_socket_core::{
    Action, Config, ConnectOptions, ConnectionId, ReceiveBuffer, ResolveError, SeededEntropy, Session, Time,
    TransportId,
};
use polling::{Event, Events, Poller};

/// What threads report. Looking up a name blocks, and so does the connect of the standard library.
enum Report {
    Resolved(ConnectionId, io::Result<Vec<IpAddr>>),
    Dialled(TransportId, io::Result<TcpStream>),
}

struct Socket {
    transport: TransportId,
    stream: TcpStream,
    /// A write failed. It is told behind what there is to read.
    failed: Option<io::Error>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).map_or_else(support::serve, Ok)?;
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    let clock = Instant::now();
    let now = || Time::ZERO + clock.elapsed();
    let mut session = Session::new(Config::default(), SeededEntropy::new(seed));
    let mut buffer = ReceiveBuffer::default();

    let poller = Arc::new(Poller::new()?);
    let mut events = Events::new();
    let (reports, reported) = channel();
    let ask = |question: Box<dyn FnOnce() -> Report + Send>| {
        let (reports, poller) = (reports.clone(), poller.clone());
        thread::spawn(move || {
            // Whoever has left needs no answer.
            let _ = reports.send(question());
            let _ = poller.notify();
        });
    };
    // By the keys under which the poller speaks of them.
    let mut sockets: BTreeMap<usize, Socket> = BTreeMap::new();
    let mut dials: Vec<TransportId> = Vec::new();
    let mut last_key = 0;

    session.connect(now(), &ConnectOptions::new(url));
    loop {
        // 1. Events.
        while let Some(event) = session.poll_event(&mut buffer) {
            println!("{}", support::line(&event));
            support::Next::after(&event).act(&mut session, now());
        }
        // 2. Actions.
        while let Some(action) = session.poll_action() {
            match action {
                Action::Resolve { connection, host, port } => ask(Box::new(move || {
                    let found = (&*host, port).to_socket_addrs();
                    Report::Resolved(connection, found.map(|found| found.map(|it| it.ip()).collect()))
                })),
                Action::Dial { transport, address } => {
                    dials.push(transport);
                    ask(Box::new(move || Report::Dialled(transport, TcpStream::connect(address))));
                }
                Action::ShutdownWrite { transport } => {
                    if let Some(socket) = sockets.values().find(|it| it.transport == transport) {
                        let _ = socket.stream.shutdown(Shutdown::Write);
                    }
                }
                Action::Release { transport } => {
                    dials.retain(|dial| *dial != transport);
                    if let Some((&key, socket)) = sockets.iter().find(|(_, it)| it.transport == transport) {
                        poller.delete(&socket.stream)?;
                        sockets.remove(&key);
                    }
                }
            }
        }
        // 3. Transmit, as much as the system takes.
        let mut wrote = false;
        for Socket { transport, stream, failed } in sockets.values_mut() {
            while failed.is_none()
                && let Some(bytes) = session.poll_transmit(*transport).first()
            {
                match stream.write(bytes) {
                    Ok(count) => session.handle_transmitted(now(), *transport, count)?,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(error) => *failed = Some(error),
                }
                wrote = true;
            }
        }
        if wrote {
            continue;
        }
        if session.is_quiet() {
            return Ok(());
        }
        // 4. Wait, and tell the session what came of it. The poller speaks of a socket once and then wants to be
        // asked again, so one that the session does not want to read is simply not asked about.
        for (key, Socket { transport, stream, failed }) in &sockets {
            let readable = session.receive_window(*transport, &mut buffer).is_some();
            let writable = failed.is_none() && !session.poll_transmit(*transport).is_empty();
            poller.modify(stream, Event::new(*key, readable, writable))?;
        }
        let wait = session.poll_timeout().map(|(at, _)| at.since(now()));
        events.clear();
        poller.wait(&mut events, wait)?;
        for event in events.iter().filter(|event| event.readable) {
            let Some(Socket { transport, stream, failed }) = sockets.get_mut(&event.key) else { continue };
            let Some(window) = session.receive_window(*transport, &mut buffer) else { continue };
            match stream.read(window) {
                Ok(0) => match failed.take() {
                    Some(error) => session.handle_transport_error(now(), *transport, error.into()),
                    None => session.handle_end_of_stream(now(), *transport),
                },
                Ok(count) => session.handle_received(now(), *transport, &mut buffer, count)?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => session.handle_transport_error(now(), *transport, error.into()),
            }
        }
        for report in reported.try_iter() {
            match report {
                Report::Resolved(connection, Ok(addresses)) => {
                    session.handle_resolved(now(), connection, Ok(&addresses));
                }
                Report::Resolved(connection, Err(error)) => {
                    session.handle_resolved(now(), connection, Err(ResolveError::Failed(error.into())));
                }
                // Released while it was being dialled.
                Report::Dialled(transport, _) if !dials.contains(&transport) => {}
                Report::Dialled(transport, Ok(stream)) => {
                    stream.set_nonblocking(true)?;
                    last_key += 1;
                    // SAFETY: the socket is in `sockets` from here on, and is deleted when it leaves it; the
                    // poller goes before it.
                    unsafe { poller.add(&stream, Event::none(last_key))? };
                    sockets.insert(last_key, Socket { transport, stream, failed: None });
                    session.handle_connected(now(), transport);
                }
                Report::Dialled(transport, Err(error)) => {
                    session.handle_connect_failed(now(), transport, error.into());
                }
            }
        }
        session.handle_timeout(now());
    }
}
