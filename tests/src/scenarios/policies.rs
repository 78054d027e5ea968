//! The options that change the contract: when a connect settles (S1–S4), what it does to a connection that
//! exists (V5), and whether ws is allowed (V4).

use super::prelude::*;

fn on_accept() -> Config {
    Config::default().settle(Settle::OnAccept)
}

fn reject() -> Config {
    Config::default().on_existing(OnExisting::Reject)
}

/// A server that answers when it is resumed.
fn hesitant_server() -> ScriptedServer {
    ScriptedServer::start(|mut wire| {
        let head = wire.head();
        wire.pause();
        let _ = wire.try_send(&wire::accept(&head, ""));
        wire.tell_all();
    })
}

pub(super) fn on_accept_success_comes_before_the_open<C: Client>() {
    let server = hesitant_server();
    let mut stage = Stage::<C>::with(on_accept());
    let call = stage.connect(&server.url());
    stage.success(call);
    let send = stage.send("success is not open");
    stage.fail(send, 10);
    server.resume();
    stage.open(1);
    stage.quiet();
}

pub(super) fn on_accept_a_failure_is_an_event_alone<C: Client>() {
    let (_port, address) = refusing();
    let mut stage = Stage::<C>::with(on_accept());
    let call = stage.connect(&format!("ws://{address}/"));
    stage.success(call);
    stage.error(1, 1);
    stage.works(2);
}

pub(super) fn on_accept_refused_parameters_fail_at_once<C: Client>() {
    let mut stage = Stage::<C>::with(on_accept());
    for (url, code) in [(Value::Null, 3), ("test.php".into(), 4), ("http://h".into(), 5)] {
        let call = stage.connect_with(&ConnectOptions::new(url));
        stage.fail(call, code);
    }
    stage.quiet();
}

pub(super) fn on_accept_a_replacement_tells_the_old_one_first<C: Client>() {
    let (server, other) = (hesitant_server(), EchoServer::start());
    let mut stage = Stage::<C>::with(on_accept());
    let a = stage.connect(&server.url());
    stage.success(a);
    hear_head(&mut stage, &server);
    let b = stage.connect(&other.url());
    stage.closed(1, 1000, "", Replaced);
    stage.success(b);
    stage.open(2);
    let c = stage.connect(&other.url());
    stage.closed(2, 1000, "", Replaced);
    stage.success(c);
    stage.open(3);
    stage.quiet();
}

pub(super) fn on_accept_three_connects_in_one_turn<C: Client>() {
    let server = EchoServer::start();
    let mut stage = Stage::<C>::with(on_accept());
    let calls = [(); 3].map(|()| stage.connect(&server.url()));
    stage.success(calls[0]);
    stage.closed(1, 1000, "", Replaced);
    stage.success(calls[1]);
    stage.closed(2, 1000, "", Replaced);
    stage.success(calls[2]);
    stage.open(3);
    stage.echoes(3, "the last one");
}

pub(super) fn on_accept_close_while_connecting<C: Client>() {
    let server = hesitant_server();
    let mut stage = Stage::<C>::with(on_accept());
    let connect = stage.connect(&server.url());
    stage.success(connect);
    hear_head(&mut stage, &server);
    let close = stage.close();
    stage.success(close);
    stage.closed(1, 1000, "", Local);
    stage.works(2);
}

pub(super) fn on_accept_timeout<C: Client>() {
    let server = hesitant_server();
    let mut stage = Stage::<C>::with(on_accept().connect_timeout(ROOMY));
    let connect = stage.connect(&server.url());
    stage.success(connect);
    stage.error(1, 6);
    stage.works(2);
}

pub(super) fn reject_keeps_what_is_there<C: Client>() {
    let (server, other) = (hesitant_server(), EchoServer::start());
    let mut stage = Stage::<C>::with(reject());
    let refused = |stage: &mut Stage<C>| {
        let call = stage.connect(&other.url());
        assert!(stage.fail(call, 2).was(&Cause::AlreadyConnected));
    };
    let connect = stage.connect(&server.url());
    refused(&mut stage);
    hear_head(&mut stage, &server);
    refused(&mut stage);
    server.resume();
    stage.success(connect);
    stage.open(1);
    refused(&mut stage);
    let close = stage.close();
    stage.success(close);
    refused(&mut stage);
    assert_eq!(hear_frame(&mut stage, &server).close().0, 1000);
    drop(server);
    stage.closed(1, 1006, "", Local);
    assert!(other.heard().take().is_none(), "nobody was connected to");
    stage.works(2);
}

pub(super) fn reject_stands_between_the_url_and_the_other_parameters<C: Client>() {
    let server = EchoServer::start();
    let mut stage = Stage::<C>::with(reject());
    stage.connected(&server.url(), 1);
    for (url, code) in [(Value::Null, 3), ("test.php".into(), 4), ("http://h".into(), 5)] {
        let call = stage.connect_with(&ConnectOptions::new(url));
        stage.fail(call, code);
    }
    let call = stage.connect_with(&ConnectOptions::new(server.url()).header("not a token", "x"));
    stage.fail(call, 2);
    stage.echoes(1, "untouched");
    let close = stage.close();
    stage.success(close);
    stage.closed(1, 1000, "", Local);
    let call = stage.connect_with(&ConnectOptions::new(server.url()).header("not a token", "x"));
    stage.fail(call, 1);
    stage.quiet();
}

pub(super) fn wss_can_be_required<C: Client>() {
    let (plain, secure) = (EchoServer::start(), EchoServer::start_tls(certs::server(Leaf::Good)));
    let mut stage = Stage::<C>::with(trusting().require_wss(true));
    let refuse = |stage: &mut Stage<C>| {
        let call = stage.connect(&plain.url());
        let error = stage.fail(call, 8);
        assert!(error.was(&Cause::WssRequired));
        assert!(error.message.contains("wss"), "{error:?}");
        // V3 comes before V4.
        let call = stage.connect("http://h/");
        stage.fail(call, 5);
    };
    refuse(&mut stage);
    stage.connected(&secure.url(), 1);
    refuse(&mut stage);
    stage.echoes(1, "untouched");
    stage.quiet();
}
