//! What the sockets of a program share.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::runtime::Runtime;
use super::socket::{self, Events, Socket};
use crate::config::Config;
use crate::entropy::{SeededEntropy, SharedEntropy};
use crate::receive::ReceiveBuffer;
use crate::session::Session;

/// Any number of sockets that share their configuration, a source of entropy and the memory that is read into,
/// so that an idle connection costs little more than its socket.
pub struct Group<R>(Arc<Shared<R>>);

pub(super) struct Shared<R> {
    config: Arc<Config>,
    entropy: SharedEntropy,
    pub(super) runtime: R,
    buffers: Mutex<Buffers>,
}

/// The memory to read into: as many buffers as sockets were ever at work at one time, which is one for each thread
/// of the executor, and those that are kept.
#[derive(Default)]
struct Buffers {
    #[expect(
        clippy::vec_box,
        reason = "they go to sockets and back, and an idle socket has room for a pointer only"
    )]
    free: Vec<Box<ReceiveBuffer>>,
    kept: usize,
}

/// So many sockets keep a buffer while their events are taken one by one; what others have not told yet is put
/// aside in memory of its size.
const MOST_KEPT: usize = 16;

impl<R> Clone for Group<R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<R: Runtime> Group<R> {
    /// A group without a socket. `config` is what sockets have that do not bring their own. Without a TLS
    /// configuration in it, wss trusts what the runtime's platform trusts ([`Runtime::configure`]).
    pub fn new(config: Config) -> io::Result<Self>
    where
        R: Default,
    {
        Self::on(R::default(), config)
    }

    /// The same on a runtime that is not as it is by default.
    pub fn on(runtime: R, config: Config) -> io::Result<Self> {
        let entropy = SharedEntropy::new(SeededEntropy::new(runtime.seed()?));
        let config = Arc::new(runtime.configure(config));
        Ok(Self(Arc::new(Shared { config, entropy, runtime, buffers: Mutex::default() })))
    }

    /// Adds a socket, idle, with the group's configuration.
    pub fn socket(&self) -> (Socket<R>, Events<R>) {
        self.socket_with(Arc::clone(&self.0.config))
    }

    /// Adds a socket, idle, with a configuration of its own, as it is: without TLS in it there is no wss.
    pub fn socket_with(&self, config: impl Into<Arc<Config>>) -> (Socket<R>, Events<R>) {
        socket::pair(Arc::clone(&self.0), Session::new(config, self.0.entropy.clone()))
    }
}

impl<R> Shared<R> {
    /// A buffer to read into, or the one that was kept.
    #[expect(clippy::unnecessary_box_returns, reason = "as above")]
    pub(super) fn lend(&self, kept: Option<Box<ReceiveBuffer>>) -> Box<ReceiveBuffer> {
        let mut buffers = self.buffers();
        match kept {
            Some(buffer) => {
                buffers.kept -= 1;
                buffer
            }
            None => buffers.free.pop().unwrap_or_default(),
        }
    }

    /// Whether the buffer that was lent may be kept for what is still in it.
    pub(super) fn keep(&self) -> bool {
        let mut buffers = self.buffers();
        let may = buffers.kept < MOST_KEPT;
        buffers.kept += usize::from(may);
        may
    }

    /// Takes back a buffer. It is empty.
    pub(super) fn give_back(&self, buffer: Box<ReceiveBuffer>) {
        self.buffers().free.push(buffer);
    }

    fn buffers(&self) -> MutexGuard<'_, Buffers> {
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
