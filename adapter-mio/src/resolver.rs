//! Host names, looked up with the system's resolver on threads of their own: it blocks, for minutes perhaps,
//! and a loop must not.

use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use connect_socket_core::{ConnectionId, ResolveError};
use mio::Waker;

/// Looks a host name up, in the order in which its addresses are to be preferred. Their ports do not matter; their
/// scopes are dialled with them. May block. The default asks the system; a program can bring its own.
pub type Resolve = Arc<dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync>;

/// So many names are looked up at once; further ones wait, so that a program that connects in a loop to a name
/// server that does not answer does not fill its memory with threads.
const MOST: usize = 16;

/// `K` names whoever asks.
pub(crate) struct Resolver<K> {
    resolve: Resolve,
    waker: Arc<Waker>,
    waiting: VecDeque<(K, ConnectionId, Box<str>, u16)>,
    running: usize,
    answers: (Sender<Answer<K>>, Receiver<Answer<K>>),
}

type Answer<K> = (K, ConnectionId, Result<Vec<SocketAddr>, ResolveError>);

impl<K: Copy + Send + 'static> Resolver<K> {
    pub(crate) fn new(resolve: Resolve, waker: Arc<Waker>) -> Self {
        Self { resolve, waker, waiting: VecDeque::new(), running: 0, answers: channel() }
    }

    /// Looks `host` up; the waker is called when the answer is there.
    pub(crate) fn ask(&mut self, key: K, connection: ConnectionId, host: Box<str>, port: u16) {
        self.waiting.push_back((key, connection, host, port));
        self.begin();
    }

    /// The next answer that is there.
    pub(crate) fn poll(&mut self) -> Option<Answer<K>> {
        let answer = self.answers.1.try_recv().ok()?;
        self.running -= 1;
        self.begin();
        Some(answer)
    }

    fn begin(&mut self) {
        while self.running < MOST
            && let Some((key, connection, host, port)) = self.waiting.pop_front()
        {
            self.running += 1;
            let (resolve, waker) = (self.resolve.clone(), self.waker.clone());
            let answers = self.answers.0.clone();
            let look_up = move || {
                let answer = resolve(&host, port).map_err(|error| ResolveError::Failed(error.into()));
                // Without a receiver the driver is gone, and with it whoever asked.
                let _ = answers.send((key, connection, answer));
                let _ = waker.wake();
            };
            if let Err(error) = thread::Builder::new().name("resolver".into()).spawn(look_up) {
                let _ = self.answers.0.send((key, connection, Err(ResolveError::Failed(error.into()))));
                let _ = self.waker.wake();
            }
        }
    }
}

/// The system's resolver.
pub(crate) fn system() -> Resolve {
    Arc::new(|host, port| Ok((host, port).to_socket_addrs()?.collect()))
}
