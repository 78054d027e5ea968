//! Records: bulk both ways, garbage, alerts, the end of the stream, and what is left after an error.

use std::io::Write;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::server::WebPkiClientVerifier;

use super::{Authority, Pair, TLS12, TLS13, provider};
use crate::ErrorCode;
use crate::error::Cause;

fn pair(versions: &[&'static rustls::SupportedProtocolVersion], piece: usize) -> Pair {
    let authority = Authority::new();
    let server = authority.issue(&["a.example"], |_| {}).server(versions);
    let mut pair = Pair::new(&authority.trusted(), "a.example", server, piece);
    pair.run().expect("a handshake");
    pair
}

fn ciphertext(pair: &mut Pair, plaintext: &[u8]) -> Vec<u8> {
    pair.server.writer().write_all(plaintext).expect("room");
    flush(pair)
}

fn flush(pair: &mut Pair) -> Vec<u8> {
    let mut wire = Vec::new();
    while pair.server.wants_write() {
        pair.server.write_tls(&mut wire).expect("a vector takes all");
    }
    wire
}

#[test]
fn bulk_both_ways() {
    let data: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251).to_le_bytes()[0]).collect();
    for version in [TLS12, TLS13] {
        for piece in [7, 20_000, 64 * 1024] {
            let mut pair = pair(&[version], piece);
            let (mut up, mut down) = (data.as_slice(), data.as_slice());
            while !up.is_empty() || !down.is_empty() {
                let sent = pair.client.send(up);
                assert!(sent > 0 || up.is_empty());
                up = &up[sent..];
                let sent = pair.server.writer().write(down).expect("room");
                down = &down[sent..];
                pair.run().expect("records");
            }
            assert!(pair.received == data && pair.served == data);
        }
    }
}

/// `receive` stops where plaintext waits, so that no more is held than one helping brings.
#[test]
fn input_waits_while_plaintext_does() {
    let mut pair = pair(&[TLS13], 1 << 20);
    let wire = ciphertext(&mut pair, &vec![7; 60_000]);
    let mut input = wire.as_slice();
    pair.client.receive(&mut input).expect("a record");
    let left = input.len();
    assert!(left > wire.len() / 2);
    pair.client.receive(&mut input).expect("no change");
    assert_eq!(input.len(), left);
    let mut received = pair.client.plaintext().len();
    assert_eq!(received, 16 * 1024);
    pair.client.consume(usize::MAX);
    while !input.is_empty() {
        pair.client.receive(&mut input).expect("a record");
        received += pair.client.plaintext().len();
        pair.client.consume(usize::MAX);
    }
    assert_eq!(received, 60_000);
    // Nothing there, and nothing to give up.
    assert_eq!(pair.client.plaintext(), b"");
    pair.client.consume(1);
}

/// Rule F6: what came before an error is delivered before it. The alert goes out.
#[test]
fn f6_plaintext_comes_before_the_error_behind_it() {
    let mut pair = pair(&[TLS13], 1 << 20);
    let mut wire = ciphertext(&mut pair, b"first");
    let good = wire.len();
    wire.extend(ciphertext(&mut pair, b"second"));
    wire[good + 10] ^= 1;
    let mut input = wire.as_slice();
    assert_eq!(pair.client.receive(&mut input), Ok(()));
    assert!(!input.is_empty());
    assert_eq!(pair.client.plaintext(), b"first");
    pair.client.consume(5);
    let cause = pair.client.receive(&mut input).expect_err("a damaged record");
    assert!(matches!(cause, Cause::Tls(_)), "{cause:?}");
    assert!(input.is_empty());
    pair.run().expect("nothing comes back");
    let heard = pair.server_error();
    assert_eq!(heard, Some(rustls::Error::AlertReceived(rustls::AlertDescription::BadRecordMac)));
}

#[test]
fn c1_garbage_is_not_tls() {
    for garbage in
        [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], &[0; 100], &[255; 100], &[22, 3, 3, 255, 255, 1]]
    {
        for piece in [1, 100] {
            let authority = Authority::new();
            let server = authority.issue(&["a.example"], |_| {}).server(&[TLS13]);
            let mut pair = Pair::new(&authority.trusted(), "a.example", server, piece);
            let cause = pair.client_reads(garbage).expect_err("garbage");
            assert!(matches!(cause, Cause::Tls(_)), "{cause:?}");
            assert_eq!(cause.code(), ErrorCode::Unknown);
            let mut out = Vec::new();
            pair.client.output(&mut out);
            // A hello, and a fatal alert behind it (RFC 8446 §6).
            assert!(matches!(out.as_slice(), [.., 21, 3, _, 0, 2, 2, _]), "{out:?}");
        }
    }
}

/// One bit of what the server says is flipped, each time another: nothing panics, in whatever state it hits,
/// and no plaintext is changed.
#[test]
fn g7_a_flipped_bit_changes_no_plaintext() {
    let authority = Authority::new();
    let identity = authority.issue(&["a.example"], |_| {});
    let mut outcomes = [0, 0];
    for version in [TLS12, TLS13] {
        let server = identity.server(&[version]);
        for place in (0..1500).step_by(3) {
            let mut pair = Pair::new(&authority.trusted(), "a.example", server.clone(), 1 << 20);
            let mut before = 0;
            let mut outcome = Ok(());
            for _ in 0..4 {
                let mut wire = Vec::new();
                pair.client.output(&mut wire);
                pair.server_reads(&wire);
                if !pair.server.is_handshaking() {
                    // It has no more to say once it has heard our alert.
                    let _ = pair.server.writer().write_all(b"plaintext");
                }
                let mut wire = flush(&mut pair);
                let length = wire.len();
                if let Some(byte) = usize::checked_sub(place, before).and_then(|place| wire.get_mut(place)) {
                    *byte ^= 1 << (place % 8);
                }
                before += length;
                outcome = outcome.and(pair.client_reads(&wire));
            }
            assert!(b"plaintext".repeat(4).starts_with(&pair.received), "at {place}");
            outcomes[usize::from(outcome.is_err())] += 1;
        }
    }
    assert!(outcomes[0] > 100 && outcomes[1] > 100, "{outcomes:?}");
}

/// A handshake message that never ends is not stored for ever.
#[test]
fn g7_an_endless_handshake_message_is_refused() {
    let authority = Authority::new();
    let server = authority.issue(&["a.example"], |_| {}).server(&[TLS13]);
    let mut pair = Pair::new(&authority.trusted(), "a.example", server, 1 << 20);
    let mut wire = vec![22, 3, 3, 0x40, 0, 2, 0xff, 0xff, 0xff];
    wire.resize(5 + 0x4000, 0);
    let mut taken = 0;
    let cause = loop {
        match pair.client_reads(&wire) {
            Ok(()) => taken += wire.len(),
            Err(cause) => break cause,
        }
        assert!(taken < 1 << 20);
        wire = vec![22, 3, 3, 0x40, 0];
        wire.resize(5 + 0x4000, 0);
    };
    assert!(matches!(cause, Cause::Tls(_)), "{cause:?}");
}

/// Rule C: an alert from the server is 1, also when it is about certificates.
#[test]
fn c1_alerts_have_names() {
    for (number, name) in
        [(40, "handshake_failure"), (42, "bad_certificate"), (70, "protocol_version"), (200, "number 200")]
    {
        let authority = Authority::new();
        let server = authority.issue(&["a.example"], |_| {}).server(&[TLS13]);
        let mut pair = Pair::new(&authority.trusted(), "a.example", server, 1);
        let cause = pair.client_reads(&[21, 3, 3, 0, 2, 2, number]).expect_err("an alert");
        assert_eq!(cause, Cause::TlsAlert(name.into()));
        assert_eq!(cause.code(), ErrorCode::Unknown);
    }
}

#[test]
fn c1_a_server_that_wants_our_certificate() {
    let authority = Authority::new();
    let identity = authority.issue(&["a.example"], |_| {});
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate.der().clone()).expect("a root");
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider()).build().expect("a verifier");
    for version in [TLS12, TLS13] {
        let server = rustls::ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[version])
            .expect("a version")
            .with_client_cert_verifier(Arc::clone(&verifier))
            .with_single_cert(vec![identity.certificate.der().clone()], identity.private_key())
            .expect("an identity");
        let mut pair = Pair::new(&authority.trusted(), "a.example", server, 1000);
        let cause = pair.run().expect_err("no certificate of ours");
        assert_eq!(cause, Cause::TlsAlert("certificate_required".into()));
    }
}

/// Versions that do not meet: the server says so, or we do.
#[test]
fn c1_no_common_version() {
    let authority = Authority::new();
    let identity = authority.issue(&["a.example"], |_| {});
    let only_13 = rustls::ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[TLS13])
        .expect("a version")
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let config = super::TlsConfig::from(Arc::new(only_13));
    let mut pair = Pair::new(&config, "a.example", identity.server(&[TLS12]), 1000);
    assert_eq!(pair.run(), Err(Cause::TlsAlert("protocol_version".into())));
}

#[test]
fn the_peers_close_notify_is_seen_behind_the_last_plaintext() {
    for version in [TLS12, TLS13] {
        let mut pair = pair(&[version], 1 << 20);
        assert!(!pair.client.peer_closed());
        let mut wire = ciphertext(&mut pair, b"last");
        pair.server.send_close_notify();
        wire.extend(flush(&mut pair));
        // RFC 8446 §6.1: what comes behind it is ignored, whatever it is.
        wire.extend([255; 10_000]);
        pair.client_reads(&wire).expect("an end");
        assert!(pair.client.peer_closed());
        assert_eq!(pair.received, b"last");
        // Our side is still open.
        assert_eq!(pair.client.send(b"reply"), 5);
        pair.run().expect("a record");
        assert_eq!(pair.served, b"reply");
    }
}

#[test]
fn our_close_notify_ends_both_directions() {
    for version in [TLS12, TLS13] {
        let mut pair = pair(&[version], 1000);
        assert_eq!(pair.client.send(b"last"), 4);
        pair.client.close_notify();
        pair.client.close_notify();
        assert_eq!(pair.client.send(b"late"), 0);
        let mut wire = Vec::new();
        pair.client.output(&mut wire);
        pair.server_reads(&wire);
        assert_eq!(pair.served, b"last");
        assert!(pair.server.process_new_packets().expect("no error").peer_has_closed());
        // Whatever comes now, garbage too, is dropped.
        let wire = ciphertext(&mut pair, b"too late");
        pair.client_reads(&wire).expect("no error");
        pair.client_reads(&[255; 100]).expect("no error");
        assert_eq!(pair.received, b"");
        let mut out = Vec::new();
        pair.client.output(&mut out);
        assert!(out.is_empty());
    }
}

/// It may be asked for at any time, in the middle of a handshake and after an error too.
#[test]
fn close_notify_may_come_at_any_time() {
    let authority = Authority::new();
    let server = authority.issue(&["a.example"], |_| {}).server(&[TLS13]);
    let mut early = Pair::new(&authority.trusted(), "a.example", server.clone(), 1000);
    early.client.close_notify();
    assert_eq!(early.client_reads(&[255; 100]), Ok(()));
    let mut late = Pair::new(&authority.trusted(), "a.example", server, 1000);
    late.client_reads(&[255; 100]).expect_err("garbage");
    let mut out = Vec::new();
    late.client.output(&mut out);
    late.client.close_notify();
    out.clear();
    late.client.output(&mut out);
    assert!(out.is_empty());
}

#[test]
fn keys_may_be_renewed_by_the_server() {
    let mut pair = pair(&[TLS13], 1000);
    let wire = ciphertext(&mut pair, b"old");
    pair.client_reads(&wire).expect("a record");
    pair.server.refresh_traffic_keys().expect("a new key");
    let mut wire = flush(&mut pair);
    wire.extend(ciphertext(&mut pair, b" new"));
    pair.client_reads(&wire).expect("records");
    assert_eq!(pair.received, b"old new");
    assert_eq!(pair.client.send(b"reply"), 5);
    pair.run().expect("records");
    assert_eq!(pair.served, b"reply");
}
