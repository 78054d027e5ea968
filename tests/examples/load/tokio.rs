//! Sockets of one group of the tokio adapter, each with a task of its own on a runtime of this thread.

use std::io;
use std::time::Duration;

use ::tokio::runtime::{Builder, Runtime};
use ::tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use ::tokio::task::LocalSet;
use ::tokio::time::timeout;
use connect_socket_tokio::connect_socket_core::{Config, ConnectOptions};
use connect_socket_tokio::{Group, Socket};
use futures_util::StreamExt;

use crate::client::{MESSAGE, Sessions, Told};

pub(crate) struct Tasks {
    group: Group,
    sockets: Vec<Socket>,
    tell: UnboundedSender<io::Result<Told>>,
    told: UnboundedReceiver<io::Result<Told>>,
    local: LocalSet,
    /// The last to go: sockets are in its reactor.
    runtime: Runtime,
}

impl Tasks {
    pub(crate) fn new(config: Config, connections: usize) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let group = {
            let _inside = runtime.enter();
            Group::new(config)?
        };
        let (tell, told) = unbounded_channel();
        let sockets = Vec::with_capacity(connections);
        Ok(Self { group, sockets, tell, told, local: LocalSet::new(), runtime })
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
                let _ = tell.send(told);
            }
        };
        self.local.spawn_local(listen);
    }

    fn send(&mut self, session: usize) {
        drop(self.sockets[session].send(MESSAGE));
    }

    fn next(&mut self, patience: Duration) -> io::Result<Option<Told>> {
        // Mostly it is there already.
        if let Ok(told) = self.told.try_recv() {
            return told.map(Some);
        }
        let Self { local, runtime, told, .. } = self;
        // The bound on waiting that the caller asks for, not a pause: what is told ends it.
        let next = async { timeout(patience, told.recv()).await.ok().flatten().transpose() };
        local.block_on(runtime, next)
    }
}
