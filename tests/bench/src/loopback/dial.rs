//! The upgrade by hand, the same for every peer: what it costs is no part of the messages' rows.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::pattern::Pattern;

/// The request of an upgrade. Its key is the example of RFC 6455.
pub(crate) fn request(address: SocketAddr, path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
}

/// A connection that is upgraded. It blocks.
pub(crate) fn connect(server: SocketAddr, pattern: &Pattern) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_nodelay(true)?;
    stream.write_all(request(server, &pattern.path()).as_bytes())?;
    let mut answer = Vec::new();
    let mut piece = [0; 1024];
    while !answer.ends_with(b"\r\n\r\n") {
        // The server says no more before it is asked.
        let count = stream.read(&mut piece)?;
        answer.extend_from_slice(piece.get(..count).filter(|piece| !piece.is_empty()).unwrap_or(b"\r\n\r\n"));
    }
    if !answer.starts_with(b"HTTP/1.1 101 ") {
        return Err(io::Error::other("the server has not upgraded"));
    }
    Ok(stream)
}

/// The same, for loops that do not block.
pub(crate) fn connect_nonblocking(server: SocketAddr, pattern: &Pattern) -> io::Result<TcpStream> {
    let stream = connect(server, pattern)?;
    stream.set_nonblocking(true)?;
    Ok(stream)
}
