//! A host on tokio: one thread, one task, and the core's own timers.
//!
//! `cargo run -p connect-socket-core --example tokio` talks to a server of its own; a ws url behind `--` is
//! talked to instead.

mod support;

use std::collections::BTreeMap;
use std::error::Error;
use std::future::{pending, poll_fn};
use std::io::{self, ErrorKind};
use std::net::IpAddr;
use std::pin::Pin;
use std::task::Poll;

use connect_socket_core::{
    Action, Config, ConnectOptions, ConnectionId, Misuse, ReceiveBuffer, ResolveError, SeededEntropy,
    Session, Time, TransportId,
};
use tokio::io::AsyncWrite;
use tokio::net::{TcpStream, lookup_host};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep};

/// What the tasks that resolve and dial come back with.
enum Report {
    Resolved(ConnectionId, io::Result<Vec<IpAddr>>),
    Dialled(TransportId, io::Result<TcpStream>),
}

struct Socket {
    stream: TcpStream,
    /// A write failed. It is told behind what there is to read.
    failed: Option<io::Error>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).map_or_else(support::serve, Ok)?;
    let clock = Instant::now();
    let now = || Time::ZERO + clock.elapsed();
    let mut session = Session::new(Config::default(), support::entropy()?);
    let mut buffer = ReceiveBuffer::default();

    let mut sockets: BTreeMap<TransportId, Socket> = BTreeMap::new();
    let mut dials: BTreeMap<TransportId, AbortHandle> = BTreeMap::new();
    let mut tasks = JoinSet::new();

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
                    tasks.spawn(async move {
                        let found = lookup_host((&*host, port)).await;
                        Report::Resolved(connection, found.map(|found| found.map(|it| it.ip()).collect()))
                    });
                }
                Action::Dial { transport, address } => {
                    let dial = async move { Report::Dialled(transport, TcpStream::connect(address).await) };
                    dials.insert(transport, tasks.spawn(dial));
                }
                Action::ShutdownWrite { transport } => {
                    if let Some(Socket { stream, .. }) = sockets.get_mut(&transport) {
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
            wrote |= write(transport, socket, &mut session, now())?;
        }
        if wrote {
            continue;
        }
        if session.is_quiet() {
            return Ok(());
        }
        // 4. Wait, and tell the session what came of it.
        let mut wanted = Vec::new();
        for (&transport, Socket { stream, failed }) in &sockets {
            let input = session.receive_window(transport, &mut buffer).is_some();
            let output = failed.is_none() && !session.poll_transmit(transport).is_empty();
            wanted.push((stream, input, output));
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
                    sockets.insert(transport, Socket { stream, failed: None });
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
            read(transport, socket, &mut session, &mut buffer, now())?;
        }
        session.handle_timeout(now());
    }
}

/// Writes what the system takes, and says whether there was anything to tell the session.
fn write(
    transport: TransportId,
    socket: &mut Socket,
    session: &mut Session<SeededEntropy>,
    now: Time,
) -> Result<bool, Misuse> {
    let mut told = false;
    while socket.failed.is_none()
        && let Some(bytes) = session.poll_transmit(transport).first()
    {
        match socket.stream.try_write(bytes) {
            Ok(count) => session.handle_transmitted(now, transport, count)?,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => socket.failed = Some(error),
        }
        told = true;
    }
    Ok(told)
}

/// Reads once, and tells the session what came of it. Tokio knows of itself when there is nothing to read, and
/// asks the system only when there may be.
fn read(
    transport: TransportId,
    socket: &mut Socket,
    session: &mut Session<SeededEntropy>,
    buffer: &mut ReceiveBuffer,
    now: Time,
) -> Result<(), Misuse> {
    let Some(window) = session.receive_window(transport, buffer) else { return Ok(()) };
    match socket.stream.try_read(window) {
        Ok(0) => match socket.failed.take() {
            Some(error) => session.handle_transport_error(now, transport, error.into()),
            None => session.handle_end_of_stream(now, transport),
        },
        Ok(count) => session.handle_received(now, transport, buffer, count)?,
        Err(error) if error.kind() == ErrorKind::WouldBlock => {}
        Err(error) => session.handle_transport_error(now, transport, error.into()),
    }
    Ok(())
}
