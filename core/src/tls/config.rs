//! What a wss connection trusts and offers: a rustls configuration that suits an upgrade.

use core::fmt;
use std::sync::Arc;
#[cfg(feature = "platform-roots")]
use std::sync::OnceLock;

use rustls::ClientConfig;
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use rustls::{
    ConfigBuilder, RootCertStore, WantsVerifier,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, pem::PemObject},
    version::{TLS12, TLS13},
};

/// The only protocol that is offered (RFC 7301), because an HTTP/2 connection cannot carry this upgrade.
const HTTP_1_1: &[u8] = b"http/1.1";

/// What wss trusts and offers. Make one and share it: clones are cheap, and connections that share it resume each
/// other's TLS sessions, which saves most of a handshake.
///
/// The constructors allow TLS 1.2 and 1.3, and use the crypto provider that the features choose (`ring` before
/// `aws-lc-rs`), never the one that the process has installed. For anything else, build a [`rustls::ClientConfig`] and
/// make this of it: `Config::default().tls(TlsConfig::from(client_config))`.
///
/// ```
/// use connect_socket_core::tls::{TlsConfig, TlsConfigError};
///
/// # #[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
/// assert_eq!(TlsConfig::with_roots_pem(b"no PEM").err(), Some(TlsConfigError::NoCertificate));
/// ```
#[derive(Clone)]
pub struct TlsConfig(Arc<ClientConfig>);

impl TlsConfig {
    pub(super) fn client(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.0)
    }
}

#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
impl TlsConfig {
    /// Trusts the certificates in a PEM text, and nothing else.
    pub fn with_roots_pem(pem: &[u8]) -> Result<Self, TlsConfigError> {
        let mut roots = RootCertStore::empty();
        for (index, certificate) in CertificateDer::pem_slice_iter(pem).enumerate() {
            let broken = |words: String| TlsConfigError::Broken { number: index + 1, words: words.into() };
            let certificate = certificate.map_err(|error| broken(error.to_string()))?;
            roots.add(certificate).map_err(|error| broken(error.to_string()))?;
        }
        // A certificate in DER starts with the tag of an ASN.1 sequence.
        match (roots.is_empty(), pem) {
            (false, _) => Self::with_roots(roots),
            (true, [0x30, ..]) => Err(TlsConfigError::NotPem),
            (true, _) => Err(TlsConfigError::NoCertificate),
        }
    }

    /// Trusts Mozilla's roots, as compiled into the program.
    #[cfg(feature = "webpki-roots")]
    pub fn webpki_roots() -> Result<Self, TlsConfigError> {
        Self::with_roots(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect())
    }

    /// Trusts what the operating system trusts.
    ///
    /// This does I/O: it reads the system's store. An adapter calls it when it is set up; a session never does. The
    /// first success is kept for the whole process, so a thousand sessions read the store once and resume each other's
    /// TLS sessions. On Android, initialise `rustls-platform-verifier` first.
    #[cfg(feature = "platform-roots")]
    pub fn platform() -> Result<Self, TlsConfigError> {
        use rustls_platform_verifier::BuilderVerifierExt;

        static PLATFORM: OnceLock<TlsConfig> = OnceLock::new();
        if let Some(platform) = PLATFORM.get() {
            return Ok(platform.clone());
        }
        let builder = builder()?.with_platform_verifier().map_err(no_store)?;
        let platform = Self::from(Arc::new(builder.with_no_client_auth()));
        Ok(PLATFORM.get_or_init(|| platform).clone())
    }

    fn with_roots(roots: RootCertStore) -> Result<Self, TlsConfigError> {
        let config = builder()?.with_root_certificates(roots).with_no_client_auth();
        Ok(Self::from(Arc::new(config)))
    }
}

#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, TlsConfigError> {
    ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(unusable)
}

#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn unusable(error: rustls::Error) -> TlsConfigError {
    TlsConfigError::Unusable(error.to_string().into())
}

/// The system's store cannot be read, or is empty. The error says where the environment told the system to look, if it
/// did.
#[cfg(all(feature = "platform-roots", any(feature = "aws-lc-rs", feature = "ring")))]
#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn no_store(error: rustls::Error) -> TlsConfigError {
    // The variables that rustls-native-certs reads if the system has no verifier of its own.
    let named: Vec<String> = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .into_iter()
        .filter_map(|name| Some(format!("{name} is {}", std::env::var_os(name)?.display())))
        .collect();
    let hint = if named.is_empty() {
        "install the system's certificates (ca-certificates), or name a file of them in SSL_CERT_FILE"
            .to_owned()
    } else {
        named.join(", ")
    };
    TlsConfigError::Store(format!("{error} ({hint})").into())
}

/// The provider that the features choose: ring, if that is on.
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
pub(super) fn provider() -> Arc<CryptoProvider> {
    #[cfg(not(feature = "ring"))]
    use rustls::crypto::aws_lc_rs as chosen;
    #[cfg(feature = "ring")]
    use rustls::crypto::ring as chosen;

    Arc::new(chosen::default_provider())
}

impl From<Arc<ClientConfig>> for TlsConfig {
    /// Takes a configuration as it is, except that its only application protocol becomes `http/1.1`: a server that
    /// chose another could not answer the upgrade.
    fn from(mut config: Arc<ClientConfig>) -> Self {
        if !matches!(config.alpn_protocols.as_slice(), [only] if only == HTTP_1_1) {
            Arc::make_mut(&mut config).alpn_protocols = vec![HTTP_1_1.to_vec()];
        }
        Self(config)
    }
}

impl From<ClientConfig> for TlsConfig {
    /// The same for a configuration that is not shared yet.
    fn from(config: ClientConfig) -> Self {
        Self::from(Arc::new(config))
    }
}

impl fmt::Debug for TlsConfig {
    /// Shows no content, because a configuration may hold the keys of a client certificate.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsConfig").finish_non_exhaustive()
    }
}

/// Why no TLS configuration could be made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsConfigError {
    /// There is no certificate in the text.
    NoCertificate,
    /// The input is not text, but a certificate in DER.
    NotPem,
    /// A certificate in the text is broken.
    Broken {
        /// Its number in the text, from 1.
        number: usize,
        /// What is wrong with it.
        words: Arc<str>,
    },
    /// The system's certificates cannot be read, or there are none. The text says why, and where the system looked.
    Store(Arc<str>),
    /// The crypto provider cannot be used. The text is its own.
    Unusable(Arc<str>),
}

impl fmt::Display for TlsConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCertificate => f.write_str(
                "there is no certificate in the PEM text: it needs a block that starts with -----BEGIN CERTIFICATE-----",
            ),
            Self::NotPem => f.write_str(
                "the certificate is in DER, not in PEM: convert it with openssl x509 -inform der",
            ),
            Self::Broken { number, words } => {
                write!(f, "certificate {number} of the PEM text is broken: {words}")
            }
            Self::Store(words) => write!(f, "the system's certificates cannot be used: {words}"),
            Self::Unusable(words) => write!(f, "TLS cannot be set up: {words}"),
        }
    }
}

impl std::error::Error for TlsConfigError {}
