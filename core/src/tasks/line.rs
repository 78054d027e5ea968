//! One TCP connection of a session: from the connect to its release.

use std::io;
use std::task::{Context, Poll};

use super::runtime::Transport;
use crate::entropy::Entropy;
use crate::ids::TransportId;
use crate::link::Link;
use crate::receive::ReceiveBuffer;
use crate::session::Session;
use crate::time::Time;

pub(super) struct Line<T> {
    pub(super) id: TransportId,
    transport: T,
    /// None until it is connected.
    link: Option<Link>,
}

impl<T: Transport> Line<T> {
    pub(super) fn new(id: TransportId, transport: T) -> Self {
        Self { id, transport, link: None }
    }

    /// The runtime has called: whatever was waited for may have come. Trying is cheaper than asking, which may
    /// cost a second turn of a reactor.
    pub(super) fn try_again(&mut self) {
        if let Some(link) = &mut self.link {
            link.set_readable();
            link.set_writable();
        }
    }

    /// Sees how a connect goes on. Says whether it is over; an error is told to the session by the caller, who
    /// drops this.
    pub(super) fn poll_connect(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.link.is_some() {
            return Poll::Pending;
        }
        let result = self.transport.poll_connect(cx);
        if let Poll::Ready(Ok(())) = result {
            self.link = Some(Link::new(self.id));
        }
        result
    }

    /// Reads once; see [`Link::read`].
    pub(super) fn read<E: Entropy>(
        &mut self,
        now: Time,
        session: &mut Session<E>,
        buffer: &mut ReceiveBuffer,
    ) -> Option<usize> {
        self.link.as_mut()?.read(&mut self.transport, now, session, buffer)
    }

    /// Writes what there is; see [`Link::write`].
    pub(super) fn write<E: Entropy>(&mut self, now: Time, session: &mut Session<E>) -> bool {
        self.link.as_mut().is_some_and(|link| link.write(&mut self.transport, now, session))
    }

    /// Whether a read or a write is worth a try by now; if not, the runtime calls when it is. Nothing is waited
    /// for that the session does not want.
    pub(super) fn poll_ready<E: Entropy>(
        &mut self,
        now: Time,
        session: &mut Session<E>,
        buffer: &mut ReceiveBuffer,
        cx: &mut Context<'_>,
    ) -> bool {
        let Some(link) = &mut self.link else { return false };
        let (mut to_read, mut to_write) = (Poll::Pending, Poll::Pending);
        if link.awaits_read(session, buffer) {
            to_read = self.transport.poll_readable(cx);
        }
        if link.awaits_write(session) {
            to_write = self.transport.poll_writable(cx);
        }
        if let Poll::Ready(Ok(())) = to_read {
            link.set_readable();
        }
        if let Poll::Ready(Ok(())) = to_write {
            link.set_writable();
        }
        let ready = to_read.is_ready() || to_write.is_ready();
        if let (Poll::Ready(Err(error)), _) | (_, Poll::Ready(Err(error))) = (to_read, to_write) {
            // The runtime will never call.
            link.fail(error, now, session);
        }
        ready
    }

    pub(super) fn shut_down_write(&mut self) {
        if self.link.is_some() {
            self.transport.shut_down_write();
        }
    }
}
