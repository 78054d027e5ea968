//! A server that does what a script says, connection by connection: the peer for everything that a sound
//! server would not do.

use std::any::Any;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use rustls::ServerConfig;

use super::mailbox::{Mailbox, lock};
use super::registry::Registry;
use super::wire::{Stream, Told, Wire};

/// What to do with one connection.
pub type Script = Box<dyn FnOnce(Wire) + Send>;

type Panic = Box<dyn Any + Send>;

/// A listener whose first connection gets the first script, and so on; later ones get no
/// answer.
pub struct ScriptedServer {
    address: SocketAddr,
    told: Vec<Mailbox<Told>>,
    resume: Vec<Option<Sender<()>>>,
    registry: Registry,
    panics: Arc<Mutex<Vec<Panic>>>,
    accepting: Option<JoinHandle<Vec<JoinHandle<()>>>>,
}

impl ScriptedServer {
    /// A server for one connection.
    pub fn start(script: impl FnOnce(Wire) + Send + 'static) -> Self {
        Self::with_scripts(None, vec![Box::new(script)])
    }

    /// A server for one connection with TLS.
    pub fn start_tls(config: Arc<ServerConfig>, script: impl FnOnce(Wire) + Send + 'static) -> Self {
        Self::with_scripts(Some(config), vec![Box::new(script)])
    }

    /// A server for one connection, by IPv6.
    ///
    /// # Errors
    /// There is no IPv6 on this machine.
    pub fn start_ipv6(script: impl FnOnce(Wire) + Send + 'static) -> io::Result<Self> {
        Ok(Self::listening(TcpListener::bind((Ipv6Addr::LOCALHOST, 0))?, None, vec![Box::new(script)]))
    }

    /// A server for as many connections as there are scripts.
    ///
    /// # Panics
    /// If it cannot listen.
    pub fn with_scripts(tls: Option<Arc<ServerConfig>>, scripts: Vec<Script>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on 127.0.0.1");
        Self::listening(listener, tls, scripts)
    }

    fn listening(listener: TcpListener, tls: Option<Arc<ServerConfig>>, scripts: Vec<Script>) -> Self {
        let address = listener.local_addr().expect("its address");
        let registry = Registry::default();
        let panics = Arc::new(Mutex::new(Vec::new()));
        let told: Vec<_> = scripts.iter().map(|_| Mailbox::default()).collect();
        let (resume, resumed): (Vec<_>, Vec<_>) = scripts.iter().map(|_| mpsc::channel()).unzip();

        let jobs: Vec<_> = scripts.into_iter().zip(told.clone()).zip(resumed).collect();
        let (streams, failures) = (registry.clone(), Arc::clone(&panics));
        let accepting = thread::spawn(move || {
            let mut threads = Vec::new();
            for ((script, told), resumed) in jobs {
                let Ok((socket, _)) = listener.accept() else { break };
                if streams.is_stopping() {
                    break;
                }
                let registered = streams.add(&socket);
                let wire = Wire::new(Stream::new(socket, tls.as_ref()), registered, told, resumed);
                let (streams, failures) = (streams.clone(), Arc::clone(&failures));
                threads.push(thread::spawn(move || {
                    let outcome = panic::catch_unwind(AssertUnwindSafe(|| script(wire)));
                    // A script that is stopped in the middle of a read has not failed.
                    if let (Err(failure), false) = (outcome, streams.is_stopping()) {
                        lock(&failures).push(failure);
                    }
                }));
            }
            // The listener lives until the server goes: a client beyond the scripts is held, not refused.
            let mut held = Vec::new();
            while !streams.is_stopping()
                && let Ok(socket) = listener.accept()
            {
                held.push(socket);
            }
            threads
        });
        let resume = resume.into_iter().map(Some).collect();
        Self { address, told, resume, registry, panics, accepting: Some(accepting) }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// A ws url that leads to it.
    pub fn url(&self) -> String {
        format!("ws://{}/", self.address)
    }

    /// A wss url that leads to it, by the name localhost.
    pub fn wss_url(&self) -> String {
        format!("wss://localhost:{}/", self.port())
    }

    /// What the script of the first connection tells.
    pub fn told(&self) -> &Mailbox<Told> {
        self.told_by(0)
    }

    /// What the script of the connection `index` tells.
    pub fn told_by(&self, index: usize) -> &Mailbox<Told> {
        &self.told[index]
    }

    /// Lets the first connection's script go on after its pause.
    pub fn resume(&self) {
        self.resume_script(0);
    }

    /// Lets the script of the connection `index` go on after its pause.
    pub fn resume_script(&self, index: usize) {
        if let Some(Some(resume)) = self.resume.get(index) {
            let _ = resume.send(());
        }
    }
}

impl Drop for ScriptedServer {
    fn drop(&mut self) {
        self.registry.stop(self.address);
        self.resume.clear();
        if let Some(threads) = self.accepting.take().and_then(|accepting| accepting.join().ok()) {
            for thread in threads {
                let _ = thread.join();
            }
        }
        let failure = lock(&self.panics).pop();
        if let (Some(failure), false) = (failure, thread::panicking()) {
            panic::resume_unwind(failure);
        }
    }
}
