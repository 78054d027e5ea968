//! What runs without a file: a script that shows the life of a connection, and its server.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use crate::host::Source;

/// The script.
pub(crate) fn script() -> Source {
    Source { name: "tour.js".to_owned(), text: include_str!("tour.js").to_owned() }
}

/// Starts a server that sends every message back as long as the process lives, and returns its url.
pub(crate) fn serve() -> io::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let url = format!("ws://{}/", listener.local_addr()?);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || echo(stream));
        }
    });
    Ok(url)
}

fn echo(stream: TcpStream) {
    let Ok(mut socket) = tungstenite::accept(stream) else { return };
    while let Ok(message) = socket.read() {
        // Reading on answers a close frame.
        if (message.is_text() || message.is_binary()) && socket.send(message).is_err() {
            return;
        }
    }
}
