//! The rules U1 to U6 and Q5, each with answers that keep it and answers that break it, in every split.

use proptest::prelude::*;

use super::*;

const NONCE: [u8; 16] = *b"the sample nonce";
const UPGRADE: &str = "Upgrade: websocket\r\n";
const CONNECTION: &str = "Connection: Upgrade\r\n";
const ACCEPT: &str = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

type Outcome = Result<Option<Response>, AnswerError>;

fn offer(names: &[&str]) -> Arc<[String]> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Feeds `bytes` in pieces of `size`; the outcome, and what was left behind the head.
fn read_in(bytes: &[u8], size: usize, offered: &[&str], limit: usize) -> (Outcome, Vec<u8>) {
    let mut answer = Answer::new(NONCE, offer(offered), limit);
    let mut start = 0;
    for piece in bytes.chunks(size) {
        let mut input = piece;
        match answer.receive(&mut input) {
            Ok(None) => assert!(input.is_empty()),
            Err(error) => {
                assert_eq!(answer.receive(&mut &b"HTTP/1.1 101\r\n"[..]), Err(error.clone()), "done is done");
                return (Err(error), vec![]);
            }
            done => {
                assert_eq!(answer.receive(&mut input), Ok(None), "done is done");
                let used = start + piece.len() - input.len();
                return (done, bytes[used..].to_vec());
            }
        }
        start += piece.len();
    }
    (Ok(None), vec![])
}

/// The outcome of `bytes`, which must not depend on how they are cut.
fn read_offering(bytes: impl AsRef<[u8]>, offered: &[&str]) -> Outcome {
    let bytes = bytes.as_ref();
    let whole = read_in(bytes, usize::MAX, offered, 16 * 1024);
    for size in 1..bytes.len().min(400) {
        assert_eq!(read_in(bytes, size, offered, 16 * 1024), whole, "in pieces of {size}");
    }
    whole.0
}

fn read(bytes: impl AsRef<[u8]>) -> Outcome {
    read_offering(bytes, &[])
}

/// An answer that is right but for the lines given on top.
fn with(lines: &str) -> String {
    format!("HTTP/1.1 101 Switching Protocols\r\n{UPGRADE}{CONNECTION}{ACCEPT}{lines}\r\n")
}

fn protocol_of(outcome: Outcome) -> Result<String, AnswerError> {
    outcome.map(|response| response.map_or("none yet".to_owned(), |response| response.protocol))
}

fn is_malformed(outcome: &Outcome) -> bool {
    matches!(outcome, Err(AnswerError::Malformed(_)))
}

#[test]
fn u1_interim_answers_are_skipped() {
    let interim =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103\nLink: x\n\nHTTP/1.1 199 \r\nUpgrade: h2c\r\n\r\n";
    assert_eq!(read(format!("{interim}{}", with(""))), read(with("")));
    assert_eq!(read(format!("{interim}HTTP/1.1 404 Gone\r\n\r\n")), Err(AnswerError::Status(404)));
    assert!(is_malformed(&read(format!("HTTP/1.1 100\r\n\r\n\r\n{}", with("")))));
}

#[test]
fn u1_a_final_status_is_told_once_its_head_is_complete() {
    for status in [200, 204, 301, 401, 426, 503, 600, 999] {
        let head = format!("HTTP/1.1 {status} Words\r\nContent-Length: 5\r\nLocation: /x\r\n\r");
        assert_eq!(read(&head), Ok(None));
        assert_eq!(read(format!("{head}\nhello")), Err(AnswerError::Status(status)));
    }
}

#[test]
fn u2_what_http_1_1_allows() {
    for status_line in
        ["HTTP/1.1 101", "HTTP/1.1 101 ", "HTTP/1.1 101 a\tb ~", "HTTP/1.1 101   x", "HTTP/1.1 101 \u{e9}"]
    {
        assert!(matches!(
            read(with("").replace("HTTP/1.1 101 Switching Protocols", status_line)),
            Ok(Some(_))
        ));
    }
    assert_eq!(read(with("").replace("\r\n", "\n")), read(with("")));
    assert_eq!(read(with("").replace("\r\n\r\n", "\r\n\n")), read(with("")));
    let padded = with("").replace(": ", ":\t  ").replace("\r\n", " \t\r\n").replace("\n \t\r\n", "\n\r\n");
    assert_eq!(read(padded), read(with("")));
}

#[test]
fn u2_what_is_malformed_and_at_which_byte() {
    let good = with("");
    // (what stands in for the status line or behind it, how many bytes of it are fine)
    for (bytes, fine) in [
        ("\r\nHTTP/1.1 101\r\n", 0),
        (" HTTP/1.1 101\r\n", 0),
        ("http/1.1 101\r\n", 0),
        ("\u{16}\u{3}\u{1}", 0),
        ("HTTP/1.0 101\r\n", 7),
        ("HTTP/2 101\r\n", 5),
        ("HTTP/1.10 101\r\n", 8),
        ("HTTP/1.1\t101\r\n", 8),
        ("HTTP/1.1  101\r\n", 9),
        ("HTTP/1.1 099\r\n", 9),
        ("HTTP/1.1 10 x\r\n", 11),
        ("HTTP/1.1 1011\r\n", 12),
        ("HTTP/1.1 101\tx\r\n", 12),
        ("HTTP/1.1 101 a\0b\r\n", 14),
        ("HTTP/1.1 101 a\u{7f}b\r\n", 14),
        ("HTTP/1.1 101\rx", 13),
        ("HTTP/1.1 101\r\r\n", 13),
        ("HTTP/1.1 101\r\n X: y\r\n", 14),
        ("HTTP/1.1 101\r\nA: b\r\n folded\r\n", 20),
        ("HTTP/1.1 101\r\nA: b\n\tfolded\n", 19),
        ("HTTP/1.1 101\r\nA : b\r\n", 15),
        ("HTTP/1.1 101\r\nA\t: b\r\n", 15),
        ("HTTP/1.1 101\r\n: b\r\n", 14),
        ("HTTP/1.1 101\r\nAb\r\n", 16),
        ("HTTP/1.1 101\r\nAb\n", 16),
        ("HTTP/1.1 101\r\nA(b: c\r\n", 15),
        ("HTTP/1.1 101\r\n\u{e9}: c\r\n", 14),
        ("HTTP/1.1 101\r\nA: b\u{1}\r\n", 18),
        ("HTTP/1.1 101\r\nA: b\u{7f}\r\n", 18),
        ("HTTP/1.1 101\r\nA: b\rC: d\r\n", 19),
        ("HTTP/1.1 101\r\nA: b\r\n\rx", 21),
        ("HTTP/1.1 100\r\n\rx", 15),
        ("HTTP/1.1 404\r\n\rx", 15),
    ] {
        let bytes = format!("{bytes}{good}").into_bytes();
        assert_eq!(read(&bytes[..fine]), Ok(None), "{:?}", String::from_utf8_lossy(&bytes[..fine]));
        assert!(is_malformed(&read(&bytes[..=fine])), "{:?}", String::from_utf8_lossy(&bytes[..=fine]));
        assert!(is_malformed(&read(&bytes)));
    }
}

/// Each byte in the midst of a reason phrase, a name and a value, with the head cut at each place.
#[test]
fn u2_which_bytes_each_part_may_have() {
    type MayHave = fn(u8) -> bool;
    let text = |byte| byte == b'\t' || byte >= b' ' && byte != 0x7f;
    // A second colon is a byte of the value.
    let name = |byte: u8| byte.is_ascii_graphic() && !b"\"(),/;<=>?@[\\]{}".contains(&byte);
    let parts: [(&str, &str, MayHave); 3] = [
        ("HTTP/1.1 404 Wo", "rds\r\nName: value\r\n\r\n", text),
        ("HTTP/1.1 404\r\nNa", "me: value\r\n\r\n", name),
        ("HTTP/1.1 404\r\nName: va", "lue\r\n\r\n", text),
    ];
    for (before, behind, may_have) in parts {
        for byte in (0..=u8::MAX).filter(|byte| !b"\r\n".contains(byte)) {
            let head = [before.as_bytes(), &[byte], behind.as_bytes()].concat();
            for cut in 0..=head.len() {
                let mut answer = Answer::new(NONCE, offer(&[]), 1024);
                let (mut first, mut second) = head.split_at(cut);
                let outcome = answer.receive(&mut first).and_then(|_| answer.receive(&mut second));
                let malformed = is_malformed(&outcome);
                assert_eq!(malformed, !may_have(byte), "{byte:#x} behind {before:?}, cut at {cut}");
                assert!(malformed || outcome == Err(AnswerError::Status(404)));
            }
        }
    }
}

/// A server of wss ends what is no TLS with an alert (RFC 8446 §6), and the error says what that is.
#[test]
fn u2_an_answer_in_tls_is_recognised() {
    for record in [&b"\x15\x03\x01\x00\x02\x02\x0a"[..], b"\x16\x03\x03"] {
        let Err(error) = read(record) else { panic!("{record:?} is no answer") };
        assert!(is_malformed(&Err(error.clone())));
        assert!(error.to_string().contains("the port is for wss"), "{error}");
    }
}

#[test]
fn u2_headers_are_shown_as_they_came() {
    let mut bytes =
        b"HTTP/1.1 101\r\nX-One: a\r\nSet-Cookie: \r\nx-ONE:\tb, c \r\nX-Latin: \xe9\x80\xff\r\n".to_vec();
    bytes.extend_from_slice(format!("{UPGRADE}{CONNECTION}{ACCEPT}\r\n").as_bytes());
    let headers = read(bytes).map(|response| response.map(|response| response.headers));
    let expected = [
        ("x-one", "a"),
        ("set-cookie", ""),
        ("x-one", "b, c"),
        ("x-latin", "\u{e9}\u{80}\u{ff}"),
        ("upgrade", "websocket"),
        ("connection", "Upgrade"),
        ("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
    ];
    assert_eq!(headers, Ok(Some(expected.into_iter().collect())));
    assert!(headers.iter().flatten().all(|headers| !headers.is_empty()));
    assert!(Headers::default().is_empty());
    let joined = headers.map(|headers| headers.map(|headers| headers.joined().swap_remove(0)));
    assert_eq!(joined, Ok(Some(("x-one".to_owned(), "a, b, c".to_owned()))), "as a script has them");
}

#[test]
fn u3_upgrade_connection_and_accept() {
    let good = with("");
    for (from, to, expected) in [
        (UPGRADE, "", AnswerError::Upgrade),
        (UPGRADE, "Upgrade: h2c\r\n", AnswerError::Upgrade),
        (UPGRADE, "Upgrade: websocket, h2c\r\n", AnswerError::Upgrade),
        (UPGRADE, "Upgrade: websocket/13\r\n", AnswerError::Upgrade),
        (UPGRADE, "Upgrade: websocket\r\nUPGRADE: websocket\r\n", AnswerError::Upgrade),
        (CONNECTION, "", AnswerError::Connection),
        (CONNECTION, "Connection: keep-alive\r\n", AnswerError::Connection),
        (CONNECTION, "Connection: upgrades, not upgrade\r\n", AnswerError::Connection),
        (ACCEPT, "", AnswerError::Accept),
        (ACCEPT, "Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", AnswerError::Accept),
        (ACCEPT, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo\r\n", AnswerError::Accept),
        (ACCEPT, &ACCEPT.repeat(2), AnswerError::Accept),
    ] {
        assert_eq!(read(good.replace(from, to)), Err(expected), "{to}");
    }
    for (from, to) in [
        (UPGRADE, "UPGRADE:WebSocket\r\n"),
        (CONNECTION, "Connection: keep-alive ,,\tUPGRADE\r\n"),
        (CONNECTION, "Connection: keep-alive\r\nconnection: upgrade\r\n"),
        (ACCEPT, "sec-websocket-accept:s3pPLMBiTxaQ9kYGzzhZRbK+xOo= \r\n"),
    ] {
        assert!(matches!(read(good.replace(from, to)), Ok(Some(_))), "{to}");
    }
}

#[test]
fn u4_subprotocols() {
    let chosen = |lines: &str, offered: &[&str]| protocol_of(read_offering(with(lines), offered));
    let line = "Sec-WebSocket-Protocol: chat\r\n";
    assert_eq!(chosen("", &[]), Ok(String::new()));
    assert_eq!(chosen("", &["chat"]), Ok(String::new()));
    assert_eq!(chosen(line, &["x", "chat"]), Ok("chat".to_owned()));
    assert_eq!(chosen("sec-websocket-protocol:\tchat \r\n", &["chat"]), Ok("chat".to_owned()));
    assert_eq!(chosen(line, &[]), Err(AnswerError::SubprotocolUnasked));
    assert_eq!(chosen(&line.repeat(2), &[]), Err(AnswerError::SubprotocolUnasked));
    assert_eq!(chosen("Sec-WebSocket-Protocol: a, b\r\n", &[]), Err(AnswerError::SubprotocolUnasked));
    for offered in [&["x", "Chat"][..], &["chat", "chat2"]] {
        for lines in
            ["Sec-WebSocket-Protocol: other\r\n", "Sec-WebSocket-Protocol: chat, chat2\r\n", &line.repeat(2)]
        {
            assert_eq!(chosen(lines, offered), Err(AnswerError::Subprotocol), "{lines}");
        }
    }
    for empty in
        ["Sec-WebSocket-Protocol:\r\n", "Sec-WebSocket-Protocol:  \t\r\n", "Sec-WebSocket-Protocol: ,\r\n"]
    {
        assert_eq!(chosen(empty, &[]), Err(AnswerError::Subprotocol));
        assert_eq!(chosen(empty, &["chat"]), Err(AnswerError::Subprotocol));
        assert_eq!(chosen(&format!("{line}{empty}"), &["chat"]), Err(AnswerError::Subprotocol));
        assert_eq!(chosen(&format!("{line}{empty}"), &[]), Err(AnswerError::Subprotocol));
    }
    let both = format!("{line}Sec-WebSocket-Extensions:\r\n");
    assert_eq!(chosen(&both, &[]), Err(AnswerError::Extension), "an empty line is 8 in any case");
}

#[test]
fn u5_extensions_were_not_offered() {
    for value in ["", " ", "permessage-deflate", "x;y=z", ","] {
        let line = format!("Sec-WebSocket-Extensions: {value}\r\n");
        assert_eq!(read(with(&line)), Err(AnswerError::Extension), "{value:?}");
    }
}

#[test]
fn u6_what_follows_the_blank_line_is_frames() {
    let mut bytes = with("Content-Length: 99\r\nTransfer-Encoding: chunked\r\n").into_bytes();
    bytes.extend_from_slice(b"\x81\x02hi");
    for size in 1..=bytes.len() {
        let (outcome, rest) = read_in(&bytes, size, &[], 1024);
        assert!(matches!(outcome, Ok(Some(_))));
        assert_eq!(rest, b"\x81\x02hi");
    }
}

#[test]
fn q5_exactly_the_limit_passes_and_counts_every_head() {
    for bytes in [with(""), format!("HTTP/1.1 100\r\n\r\n{}", with(""))] {
        let too_long = |limit| Err(AnswerError::HeadTooLong { limit });
        for size in [1, 7, 16, usize::MAX] {
            let framed = format!("{bytes}frames");
            assert!(matches!(read_in(framed.as_bytes(), size, &[], bytes.len()).0, Ok(Some(_))));
            assert_eq!(read_in(framed.as_bytes(), size, &[], bytes.len() - 1).0, too_long(bytes.len() - 1));
            assert_eq!(read_in(&bytes.as_bytes()[..20], size, &[], 20).0, Ok(None));
            assert_eq!(read_in(&bytes.as_bytes()[..21], size, &[], 20).0, too_long(20));
            assert_eq!(read_in(bytes.as_bytes(), size, &[], 0).0, too_long(0));
        }
    }
}

#[test]
fn q5_a_long_head_is_12_whatever_its_status_but_a_bad_one_is_bad_where_it_is() {
    let long = |status_line: &str| format!("{status_line}\r\nX: {}\r\n\r\n", "y".repeat(20_000));
    for size in [1, 4096, usize::MAX] {
        for status_line in ["HTTP/1.1 101", "HTTP/1.1 503 Busy"] {
            let outcome = read_in(long(status_line).as_bytes(), size, &[], 16 * 1024).0;
            assert_eq!(outcome, Err(AnswerError::HeadTooLong { limit: 16 * 1024 }));
        }
        assert!(is_malformed(&read_in(long("HTTP/1.0 101").as_bytes(), size, &[], 16 * 1024).0));
    }
}

#[test]
fn q5_the_number_of_headers_has_no_limit() {
    let many: Vec<String> = (0..5000).map(|index| format!("h{}: v\r\n", index % 2500)).collect();
    let bytes = with(&many.concat());
    for size in [1, usize::MAX] {
        let Ok(Some(response)) = read_in(bytes.as_bytes(), size, &[], bytes.len()).0 else {
            panic!("accepted")
        };
        assert_eq!(response.headers.len(), 5003);
        let joined = response.headers.joined();
        assert_eq!(joined.len(), 2503);
        assert_eq!(joined.last(), Some(&("h2499".to_owned(), "v, v".to_owned())));
    }
}

proptest! {
    #[test]
    fn g7_any_bytes_come_to_the_same_end_in_any_split(
        cut in 0usize..200,
        noise in prop::collection::vec(any::<u8>(), 0..40),
        size in 1usize..60,
        limit in 0usize..300,
    ) {
        let good = with("");
        let mut bytes = good.as_bytes()[..cut.min(good.len())].to_vec();
        bytes.extend(noise);
        prop_assert_eq!(read_in(&bytes, size, &[], limit), read_in(&bytes, usize::MAX, &[], limit));
    }

    /// What the scanner passes is read as another parser reads it, with refused answers, too.
    #[test]
    fn u2_headers_are_those_that_httparse_finds(
        noise in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(&b" \t\r\n:Aa"[..])], 0..12),
        status in prop::sample::select(vec!["101", "404"]),
    ) {
        let mut bytes = format!("HTTP/1.1 {status} ").into_bytes();
        bytes.extend(&noise);
        bytes.extend(b"\r\nA");
        bytes.extend(&noise);
        bytes.extend(b":");
        bytes.extend(&noise);
        bytes.extend(b"\r\n\r\n");
        let mut input = &bytes[..];
        let mut answer = Answer::new(NONCE, offer(&[]), usize::MAX);
        let outcome = answer.receive(&mut input);
        if !is_malformed(&outcome) {
            let head = &bytes[..bytes.len() - input.len()];
            let mut lines = [httparse::EMPTY_HEADER; 16];
            let mut parsed = httparse::Response::new(&mut lines);
            prop_assert_eq!(parsed.parse(head), Ok(httparse::Status::Complete(head.len())));
            let theirs: Headers = parsed.headers.iter().map(|line| (line.name, latin_1_without_blanks(line.value))).collect();
            prop_assert_eq!(answer.take_refused().map(|refused| refused.headers), Some(theirs));
        }
    }
}

fn latin_1_without_blanks(value: &[u8]) -> String {
    let text: String = value.iter().map(|byte| char::from(*byte)).collect();
    text.trim_matches([' ', '\t']).to_owned()
}
