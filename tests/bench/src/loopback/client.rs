//! What is measured: a client that is connected, and plays its pattern again and again.

use std::io;
use std::net::SocketAddr;

use connect_socket_smol::Smol;
use connect_socket_tokio::Tokio;

use super::pattern::Pattern;
use super::{on_mio, on_smol, on_tokio, ours, raw};

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
    /// TCP without a protocol, beside which all others stand.
    Limit,
    Mio,
    Smol,
    Tokio,
}

/// One line of a table.
pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    pub(crate) group: Group,
    /// It is this project's.
    pub(crate) ours: bool,
    /// It drives many connections.
    pub(crate) many: bool,
    connect: fn(SocketAddr, &Pattern) -> io::Result<Box<dyn Client>>,
}

impl Contestant {
    pub(crate) fn connect(&self, server: SocketAddr, pattern: &Pattern) -> io::Result<Box<dyn Client>> {
        (self.connect)(server, pattern)
    }

    const fn new<C: Connect + 'static>(name: &'static str, group: Group) -> Self {
        Self {
            name,
            group,
            ours: false,
            many: true,
            connect: |server, pattern| Ok(Box::new(C::connect(server, pattern)?)),
        }
    }
}

/// Everybody, in the order of a table.
pub(crate) const CONTESTANTS: &[Contestant] = &[
    Contestant { many: false, ..Contestant::new::<raw::Blocking>("raw TCP, blocking", Group::Limit) },
    Contestant::new::<raw::OnMio>("raw TCP on mio", Group::Limit),
    Contestant { ours: true, ..Contestant::new::<on_mio::Ours>("connectSocket on mio", Group::Mio) },
    Contestant::new::<on_mio::Tungstenite>("tungstenite on mio", Group::Mio),
    Contestant {
        ours: true,
        ..Contestant::new::<on_smol::Tasks<ours::Alone<Smol>>>(
            "connectSocket on smol, event loop",
            Group::Smol,
        )
    },
    Contestant {
        ours: true,
        ..Contestant::new::<on_smol::Tasks<ours::Shared<Smol>>>("connectSocket on smol, socket", Group::Smol)
    },
    Contestant::new::<on_smol::Tasks<on_smol::AsyncTungstenite>>("async-tungstenite on smol", Group::Smol),
    Contestant {
        ours: true,
        ..Contestant::new::<on_tokio::Tasks<ours::Alone<Tokio>>>(
            "connectSocket on tokio, event loop",
            Group::Tokio,
        )
    },
    Contestant {
        ours: true,
        ..Contestant::new::<on_tokio::Tasks<ours::Shared<Tokio>>>(
            "connectSocket on tokio, socket",
            Group::Tokio,
        )
    },
    Contestant::new::<on_tokio::Tasks<on_tokio::TokioTungstenite>>("tokio-tungstenite", Group::Tokio),
    Contestant::new::<on_tokio::Tasks<on_tokio::FastWebsockets>>("fastwebsockets", Group::Tokio),
    Contestant::new::<on_tokio::Tasks<on_tokio::TokioWebsockets>>("tokio-websockets", Group::Tokio),
    Contestant::new::<on_tokio::Tasks<on_tokio::Yawc>>("yawc", Group::Tokio),
    Contestant::new::<on_tokio::Tasks<on_tokio::Sockudo>>("sockudo-ws", Group::Tokio),
    Contestant::new::<on_tokio::Tasks<on_tokio::Wtx>>("wtx", Group::Tokio),
];
