//! What the sockets of a program share.

use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use connect_socket_core::{Config, ReceiveBuffer, SeededEntropy, Session, SharedEntropy, Time};

use crate::socket::{self, Events, Socket};

/// Looks a host name up, in the order in which its addresses are to be preferred. May block: it is called on a
/// thread for such work. The default asks the system; a program can bring its own.
pub type Resolve = Arc<dyn Fn(&str, u16) -> io::Result<Vec<IpAddr>> + Send + Sync>;

/// Any number of sockets that share their configuration, a source of entropy and the memory that is read into,
/// so that an idle connection costs little more than its socket.
///
/// ```no_run
/// use connect_socket_smol::core::{Config, ConnectOptions};
/// use connect_socket_smol::{Group, Socket};
///
/// let group = Group::new(Config::default())?;
/// let sockets: Vec<_> = (0..1000).map(|_| group.socket()).collect();
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Group(Arc<Shared>);

pub(crate) struct Shared {
    config: Arc<Config>,
    entropy: SharedEntropy,
    pub(crate) resolve: Resolve,
    pub(crate) origin: Instant,
    buffers: Mutex<Buffers>,
}

/// The memory to read into: as many buffers as sockets were ever at work at one time, which is one for each thread
/// of the executor, and those that are kept.
#[derive(Default)]
struct Buffers {
    free: Vec<ReceiveBuffer>,
    kept: usize,
}

/// So many sockets keep a buffer while their events are taken one by one; what others have not told yet is put
/// aside in memory of its size.
const MOST_KEPT: usize = 16;

impl Group {
    /// A group without a socket. `config` is what sockets have that do not bring their own. Without a TLS
    /// configuration in it, wss trusts what the platform trusts.
    pub fn new(config: Config) -> io::Result<Self> {
        Self::with_resolver(config, system())
    }

    /// The same with a resolver of your own.
    pub fn with_resolver(config: Config, resolve: Resolve) -> io::Result<Self> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        Ok(Self(Arc::new(Shared {
            config: Arc::new(config.or_platform_tls()),
            entropy: SharedEntropy::new(SeededEntropy::new(seed)),
            resolve,
            origin: Instant::now(),
            buffers: Mutex::default(),
        })))
    }

    /// Adds a socket, idle, with the group's configuration.
    pub fn socket(&self) -> (Socket, Events) {
        self.socket_with(Arc::clone(&self.0.config))
    }

    /// Adds a socket, idle, with a configuration of its own, as it is: without TLS in it there is no wss.
    pub fn socket_with(&self, config: impl Into<Arc<Config>>) -> (Socket, Events) {
        socket::pair(Arc::clone(&self.0), Session::new(config, self.0.entropy.clone()))
    }
}

impl Shared {
    pub(crate) fn now(&self) -> Time {
        Time::ZERO + self.origin.elapsed()
    }

    /// A buffer to read into, or the one that was kept.
    pub(crate) fn lend(&self, kept: Option<ReceiveBuffer>) -> ReceiveBuffer {
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
    pub(crate) fn keep(&self) -> bool {
        let mut buffers = self.buffers();
        let may = buffers.kept < MOST_KEPT;
        buffers.kept += usize::from(may);
        may
    }

    /// Takes back a buffer. It is empty.
    pub(crate) fn give_back(&self, buffer: ReceiveBuffer) {
        self.buffers().free.push(buffer);
    }

    fn buffers(&self) -> MutexGuard<'_, Buffers> {
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The system's resolver.
fn system() -> Resolve {
    Arc::new(|host, port| Ok((host, port).to_socket_addrs()?.map(|address| address.ip()).collect()))
}
