//! Connections that never open, and calls that are made meanwhile (table T, state connecting; code 1).

use std::io;

use super::prelude::*;

pub(super) fn refused<C: Client>() {
    let (_port, address) = refusing();
    let mut stage = Stage::<C>::new();
    let call = stage.connect(&format!("ws://{address}/path?secret=1"));
    let error = stage.failed(call, 1, 1);
    let shown = error.message.contains(&address.to_string());
    assert!(error.was_like(|cause| matches!(cause, Cause::Dial { tried: 1, .. }) && shown), "{error:?}");
    assert!(!error.message.contains("secret"), "G6: {error:?}");
    assert!(stage.client().is_idle());
    stage.works(2);
}

pub(super) fn name_not_found<C: Client>() {
    let mut stage = Stage::<C>::new();
    let call = stage.connect("ws://no-such-host.invalid/");
    let error = stage.failed(call, 1, 1);
    // A machine without any network says "try again" where others say "no such name".
    assert!(error.was_like(|cause| matches!(cause, Cause::NameNotFound | Cause::NameLookup(_))), "{error:?}");
    stage.works(2);
}

pub(super) fn resolver_says_no<C: Client>() {
    let answers = Mutex::new(vec![
        Err(io::Error::other("the resolver is out of order")),
        Err(io::Error::from(io::ErrorKind::NotFound)),
        Ok(Vec::new()),
    ]);
    let resolver: Resolver = Arc::new(move |_, _| answers.lock().expect("a lock").remove(0));
    let mut stage = Stage::<C>::start(Config::default(), Some(resolver));
    for number in 1..=3 {
        let call = stage.connect("ws://some.test/");
        let error = stage.failed(call, number, 1);
        assert!(
            error.was_like(|cause| matches!(cause, Cause::NameNotFound | Cause::NameLookup(_))),
            "{error:?}"
        );
    }
    stage.works(4);
}

pub(super) fn end_of_stream_before_the_answer<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        wire.head();
        wire.half_close();
        wire.until_end();
    });
    let mut stage = Stage::<C>::new();
    let call = stage.connect(&server.url());
    let error = stage.failed(call, 1, 1);
    assert!(error.was(&Cause::EndOfStream(ConnectPhase::Upgrade)));
    stage.works(2);
}

pub(super) fn end_of_stream_inside_the_answer<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        wire.head();
        wire.send(b"HTTP/1.1 503 Busy\r\nRetry-After: 1");
        wire.half_close();
        wire.until_end();
    });
    let mut stage = Stage::<C>::new();
    let call = stage.connect(&server.url());
    let error = stage.failed(call, 1, 1);
    assert!(error.was(&Cause::EndOfStream(ConnectPhase::Upgrade)), "U2: whatever the status line says");
    stage.works(2);
}

pub(super) fn reset_before_the_answer<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        wire.head();
        wire.reset();
    });
    let mut stage = Stage::<C>::new();
    let call = stage.connect(&server.url());
    let error = stage.failed(call, 1, 1);
    assert!(error.was_like(|cause| matches!(cause, Cause::Transport(ConnectPhase::Upgrade, _))), "{error:?}");
    stage.works(2);
}

pub(super) fn reset_while_accepting<C: Client>() {
    let server = ScriptedServer::start(Wire::reset);
    let mut stage = Stage::<C>::new();
    let call = stage.connect(&server.url());
    // Before, at or after the write of the request: the system decides.
    stage.failed(call, 1, 1);
    stage.works(2);
}

pub(super) fn calls_while_connecting<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        let head = wire.head();
        wire.pause();
        wire.send(&wire::accept(&head, ""));
        wire.tell_all();
    });
    let mut stage = Stage::<C>::new();
    let connect = stage.connect(&server.url());
    hear_head(&mut stage, &server);
    let send = stage.send("too early");
    stage.fail(send, 10);
    let close = stage.close_with(&CloseOptions::new(1001, ""));
    assert!(stage.fail(close, 1).was_like(|cause| matches!(cause, Cause::CloseInvalid(_))));
    let invalid = stage.connect("mailto:x");
    stage.fail(invalid, 4);
    server.resume();
    stage.success(connect);
    stage.open(1);
    stage.quiet();
}

pub(super) fn close_while_resolving<C: Client>() {
    let (answer, asked) = mpsc::channel();
    let asked = Mutex::new(asked);
    let resolver: Resolver =
        Arc::new(move |_, _| asked.lock().expect("a lock").recv().unwrap_or_else(|_| Ok(Vec::new())));
    let server = EchoServer::start();
    let mut stage = Stage::<C>::start(Config::default(), Some(resolver));
    let connect = stage.connect(&format!("ws://some.test:{}/", server.port()));
    let close = stage.close();
    stage.success(close);
    stage.fail(connect, 1);
    stage.closed(1, 1000, "", Local);
    // The answer comes when nobody wants it any more (G1).
    let _ = answer.send(Ok(vec!["127.0.0.1:0".parse().expect("an address")]));
    stage.works(2);
    assert!(server.heard().take().is_none(), "nobody was dialled");
}

pub(super) fn close_while_dialling<C: Client>() {
    let deaf = DeafListener::start();
    let mut stage = Stage::<C>::new();
    let connect = stage.connect(&deaf.url());
    let close = stage.close();
    stage.success(close);
    stage.fail(connect, 1);
    stage.closed(1, 1000, "", Local);
    stage.works(2);
}

pub(super) fn to_an_ipv6_address<C: Client>() {
    let Ok(server) = ScriptedServer::start_ipv6(|mut wire| {
        wire.open();
        wire.send(&frames::text("by IPv6"));
        wire.until_end();
    }) else {
        return; // A machine without IPv6 has nobody to connect to.
    };
    let mut stage = Stage::<C>::new();
    // Written as long as it can be; it goes out as the URL standard writes it.
    stage.connected(&format!("ws://[0:0:0:0:0:0:0:1]:{}/", server.port()), 1);
    let head = hear_head(&mut stage, &server);
    assert!(head.contains(&format!("\r\nHost: [::1]:{}\r\n", server.port())), "Q4: {head}");
    stage.text(1, "by IPv6");
}

pub(super) fn to_a_name_beyond_ascii<C: Client>() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let names = Arc::clone(&asked);
    let resolver: Resolver = Arc::new(move |name, port| {
        names.lock().expect("a lock").push((name.to_owned(), port));
        Ok(vec!["127.0.0.1:0".parse().expect("an address")])
    });
    let server = server_sending(frames::text("found"));
    let mut stage = Stage::<C>::start(Config::default(), Some(resolver));
    stage.connected(&format!("ws://B\u{fc}cher.test:{}/", server.port()), 1);
    assert_eq!(*asked.lock().expect("a lock"), [("xn--bcher-kva.test".to_owned(), server.port())], "V2");
    let head = hear_head(&mut stage, &server);
    assert!(head.contains(&format!("\r\nHost: xn--bcher-kva.test:{}\r\n", server.port())), "Q4: {head}");
    stage.text(1, "found");
}

pub(super) fn the_default_port_is_dialled<C: Client>() {
    for (url, expected) in [("ws://some.test", 80), ("wss://some.test:443/", 443)] {
        let (tell, told) = mpsc::channel();
        let tell = Mutex::new(tell);
        let resolver: Resolver = Arc::new(move |_, port| {
            let _ = tell.lock().expect("a lock").send(port);
            Ok(Vec::new())
        });
        let mut stage = Stage::<C>::start(trusting(), Some(resolver));
        let call = stage.connect(url);
        stage.failed(call, 1, 1);
        assert_eq!(told.try_recv(), Ok(expected), "Q4: {url}");
    }
}
