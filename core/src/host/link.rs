//! One connected socket between the system and a session: when a read or a write is worth a try, and what comes of
//! it. Every host that does not block needs these rules, whichever loop it runs on.

use std::io::{self, ErrorKind, IoSlice, Read, Write};

use crate::entropy::Entropy;
use crate::ids::TransportId;
use crate::session::Session;
use crate::time::Time;
use crate::workspace::Workspace;

/// What a host knows of one connected socket, and the rules by which it reads and writes it. The socket itself
/// stays with the host, and must not block.
///
/// Readiness is kept until the system says otherwise, so it fits pollers that report every edge once (mio),
/// those that want to be asked again (`polling`, async-io), and loops that just try.
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
    /// A short read need not have emptied the socket.
    more: bool,
    /// Nothing more can be read.
    read_ended: bool,
    /// Nothing more can be written.
    write_ended: bool,
}

impl Link {
    /// The socket that was connected for `transport`; a first read and a first write are worth a try.
    pub const fn new(transport: TransportId) -> Self {
        Self {
            transport,
            readable: true,
            writable: true,
            // Windows does not promise that bytes which come behind a short read make a new edge.
            more: cfg!(windows),
            read_ended: false,
            write_ended: false,
        }
    }

    /// The name of the transport.
    pub const fn transport(&self) -> TransportId {
        self.transport
    }

    /// A read may give something from now on.
    pub const fn set_readable(&mut self) {
        self.readable = true;
    }

    /// A write may take something from now on.
    pub const fn set_writable(&mut self) {
        self.writable = true;
    }

    /// The peer has shut down: its last bytes and the end may have come together, so that a short read is not the
    /// end of what there is.
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

    /// Whether the system has to say when a read is worth a try again, and the session wants to know.
    pub fn awaits_read<E: Entropy>(&self, session: &Session<E>) -> bool {
        self.is_read_blocked() && session.wants_read(self.transport)
    }

    /// Whether the system has to say when a write is worth a try again, and there is something to write.
    pub fn awaits_write<E: Entropy>(&self, session: &Session<E>) -> bool {
        self.is_write_blocked() && session.wants_write(self.transport)
    }

    /// A read would give nothing before the system says so.
    pub(crate) const fn is_read_blocked(&self) -> bool {
        !self.readable && !self.read_ended
    }

    /// A write would take nothing before the system says so.
    pub(crate) const fn is_write_blocked(&self) -> bool {
        !self.writable && !self.write_ended
    }

    /// Reads once and hands the bytes to the session. Says how many bytes it were: 0 for an end or an error, none if
    /// there was nothing to report, or the session wants nothing now.
    pub fn read<E: Entropy>(
        &mut self,
        mut socket: impl Read,
        now: Time,
        session: &mut Session<E>,
        work: &mut Workspace,
    ) -> Option<usize> {
        self.read_at_most(usize::MAX, &mut socket, now, session, work)
    }

    /// The same, for at most so many bytes.
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
        let room = space.len().min(most);
        match retrying(|| socket.read(space.get_mut(..room).unwrap_or_default())) {
            Ok(0) => self.end(None, now, session),
            Ok(count) => {
                // A short read has emptied the socket, and the next bytes make a new edge: no second call to hear
                // that there is nothing.
                self.readable = count >= room || self.more;
                // No more than fits is reported.
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

    /// Writes what the session has for it, until there is no more or the system takes no more. Says whether the session
    /// has something to report by it: calls that succeed, or that fail because writing did.
    pub fn write<E: Entropy>(
        &mut self,
        mut socket: impl Write,
        now: Time,
        session: &mut Session<E>,
        work: &mut Workspace,
    ) -> bool {
        self.write_at_most(usize::MAX, &mut socket, now, session, work).is_some()
    }

    /// The same, until so many bytes have gone, and says how many went: more than that, if one write takes more; 0 where
    /// writing failed at once; none if nothing came of it.
    pub(crate) fn write_at_most<E: Entropy>(
        &mut self,
        most: usize,
        socket: &mut impl Write,
        now: Time,
        session: &mut Session<E>,
        work: &mut Workspace,
    ) -> Option<usize> {
        let mut written = None;
        while self.is_writable() && written.unwrap_or(0) < most {
            let transmit = session.poll_transmit(self.transport, work);
            if transmit.is_empty() {
                break;
            }
            match retrying(|| socket.write_vectored(&transmit.slices().map(IoSlice::new))) {
                Ok(0) => self.writable = false,
                Ok(count) => {
                    let count = count.min(transmit.len());
                    written = Some(written.unwrap_or(0) + count);
                    // No more than was offered is reported.
                    let _ = session.handle_transmitted(now, self.transport, count);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.writable = false,
                Err(error) => {
                    written = written.or(Some(0));
                    self.write_ended = true;
                    // What the peer sent before it went is still to be read, all of it (rule F7).
                    self.set_read_closed();
                    session.handle_write_failed(now, self.transport, error.into());
                }
            }
        }
        written
    }

    /// The system will not say any more what becomes of the socket.
    pub fn fail<E: Entropy>(&mut self, error: io::Error, now: Time, session: &mut Session<E>) {
        self.write_ended = true;
        self.end(Some(error), now, session);
    }

    /// Nothing more will be read: says why.
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
