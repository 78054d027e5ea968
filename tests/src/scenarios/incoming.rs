//! What a server may send while a connection is open, and what ends it (rule F; table T, state open).

use super::prelude::*;

/// A server sends `bytes` behind the answer; the connection fails with this code, and the server is told so.
fn fails_with<C: Client>(stage: &mut Stage<C>, number: u64, bytes: Vec<u8>, close_code: u16) -> Raised {
    let server = server_sending(bytes);
    stage.connected(&server.url(), number);
    let (code, cause) = if close_code == 1009 { (12, TooBig) } else { (1, Protocol) };
    let error = stage.error(number, code);
    stage.ended(number, close_code, cause);
    hear_head(stage, &server);
    assert_eq!(hear_frame(stage, &server).close().0, close_code, "{error:?}");
    assert_eq!(stage.hear(server.told()), Told::End(End::Eof), "F5: half-closed behind the close frame");
    error
}

pub(super) fn broken_frames_are_1002<C: Client>() {
    let cases = [
        (frames::raw(0xc1, b""), FrameError::ReservedBits),
        (frames::raw(0xa2, b""), FrameError::ReservedBits),
        (frames::raw(0x89 | 0x10, b""), FrameError::ReservedBits),
        (frames::raw(0x83, b""), FrameError::ReservedOpcode(3)),
        (frames::raw(0x8b, b""), FrameError::ReservedOpcode(11)),
        (vec![0x81, 0x81, 1, 2, 3, 4, 5], FrameError::Masked),
        (frames::head(0x89, 126), FrameError::ControlTooLong),
        (frames::raw(0x09, b""), FrameError::ControlFragmented),
        (frames::raw(0x08, b""), FrameError::ControlFragmented),
        (frames::raw(0x80, b"x"), FrameError::UnexpectedContinuation),
        (frames::raw(0x00, b"x"), FrameError::UnexpectedContinuation),
        ([frames::raw(0x01, b"a"), frames::text("b")].concat(), FrameError::ExpectedContinuation),
        (vec![0x82, 126, 0, 125], FrameError::LengthNotMinimal),
        (vec![0x82, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff], FrameError::LengthNotMinimal),
        (vec![0x82, 127, 0x80, 0, 0, 0, 0, 1, 0, 0], FrameError::LengthTopBit),
        (frames::raw(0x88, &[3]), FrameError::CloseTruncated),
        (frames::close(999, ""), FrameError::CloseCode(999)),
        (frames::close(1004, ""), FrameError::CloseCode(1004)),
        (frames::close(1005, ""), FrameError::CloseCode(1005)),
        (frames::close(1006, ""), FrameError::CloseCode(1006)),
        (frames::close(1015, ""), FrameError::CloseCode(1015)),
        (frames::close(2999, ""), FrameError::CloseCode(2999)),
        (frames::close(5000, ""), FrameError::CloseCode(5000)),
    ];
    let mut stage = Stage::<C>::new();
    for (number, (bytes, error)) in (1..).zip(cases) {
        let raised = fails_with(&mut stage, number, bytes, 1002);
        assert!(raised.was(&Cause::Frame(error)), "F1, F4: {raised:?}");
    }
    stage.quiet();
}

pub(super) fn text_that_is_not_utf8_is_1007<C: Client>() {
    let cases = [
        frames::frame(1, b"caf\xe9"),
        // A sequence that the message's end cuts.
        frames::frame(1, b"euro \xe2\x82"),
        // F2: nothing more needs to come to know it.
        [frames::head(0x81, 1000), b"ok \xff".to_vec()].concat(),
        [frames::raw(0x01, b"\xe2\x82"), frames::head(0x80, 100), b"A".to_vec()].concat(),
        [frames::head(0x01, 5), b"\xed\xa0".to_vec()].concat(),
        [frames::head(0x81, 70_000), b"\xf4\x90".to_vec()].concat(),
        frames::frame(8, b"\x03\xe8\xff"),
    ];
    let mut stage = Stage::<C>::new();
    for (number, bytes) in (1..).zip(cases) {
        let raised = fails_with(&mut stage, number, bytes, 1007);
        let not_utf8 = |cause: &Cause| {
            matches!(cause, Cause::Frame(FrameError::TextNotUtf8 | FrameError::CloseReasonNotUtf8))
        };
        assert!(raised.was_like(not_utf8), "{raised:?}");
    }
    stage.quiet();
}

pub(super) fn frame_over_the_limit_is_12<C: Client>() {
    let config = Config::default().frame_limit(1000).message_limit(5000);
    let mut stage = Stage::<C>::with(config);
    let part = [1; 1000];
    // F3: the header is enough; text counts in bytes.
    for (number, bytes) in (1..).zip([
        frames::head(0x82, 1001),
        frames::head(0x81, 1 << 62),
        [frames::raw(0x02, &part), frames::head(0x00, 1001)].concat(),
    ]) {
        let raised = fails_with(&mut stage, number, bytes, 1009);
        let too_big =
            |cause: &Cause| matches!(cause, Cause::Frame(FrameError::FrameTooBig { limit: 1000, .. }));
        assert!(raised.was_like(too_big), "{raised:?}");
    }
    let six = [frames::raw(0x02, &part), frames::raw(0x00, &part).repeat(4), frames::head(0x80, 1)];
    let raised = fails_with(&mut stage, 4, six.concat(), 1009);
    let too_big = Cause::Frame(FrameError::MessageTooBig { announced: 5001, limit: 5000 });
    assert!(raised.was(&too_big), "{raised:?}");
    stage.works(5);
}

pub(super) fn frames_of_every_size_arrive<C: Client>() {
    let sizes = [0, 1, 125, 126, 127, 65_535, 65_536, 200_000, 1_048_577];
    let server = ScriptedServer::start(move |mut wire| {
        wire.open();
        for size in sizes {
            wire.send(&frames::binary(&vec![9; size]));
            wire.send(&frames::text(&"€".repeat(size / 3)));
        }
        wire.tell_all();
    });
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    for size in sizes {
        stage.binary(1, &vec![9; size]);
        stage.text(1, &"€".repeat(size / 3));
    }
    stage.quiet();
}

pub(super) fn frames_that_drip_arrive<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        wire.open();
        let bytes = [
            frames::text("größer"),
            frames::binary(&[5; 300]),
            frames::raw(0x01, b"\xe2\x82"),
            frames::ping(b"in the middle"),
            frames::raw(0x00, b""),
            frames::raw(0x80, b"\xac"),
        ];
        wire.drip(&bytes.concat());
        wire.tell_all();
    });
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    stage.text(1, "größer");
    stage.binary(1, &[5; 300]);
    stage.text(1, "€");
    stage.quiet();
}

/// A read ends where urgent data is, and what is behind it makes no event of its own.
pub(super) fn what_is_behind_urgent_data_arrives<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        wire.open();
        wire.send(&frames::text("before"));
        wire.send_urgent();
        wire.send(&frames::text("behind"));
        wire.tell_all();
    });
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    stage.text(1, "before");
    stage.text(1, "behind");
    stage.quiet();
}

pub(super) fn fragments_without_number_arrive<C: Client>() {
    const COUNT: usize = 20_000;
    let mut bytes = frames::raw(0x02, &[3; 16]);
    for _ in 0..COUNT {
        bytes.extend(frames::raw(0x00, &[3; 16]));
    }
    bytes.extend(frames::raw(0x80, b""));
    let server = server_sending(bytes);
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    stage.binary(1, &vec![3; 16 * (COUNT + 1)]);
}

pub(super) fn empty_messages_arrive<C: Client>() {
    let bytes = [
        frames::text(""),
        frames::binary(b""),
        frames::raw(0x01, b""),
        frames::raw(0x00, b""),
        frames::raw(0x80, b""),
    ];
    let server = server_sending(bytes.concat());
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    stage.text(1, "");
    stage.binary(1, b"");
    stage.text(1, "");
    stage.quiet();
}

pub(super) fn pings_are_answered<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        wire.open();
        for payload in [&b""[..], b"one", &[7; 125]] {
            wire.send(&frames::ping(payload));
            wire.tell_frame();
        }
        // Nobody asked for this one: it is ignored.
        wire.send(&frames::pong(b"unasked"));
        wire.send(&frames::text("end"));
        wire.tell_all();
    });
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    stage.text(1, "end");
    hear_head(&mut stage, &server);
    for payload in [&b""[..], b"one", &[7; 125]] {
        let frame = hear_frame(&mut stage, &server);
        assert_eq!((frame.first, &*frame.payload), (0x8a, payload));
    }
    stage.quiet();
}

pub(super) fn the_newest_of_many_pings_is_answered<C: Client>() {
    let pings: Vec<u8> = (0..50_u8).flat_map(|index| frames::ping(&[index])).collect();
    let server = server_sending(pings);
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    hear_head(&mut stage, &server);
    let mut last = None;
    while last != Some(49) {
        let frame = hear_frame(&mut stage, &server);
        assert_eq!((frame.first, frame.payload.len()), (0x8a, 1));
        assert!(last < Some(frame.payload[0]), "in order, each once at most");
        last = Some(frame.payload[0]);
    }
    stage.quiet();
}

pub(super) fn messages_before_a_violation_are_delivered<C: Client>() {
    let bytes = [frames::text("one"), frames::text("two"), frames::raw(0x83, b"")];
    let server = server_sending(bytes.concat());
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    stage.text(1, "one");
    stage.text(1, "two");
    stage.error(1, 1);
    stage.ended(1, 1002, Protocol);
    stage.works(2);
}

/// Both frames are there at once; the answer to the first one is out before the second one ends the connection.
pub(super) fn an_answer_goes_out_before_the_next_frame<C: Client>() {
    let broken = [frames::raw(0x83, b""), frames::raw(0x80, b"nothing to continue"), frames::raw(0xc1, b"")];
    let mut stage = Stage::<C>::new();
    // A line that a program reads is later than what it has read from the server.
    stage.inside("an answer between two events of one read");
    for (number, next) in (1..).zip(broken) {
        let server = server_sending([frames::text("question"), next].concat());
        stage.connected(&server.url(), number);
        stage.text(number, "question");
        let call = stage.send("answer");
        stage.success(call);
        stage.error(number, 1);
        stage.ended(number, 1002, Protocol);
        hear_head(&mut stage, &server);
        assert_eq!(hear_frame(&mut stage, &server).payload, b"answer");
        assert_eq!(hear_frame(&mut stage, &server).close().0, 1002);
    }
    stage.quiet();
}

/// The server sends the rest once the client has answered the part before.
pub(super) fn a_long_message_comes_in_parts<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        wire.open();
        wire.send(b"\x81\x10parts of \xc3");
        assert_eq!(wire.frame().payload, b"and?");
        wire.send(b"\xa9 text");
        wire.send(&frames::text("whole"));
        wire.tell_all();
    });
    let mut stage = Stage::<C>::with(Config::default().parts_above(4));
    stage.connected(&server.url(), 1);
    stage.part(1, "parts of ");
    let call = stage.send("and?");
    stage.success(call);
    stage.text(1, "é text");
    stage.text(1, "whole");
    stage.quiet();
}

pub(super) fn nothing_follows_a_close_frame<C: Client>() {
    let bytes = [frames::close(1000, ""), frames::text("behind it"), frames::raw(0xff, b"")];
    let server = server_sending(bytes.concat());
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    stage.closed(1, 1000, "", Remote);
    stage.works(2);
}

pub(super) fn a_cut_frame_at_the_end_is_an_end<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        wire.open();
        wire.send(&[frames::text("whole"), frames::head(0x82, 1000), vec![1; 500]].concat());
        wire.half_close();
        wire.tell_all();
    });
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    stage.text(1, "whole");
    stage.closed(1, 1006, "", Abnormal);
    stage.works(2);
}

pub(super) fn a_pause_of_receiving_holds_messages_back<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        wire.open();
        wire.pause();
        for index in 0..10 {
            wire.send(&frames::text(&index.to_string()));
        }
        wire.tell_frame();
        wire.tell_all();
    });
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    hear_head(&mut stage, &server);
    stage.inside("a pause of receiving").set_receiving(false);
    server.resume();
    // Sending goes on meanwhile, and no message is told before its result.
    let call = stage.send("not stopped");
    stage.success(call);
    assert_eq!(hear_frame(&mut stage, &server).payload, b"not stopped");
    stage.quiet();
    stage.inside("its end").set_receiving(true);
    for index in 0..10 {
        stage.text(1, &index.to_string());
    }
    stage.quiet();
}
