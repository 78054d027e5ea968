//! The smallest host: one thread that blocks on one socket, with the read timeout as its timer.
//!
//! `cargo run -p connect-socket-core --example blocking` talks to its own server, or to the url after `--`. wss needs
//! `--features platform-roots`. The guide shows the part between the marks.

mod support;

// The guide: from here ...
use std::error::Error;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use connect_socket_core::{Action, CloseOptions, Config, ConnectOptions, Event, Message, Payload};
use connect_socket_core::{ResolveError, SeededEntropy, Session, Time, TransportId, Workspace};

/// Greets the server at `url` and leaves. `config` says what wss trusts; `entropy` was seeded with 32 bytes from the
/// operating system.
fn talk_to(url: &str, config: Config, entropy: SeededEntropy) -> Result<(), Box<dyn Error>> {
    let clock = Instant::now();
    let now = || Time::ZERO + clock.elapsed();
    let mut session = Session::new(config, entropy);
    let mut work = Workspace::default();
    let mut socket: Option<(TransportId, TcpStream)> = None;

    let deadline = now() + session.config().connect_timeout;
    session.connect(now(), &ConnectOptions::new(url));
    while !session.is_quiet() {
        // What a Mini Program observes, and what it does in response.
        while let Some(event) = session.poll_event(&mut work) {
            println!("{event:?}");
            match event {
                Event::Open { .. } => {
                    session.send("hello");
                    session.send(Payload::Binary(&[1, 2, 3]));
                }
                Event::Message { message: Message::Binary(_), .. } => {
                    session.close(now(), &CloseOptions::new(1000, "bye"));
                }
                _ => {}
            }
        }
        // What the session wants the host to do with sockets.
        while let Some(action) = session.poll_action() {
            match action {
                Action::Resolve { connection, host, port } => {
                    let addresses = (&*host, port).to_socket_addrs().map(Vec::from_iter);
                    let answer = addresses.as_deref().map_err(|error| ResolveError::Failed(error.into()));
                    session.handle_resolved(now(), connection, answer);
                }
                Action::Dial { transport, address } => {
                    let left = deadline.since(now()).max(Duration::from_millis(1));
                    match TcpStream::connect_timeout(&address, left) {
                        Ok(stream) => {
                            socket = Some((transport, stream));
                            session.handle_connected(now(), transport);
                        }
                        Err(error) => {
                            // The time comes first: a dial that took all the time is a timeout.
                            session.handle_timeout(now());
                            session.handle_connect_failed(now(), transport, error.into());
                        }
                    }
                }
                Action::ShutdownWrite { .. } => {
                    socket.as_ref().map(|(_, stream)| stream.shutdown(Shutdown::Write));
                }
                Action::Release { .. } => socket = None,
            }
        }
        let Some((transport, stream)) = &mut socket else { continue };
        // Bytes to write. Both outcomes may cause events.
        if let Some(bytes) = session.poll_transmit(*transport, &mut work).first() {
            match stream.write(bytes) {
                Ok(count) => session.handle_transmitted(now(), *transport, count)?,
                Err(error) => session.handle_write_failed(now(), *transport, error.into()),
            }
            continue;
        }
        // There is nothing left to do, so it waits for bytes, or until the time that the session names.
        let wait = session.poll_timeout().map(|(at, _)| at.since(now()).max(Duration::from_millis(1)));
        stream.set_read_timeout(wait)?;
        if let Some(mut space) = session.receive_space(*transport, &mut work) {
            match stream.read(&mut space) {
                Ok(0) => session.handle_end_of_stream(now(), *transport),
                Ok(count) => space.filled(now(), count)?,
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) => session.handle_transport_error(now(), *transport, error.into()),
            }
        }
        // The time comes last: what was read may be what a timer waits for.
        session.handle_timeout(now());
    }
    Ok(())
}
// ... to here.

fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).map_or_else(support::serve, Ok)?;
    talk_to(&url, Config::default().or_platform_tls(), support::entropy()?)
}
