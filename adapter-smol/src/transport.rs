//! One TCP socket in async-io's reactor, from the connect to its release.

use std::future::Future;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::pin::Pin;
use std::task::{Context, Poll};

use async_io::Async;
use connect_socket_core::{Entropy, Link, ReceiveBuffer, Session, Time, TransportId};

pub(crate) struct Transport {
    pub(crate) id: TransportId,
    stage: Stage,
}

enum Stage {
    Dialling(Pin<Box<dyn Future<Output = io::Result<Async<TcpStream>>> + Send>>),
    Connected(Async<TcpStream>, Link),
}

impl Transport {
    pub(crate) fn dial(id: TransportId, address: SocketAddr) -> Self {
        Self { id, stage: Stage::Dialling(Box::pin(Async::<TcpStream>::connect(address))) }
    }

    /// The reactor has called: whatever was waited for may have come. Trying is cheaper than asking, which may
    /// cost a second turn of the reactor.
    pub(crate) fn try_again(&mut self) {
        if let Stage::Connected(_, link) = &mut self.stage {
            link.set_readable();
            link.set_writable();
        }
    }

    /// Sees how a connect goes on. Says whether it is over; an error is told to the session by the caller, who
    /// drops this.
    pub(crate) fn poll_connect(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Stage::Dialling(dial) = &mut self.stage else { return Poll::Pending };
        let stream = match dial.as_mut().poll(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Ready(Ok(stream)) => stream,
        };
        // A frame that waits for the acknowledgement of the one before it helps nobody; a system that refuses
        // is slower, not wrong.
        let _ = stream.get_ref().set_nodelay(true);
        self.stage = Stage::Connected(stream, Link::new(self.id));
        Poll::Ready(Ok(()))
    }

    /// Reads once; see [`Link::read`].
    pub(crate) fn read<E: Entropy>(
        &mut self,
        now: Time,
        session: &mut Session<E>,
        buffer: &mut ReceiveBuffer,
    ) -> Option<usize> {
        let Stage::Connected(stream, link) = &mut self.stage else { return None };
        link.read(stream.get_ref(), now, session, buffer)
    }

    /// Writes what there is; see [`Link::write`].
    pub(crate) fn write<E: Entropy>(&mut self, now: Time, session: &mut Session<E>) -> bool {
        let Stage::Connected(stream, link) = &mut self.stage else { return false };
        link.write(stream.get_ref(), now, session)
    }

    /// Whether a read or a write is worth a try by now; if not, the reactor calls when it is. Nothing is waited
    /// for that the session does not want.
    pub(crate) fn poll_ready<E: Entropy>(
        &mut self,
        now: Time,
        session: &mut Session<E>,
        buffer: &mut ReceiveBuffer,
        cx: &mut Context<'_>,
    ) -> bool {
        let Stage::Connected(stream, link) = &mut self.stage else { return false };
        let to_read =
            if link.awaits_read(session, buffer) { stream.poll_readable(cx) } else { Poll::Pending };
        let to_write = if link.awaits_write(session) { stream.poll_writable(cx) } else { Poll::Pending };
        if let Poll::Ready(Ok(())) = to_read {
            link.set_readable();
        }
        if let Poll::Ready(Ok(())) = to_write {
            link.set_writable();
        }
        let ready = to_read.is_ready() || to_write.is_ready();
        if let (Poll::Ready(Err(error)), _) | (_, Poll::Ready(Err(error))) = (to_read, to_write) {
            // The reactor will never call.
            link.fail(error, now, session);
        }
        ready
    }

    pub(crate) fn shut_down_write(&self) {
        if let Stage::Connected(stream, _) = &self.stage {
            // Where the peer is gone already there is nothing to shut down.
            let _ = stream.get_ref().shutdown(Shutdown::Write);
        }
    }
}
