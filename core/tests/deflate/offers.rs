//! What is offered, and which answers agree to it (rule U5).

use super::*;

#[test]
fn u5_the_offer_is_in_the_request_if_it_is_asked_for() {
    let head = |config| String::from_utf8(Host::connecting(config).write()).unwrap();
    assert!(!head(Config::default()).contains("Extensions"));
    assert!(head(config()).contains(
        "\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10; \
         client_max_window_bits=10, permessage-deflate; client_max_window_bits=10, permessage-deflate; \
         client_max_window_bits\r\n"
    ));
    // V6: it counts on the limit for the head.
    let length = head(config()).len();
    let mut host = Host::connecting(config().request_head_limit(length));
    assert_eq!(host.write().len(), length);
    let mut session = connect_socket_core::Session::new(
        config().request_head_limit(length - 1),
        connect_socket_core::Tape::default(),
    );
    session.connect(NOW, &connect_socket_core::ConnectOptions::new("ws://192.0.2.1"));
    assert_eq!(session.phase(), Phase::Idle);
}

#[test]
fn u5_an_answer_that_is_none_is_8_and_names_the_parameter() {
    for (extensions, words) in [
        (
            "permessage-deflate; server_max_window_bits=11; client_max_window_bits=11",
            "client_max_window_bits",
        ),
        ("permessage-deflate; client_max_window_bits", "client_max_window_bits"),
        ("permessage-deflate; colour=blue", "colour"),
        ("permessage-deflate, permessage-deflate", "more than once"),
        ("x-webkit-deflate-frame", "not offered"),
    ] {
        let bounded = Offer::new().server_window_bits(11).client_window_bits(10);
        let mut host = Host::connecting(Config::default().compression(Compression::offering(bounded)));
        host.write();
        let answer = String::from_utf8_lossy(ANSWER)
            .replace("\r\n\r\n", &format!("\r\nSec-WebSocket-Extensions: {extensions}\r\n\r\n"));
        host.read(answer.as_bytes());
        let Some(Event::Settled { result: Err(error), .. }) = host.session.poll_event(&mut host.work) else {
            panic!("{extensions} is no answer")
        };
        assert_eq!(error.code().number(), 8);
        assert!(error.to_string().contains(words), "{error}");
    }
    // What was not offered is none, whatever it is.
    let mut host = Host::connecting(Config::default());
    host.write();
    let answer = String::from_utf8_lossy(ANSWER)
        .replace("\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
    host.read(answer.as_bytes());
    assert_eq!(host.told(), ["call 1 fail 8", "error 8"]);
}

#[test]
fn what_was_agreed_is_told_with_the_opening() {
    for (extensions, expected) in [
        ("permessage-deflate; server_max_window_bits=9", Some((10, 9))),
        ("permessage-deflate; server_no_context_takeover", Some((10, 15))),
    ] {
        let mut host = Host::connecting(config());
        host.write();
        let answer = String::from_utf8_lossy(ANSWER)
            .replace("\r\n\r\n", &format!("\r\nSec-WebSocket-Extensions: {extensions}\r\n\r\n"));
        host.read(answer.as_bytes());
        host.event();
        let Some(Event::Open { opened, .. }) = host.session.poll_event(&mut host.work) else { panic!() };
        let agreed = opened.response.compression;
        assert_eq!(agreed.map(|it| (it.client_window_bits, it.server_window_bits)), expected);
    }
    let host = Host::open(config());
    assert_eq!(host.session.phase(), Phase::Open, "a server need not take the offer");
}
