//! The server's answer: what opens, and what is 8, 9 or 12 (rules U, Q5; sequence 8).

use super::prelude::*;

/// Connects to a server that answers with `answer(request head)`, and gives the error with this code.
fn refuses<C: Client>(
    stage: &mut Stage<C>,
    number: u64,
    code: u8,
    options: impl FnOnce(&str) -> ConnectOptions,
    answer: impl FnOnce(&str) -> Vec<u8> + Send + 'static,
) -> Raised {
    let server = ScriptedServer::start(move |mut wire| {
        let head = wire.head();
        // The client may go in the middle of it.
        let _ = wire.try_send(&answer(&head));
        wire.until_end();
    });
    let call = stage.connect_with(&options(&server.url()));
    let error = stage.failed(call, number, code);
    hear_head(stage, &server);
    assert!(matches!(stage.hear(server.told()), Told::End(_)), "the transport is dropped");
    error
}

/// Each of these answers is 8, for a request that offers nothing. `{accept}` stands for the right key.
fn each_is_8<C: Client>(answers: &[&'static str]) {
    let mut stage = Stage::<C>::new();
    for (number, answer) in (1..).zip(answers.iter().copied()) {
        let error = refuses(
            &mut stage,
            number,
            8,
            |url| ConnectOptions::new(url),
            |head| answer.replace("{accept}", &wire::accept_key(head)).into_bytes(),
        );
        assert!(error.was_like(|cause| matches!(cause, Cause::Answer(_))), "{answer:?}: {error:?}");
    }
    stage.quiet();
}

/// Each of these answers opens.
fn each_opens<C: Client>(answers: &[&'static str]) {
    let mut stage = Stage::<C>::new();
    for (number, answer) in (1..).zip(answers.iter().copied()) {
        let server = ScriptedServer::start(move |mut wire| {
            let head = wire.head();
            wire.send(answer.replace("{accept}", &wire::accept_key(&head)).as_bytes());
            wire.send(&frames::text("hello"));
            wire.tell_all();
        });
        let call = stage.connect(&server.url());
        stage.success(call);
        stage.open(number);
        stage.text(number, "hello");
        let close = stage.close();
        stage.success(close);
        hear_head(&mut stage, &server);
        assert_eq!(hear_frame(&mut stage, &server).close().0, 1000);
        drop(server);
        stage.closed(number, 1006, "", Local);
    }
    stage.quiet();
}

pub(super) fn s08_status_is_8_and_said<C: Client>() {
    let mut stage = Stage::<C>::new();
    for (number, status) in (1..).zip([200, 204, 301, 400, 401, 403, 404, 426, 500, 503]) {
        let error = refuses(
            &mut stage,
            number,
            8,
            |url| ConnectOptions::new(url),
            move |_| {
                // U1: the body is not awaited, and no redirect is followed.
                format!(
                    "HTTP/1.1 {status} Words\r\nContent-Length: 9000\r\nLocation: ws://127.0.0.1:1/\r\n\r\n"
                )
                .into_bytes()
            },
        );
        assert!(error.was(&Cause::Answer(AnswerError::Status(status))));
        assert!(error.message.contains(&status.to_string()), "{error:?}");
    }
    stage.quiet();
}

pub(super) fn s08_wrong_accept_is_8<C: Client>() {
    let mut stage = Stage::<C>::new();
    let other = |_: &str| {
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
          Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
            .to_vec()
    };
    let error = refuses(&mut stage, 1, 8, |url| ConnectOptions::new(url), other);
    assert!(error.was(&Cause::Answer(AnswerError::Accept)));
    stage.works(2);
}

pub(super) fn s08_unoffered_subprotocol_is_9<C: Client>() {
    let mut stage = Stage::<C>::new();
    let error = refuses(
        &mut stage,
        1,
        9,
        |url| ConnectOptions::new(url),
        |head| wire::accept(head, "Sec-WebSocket-Protocol: chat\r\n"),
    );
    assert!(error.was(&Cause::Answer(AnswerError::SubprotocolUnasked)));
    stage.works(2);
}

pub(super) fn s08_offered_subprotocol_opens<C: Client>() {
    let server = EchoServer::with(EchoOptions { subprotocol: Some("superchat"), ..EchoOptions::default() });
    let offers = [
        ConnectOptions::new(server.url()).header("sec-websocket-protocol", "chat, superchat"),
        ConnectOptions::new(server.url()).protocol("chat").protocol("superchat"),
        ConnectOptions::new(server.url()).header("Sec-WebSocket-Protocol", "chat").protocol("superchat"),
    ];
    let mut stage = Stage::<C>::new();
    for (number, offer) in (1..).zip(&offers) {
        let call = stage.connect_with(offer);
        stage.success(call);
        assert_eq!(stage.open(number).response.protocol, "superchat");
        let close = stage.close();
        stage.success(close);
        stage.closed(number, 1000, "", Local);
    }
    stage.quiet();
}

pub(super) fn no_subprotocol_of_those_offered_opens<C: Client>() {
    let server = EchoServer::start();
    let mut stage = Stage::<C>::new();
    let call = stage.connect_with(&ConnectOptions::new(server.url()).protocol("chat"));
    stage.success(call);
    assert_eq!(stage.open(1).response.protocol, "", "U4");
}

pub(super) fn another_subprotocol_is_8<C: Client>() {
    let mut stage = Stage::<C>::new();
    let lines = [
        "Sec-WebSocket-Protocol: superchat\r\n",
        "Sec-WebSocket-Protocol: CHAT\r\n",
        "Sec-WebSocket-Protocol: chat, chat\r\n",
        "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: chat\r\n",
        "Sec-WebSocket-Protocol: \r\n",
    ];
    for (number, line) in (1..).zip(lines) {
        refuses(
            &mut stage,
            number,
            8,
            |url| ConnectOptions::new(url).protocol("chat"),
            move |head| wire::accept(head, line),
        );
    }
    // U4: an empty line is 8 though nothing was offered.
    refuses(
        &mut stage,
        6,
        8,
        |url| ConnectOptions::new(url),
        |head| wire::accept(head, "Sec-WebSocket-Protocol:\r\n"),
    );
    stage.works(7);
}

pub(super) fn unoffered_extension_is_8<C: Client>() {
    each_is_8::<C>(&[
        "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\
         Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
        "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\
         Sec-WebSocket-Extensions:\r\n\r\n",
    ]);
}

pub(super) fn missing_or_repeated_headers_are_8<C: Client>() {
    each_is_8::<C>(&[
        "HTTP/1.1 101 S\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n",
        "HTTP/1.1 101 S\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n",
        "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n",
        "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n",
        "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: close\r\nSec-WebSocket-Accept: {accept}\r\n\r\n",
        "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n",
    ]);
}

pub(super) fn malformed_answers_are_8_at_once<C: Client>() {
    // None of these heads is complete: it is enough that they cannot be right any more (U2).
    each_is_8::<C>(&[
        "SSH-2.0-OpenSSH_9.2p1\r\n",
        "HTTP/1.0 101 Switching Protocols\r\n",
        "HTTP/2 101\r\n",
        "\r\nHTTP/1.1 101 S\r\n",
        "HTTP/1.1 1x1 S\r\n",
        "HTTP/1.1 101 S\r\nUpgrade : websocket\r\n",
        "HTTP/1.1 101 S\r\nUpgrade: web\r\n socket\r\n",
        "HTTP/1.1 101 S\r\nno colon here\r\n",
        "HTTP/1.1 101 S\r\nX: a\u{1}b\r\n",
        "HTTP/1.1 101 S\r\n: no name\r\n",
    ]);
}

pub(super) fn unusual_answers_open<C: Client>() {
    each_opens::<C>(&[
        // Bare LF line ends, and no reason phrase (U2).
        "HTTP/1.1 101\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Accept: {accept}\n\n",
        "HTTP/1.1 101 \r\nupgrade: WebSocket\r\nCONNECTION: keep-alive, UPGRADE\r\n\
         sec-websocket-accept: {accept}\r\n\r\n",
        // Connection over two lines (U3).
        "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: keep-alive\r\nConnection: upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n",
        // U6: no body, whatever these say.
        "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\
         Content-Length: 100\r\nTransfer-Encoding: chunked\r\n\r\n",
        // U1: interim answers, one of them with headers of its own.
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nUpgrade: nothing\r\n\r\n\
         HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n",
    ]);
}

pub(super) fn an_answer_that_drips_opens<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        let head = wire.head();
        let answer =
            [wire::accept(&head, "X-Long: yes\r\n"), frames::text("dripped"), frames::close(1000, "")];
        wire.drip(&answer.concat());
        wire.tell_all();
    });
    let mut stage = Stage::<C>::new();
    stage.connected(&server.url(), 1);
    stage.text(1, "dripped");
    stage.closed(1, 1000, "", Remote);
}

pub(super) fn headers_of_the_answer_are_shown<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        let head = wire.head();
        let mut answer = wire::accept(&head, "X-Many: one\r\nX-Between: \t b \t\r\nx-many: two\r\n");
        answer.truncate(answer.len() - 2);
        answer.extend_from_slice(b"X-Latin: caf\xe9\r\n\r\n");
        wire.send(&answer);
        wire.tell_all();
    });
    let mut stage = Stage::<C>::new();
    let opened = stage.connected(&server.url(), 1);
    let joined = opened.response.headers.joined();
    let headers: Vec<_> = joined.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(headers[..2], [("upgrade", "websocket"), ("connection", "Upgrade")]);
    assert_eq!(headers[2].0, "sec-websocket-accept");
    assert_eq!(headers[3..], [("x-many", "one, two"), ("x-between", "b"), ("x-latin", "café")], "U2");
}

fn padded(head: &str, interim: &str, total: usize) -> Vec<u8> {
    let bare = interim.len() + wire::accept(head, "X-Pad: \r\n").len();
    let pad = "p".repeat(total - bare);
    [interim.as_bytes(), &wire::accept(head, &format!("X-Pad: {pad}\r\n"))].concat()
}

pub(super) fn head_of_exactly_the_limit_opens<C: Client>() {
    let config = || Config::default().response_head_limit(700);
    for interim in ["", "HTTP/1.1 100 Continue\r\n\r\n"] {
        let server = ScriptedServer::start(move |mut wire| {
            let head = wire.head();
            // Bytes behind the head do not count.
            wire.send(&[padded(&head, interim, 700), frames::binary(&[1; 5000])].concat());
            wire.tell_all();
        });
        let mut stage = Stage::<C>::with(config());
        stage.connected(&server.url(), 1);
        stage.binary(1, &[1; 5000]);
    }
}

pub(super) fn head_over_the_limit_is_12<C: Client>() {
    let mut stage = Stage::<C>::with(Config::default().response_head_limit(700));
    let too_long = Cause::Answer(AnswerError::HeadTooLong { limit: 700 });
    for (number, interim) in (1..).zip(["", "HTTP/1.1 100 Continue\r\n\r\n"]) {
        let error = refuses(
            &mut stage,
            number,
            12,
            |url| ConnectOptions::new(url),
            move |head| padded(head, interim, 701),
        );
        assert!(error.was(&too_long));
    }
    // Q5: whatever its status.
    let error = refuses(
        &mut stage,
        3,
        12,
        |url| ConnectOptions::new(url),
        |_| format!("HTTP/1.1 503 Busy\r\nX-Pad: {}", "p".repeat(2000)).into_bytes(),
    );
    assert!(error.was(&too_long));
    stage.works(4);
}

pub(super) fn many_headers_open<C: Client>() {
    let server = ScriptedServer::start(|mut wire| {
        let head = wire.head();
        wire.send(&wire::accept(&head, &"a:b\r\n".repeat(2500)));
        wire.tell_all();
    });
    let mut stage = Stage::<C>::new();
    let opened = stage.connected(&server.url(), 1);
    assert_eq!(opened.response.headers.joined().len(), 4, "Q5: as many as fit below the limit");
}
