//! One TCP connection of a session: from the connect to its release.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::runtime::{Runtime, Transport};
use crate::entropy::Entropy;
use crate::host::link::Link;
use crate::ids::TransportId;
use crate::session::Session;
use crate::time::Time;
use crate::workspace::Workspace;

pub(super) enum TransportState<R: Runtime> {
    Dialling(TransportId, R::Dial),
    Connected(R::Transport, Link),
}

impl<R: Runtime> TransportState<R> {
    pub(super) fn id(&self) -> TransportId {
        match self {
            Self::Dialling(id, _) => *id,
            Self::Connected(_, link) => link.transport(),
        }
    }

    /// What is waited for may be there, though the runtime has not noticed it yet.
    pub(super) fn try_again(&mut self) {
        if let Self::Connected(_, link) = self {
            link.set_readable();
            link.set_writable();
        }
    }

    /// If the session waits to read, the next read is tried without asking the runtime. Says whether it does.
    pub(super) fn try_read_again<E: Entropy>(&mut self, session: &Session<E>) -> bool {
        let Self::Connected(_, link) = self else { return false };
        let waits = link.awaits_read(session);
        if waits {
            link.set_readable();
        }
        waits
    }

    /// Polls the connect. Says whether it is done. The caller reports an error to the session and drops this.
    pub(super) fn poll_connect(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self::Dialling(id, dial) = self else { return Poll::Pending };
        let link = Link::new(*id);
        Pin::new(dial).poll(cx).map_ok(|transport| *self = Self::Connected(transport, link))
    }

    /// Reads once, at most `most` bytes; see [`Link::read`].
    pub(super) fn read<E: Entropy>(
        &mut self,
        most: usize,
        now: Time,
        session: &mut Session<E>,
        work: &mut Workspace,
    ) -> Option<usize> {
        let Self::Connected(transport, link) = self else { return None };
        link.read_at_most(most, &mut transport.stream(), now, session, work)
    }

    /// Writes what there is, until `most` bytes are written, and says how many were; see [`Link::write`].
    pub(super) fn write<E: Entropy>(
        &mut self,
        most: usize,
        now: Time,
        session: &mut Session<E>,
        work: &mut Workspace,
    ) -> Option<usize> {
        let Self::Connected(transport, link) = self else { return None };
        link.write_at_most(most, &mut transport.stream(), now, session, work)
    }

    /// Whether the session wants a read or a write that may do something.
    pub(super) fn is_worth_a_try<E: Entropy>(&self, session: &Session<E>) -> bool {
        let Self::Connected(_, link) = self else { return false };
        link.is_readable() && session.wants_read(self.id())
            || link.is_writable() && session.wants_write(self.id())
    }

    /// Whether a read or a write is worth a try now. If not, the runtime wakes the task when it is. It waits only for
    /// what the session wants.
    pub(super) fn poll_ready<E: Entropy>(
        &mut self,
        now: Time,
        session: &mut Session<E>,
        cx: &mut Context<'_>,
    ) -> bool {
        let Self::Connected(transport, link) = self else { return false };
        let to_read = if link.awaits_read(session) { transport.poll_readable(cx) } else { Poll::Pending };
        let to_write = if link.awaits_write(session) { transport.poll_writable(cx) } else { Poll::Pending };
        if let Poll::Ready(Ok(())) = to_read {
            link.set_readable();
        }
        if let Poll::Ready(Ok(())) = to_write {
            link.set_writable();
        }
        let ready = to_read.is_ready() || to_write.is_ready();
        if let (Poll::Ready(Err(error)), _) | (_, Poll::Ready(Err(error))) = (to_read, to_write) {
            // The runtime will never wake it.
            link.fail(error, now, session);
        }
        ready
    }

    pub(super) fn shut_down_write(&mut self) {
        if let Self::Connected(transport, _) = self {
            transport.shut_down_write();
        }
    }
}
