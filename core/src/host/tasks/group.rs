//! The sockets of a program, made together.

use std::io;
use std::sync::Arc;

use super::event_loop::EventLoop;
use super::runtime::Runtime;
use super::shared::Shared;
use super::socket::{self, Events, Socket};
use crate::config::Config;

/// Any number of sockets that share a configuration, a source of entropy and the memory for reading, so an idle
/// connection costs little more than its socket.
pub struct Group<R>(Arc<Shared<R>>);

impl<R> Clone for Group<R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<R: Runtime> Group<R> {
    /// Makes a group without sockets. `config` is for sockets that do not bring their own. If it has no TLS
    /// configuration, wss trusts what the platform trusts ([`Runtime::configure`]).
    pub fn new(config: Config) -> io::Result<Self>
    where
        R: Default,
    {
        Self::on(R::default(), config)
    }

    /// The same on a runtime with settings of its own.
    pub fn on(runtime: R, config: Config) -> io::Result<Self> {
        Ok(Self(Arc::new(Shared::new(runtime, config)?)))
    }

    /// Adds an idle socket with the group's configuration.
    pub fn socket(&self) -> (Socket<R>, Events<R>) {
        self.socket_with(self.0.config())
    }

    /// Adds an idle socket with a configuration of its own. It is used as it is: if it has no TLS configuration, wss
    /// fails.
    pub fn socket_with(&self, config: impl Into<Arc<Config>>) -> (Socket<R>, Events<R>) {
        socket::pair(Arc::clone(&self.0), config)
    }

    /// Adds a loop with an idle session and the group's configuration.
    pub fn event_loop(&self) -> EventLoop<R> {
        self.event_loop_with(self.0.config())
    }

    /// Adds a loop with an idle session and a configuration of its own. It is used as it is: if it has no TLS
    /// configuration, wss fails.
    pub fn event_loop_with(&self, config: impl Into<Arc<Config>>) -> EventLoop<R> {
        EventLoop::of(Arc::clone(&self.0), config)
    }
}
