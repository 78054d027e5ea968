//! A host without sockets: client, network and server in memory, with a simulated clock.
//!
//! `cargo run -p connect-socket-core --example simulated -- 7` plays what the seed 7 determines: how long everything
//! takes, which address refuses, where the bytes are split, and whether and how the network is cut. The same seed
//! always gives the same trace.

mod network;
#[path = "../support/mod.rs"]
mod support;

use std::collections::{BTreeMap, VecDeque};
use std::error::Error;
use std::io::{ErrorKind, Read, Write as _, stdout};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::exit;
use std::time::Duration;

use connect_socket_core::{
    Action, Config, ConnectOptions, Keepalive, SeededEntropy, Session, Time, Workspace,
};
use network::{Arrival, Network};

fn main() -> Result<(), Box<dyn Error>> {
    let seed = std::env::args().nth(1).unwrap_or_else(|| "1".into());
    let Ok(seed) = seed.parse() else {
        eprintln!("{seed:?} is not a seed: it must be a whole number from 0 to {}", u64::MAX);
        exit(2);
    };
    let mut network = Network::new(seed);
    // Without pings, it would wait forever for a network that stays silent.
    let keepalive = Keepalive::new(Duration::from_secs(1), Duration::from_secs(1));
    let config = Config::default().keepalive(keepalive);
    let mut session = Session::new(config, SeededEntropy::new([7; 32]));
    let mut work = Workspace::default();
    // What has arrived on each transport and has not been read yet.
    let mut inbox = BTreeMap::new();
    let mut now = Time::ZERO;

    session.connect(now, &ConnectOptions::new("ws://simulated.example/"));
    loop {
        // 1. Events.
        while let Some(event) = session.poll_event(&mut work) {
            say(now, "client", &support::line(&event));
            support::Next::after(&event).act(&mut session, now);
        }
        // 2. Actions.
        while let Some(action) = session.poll_action() {
            match action {
                Action::Resolve { connection, host, .. } => {
                    say(now, "client", &format!("look up {host}"));
                    network.resolve(connection);
                }
                Action::Dial { transport, address } => {
                    say(now, "client", &format!("{transport}: dial {address}"));
                    network.dial(transport);
                }
                Action::ShutdownWrite { transport } => network.shut_down(transport),
                Action::Release { transport } => {
                    inbox.remove(&transport);
                    network.release(transport);
                }
            }
        }
        // 3. Transmit and receive, one piece each, until nothing more can be done without waiting.
        let mut worked = false;
        for (&transport, arrived) in &mut inbox {
            if let Some(bytes) = session.poll_transmit(transport, &mut work).first() {
                let count = network.send(transport, bytes);
                say(now, "client", &format!("{transport}: {count} B of {} B leave", bytes.len()));
                session.handle_transmitted(now, transport, count)?;
                worked = true;
            }
            if let Some(mut space) = session.receive_space(transport, &mut work)
                && !VecDeque::is_empty(arrived)
            {
                let count = arrived.read(&mut space)?;
                space.filled(now, count)?;
                worked = true;
            }
        }
        if worked {
            continue;
        }
        if session.is_quiet() {
            say(now, "client", "quiet");
            return Ok(());
        }
        // 4. Nothing more can be done at this time, so go on to the next.
        match (session.poll_timeout(), network.next()) {
            (deadline, Some(at)) if deadline.is_none_or(|(deadline, _)| at < deadline) => {
                now = at;
                let Some(arrival) = network.advance() else { continue };
                say(now, "network", &arrival.to_string());
                match arrival {
                    Arrival::Addresses(connection) => {
                        let addresses: [SocketAddr; 2] =
                            [(Ipv6Addr::LOCALHOST, 0).into(), (Ipv4Addr::LOCALHOST, 0).into()];
                        session.handle_resolved(now, connection, Ok(&addresses));
                    }
                    Arrival::Connected(transport) => {
                        inbox.insert(transport, VecDeque::new());
                        session.handle_connected(now, transport);
                    }
                    Arrival::Refused(transport, error) => {
                        session.handle_connect_failed(now, transport, error.into());
                    }
                    Arrival::Bytes(transport, bytes) => {
                        inbox.entry(transport).or_default().extend(bytes);
                    }
                    Arrival::End(transport) => session.handle_end_of_stream(now, transport),
                    Arrival::Reset(transport, error) => {
                        session.handle_transport_error(now, transport, error.into());
                    }
                    Arrival::Cut(_) => {}
                }
            }
            (Some((deadline, reason)), _) => {
                if deadline > now {
                    now = deadline;
                    network.wait_until(now);
                    say(now, "client", &format!("it is time: {reason:?}"));
                }
                session.handle_timeout(now);
            }
            (None, _) => return Err("nothing will ever happen again, and the session is not quiet".into()),
        }
    }
}

fn say(now: Time, who: &str, what: &str) {
    let milliseconds = now.since(Time::ZERO).as_secs_f64() * 1000.0;
    if let Err(error) = writeln!(stdout(), "{milliseconds:>12.3} ms  {who:<7}  {what}") {
        // The reader of this output, such as `head`, has seen enough.
        std::process::exit(i32::from(error.kind() != ErrorKind::BrokenPipe));
    }
}
