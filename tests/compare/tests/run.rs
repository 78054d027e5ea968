//! Every program of COMPARE.md does its task against a server.

use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use compare::Result;
use tungstenite::protocol::{CloseFrame, frame::coding::CloseCode};
use tungstenite::{Error, accept};

/// A server that greets each client and gives the close reason that each sent, or what it sent back. It closes
/// itself once it was answered, or at once where it is told to.
fn serve(closes: bool) -> Result<(String, Receiver<String>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let url = format!("ws://127.0.0.1:{}/", listener.local_addr()?.port());
    let (seen, receiver) = channel();
    thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let mut socket = accept(stream).expect("an upgrade");
            socket.send("hello".into()).expect("a client that listens");
            let close = || Some(CloseFrame { code: CloseCode::Normal, reason: "bye".into() });
            if closes {
                socket.close(close()).expect("a client that listens");
                let _ = seen.send("closed".into());
            }
            loop {
                match socket.read() {
                    Ok(message) if message.is_text() => {
                        let _ = seen.send(message.to_string());
                        socket.close(close()).expect("a client that listens");
                    }
                    Ok(tungstenite::Message::Close(Some(frame))) if !closes => {
                        let _ = seen.send(frame.reason.to_string());
                    }
                    Ok(_) => {}
                    Err(Error::ConnectionClosed | Error::Io(_) | Error::Protocol(_)) => break,
                    Err(error) => panic!("{error}"),
                }
            }
        }
    });
    Ok((url, receiver))
}

fn tokio<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

/// The three tasks of one library.
fn check(
    echo: impl FnOnce(&str) -> Result,
    stay: impl FnOnce(&str, u32) -> Result,
    leave: impl FnOnce(&str) -> Result,
) -> Result {
    let (url, seen) = serve(false)?;
    echo(&url)?;
    assert_eq!(seen.recv()?, "hello");

    let (url, seen) = serve(true)?;
    stay(&url, 2)?;
    assert_eq!([seen.recv()?, seen.recv()?], ["closed", "closed"]);

    let (url, seen) = serve(false)?;
    leave(&url)?;
    assert_eq!(seen.recv()?, "done");
    Ok(())
}

#[test]
fn ours() -> Result {
    use compare::ours::{echo, leave, stay};
    check(|url| tokio(echo(url)), |url, attempts| tokio(stay(url, attempts)), |url| tokio(leave(url)))
}

#[test]
fn tungstenite() -> Result {
    use compare::tungstenite::{echo, leave, stay};
    check(echo, stay, leave)
}

#[test]
fn tokio_tungstenite() -> Result {
    use compare::tokio_tungstenite::{echo, leave, stay};
    check(|url| tokio(echo(url)), |url, attempts| tokio(stay(url, attempts)), |url| tokio(leave(url)))
}

#[test]
fn async_tungstenite() -> Result {
    use compare::async_tungstenite::{echo, leave, stay};
    check(
        |url| smol::block_on(echo(url)),
        |url, attempts| smol::block_on(stay(url, attempts)),
        |url| smol::block_on(leave(url)),
    )
}

#[test]
fn tokio_websockets() -> Result {
    use compare::tokio_websockets::{echo, leave, stay};
    check(|url| tokio(echo(url)), |url, attempts| tokio(stay(url, attempts)), |url| tokio(leave(url)))
}

#[test]
fn fastwebsockets() -> Result {
    use compare::fastwebsockets::{echo, leave, stay};
    check(|url| tokio(echo(url)), |url, attempts| tokio(stay(url, attempts)), |url| tokio(leave(url)))
}
