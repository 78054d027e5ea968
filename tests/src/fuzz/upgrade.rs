//! The parser of the server's answer against a plain second reading of rules U and Q5, and against itself
//! in pieces.
//!
//! The second reading takes the whole answer at once and looks at it line by line. Where the answer is
//! complete, both must agree on the verdict and, if it is accepted, on all that is told of it. Where it is
//! not, the parser may refuse only what no further byte could make right, and must wait otherwise.

use connect_socket_core::AnswerError;
use connect_socket_core::upgrade::{Answer, Response};

use super::source::{Cuts, Source};

/// The sample of RFC 6455 §1.3 and its answer.
const NONCE: [u8; 16] = *b"the sample nonce";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// Pieces that answers are made of, by one byte each, where the input is not the answer itself.
const PIECES: [&str; 48] = [
    "HTTP/1.1 101 Switching Protocols\r\n",
    "Upgrade: websocket\r\n",
    "Connection: Upgrade\r\n",
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
    "\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n",
    "HTTP/1.1 101\r\n",
    "HTTP/1.1 101 \n",
    "HTTP/1.1 503 Service Unavailable\r\n",
    "HTTP/1.0 101 Switching Protocols\r\n",
    "HTTP/1.1 199 \r\n",
    "HTTP/1.1 200 OK\r\n\r\nbody",
    "HTTP/1.1 99 No\r\n",
    "http/1.1 101 x\r\n",
    "upgrade:WebSocket \t\n",
    "Upgrade: websocket, h2c\r\n",
    "UPGRADE: \twebsocket\t \r\n",
    "Connection: keep-alive, UPGRADE\n",
    "connection: ,, upgrade ,\r\n",
    "Connection: close\r\n",
    "Connection: up grade\r\n",
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOO=\r\n",
    "sec-websocket-accept:s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\n",
    "Sec-WebSocket-Protocol: chat\r\n",
    "Sec-WebSocket-Protocol: superchat\n",
    "Sec-WebSocket-Protocol: Chat\r\n",
    "Sec-WebSocket-Protocol: chat, superchat\r\n",
    "Sec-WebSocket-Protocol:\r\n",
    "Sec-WebSocket-Protocol: , \t,\r\n",
    "Sec-WebSocket-Extensions: permessage-deflate\r\n",
    "Sec-WebSocket-Extensions: \r\n",
    "Content-Length: 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Set-Cookie: a=1\r\n",
    "set-cookie: b=2\n",
    "X-Latin: caf\u{e9}\r\n",
    " folded\r\n",
    "\tfolded\n",
    "Name : value\r\n",
    ": value\r\n",
    "no colon\r\n",
    "\r",
    "\n",
    "\0",
    "Sec-WebSocket-",
    "X: ",
    ": x\r\n",
];

/// The first byte chooses the offer and how the rest is read, the second the limit, the third the cuts.
pub fn upgrade(data: &[u8]) {
    let mut source = Source::new(data);
    let choice = source.byte();
    let limit = [16 * 1024, 400, 160, 1024][usize::from(choice >> 2 & 3)] + usize::from(source.byte() % 64);
    let cuts = source.byte();
    let offered: &[&str] =
        [&[][..], &["chat"], &["chat", "superchat"], &["v1", "superchat"]][usize::from(choice & 3)];
    let mut answer = Vec::new();
    if choice & 0x80 == 0 {
        answer.extend_from_slice(source.rest());
    } else {
        while !source.is_empty() && answer.len() < 64 * 1024 {
            write(&mut source, &mut answer);
        }
    }
    check(&answer, offered, limit, cuts);
}

fn write(source: &mut Source<'_>, answer: &mut Vec<u8>) {
    match source.byte() {
        // The whole of a plain answer, so that what follows is about what is behind it.
        0 => PIECES[..4].iter().for_each(|piece| answer.extend_from_slice(piece.as_bytes())),
        byte @ 1..=199 => answer.extend_from_slice(PIECES[usize::from(byte) % PIECES.len()].as_bytes()),
        // Repetition, to come near a limit.
        byte @ 200..=219 => {
            answer.extend_from_slice(b"P: ");
            answer.resize(answer.len() + usize::from(byte - 199) * 37, b'p');
            answer.extend_from_slice(b"\r\n");
        }
        byte => answer.extend_from_slice(source.take(usize::from(byte - 219))),
    }
}

/// What became of an answer.
#[derive(Debug, PartialEq)]
enum Verdict {
    Waits,
    Opens { response: Response, behind: usize },
    Refused(AnswerError),
}

fn check(answer: &[u8], offered: &[&str], limit: usize, cuts: u8) {
    let whole = read(answer, offered, limit, 0);
    for cuts in [1, cuts] {
        let cut = read(answer, offered, limit, cuts);
        assert_eq!(cut, whole, "the answer was cut differently: {cuts}");
    }
    let expected = expected(answer, offered, limit);
    match (&whole, &expected) {
        (Verdict::Opens { response, behind }, Expected::Opens { protocol, headers, behind: expected }) => {
            assert_eq!((&response.protocol, &response.headers.joined()), (protocol, headers));
            assert_eq!(behind, expected, "not all bytes behind the head are left");
        }
        (Verdict::Refused(error), Expected::Refused(code)) => {
            assert_eq!(error.code().number(), *code, "{error}");
        }
        (Verdict::Waits, Expected::Waits) => {}
        _ => panic!("{whole:?} instead of {expected:?}"),
    }
}

/// Gives the answer to the parser in pieces.
fn read(answer: &[u8], offered: &[&str], limit: usize, cuts: u8) -> Verdict {
    let offered: Vec<String> = offered.iter().map(|name| (*name).to_owned()).collect();
    let mut parser = Answer::new(NONCE, offered, limit);
    let mut cuts = Cuts::new(cuts);
    let mut rest = answer;
    while !rest.is_empty() {
        let (mut piece, behind) = rest.split_at(cuts.next().min(rest.len()));
        match parser.receive(&mut piece) {
            Ok(None) => assert!(piece.is_empty(), "bytes were left without a verdict"),
            Ok(Some(response)) => {
                let left = piece.len();
                assert_eq!(parser.receive(&mut piece), Ok(None));
                assert_eq!(piece.len(), left, "bytes behind the head were taken");
                return Verdict::Opens { response, behind: left + behind.len() };
            }
            Err(error) => {
                assert_eq!(parser.receive(&mut piece), Err(error.clone()), "an error did not stay");
                return Verdict::Refused(error);
            }
        }
        rest = behind;
    }
    Verdict::Waits
}

/// What the second reading expects: the code of rule C where it is refused.
#[derive(Debug)]
enum Expected {
    Waits,
    Opens { protocol: String, headers: Vec<(String, String)>, behind: usize },
    Refused(u8),
}

fn expected(answer: &[u8], offered: &[&str], limit: usize) -> Expected {
    // Q5: what is past the limit cannot belong to a head.
    let (visible, beyond) = answer.split_at(limit.min(answer.len()));
    let mut rest = visible;
    loop {
        let mut lines = Vec::new();
        loop {
            let (line, ended) = match rest.iter().position(|byte| *byte == b'\n') {
                Some(end) => {
                    let line = &rest[..end];
                    rest = &rest[end + 1..];
                    (line.strip_suffix(b"\r").unwrap_or(line), true)
                }
                None => (rest, false),
            };
            let first = lines.is_empty();
            if !ended {
                return match (can_become_right(line, first), beyond.is_empty()) {
                    (false, _) => Expected::Refused(8),
                    (true, true) => Expected::Waits,
                    (true, false) => Expected::Refused(12),
                };
            }
            if line.is_empty() && !first {
                break;
            }
            if !is_right(line, first) {
                return Expected::Refused(8);
            }
            lines.push(line);
        }
        // Three digits, as `is_right` saw.
        match lines[0].get(9..12) {
            Some(b"101") => return judged(&lines[1..], offered, rest.len() + beyond.len()),
            Some([b'1', ..]) => {}
            _ => return Expected::Refused(8),
        }
    }
}

/// U2 for a whole line.
fn is_right(line: &[u8], first: bool) -> bool {
    if first {
        let Some(rest) = line.strip_prefix(VERSION) else { return false };
        let Some((code, reason)) = rest.split_at_checked(3) else { return false };
        return is_status(code) && (reason.is_empty() || (reason[0] == b' ' && is_text(reason)));
    }
    line.iter().position(|byte| *byte == b':').is_some_and(|colon| {
        let (name, value) = line.split_at(colon);
        is_token(name) && !name.is_empty() && is_text(value)
    })
}

/// How every answer begins.
const VERSION: &[u8] = b"HTTP/1.1 ";

/// U2 for a line whose end is not here yet. A CR at its end may still be that of the line's end.
fn can_become_right(line: &[u8], first: bool) -> bool {
    let (line, cr) = match line.strip_suffix(b"\r") {
        Some(line) => (line, true),
        None => (line, false),
    };
    if cr {
        return is_right(line, first) || (line.is_empty() && !first);
    }
    if first {
        return match line.strip_prefix(VERSION) {
            None => VERSION.starts_with(line),
            Some(code) if code.len() < 3 => is_status_begin(code),
            Some(_) => is_right(line, true),
        };
    }
    match line.iter().position(|byte| *byte == b':') {
        Some(_) => is_right(line, false),
        None => is_token(line),
    }
}

/// RFC 9112 §4: three digits, and codes begin at 100.
fn is_status(code: &[u8]) -> bool {
    code.len() == 3 && is_status_begin(code)
}

fn is_status_begin(code: &[u8]) -> bool {
    code.iter().all(u8::is_ascii_digit) && code.first() != Some(&b'0')
}

fn is_token(name: &[u8]) -> bool {
    name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))
}

fn is_text(text: &[u8]) -> bool {
    text.iter().all(|byte| !byte.is_ascii_control() || *byte == b'\t')
}

/// U3 to U6.
fn judged(lines: &[&[u8]], offered: &[&str], behind: usize) -> Expected {
    let latin = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
    let fields: Vec<(String, String)> = lines
        .iter()
        .filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let value = latin(&line[colon + 1..]);
            Some((latin(&line[..colon]).to_ascii_lowercase(), value.trim_matches([' ', '\t']).to_owned()))
        })
        .collect();
    let all = |name: &str| -> Vec<&str> {
        fields.iter().filter(|field| field.0 == name).map(|field| field.1.as_str()).collect()
    };
    let upgrades = matches!(all("upgrade")[..], [value] if value.eq_ignore_ascii_case("websocket"));
    let connects = all("connection")
        .join(",")
        .split(',')
        .any(|token| token.trim_matches([' ', '\t']).eq_ignore_ascii_case("upgrade"));
    if !upgrades || !connects || all("sec-websocket-accept")[..] != [ACCEPT] {
        return Expected::Refused(8);
    }
    let is_nothing = |value: &&str| value.trim_matches([' ', '\t', ',']).is_empty();
    let chosen = all("sec-websocket-protocol");
    let extensions = all("sec-websocket-extensions");
    if chosen.iter().any(is_nothing) || extensions.iter().any(is_nothing) {
        return Expected::Refused(8);
    }
    let protocol = match chosen[..] {
        [] => String::new(),
        _ if offered.is_empty() => return Expected::Refused(9),
        [one] if offered.contains(&one) => one.to_owned(),
        _ => return Expected::Refused(8),
    };
    if !extensions.is_empty() {
        return Expected::Refused(8);
    }
    let mut headers: Vec<(String, String)> = Vec::new();
    for (name, value) in fields {
        match headers.iter_mut().find(|header| header.0 == name) {
            Some(header) => header.1 = format!("{}, {value}", header.1),
            None => headers.push((name, value)),
        }
    }
    Expected::Opens { protocol, headers, behind }
}
