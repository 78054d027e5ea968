//! One non-blocking TCP socket and what is known of its readiness.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr};

use connect_socket_core::{Entropy, ReceiveBuffer, Session, Time, TransportId};
use mio::event::Event;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

#[expect(clippy::struct_excessive_bools, reason = "what the system said of one socket, each on its own")]
pub(crate) struct Socket {
    /// The place of the session that it is of.
    pub(crate) session: usize,
    pub(crate) transport: TransportId,
    stream: TcpStream,
    /// The connect is still under way.
    connecting: bool,
    /// A read may give something; edges are told once, so this stays until the system says otherwise.
    readable: bool,
    /// A write may take something.
    writable: bool,
    /// The peer has shut down: its last bytes and the end may come in one edge, so a short read is not the end.
    read_closed: bool,
    /// A write failed. What there is to read is read before that is told (semantics F6).
    failed: Option<io::Error>,
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
        Ok(Self {
            session,
            transport,
            stream,
            connecting: true,
            readable: false,
            writable: false,
            read_closed: false,
            failed: None,
        })
    }

    /// Notes what became possible. A socket that was connecting is asked how that ended, which only the first
    /// writability can say.
    pub(crate) fn handle_event(&mut self, event: &Event) -> Connecting {
        self.readable |= event.is_readable() || event.is_read_closed() || event.is_error();
        self.read_closed |= event.is_read_closed() || event.is_error();
        self.writable |= event.is_writable();
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
        self.readable && !self.connecting
    }

    /// Reads once. Says how many bytes came, none if the session did not want any or there were none.
    pub(crate) fn read<E: Entropy>(
        &mut self,
        now: Time,
        session: &mut Session<E>,
        buffer: &mut ReceiveBuffer,
    ) -> usize {
        if !self.is_readable() {
            return 0;
        }
        let Some(window) = session.receive_window(self.transport, buffer) else { return 0 };
        let room = window.len();
        match retrying(|| self.stream.read(window)) {
            Ok(0) => {
                self.readable = false;
                match self.failed.take() {
                    Some(error) => session.handle_transport_error(now, self.transport, error.into()),
                    None => session.handle_end_of_stream(now, self.transport),
                }
                0
            }
            Ok(count) => {
                // A short read has emptied the socket, and the next bytes make a new edge: no second call to
                // hear that there is nothing. (Windows does not promise that.)
                self.readable = count == room || self.read_closed || self.failed.is_some() || cfg!(windows);
                let result = session.handle_received(now, self.transport, buffer, count);
                debug_assert_eq!(result, Ok(()));
                count
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.readable = false;
                if let Some(error) = self.failed.take() {
                    session.handle_transport_error(now, self.transport, error.into());
                }
                0
            }
            Err(error) => {
                self.readable = false;
                session.handle_transport_error(now, self.transport, error.into());
                0
            }
        }
    }

    /// Writes what the session has for it, until there is no more or the system takes no more. Says whether
    /// anything went.
    pub(crate) fn write<E: Entropy>(&mut self, now: Time, session: &mut Session<E>) -> bool {
        let mut wrote = false;
        while self.writable && !self.connecting {
            let transmit = session.poll_transmit(self.transport);
            if transmit.is_empty() {
                break;
            }
            match retrying(|| self.stream.write_vectored(&transmit.slices().map(IoSlice::new))) {
                Ok(count) => {
                    wrote = true;
                    let result = session.handle_transmitted(now, self.transport, count);
                    debug_assert_eq!(result, Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.writable = false,
                Err(error) => {
                    self.writable = false;
                    self.readable = true;
                    self.failed = Some(error);
                }
            }
        }
        wrote
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

fn retrying(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
