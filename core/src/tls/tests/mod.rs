//! The TLS machine against rustls' own server, in memory: certificates made on the spot, and a wire that cuts
//! what it carries into pieces of any size.

mod certificates;
mod handshake;
mod records;

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, SupportedProtocolVersion};
use url::Host;

use super::config::{TlsConfig, provider};
use super::machine::TlsMachine;
use crate::error::Cause;

const TLS12: &SupportedProtocolVersion = &rustls::version::TLS12;
const TLS13: &SupportedProtocolVersion = &rustls::version::TLS13;

/// An authority that a test may trust.
struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// One of a name that no other has.
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        Self::named(&format!("authority {}", COUNT.fetch_add(1, Ordering::Relaxed)))
    }

    fn named(name: &str) -> Self {
        let mut params = CertificateParams::new([]).expect("parameters");
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    fn trusted(&self) -> TlsConfig {
        TlsConfig::with_roots_pem(self.certificate.pem().as_bytes()).expect("a root")
    }

    /// A server's certificate, changed by `change` before it is signed.
    fn issue(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Identity {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut params = CertificateParams::new(names).expect("parameters");
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        Identity { certificate, key }
    }
}

/// What a server shows.
struct Identity {
    certificate: Certificate,
    key: KeyPair,
}

impl Identity {
    fn self_signed(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Self {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut params = CertificateParams::new(names).expect("parameters");
        params.distinguished_name.push(DnType::CommonName, "a server");
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        Self { certificate, key }
    }

    fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialize_der()))
    }

    fn server(&self, versions: &[&'static SupportedProtocolVersion]) -> ServerConfig {
        ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(versions)
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.der().clone()], self.private_key())
            .expect("an identity")
    }
}

/// A client and a server with a wire between them.
struct Pair {
    client: TlsMachine,
    server: ServerConnection,
    /// The largest piece that the wire carries at once.
    piece: usize,
    /// What the client has read.
    received: Vec<u8>,
    /// What the server has read.
    served: Vec<u8>,
}

impl Pair {
    fn new(config: &TlsConfig, host: &str, server: ServerConfig, piece: usize) -> Self {
        let client = TlsMachine::new(Some(config), &parse(host)).expect("a machine");
        let server = ServerConnection::new(Arc::new(server)).expect("a server");
        Self { client, server, piece, received: Vec::new(), served: Vec::new() }
    }

    /// Carries what waits on both sides until nothing does. The client's error ends it; what it had to say
    /// about it has been carried to the server then.
    fn run(&mut self) -> Result<(), Cause> {
        loop {
            let mut wire = Vec::new();
            self.client.output(&mut wire);
            let quiet = wire.is_empty();
            self.server_reads(&wire);
            let mut wire = Vec::new();
            while self.server.wants_write() {
                self.server.write_tls(&mut wire).expect("a vector takes all");
            }
            if quiet && wire.is_empty() {
                return Ok(());
            }
            if let Err(cause) = self.client_reads(&wire) {
                let mut wire = Vec::new();
                self.client.output(&mut wire);
                self.server_reads(&wire);
                return Err(cause);
            }
        }
    }

    fn server_reads(&mut self, wire: &[u8]) {
        for mut piece in wire.chunks(self.piece) {
            while !piece.is_empty() {
                if self.server.read_tls(&mut piece).expect("room") == 0 {
                    return;
                }
                // The server's opinion is asked for where a test wants it.
                let _ = self.server.process_new_packets();
                let _ = self.server.reader().read_to_end(&mut self.served);
            }
        }
    }

    fn client_reads(&mut self, wire: &[u8]) -> Result<(), Cause> {
        for mut piece in wire.chunks(self.piece) {
            while !piece.is_empty() {
                self.client.receive(&mut piece)?;
                self.drain();
            }
        }
        Ok(())
    }

    fn drain(&mut self) {
        loop {
            let chunk = self.client.plaintext();
            if chunk.is_empty() {
                return;
            }
            // In two goes where it can be, so that what is left of a chunk is looked at too.
            let n = chunk.len().div_ceil(2);
            self.received.extend(chunk.iter().take(n));
            self.client.consume(n);
        }
    }

    /// The error that the server has met.
    fn server_error(&mut self) -> Option<rustls::Error> {
        self.server.process_new_packets().err()
    }
}

fn parse(host: &str) -> Host<String> {
    Host::parse(host).expect("a host")
}
