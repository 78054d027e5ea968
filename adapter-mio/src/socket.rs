//! One non-blocking TCP socket: from the connect to its release.

use std::ffi::c_int;
use std::io::{self, IoSlice, Read};
use std::net::{Shutdown, SocketAddr};

use connect_socket_core::host;
use mio::event::Event;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use socket2::SockRef;

/// A socket whose connect is under way.
pub(crate) struct Connect(TcpStream);

/// A connected socket.
pub(crate) struct Socket(TcpStream);

/// What a readiness event means for a socket that was connecting.
pub(crate) enum Connecting {
    /// Not decided yet.
    Unchanged,
    Done,
    Failed(io::Error),
}

impl Connect {
    pub(crate) fn begin(address: SocketAddr, registry: &Registry, token: Token) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address)?;
        registry.register(&mut stream, token, INTEREST)?;
        Ok(Self(stream))
    }

    /// Asks how the connect ended, which only the first writability can say.
    pub(crate) fn handle_event(&mut self, event: &Event) -> Connecting {
        if !(event.is_writable() || event.is_error()) {
            return Connecting::Unchanged;
        }
        match self.0.take_error() {
            Ok(Some(error)) | Err(error) => return Connecting::Failed(error),
            Ok(None) => {}
        }
        match self.0.peer_addr() {
            Ok(_) => {
                // A frame that waits for the acknowledgement of the one before it helps nobody; a system that
                // refuses is slower, not wrong.
                let _ = self.0.set_nodelay(true);
                Connecting::Done
            }
            // Writable before it is connected: some systems say so once too often.
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Connecting::Unchanged,
            Err(error) => Connecting::Failed(error),
        }
    }

    /// The socket, whatever became of the connect.
    pub(crate) fn finish(self) -> Socket {
        Socket(self.0)
    }
}

impl Socket {
    pub(crate) fn release(mut self, registry: &Registry) {
        // Dropping the socket takes it out of every registry that matters; this one is told in good form.
        let _ = registry.deregister(&mut self.0);
    }
}

impl host::Socket for Socket {
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

/// Linux says where there is urgent data only to those who ask. A read ends there, and what is behind it makes no edge of
/// its own.
#[cfg(any(target_os = "linux", target_os = "android"))]
const INTEREST: Interest = Interest::READABLE.add(Interest::WRITABLE).add(Interest::PRIORITY);
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const INTEREST: Interest = Interest::READABLE.add(Interest::WRITABLE);

/// Asks the system to answer a write to a peer that is gone with an error alone. By default it raises SIGPIPE, too, which
/// ends a program that does not ignore it: Rust's own start-up ignores it, hosts in other languages may not.
#[cfg(all(unix, not(target_vendor = "apple")))]
const NO_SIGNAL: c_int = libc::MSG_NOSIGNAL;
/// Apple's systems have an option of the socket instead, which mio sets; Windows has no such signal.
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
const NO_SIGNAL: c_int = 0;
