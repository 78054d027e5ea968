//! The client over connect-socket-tokio, on a runtime of one thread.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use connect_socket_core::Config;
use connect_socket_tokio::{Group, Tokio};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio::time::sleep_until;

use super::event_loop::LoopClient;
use super::tasks::{Executor, TaskClient};
use super::{Resolver, Wake};

/// A client of the tokio adapter.
pub type TokioClient = TaskClient<OnTokio>;

/// A client of its event loop.
pub type TokioLoopClient = LoopClient<OnTokio>;

/// Tokio's loop, on the thread that waits.
pub struct OnTokio {
    runtime: Runtime,
    wake: Arc<Notify>,
}

impl Executor for OnTokio {
    type Runtime = Tokio;

    fn start(config: Config, resolver: Option<Resolver>) -> io::Result<(Self, Group)> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let inside = runtime.enter();
        let group = Group::on(resolver.map_or_else(Tokio::default, Tokio::with_resolver), config)?;
        drop(inside);
        Ok((Self { runtime, wake: Arc::default() }, group))
    }

    fn wait<T>(&mut self, future: impl Future<Output = T>, deadline: Instant) -> Option<T> {
        let Self { runtime, wake } = self;
        runtime.block_on(async {
            tokio::select! {
                biased;
                output = future => Some(output),
                () = wake.notified() => None,
                () = sleep_until(deadline.into()) => None,
            }
        })
    }

    fn waker(&self) -> Wake {
        let wake = Arc::clone(&self.wake);
        Arc::new(move || wake.notify_one())
    }
}
