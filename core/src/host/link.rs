//! One connected socket between the system and a session: when a read or a write is worth a try, and what to report to
//! the session. Every host that does not block needs these rules, whatever its loop.

use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Write};

use crate::entropy::Entropy;
use crate::ids::TransportId;
use crate::session::Session;
use crate::time::Time;
use crate::workspace::Workspace;

/// What a host knows about one connected socket, and the rules for reading and writing it. The socket itself stays with
/// the host, and must not block.
///
/// It keeps readiness until the system says otherwise. So it fits pollers that report every edge once (mio), pollers
/// that have to be asked again (`polling`, async-io), and loops that just try.
///
/// ```no_run
/// use connect_socket_core::{Link, SeededEntropy, Session, Time, TransportId, Workspace};
/// use std::net::TcpStream;
///
/// /// One turn for a socket that the poller has called; `false` when it is to be asked again.
/// fn turn(
///     now: Time,
///     session: &mut Session<SeededEntropy>,
///     work: &mut Workspace,
///     socket: &TcpStream,
///     link: &mut Link,
/// ) -> bool {
///     link.write(socket, now, session, work) || link.read(socket, now, session, work).is_some()
/// }
/// ```
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what the system said of one socket, each on its own")]
pub struct Link {
    transport: TransportId,
    /// A read may give something.
    readable: bool,
    /// A write may take something.
    writable: bool,
    /// A short read may not have emptied the socket.
    more: bool,
    /// Nothing more can be read.
    read_ended: bool,
    /// Nothing more can be written.
    write_ended: bool,
}

impl Link {
    /// The state of the socket that was connected for `transport`. A first read and a first write are worth a try.
    pub const fn new(transport: TransportId) -> Self {
        Self {
            transport,
            readable: true,
            writable: true,
            // Windows does not promise a new edge for bytes that come after a short read.
            more: cfg!(windows),
            read_ended: false,
            write_ended: false,
        }
    }

    /// The id of the transport.
    pub const fn transport(&self) -> TransportId {
        self.transport
    }

    /// The system says that the socket is readable.
    pub const fn set_readable(&mut self) {
        self.readable = true;
    }

    /// The system says that the socket is writable.
    pub const fn set_writable(&mut self) {
        self.writable = true;
    }

    /// The peer has shut down. Its last bytes and the end may have come together, so a short read may not have read
    /// everything.
    pub const fn set_read_closed(&mut self) {
        self.readable = true;
        self.more = true;
    }

    /// Whether a read is worth a try.
    pub const fn is_readable(&self) -> bool {
        self.readable && !self.read_ended
    }

    /// Whether a write is worth a try.
    pub(crate) const fn is_writable(&self) -> bool {
        self.writable && !self.write_ended
    }

    /// Whether the session wants to read, and the system has to say when a read is worth a try.
    pub fn awaits_read<E: Entropy>(&self, session: &Session<E>) -> bool {
        self.is_read_blocked() && session.wants_read(self.transport)
    }

    /// Whether there is something to write, and the system has to say when a write is worth a try.
    pub fn awaits_write<E: Entropy>(&self, session: &Session<E>) -> bool {
        self.is_write_blocked() && session.wants_write(self.transport)
    }

    /// Whether a read is pointless until the system reports readiness.
    pub(crate) const fn is_read_blocked(&self) -> bool {
        !self.readable && !self.read_ended
    }

    /// Whether a write is pointless until the system reports readiness.
    pub(crate) const fn is_write_blocked(&self) -> bool {
        !self.writable && !self.write_ended
    }

    /// Reads once and hands the bytes to the session. Returns how many bytes there were: 0 for an end or an error, and
    /// none if there was nothing to report or the session wants nothing now.
    pub fn read<E: Entropy>(
        &mut self,
        mut socket: impl Read,
        now: Time,
        session: &mut Session<E>,
        work: &mut Workspace,
    ) -> Option<usize> {
        self.read_at_most(usize::MAX, &mut socket, now, session, work)
    }

    /// The same, for at most `most` bytes. Not inlined: a pass of a hub in which nothing is read would save registers for it.
    #[inline(never)]
    pub(crate) fn read_at_most<E: Entropy>(
        &mut self,
        most: usize,
        socket: &mut impl Read,
        now: Time,
        session: &mut Session<E>,
        work: &mut Workspace,
    ) -> Option<usize> {
        if !self.is_readable() {
            return None;
        }
        let mut space = session.receive_space(self.transport, work)?;
        let [first, second] = space.slices_at_most(most);
        let (alone, room) = (first.len(), first.len() + second.len());
        let result = if second.is_empty() {
            retrying(|| socket.read(first))
        } else {
            let mut slices = [first, second].map(IoSliceMut::new);
            retrying(|| socket.read_vectored(&mut slices))
        };
        match result {
            Ok(0) => self.end(None, now, session),
            Ok(count) => {
                // A short read has emptied the socket, and the next bytes make a new edge. So no second call is needed
                // to learn that there is nothing. A socket without vectored reads fills the first part alone.
                self.readable = count >= room || count == alone || self.more;
                // This never reports more than fits.
                let _ = space.filled(now, count.min(room));
                return Some(count);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.readable = false;
                return None;
            }
            Err(error) => self.end(Some(error), now, session),
        }
        Some(0)
    }

    /// Writes what the session has for this socket, until there is no more or the system takes no more. Says whether
    /// the session now has something to report: calls that succeed, or that fail because writing failed.
    pub fn write<E: Entropy>(
        &mut self,
        mut socket: impl Write,
        now: Time,
        session: &mut Session<E>,
        work: &mut Workspace,
    ) -> bool {
        self.write_at_most(usize::MAX, &mut socket, now, session, work).is_some()
    }

    /// The same, but stops once `most` bytes or more are written. Returns how many were: 0 if writing failed at once,
    /// and none if nothing happened. Not inlined, for the same reason.
    #[inline(never)]
    pub(crate) fn write_at_most<E: Entropy>(
        &mut self,
        most: usize,
        socket: &mut impl Write,
        now: Time,
        session: &mut Session<E>,
        work: &mut Workspace,
    ) -> Option<usize> {
        let mut written = None;
        // Usually there is nothing, or nothing more, to write. To ask costs less than to look for it.
        while self.is_writable() && written.unwrap_or(0) < most && session.wants_write(self.transport) {
            let transmit = session.poll_transmit(self.transport, work);
            if transmit.is_empty() {
                break;
            }
            // On Linux, a ping-pong over loopback takes 2 % less with one slice in a call for one.
            let result = retrying(|| match transmit.alone() {
                Some(slice) => socket.write(slice),
                None => socket.write_vectored(&transmit.slices().map(IoSlice::new)),
            });
            match result {
                Ok(0) => self.writable = false,
                Ok(count) => {
                    let count = count.min(transmit.len());
                    written = Some(written.unwrap_or(0) + count);
                    // This never reports more than was offered.
                    let _ = session.handle_transmitted(now, self.transport, count);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.writable = false,
                Err(error) => {
                    written = written.or(Some(0));
                    self.write_ended = true;
                    // Everything that the peer sent before still has to be read (rule F7).
                    self.set_read_closed();
                    session.handle_write_failed(now, self.transport, error.into());
                }
            }
        }
        written
    }

    /// The system will report nothing more about the socket.
    pub fn fail<E: Entropy>(&mut self, error: io::Error, now: Time, session: &mut Session<E>) {
        self.write_ended = true;
        self.end(Some(error), now, session);
    }

    /// Nothing more will be read. Reports why.
    fn end<E: Entropy>(&mut self, error: Option<io::Error>, now: Time, session: &mut Session<E>) {
        self.read_ended = true;
        match error {
            Some(error) => session.handle_transport_error(now, self.transport, error.into()),
            None => session.handle_end_of_stream(now, self.transport),
        }
    }
}

fn retrying(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
