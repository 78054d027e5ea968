//! Certificates for the servers of tests, made anew in each run: sound ones, and one for each way to be wrong.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, OnceLock};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose, SanType,
    date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, SupportedProtocolVersion};

/// What a server shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// For localhost, 127.0.0.1 and `::1`, signed by the authority that clients trust.
    Good,
    /// As good, but for the name localhost alone: an address is a wrong name.
    NameOnly,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYetValid,
    /// For another host.
    WrongName,
    /// Signed by itself.
    SelfSigned,
    /// Signed by an authority that clients do not trust.
    OtherAuthority,
    /// Not a certificate at all.
    Malformed,
}

struct Authorities {
    trusted: CertifiedIssuer<'static, KeyPair>,
    other: CertifiedIssuer<'static, KeyPair>,
}

fn authorities() -> &'static Authorities {
    static AUTHORITIES: OnceLock<Authorities> = OnceLock::new();
    AUTHORITIES.get_or_init(|| Authorities { trusted: authority("trusted"), other: authority("other") })
}

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, key()).expect("an authority")
}

fn key() -> KeyPair {
    KeyPair::generate().expect("a key")
}

/// The certificate of the authority that signs the good ones, in PEM.
pub fn roots_pem() -> String {
    authorities().trusted.pem()
}

/// The same certificate in DER.
pub fn root_der() -> Vec<u8> {
    authorities().trusted.der().to_vec()
}

/// A server that shows `leaf`, with TLS 1.2 and 1.3.
pub fn server(leaf: Leaf) -> Arc<ServerConfig> {
    server_with(leaf, &[&TLS13, &TLS12])
}

/// A good server that speaks TLS 1.2 alone.
pub fn server_tls12() -> Arc<ServerConfig> {
    server_with(Leaf::Good, &[&TLS12])
}

/// A good server that speaks TLS 1.3 alone.
pub fn server_tls13() -> Arc<ServerConfig> {
    server_with(Leaf::Good, &[&TLS13])
}

/// A server that shows `leaf` and speaks these versions.
///
/// # Panics
/// If rcgen or rustls refuse.
pub fn server_with(leaf: Leaf, versions: &[&'static SupportedProtocolVersion]) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let (certificate, key) = issue(leaf);
    let key = provider.key_provider.load_private_key(key).expect("a key that rustls knows");
    // Not through with_single_cert, which would refuse what is malformed.
    let shown = Shown(SingleCertAndKey::from(CertifiedKey::new(vec![certificate], key)));
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("versions that rustls knows")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(shown));
    Arc::new(config)
}

#[derive(Debug)]
struct Shown(SingleCertAndKey);

impl ResolvesServerCert for Shown {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.resolve(hello)
    }
}

fn issue(leaf: Leaf) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "a server of a test");
    let localhost = SanType::DnsName("localhost".try_into().expect("a name"));
    params.subject_alt_names = match leaf {
        Leaf::NameOnly => vec![localhost],
        Leaf::WrongName => vec![SanType::DnsName("elsewhere.test".try_into().expect("a name"))],
        Leaf::Good
        | Leaf::Expired
        | Leaf::NotYetValid
        | Leaf::SelfSigned
        | Leaf::OtherAuthority
        | Leaf::Malformed => {
            let addresses = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
            [localhost].into_iter().chain(addresses.map(SanType::IpAddress)).collect()
        }
    };
    match leaf {
        Leaf::Expired => {
            params.not_before = date_time_ymd(2001, 1, 1);
            params.not_after = date_time_ymd(2002, 1, 1);
        }
        Leaf::NotYetValid => {
            params.not_before = date_time_ymd(3001, 1, 1);
            params.not_after = date_time_ymd(3002, 1, 1);
        }
        Leaf::Good
        | Leaf::NameOnly
        | Leaf::WrongName
        | Leaf::SelfSigned
        | Leaf::OtherAuthority
        | Leaf::Malformed => {}
    }
    let key = key();
    let certificate = match leaf {
        Leaf::SelfSigned => params.self_signed(&key).expect("a certificate").der().clone(),
        Leaf::OtherAuthority => {
            params.signed_by(&key, &authorities().other).expect("a certificate").der().clone()
        }
        Leaf::Malformed => CertificateDer::from(b"no certificate".to_vec()),
        Leaf::Good | Leaf::NameOnly | Leaf::Expired | Leaf::NotYetValid | Leaf::WrongName => {
            params.signed_by(&key, &authorities().trusted).expect("a certificate").der().clone()
        }
    };
    (certificate, PrivatePkcs8KeyDer::from(key.serialize_der()).into())
}
