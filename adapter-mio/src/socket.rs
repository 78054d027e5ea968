//! One non-blocking TCP socket.

use std::ffi::c_int;
use std::io::{self, IoSlice, IoSliceMut, Read};
use std::net::{Shutdown, SocketAddr};

use connect_socket_core::host;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use socket2::SockRef;

/// A socket that is connected, or being connected.
pub(crate) struct Socket(TcpStream);

impl Socket {
    /// Begins to connect.
    pub(crate) fn connect(address: SocketAddr, registry: &Registry, token: Token) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address)?;
        registry.register(&mut stream, token, INTEREST)?;
        Ok(Self(stream))
    }

    pub(crate) fn release(mut self, registry: &Registry) {
        // Dropping the socket removes it from the system's poller anyway; this is the orderly way for mio.
        let _ = registry.deregister(&mut self.0);
    }
}

impl host::Socket for Socket {
    fn is_connected(&mut self) -> io::Result<bool> {
        match self.0.take_error().and_then(|error| error.map_or_else(|| self.0.peer_addr(), Err)) {
            Err(error) if error.kind() == io::ErrorKind::NotConnected => return Ok(false),
            result => result?,
        };
        // A frame must not wait for the acknowledgement of the one before it. If the system refuses this option, it is
        // only slower.
        let _ = self.0.set_nodelay(true);
        Ok(true)
    }

    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }

    fn read_vectored(&mut self, into: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.0.read_vectored(into)
    }

    fn write(&mut self, from: &[IoSlice<'_>]) -> io::Result<usize> {
        let socket = SockRef::from(&self.0);
        self.0.try_io(|| match from {
            [slice] => socket.send_with_flags(slice, NO_SIGNAL),
            slices => socket.send_vectored_with_flags(slices, NO_SIGNAL),
        })
    }

    fn shut_down_write(&mut self) {
        // If the peer is already gone, there is nothing to shut down.
        let _ = self.0.shutdown(Shutdown::Write);
    }
}

/// Linux reports urgent data only if asked to. A read stops there, and the bytes after it make no edge.
#[cfg(any(target_os = "linux", target_os = "android"))]
const INTEREST: Interest = Interest::READABLE.add(Interest::WRITABLE).add(Interest::PRIORITY);
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const INTEREST: Interest = Interest::READABLE.add(Interest::WRITABLE);

/// By default, a write to a peer that is gone raises SIGPIPE, which ends a program that does not ignore it. Rust's own
/// start-up ignores it, but hosts in other languages may not. With this flag, the write only fails.
#[cfg(all(unix, not(target_vendor = "apple")))]
const NO_SIGNAL: c_int = libc::MSG_NOSIGNAL;
/// Apple's systems have a socket option instead, which mio sets. Windows has no such signal.
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
const NO_SIGNAL: c_int = 0;
