//! What a program can read of an answer that is no valid upgrade (rules U1, G6), and how an error is shown.

mod memory;

use std::error::Error as _;

use connect_socket_core::{
    Action, AnswerError, Cause, Config, ConnectOptions, Error, Event, Session, Tape, Workspace,
};
use memory::NOW;

/// The error of a connect that is answered with these pieces, each read and taken by itself.
fn refused(pieces: &[&[u8]]) -> Error {
    let mut work = Workspace::default();
    let mut session = Session::new(Config::default(), Tape::default());
    let call = session.connect(NOW, &ConnectOptions::new("ws://192.0.2.1/private?token=SECRET"));
    let Some(Action::Dial { transport, .. }) = session.poll_action() else { panic!("no dial") };
    session.handle_connected(NOW, transport);
    let request = session.poll_transmit(transport, &mut work).len();
    session.handle_transmitted(NOW, transport, request).expect("as offered");
    let mut settled = None;
    for piece in pieces {
        session.handle_bytes(NOW, transport, piece, &mut work);
        if settled.is_none() {
            settled = session.poll_event(&mut work).map(Event::into_owned);
        }
    }
    let Some(Event::Settled { call: it, result: Err(error) }) = settled else { panic!("{settled:?}") };
    assert_eq!(it, call);
    let Some(Event::Error { error: again, .. }) = session.poll_event(&mut work) else { panic!("no error") };
    assert_eq!(error, again, "fail and onSocketError say the same");
    error
}

const HEAD: &[u8] =
    b"HTTP/1.1 503 Busy\r\nRetry-After:  30 \r\nSet-Cookie: a=SECRET\r\nWWW-Authenticate: Basic\r\n\
    set-cookie: b=2\r\nContent-Length: 9000\r\n\r\n";

#[test]
fn u1_status_headers_and_the_beginning_of_the_body_are_kept() {
    let error = refused(&[&[HEAD, b"come SECRET later"].concat()]);
    assert_eq!(error.cause(), &Cause::Answer(AnswerError::Status(503)));
    let answer = error.answer().expect("it was read");
    assert_eq!((answer.status, &*answer.body), (503, &b"come SECRET later"[..]));
    assert_eq!(answer.headers.get("retry-after"), Some("30"));
    assert_eq!(answer.headers.get("WWW-Authenticate"), Some("Basic"));
    assert!(answer.headers.get_all("Set-Cookie").eq(["a=SECRET", "b=2"]), "each by itself");
    assert_eq!(answer.headers.get("location"), None);
    for shown in [format!("{error}"), format!("{error:?}"), format!("{answer:?}")] {
        assert!(!shown.contains("SECRET"), "G6: {shown}");
    }
}

#[test]
fn u1_the_error_does_not_wait_for_the_body() {
    let (front, rest) = HEAD.split_at(40);
    let error = refused(&[front, rest, b"too late"]);
    let answer = error.answer().expect("it was read");
    assert_eq!((answer.headers.len(), &*answer.body), (5, &b""[..]));
}

/// G7: as much of a body is kept as is promised, and no more.
#[test]
fn g7_at_most_4_kib_of_a_body_are_kept() {
    for (length, kept) in [(4096, 4096), (4097, 4096), (30_000, 4096)] {
        let error = refused(&[&[HEAD, &vec![b'x'; length]].concat()]);
        assert_eq!(error.answer().map(|answer| answer.body.len()), Some(kept));
    }
}

#[test]
fn answers_are_kept_whatever_is_wrong_with_them_once_their_head_is_there() {
    let head = b"HTTP/1.1 101 Switching Protocols\r\nX-Why: wrong key\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n\r\n\x81\x02hi";
    let error = refused(&[head]);
    assert_eq!(error.cause(), &Cause::Answer(AnswerError::Accept));
    let answer = error.answer().expect("it was read");
    assert_eq!((answer.status, answer.headers.get("X-Why")), (101, Some("wrong key")));
    assert!(answer.body.is_empty(), "what follows are frames");
    assert_eq!(refused(&[b"HTTP/1.0 200 OK\r\n\r\n"]).answer(), None, "nothing of it can be trusted");
}

/// `fn main() -> Result<(), Box<dyn Error>>` prints `{:?}`, and reporters print the sources behind the message.
#[test]
fn an_error_says_everything_once() {
    let error = refused(&[HEAD]);
    let words = "the server answered with HTTP status 503, not 101 (ws://192.0.2.1/private)";
    assert_eq!(error.to_string(), words);
    assert_eq!(format!("{error:?}"), format!("{words} [code 8]"));
    assert!(error.source().is_none());
}
