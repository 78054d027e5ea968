//! What a runtime has to bring: sockets, names, time and a seed.

use std::future::Future;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::task::{Context, Poll};

use super::names::LookUp;
use crate::config::Config;
use crate::time::Time;

/// A runtime that tasks run on: what of it sockets of this module need. Nothing here decides.
///
/// `connect-socket-smol` has one for async-io, and `connect-socket-tokio` one for tokio. What it must have is readiness: a
/// runtime that tells when a read or a write may do something, and whose sockets can be moved between threads. A loop that
/// works by completion (`io_uring`, IOCP) drives a [`Session`](crate::Session) itself. All of it is polled from the tasks that await something of a socket, under a lock of that socket: nothing may block.
pub trait Runtime: Send + Sync + Sized + 'static {
    /// One TCP connection.
    type Transport: Transport;
    /// A connection that is being made. Dropped, it is given up.
    type Dial: Future<Output = io::Result<Self::Transport>> + Send + Unpin;
    /// Something that wakes in time.
    type Timer: Send;

    /// Adds to a configuration what it lacks and the platform has: roots to trust, where there is no TLS in it. Asked
    /// once for a group.
    fn configure(&self, config: Config) -> Config;

    /// Called once for a group, before anything else: makes sure that the runtime works, and gives 32 unpredictable bytes
    /// from the operating system. Its error is that of making the group.
    fn start(&self) -> io::Result<[u8; 32]>;

    /// The time since a beginning of this runtime's own. It never goes back.
    fn now(&self) -> Time;

    /// A timer that nobody has set.
    fn timer(&self) -> Self::Timer;

    /// Sets `timer`, and is ready once it is `at`, of [`Runtime::now`]. Another time takes the place of an earlier one.
    fn poll_timer(&self, timer: &mut Self::Timer, at: Time, cx: &mut Context<'_>) -> Poll<()>;

    /// Begins to look a host name up, on a thread for work that blocks or as a task. This must not block.
    fn look_up(&self, look_up: LookUp<Self>);

    /// Begins to connect.
    fn dial(&self, address: SocketAddr) -> Self::Dial;
}

/// A TCP connection. Dropped, it is closed.
pub trait Transport: Send {
    /// Ready when a read may give something.
    fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Ready when a write may take something.
    fn poll_writable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Reads and writes it without waiting: it is [`WouldBlock`](io::ErrorKind::WouldBlock) where there is nothing to do.
    fn stream(&mut self) -> impl Read + Write;

    /// Shuts down the sending half, if it still can be.
    fn shut_down_write(&mut self);
}
