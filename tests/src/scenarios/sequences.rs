//! The sequences 1 to 12 of the contract, as it lists them; 7 and 8 are in [`timeouts`](super) and
//! [`answers`](super), phase by phase and answer by answer.

use std::time::Instant;

use super::prelude::*;

pub(super) fn s01_connect_opens_and_stays<C: Client>() {
    let server = EchoServer::start();
    let mut stage = Stage::<C>::new();
    let call = stage.connect(&server.url());
    stage.success(call);
    let opened = stage.open(1);
    assert_eq!((&*opened.response.protocol, opened.tls), ("", None));
    stage.quiet();
    stage.echoes(1, "hello");
    stage.quiet();
    let call = stage.close();
    stage.success(call);
    stage.closed(1, 1000, "", Local);
    stage.quiet();
    assert!(stage.client().is_idle());
}

pub(super) fn s02_connect_replaces_what_is_open<C: Client>() {
    let (a, b) = (EchoServer::start(), EchoServer::start());
    let mut stage = Stage::<C>::new();
    stage.connected(&a.url(), 1);
    let call = stage.connect(&b.url());
    stage.closed(1, 1000, "", Replaced);
    stage.success(call);
    stage.open(2);
    stage.echoes(2, "for B");
    assert_eq!(hear_close(&mut stage, &a, 0), (1000, String::new()));
    stage.quiet();
    let heard: Vec<_> = std::iter::from_fn(|| a.heard().take()).collect();
    assert!(!heard.iter().any(|heard| matches!(heard.what, What::Text(_))), "sends reach B only: {heard:?}");
}

pub(super) fn s03_three_connects_in_one_turn<C: Client>() {
    let server = EchoServer::start();
    let mut stage = Stage::<C>::new();
    let a = stage.connect(&server.url());
    let b = stage.connect(&server.url());
    let c = stage.connect(&server.url());
    assert!(stage.fail(a, 2).was(&Cause::Replaced));
    stage.closed(1, 1000, "", Replaced);
    assert!(stage.fail(b, 2).was(&Cause::Replaced));
    stage.closed(2, 1000, "", Replaced);
    stage.success(c);
    stage.open(3);
    stage.echoes(3, "only C stays");
    stage.quiet();
}

pub(super) fn s04_refused_parameters_touch_nothing<C: Client>() {
    let server = EchoServer::start();
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    for (url, code) in [(Value::Null, 3), ("test.php".into(), 4), ("http://h".into(), 5)] {
        let call = stage.connect_with(&ConnectOptions::new(url));
        stage.fail(call, code);
        stage.echoes(1, "A is still there");
    }
    stage.quiet();
}

pub(super) fn s05_close_before_the_answer<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        let head = wire.head();
        wire.pause();
        let late = [wire::accept(&head, ""), frames::text("late")].concat();
        let _ = wire.try_send(&late);
        wire.mark("answered");
    });
    let mut stage = Stage::<C>::new();
    let connect = stage.connect(&server.url());
    hear_head(&mut stage, &server);
    let close = stage.close_with(&CloseOptions::new(4000, "enough"));
    stage.success(close);
    assert!(stage.fail(connect, 1).was(&Cause::ClosedWhileConnecting));
    stage.closed(1, 4000, "enough", Local);
    assert!(stage.client().is_idle());
    server.resume();
    stage.hear_mark(server.told(), "answered");
    stage.works(2);
}

pub(super) fn s06_late_close_frame_of_the_old_connection<C: Client>() {
    let a = ScriptedServer::start(|mut wire| {
        wire.open();
        wire.tell_frame();
        wire.pause();
        let _ = wire.try_send(&frames::close(1000, "late"));
        wire.half_close();
        wire.mark("said goodbye");
        wire.until_end();
    });
    let b = EchoServer::start();
    let mut stage = Stage::<C>::new();
    stage.connected(&a.url(), 1);
    let close = stage.close();
    let connect = stage.connect(&b.url());
    stage.success(close);
    stage.closed(1, 1000, "", Local);
    stage.success(connect);
    stage.open(2);
    hear_head(&mut stage, &a);
    assert_eq!(hear_frame(&mut stage, &a).close(), (1000, String::new()));
    a.resume();
    stage.hear_mark(a.told(), "said goodbye");
    stage.echoes(2, "B is untouched");
    assert_eq!(stage.hear(a.told()), Told::End(End::Eof), "F5: the old transport half-closes");
    stage.quiet();
}

pub(super) fn s09_send_where_nothing_is_open<C: Client>() {
    let (open, silent, refusing) = (EchoServer::start(), silent_server(), refusing());
    let mut stage = Stage::<C>::new();
    let refused = |stage: &mut Stage<C>| {
        let call = stage.send("too early or too late");
        assert!(stage.fail(call, 10).was(&Cause::NotOpen));
    };
    refused(&mut stage);

    let connect = stage.connect(&silent.url());
    refused(&mut stage);
    hear_head(&mut stage, &silent);
    refused(&mut stage);
    let close = stage.close();
    stage.success(close);
    stage.fail(connect, 1);
    stage.closed(1, 1000, "", Local);
    refused(&mut stage);

    stage.connected(&open.url(), 2);
    let close = stage.close();
    refused_behind(&mut stage, close);
    stage.closed(2, 1000, "", Local);
    refused(&mut stage);

    stage.connected(&open.url(), 3);
    let replacing = stage.connect(&open.url());
    let between = stage.send("before it can be open");
    stage.closed(3, 1000, "", Replaced);
    stage.fail(between, 10);
    stage.success(replacing);
    stage.open(4);

    let failing = stage.connect(&format!("ws://{}/", refusing.1));
    stage.closed(4, 1000, "", Replaced);
    stage.failed(failing, 5, 1);
    refused(&mut stage);
    stage.quiet();
}

/// A send in the turn of a closeSocket: the close succeeds, the send does not.
fn refused_behind<C: Client>(stage: &mut Stage<C>, close: crate::client::Call) {
    let send = stage.send("behind the close");
    stage.success(close);
    stage.fail(send, 10);
}

pub(super) fn s10_fragments_at_the_limit_and_over_it<C: Client>() {
    let part = [7_u8; 400];
    let bytes = [
        frames::raw(0x02, &part),
        frames::raw(0x00, &part),
        frames::raw(0x80, &part[..200]),
        frames::raw(0x02, &part),
        frames::raw(0x00, &part),
        // Only the header of the last: what it announces is enough (F3).
        frames::head(0x80, 201),
    ];
    let server = server_sending(bytes.concat());
    let mut stage = Stage::<C>::with(Config::default().message_limit(1000));
    stage.connected(&server.url(), 1);
    stage.binary(1, &[7; 1000]);
    let error = stage.error(1, 12);
    assert!(
        error.was(&Cause::Frame(FrameError::MessageTooBig { announced: 1001, limit: 1000 })),
        "what the message would have come to: {error:?}"
    );
    stage.ended(1, 1009, TooBig);
    hear_head(&mut stage, &server);
    assert_eq!(hear_frame(&mut stage, &server).close().0, 1009);
    assert_eq!(stage.hear(server.told()), Told::End(End::Eof));
    stage.works(2);
}

pub(super) fn s11_end_of_stream_after_open<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        wire.open();
        wire.send(&frames::text("last words"));
        wire.half_close();
        wire.tell_all();
    });
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    stage.text(1, "last words");
    stage.closed(1, 1006, "", Abnormal);
    stage.works(2);
}

pub(super) fn s11_reset_after_open<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        wire.open();
        wire.pause();
        wire.reset();
    });
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    server.resume();
    let error = stage.error(1, 1);
    assert!(error.was_like(|cause| matches!(cause, Cause::Transport(ConnectPhase::Open, _))), "{error:?}");
    stage.closed(1, 1006, "", Abnormal);
    stage.works(2);
}

pub(super) fn s12_frames_glued_to_the_answer<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        let head = wire.head();
        let glued = [
            wire::accept(&head, ""),
            frames::text("one"),
            frames::raw(0x01, b"tw"),
            frames::ping(b"between"),
            frames::raw(0x80, b"o"),
            frames::binary(b""),
            frames::close(4001, "all said"),
        ];
        wire.send(&glued.concat());
        wire.tell_all();
    });
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    stage.text(1, "one");
    stage.text(1, "two");
    stage.binary(1, b"");
    stage.closed(1, 4001, "all said", Remote);
    stage.quiet();
}

pub(super) fn s12_events_polled_late_are_all_there<C: Client>() {
    const COUNT: usize = 500;
    let server = ScriptedServer::start(|mut wire| {
        wire.open();
        wire.pause();
        for index in 0..COUNT {
            wire.send(&frames::text(&index.to_string()));
        }
        wire.send(&frames::close(1000, "done"));
        wire.mark("sent");
        wire.until_end();
    });
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    hear_head(&mut stage, &server);
    stage.inside("events that nobody polls");
    server.resume();
    // Nobody polls while the server sends.
    assert_eq!(server.told().wait(PATIENCE), Some(Told::Mark("sent")));
    for index in 0..COUNT {
        stage.text(1, &index.to_string());
    }
    stage.closed(1, 1000, "done", Remote);
    stage.quiet();
}

pub(super) fn polling_without_waiting_is_enough<C: Client>() {
    // A host with a loop of its own asks in each of its turns, and never waits here.
    let server = EchoServer::start();
    let mut stage = Stage::<C>::new();
    stage.connect(&server.url());
    let deadline = Instant::now() + PATIENCE;
    let mut seen = Vec::new();
    while seen.len() < 2 {
        assert!(Instant::now() < deadline, "only {seen:?}");
        seen.extend(stage.client().next(Instant::now()).expect("a sound event loop"));
    }
    assert!(matches!(&seen[..], [Seen::Settled { result: Ok(()), .. }, Seen::Open { .. }]), "{seen:?}");
}
