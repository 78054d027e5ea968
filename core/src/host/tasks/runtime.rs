//! What a runtime has to provide: sockets, name look-up, time and a seed.

use std::future::Future;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::task::{Context, Poll};

use super::names::LookUp;
use crate::config::Config;
use crate::time::Time;

/// What the sockets of this module need from a runtime. It makes no decisions.
///
/// `connect-socket-smol` has one for async-io, and `connect-socket-tokio` has one for tokio. The runtime must be based
/// on readiness: it says when a read or a write may do something, and its sockets can move between threads. A loop
/// based on completion (`io_uring`, IOCP) drives a [`Session`](crate::Session) itself instead. The tasks that await
/// something of a socket call these methods under a lock of that socket, so none of them may block.
pub trait Runtime: Send + Sync + Sized + 'static {
    /// One TCP connection.
    type Transport: Transport;
    /// A connection that is being made. Dropping it gives it up.
    type Dial: Future<Output = io::Result<Self::Transport>> + Send + Unpin;
    /// A timer that wakes a task.
    type Timer: Send;

    /// Adds to a configuration what it lacks and the platform has: roots to trust, if it has no TLS configuration.
    /// Called once for each group.
    fn configure(&self, config: Config) -> Config;

    /// Makes sure that the runtime works, and returns 32 unpredictable bytes from the operating system. Called once for
    /// each group, before anything else. If it fails, making the group fails with the same error.
    fn start(&self) -> io::Result<[u8; 32]>;

    /// The time since an origin of the runtime's choice. It never goes back.
    fn now(&self) -> Time;

    /// Makes a timer that is not set.
    fn timer(&self) -> Self::Timer;

    /// Sets `timer` to `at`, and is ready once [`Runtime::now`] has reached it. A new time replaces an earlier one.
    fn poll_timer(&self, timer: &mut Self::Timer, at: Time, cx: &mut Context<'_>) -> Poll<()>;

    /// Begins to look up a host name, on a thread ([`LookUp::ask_on`]) or as a task. This must not block.
    fn look_up(&self, look_up: LookUp<Self>);

    /// Begins to connect.
    fn dial(&self, address: SocketAddr) -> Self::Dial;
}

/// A TCP connection. Dropping it closes it.
pub trait Transport: Send {
    /// Whether [`poll_readable`](Self::poll_readable) stays ready until a read fails with
    /// [`WouldBlock`](io::ErrorKind::WouldBlock), though an earlier one has emptied the socket, as tokio's does. An
    /// [`EventLoop`](super::EventLoop) reads once more before each wait then. Otherwise it does so only while that finds
    /// something now and then.
    const READY_UNTIL_READ_FAILS: bool = false;

    /// Ready when a read may give something.
    fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Ready when a write may take something.
    fn poll_writable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Reads and writes without waiting: both fail with [`WouldBlock`](io::ErrorKind::WouldBlock) if they would have to
    /// wait.
    fn stream(&mut self) -> impl Read + Write;

    /// Shuts down the sending half, if that is still possible.
    fn shut_down_write(&mut self);
}
