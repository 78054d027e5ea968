//! One TCP socket in async-io's reactor, and what is known of its readiness.

use std::future::Future;
use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::pin::Pin;
use std::task::{Context, Poll};

use async_io::Async;
use connect_socket_core::{Entropy, ReceiveBuffer, Session, Time, TransportId};

#[expect(clippy::struct_excessive_bools, reason = "what the system said of one socket, each on its own")]
pub(crate) struct Transport {
    pub(crate) id: TransportId,
    link: Link,
    /// A read may give something.
    readable: bool,
    /// A write may take something.
    writable: bool,
    /// Nothing more can be read.
    read_ended: bool,
    /// Nothing more can be written.
    write_ended: bool,
    /// A write failed. What there is to read is read before that is told (semantics F6).
    failed: Option<io::Error>,
}

enum Link {
    Dialling(Pin<Box<dyn Future<Output = io::Result<Async<TcpStream>>> + Send>>),
    Connected(Async<TcpStream>),
}

impl Transport {
    pub(crate) fn dial(id: TransportId, address: SocketAddr) -> Self {
        Self {
            id,
            link: Link::Dialling(Box::pin(Async::<TcpStream>::connect(address))),
            readable: true,
            writable: true,
            read_ended: false,
            write_ended: false,
            failed: None,
        }
    }

    /// The reactor has called: whatever was waited for may have come. Trying is cheaper than asking, which may
    /// cost a second turn of the reactor.
    pub(crate) fn try_again(&mut self) {
        self.readable = true;
        self.writable = true;
    }

    /// Sees how a connect goes on. Says whether it is over; an error is told to the session by the caller, who
    /// drops this.
    pub(crate) fn poll_connect(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Link::Dialling(dial) = &mut self.link else { return Poll::Pending };
        let stream = match dial.as_mut().poll(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Ready(Ok(stream)) => stream,
        };
        // A frame that waits for the acknowledgement of the one before it helps nobody; a system that refuses
        // is slower, not wrong.
        let _ = stream.get_ref().set_nodelay(true);
        self.link = Link::Connected(stream);
        Poll::Ready(Ok(()))
    }

    /// Reads once. Says how many bytes came, none if there was nothing to be told of.
    pub(crate) fn read<E: Entropy>(
        &mut self,
        now: Time,
        session: &mut Session<E>,
        buffer: &mut ReceiveBuffer,
    ) -> Option<usize> {
        let Link::Connected(stream) = &self.link else { return None };
        if !self.readable || self.read_ended {
            return None;
        }
        let window = session.receive_window(self.id, buffer)?;
        let room = window.len();
        let count = match retrying(|| stream.get_ref().read(window)) {
            Ok(0) => Err(None),
            Ok(count) => Ok(count),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.readable = false;
                Err(Some(self.failed.take()?))
            }
            Err(error) => Err(Some(error)),
        };
        match count {
            Ok(count) => {
                // A short read has emptied the socket. Being asked whether there is more, the system says so
                // again, so nothing is missed.
                self.readable = count == room || self.failed.is_some();
                let result = session.handle_received(now, self.id, buffer, count);
                debug_assert_eq!(result, Ok(()));
                return Some(count);
            }
            Err(error) => {
                self.read_ended = true;
                match error.or_else(|| self.failed.take()) {
                    Some(error) => session.handle_transport_error(now, self.id, error.into()),
                    None => session.handle_end_of_stream(now, self.id),
                }
            }
        }
        Some(0)
    }

    /// Writes what the session has for it, until there is no more or the system takes no more. Says whether
    /// anything went.
    pub(crate) fn write<E: Entropy>(&mut self, now: Time, session: &mut Session<E>) -> bool {
        let Link::Connected(stream) = &self.link else { return false };
        let mut wrote = false;
        while self.writable && !self.write_ended {
            let transmit = session.poll_transmit(self.id);
            if transmit.is_empty() {
                break;
            }
            match retrying(|| stream.get_ref().write_vectored(&transmit.slices().map(IoSlice::new))) {
                Ok(count) => {
                    wrote = true;
                    let result = session.handle_transmitted(now, self.id, count);
                    debug_assert_eq!(result, Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.writable = false,
                Err(error) => {
                    self.write_ended = true;
                    self.readable = true;
                    self.failed = Some(error);
                }
            }
        }
        wrote
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
        let Link::Connected(stream) = &self.link else { return false };
        let mut ready = false;
        let mut error = None;
        if !self.read_ended && !self.readable && session.receive_window(self.id, buffer).is_some() {
            match stream.poll_readable(cx) {
                Poll::Pending => {}
                Poll::Ready(Ok(())) => self.readable = true,
                Poll::Ready(Err(cause)) => error = Some(cause),
            }
            ready |= self.readable;
        }
        if !self.write_ended && !self.writable && !session.poll_transmit(self.id).is_empty() {
            match stream.poll_writable(cx) {
                Poll::Pending => {}
                Poll::Ready(Ok(())) => self.writable = true,
                Poll::Ready(Err(cause)) => error = Some(cause),
            }
            ready |= self.writable;
        }
        let Some(error) = error else { return ready };
        // The reactor will never call.
        (self.read_ended, self.write_ended) = (true, true);
        session.handle_transport_error(now, self.id, error.into());
        true
    }

    pub(crate) fn shut_down_write(&self) {
        if let Link::Connected(stream) = &self.link {
            // Where the peer is gone already there is nothing to shut down.
            let _ = stream.get_ref().shutdown(Shutdown::Write);
        }
    }
}

fn retrying(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
