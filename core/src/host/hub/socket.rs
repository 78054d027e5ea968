//! The sockets of a hub: what a socket must be able to do, and what the host has to do for it.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem;
use std::net::SocketAddr;

use super::super::link::Link;
use super::super::lookups::Question;
use super::table::Key;
use crate::entropy::Entropy;
use crate::ids::TransportId;
use crate::session::Session;
use crate::time::Time;
use crate::workspace::Workspace;

/// A socket that does not block: a call that would block fails with [`WouldBlock`](io::ErrorKind::WouldBlock). A call
/// that a signal interrupted is repeated.
pub trait Socket {
    /// Whether it is connected, or why it never will be. If the host connects sockets without blocking, the hub calls
    /// this at once and then whenever the socket is reported as ready, and does nothing else with the socket before it
    /// is connected. Sockets that are already connected when the hub gets them can use the default.
    fn is_connected(&mut self) -> io::Result<bool> {
        Ok(true)
    }

    /// Reads into `into`, and returns how many bytes. Zero means that the peer has ended.
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize>;

    /// The same into several buffers, one after the other: the rest of a large message, and what follows it. The default
    /// fills the first one only, which takes one more call for each large message.
    fn read_vectored(&mut self, into: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        into.first_mut().map_or(Ok(0), |first| self.read(first))
    }

    /// Writes the first bytes of `from`, and returns how many. Ask the system not to raise SIGPIPE here.
    fn write(&mut self, from: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Shuts down the sending half. If the peer is already gone, there is nothing to do.
    fn shut_down_write(&mut self);
}

/// Identifies a socket of a [`Hub`](super::Hub). It is never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketKey(pub(super) Key);

impl SocketKey {
    /// A small number to register the socket with, like the keys of a slab. It is reused once the socket is gone.
    /// Readiness that comes late is harmless to the socket that has the place then.
    pub const fn place(self) -> usize {
        self.0.place
    }
}

/// What only the host can do.
#[derive(Debug)]
pub enum Ask<S> {
    /// Look up a name, and report the answer with [`handle_looked_up`](super::Hub::handle_looked_up).
    LookUp(Question),
    /// Connect a socket without blocking the loop, and pass it to [`handle_dialled`](super::Hub::handle_dialled), at
    /// once or when it is connected.
    Dial {
        /// The key of the new socket.
        socket: SocketKey,
        /// The address to connect to.
        address: SocketAddr,
    },
    /// Forget a socket: take it out of the poller and drop it. If there is no stream, you have not passed the socket to
    /// the hub yet: stop connecting it.
    Release {
        /// Which.
        socket: SocketKey,
        /// The socket itself.
        stream: Option<S>,
    },
}

/// What has become possible with a socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// A read may give something.
    pub readable: bool,
    /// A write may take something.
    pub writable: bool,
    /// A short read may not have read everything: the peer has shut down, the socket has an error, or there is urgent
    /// data, at which a read stops.
    pub more: bool,
}

/// What a poller has to report about a socket, once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// When a read may give something.
    pub readable: bool,
    /// When a write may take something.
    pub writable: bool,
}

/// One socket of a session.
#[derive(Debug)]
pub(super) struct SocketEntry<S> {
    /// The session that owns it.
    pub(super) session: Key,
    pub(super) transport: TransportId,
    pub(super) state: State<S>,
    /// What the poller was asked to report and has not reported yet.
    pub(super) told: Interest,
    /// It is in the queue of sockets whose interest may have changed.
    pub(super) queued: bool,
}

#[derive(Debug)]
pub(super) enum State<S> {
    /// The host has not been asked for it yet.
    Wanted(SocketAddr),
    /// The host is connecting it.
    Dialling,
    /// It is being connected. The flag says whether to ask how far that is.
    Connecting(S, bool),
    Connected(S, Link),
}

impl<S: Socket> SocketEntry<S> {
    pub(super) fn set_ready(&mut self, ready: Ready) {
        let link = match &mut self.state {
            State::Wanted(_) | State::Dialling => return,
            State::Connecting(_, ask) => return *ask = true,
            State::Connected(_, link) => link,
        };
        if ready.readable {
            link.set_readable();
        }
        if ready.writable {
            link.set_writable();
        }
        if ready.more {
            link.set_read_closed();
        }
    }

    /// Whether connecting is over, and how it ended.
    pub(super) fn connected(&mut self) -> Option<io::Result<()>> {
        let State::Connecting(stream, ask @ true) = &mut self.state else { return None };
        *ask = false;
        match stream.is_connected() {
            Ok(false) => return None,
            Ok(true) => {}
            Err(error) => return Some(Err(error)),
        }
        match mem::replace(&mut self.state, State::Dialling) {
            State::Connecting(stream, _) => {
                self.state = State::Connected(stream, Link::new(self.transport));
            }
            other @ (State::Wanted(_) | State::Dialling | State::Connected(..)) => self.state = other,
        }
        Some(Ok(()))
    }

    /// Reads, if that is worth a try. Mostly it is not, and to ask here saves a call for each pass, as it does in `write`.
    pub(super) fn read<E: Entropy>(
        &mut self,
        most: usize,
        now: Time,
        session: &mut Session<E>,
        work: &mut Workspace,
    ) -> Option<usize> {
        match &mut self.state {
            State::Connected(stream, link) if link.is_readable() => {
                link.read_at_most(most, &mut Stream(stream), now, session, work)
            }
            State::Wanted(_) | State::Dialling | State::Connecting(..) | State::Connected(..) => None,
        }
    }

    /// Writes, if there is something to write.
    pub(super) fn write<E: Entropy>(
        &mut self,
        most: usize,
        now: Time,
        session: &mut Session<E>,
        work: &mut Workspace,
    ) -> Option<usize> {
        match &mut self.state {
            State::Connected(stream, link) if link.is_writable() && session.wants_write(self.transport) => {
                link.write_at_most(most, &mut Stream(stream), now, session, work)
            }
            State::Wanted(_) | State::Dialling | State::Connecting(..) | State::Connected(..) => None,
        }
    }

    pub(super) fn shut_down_write(&mut self) {
        match &mut self.state {
            State::Wanted(_) | State::Dialling | State::Connecting(..) => {}
            State::Connected(stream, _) => stream.shut_down_write(),
        }
    }

    /// Whether the session wants something that is worth a try now.
    pub(super) fn is_worth_a_try<E: Entropy>(&self, session: &Session<E>) -> bool {
        match &self.state {
            State::Wanted(_) | State::Dialling => false,
            State::Connecting(_, ask) => *ask,
            State::Connected(_, link) => {
                link.is_readable() && session.wants_read(self.transport)
                    || link.is_writable() && session.wants_write(self.transport)
            }
        }
    }

    /// What the poller has to report before the session can have what it wants.
    pub(super) fn interest<E: Entropy>(&self, session: &Session<E>) -> Interest {
        match &self.state {
            State::Wanted(_) | State::Dialling => Interest::default(),
            State::Connecting(_, ask) => Interest { readable: false, writable: !ask },
            State::Connected(_, link) => {
                Interest { readable: link.awaits_read(session), writable: link.awaits_write(session) }
            }
        }
    }
}

/// What [`Link`] reads and writes.
struct Stream<'a, S>(&'a mut S);

impl<S: Socket> Read for Stream<'_, S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }

    fn read_vectored(&mut self, into: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.0.read_vectored(into)
    }
}

impl<S: Socket> Write for Stream<'_, S> {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.0.write(&[IoSlice::new(from)])
    }

    fn write_vectored(&mut self, from: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.write(from)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
