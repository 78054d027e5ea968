//! The sockets of a hub: what it wants of them, and what it wants of its host for them.

use std::io::{self, IoSlice, Read, Write};
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

/// A socket that does not block: what would block gives [`WouldBlock`](io::ErrorKind::WouldBlock). A call that a signal
/// interrupted is repeated.
pub trait Socket {
    /// Whether it is connected, or why it never will be. A socket that the host connects without blocking is asked this at
    /// once, and then whenever it is said to be ready; nothing else is done with it before. One that is connected when the
    /// hub gets it has no need of this.
    fn is_connected(&mut self) -> io::Result<bool> {
        Ok(true)
    }

    /// Reads into `into`, and says how many bytes; none of them: the peer has ended.
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize>;

    /// Writes the first bytes of `from`, and says how many. An adapter asks the system here not to raise SIGPIPE.
    fn write(&mut self, from: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Ends the stream of what is written. Where the peer is gone already, there is nothing to end.
    fn shut_down_write(&mut self);
}

/// Names a socket of a [`Hub`](super::Hub). It is never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketKey(pub(super) Key);

impl SocketKey {
    /// A small number, as the keys of a slab are, to register the socket with. It is used again once the socket is gone;
    /// readiness that comes late is harmless to whichever socket has the place then.
    pub const fn place(self) -> usize {
        self.0.place
    }
}

/// What the host alone can do.
#[derive(Debug)]
pub enum Ask<S> {
    /// Look up a name, and bring the answer with [`handle_looked_up`](super::Hub::handle_looked_up).
    LookUp(Question),
    /// Connect a socket, without blocking the loop, and bring it with [`handle_dialled`](super::Hub::handle_dialled), now
    /// or when it is connected.
    Dial {
        /// What it will be called.
        socket: SocketKey,
        /// Where to.
        address: SocketAddr,
    },
    /// Forget a socket: take it out of the poller and drop it. Without a stream it was not brought yet: give that up.
    Release {
        /// Which.
        socket: SocketKey,
        /// The socket itself.
        stream: Option<S>,
    },
}

/// What became possible with a socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// A read may give something.
    pub readable: bool,
    /// A write may take something.
    pub writable: bool,
    /// A short read is not the end of what there is: the peer has shut down, the socket has an error, or it has urgent
    /// data, at which a read ends.
    pub more: bool,
}

/// What a poller is to say of a socket, once.
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
    /// Whose it is.
    pub(super) session: Key,
    pub(super) transport: TransportId,
    pub(super) state: State<S>,
    /// What the poller has been told and has not answered yet.
    pub(super) told: Interest,
    /// It is in the queue of those whose interest may have changed.
    pub(super) queued: bool,
}

#[derive(Debug)]
pub(super) enum State<S> {
    /// The host has not been asked for it yet.
    Wanted(SocketAddr),
    /// The host connects it.
    Dialling,
    /// It is being connected; whether it is to be asked how far that is.
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

    /// Whether the connect is over by now, and how it ended.
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

    pub(super) fn read<E: Entropy>(
        &mut self,
        most: usize,
        now: Time,
        session: &mut Session<E>,
        work: &mut Workspace,
    ) -> Option<usize> {
        match &mut self.state {
            State::Wanted(_) | State::Dialling | State::Connecting(..) => None,
            State::Connected(stream, link) => {
                link.read_at_most(most, &mut Stream(stream), now, session, work)
            }
        }
    }

    pub(super) fn write<E: Entropy>(
        &mut self,
        most: usize,
        now: Time,
        session: &mut Session<E>,
        work: &mut Workspace,
    ) -> Option<usize> {
        match &mut self.state {
            State::Wanted(_) | State::Dialling | State::Connecting(..) => None,
            // Most of the time there is nothing, and this is the cheaper question.
            State::Connected(..) if !session.wants_write(self.transport) => None,
            State::Connected(stream, link) => {
                link.write_at_most(most, &mut Stream(stream), now, session, work)
            }
        }
    }

    pub(super) fn shut_down_write(&mut self) {
        match &mut self.state {
            State::Wanted(_) | State::Dialling | State::Connecting(..) => {}
            State::Connected(stream, _) => stream.shut_down_write(),
        }
    }

    /// What the session wants: what is worth a try now, and what the poller is to say first.
    pub(super) fn wants<E: Entropy>(&self, session: &Session<E>) -> (Interest, Interest) {
        match &self.state {
            State::Wanted(_) | State::Dialling => Default::default(),
            State::Connecting(_, ask) => {
                let writable = |writable| Interest { readable: false, writable };
                (writable(*ask), writable(!*ask))
            }
            State::Connected(_, link) => {
                let (read, write) = (session.wants_read(self.transport), session.wants_write(self.transport));
                let now =
                    Interest { readable: read && link.is_readable(), writable: write && link.is_writable() };
                let later = Interest {
                    readable: read && link.is_read_blocked(),
                    writable: write && link.is_write_blocked(),
                };
                (now, later)
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
