//! What the operating system provides for a hub: sockets with a poller, and names that threads look up.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::thread;

use connect_socket_core::host::{Question, Resolver, ResolverThreads, Socket};
use polling::{Event, Poller};

/// A socket of the standard library, for a hub.
pub(crate) struct Tcp(pub(crate) TcpStream);

impl Tcp {
    /// Adds a stream to a poller, which reports nothing about it until it is asked to.
    pub(crate) fn new(stream: TcpStream, poller: &Poller, place: usize) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        // SAFETY: it is deleted when the hub releases it or gives it back, and the poller goes before it.
        unsafe { poller.add(&stream, Event::none(place))? };
        Ok(Self(stream))
    }
}

impl Socket for Tcp {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }

    fn write(&mut self, from: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.write_vectored(from)
    }

    fn shut_down_write(&mut self) {
        let _ = self.0.shutdown(Shutdown::Write);
    }
}

static THREADS: ResolverThreads = ResolverThreads::new();

/// Asks the system for addresses, and wakes the poller for each answer.
pub(crate) fn resolver(poller: &Arc<Poller>) -> Resolver {
    let poller = Arc::clone(poller);
    let resolve = Arc::new(|host: &str, port| Ok((host, port).to_socket_addrs()?.collect()));
    Resolver::new(&THREADS, resolve, move || drop(poller.notify()))
}

pub(crate) fn look_up(resolver: &Resolver, question: Question) {
    resolver.look_up(question, |work| thread::Builder::new().spawn(|| work.run()).map(drop));
}
