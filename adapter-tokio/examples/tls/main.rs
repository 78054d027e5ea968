//! TLS in four ways, all with rustls's own configuration: your own roots, a client certificate, a pinned server
//! certificate, and, only for development, any certificate. It starts its own servers and prints how each connection
//! went.

mod server;

use std::sync::Arc;

use connect_socket_tokio::Socket;
use connect_socket_tokio::connect_socket_core::tls::{TlsConfig, rustls};
use connect_socket_tokio::connect_socket_core::{CloseOptions, Config, ConnectOptions};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ConfigBuilder, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme, WantsVerifier,
};

use server::{Authority, Server};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Trusts the certificates in a PEM text, and nothing else. This needs no rustls configuration.
fn own_roots(pem: &str) -> Result<TlsConfig> {
    Ok(TlsConfig::with_roots_pem(pem.as_bytes())?)
}

/// The same, and shows a certificate if the server asks for one.
fn client_certificate(roots: &str, chain: &str, key: &str) -> Result<TlsConfig> {
    let mut trusted = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(roots.as_bytes()) {
        trusted.add(certificate?)?;
    }
    let chain = CertificateDer::pem_slice_iter(chain.as_bytes()).collect::<std::result::Result<_, _>>()?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes())?;
    let config = builder()?.with_root_certificates(trusted).with_client_auth_cert(chain, key)?;
    Ok(Arc::new(config).into())
}

/// Accepts the server if it shows exactly this certificate, whoever issued it.
fn pinned(certificate: CertificateDer<'static>) -> Result<TlsConfig> {
    verified_by(Verifier { pinned: Some(certificate), provider: provider() })
}

/// Only for development: anybody on the network path can read and change everything.
fn any_certificate() -> Result<TlsConfig> {
    verified_by(Verifier { pinned: None, provider: provider() })
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>> {
    Ok(ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?)
}

fn verified_by(verifier: Verifier) -> Result<TlsConfig> {
    let dangerous = builder()?.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    Ok(Arc::new(dangerous.with_no_client_auth()).into())
}

/// Judges a server only by its certificate.
#[derive(Debug)]
struct Verifier {
    /// None if any certificate will do.
    pinned: Option<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> std::result::Result<ServerCertVerified, Error> {
        match &self.pinned {
            Some(pinned) if pinned != certificate => {
                Err(CertificateError::ApplicationVerificationFailure.into())
            }
            Some(_) | None => Ok(ServerCertVerified::assertion()),
        }
    }

    // A certificate is public. Only these signatures show that the server has its key.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Connects, prints how that went, and closes.
async fn try_it(what: &str, server: &Server, tls: TlsConfig) -> Result<()> {
    let (socket, _events) = Socket::new(Config::default().tls(tls))?;
    match socket.connect(&ConnectOptions::new(server.url())).await {
        Ok(()) => println!("{what}: open"),
        Err(error) => println!("{what}: {}", error.cause()),
    }
    drop(socket.close(&CloseOptions::default()));
    socket.idle().await;
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let (ours, other) = (Authority::new("ours"), Authority::new("other"));
    let server = Server::start(&ours, None);
    let stranger = Server::start(&other, None);
    let strict = Server::start(&ours, Some(&ours));
    let (chain, key) = ours.client();

    try_it("own roots", &server, own_roots(&ours.pem())?).await?;
    try_it("own roots, another server", &stranger, own_roots(&ours.pem())?).await?;
    try_it("client certificate", &strict, client_certificate(&ours.pem(), &chain, &key)?).await?;
    try_it("no client certificate", &strict, own_roots(&ours.pem())?).await?;
    try_it("pinned", &stranger, pinned(stranger.certificate())?).await?;
    try_it("pinned, another server", &server, pinned(stranger.certificate())?).await?;
    try_it("any certificate", &stranger, any_certificate()?).await?;
    Ok(())
}
