//! sendSocketMessage: what goes out, when it succeeds, and why it fails (codes 10 and 11; rules F3, F5).

use std::collections::VecDeque;

use connect_socket_core::CloseCause;

use super::prelude::*;
use crate::client::Call;

const MIB: usize = 1024 * 1024;

/// So many messages of one mebibyte are more than a transport takes that nobody reads from: a system may hold
/// some on each side of a loopback connection.
const FILLING: usize = 8;

pub(super) fn messages_of_every_size_go_out<C: Client>() {
    let server = EchoServer::start();
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    for size in [0, 1, 125, 126, 127, 65_535, 65_536, 300_000, MIB] {
        let text = "x".repeat(size);
        stage.echoes(1, &text);
        let bytes = vec![0xa5; size];
        let call = stage.send_payload(Payload::Binary(&bytes));
        stage.success(call);
        stage.binary(1, &bytes);
    }
    let call = stage.send_payload(Payload::Base64("AP8Q"));
    stage.success(call);
    stage.binary(1, &[0, 255, 16]);
    stage.quiet();
}

pub(super) fn frames_are_whole_and_masked<C: Client>() {
    let server = server_sending(Vec::new());
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    let calls = [stage.send("one"), stage.send_payload(Payload::Binary(b"two")), stage.send("")];
    for call in calls {
        stage.success(call);
    }
    hear_head(&mut stage, &server);
    let heard = [(); 3].map(|()| hear_frame(&mut stage, &server));
    let shape = |frame: &frames::Frame| (frame.first, frame.payload.clone());
    let expected = [(0x81, b"one".to_vec()), (0x82, b"two".to_vec()), (0x81, Vec::new())];
    assert_eq!(heard.each_ref().map(shape), expected, "final, and none in pieces");
    assert!(heard[0].mask != heard[1].mask && heard[1].mask != heard[2].mask, "RFC 6455 5.3: fresh masks");
}

/// A file's way out: as much as there is room for, and the rest once that is out.
pub(super) fn a_message_goes_out_in_parts<C: Client>() {
    const PART: usize = 100_000;
    const PARTS: usize = 30;
    let server = ScriptedServer::start(|mut wire| {
        wire.open();
        for number in 1..=PARTS {
            let frame = wire.frame();
            let first = if number == 1 { 2 } else { 0 } | if number == PARTS { 0x80 } else { 0 };
            assert_eq!((frame.first, frame.payload.len()), (first, PART));
        }
        assert_eq!(wire.frame().payload, b"whole");
        wire.send(&frames::text("all there"));
        wire.tell_all();
    });
    let mut stage = Stage::<C>::with(Config::default().high_water(4 * PART));
    stage.connected(&server.url(), 1);
    let (mut sent, mut waiting) = (0, VecDeque::new());
    while sent < PARTS {
        let inside = stage.inside("sending in parts");
        if inside.can_send_part(PART) {
            sent += 1;
            waiting.push_back(inside.send_part(Payload::Binary(&vec![7; PART]), sent == PARTS));
        } else {
            stage.success(waiting.pop_front().expect("what takes the room"));
        }
    }
    waiting.push_back(stage.send("whole"));
    for call in waiting {
        stage.success(call);
    }
    stage.text(1, "all there");
    stage.quiet();
}

pub(super) fn invalid_payloads_are_11<C: Client>() {
    let server = EchoServer::start();
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    for base64 in ["AP8", "AP8Q=", "-_8=", "A P8Q", "AB==", "=", "AP8Q\n"] {
        let call = stage.send_payload(Payload::Base64(base64));
        let error = stage.fail(call, 11);
        assert!(error.was(&Cause::SendFailed(SendError::NotBase64)), "{base64:?}");
    }
    let call = stage.send_payload(Payload::Invalid);
    assert!(stage.fail(call, 11).was(&Cause::SendFailed(SendError::NotAMessage)));
    stage.echoes(1, "still open");
    stage.quiet();
}

pub(super) fn message_over_the_limit_is_11<C: Client>() {
    let server = EchoServer::start();
    let mut stage = Stage::<C>::with(Config::default().message_limit(1000));
    stage.connected(&server.url(), 1);
    stage.echoes(1, &"x".repeat(1000));
    // Text counts in bytes.
    let call = stage.send(&("é".repeat(500) + "x"));
    let error = stage.fail(call, 11);
    assert!(error.was(&Cause::SendFailed(SendError::TooBig { length: 1001, limit: 1000 })));
    let encoded = "AAAA".repeat(334);
    let call = stage.send_payload(Payload::Base64(&encoded));
    stage.fail(call, 11);
    stage.echoes(1, "still open");
    stage.quiet();
}

/// A server that accepts and then reads nothing until it is resumed; then it does `then`.
fn stuck_server(then: impl FnOnce(Wire) + Send + 'static) -> ScriptedServer {
    ScriptedServer::start(move |mut wire| {
        wire.read_little();
        wire.open();
        wire.pause();
        then(wire);
    })
}

/// Sends until bytes wait that the transport does not take, all of it within one mebibyte a message.
fn fill<C: Client>(stage: &mut Stage<C>) -> Vec<Call> {
    let text = "7".repeat(MIB);
    let mut calls = Vec::new();
    while calls.len() < FILLING {
        calls.push(stage.send(&text));
    }
    stage.serve_calls();
    calls
}

/// The results of `calls` in order: first those that got out, then those that did not, which is some.
fn some_fail<C: Client>(stage: &mut Stage<C>, calls: &[Call]) {
    let mut failed = 0;
    for call in calls {
        match stage.event() {
            Seen::Settled { call: settled, result: Ok(()) } if settled == *call && failed == 0 => {}
            Seen::Settled { call: settled, result: Err(error) } if settled == *call => {
                assert!(error.was(&Cause::SendFailed(SendError::Ended)));
                failed += 1;
            }
            other => panic!("the result of {call}, in order, but saw {other:?}"),
        }
    }
    assert!(failed > 0, "the last of so much cannot have got out");
}

pub(super) fn success_waits_for_the_last_byte<C: Client>() {
    let server = stuck_server(|mut wire| {
        for _ in 0..FILLING {
            assert_eq!(wire.frame().payload.len(), MIB);
        }
        wire.mark("all there");
        wire.tell_all();
    });
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    hear_head(&mut stage, &server);
    let calls = fill(&mut stage);
    server.resume();
    for call in calls {
        stage.success(call);
    }
    stage.hear_mark(server.told(), "all there");
    stage.quiet();
}

/// What it takes to find out when a send would be refused.
const COUNTING: &str = "the number of bytes that wait";

pub(super) fn a_full_buffer_is_11<C: Client>() {
    let high_water = 2 * MIB;
    let server = stuck_server(|mut wire| wire.tell_all());
    let mut stage = Stage::<C>::with(Config::default().high_water(high_water));
    stage.connected(&server.url(), 1);
    hear_head(&mut stage, &server);
    let part = vec![7; MIB / 4];
    let mut accepted = Vec::new();
    let refused = loop {
        let call = stage.send_payload(Payload::Binary(&part));
        // Refusals are told in the same turn, and nothing else is: so look whether this was one.
        if !stage.inside(COUNTING).can_send(part.len()) {
            accepted.push(call);
            break stage.send_payload(Payload::Binary(&part));
        }
        accepted.push(call);
        assert!(accepted.len() < 400, "the buffer must be full at some time");
        stage.serve_a_little();
    };
    let waiting = stage.inside(COUNTING).buffered_amount();
    let mut out = 0;
    let error = loop {
        match stage.event() {
            Seen::Settled { call, result: Ok(()) } if Some(&call) == accepted.get(out) => out += 1,
            Seen::Settled { call, result: Err(error) } if call == refused => break error,
            other => panic!("expected results in order, but saw {other:?}"),
        }
    };
    let full = Cause::SendFailed(SendError::BufferFull { buffered: waiting, high_water });
    assert!(error.was(&full), "F3: refused whole: {error:?}");
    assert_eq!(error.code, 11);
    // What is small enough still fits.
    let small = stage.send("small");
    server.resume();
    for call in &accepted[out..] {
        stage.success(*call);
    }
    stage.success(small);
    for _ in &accepted {
        assert_eq!(hear_frame(&mut stage, &server).payload.len(), part.len());
    }
    assert_eq!(hear_frame(&mut stage, &server).payload, b"small");
    assert_eq!(stage.inside(COUNTING).buffered_amount(), 0);
    stage.quiet();
}

pub(super) fn pending_sends_fail_with_a_reset<C: Client>() {
    let server = stuck_server(Wire::reset);
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    let calls = fill(&mut stage);
    server.resume();
    some_fail(&mut stage, &calls);
    stage.error(1, 1);
    stage.closed(1, 1006, "", Abnormal);
    stage.works(2);
}

/// A host that takes no messages hears of the end by the results of its sends, and of the rest when it takes them again.
pub(super) fn sends_fail_with_a_reset_in_a_pause<C: Client>() {
    for tls in [None, Some(certs::server(Leaf::Good))] {
        let script = |mut wire: Wire| {
            wire.read_little();
            wire.open();
            wire.pause();
            wire.reset();
        };
        let (server, scheme) = match tls {
            None => (ScriptedServer::start(script), "ws"),
            Some(tls) => (ScriptedServer::start_tls(tls, script), "wss"),
        };
        let mut stage = Stage::<C>::with(trusting());
        stage.connected(&format!("{scheme}://127.0.0.1:{}/", server.port()), 1);
        stage.inside("a pause of receiving").set_receiving(false);
        let calls = fill(&mut stage);
        server.resume();
        some_fail(&mut stage, &calls);
        for _ in 0..3 {
            let call = stage.send("later");
            assert!(stage.fail(call, 11).was(&Cause::SendFailed(SendError::Ended)));
        }
        stage.quiet();
        stage.inside("its end").set_receiving(true);
        stage.error(1, 1);
        stage.closed(1, 1006, "", Abnormal);
        stage.works(2);
    }
}

pub(super) fn pending_sends_fail_with_the_end_of_the_stream<C: Client>() {
    let server = stuck_server(|mut wire| {
        wire.half_close();
        wire.pause();
    });
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    let calls = fill(&mut stage);
    server.resume();
    some_fail(&mut stage, &calls);
    stage.closed(1, 1006, "", Abnormal);
    stage.works(2);
}

pub(super) fn pending_sends_fail_with_the_peers_close<C: Client>() {
    let server = stuck_server(|mut wire| {
        wire.send(&frames::close(1001, "going"));
        wire.pause();
        // F5: the frame that was partly out is finished, then comes the reply, and the end.
        wire.tell_all();
    });
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    hear_head(&mut stage, &server);
    let calls = fill(&mut stage);
    server.resume();
    some_fail(&mut stage, &calls);
    stage.closed(1, 1001, "going", Remote);
    server.resume();
    whole_frames_then_close(&mut stage, &server, 1001, calls.len());
    stage.works(2);
}

pub(super) fn pending_sends_fail_with_a_violation<C: Client>() {
    pending_sends_fail_with::<C>(frames::raw(0x83, b""), 1, 1002, Protocol);
}

pub(super) fn pending_sends_fail_with_a_message_over_the_limit<C: Client>() {
    pending_sends_fail_with::<C>(frames::head(0x82, 11 << 20), 12, 1009, TooBig);
}

/// The server sends what ends the connection with `error` and `close` while messages wait to be sent.
fn pending_sends_fail_with<C: Client>(frame: Vec<u8>, error: u8, close: u16, cause: CloseCause) {
    let server = stuck_server(move |mut wire| {
        wire.send(&frame);
        wire.pause();
        wire.tell_all();
    });
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    hear_head(&mut stage, &server);
    let calls = fill(&mut stage);
    server.resume();
    some_fail(&mut stage, &calls);
    stage.error(1, error);
    stage.ended(1, close, cause);
    server.resume();
    whole_frames_then_close(&mut stage, &server, close, calls.len());
    stage.works(2);
}

pub(super) fn pending_sends_fail_with_a_replacement<C: Client>() {
    let server = stuck_server(|mut wire| wire.tell_all());
    let other = EchoServer::start();
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    hear_head(&mut stage, &server);
    let calls = fill(&mut stage);
    let connect = stage.connect(&other.url());
    some_fail(&mut stage, &calls);
    stage.closed(1, 1000, "", Replaced);
    // The new one does not wait for what is left of the old.
    stage.success(connect);
    stage.open(2);
    stage.echoes(2, "ahead of the old one's last frame");
    server.resume();
    whole_frames_then_close(&mut stage, &server, 1000, calls.len());
    stage.quiet();
}

/// F5: what the server gets is whole messages, fewer than were sent, then the close frame, then the end.
fn whole_frames_then_close<C: Client>(stage: &mut Stage<C>, server: &ScriptedServer, code: u16, sent: usize) {
    let mut whole = 0;
    let close = loop {
        let frame = hear_frame(stage, server);
        if frame.opcode() == 8 {
            break frame.close();
        }
        assert_eq!((frame.first, frame.payload.len()), (0x81, MIB));
        whole += 1;
    };
    assert!(whole < sent, "{whole} of {sent} messages came through");
    assert_eq!(close.0, code);
    assert_eq!(stage.hear(server.told()), Told::End(End::Eof));
}

pub(super) fn close_goes_out_behind_what_is_queued<C: Client>() {
    let server = stuck_server(|mut wire| {
        for _ in 0..FILLING {
            assert_eq!(wire.frame().payload.len(), MIB);
        }
        wire.tell_frame();
        wire.send(&frames::close(4000, "read it all"));
        wire.tell_all();
    });
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    hear_head(&mut stage, &server);
    let calls = fill(&mut stage);
    let close = stage.close_with(&CloseOptions::new(4000, "enough"));
    server.resume();
    // The close succeeds at once: before the sends that were still on their way when it was called.
    let mut settled = Vec::new();
    while settled.len() <= calls.len() {
        match stage.event() {
            Seen::Settled { call, result: Ok(()) } => settled.push(call),
            other => panic!("expected results, but saw {other:?}"),
        }
    }
    assert!(settled.contains(&close));
    settled.retain(|call| *call != close);
    assert_eq!(settled, calls);
    assert_eq!(hear_frame(&mut stage, &server).close(), (4000, "enough".to_owned()));
    stage.closed(1, 4000, "read it all", Local);
    stage.works(2);
}

pub(super) fn pending_sends_fail_with_the_close_timer<C: Client>() {
    let server = stuck_server(drop);
    let mut stage = Stage::<C>::with(Config::default().close_timeout(ROOMY));
    stage.connected(&server.url(), 1);
    let calls = fill(&mut stage);
    let close = stage.close();
    let mut results = Vec::new();
    let end = loop {
        match stage.event() {
            Seen::Settled { call, result } => results.push((call, result.is_ok())),
            other => break other,
        }
    };
    assert!(results.contains(&(close, true)));
    results.retain(|(call, _)| *call != close);
    assert_eq!(results.iter().map(|(call, _)| *call).collect::<Vec<_>>(), calls);
    assert!(results.is_sorted_by_key(|(_, out)| !out) && !results[results.len() - 1].1, "{results:?}");
    assert!(matches!(end, Seen::Close { code: 1006, cause: Local, .. }), "{end:?}");
    stage.works(2);
}

pub(super) fn pings_are_answered_ahead_of_what_is_queued<C: Client>() {
    let server = stuck_server(|mut wire| {
        wire.send(&[frames::ping(b"quick"), frames::text("behind the ping")].concat());
        wire.pause();
        wire.tell_all();
    });
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    hear_head(&mut stage, &server);
    let calls = fill(&mut stage);
    server.resume();
    let mut out = 0;
    loop {
        match stage.event() {
            Seen::Settled { call, result: Ok(()) } if Some(&call) == calls.get(out) => out += 1,
            // Now the ping has been seen, too.
            Seen::Text { .. } => break,
            other => panic!("expected results or the message, but saw {other:?}"),
        }
    }
    server.resume();
    let mut before = 0;
    loop {
        let frame = hear_frame(&mut stage, &server);
        if frame.opcode() == 10 {
            assert_eq!(frame.payload, b"quick");
            break;
        }
        before += 1;
    }
    assert!(before < calls.len(), "ahead of at least one message");
    for call in &calls[out..] {
        stage.success(*call);
    }
}
