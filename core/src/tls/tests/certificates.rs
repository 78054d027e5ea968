//! Certificates that must not pass: each is code 7, says why in words, and is told to the server.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, date_time_ymd};
use rustls::{AlertDescription, Error};

use super::{Authority, Identity, Pair, TLS12, TLS13, TlsConfig, provider};
use crate::ErrorCode;
use crate::error::Cause;

/// Runs a handshake with a.example that must fail for the certificate, in both versions; gives the words.
fn refusal(config: &TlsConfig, identity: &Identity, alert: AlertDescription) -> String {
    refusal_of("a.example", config, identity, alert)
}

fn refusal_of(host: &str, config: &TlsConfig, identity: &Identity, alert: AlertDescription) -> String {
    let [words, same] = [TLS12, TLS13].map(|version| {
        let mut pair = Pair::new(config, host, identity.server(&[version]), 1000);
        let cause = pair.run().expect_err("a bad certificate");
        assert_eq!(cause.code(), ErrorCode::CertificateInvalid, "{cause}");
        assert_eq!(pair.server_error(), Some(Error::AlertReceived(alert)));
        // It stays so.
        assert_eq!(pair.client_reads(b"more"), Err(cause.clone()));
        assert_eq!(pair.client.send(b"more"), 0);
        match cause {
            Cause::Certificate(words) => words.to_string(),
            other => panic!("{other:?}"),
        }
    });
    // The time of the refusal is among the words.
    assert_eq!(words.split(", and it is ").next(), same.split(", and it is ").next());
    words
}

#[test]
fn c7_unknown_issuer() {
    let identity = Authority::new().issue(&["a.example"], |_| {});
    let words = refusal(&Authority::new().trusted(), &identity, AlertDescription::UnknownCA);
    assert!(words.starts_with("no authority that is trusted here issued it"), "{words}");
}

#[test]
fn c7_self_signed() {
    let identity = Identity::self_signed(&["a.example"], |_| {});
    let words = refusal(&Authority::new().trusted(), &identity, AlertDescription::UnknownCA);
    assert!(words.contains("self-signed"), "{words}");
}

/// Trusting a self-signed certificate is how a developer reaches a server on a desk.
#[test]
fn a_self_signed_certificate_can_be_trusted_by_itself() {
    let identity = Identity::self_signed(&["a.example"], |_| {});
    let config = TlsConfig::with_roots_pem(identity.certificate.pem().as_bytes()).expect("a root");
    Pair::new(&config, "a.example", identity.server(&[TLS13]), 1000).run().expect("a handshake");
}

/// What `openssl req -x509` makes unless it is told otherwise.
#[test]
fn c7_authority_in_place_of_a_server() {
    let identity = Identity::self_signed(&["a.example"], |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    });
    let config = TlsConfig::with_roots_pem(identity.certificate.pem().as_bytes()).expect("a root");
    let words = refusal(&config, &identity, AlertDescription::CertificateUnknown);
    assert!(words.contains("CA:FALSE"), "{words}");
}

#[test]
fn c7_expired() {
    let authority = Authority::new();
    let identity = authority.issue(&["a.example"], |params: &mut CertificateParams| {
        params.not_before = date_time_ymd(2019, 2, 1);
        params.not_after = date_time_ymd(2020, 2, 29);
    });
    let words = refusal(&authority.trusted(), &identity, AlertDescription::CertificateExpired);
    assert!(words.starts_with("it expired on 2020-02-29 00:00:00 UTC, and it is 2"), "{words}");
}

#[test]
fn c7_not_valid_yet() {
    let authority = Authority::new();
    let identity = authority.issue(&["a.example"], |params| params.not_before = date_time_ymd(3000, 12, 31));
    let words = refusal(&authority.trusted(), &identity, AlertDescription::CertificateExpired);
    assert!(words.starts_with("it is not valid before 3000-12-31 00:00:00 UTC, and it is 2"), "{words}");
}

#[test]
fn c7_wrong_name() {
    let authority = Authority::new();
    let config = authority.trusted();
    let words = |names: &[&str], host: &str| {
        let identity = authority.issue(names, |_| {});
        refusal_of(host, &config, &identity, AlertDescription::BadCertificate)
    };
    assert_eq!(
        words(&["b.example", "*.c.example"], "a.example"),
        "it is for b.example, *.c.example, not for a.example"
    );
    assert_eq!(words(&["a.example"], "127.0.0.1"), "it is for a.example, not for 127.0.0.1");
    assert_eq!(words(&["127.0.0.2"], "127.0.0.1"), "it is for 127.0.0.2, not for 127.0.0.1");
    assert_eq!(words(&["127.0.0.1"], "[::1]"), "it is for 127.0.0.1, not for ::1");
    // An address has no wild cards, and a name in the common name alone is none.
    assert_eq!(words(&[], "a.example"), "it names no host, so it is not for a.example");
}

#[test]
fn c7_not_for_servers() {
    let authority = Authority::new();
    let identity = authority.issue(&["a.example"], |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    let words = refusal(&authority.trusted(), &identity, AlertDescription::UnsupportedCertificate);
    assert!(words.contains("not meant for servers"), "{words}");
}

/// An authority that was made anew under its old name: the signature of the chain tells.
#[test]
fn c7_bad_signature() {
    let identity = Authority::named("ours").issue(&["a.example"], |_| {});
    let words = refusal(&Authority::named("ours").trusted(), &identity, AlertDescription::DecryptError);
    assert!(words.contains("another authority with the name of a trusted one"), "{words}");
}

/// A certificate that somebody else's key cannot sign for: the signature of the handshake tells.
#[test]
fn c7_a_certificate_without_its_key() {
    let authority = Authority::new();
    let mut identity = authority.issue(&["a.example"], |_| {});
    identity.key = rcgen::KeyPair::generate().expect("a key");
    // rustls' server does not show a certificate whose key it can see it has not.
    let certified = rustls::sign::CertifiedKey::new(
        vec![identity.certificate.der().clone()],
        provider().key_provider.load_private_key(identity.private_key()).expect("a key"),
    );
    let resolver = Arc::new(rustls::sign::SingleCertAndKey::from(certified));
    for version in [TLS12, TLS13] {
        let server = rustls::ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[version])
            .expect("a version")
            .with_no_client_auth()
            .with_cert_resolver(resolver.clone());
        let cause = Pair::new(&authority.trusted(), "a.example", server, 1000).run().expect_err("no key");
        assert_eq!(cause.code(), ErrorCode::CertificateInvalid, "{cause}");
    }
}

/// The DER of a certificate in ruins, under a signature that nobody can check.
#[test]
fn c7_malformed() {
    let authority = Authority::new();
    let identity = authority.issue(&["a.example"], |_| {});
    let key = provider().key_provider.load_private_key(identity.private_key()).expect("a key");
    let der = rustls::pki_types::CertificateDer::from(identity.certificate.der()[..100].to_vec());
    let resolver =
        Arc::new(rustls::sign::SingleCertAndKey::from(rustls::sign::CertifiedKey::new(vec![der], key)));
    let server = rustls::ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[TLS13])
        .expect("a version")
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    let cause = Pair::new(&authority.trusted(), "a.example", server, 1000).run().expect_err("ruins");
    assert_eq!(cause, Cause::Certificate("it is malformed".into()));
}

/// Whatever the system trusts, it is not ours; a system without a store says so.
#[cfg(feature = "platform-roots")]
#[test]
fn c7_unknown_to_the_system() {
    let identity = Authority::new().issue(&["a.example"], |_| {});
    match TlsConfig::platform() {
        Ok(config) => {
            let words = refusal(&config, &identity, AlertDescription::UnknownCA);
            assert!(words.starts_with("no authority that is trusted here"), "{words}");
        }
        Err(error) => assert!(matches!(error, crate::tls::TlsConfigError::Unusable(_)), "{error}"),
    }
}
