//! What a connection costs before its first message: the upgrade beside one that is written by hand, and TLS with and
//! without resumption.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use connect_socket_mio::Driver;
use connect_socket_mio::connect_socket_core::tls::TlsConfig;
use connect_socket_mio::connect_socket_core::{Config, ConnectOptions, Event};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token, Waker};
use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::dial;

/// The path that asks the server for no more than the upgrade.
const PATH: &str = "/22/1/16";

/// Connects, upgrades and releases, again and again, in a loop over mio.
pub(crate) struct Ours {
    poll: Poll,
    events: Events,
    driver: Driver,
    options: ConnectOptions,
}

impl Ours {
    pub(crate) fn new(url: String, config: Config) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), Token(0))?);
        let driver = Driver::new(config, poll.registry(), Token(1), waker)?;
        Ok(Self { poll, events: Events::with_capacity(16), driver, options: ConnectOptions::new(url) })
    }

    /// To the plain server, with nothing to trust.
    pub(crate) fn plain(server: SocketAddr) -> io::Result<Self> {
        Self::new(format!("ws://{server}{PATH}"), Config::default().tls(trusting(&[])?))
    }

    /// To the server over TLS, as it is by default.
    pub(crate) fn resuming(server: SocketAddr, roots: &str) -> io::Result<Self> {
        let tls = TlsConfig::with_roots_pem(roots.as_bytes()).map_err(io::Error::other)?;
        Self::new(format!("wss://{server}{PATH}"), Config::default().tls(tls))
    }

    /// The same, with a handshake from the beginning each time.
    pub(crate) fn forgetting(server: SocketAddr, roots: &str) -> io::Result<Self> {
        Self::new(format!("wss://{server}{PATH}"), Config::default().tls(trusting(roots.as_bytes())?))
    }

    pub(crate) fn run(&mut self, connects: usize) {
        for _ in 0..connects {
            let key = self.driver.add();
            self.driver.slot(key).expect("it was just made").connect(&self.options);
            let mut open = false;
            while !open {
                while let Some((_, event)) = self.driver.poll_event() {
                    match event {
                        Event::Open { .. } => open = true,
                        Event::Settled { .. } | Event::Message { .. } => {}
                        event @ (Event::Error { .. } | Event::Close { .. }) => panic!("{event:?}"),
                    }
                }
                if !open {
                    self.poll.poll(&mut self.events, self.driver.timeout()).expect("a poll");
                    for event in &self.events {
                        self.driver.handle_event(event);
                    }
                }
            }
            self.driver.remove(key);
        }
    }
}

/// A configuration without resumption.
fn trusting(roots: &[u8]) -> io::Result<TlsConfig> {
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(roots) {
        store.add(certificate.map_err(io::Error::other)?).map_err(io::Error::other)?;
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(store)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok(TlsConfig::from(Arc::new(config)))
}

/// An upgrade by hand in a loop over mio: a request whose key is always the same, and an answer of which only the status is
/// read.
pub(crate) struct ByHand {
    poll: Poll,
    events: Events,
    server: SocketAddr,
    request: String,
}

impl ByHand {
    pub(crate) fn new(server: SocketAddr) -> io::Result<Self> {
        let request = dial::request(server, PATH);
        Ok(Self { poll: Poll::new()?, events: Events::with_capacity(16), server, request })
    }

    pub(crate) fn run(&mut self, connects: usize) {
        for _ in 0..connects {
            self.connect().expect("an upgrade");
        }
    }

    fn connect(&mut self) -> io::Result<()> {
        let mut stream = TcpStream::connect(self.server)?;
        self.poll.registry().register(&mut stream, Token(0), Interest::READABLE | Interest::WRITABLE)?;
        let mut asked = false;
        let mut answer = Vec::new();
        let mut piece = [0; 1024];
        while !answer.ends_with(b"\r\n\r\n") {
            self.poll.poll(&mut self.events, None)?;
            if !asked {
                match stream.take_error()?.map_or_else(|| stream.peer_addr(), Err) {
                    Err(error) if error.kind() == ErrorKind::NotConnected => continue,
                    result => result?,
                };
                stream.set_nodelay(true)?;
                asked = stream.write(self.request.as_bytes())? == self.request.len();
                continue;
            }
            match stream.read(&mut piece) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => answer.extend_from_slice(piece.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        if !answer.starts_with(b"HTTP/1.1 101 ") {
            return Err(io::Error::other("the server has not upgraded"));
        }
        self.poll.registry().deregister(&mut stream)
    }
}
