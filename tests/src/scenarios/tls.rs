//! wss: what certificates must be (code 7), what else can go wrong in TLS (code 1), and how a TLS stream ends.

use rustls::ClientConfig;

use super::prelude::*;

fn opens<C: Client>(server: &EchoServer, url: &str) -> Option<&'static str> {
    let mut stage = Stage::<C>::with(trusting());
    let opened = stage.connected(url, 1);
    stage.echoes(1, "hello through TLS");
    let call = stage.close_with(&CloseOptions::new(3001, "enough"));
    stage.success(call);
    stage.closed(1, 3001, "enough", Local);
    assert_eq!(hear_close(&mut stage, server, 0), (3001, "enough".to_owned()));
    stage.quiet();
    opened.tls
}

fn refuses_certificate<C: Client>(leaf: Leaf, host: &str) -> Raised {
    refuses_with::<C>(trusting(), leaf, host)
}

fn refuses_with<C: Client>(config: Config, leaf: Leaf, host: &str) -> Raised {
    let server = EchoServer::start_tls(certs::server(leaf));
    let mut stage = Stage::<C>::with(config);
    let call = stage.connect(&format!("wss://{host}:{}/", server.port()));
    let error = stage.failed(call, 1, 7);
    assert!(error.was_like(|cause| matches!(cause, Cause::Certificate(_))), "{error:?}");
    stage.works(2);
    error
}

pub(super) fn tls13<C: Client>() {
    let server = EchoServer::start_tls(certs::server_tls13());
    assert_eq!(opens::<C>(&server, &server.url()), Some("TLSv1_3"));
}

pub(super) fn tls12<C: Client>() {
    let server = EchoServer::start_tls(certs::server_tls12());
    assert_eq!(opens::<C>(&server, &server.url()), Some("TLSv1_2"));
}

pub(super) fn certificate_names_the_address<C: Client>() {
    let server = EchoServer::start_tls(certs::server(Leaf::Good));
    opens::<C>(&server, &format!("wss://127.0.0.1:{}/", server.port()));
}

pub(super) fn certificate_does_not_name_the_address<C: Client>() {
    refuses_certificate::<C>(Leaf::NameOnly, "127.0.0.1");
}

pub(super) fn certificate_untrusted<C: Client>() {
    refuses_certificate::<C>(Leaf::OtherAuthority, "localhost");
}

pub(super) fn certificate_unknown_to_the_platform<C: Client>() {
    // Without a configuration of its own, a session trusts what the platform trusts.
    let server = EchoServer::start_tls(certs::server(Leaf::Good));
    let mut stage = Stage::<C>::new();
    let call = stage.connect(&server.url());
    match stage.failed_somehow(call, 1).code {
        7 => {}
        // A machine without any roots has no TLS configuration to give.
        1 => assert!(TlsConfig::platform().is_err()),
        code => panic!("code {code}"),
    }
    stage.works(2);
}

pub(super) fn certificate_expired<C: Client>() {
    let error = refuses_certificate::<C>(Leaf::Expired, "localhost");
    // In which words is for the implementation to say.
    assert!(
        error.was_like(|_| error.message.contains("expired")),
        "G6: the message has the reason: {error:?}"
    );
}

pub(super) fn certificate_not_yet_valid<C: Client>() {
    refuses_certificate::<C>(Leaf::NotYetValid, "localhost");
}

pub(super) fn certificate_for_another_name<C: Client>() {
    refuses_certificate::<C>(Leaf::WrongName, "localhost");
}

pub(super) fn certificate_self_signed<C: Client>() {
    refuses_certificate::<C>(Leaf::SelfSigned, "localhost");
}

pub(super) fn certificate_malformed<C: Client>() {
    refuses_certificate::<C>(Leaf::Malformed, "localhost");
}

pub(super) fn certificate_revoked<C: Client>() {
    Stage::<C>::new().inside("a client that has a list of certificates that were taken back");
    let config = |client| Config::default().tls(TlsConfig::from(client));
    let error = refuses_with::<C>(config(certs::client_with_revocations()), Leaf::Revoked, "localhost");
    assert!(error.message.contains("revoked"), "G6: the message has the reason: {error:?}");
    // One that is not on the list is good.
    let server = EchoServer::start_tls(certs::server(Leaf::Good));
    let mut stage = Stage::<C>::with(config(certs::client_with_revocations()));
    stage.connected(&server.url(), 1);
}

pub(super) fn certificate_with_an_algorithm_that_is_not_accepted<C: Client>() {
    Stage::<C>::new().inside("a client that accepts one algorithm alone");
    let config = |client| Config::default().tls(TlsConfig::from(client));
    let error = refuses_with::<C>(config(certs::refused_algorithm()), Leaf::StrangeSignature, "localhost");
    assert!(error.message.contains("algorithm"), "G6: the message has the reason: {error:?}");
    let server = EchoServer::start_tls(certs::server(Leaf::Good));
    let mut stage = Stage::<C>::with(config(certs::refused_algorithm()));
    stage.connected(&server.url(), 1);
}

pub(super) fn alert_from_the_server<C: Client>() {
    // handshake_failure, and bad_certificate: an alert *from* the server is 1 whatever it is about (C).
    for alert in [40, 42] {
        let server = ScriptedServer::start(move |mut wire| {
            wire.receive(5);
            wire.send(&[21, 3, 3, 0, 2, 2, alert]);
            wire.until_end();
        });
        let mut stage = Stage::<C>::with(trusting());
        let call = stage.connect(&server.wss_url());
        let error = stage.failed(call, 1, 1);
        assert!(error.was_like(|cause| matches!(cause, Cause::TlsAlert(_))), "{error:?}");
        stage.works(2);
    }
}

pub(super) fn no_common_version<C: Client>() {
    Stage::<C>::new().inside("a client that speaks TLS 1.3 alone");
    let server = EchoServer::start_tls(certs::server_tls12());
    let roots = rustls::pki_types::CertificateDer::from(certs::root_der());
    let mut store = rustls::RootCertStore::empty();
    store.add(roots).expect("a root");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("a version")
        .with_root_certificates(store)
        .with_no_client_auth();
    let tls = Some(TlsConfig::from(Arc::new(client)));
    let mut stage = Stage::<C>::with(Config::default().tls(tls));
    let call = stage.connect(&server.url());
    stage.failed(call, 1, 1);
    stage.works(2);
}

pub(super) fn no_tls_at_all<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        wire.send(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        wire.until_end();
    });
    let mut stage = Stage::<C>::with(trusting());
    let call = stage.connect(&server.wss_url());
    let error = stage.failed(call, 1, 1);
    let recognised = |cause: &Cause| matches!(cause, Cause::Tls(words) if words.contains("plain HTTP"));
    assert!(error.was_like(recognised), "{error:?}");
    stage.works(2);
}

pub(super) fn end_of_stream_in_the_handshake<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        wire.receive(5);
        wire.half_close();
        wire.until_end();
    });
    let mut stage = Stage::<C>::with(trusting());
    let call = stage.connect(&server.wss_url());
    let error = stage.failed(call, 1, 1);
    assert!(error.was(&Cause::EndOfStream(ConnectPhase::Tls)));
    stage.works(2);
}

pub(super) fn close_while_in_the_handshake<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        wire.receive(5);
        wire.mark("hello");
        wire.until_end();
    });
    let mut stage = Stage::<C>::with(trusting());
    let connect = stage.connect(&server.wss_url());
    stage.hear_mark(server.told(), "hello");
    let close = stage.close();
    stage.success(close);
    stage.fail(connect, 1);
    stage.closed(1, 1000, "", Local);
    assert!(matches!(stage.hear(server.told()), Told::End(_)), "the transport is dropped");
    stage.works(2);
}

pub(super) fn cut_before_the_answer<C: Client>() {
    let server = ScriptedServer::start_tls(certs::server(Leaf::Good), |mut wire| {
        wire.head();
        wire.cut();
        wire.until_end();
    });
    let mut stage = Stage::<C>::with(trusting());
    let call = stage.connect(&server.wss_url());
    let error = stage.failed(call, 1, 1);
    assert!(error.was(&Cause::EndOfStream(ConnectPhase::Upgrade)), "F5");
    stage.works(2);
}

pub(super) fn cut_without_close_notify<C: Client>() {
    ends_abnormally::<C>(Wire::cut);
}

pub(super) fn ended_with_close_notify<C: Client>() {
    ends_abnormally::<C>(Wire::half_close);
}

/// F5: either way it is an end of stream, and no error.
fn ends_abnormally<C: Client>(end: fn(&mut Wire)) {
    let server = ScriptedServer::start_tls(certs::server(Leaf::Good), move |mut wire| {
        wire.open();
        wire.send(&frames::text("last words"));
        end(&mut wire);
        wire.tell_all();
    });
    let mut stage = Stage::<C>::with(trusting());
    stage.connected(&server.wss_url(), 1);
    stage.text(1, "last words");
    stage.closed(1, 1006, "", Abnormal);
    stage.works(2);
}

pub(super) fn broken_record_after_open<C: Client>() {
    let server = ScriptedServer::start_tls(certs::server(Leaf::Good), |mut wire| {
        wire.open();
        wire.pause();
        wire.send_beneath_tls(&[23, 3, 3, 0, 32, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
        wire.send_beneath_tls(&[0; 16]);
        wire.until_end();
    });
    let mut stage = Stage::<C>::with(trusting());
    stage.connected(&server.wss_url(), 1);
    server.resume();
    stage.error(1, 1);
    stage.closed(1, 1006, "", Abnormal);
    stage.works(2);
}

pub(super) fn frames_glued_to_the_answer<C: Client>() {
    let server = ScriptedServer::start_tls(certs::server(Leaf::Good), |mut wire| {
        let head = wire.head();
        let glued = [wire::accept(&head, ""), frames::text("one"), frames::binary(&vec![2; 40_000])];
        wire.send(&glued.concat());
        wire.tell_all();
    });
    let mut stage = Stage::<C>::with(trusting());
    stage.connected(&server.wss_url(), 1);
    stage.text(1, "one");
    stage.binary(1, &vec![2; 40_000]);
    stage.quiet();
}

pub(super) fn large_messages_both_ways<C: Client>() {
    let server = EchoServer::start_tls(certs::server(Leaf::Good));
    let mut stage = Stage::<C>::with(trusting());
    stage.connected(&server.url(), 1);
    for length in [0, 1, 16 * 1024, 100_000, 3 * 1024 * 1024] {
        let bytes: Vec<u8> = (0..length).map(|index: u32| (index % 251) as u8).collect();
        let call = stage.send_payload(Payload::Binary(&bytes));
        stage.success(call);
        stage.binary(1, &bytes);
    }
    stage.quiet();
}

pub(super) fn connects_again_with_a_resumed_session<C: Client>() {
    let server = EchoServer::start_tls(certs::server(Leaf::Good));
    let mut stage = Stage::<C>::with(trusting());
    for number in 1..=3 {
        stage.connected(&server.url(), number);
        stage.echoes(number, "again");
        let call = stage.close();
        stage.success(call);
        stage.closed(number, 1000, "", Local);
    }
    stage.quiet();
}

pub(super) fn replaced_by_another<C: Client>() {
    let (a, b) =
        (EchoServer::start_tls(certs::server(Leaf::Good)), EchoServer::start_tls(certs::server(Leaf::Good)));
    let mut stage = Stage::<C>::with(trusting());
    stage.connected(&a.url(), 1);
    let call = stage.connect(&b.url());
    stage.closed(1, 1000, "", Replaced);
    stage.success(call);
    stage.open(2);
    stage.echoes(2, "for B");
    assert_eq!(hear_close(&mut stage, &a, 0), (1000, String::new()));
    stage.quiet();
}

pub(super) fn says_goodbye_in_tls_too<C: Client>() {
    let server = ScriptedServer::start_tls(certs::server(Leaf::Good), |mut wire| {
        wire.open();
        wire.send(&frames::close(1000, ""));
        wire.tell_all();
    });
    let mut stage = Stage::<C>::with(trusting());
    stage.connected(&server.wss_url(), 1);
    stage.closed(1, 1000, "", Remote);
    hear_head(&mut stage, &server);
    assert_eq!(hear_frame(&mut stage, &server).close().0, 1000);
    // rustls tells a cut stream from one that ended with close_notify.
    assert_eq!(stage.hear(server.told()), Told::End(End::Eof));
}
