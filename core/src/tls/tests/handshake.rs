//! Handshakes: versions, cuts, ALPN, SNI, resumption, and the configuration that a caller brings.

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, HandshakeKind, RootCertStore, ServerConfig};
use std::sync::{Arc, Mutex};

use super::{Authority, Pair, TLS12, TLS13, TlsConfig, TlsMachine, parse, provider};
use crate::ErrorCode;
use crate::error::Cause;
use crate::tls::TlsConfigError;

#[test]
fn both_versions_through_any_cuts() {
    let authority = Authority::new();
    let identity = authority.issue(&["a.example"], |_| {});
    for (version, name) in [(TLS12, "TLSv1_2"), (TLS13, "TLSv1_3")] {
        for piece in [1, 7, 4096, 64 * 1024] {
            let mut pair = Pair::new(&authority.trusted(), "a.example", identity.server(&[version]), piece);
            assert!(pair.client.is_handshaking());
            assert_eq!(pair.client.version(), None);
            pair.run().expect("a handshake");
            assert!(!pair.client.is_handshaking());
            assert_eq!(pair.client.version(), Some(name));
            assert_eq!(pair.client.send(b"there"), 5);
            pair.run().expect("a record");
            assert_eq!(pair.served, b"there");
        }
    }
}

#[test]
fn what_is_sent_early_goes_out_after_the_handshake() {
    let authority = Authority::new();
    let identity = authority.issue(&["a.example"], |_| {});
    let mut pair = Pair::new(&authority.trusted(), "a.example", identity.server(&[TLS13]), 100);
    assert_eq!(pair.client.send(b"GET"), 3);
    pair.run().expect("a handshake");
    assert_eq!(pair.served, b"GET");
}

/// Remembers the names that clients asked for and serves them all the same.
#[derive(Debug)]
struct Listening(Arc<CertifiedKey>, Mutex<Vec<Option<String>>>);

impl ResolvesServerCert for Listening {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.1.lock().expect("no panic").push(hello.server_name().map(str::to_owned));
        Some(Arc::clone(&self.0))
    }
}

/// RFC 6066 §3: names are sent, without a dot at the end; addresses are not, but must be in the certificate.
#[test]
fn sni_carries_names_and_no_addresses() {
    let authority = Authority::new();
    let identity = authority.issue(&["a.example", "127.0.0.1", "::1"], |_| {});
    let certified =
        CertifiedKey::from_der(vec![identity.certificate.der().clone()], identity.private_key(), &provider());
    let listening = Arc::new(Listening(Arc::new(certified.expect("a key")), Mutex::default()));
    for host in ["a.example", "A.Example.", "127.0.0.1", "[::1]"] {
        let server = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[TLS13])
            .expect("a version")
            .with_no_client_auth()
            .with_cert_resolver(listening.clone());
        Pair::new(&authority.trusted(), host, server, 1000).run().expect(host);
    }
    let asked = listening.1.lock().expect("no panic");
    let name = Some("a.example".to_owned());
    assert_eq!(*asked, [name.clone(), name, None, None]);
}

#[test]
fn a_host_that_is_no_dns_name_is_an_error() {
    let config = Authority::new().trusted();
    for host in ["a!b.example".to_owned(), format!("{}.example", "a".repeat(64))] {
        assert!(matches!(TlsMachine::new(Some(&config), &parse(&host)), Err(Cause::Tls(_))), "{host}");
    }
}

#[test]
fn without_a_configuration_there_is_no_tls() {
    assert_eq!(
        TlsMachine::new(None, &parse("a.example")).err().map(|cause| cause.code()),
        Some(ErrorCode::Unknown)
    );
}

/// A server of ws answers the hello in plain HTTP, and the error says so, in whatever pieces it comes.
#[test]
fn an_answer_in_plain_http_is_recognised() {
    let config = Authority::new().trusted();
    let answer = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    for size in [1, 3, answer.len()] {
        let mut machine = TlsMachine::new(Some(&config), &parse("a.example")).expect("a machine");
        let mut failed = Ok(());
        for mut piece in answer.chunks(size) {
            failed = failed.and(machine.receive(&mut piece));
        }
        let Err(Cause::Tls(words)) = failed else { panic!("{failed:?} in pieces of {size}") };
        assert!(words.contains("plain HTTP"), "{words} in pieces of {size}");
    }
}

/// The server sees `http/1.1` and nothing else, whatever the configuration said.
#[test]
fn alpn_is_http_1_1_alone() {
    let authority = Authority::new();
    let identity = authority.issue(&["a.example"], |_| {});
    for given in [vec![], vec![b"h2".to_vec(), b"http/1.1".to_vec()], vec![b"http/1.1".to_vec()]] {
        let config = TlsConfig::from(brought(&authority, given));
        assert_eq!(config.client().alpn_protocols, [b"http/1.1"]);
        let mut server = identity.server(&[TLS13]);
        server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let mut pair = Pair::new(&config, "a.example", server, 1000);
        pair.run().expect("a handshake");
        assert_eq!(pair.server.alpn_protocol(), Some(b"http/1.1".as_slice()));
    }
}

/// A server that has HTTP/2 only says so by an alert (RFC 7301 §3.2).
#[test]
fn a_server_without_http_1_1_refuses() {
    let authority = Authority::new();
    let mut server = authority.issue(&["a.example"], |_| {}).server(&[TLS13]);
    server.alpn_protocols = vec![b"h2".to_vec()];
    let mut pair = Pair::new(&authority.trusted(), "a.example", server, 1000);
    assert_eq!(pair.run(), Err(Cause::TlsAlert("no_application_protocol".into())));
}

/// A configuration that needs no change is shared, not copied, and one that others hold is left alone.
#[test]
fn a_brought_configuration_is_copied_only_to_be_changed() {
    let authority = Authority::new();
    let right = brought(&authority, vec![b"http/1.1".to_vec()]);
    assert!(Arc::ptr_eq(&TlsConfig::from(Arc::clone(&right)).client(), &right));
    let wrong = brought(&authority, vec![b"h2".to_vec()]);
    assert_eq!(TlsConfig::from(Arc::clone(&wrong)).client().alpn_protocols, [b"http/1.1"]);
    assert_eq!(wrong.alpn_protocols, [b"h2"]);
}

fn brought(authority: &Authority, alpn: Vec<Vec<u8>>) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate.der().clone()).expect("a root");
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[TLS13])
        .expect("a version")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn;
    Arc::new(config)
}

#[test]
fn a_second_connection_resumes_the_first() {
    let authority = Authority::new();
    let identity = authority.issue(&["a.example"], |_| {});
    for version in [TLS12, TLS13] {
        let config = authority.trusted();
        let server = identity.server(&[version]);
        for kind in [HandshakeKind::Full, HandshakeKind::Resumed] {
            let mut pair = Pair::new(&config, "a.example", server.clone(), 1000);
            pair.run().expect("a handshake");
            assert_eq!(pair.server.handshake_kind(), Some(kind));
        }
    }
}

#[test]
fn broken_pem_is_explained() {
    let error = |pem: &[u8]| TlsConfig::with_roots_pem(pem).expect_err("broken");
    let good = Authority::new().certificate;
    assert_eq!(error(b""), TlsConfigError::NoCertificate);
    assert_eq!(
        error(super::KeyPair::generate().expect("a key").serialize_pem().as_bytes()),
        TlsConfigError::NoCertificate
    );
    assert_eq!(error(good.der()), TlsConfigError::NotPem);
    let number = |pem: String| match error(pem.as_bytes()) {
        TlsConfigError::Broken { number, .. } => number,
        other => panic!("{other:?}"),
    };
    let cut = good.pem().replace("-----END CERTIFICATE-----", "");
    assert_eq!(number(cut.clone()), 1);
    assert_eq!(number(good.pem() + &cut), 2);
    assert_eq!(number(good.pem() + "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"), 2);
    assert_eq!(number("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned()), 1);
    assert!(TlsConfig::with_roots_pem((good.pem() + &Authority::new().certificate.pem()).as_bytes()).is_ok());
}

#[cfg(feature = "webpki-roots")]
#[test]
fn mozillas_roots_do_not_know_ours() {
    let identity = Authority::new().issue(&["a.example"], |_| {});
    let config = TlsConfig::webpki_roots().expect("roots");
    let mut pair = Pair::new(&config, "a.example", identity.server(&[TLS13]), 1000);
    assert!(matches!(pair.run(), Err(Cause::Certificate(_))));
}

#[test]
fn a_configuration_shows_nothing_of_itself() {
    assert_eq!(format!("{:?}", Authority::new().trusted()), "TlsConfig { .. }");
}
