//! The client over connect-socket-smol, on smol's own loop.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use connect_socket_core::Config;
use connect_socket_smol::{Group, Smol};
use smol::Timer;
use smol::channel::{Receiver, Sender, bounded};
use smol::future::{FutureExt, block_on};

use super::event_loop::LoopClient;
use super::tasks::{Executor, TaskClient};
use super::{Resolver, Wake};

/// A client of the smol adapter.
pub type SmolClient = TaskClient<OnSmol>;

/// A client of its event loop.
pub type SmolLoopClient = LoopClient<OnSmol>;

/// Smol's loop, on the thread that waits.
pub struct OnSmol {
    wake: Sender<()>,
    woken: Receiver<()>,
}

impl Executor for OnSmol {
    type Runtime = Smol;

    fn start(config: Config, resolver: Option<Resolver>) -> io::Result<(Self, Group)> {
        let group = Group::on(resolver.map_or_else(Smol::default, Smol::with_resolver), config)?;
        let (wake, woken) = bounded(1);
        Ok((Self { wake, woken }, group))
    }

    fn wait<T>(&mut self, future: impl Future<Output = T>, deadline: Instant) -> Option<T> {
        let woken = async {
            let _ = self.woken.recv().await;
            None
        };
        let late = async {
            Timer::at(deadline).await;
            None
        };
        block_on(async { Some(future.await) }.or(woken).or(late))
    }

    fn waker(&self) -> Wake {
        let wake = self.wake.clone();
        Arc::new(move || {
            // Full: it is woken already. Closed: nobody waits.
            let _ = wake.try_send(());
        })
    }
}
