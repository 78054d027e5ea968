//! Code 6: no open within the connect timeout, in each phase (sequence 7), told once; connecting again from
//! the handler works.

use super::prelude::*;

fn impatient(config: Config) -> Config {
    config.connect_timeout(ROOMY)
}

/// Fail, complete and Error with 6, once, and the next connect is a plain one (G4).
fn times_out<C: Client>(stage: &mut Stage<C>, call: crate::client::Call, phase: ConnectPhase) {
    let error = stage.failed(call, 1, 6);
    assert!(error.was(&Cause::ConnectTimeout(phase)));
    assert!(stage.client().is_idle());
    stage.works(2);
}

pub(super) fn s07_while_resolving<C: Client>() {
    let (answer, asked) = mpsc::channel();
    let asked = Mutex::new(asked);
    let resolver: Resolver =
        Arc::new(move |_, _| asked.lock().expect("a lock").recv().unwrap_or_else(|_| Ok(Vec::new())));
    let server = EchoServer::start();
    let mut stage = Stage::<C>::start(impatient(Config::default()), Some(resolver));
    let call = stage.connect(&format!("ws://some.test:{}/", server.port()));
    times_out(&mut stage, call, ConnectPhase::Resolving);
    // G1: an answer that comes now has no effect.
    let _ = answer.send(Ok(vec!["127.0.0.1:0".parse().expect("an address")]));
    stage.works(3);
    assert!(server.heard().take().is_none(), "nobody was dialled");
}

pub(super) fn s07_while_dialling<C: Client>() {
    let deaf = DeafListener::start();
    let mut stage = Stage::<C>::with(impatient(Config::default()));
    let call = stage.connect(&deaf.url());
    times_out(&mut stage, call, ConnectPhase::Dialling);
}

pub(super) fn s07_in_tls<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        wire.until_end();
    });
    let mut stage = Stage::<C>::with(impatient(trusting()));
    let call = stage.connect(&server.wss_url());
    times_out(&mut stage, call, ConnectPhase::Tls);
    assert!(matches!(stage.hear(server.told()), Told::End(_)), "the transport is dropped");
}

pub(super) fn s07_in_the_upgrade<C: Client>() {
    let server = silent_server();
    let mut stage = Stage::<C>::with(impatient(Config::default()));
    let call = stage.connect(&server.url());
    times_out(&mut stage, call, ConnectPhase::Upgrade);
    hear_head(&mut stage, &server);
    assert!(matches!(stage.hear(server.told()), Told::End(_)), "the transport is dropped");
}

pub(super) fn s07_in_an_answer_that_drips<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        wire.head();
        wire.drip(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: webso");
        wire.until_end();
    });
    let mut stage = Stage::<C>::with(impatient(Config::default()));
    let call = stage.connect(&server.url());
    times_out(&mut stage, call, ConnectPhase::Upgrade);
}

pub(super) fn s07_in_the_upgrade_behind_tls<C: Client>() {
    let server = ScriptedServer::start_tls(certs::server(Leaf::Good), |mut wire| {
        wire.head();
        wire.until_end();
    });
    let mut stage = Stage::<C>::with(impatient(trusting()));
    let call = stage.connect(&server.wss_url());
    times_out(&mut stage, call, ConnectPhase::Upgrade);
}

pub(super) fn connects_again_and_again_from_the_handler<C: Client>() {
    let deaf = DeafListener::start();
    let mut stage = Stage::<C>::with(Config::default().connect_timeout(SHORT / 5));
    for number in 1..=5 {
        let call = stage.connect(&deaf.url());
        stage.failed(call, number, 6);
    }
    stage.quiet();
}

pub(super) fn the_timer_ends_with_the_open<C: Client>() {
    // A ping after twice the connect timeout proves that the time went by.
    let keepalive = Keepalive::new(ROOMY * 2, PATIENCE);
    let server = server_sending(Vec::new());
    let config = impatient(Config::default()).keepalive(keepalive);
    let mut stage = Stage::<C>::with(config);
    stage.connected(&server.url(), 1);
    hear_head(&mut stage, &server);
    assert_eq!(hear_frame(&mut stage, &server).opcode(), 9);
    stage.quiet();
}

pub(super) fn a_replaced_connection_takes_its_timer_along<C: Client>() {
    let keepalive = Keepalive::new(ROOMY * 2, PATIENCE);
    let (deaf, server) = (DeafListener::start(), server_sending(Vec::new()));
    let config = impatient(Config::default()).keepalive(keepalive);
    let mut stage = Stage::<C>::with(config);
    let a = stage.connect(&deaf.url());
    let b = stage.connect(&server.url());
    stage.fail(a, 2);
    stage.closed(1, 1000, "", Replaced);
    stage.success(b);
    stage.open(2);
    hear_head(&mut stage, &server);
    assert_eq!(hear_frame(&mut stage, &server).opcode(), 9);
    stage.quiet();
}
