//! What tokio provides for the sockets of this crate: TCP, timers, threads for name look-up, and a clock.

use std::ffi::c_int;
use std::future::Future;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::net::{Shutdown, SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::thread;

use connect_socket_core::host::{Resolve, ResolverThreads};
use connect_socket_core::tasks::{self, LookUp, Runtime};
use connect_socket_core::{Config, Time};
use socket2::{SockRef, Socket};
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::{Instant, Sleep, sleep_until};

/// The tokio runtime of the sockets: the one in which the [`Group`](crate::Group) or [`Socket`](crate::Socket) was
/// made. It must have I/O and time enabled. Outside of a runtime, making one fails.
///
/// ```
/// use std::sync::Arc;
///
/// use connect_socket_tokio::{Group, Tokio};
/// use connect_socket_tokio::connect_socket_core::Config;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let fixed = Tokio::with_resolver(Arc::new(|_, _| Ok(vec!["192.0.2.1:0".parse().expect("an address")])));
/// let (socket, events) = Group::on(fixed, Config::default())?.socket();
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Tokio {
    resolve: Resolve,
    origin: Instant,
    handle: OnceLock<Handle>,
}

/// All sockets of a program look up names on the same threads.
static THREADS: ResolverThreads = ResolverThreads::new();

impl Tokio {
    /// Uses your own resolver.
    pub fn with_resolver(resolve: Resolve) -> Self {
        Self { resolve, origin: Instant::now(), handle: OnceLock::new() }
    }
}

impl Default for Tokio {
    /// Uses the system's resolver.
    fn default() -> Self {
        Self::with_resolver(Arc::new(|host, port| Ok((host, port).to_socket_addrs()?.collect())))
    }
}

impl Runtime for Tokio {
    type Transport = Transport;
    type Dial = Pin<Box<dyn Future<Output = io::Result<Transport>> + Send>>;
    /// Made when it is first set.
    type Timer = Option<Pin<Box<Sleep>>>;

    fn configure(&self, config: Config) -> Config {
        config.or_platform_tls()
    }

    fn start(&self) -> io::Result<[u8; 32]> {
        let handle = Handle::try_current().map_err(io::Error::other)?;
        self.handle.get_or_init(|| handle);
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        Ok(seed)
    }

    fn now(&self) -> Time {
        Time::ZERO + self.origin.elapsed()
    }

    fn timer(&self) -> Self::Timer {
        None
    }

    fn poll_timer(&self, timer: &mut Self::Timer, at: Time, cx: &mut Context<'_>) -> Poll<()> {
        // A time too far away for the system's clock never comes.
        let Some(instant) = self.origin.checked_add(at.since(Time::ZERO)) else { return Poll::Pending };
        let _inside = self.handle.get().map(Handle::enter);
        let sleep = timer.get_or_insert_with(|| Box::pin(sleep_until(instant)));
        sleep.as_mut().reset(instant);
        sleep.as_mut().poll(cx)
    }

    fn look_up(&self, look_up: LookUp<Self>) {
        // Not tokio's threads for blocking work: a runtime that shuts down waits for them, so a resolver that hangs would
        // keep a program from ending.
        look_up.ask_on(&THREADS, Arc::clone(&self.resolve), |work| {
            thread::Builder::new().name("resolver".into()).spawn(|| work.run()).map(drop)
        });
    }

    fn dial(&self, address: SocketAddr) -> Self::Dial {
        let dial = async move {
            let stream = TcpStream::connect(address).await?;
            // A frame must not wait for the acknowledgement of the one before it. If the system refuses this option, it
            // is only slower.
            let _ = stream.set_nodelay(true);
            Ok(Transport(stream))
        };
        Box::pin(Inside { handle: self.handle.get().cloned(), future: Box::pin(dial) })
    }
}

/// A future of tokio that any executor may poll. It is polled inside its runtime.
struct Inside<F> {
    handle: Option<Handle>,
    future: Pin<Box<F>>,
}

impl<F: Future> Future for Inside<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Self { handle, future } = &mut *self;
        let _inside = handle.as_ref().map(Handle::enter);
        future.as_mut().poll(cx)
    }
}

/// A TCP socket in tokio's reactor.
pub struct Transport(TcpStream);

impl tasks::Transport for Transport {
    const READY_UNTIL_READ_FAILS: bool = true;

    fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_read_ready(cx)
    }

    fn poll_writable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_write_ready(cx)
    }

    fn stream(&mut self) -> impl Read + Write {
        Now(&self.0)
    }

    fn shut_down_write(&mut self) {
        // If the peer is already gone, there is nothing to shut down.
        let _ = SockRef::from(&self.0).shutdown(Shutdown::Write);
    }
}

/// Asks the system that a write to a peer that is gone only fails. By default, it also raises SIGPIPE, which ends a
/// program that does not ignore it. Rust's own start-up ignores it, but hosts in other languages may not.
#[cfg(all(unix, not(target_vendor = "apple")))]
const NO_SIGNAL: c_int = libc::MSG_NOSIGNAL;
/// Apple's systems have a socket option instead, which mio sets. Windows has no such signal.
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
const NO_SIGNAL: c_int = 0;

/// The socket, for reading and writing without waiting and without a signal.
struct Now<'s>(&'s TcpStream);

impl Now<'_> {
    fn reading(&self, mut read: impl FnMut(&Socket) -> io::Result<usize>) -> io::Result<usize> {
        let (mut tried, socket) = (false, SockRef::from(self.0));
        let result = self.0.try_io(Interest::READABLE, || {
            tried = true;
            read(&socket)
        });
        match result {
            // If the thread was busy, tokio has not yet noticed what came meanwhile.
            Err(error) if error.kind() == ErrorKind::WouldBlock && !tried => read(&socket),
            result => result,
        }
    }
}

impl Read for Now<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.reading(|mut socket| socket.read(into))
    }

    fn read_vectored(&mut self, into: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.reading(|mut socket| socket.read_vectored(into))
    }
}

impl Write for Now<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_io(Interest::WRITABLE, || SockRef::from(self.0).send_with_flags(bytes, NO_SIGNAL))
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0
            .try_io(Interest::WRITABLE, || SockRef::from(self.0).send_vectored_with_flags(slices, NO_SIGNAL))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
