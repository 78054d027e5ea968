//! Sockets of one group of the smol adapter, each with a task of its own on an executor of this thread.

use std::io;
use std::time::Duration;

use ::smol::channel::{Receiver, Sender, unbounded};
use ::smol::future::{FutureExt, block_on};
use ::smol::stream::StreamExt;
use ::smol::{LocalExecutor, Timer};
use connect_socket_smol::connect_socket_core::{Config, ConnectOptions};
use connect_socket_smol::{Group, Socket};

use crate::client::{MESSAGE, Sessions, Told};

pub(crate) struct Tasks {
    group: Group,
    executor: LocalExecutor<'static>,
    sockets: Vec<Socket>,
    tell: Sender<io::Result<Told>>,
    told: Receiver<io::Result<Told>>,
}

impl Tasks {
    pub(crate) fn new(config: Config, connections: usize) -> io::Result<Self> {
        let (tell, told) = unbounded();
        let sockets = Vec::with_capacity(connections);
        Ok(Self { group: Group::new(config)?, executor: LocalExecutor::new(), sockets, tell, told })
    }
}

impl Sessions for Tasks {
    fn connect(&mut self, options: &ConnectOptions) {
        let (socket, mut events) = self.group.socket();
        drop(socket.connect(options));
        let (number, tell) = (self.sockets.len(), self.tell.clone());
        self.sockets.push(socket);
        let listen = async move {
            while let Some(event) = events.next().await {
                // Without a receiver it is over.
                let Some(told) = Told::of(number, &event.as_event()).transpose() else { continue };
                let _ = tell.try_send(told);
            }
        };
        self.executor.spawn(listen).detach();
    }

    fn send(&mut self, session: usize) {
        drop(self.sockets[session].send(MESSAGE));
    }

    fn next(&mut self, patience: Duration) -> io::Result<Option<Told>> {
        // Mostly it is there already.
        if let Ok(told) = self.told.try_recv() {
            return told.map(Some);
        }
        let next = async { self.told.recv().await.map_err(io::Error::other)?.map(Some) };
        // The bound on waiting that the caller asks for, not a pause: what is told ends it.
        let late = async {
            Timer::after(patience).await;
            Ok(None)
        };
        block_on(self.executor.run(next.or(late)))
    }
}
