//! A host that does its own waiting: non-blocking sockets under epoll, kqueue or IOCP, by the `polling` crate.
//!
//! `cargo run -p connect-socket-core --example polling` talks to a server of its own; a ws url behind `--` is
//! talked to instead.

mod support;

use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Instant;

use connect_socket_core::{
    Action, Config, ConnectOptions, ConnectionId, Link, ResolveError, SeededEntropy, Session, Time,
    TransportId, Workspace,
};
use polling::{Event, Events, Poller};

/// What threads report. Looking up a name blocks, and so does the connect of the standard library.
enum Report {
    Resolved(ConnectionId, io::Result<Vec<SocketAddr>>),
    Dialled(TransportId, io::Result<TcpStream>),
}

struct Socket {
    stream: TcpStream,
    link: Link,
}

fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).map_or_else(support::serve, Ok)?;
    let clock = Instant::now();
    let now = || Time::ZERO + clock.elapsed();
    let mut session = Session::new(Config::default(), support::entropy()?);
    let mut work = Workspace::default();

    let poller = Arc::new(Poller::new()?);
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
        while let Some(event) = session.poll_event(&mut work) {
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
                    if let Some(socket) = sockets.values().find(|it| it.link.transport() == transport) {
                        let _ = socket.stream.shutdown(Shutdown::Write);
                    }
                }
                Action::Release { transport } => {
                    dials.retain(|dial| *dial != transport);
                    if let Some((&key, socket)) =
                        sockets.iter().find(|(_, it)| it.link.transport() == transport)
                    {
                        poller.delete(&socket.stream)?;
                        sockets.remove(&key);
                    }
                }
            }
        }
        // 3. Transmit, as much as the system takes; then read, and after that let timers run out, as what was read may be
        // what one of them waits for.
        let mut moved = false;
        for Socket { stream, link } in sockets.values_mut() {
            moved |= link.write(&*stream, now(), &mut session, &mut work);
            moved |= link.read(&*stream, now(), &mut session, &mut work).is_some();
        }
        if session.poll_timeout().is_some_and(|(at, _)| at <= now()) {
            session.handle_timeout(now());
            moved = true;
        }
        if moved {
            continue;
        }
        if session.is_quiet() {
            return Ok(());
        }
        // 4. Wait, and tell the session what came of it.
        wait(&poller, &mut sockets, &session, now())?;
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
                    sockets.insert(last_key, Socket { stream, link: Link::new(transport) });
                    session.handle_connected(now(), transport);
                }
                Report::Dialled(transport, Err(error)) => {
                    session.handle_connect_failed(now(), transport, error.into());
                }
            }
        }
    }
}

/// Waits for a socket, a thread or the next deadline. The poller speaks of a socket once and then wants to be asked
/// again, so one that the session does not want to read is simply not asked about.
fn wait(
    poller: &Poller,
    sockets: &mut BTreeMap<usize, Socket>,
    session: &Session<SeededEntropy>,
    now: Time,
) -> io::Result<()> {
    for (key, Socket { stream, link }) in &*sockets {
        let readable = link.awaits_read(session);
        let writable = link.awaits_write(session);
        poller.modify(stream, Event::new(*key, readable, writable))?;
    }
    let mut events = Events::new();
    poller.wait(&mut events, session.poll_timeout().map(|(at, _)| at.since(now)))?;
    for event in events.iter() {
        let Some(Socket { link, .. }) = sockets.get_mut(&event.key) else { continue };
        if event.readable {
            link.set_readable();
        }
        if event.writable {
            link.set_writable();
        }
    }
    Ok(())
}

fn look_up(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    Ok((host, port).to_socket_addrs()?.collect())
}
