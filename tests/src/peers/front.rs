//! A front that ends TLS: what comes to it over TLS goes on to a server that knows none, and back. For servers that are not
//! ours to change.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rustls::{ServerConfig, ServerConnection};

const PIECE: usize = 16 * 1024;

/// Starts a front of the server at `behind`, and gives its address. It serves until the process ends.
///
/// # Errors
/// The system has no port or no thread for it.
pub fn start(tls: Arc<ServerConfig>, behind: SocketAddr) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::Builder::new().name("tls-front".into()).spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            // A connection that does not come about is closed, which whoever waits for it notices.
            if let Err(error) = serve(&tls, client, behind) {
                eprintln!("tls front: {error}");
            }
        }
    })?;
    Ok(address)
}

/// One connection: a thread for each direction.
fn serve(tls: &Arc<ServerConfig>, client: TcpStream, behind: SocketAddr) -> io::Result<()> {
    let server = TcpStream::connect(behind)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let tls = ServerConnection::new(Arc::clone(tls)).map_err(io::Error::other)?;
    let one = Arc::new(Mutex::new(End { tls, client: client.try_clone()? }));
    let (other, server_too) = (Arc::clone(&one), server.try_clone()?);
    thread::Builder::new().spawn(move || inwards(client, &one, server))?;
    thread::Builder::new().spawn(move || outwards(server_too, &other))?;
    Ok(())
}

/// The front's side of a TLS connection. Whoever has it writes what it has to say, so that records stay in order.
struct End {
    tls: ServerConnection,
    client: TcpStream,
}

impl End {
    fn write(&mut self) -> io::Result<()> {
        while self.tls.wants_write() {
            self.tls.write_tls(&mut self.client)?;
        }
        Ok(())
    }

    /// Takes what came over TLS, and gives what is in it.
    fn take(&mut self, mut wire: &[u8]) -> io::Result<Vec<u8>> {
        let mut plain = Vec::new();
        while !wire.is_empty() {
            self.tls.read_tls(&mut wire)?;
            let state = self.tls.process_new_packets().map_err(io::Error::other);
            let there = state.as_ref().map_or(0, rustls::IoState::plaintext_bytes_to_read);
            // An alert says what is wrong.
            self.write()?;
            state?;
            let before = plain.len();
            plain.resize(before + there, 0);
            self.tls.reader().read_exact(&mut plain[before..])?;
        }
        Ok(plain)
    }

    fn send(&mut self, mut plain: &[u8]) -> io::Result<()> {
        while !plain.is_empty() {
            let count = self.tls.writer().write(plain)?;
            plain = &plain[count..];
            self.write()?;
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        self.tls.send_close_notify();
        self.write()?;
        self.client.shutdown(Shutdown::Write)
    }
}

/// What the client sends, to the server. An error on one side is an end for the other.
fn inwards(mut client: TcpStream, end: &Mutex<End>, mut server: TcpStream) {
    let mut wire = vec![0; PIECE];
    while let Ok(count @ 1..) = client.read(&mut wire) {
        let plain = end.lock().unwrap_or_else(PoisonError::into_inner).take(&wire[..count]);
        if !plain.is_ok_and(|plain| server.write_all(&plain).is_ok()) {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Write);
}

/// What the server sends, to the client.
fn outwards(mut server: TcpStream, end: &Mutex<End>) {
    let mut plain = vec![0; PIECE];
    while let Ok(count @ 1..) = server.read(&mut plain) {
        if end.lock().unwrap_or_else(PoisonError::into_inner).send(&plain[..count]).is_err() {
            return;
        }
    }
    let _ = end.lock().unwrap_or_else(PoisonError::into_inner).end();
}
