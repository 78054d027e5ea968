//! The tour's server: another implementation (tungstenite), on a thread of its own, that echoes what it gets and
//! reports what it sees.

// The signature of its callback is tungstenite's.
#![allow(clippy::result_large_err, clippy::unnecessary_wraps)]

use std::io;
use std::net::{TcpListener, TcpStream};
use std::thread;

use tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tungstenite::{Message, accept_hdr};

use super::Input;

/// Serves this many connections on a free port of the loopback interface, and returns its url.
pub(crate) fn start(connections: u64, tell: impl Fn(Input) + Clone + Send + 'static) -> io::Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let url = format!("ws://{}", listener.local_addr()?);
    thread::spawn(move || {
        for connection in 1..=connections {
            let Ok((stream, _)) = listener.accept() else { return };
            let tell = tell.clone();
            thread::spawn(move || {
                let say = |words: String, ended: bool| tell(Input::Server { connection, words, ended });
                let last = echo(stream, &say).unwrap_or_else(|error| format!("failed: {error}"));
                say(last, true);
            });
        }
    });
    Ok(url)
}

/// Echoes until the other side closes, and returns its code and reason.
fn echo(stream: TcpStream, say: &impl Fn(String, bool)) -> Result<String, tungstenite::Error> {
    stream.set_nodelay(true)?;
    let upgrade = |request: &Request, mut response: Response| -> Result<Response, ErrorResponse> {
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        say(format!("request for {}", request.uri()), false);
        if let Some(greeting) = header("greeting") {
            say(format!("header greeting: {greeting}"), false);
        }
        if let Some(offer) = request.headers().get("sec-websocket-protocol") {
            response.headers_mut().insert("sec-websocket-protocol", offer.clone());
        }
        Ok(response)
    };
    let mut socket = accept_hdr(stream, upgrade).map_err(|error| match error {
        tungstenite::HandshakeError::Failure(error) => error,
        tungstenite::HandshakeError::Interrupted(_) => tungstenite::Error::AttackAttempt,
    })?;
    let mut closed = "the stream ended without a close frame".to_owned();
    loop {
        match socket.read() {
            Ok(message @ (Message::Text(_) | Message::Binary(_))) => socket.send(message)?,
            Ok(Message::Close(frame)) => {
                closed = frame.map_or("close frame without a code".to_owned(), |frame| {
                    format!("close frame {} {:?}", u16::from(frame.code), frame.reason.as_str())
                });
            }
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {}
            Err(tungstenite::Error::ConnectionClosed) => return Ok(closed),
            Err(error) => return Err(error),
        }
    }
}
