#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
// docs.rs shows which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod runtime;

pub use connect_socket_core;
pub use connect_socket_core::host::Resolve;
pub use connect_socket_core::{OwnedEvent as Event, OwnedMessage as Message};
pub use runtime::{Smol, Transport};

/// A handle that gives commands to one socket; see [`connect_socket_core::tasks::Socket`].
pub type Socket = connect_socket_core::tasks::Socket<Smol>;
/// The result of a command, as a future; see [`connect_socket_core::tasks::Call`].
pub type Call = connect_socket_core::tasks::Call<Smol>;
/// Everything that a Mini Program observes, as a stream; see [`connect_socket_core::tasks::Events`].
pub type Events = connect_socket_core::tasks::Events<Smol>;
/// Only the messages, as a stream and a sink; see [`connect_socket_core::tasks::Messages`].
pub type Messages = connect_socket_core::tasks::Messages<Smol>;
/// A session in one task, which borrows each message; see [`connect_socket_core::tasks::EventLoop`].
pub type EventLoop = connect_socket_core::tasks::EventLoop<Smol>;
/// Any number of sockets that share their memory; see [`connect_socket_core::tasks::Group`].
///
/// ```no_run
/// use connect_socket_smol::connect_socket_core::{Config, ConnectOptions};
/// use connect_socket_smol::{Group, Socket};
///
/// let group = Group::new(Config::default())?;
/// let sockets: Vec<_> = (0..1000).map(|_| group.socket()).collect();
/// # Ok::<(), std::io::Error>(())
/// ```
pub type Group = connect_socket_core::tasks::Group<Smol>;
