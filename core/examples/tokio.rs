//! A host on tokio: one thread, one task, and core's own timers.
//!
//! `cargo run -p connect-socket-core --example tokio` talks to its own server, or to the ws url after `--`.

mod support;

use std::collections::BTreeMap;
use std::error::Error;
use std::future::{pending, poll_fn};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::Poll;

use connect_socket_core::{
    Action, Config, ConnectOptions, ConnectionId, Misuse, ResolveError, SeededEntropy, Session, Time,
    TransportId, Workspace,
};
use tokio::io::AsyncWrite;
use tokio::net::{TcpStream, lookup_host};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep};

/// The results of the tasks that resolve and dial.
enum Report {
    Resolved(ConnectionId, io::Result<Vec<SocketAddr>>),
    Dialled(TransportId, io::Result<TcpStream>),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).map_or_else(support::serve, Ok)?;
    let clock = Instant::now();
    let now = || Time::ZERO + clock.elapsed();
    let mut session = Session::new(Config::default(), support::entropy()?);
    let mut work = Workspace::default();

    let mut sockets: BTreeMap<TransportId, TcpStream> = BTreeMap::new();
    let mut dials: BTreeMap<TransportId, AbortHandle> = BTreeMap::new();
    let mut tasks = JoinSet::new();

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
                    tasks.spawn(async move {
                        let found = lookup_host((&*host, port)).await;
                        Report::Resolved(connection, found.map(Iterator::collect))
                    });
                }
                Action::Dial { transport, address } => {
                    let dial = async move { Report::Dialled(transport, TcpStream::connect(address).await) };
                    dials.insert(transport, tasks.spawn(dial));
                }
                Action::ShutdownWrite { transport } => {
                    if let Some(stream) = sockets.get_mut(&transport) {
                        let _ = poll_fn(|cx| Pin::new(&mut *stream).poll_shutdown(cx)).await;
                    }
                }
                Action::Release { transport } => {
                    sockets.remove(&transport);
                    dials.remove(&transport).inspect(AbortHandle::abort);
                }
            }
        }
        // 3. Transmit, as much as the system takes.
        let mut wrote = false;
        for (&transport, socket) in &mut sockets {
            wrote |= write(transport, socket, &mut session, &mut work, now())?;
        }
        if wrote {
            continue;
        }
        if session.is_quiet() {
            return Ok(());
        }
        // 4. Wait, and report to the session what happened.
        let mut wanted = Vec::new();
        for (&transport, stream) in &sockets {
            wanted.push((stream, session.wants_read(transport), session.wants_write(transport)));
        }
        let ready = poll_fn(|cx| {
            let is_ready = |&(stream, input, output): &(&TcpStream, bool, bool)| {
                input && stream.poll_read_ready(cx).is_ready()
                    || output && stream.poll_write_ready(cx).is_ready()
            };
            if wanted.iter().any(is_ready) { Poll::Ready(()) } else { Poll::Pending }
        });
        let deadline = session.poll_timeout().map(|(at, _)| at.since(now()));
        let time_is_up = async {
            match deadline {
                Some(wait) => sleep(wait).await,
                None => pending().await,
            }
        };
        tokio::select! {
            Some(report) = tasks.join_next() => match report {
                Ok(Report::Resolved(connection, Ok(addresses))) => {
                    session.handle_resolved(now(), connection, Ok(&addresses));
                }
                Ok(Report::Resolved(connection, Err(error))) => {
                    session.handle_resolved(now(), connection, Err(ResolveError::Failed(error.into())));
                }
                // Released while it was being dialled.
                Ok(Report::Dialled(transport, _)) if dials.remove(&transport).is_none() => {}
                Ok(Report::Dialled(transport, Ok(stream))) => {
                    sockets.insert(transport, stream);
                    session.handle_connected(now(), transport);
                }
                Ok(Report::Dialled(transport, Err(error))) => {
                    session.handle_connect_failed(now(), transport, error.into());
                }
                Err(_aborted) => {}
            },
            () = ready => {}
            () = time_is_up => {}
        }
        for (&transport, socket) in &mut sockets {
            read(transport, socket, &mut session, &mut work, now())?;
        }
        session.handle_timeout(now());
    }
}

/// Writes what the system takes, and says whether there was anything to report to the session.
fn write(
    transport: TransportId,
    socket: &TcpStream,
    session: &mut Session<SeededEntropy>,
    work: &mut Workspace,
    now: Time,
) -> Result<bool, Misuse> {
    let mut told = false;
    while let Some(bytes) = session.poll_transmit(transport, work).first() {
        match socket.try_write(bytes) {
            Ok(count) => session.handle_transmitted(now, transport, count)?,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => session.handle_write_failed(now, transport, error.into()),
        }
        told = true;
    }
    Ok(told)
}

/// Reads once, and reports the result to the session. Tokio itself knows when there is nothing to read, and calls the
/// system only when there may be.
fn read(
    transport: TransportId,
    socket: &TcpStream,
    session: &mut Session<SeededEntropy>,
    work: &mut Workspace,
    now: Time,
) -> Result<(), Misuse> {
    let Some(mut space) = session.receive_space(transport, work) else { return Ok(()) };
    match socket.try_read(&mut space) {
        Ok(0) => session.handle_end_of_stream(now, transport),
        Ok(count) => space.filled(now, count)?,
        Err(error) if error.kind() == ErrorKind::WouldBlock => {}
        Err(error) => session.handle_transport_error(now, transport, error.into()),
    }
    Ok(())
}
