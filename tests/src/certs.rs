//! Certificates for the servers of tests, made anew in each run: sound ones, and one for each way to be wrong.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, OnceLock};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType, IsCa,
    KeyIdMethod, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P384_SHA384, RevokedCertParams, SanType, date_time_ymd,
};
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, ServerConfig, SignatureScheme, SupportedProtocolVersion};

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
    /// Taken back by the authority that signed it; [`client_with_revocations`] knows.
    Revoked,
    /// Signed by [`refused_algorithm`]'s authority.
    StrangeSignature,
    /// Not a certificate at all.
    Malformed,
}

/// The serial number of the certificate that was taken back.
const REVOKED: u64 = 13;

struct Authorities {
    trusted: CertifiedIssuer<'static, KeyPair>,
    other: CertifiedIssuer<'static, KeyPair>,
    /// Signs by ECDSA with P-384.
    strange: CertifiedIssuer<'static, KeyPair>,
}

fn authorities() -> &'static Authorities {
    static AUTHORITIES: OnceLock<Authorities> = OnceLock::new();
    AUTHORITIES.get_or_init(|| Authorities {
        trusted: authority("trusted", key()),
        other: authority("other", key()),
        strange: authority("strange", KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).expect("a key")),
    })
}

fn authority(name: &str, key: KeyPair) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, key).expect("an authority")
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

/// A client that trusts the good authority and has its list of certificates that were taken back.
///
/// # Panics
/// If rcgen or rustls refuse.
pub fn client_with_revocations() -> Arc<ClientConfig> {
    let revoked = RevokedCertParams {
        serial_number: REVOKED.into(),
        revocation_time: date_time_ymd(2002, 1, 1),
        reason_code: None,
        invalidity_date: None,
    };
    let list = CertificateRevocationListParams {
        this_update: date_time_ymd(2002, 1, 1),
        next_update: date_time_ymd(4096, 1, 1),
        crl_number: 1.into(),
        issuing_distribution_point: None,
        revoked_certs: vec![revoked],
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let list = list.signed_by(&authorities().trusted).expect("a list").der().clone();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier =
        WebPkiServerVerifier::builder_with_provider(roots(&[&authorities().trusted]), provider.clone())
            .with_crls([list])
            .build()
            .expect("a verifier");
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Arc::new(builder.expect("versions").with_webpki_verifier(verifier).with_no_client_auth())
}

/// A client that accepts signatures by ECDSA with P-256 alone, and trusts an authority that signs otherwise.
///
/// # Panics
/// If rustls refuses.
pub fn refused_algorithm() -> Arc<ClientConfig> {
    let mut provider = rustls::crypto::aws_lc_rs::default_provider();
    let known = provider.signature_verification_algorithms;
    let of = |wanted| known.mapping.iter().find(|(scheme, _)| *scheme == wanted).expect("a scheme").1;
    let p256: &'static [_] = &of(SignatureScheme::ECDSA_NISTP256_SHA256)[..1];
    let mapping = Box::leak(Box::new([(SignatureScheme::ECDSA_NISTP256_SHA256, p256)]));
    provider.signature_verification_algorithms = WebPkiSupportedAlgorithms { all: p256, mapping };
    let builder =
        ClientConfig::builder_with_provider(Arc::new(provider)).with_safe_default_protocol_versions();
    let roots = roots(&[&authorities().trusted, &authorities().strange]);
    Arc::new(builder.expect("versions").with_root_certificates(roots).with_no_client_auth())
}

fn roots(authorities: &[&CertifiedIssuer<'static, KeyPair>]) -> Arc<RootCertStore> {
    let mut store = RootCertStore::empty();
    for authority in authorities {
        store.add(authority.der().clone()).expect("a root");
    }
    Arc::new(store)
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
        | Leaf::Revoked
        | Leaf::StrangeSignature
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
        Leaf::Revoked => params.serial_number = Some(REVOKED.into()),
        Leaf::Good
        | Leaf::NameOnly
        | Leaf::WrongName
        | Leaf::SelfSigned
        | Leaf::OtherAuthority
        | Leaf::StrangeSignature
        | Leaf::Malformed => {}
    }
    let key = key();
    let certificate = match leaf {
        Leaf::SelfSigned => params.self_signed(&key).expect("a certificate").der().clone(),
        Leaf::OtherAuthority => {
            params.signed_by(&key, &authorities().other).expect("a certificate").der().clone()
        }
        Leaf::StrangeSignature => {
            params.signed_by(&key, &authorities().strange).expect("a certificate").der().clone()
        }
        Leaf::Malformed => CertificateDer::from(b"no certificate".to_vec()),
        Leaf::Good | Leaf::NameOnly | Leaf::Expired | Leaf::NotYetValid | Leaf::WrongName | Leaf::Revoked => {
            params.signed_by(&key, &authorities().trusted).expect("a certificate").der().clone()
        }
    };
    (certificate, PrivatePkcs8KeyDer::from(key.serialize_der()).into())
}
