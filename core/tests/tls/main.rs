//! Sessions over TLS, each with its server in memory.
#![cfg(feature = "aws-lc-rs")]

mod ends;
#[path = "../memory/mod.rs"]
mod memory;
mod sending;
mod windows;

use std::io::{Read, Write};
use std::sync::Arc;

use connect_socket_core::tls::TlsConfig;
use connect_socket_core::{Action, Config, ConnectOptions, Event, Session, Tape, TransportId, Workspace};
use memory::{ANSWER, NOW};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection};

/// What a client trusts, and a server that it trusts.
fn trust() -> (TlsConfig, Arc<ServerConfig>) {
    let mut authority = CertificateParams::new([]).expect("no names");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let root = authority.self_signed(&key).expect("signed");
    let issuer = Issuer::new(authority, key);
    let key = KeyPair::generate().expect("a key");
    let names = CertificateParams::new(vec!["192.0.2.1".to_owned()]).expect("an address");
    let certificate = names.signed_by(&key, &issuer).expect("signed");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("a certificate");
    (TlsConfig::with_roots_pem(root.pem().as_bytes()).expect("a root"), Arc::new(server))
}

/// A session and its server, without a network between them.
struct Pair {
    session: Session<Tape>,
    transport: TransportId,
    server: ServerConnection,
}

impl Pair {
    fn open(trust: &(TlsConfig, Arc<ServerConfig>), work: &mut Workspace) -> Self {
        Self::open_with(Config::default(), trust, work)
    }

    fn open_with(
        config: Config,
        (tls, server): &(TlsConfig, Arc<ServerConfig>),
        work: &mut Workspace,
    ) -> Self {
        let mut session = Session::new(config.tls(tls.clone()), Tape::default());
        session.connect(NOW, &ConnectOptions::new("wss://192.0.2.1"));
        let Some(Action::Dial { transport, .. }) = session.poll_action() else { panic!("no dial") };
        session.handle_connected(NOW, transport);
        let server = ServerConnection::new(Arc::clone(server)).expect("a server");
        let mut pair = Self { session, transport, server };
        let mut asked = false;
        let mut open = false;
        while !open {
            pair.transmit(work);
            if !asked && pair.server.reader().read(&mut [0; 1024]).is_ok() {
                asked = true;
                pair.server.writer().write_all(ANSWER).expect("memory takes it");
            }
            let wire = pair.wire();
            assert_eq!(pair.session.handle_bytes(NOW, transport, &wire, work), wire.len());
            while let Some(event) = pair.session.poll_event(work) {
                open |= matches!(event, Event::Open { .. });
            }
        }
        pair
    }

    /// What the session has to write reaches the server.
    fn transmit(&mut self, work: &mut Workspace) {
        loop {
            let bytes = self.session.poll_transmit(self.transport, work).slices().concat();
            if bytes.is_empty() {
                return;
            }
            assert_eq!(self.session.handle_transmitted(NOW, self.transport, bytes.len()), Ok(()));
            let mut input = &bytes[..];
            while !input.is_empty() {
                self.server.read_tls(&mut input).expect("memory gives it");
                self.server.process_new_packets().expect("records");
            }
        }
    }

    fn wire(&mut self) -> Vec<u8> {
        let mut wire = Vec::new();
        while self.server.wants_write() {
            self.server.write_tls(&mut wire).expect("memory takes it");
        }
        wire
    }

    /// The records that say `frames`.
    fn say(&mut self, frames: &[u8]) -> Vec<u8> {
        self.server.writer().write_all(frames).expect("memory takes it");
        self.wire()
    }

    fn read(&mut self, bytes: &[u8], work: &mut Workspace) {
        assert_eq!(self.session.handle_bytes(NOW, self.transport, bytes, work), bytes.len());
    }

    /// How long the next message is, if that is what is told next.
    fn message(&mut self, work: &mut Workspace) -> Option<usize> {
        match self.session.poll_event(work) {
            None => None,
            Some(Event::Message { message, .. }) => Some(message.as_bytes().len()),
            Some(other) => panic!("{other:?}"),
        }
    }
}

/// A message of 1,020 bytes, so that four of them with their heads fill 4 KiB.
fn kibibyte() -> Vec<u8> {
    [&[0x82, 126, 3, 252][..], &[7; 1020]].concat()
}
