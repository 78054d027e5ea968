//! The sockets of a server's threads, so that dropping the server ends whatever they wait for.

use std::collections::HashMap;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};

use super::mailbox::lock;

/// The streams that are in use. Clones are the same registry.
#[derive(Clone, Default)]
pub struct Registry(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    streams: HashMap<u64, TcpStream>,
    next: u64,
    stopping: bool,
}

/// One registered stream; its registration ends with it.
pub struct Registered {
    registry: Registry,
    key: u64,
}

impl Registry {
    /// Registers `stream`; it is shut down at once when the server is going already.
    pub fn add(&self, stream: &TcpStream) -> Registered {
        let mut inner = lock(&self.0);
        let key = inner.next;
        inner.next += 1;
        if inner.stopping {
            let _ = stream.shutdown(Shutdown::Both);
        } else if let Ok(clone) = stream.try_clone() {
            inner.streams.insert(key, clone);
        }
        Registered { registry: self.clone(), key }
    }

    /// Whether the server is going.
    pub fn is_stopping(&self) -> bool {
        lock(&self.0).stopping
    }

    /// Ends every stream, and the thread that accepts at `address`.
    pub fn stop(&self, address: SocketAddr) {
        let streams = {
            let mut inner = lock(&self.0);
            inner.stopping = true;
            std::mem::take(&mut inner.streams)
        };
        for stream in streams.values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        // An accept cannot be interrupted, but it can be satisfied.
        let _ = TcpStream::connect(address);
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        lock(&self.registry.0).streams.remove(&self.key);
    }
}
