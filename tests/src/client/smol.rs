//! The client over connect-socket-smol, on smol's own loop.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use connect_socket_core::lifecycle::Phase;
use connect_socket_core::{CloseOptions, Config, ConnectOptions, Payload, Stats};
use connect_socket_smol::{Events, Group, Smol, Socket};
use smol::Timer;
use smol::channel::{Receiver, Sender, bounded};
use smol::future::{FutureExt, block_on, pending};
use smol::stream::StreamExt;

use super::{Call, Client, Inside, Resolver, Seen, Wake};

/// A socket and its events. Calls are dropped at once: what they would tell, the events do.
pub struct SmolClient {
    socket: Socket,
    events: Events,
    wake: Sender<()>,
    woken: Receiver<()>,
}

impl Client for SmolClient {
    fn start(config: Config, resolver: Option<Resolver>) -> io::Result<Self> {
        let group = match resolver {
            None => Group::new(config),
            Some(resolver) => Group::on(Smol::with_resolver(resolver), config),
        }?;
        let (socket, events) = group.socket();
        let (wake, woken) = bounded(1);
        Ok(Self { socket, events, wake, woken })
    }

    fn connect(&mut self, options: &ConnectOptions) -> Call {
        self.socket.connect(options).id().into()
    }

    fn send(&mut self, payload: Payload<'_>) -> Call {
        self.socket.send(payload).id().into()
    }

    fn close(&mut self, options: &CloseOptions) -> Call {
        self.socket.close(options).id().into()
    }

    fn next(&mut self, deadline: Instant) -> io::Result<Option<Seen>> {
        let woken = async {
            let _ = self.woken.recv().await;
            None
        };
        let late = async {
            Timer::at(deadline).await;
            None
        };
        // A stream that has ended may go on with the next call.
        let event = async {
            match self.events.next().await {
                Some(event) => Some(event),
                None => pending().await,
            }
        };
        let event = block_on(event.or(woken).or(late));
        Ok(event.map(|event| event.as_event().into()))
    }

    fn waker(&self) -> Wake {
        let wake = self.wake.clone();
        Arc::new(move || {
            // Full: it is woken already. Closed: nobody waits.
            let _ = wake.try_send(());
        })
    }

    fn is_idle(&self) -> bool {
        self.socket.phase() == Phase::Idle
    }

    fn inside(&mut self, _needs: &'static str) -> &mut dyn Inside {
        self
    }
}

impl Inside for SmolClient {
    fn set_receiving(&mut self, receiving: bool) {
        self.socket.set_receiving(receiving);
    }

    fn can_send(&self, length: usize) -> bool {
        self.socket.can_send(length)
    }

    fn buffered_amount(&self) -> usize {
        self.socket.buffered_amount()
    }

    fn stats(&self) -> Stats {
        self.socket.stats()
    }
}
