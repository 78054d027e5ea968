//! The example's servers, with certificates that are made when it starts.

use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use connect_socket_tokio::connect_socket_core::tls::rustls;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

/// A certificate authority.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("an authority"))
    }

    /// Its own certificate.
    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for a client and its key, both in PEM.
    pub(crate) fn client(&self) -> (String, String) {
        let (certificate, key) = self.issue("client");
        (certificate.pem(), key.serialize_pem())
    }

    fn issue(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        (params.signed_by(&key, &self.0).expect("signed"), key)
    }
}

/// A server on loopback.
pub(crate) struct Server {
    port: u16,
    certificate: CertificateDer<'static>,
}

impl Server {
    /// Starts a server that shows a certificate issued by `authority`, and accepts only clients with a certificate
    /// issued by `clients`.
    pub(crate) fn start(authority: &Authority, clients: Option<&Authority>) -> Self {
        let (certificate, key) = authority.issue("localhost");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(aws_lc_rs::default_provider());
        let clients = clients.map(|authority| {
            let mut roots = RootCertStore::empty();
            roots.add(authority.0.der().clone()).expect("a root");
            WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone())
                .build()
                .expect("roots")
        });
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_client_cert_verifier(clients.unwrap_or_else(WebPkiClientVerifier::no_client_auth))
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("a certificate");

        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        thread::spawn(move || serve(&listener, &Arc::new(config)));
        Self { port, certificate: certificate.der().clone() }
    }

    pub(crate) fn url(&self) -> String {
        format!("wss://localhost:{}/", self.port)
    }

    /// The certificate that it shows.
    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.certificate.clone()
    }
}

/// Takes one connection after another, and reads what comes until it ends.
fn serve(listener: &TcpListener, config: &Arc<ServerConfig>) {
    for stream in listener.incoming().flatten() {
        let connection = ServerConnection::new(Arc::clone(config)).expect("a configuration that is sound");
        // If the handshake fails, the client says why.
        if let Ok(mut socket) = tungstenite::accept(StreamOwned::new(connection, stream)) {
            while socket.read().is_ok() {}
        }
    }
}
