//! Host names, looked up with the system's resolver on threads of their own: it blocks, for minutes perhaps,
//! and a loop must not. Which name is looked up when, and how many at once, is the hub's to say.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use connect_socket_core::ResolveError;
use connect_socket_core::host::{Question, QuestionId};
use mio::Waker;

/// Looks a host name up, in the order in which its addresses are to be preferred. Their ports do not matter; their
/// scopes are dialled with them. May block. The default asks the system; a program can bring its own.
pub type Resolve = Arc<dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync>;

pub(crate) struct Resolver {
    resolve: Resolve,
    waker: Arc<Waker>,
    answers: (Sender<Answer>, Receiver<Answer>),
}

type Answer = (QuestionId, Result<Vec<SocketAddr>, ResolveError>);

impl Resolver {
    pub(crate) fn new(resolve: Resolve, waker: Arc<Waker>) -> Self {
        Self { resolve, waker, answers: channel() }
    }

    /// Looks a name up; the waker is called when the answer is there.
    pub(crate) fn look_up(&self, question: Question) {
        let (resolve, waker, answers) =
            (Arc::clone(&self.resolve), Arc::clone(&self.waker), self.answers.0.clone());
        let id = question.id;
        let look_up = move || {
            let answer = question.ask(|host, port| resolve(host, port));
            // Without a receiver the driver is gone, and with it whoever asked.
            let _ = answers.send((id, answer));
            let _ = waker.wake();
        };
        if let Err(error) = thread::Builder::new().name("resolver".into()).spawn(look_up) {
            let _ = self.answers.0.send((id, Err(ResolveError::Failed(error.into()))));
            let _ = self.waker.wake();
        }
    }

    /// The next answer that is there.
    pub(crate) fn poll(&self) -> Option<Answer> {
        self.answers.1.try_recv().ok()
    }
}

/// The system's resolver.
pub(crate) fn system() -> Resolve {
    Arc::new(|host, port| Ok((host, port).to_socket_addrs()?.collect()))
}
