//! TLS for servers in memory: what clients trust, and the server's side of a connection. Certificates are
//! made anew in each run, but every one is as long as the others, and no connection resumes another: so that a run is
//! cut in the same places each time.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use connect_socket_core::Config;
use connect_socket_core::tls::TlsConfig;
use rcgen::{CertificateParams, KeyPair, PKCS_ED25519, SanType};
use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ClientConfig, RootCertStore, ServerConfig, ServerConnection};

use crate::memory::server::Layer;

/// What servers show, and clients trust.
#[derive(Clone, Debug)]
pub struct MemoryTls {
    server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
}

impl MemoryTls {
    /// With a certificate for 192.0.2.1.
    ///
    /// # Panics
    /// If rcgen or rustls refuse.
    pub fn new() -> Self {
        // One key exchange, and the quickest.
        let provider =
            CryptoProvider { kx_groups: vec![aws_lc_rs::kx_group::X25519], ..aws_lc_rs::default_provider() };
        let provider = Arc::new(provider);
        let key = KeyPair::generate_for(&PKCS_ED25519).expect("a key");
        let mut params = CertificateParams::default();
        params.serial_number = Some(1.into());
        params.subject_alt_names = vec![SanType::IpAddress(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)))];
        let certificate = params.self_signed(&key).expect("a certificate").der().clone();
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).expect("a root");

        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let server = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key.into())
            .expect("a certificate and its key");
        let mut client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        client.resumption = Resumption::disabled();
        Self { server: Arc::new(server), client: Arc::new(client) }
    }

    /// The settings of a session that trusts the certificate.
    pub fn config(&self) -> Config {
        Config::default().tls(TlsConfig::from(self.client.clone()))
    }

    /// A server's side of a new connection.
    ///
    /// # Panics
    /// If rustls refuses.
    pub fn accept(&self) -> Box<dyn Layer> {
        Box::new(Accepted(ServerConnection::new(self.server.clone()).expect("a connection")))
    }
}

impl Default for MemoryTls {
    fn default() -> Self {
        Self::new()
    }
}

struct Accepted(ServerConnection);

impl Layer for Accepted {
    fn receive(&mut self, mut wire: &[u8]) -> Vec<u8> {
        let mut plain = Vec::new();
        while !wire.is_empty() {
            self.0.read_tls(&mut wire).expect("memory can be read");
            self.0.process_new_packets().expect("a client that speaks TLS");
            // There is no more where it says that there is none yet, or that the stream was cut.
            let _ = self.0.reader().read_to_end(&mut plain);
        }
        plain
    }

    fn is_ready(&self) -> bool {
        !self.0.is_handshaking()
    }

    fn send(&mut self, plain: &[u8]) {
        self.0.writer().write_all(plain).expect("memory takes everything");
    }

    fn end(&mut self) {
        self.0.send_close_notify();
    }

    fn output(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        while self.0.wants_write() {
            self.0.write_tls(&mut out).expect("memory takes everything");
        }
        out
    }
}
