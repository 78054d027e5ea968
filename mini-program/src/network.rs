//! The one socket of a script, over either adapter: only what the loop and the binding need.

use std::io;
use std::time::Instant;

use connect_socket_core::script::Socket;
use connect_socket_core::{
    CallId, CloseOptions, Config, ConnectOptions, ConnectionId, OwnedEvent, Payload, Phase,
};
use connect_socket_mio::{EventLoop, Waited};
use connect_socket_smol::{Events, Socket as SmolSocket};
use smol::Timer;
use smol::future::{FutureExt, block_on};
use smol::stream::StreamExt;

/// Which adapter drives the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Adapter {
    /// connect-socket-mio.
    Mio,
    /// connect-socket-smol.
    Smol,
}

/// The socket.
pub(crate) enum Network {
    /// In a loop on mio.
    Mio(Box<EventLoop>),
    /// As a stream on smol. Its calls are dropped at once, because the events have their results.
    Smol(SmolSocket, Events),
}

impl Network {
    /// A socket that is idle.
    pub(crate) fn new(adapter: Adapter, config: Config) -> io::Result<Self> {
        Ok(match adapter {
            Adapter::Mio => Self::Mio(Box::new(EventLoop::new(config)?)),
            Adapter::Smol => {
                let (socket, events) = SmolSocket::new(config)?;
                Self::Smol(socket, events)
            }
        })
    }

    /// The next event. Waits for it until `until`, or forever without; after that, returns none. None may also come
    /// early.
    pub(crate) fn next(&mut self, until: Option<Instant>) -> io::Result<Option<OwnedEvent>> {
        match self {
            Self::Mio(socket) => {
                let timeout = until.map(|until| until.saturating_duration_since(Instant::now()));
                Ok(match socket.wait(timeout)? {
                    Waited::Event(event) => Some(event),
                    Waited::Woken | Waited::TimedOut => None,
                })
            }
            Self::Smol(_, events) => {
                let late = async {
                    match until {
                        Some(until) => Timer::at(until).await,
                        None => smol::future::pending().await,
                    };
                    None
                };
                let event = async {
                    match events.next().await {
                        Some(event) => Some(event),
                        // Nothing can come until script calls again: a timer may.
                        None => smol::future::pending().await,
                    }
                };
                Ok(block_on(event.or(late)))
            }
        }
    }

    /// Whether there is no connection.
    pub(crate) fn is_idle(&self) -> bool {
        let phase = match self {
            Self::Mio(socket) => socket.session().phase(),
            Self::Smol(socket, _) => socket.phase(),
        };
        phase == Phase::Idle
    }

    /// Waits until everything that ended connections had to send has been sent.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        match self {
            Self::Mio(socket) => while socket.next_event()?.is_some() {},
            Self::Smol(socket, _) => block_on(socket.idle()),
        }
        Ok(())
    }
}

impl Socket for Network {
    fn connect(&mut self, options: &ConnectOptions) -> CallId {
        match self {
            Self::Mio(socket) => socket.connect(options),
            Self::Smol(socket, _) => socket.connect(options).id(),
        }
    }

    fn send(&mut self, payload: Payload<'_>) -> CallId {
        match self {
            Self::Mio(socket) => socket.send(payload),
            Self::Smol(socket, _) => socket.send(payload).id(),
        }
    }

    fn close(&mut self, options: &CloseOptions) -> CallId {
        match self {
            Self::Mio(socket) => socket.close(options),
            Self::Smol(socket, _) => socket.close(options).id(),
        }
    }

    fn connection(&self) -> Option<ConnectionId> {
        match self {
            Self::Mio(socket) => socket.session().connection(),
            Self::Smol(socket, _) => socket.connection(),
        }
    }
}
