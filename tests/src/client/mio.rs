//! The client over connect-socket-mio's own event loop.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use connect_socket_core::{CloseOptions, Config, ConnectOptions, Payload, Phase, Stats};
use connect_socket_mio::{EventLoop, Waited};

use super::{Call, Client, Inside, Resolver, Seen, Wake};

/// A session in an [`EventLoop`].
pub struct MioClient(EventLoop);

impl Client for MioClient {
    fn start(config: Config, resolver: Option<Resolver>) -> io::Result<Self> {
        let events = EventLoop::new(config)?;
        Ok(Self(match resolver {
            None => events,
            Some(resolver) => events.with_resolver(resolver),
        }))
    }

    fn connect(&mut self, options: &ConnectOptions) -> Call {
        self.0.connect(options).into()
    }

    fn send(&mut self, payload: Payload<'_>) -> Call {
        self.0.send(payload).into()
    }

    fn close(&mut self, options: &CloseOptions) -> Call {
        self.0.close(options).into()
    }

    fn next(&mut self, deadline: Instant) -> io::Result<Option<Seen>> {
        let timeout = deadline.saturating_duration_since(Instant::now());
        Ok(match self.0.wait(Some(timeout))? {
            Waited::Event(event) => Some(event.as_event().into()),
            Waited::Woken | Waited::TimedOut => None,
        })
    }

    fn waker(&self) -> Wake {
        let waker = self.0.waker();
        Arc::new(move || {
            // A waker that fails belongs to a loop that is gone: nobody waits.
            let _ = waker.wake();
        })
    }

    fn is_idle(&self) -> bool {
        self.0.session().phase() == Phase::Idle
    }

    fn inside(&mut self, _needs: &'static str) -> &mut dyn Inside {
        self
    }
}

impl Inside for MioClient {
    fn set_receiving(&mut self, receiving: bool) {
        self.0.set_receiving(receiving);
    }

    fn can_send(&self, length: usize) -> bool {
        self.0.session().can_send(length)
    }

    fn can_send_part(&self, length: usize) -> bool {
        self.0.session().can_send_part(length)
    }

    fn send_part(&mut self, payload: Payload<'_>, last: bool) -> Call {
        self.0.send_part(payload, last).into()
    }

    fn buffered_amount(&self) -> usize {
        self.0.session().buffered_amount()
    }

    fn stats(&self) -> Stats {
        self.0.session().stats()
    }
}
