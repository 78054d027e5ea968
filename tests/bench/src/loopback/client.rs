//! What is measured: a client that is connected, and plays its pattern again and again.

use std::io;
use std::net::{SocketAddr, TcpStream};

use connect_socket_smol::Smol;
use connect_socket_tokio::Tokio;
use smol::Async;

use super::pattern::Pattern;
use super::{on_mio, on_smol, on_tokio, ours, raw};
use crate::report::Role;

/// A client with all its connections.
pub(crate) trait Client {
    /// Sends so many batches on each connection, and receives all replies.
    fn run(&mut self, batches: usize);
}

/// Makes such a client.
pub(crate) trait Connect: Client + Sized {
    fn connect(server: SocketAddr, pattern: &Pattern) -> io::Result<Self>;
}

/// Which loop a client runs on, and with whom it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    /// None, and all others stand beside it.
    Every,
    Mio,
    Smol,
    Tokio,
}

/// One line of a table.
pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    pub(crate) group: Group,
    pub(crate) role: Role,
    /// It drives many connections.
    pub(crate) many: bool,
    connect: fn(SocketAddr, &Pattern) -> io::Result<Box<dyn Client>>,
}

impl Contestant {
    pub(crate) fn connect(&self, server: SocketAddr, pattern: &Pattern) -> io::Result<Box<dyn Client>> {
        (self.connect)(server, pattern)
    }

    const fn new<C: Connect + 'static>(role: Role, name: &'static str, group: Group) -> Self {
        Self {
            name,
            group,
            role,
            many: true,
            connect: |server, pattern| Ok(Box::new(C::connect(server, pattern)?)),
        }
    }
}

/// Everybody, in the order of a table.
pub(crate) const CONTESTANTS: &[Contestant] = &[
    Contestant { many: false, ..limit::<raw::Blocking>("raw TCP, blocking", Group::Every) },
    limit::<raw::OnMio>("raw TCP on mio", Group::Every),
    limit::<on_smol::Tasks<raw::InTask<Async<TcpStream>>>>("raw TCP on smol", Group::Smol),
    limit::<on_tokio::Tasks<raw::InTask<tokio::net::TcpStream>>>("raw TCP on tokio", Group::Tokio),
    ours::<on_mio::Ours>("connectSocket on mio", Group::Mio),
    peer::<on_mio::Tungstenite>("tungstenite on mio", Group::Mio),
    ours::<on_smol::Tasks<ours::Alone<Smol>>>("connectSocket on smol, event loop", Group::Smol),
    ours::<on_smol::Tasks<ours::Shared<Smol>>>("connectSocket on smol, socket", Group::Smol),
    peer::<on_smol::Tasks<on_smol::AsyncTungstenite>>("async-tungstenite on smol", Group::Smol),
    ours::<on_tokio::Tasks<ours::Alone<Tokio>>>("connectSocket on tokio, event loop", Group::Tokio),
    ours::<on_tokio::Tasks<ours::Shared<Tokio>>>("connectSocket on tokio, socket", Group::Tokio),
    peer::<on_tokio::Tasks<on_tokio::TokioTungstenite>>("tokio-tungstenite", Group::Tokio),
    peer::<on_tokio::Tasks<on_tokio::FastWebsockets>>("fastwebsockets", Group::Tokio),
    peer::<on_tokio::Tasks<on_tokio::TokioWebsockets>>("tokio-websockets", Group::Tokio),
    peer::<on_tokio::Tasks<on_tokio::Yawc>>("yawc", Group::Tokio),
    peer::<on_tokio::Tasks<on_tokio::Sockudo>>("sockudo-ws", Group::Tokio),
    peer::<on_tokio::Tasks<on_tokio::Wtx>>("wtx", Group::Tokio),
];

/// TCP without a protocol.
const fn limit<C: Connect + 'static>(name: &'static str, group: Group) -> Contestant {
    Contestant::new::<C>(Role::Limit, name, group)
}

const fn ours<C: Connect + 'static>(name: &'static str, group: Group) -> Contestant {
    Contestant::new::<C>(Role::Ours, name, group)
}

const fn peer<C: Connect + 'static>(name: &'static str, group: Group) -> Contestant {
    Contestant::new::<C>(Role::Peer, name, group)
}
