//! What every scenario file uses.

pub(super) use std::net::SocketAddr;
pub(super) use std::sync::{Arc, Mutex, mpsc};
pub(super) use std::time::Duration;

pub(super) use connect_socket_core::frame::FrameError;
pub(super) use connect_socket_core::lifecycle::CloseCause::{
    Abnormal, Local, Protocol, Remote, Replaced, TimedOut, TooBig,
};
pub(super) use connect_socket_core::lifecycle::{OnExisting, Settle};
pub(super) use connect_socket_core::tls::TlsConfig;
pub(super) use connect_socket_core::{
    AnswerError, Cause, CloseOptions, Config, ConnectOptions, ConnectPhase, Keepalive, Payload, SendError,
    Value,
};

pub(super) use crate::certs::{self, Leaf};
pub(super) use crate::client::{Client, Raised, Resolver, Seen};
pub(super) use crate::peers::deaf::{DeafListener, refusing};
pub(super) use crate::peers::echo::{EchoOptions, EchoServer, Heard, What};
pub(super) use crate::peers::frames;
pub(super) use crate::peers::script::ScriptedServer;
pub(super) use crate::peers::wire::{self, End, Told, Wire};
pub(super) use crate::stage::{PATIENCE, ROOMY, SHORT, Stage};

/// A session that trusts the authority of the tests.
pub(super) fn trusting() -> Config {
    let tls = TlsConfig::with_roots_pem(certs::roots_pem().as_bytes()).expect("roots");
    Config::default().tls(tls)
}

/// A server that reads the request, tells it, and never answers; it tells when the client goes.
pub(super) fn silent_server() -> ScriptedServer {
    ScriptedServer::start(|mut wire| {
        wire.head();
        wire.until_end();
    })
}

/// A server that accepts the upgrade, sends `bytes`, and tells every frame and the end of the client.
pub(super) fn server_sending(bytes: Vec<u8>) -> ScriptedServer {
    ScriptedServer::start(move |mut wire| {
        wire.open();
        wire.send(&bytes);
        wire.tell_all();
    })
}

/// Takes the request head off what a script tells.
pub(super) fn hear_head<C: Client>(stage: &mut Stage<C>, server: &ScriptedServer) -> String {
    match stage.hear(server.told()) {
        Told::Head(head) => head,
        other => panic!("expected a request head, but was told {other:?}"),
    }
}

/// The next frame that a script tells.
pub(super) fn hear_frame<C: Client>(stage: &mut Stage<C>, server: &ScriptedServer) -> frames::Frame {
    match stage.hear(server.told()) {
        Told::Frame(frame) => frame,
        other => panic!("expected a frame, but was told {other:?}"),
    }
}

/// The close frame that an echo server got on one of its connections, whatever it heard before.
pub(super) fn hear_close<C: Client>(
    stage: &mut Stage<C>,
    server: &EchoServer,
    connection: usize,
) -> (u16, String) {
    loop {
        match stage.hear(server.heard()) {
            Heard { connection: on, what: What::Close(code, reason) } if on == connection => {
                return (code, reason);
            }
            Heard { connection: on, what: What::Ended } if on == connection => {
                panic!("connection {connection} of the server ended without a close frame")
            }
            _ => {}
        }
    }
}

/// A resolver that knows every name by the same addresses.
pub(super) fn resolver(addresses: &[&str]) -> Resolver {
    let address = |text: &&str| SocketAddr::new(text.parse().expect("an address"), 0);
    let addresses: Vec<_> = addresses.iter().map(address).collect();
    Arc::new(move |_, _| Ok(addresses.clone()))
}
