//! One non-blocking TCP socket: from the connect to its release.

use std::ffi::c_int;
use std::io::{self, IoSlice, Write};
use std::net::{Shutdown, SocketAddr};

use connect_socket_core::{Entropy, Link, Session, Time, TransportId, Workspace};
use mio::event::Event;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use socket2::SockRef;

pub(crate) struct Socket {
    /// The place of the session that it is of.
    pub(crate) session: usize,
    stream: TcpStream,
    /// The connect is still under way.
    connecting: bool,
    link: Link,
}

/// What a readiness event means for a socket that was connecting.
pub(crate) enum Connecting {
    /// Not decided yet, or long done.
    Unchanged,
    Done,
    Failed(io::Error),
}

impl Socket {
    pub(crate) fn connect(
        session: usize,
        transport: TransportId,
        address: SocketAddr,
        registry: &Registry,
        token: Token,
    ) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address)?;
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Self { session, stream, connecting: true, link: Link::new(transport) })
    }

    pub(crate) fn transport(&self) -> TransportId {
        self.link.transport()
    }

    /// Notes what became possible. A socket that was connecting is asked how that ended, which only the first
    /// writability can say.
    pub(crate) fn handle_event(&mut self, event: &Event) -> Connecting {
        if event.is_readable() {
            self.link.set_readable();
        }
        if event.is_read_closed() || event.is_error() {
            self.link.set_read_closed();
        }
        if event.is_writable() {
            self.link.set_writable();
        }
        if !self.connecting || !(event.is_writable() || event.is_error()) {
            return Connecting::Unchanged;
        }
        match self.stream.take_error() {
            Ok(Some(error)) | Err(error) => return Connecting::Failed(error),
            Ok(None) => {}
        }
        match self.stream.peer_addr() {
            Ok(_) => {
                self.connecting = false;
                // A frame that waits for the acknowledgement of the one before it helps nobody; a system that
                // refuses is slower, not wrong.
                let _ = self.stream.set_nodelay(true);
                Connecting::Done
            }
            // Writable before it is connected: some systems say so once too often.
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Connecting::Unchanged,
            Err(error) => Connecting::Failed(error),
        }
    }

    /// Whether a read is worth a try.
    pub(crate) fn is_readable(&self) -> bool {
        self.link.is_readable() && !self.connecting
    }

    /// Reads once; see [`Link::read`].
    pub(crate) fn read<E: Entropy>(
        &mut self,
        now: Time,
        session: &mut Session<E>,
        work: &mut Workspace,
    ) -> Option<usize> {
        if self.connecting { None } else { self.link.read(&self.stream, now, session, work) }
    }

    /// Writes what there is; see [`Link::write`].
    pub(crate) fn write<E: Entropy>(
        &mut self,
        now: Time,
        session: &mut Session<E>,
        work: &mut Workspace,
    ) -> bool {
        !self.connecting && self.link.write(Quiet(&self.stream), now, session, work)
    }

    pub(crate) fn shut_down_write(&self) {
        // Where the peer is gone already there is nothing to shut down.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    pub(crate) fn release(mut self, registry: &Registry) {
        // Dropping the socket takes it out of every registry that matters; this one is told in good form.
        let _ = registry.deregister(&mut self.stream);
    }
}

/// Asks the system to answer a write to a peer that is gone with an error alone. By default it raises SIGPIPE, too, which
/// ends a program that does not ignore it: Rust's own start-up ignores it, hosts in other languages may not.
#[cfg(all(unix, not(target_vendor = "apple")))]
const NO_SIGNAL: c_int = libc::MSG_NOSIGNAL;
/// Apple's systems have an option of the socket instead, which mio sets; Windows has no such signal.
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
const NO_SIGNAL: c_int = 0;

/// The socket to be written to, without a signal.
struct Quiet<'a>(&'a TcpStream);

impl Write for Quiet<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_io(|| SockRef::from(self.0).send_vectored_with_flags(slices, NO_SIGNAL))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
