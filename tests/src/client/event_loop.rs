//! The client over the event loop of core's tasks, on whichever runtime.

use std::future::pending;
use std::io;
use std::time::Instant;

use connect_socket_core::tasks::EventLoop;
use connect_socket_core::{CloseOptions, Config, ConnectOptions, Payload, Phase, Stats};

use super::tasks::Executor;
use super::{Call, Client, Inside, Resolver, Seen, Wake};

/// A session in an [`EventLoop`].
pub struct LoopClient<X: Executor> {
    events: EventLoop<X::Runtime>,
    /// The last to go: the socket may be in its reactor.
    executor: X,
}

impl<X: Executor> Client for LoopClient<X> {
    fn start(config: Config, resolver: Option<Resolver>) -> io::Result<Self> {
        let (executor, group) = X::start(config, resolver)?;
        Ok(Self { events: group.event_loop(), executor })
    }

    fn connect(&mut self, options: &ConnectOptions) -> Call {
        self.events.connect(options).into()
    }

    fn send(&mut self, payload: Payload<'_>) -> Call {
        self.events.send(payload).into()
    }

    fn close(&mut self, options: &CloseOptions) -> Call {
        self.events.close(options).into()
    }

    fn next(&mut self, deadline: Instant) -> io::Result<Option<Seen>> {
        let events = &mut self.events;
        let next = async {
            match events.next_event().await {
                Some(event) => event.into(),
                // Nothing more comes until the next call.
                None => pending().await,
            }
        };
        Ok(self.executor.wait(next, deadline))
    }

    fn waker(&self) -> Wake {
        self.executor.waker()
    }

    fn is_idle(&self) -> bool {
        self.events.session().phase() == Phase::Idle
    }

    fn inside(&mut self, _needs: &'static str) -> &mut dyn Inside {
        self
    }
}

impl<X: Executor> Inside for LoopClient<X> {
    fn set_receiving(&mut self, receiving: bool) {
        self.events.set_receiving(receiving);
    }

    fn can_send(&self, length: usize) -> bool {
        self.events.session().can_send(length)
    }

    fn can_send_part(&self, length: usize) -> bool {
        self.events.session().can_send_part(length)
    }

    fn send_part(&mut self, payload: Payload<'_>, last: bool) -> Call {
        self.events.send_part(payload, last).into()
    }

    fn buffered_amount(&self) -> usize {
        self.events.session().buffered_amount()
    }

    fn stats(&self) -> Stats {
        self.events.session().stats()
    }
}
