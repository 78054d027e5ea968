//! The client over connect-socket-tokio, on a runtime of one thread.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use connect_socket_core::lifecycle::Phase;
use connect_socket_core::{CloseOptions, Config, ConnectOptions, Payload, Stats};
use connect_socket_tokio::{Events, Group, Socket, Tokio};
use futures_util::StreamExt;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio::time::sleep_until;

use super::{Call, Client, Inside, Resolver, Seen, Wake};

/// A socket and its events. Calls are dropped at once: what they would tell, the events do.
pub struct TokioClient {
    socket: Socket,
    events: Events,
    wake: Arc<Notify>,
    /// The last to go: the socket is in its reactor.
    runtime: Runtime,
}

impl Client for TokioClient {
    fn start(config: Config, resolver: Option<Resolver>) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let inside = runtime.enter();
        let group = match resolver {
            None => Group::new(config),
            Some(resolver) => Group::on(Tokio::with_resolver(resolver), config),
        }?;
        let (socket, events) = group.socket();
        drop(inside);
        Ok(Self { socket, events, wake: Arc::default(), runtime })
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
        let Self { events, wake, runtime, .. } = self;
        let event = runtime.block_on(async {
            tokio::select! {
                biased;
                // A stream that has ended may go on with the next call.
                Some(event) = events.next() => Some(event),
                () = wake.notified() => None,
                () = sleep_until(deadline.into()) => None,
            }
        });
        Ok(event.map(|event| event.as_event().into()))
    }

    fn waker(&self) -> Wake {
        let wake = Arc::clone(&self.wake);
        Arc::new(move || wake.notify_one())
    }

    fn is_idle(&self) -> bool {
        self.socket.phase() == Phase::Idle
    }

    fn inside(&mut self, _needs: &'static str) -> &mut dyn Inside {
        self
    }
}

impl Inside for TokioClient {
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
