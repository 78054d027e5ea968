//! The sockets of a program, made together.

use std::io;
use std::sync::Arc;

use super::runtime::Runtime;
use super::shared::Shared;
use super::socket::{self, Events, Socket};
use crate::config::Config;

/// Any number of sockets that share their configuration, a source of entropy and the memory that is read into,
/// so that an idle connection costs little more than its socket.
pub struct Group<R>(Arc<Shared<R>>);

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
        Ok(Self(Arc::new(Shared::new(runtime, config)?)))
    }

    /// Adds a socket, idle, with the group's configuration.
    pub fn socket(&self) -> (Socket<R>, Events<R>) {
        self.socket_with(self.0.config())
    }

    /// Adds a socket, idle, with a configuration of its own, as it is: without TLS in it there is no wss.
    pub fn socket_with(&self, config: impl Into<Arc<Config>>) -> (Socket<R>, Events<R>) {
        socket::pair(Arc::clone(&self.0), config)
    }
}
