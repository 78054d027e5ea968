//! Messages that travel compressed (RFC 7692; semantics U5, F1 to F3), with the usual preferences.

use connect_socket_core::deflate::Compression;
use connect_socket_core::frame::InflateError;

use super::prelude::*;
use crate::peers::deflate::Codecs;

fn config() -> Config {
    Config::default().compression(Compression::default())
}

/// Takes the offer, and bounds the server's window as is asked.
const ACCEPTED: &str = "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10\r\n";

fn open(wire: &mut Wire) {
    let head = wire.head();
    wire.send(&wire::accept(&head, ACCEPTED));
}

/// A server that takes the offer, sends `bytes` and tells what it gets.
fn server_sending(bytes: Vec<u8>) -> ScriptedServer {
    ScriptedServer::start(move |mut wire| {
        open(&mut wire);
        wire.send(&bytes);
        wire.tell_all();
    })
}

/// A text that compresses.
fn json(number: usize) -> String {
    format!(r#"{{"number":{number},"symbol":"BTC-USD","price":"{}","side":"buy"}}"#, number * 7919)
        .repeat(2 + number)
}

/// A script that sends back what comes, compressed, with a ping in the middle, and tells the length of what it got.
fn echoing(count: usize) -> impl FnOnce(Wire) + Send + 'static {
    move |mut wire| {
        open(&mut wire);
        let mut codecs = Codecs::new(10);
        for _ in 0..count {
            let frame = wire.frame();
            assert_eq!(frame.first & 0xf0, 0xc0, "final and compressed");
            wire.tell(Told::Bytes(vec![0; frame.payload.len()]));
            let message = codecs.inflate(&frame.payload);
            let compressed = codecs.deflate(&message);
            let (front, back) = compressed.split_at(compressed.len() / 2);
            let opcode = frame.opcode();
            wire.send(
                &[frames::raw(0x40 | opcode, front), frames::ping(b"?"), frames::raw(0x80, back)].concat(),
            );
            assert_eq!(wire.frame().first, 0x8a, "a pong, uncompressed");
        }
        wire.tell_all();
    }
}

fn echo<C: Client>(stage: &mut Stage<C>, server: &ScriptedServer, url: &str) {
    const COUNT: usize = 6;
    let call = stage.connect(url);
    stage.success(call);
    stage.open(1);
    let mut lengths = Vec::new();
    let head = hear_head(stage, server);
    assert!(
        head.contains("\r\nSec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10; "),
        "{head}"
    );
    for number in 0..COUNT {
        let text = json(number);
        let call = if number == 2 {
            stage.send_payload(Payload::Binary(text.as_bytes()))
        } else {
            stage.send(&text)
        };
        stage.success(call);
        if number == 2 {
            stage.binary(1, text.as_bytes());
        } else {
            stage.text(1, &text);
        }
        match stage.hear(server.told()) {
            Told::Bytes(bytes) => lengths.push((text.len(), bytes.len())),
            other => panic!("{other:?}"),
        }
    }
    assert!(lengths[1..].iter().all(|(whole, compressed)| compressed * 2 < *whole), "{lengths:?}");
}

pub(super) fn messages_go_and_come_compressed<C: Client>() {
    let server = ScriptedServer::start(echoing(6));
    let mut stage = Stage::<C>::with(config());
    echo(&mut stage, &server, &server.url());
}

pub(super) fn messages_go_and_come_compressed_behind_tls<C: Client>() {
    let server = ScriptedServer::start_tls(certs::server(Leaf::Good), echoing(6));
    let mut stage = Stage::<C>::with(trusting().compression(Compression::default()));
    echo(&mut stage, &server, &server.wss_url());
}

pub(super) fn a_server_need_not_take_the_offer<C: Client>() {
    let mut stage = Stage::<C>::with(config());
    stage.works(1);
    stage.quiet();
}

pub(super) fn an_answer_that_the_offer_does_not_allow_is_8<C: Client>() {
    let mut stage = Stage::<C>::with(config());
    for (number, (line, named)) in (1..).zip([
        ("permessage-deflate; client_max_window_bits", "client_max_window_bits"),
        ("permessage-deflate; server_max_window_bits=7", "server_max_window_bits"),
        ("permessage-deflate; client_no_context_takeover=1", "client_no_context_takeover"),
        ("permessage-deflate; mux", "mux"),
        ("permessage-deflate, permessage-deflate", "more than once"),
        ("permessage-bzip2", "not offered"),
    ]) {
        let server = ScriptedServer::start(move |mut wire| {
            let head = wire.head();
            let _ = wire.try_send(&wire::accept(&head, &format!("Sec-WebSocket-Extensions: {line}\r\n")));
            wire.until_end();
        });
        let call = stage.connect(&server.url());
        let error = stage.failed(call, number, 8);
        assert!(error.message.contains(named), "{line}: {error:?}");
        let answer = |cause: &Cause| {
            matches!(cause, Cause::Answer(AnswerError::Compression(_) | AnswerError::Extension))
        };
        assert!(error.was_like(answer), "{error:?}");
    }
    stage.quiet();
}

/// The connection fails with this code for what a server sends.
fn fails_with<C: Client>(stage: &mut Stage<C>, number: u64, bytes: Vec<u8>, close_code: u16) -> Raised {
    let server = server_sending(bytes);
    stage.connected(&server.url(), number);
    let (code, cause) = if close_code == 1009 { (12, TooBig) } else { (1, Protocol) };
    let error = stage.error(number, code);
    stage.ended(number, close_code, cause);
    hear_head(stage, &server);
    assert_eq!(hear_frame(stage, &server).close().0, close_code, "{error:?}");
    error
}

pub(super) fn compressed_frames_that_nobody_may_send_are_1002<C: Client>() {
    let mut stage = Stage::<C>::with(config());
    for (number, bytes) in (1..).zip([
        frames::raw(0xc9, b""),
        frames::raw(0xc8, b""),
        frames::raw(0xe1, b"\0"),
        [frames::raw(0x41, b"\xf2"), frames::raw(0xc0, b"\0")].concat(),
    ]) {
        let raised = fails_with(&mut stage, number, bytes, 1002);
        assert!(raised.was(&Cause::Frame(FrameError::ReservedBits)), "{raised:?}");
    }
    stage.quiet();
}

pub(super) fn what_does_not_inflate_is_1007<C: Client>() {
    let mut stage = Stage::<C>::with(config());
    let not_utf8 = Codecs::new(10).deflate(b"text \xff");
    for (number, (bytes, error)) in (1..).zip([
        (frames::raw(0xc1, &[0x07]), FrameError::Compressed(InflateError::Malformed)),
        (frames::raw(0xc2, &[0xf2, 0x48]), FrameError::Compressed(InflateError::Unfinished)),
        // RFC 7692 §7.2.3.4, and more.
        (
            frames::raw(0xc2, &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0, 0xf2]),
            FrameError::Compressed(InflateError::DataAfterFinalBlock),
        ),
        (frames::raw(0xc1, &not_utf8), FrameError::TextNotUtf8),
        // F2: at once, in a message that is not all there.
        (frames::raw(0x41, &not_utf8), FrameError::TextNotUtf8),
    ]) {
        let raised = fails_with(&mut stage, number, bytes, 1007);
        assert!(raised.was(&Cause::Frame(error)), "{raised:?}");
    }
    stage.quiet();
}

pub(super) fn what_inflates_to_more_than_the_limit_is_12<C: Client>() {
    const LIMIT: usize = 100_000;
    let mut stage = Stage::<C>::with(config().message_limit(LIMIT).frame_limit(LIMIT));
    let exactly = Codecs::new(10).deflate(&vec![7; LIMIT]);
    assert!(exactly.len() < LIMIT / 100);
    let server = server_sending(frames::raw(0xc2, &exactly));
    stage.connected(&server.url(), 1);
    stage.binary(1, &vec![7; LIMIT]);
    let close = stage.close();
    stage.success(close);
    drop(server);
    stage.ended(1, 1006, Local);
    for (number, length) in (2..).zip([LIMIT + 1, 50 * LIMIT]) {
        let bytes = frames::raw(0xc2, &Codecs::new(10).deflate(&vec![7; length]));
        let raised = fails_with(&mut stage, number, bytes, 1009);
        let too_big = |cause: &Cause| matches!(cause, Cause::Frame(FrameError::MessageTooBig { limit, .. }) if *limit == LIMIT as u64);
        assert!(raised.was_like(too_big), "{raised:?}");
    }
    stage.quiet();
}

pub(super) fn pending_sends_fail_with_the_peers_close_compressed<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        open(&mut wire);
        wire.read_little();
        wire.mark("open");
        wire.pause();
        wire.send(&frames::close(1001, "away"));
        wire.pause();
        wire.until_end();
    });
    let mut stage = Stage::<C>::with(config());
    // A line that a program reads is later than what it has read from the server.
    stage.inside("sends that come before the server's close");
    stage.connected(&server.url(), 1);
    hear_head(&mut stage, &server);
    stage.hear_mark(server.told(), "open");
    // More than the system takes, and does not compress.
    let mut random = 1_u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (random >> 24) as u8
    })
    .take(8 << 20)
    .collect();
    let large = stage.send_payload(Payload::Binary(&noise));
    let behind = stage.send(&json(1));
    server.resume();
    stage.fail(large, 11);
    stage.fail(behind, 11);
    stage.closed(1, 1001, "away", Remote);
    server.resume();
}
