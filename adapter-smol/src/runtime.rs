//! What async-io and the system provide for the sockets of this crate: TCP, timers, threads for name look-up, and a clock.

use std::ffi::c_int;
use std::future::Future;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use async_io::{Async, Timer};
use connect_socket_core::host::{Resolve, ResolverThreads};
use connect_socket_core::tasks::{self, LookUp, Runtime};
use connect_socket_core::{Config, Time};
use polling::Poller;
use socket2::SockRef;

/// The runtime of this crate's sockets: async-io's reactor, threads for names, and the system's clock.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use connect_socket_smol::connect_socket_core::Config;
/// use connect_socket_smol::{Group, Smol};
///
/// let fixed = Smol::with_resolver(Arc::new(|_, _| Ok(vec!["192.0.2.1:0".parse().expect("an address")])));
/// let (socket, events) = Group::on(fixed, Config::default())?.socket();
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Smol {
    resolve: Resolve,
    origin: Instant,
}

/// All sockets of a program look up names on the same threads.
static THREADS: ResolverThreads = ResolverThreads::new();

impl Smol {
    /// Uses your own resolver.
    pub fn with_resolver(resolve: Resolve) -> Self {
        Self { resolve, origin: Instant::now() }
    }
}

impl Default for Smol {
    /// Uses the system's resolver.
    fn default() -> Self {
        Self::with_resolver(Arc::new(|host, port| Ok((host, port).to_socket_addrs()?.collect())))
    }
}

impl Runtime for Smol {
    type Transport = Transport;
    type Dial = Pin<Box<dyn Future<Output = io::Result<Transport>> + Send>>;
    type Timer = Timer;

    fn configure(&self, config: Config) -> Config {
        config.or_platform_tls()
    }

    fn start(&self) -> io::Result<[u8; 32]> {
        // async-io makes its reactor at first use, and panics if the system has no descriptors left for it.
        drop(Poller::new()?);
        let _ =
            Pin::new(&mut Timer::after(Duration::from_secs(1))).poll(&mut Context::from_waker(Waker::noop()));
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        Ok(seed)
    }

    fn now(&self) -> Time {
        Time::ZERO + self.origin.elapsed()
    }

    fn timer(&self) -> Timer {
        Timer::never()
    }

    fn poll_timer(&self, timer: &mut Timer, at: Time, cx: &mut Context<'_>) -> Poll<()> {
        // A time too far away for the system's clock never comes.
        let Some(instant) = self.origin.checked_add(at.since(Time::ZERO)) else { return Poll::Pending };
        timer.set_at(instant);
        Pin::new(timer).poll(cx).map(drop)
    }

    fn look_up(&self, look_up: LookUp<Self>) {
        look_up.ask_on(&THREADS, Arc::clone(&self.resolve), |work| {
            thread::Builder::new().name("resolver".into()).spawn(|| work.run()).map(drop)
        });
    }

    fn dial(&self, address: SocketAddr) -> Self::Dial {
        Box::pin(async move {
            let socket = Async::<TcpStream>::connect(address).await?;
            // A frame must not wait for the acknowledgement of the one before it. If the system refuses this option, it
            // is only slower.
            let _ = socket.get_ref().set_nodelay(true);
            Ok(Transport(socket))
        })
    }
}

/// A TCP socket in async-io's reactor.
pub struct Transport(Async<TcpStream>);

impl tasks::Transport for Transport {
    fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_readable(cx)
    }

    fn poll_writable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_writable(cx)
    }

    fn stream(&mut self) -> impl Read + Write {
        Quiet(self.0.get_ref())
    }

    fn shut_down_write(&mut self) {
        // If the peer is already gone, there is nothing to shut down.
        let _ = self.0.get_ref().shutdown(Shutdown::Write);
    }
}

/// Asks the system that a write to a peer that is gone only fails. By default, it also raises SIGPIPE, which ends a
/// program that does not ignore it. Rust's own start-up ignores it, but hosts in other languages may not.
#[cfg(all(unix, not(target_vendor = "apple")))]
const NO_SIGNAL: c_int = libc::MSG_NOSIGNAL;
/// Apple's systems have a socket option instead, which async-io sets. Windows has no such signal.
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
const NO_SIGNAL: c_int = 0;

/// The socket, for reading and writing without a signal.
struct Quiet<'a>(&'a TcpStream);

impl Read for Quiet<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }

    fn read_vectored(&mut self, into: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.0.read_vectored(into)
    }
}

impl Write for Quiet<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        SockRef::from(self.0).send_with_flags(bytes, NO_SIGNAL)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        SockRef::from(self.0).send_vectored_with_flags(slices, NO_SIGNAL)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
