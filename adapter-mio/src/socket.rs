//! One non-blocking TCP socket.

use std::ffi::c_int;
use std::io::{self, IoSlice, Read};
use std::net::{Shutdown, SocketAddr};

use connect_socket_core::host;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use socket2::SockRef;

/// It is connected, or being connected.
pub(crate) struct Socket(TcpStream);

impl Socket {
    /// Begins to connect.
    pub(crate) fn connect(address: SocketAddr, registry: &Registry, token: Token) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address)?;
        registry.register(&mut stream, token, INTEREST)?;
        Ok(Self(stream))
    }

    pub(crate) fn release(mut self, registry: &Registry) {
        // Dropping the socket takes it out of every registry that matters; this one is told in good form.
        let _ = registry.deregister(&mut self.0);
    }
}

impl host::Socket for Socket {
    fn is_connected(&mut self) -> io::Result<bool> {
        match self.0.take_error().and_then(|error| error.map_or_else(|| self.0.peer_addr(), Err)) {
            Err(error) if error.kind() == io::ErrorKind::NotConnected => return Ok(false),
            result => result?,
        };
        // A frame that waits for the acknowledgement of the one before it helps nobody; a system that refuses is slower,
        // not wrong.
        let _ = self.0.set_nodelay(true);
        Ok(true)
    }

    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }

    fn write(&mut self, from: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_io(|| SockRef::from(&self.0).send_vectored_with_flags(from, NO_SIGNAL))
    }

    fn shut_down_write(&mut self) {
        // Where the peer is gone already there is nothing to shut down.
        let _ = self.0.shutdown(Shutdown::Write);
    }
}

/// Linux says where there is urgent data only to those who ask. A read ends there, and what is behind it makes no edge.
#[cfg(any(target_os = "linux", target_os = "android"))]
const INTEREST: Interest = Interest::READABLE.add(Interest::WRITABLE).add(Interest::PRIORITY);
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const INTEREST: Interest = Interest::READABLE.add(Interest::WRITABLE);

/// By default a write to a peer that is gone raises SIGPIPE, which ends a program that does not ignore it: Rust's own
/// start-up ignores it, hosts in other languages may not. With this it is an error alone.
#[cfg(all(unix, not(target_vendor = "apple")))]
const NO_SIGNAL: c_int = libc::MSG_NOSIGNAL;
/// Apple's systems have an option of the socket instead, which mio sets; Windows has no such signal.
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
const NO_SIGNAL: c_int = 0;
