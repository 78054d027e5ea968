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
    Action, Config, ConnectOptions, ConnectionId, Misuse, ReceiveBuffer, ResolveError, SeededEntropy,
    Session, Time, TransportId,
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
    let clock = Instant::now();
    let now = || Time::ZERO + clock.elapsed();
    let mut session = Session::new(Config::default(), support::entropy()?);
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
                Action::Resolve { connection, host, port } => {
                    ask(Box::new(move || Report::Resolved(connection, look_up(&host, port))));
                }
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
        for socket in sockets.values_mut() {
            wrote |= write(socket, &mut session, now())?;
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
            if let Some(socket) = sockets.get_mut(&event.key) {
                read(socket, &mut session, &mut buffer, now())?;
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

fn look_up(host: &str, port: u16) -> io::Result<Vec<IpAddr>> {
    Ok((host, port).to_socket_addrs()?.map(|address| address.ip()).collect())
}

/// Writes what the system takes, and says whether there was anything to tell the session.
fn write(socket: &mut Socket, session: &mut Session<SeededEntropy>, now: Time) -> Result<bool, Misuse> {
    let mut told = false;
    while socket.failed.is_none()
        && let Some(bytes) = session.poll_transmit(socket.transport).first()
    {
        match socket.stream.write(bytes) {
            Ok(count) => session.handle_transmitted(now, socket.transport, count)?,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => socket.failed = Some(error),
        }
        told = true;
    }
    Ok(told)
}

/// Reads once, and tells the session what came of it.
fn read(
    socket: &mut Socket,
    session: &mut Session<SeededEntropy>,
    buffer: &mut ReceiveBuffer,
    now: Time,
) -> Result<(), Misuse> {
    let Socket { transport, stream, failed } = socket;
    let Some(window) = session.receive_window(*transport, buffer) else { return Ok(()) };
    match stream.read(window) {
        Ok(0) => match failed.take() {
            Some(error) => session.handle_transport_error(now, *transport, error.into()),
            None => session.handle_end_of_stream(now, *transport),
        },
        Ok(count) => session.handle_received(now, *transport, buffer, count)?,
        Err(error) if error.kind() == ErrorKind::WouldBlock => {}
        Err(error) => session.handle_transport_error(now, *transport, error.into()),
    }
    Ok(())
}
