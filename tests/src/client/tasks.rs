//! The client over core's tasks, on whichever runtime.

use std::future::{Future, pending};
use std::io;
use std::time::Instant;

use connect_socket_core::tasks::{Events, Group, Runtime, Socket};
use connect_socket_core::{CloseOptions, Config, ConnectOptions, Payload, Phase, Stats};
use futures_util::StreamExt;

use super::{Call, Client, Inside, Resolver, Seen, Wake};

/// What waits for the futures of a runtime's sockets, on the thread of the test.
pub trait Executor: Sized {
    /// The runtime.
    type Runtime: Runtime;

    /// Makes it, and a group of sockets on it.
    ///
    /// # Errors
    /// The system has no resources for it.
    fn start(config: Config, resolver: Option<Resolver>) -> io::Result<(Self, Group<Self::Runtime>)>;

    /// Waits for `future`. None: `deadline` has come, or the [`waker`](Self::waker) was used.
    fn wait<T>(&mut self, future: impl Future<Output = T>, deadline: Instant) -> Option<T>;

    /// Ends a [`wait`](Self::wait), from any thread.
    fn waker(&self) -> Wake;
}

/// A socket and its events. Calls are dropped at once: what they would tell, the events do.
pub struct TaskClient<X: Executor> {
    socket: Socket<X::Runtime>,
    events: Events<X::Runtime>,
    /// The last to go: the socket may be in its reactor.
    executor: X,
}

impl<X: Executor> Client for TaskClient<X> {
    fn start(config: Config, resolver: Option<Resolver>) -> io::Result<Self> {
        let (executor, group) = X::start(config, resolver)?;
        let (socket, events) = group.socket();
        Ok(Self { socket, events, executor })
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
        let events = &mut self.events;
        let next = async {
            match events.next().await {
                Some(event) => event,
                // A stream that has ended may go on with the next call.
                None => pending().await,
            }
        };
        Ok(self.executor.wait(next, deadline).map(|event| event.as_event().into()))
    }

    fn waker(&self) -> Wake {
        self.executor.waker()
    }

    fn is_idle(&self) -> bool {
        self.socket.phase() == Phase::Idle
    }

    fn inside(&mut self, _needs: &'static str) -> &mut dyn Inside {
        self
    }
}

impl<X: Executor> Inside for TaskClient<X> {
    fn set_receiving(&mut self, receiving: bool) {
        self.socket.set_receiving(receiving);
    }

    fn can_send(&self, length: usize) -> bool {
        self.socket.can_send(length)
    }

    fn can_send_part(&self, length: usize) -> bool {
        self.socket.can_send_part(length)
    }

    fn send_part(&mut self, payload: Payload<'_>, last: bool) -> Call {
        self.socket.send_part(payload, last).id().into()
    }

    fn buffered_amount(&self) -> usize {
        self.socket.buffered_amount()
    }

    fn stats(&self) -> Stats {
        self.socket.stats()
    }
}
