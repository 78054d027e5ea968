//! How connections that are open come to their end (table T, states open and closing; rules F4, F5).

use super::prelude::*;

pub(super) fn the_peer_closes<C: Client>() {
    let codes =
        [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999];
    let mut stage = Stage::<C>::new();
    for (number, code) in (1..).zip(codes) {
        let reason = format!("because {code}");
        let server = server_sending(frames::close(code, &reason));
        stage.connected(&server.url(), number);
        stage.closed(number, code, &reason, Remote);
        hear_head(&mut stage, &server);
        assert_eq!(hear_frame(&mut stage, &server).close().0, code, "F4: the reply carries the peer's code");
        assert_eq!(stage.hear(server.told()), Told::End(End::Eof), "F5: then half-closed");
    }
    stage.quiet();
}

pub(super) fn the_peer_closes_without_a_code<C: Client>() {
    let server = server_sending(frames::frame(8, b""));
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    stage.closed(1, 1005, "", Remote);
    hear_head(&mut stage, &server);
    assert_eq!(hear_frame(&mut stage, &server).payload, b"", "F4: empty for empty");
    assert_eq!(stage.hear(server.told()), Told::End(End::Eof));
    stage.works(2);
}

pub(super) fn an_echo_server_closes<C: Client>() {
    let server = EchoServer::start();
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    let call = stage.send("close 4001 why not");
    stage.success(call);
    stage.closed(1, 4001, "why not", Remote);
    stage.connected(&server.url(), 2);
    let call = stage.send("drop");
    stage.success(call);
    stage.closed(2, 1006, "", Abnormal);
    stage.quiet();
}

pub(super) fn the_peer_closes_inside_a_message<C: Client>() {
    let server = server_sending([frames::raw(0x01, b"unfinished"), frames::close(1000, "bye")].concat());
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    stage.closed(1, 1000, "bye", Remote);
    stage.works(2);
}

pub(super) fn we_close<C: Client>() {
    let server = EchoServer::start();
    let mut stage = Stage::<C>::new();
    let reason = "é".repeat(61) + "!";
    assert_eq!(reason.len(), 123);
    for (number, (code, reason)) in (1..).zip([(1000, ""), (3000, "x"), (4999, &*reason)]) {
        stage.connected(&server.url(), number);
        let call = stage.close_with(&CloseOptions::new(code, reason));
        stage.success(call);
        stage.closed(number, code, reason, Local);
        let connection = usize::try_from(number).expect("small") - 1;
        assert_eq!(hear_close(&mut stage, &server, connection), (code, reason.to_owned()));
    }
    stage.quiet();
}

/// The user closes with 3001 `ours`; then the server does `then`.
fn after_our_close<C: Client>(
    stage: &mut Stage<C>,
    then: impl FnOnce(Wire) + Send + 'static,
) -> ScriptedServer {
    let server = ScriptedServer::start(move |mut wire| {
        wire.open();
        wire.tell_frame();
        then(wire);
    });
    stage.connected(&server.url(), 1);
    let call = stage.close_with(&CloseOptions::new(3001, "ours"));
    stage.success(call);
    hear_head(stage, &server);
    assert_eq!(hear_frame(stage, &server).close(), (3001, "ours".to_owned()));
    server
}

pub(super) fn the_peers_code_and_reason_are_told<C: Client>() {
    let mut stage = Stage::<C>::new();
    let server = after_our_close(&mut stage, |mut wire| {
        wire.send(&frames::close(3002, "theirs"));
        wire.tell_all();
    });
    stage.closed(1, 3002, "theirs", Local);
    assert_eq!(stage.hear(server.told()), Told::End(End::Eof), "no second close frame");
    stage.works(2);
}

pub(super) fn an_empty_reply_is_1005<C: Client>() {
    let mut stage = Stage::<C>::new();
    let _server = after_our_close(&mut stage, |mut wire| {
        wire.send(&frames::frame(8, b""));
        wire.tell_all();
    });
    stage.closed(1, 1005, "", Local);
    stage.works(2);
}

pub(super) fn end_of_stream_while_closing<C: Client>() {
    let mut stage = Stage::<C>::new();
    let _server = after_our_close(&mut stage, |mut wire| {
        wire.half_close();
        wire.tell_all();
    });
    stage.closed(1, 1006, "", Local);
    stage.works(2);
}

pub(super) fn reset_while_closing<C: Client>() {
    let mut stage = Stage::<C>::new();
    let _server = after_our_close(&mut stage, Wire::reset);
    stage.closed(1, 1006, "", Local);
    stage.works(2);
}

pub(super) fn violation_while_closing<C: Client>() {
    let mut stage = Stage::<C>::new();
    let server = after_our_close(&mut stage, |mut wire| {
        wire.send(&frames::raw(0xff, b""));
        wire.tell_all();
    });
    stage.closed(1, 1006, "", Local);
    assert_eq!(stage.hear(server.told()), Told::End(End::Eof), "F4: nothing after our close frame");
    stage.works(2);
}

pub(super) fn the_close_timer_ends_it<C: Client>() {
    let mut stage = Stage::<C>::with(Config::default().close_timeout(ROOMY));
    let server = after_our_close(&mut stage, |mut wire| wire.tell_all());
    stage.closed(1, 1006, "", Local);
    assert_eq!(stage.hear(server.told()), Told::End(End::Eof));
    stage.works(2);
}

pub(super) fn messages_and_pings_while_closing_are_dropped<C: Client>() {
    let mut stage = Stage::<C>::with(Config::default().message_limit(10_000));
    let server = after_our_close(&mut stage, |mut wire| {
        let bytes = [
            frames::text("too late"),
            frames::ping(b"too late"),
            frames::raw(0x02, &[1; 9_000]),
            frames::raw(0x80, &[1; 9_000]),
            frames::close(3001, "ours"),
        ];
        wire.send(&bytes.concat());
        wire.tell_all();
    });
    stage.closed(1, 3001, "ours", Local);
    assert_eq!(stage.hear(server.told()), Told::End(End::Eof), "F4: no pong after our close frame");
    stage.works(2);
}

pub(super) fn calls_while_closing<C: Client>() {
    let mut stage = Stage::<C>::new();
    let server = after_our_close(&mut stage, |mut wire| {
        wire.pause();
        wire.send(&frames::close(3001, ""));
        wire.tell_all();
    });
    let again = stage.close_with(&CloseOptions::new(3005, "again"));
    stage.success(again);
    let send = stage.send("too late");
    stage.fail(send, 10);
    let invalid = stage.close_with(&CloseOptions::new(1001, ""));
    stage.fail(invalid, 1);
    let invalid = stage.connect("test.php");
    stage.fail(invalid, 4);
    server.resume();
    stage.closed(1, 3001, "", Local);
    assert_eq!(stage.hear(server.told()), Told::End(End::Eof), "no second close frame");
    stage.works(2);
}

pub(super) fn both_close_at_once<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        wire.open();
        wire.pause();
        wire.send(&frames::close(4000, "theirs"));
        wire.mark("closed");
        wire.tell_all();
    });
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    hear_head(&mut stage, &server);
    stage.inside("a network that is not served between two calls");
    server.resume();
    assert_eq!(server.told().wait(PATIENCE), Some(Told::Mark("closed")));
    // Their frame is there, but nobody here has seen it: the one seen first here names the cause.
    let call = stage.close();
    stage.success(call);
    stage.closed(1, 4000, "theirs", Local);
    assert_eq!(hear_frame(&mut stage, &server).close(), (1000, String::new()));
    assert_eq!(stage.hear(server.told()), Told::End(End::Eof));
    stage.works(2);
}

pub(super) fn close_with_what_must_not_be_sent<C: Client>() {
    let server = EchoServer::start();
    let mut stage = Stage::<C>::new();
    let refuse = |stage: &mut Stage<C>| {
        for code in [0.0, 999.0, 1001.0, 1005.0, 2999.0, 5000.0, 3000.5, -1000.0, 1e300] {
            let call = stage.close_with(&CloseOptions::from_script(Value::from(code), Value::Null));
            stage.fail(call, 1);
        }
        for code in [Value::from("1000"), Value::from(true), Value::Array(Vec::new())] {
            let call = stage.close_with(&CloseOptions::from_script(code, Value::Null));
            stage.fail(call, 1);
        }
        for reason in [Value::from("é".repeat(62)), Value::from(1), Value::Object(Vec::new())] {
            let call = stage.close_with(&CloseOptions::from_script(Value::from(1000), reason));
            stage.fail(call, 1);
        }
    };
    refuse(&mut stage);
    stage.connected(&server.url(), 1);
    refuse(&mut stage);
    stage.echoes(1, "nothing happened");
    stage.quiet();
}

pub(super) fn close_with_numbers_that_json_cannot_say<C: Client>() {
    let mut stage = Stage::<C>::new();
    stage.inside("numbers that are not finite");
    for code in [f64::NAN, f64::INFINITY] {
        let call = stage.close_with(&CloseOptions::from_script(Value::from(code), Value::Null));
        stage.fail(call, 1);
    }
    stage.quiet();
}

pub(super) fn close_in_idle<C: Client>() {
    let mut stage = Stage::<C>::new();
    let call = stage.close();
    stage.success(call);
    stage.quiet();
    stage.works(1);
    let call = stage.close_with(&CloseOptions::new(4000, "still idle"));
    stage.success(call);
    stage.quiet();
}

pub(super) fn the_transport_drains_behind_the_close<C: Client>() {
    // F5: the server is in the middle of a large message when it is closed; it can finish undisturbed.
    let server = ScriptedServer::start(|mut wire| {
        wire.open();
        wire.send(&frames::text("go"));
        wire.pause();
        wire.send(&frames::binary(&vec![1; 9 * 1024 * 1024]));
        wire.send(&frames::close(1000, ""));
        wire.mark("all sent");
        wire.tell_all();
    });
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    stage.text(1, "go");
    hear_head(&mut stage, &server);
    let call = stage.close();
    server.resume();
    stage.success(call);
    stage.closed(1, 1000, "", Local);
    stage.hear_mark(server.told(), "all sent");
    assert_eq!(hear_frame(&mut stage, &server).close(), (1000, String::new()));
    assert_eq!(stage.hear(server.told()), Told::End(End::Eof));
    stage.works(2);
}
