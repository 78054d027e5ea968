//! A name with several addresses: they are tried as RFC 8305 says, all under the one connect timeout.

use super::prelude::*;

fn connects_through<C: Client>(addresses: &[&str], server: &EchoServer) {
    let mut stage = Stage::<C>::start(Config::default(), Some(resolver(addresses)));
    stage.connected(&format!("ws://some.test:{}/", server.port()), 1);
    stage.echoes(1, "found it");
    let heard = std::iter::from_fn(|| server.heard().take());
    let requests = heard.filter(|heard| matches!(heard.what, What::Request { .. }));
    assert_eq!(requests.count(), 1, "one connection is enough");
    stage.quiet();
}

pub(super) fn a_dead_ipv6_address_comes_first<C: Client>() {
    let server = EchoServer::start();
    connects_through::<C>(&["::1", "127.0.0.1"], &server);
}

pub(super) fn many_dead_addresses_come_first<C: Client>() {
    let server = EchoServer::start();
    connects_through::<C>(&["::1", "127.0.0.9", "127.0.0.8", "127.0.0.7", "127.0.0.1"], &server);
}

pub(super) fn the_same_address_twice<C: Client>() {
    let server = EchoServer::start();
    connects_through::<C>(&["127.0.0.1", "127.0.0.1"], &server);
}

pub(super) fn an_address_that_does_not_answer_comes_first<C: Client>() {
    let server = EchoServer::start();
    // Without a second loopback address there is nothing to test on this system.
    let Ok(_deaf) = DeafListener::beside(server.port()) else { return };
    connects_through::<C>(&["127.0.0.2", "127.0.0.1"], &server);
}

pub(super) fn all_addresses_are_dead<C: Client>() {
    let (_port, address) = refusing();
    let mut stage = Stage::<C>::start(Config::default(), Some(resolver(&["127.0.0.1", "::1", "127.0.0.1"])));
    let call = stage.connect(&format!("ws://some.test:{}/", address.port()));
    let error = stage.failed(call, 1, 1);
    assert!(error.was_like(|cause| matches!(cause, Cause::Dial { .. })), "{error:?}");
    stage.works(2);
}

pub(super) fn no_address_answers<C: Client>() {
    let (_port, address) = refusing();
    let Ok(_deaf) = DeafListener::beside(address.port()) else { return };
    let config = Config::default().connect_timeout(ROOMY);
    let mut stage = Stage::<C>::start(config, Some(resolver(&["127.0.0.2", "127.0.0.1"])));
    let call = stage.connect(&format!("ws://some.test:{}/", address.port()));
    stage.failed(call, 1, 6);
    stage.works(2);
}
