#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod runtime;

pub use connect_socket_core;
pub use connect_socket_core::host::Resolve;
pub use connect_socket_core::{OwnedEvent as Event, OwnedMessage as Message};
pub use runtime::{Tokio, Transport};

/// A handle that gives commands to one socket; see [`connect_socket_core::tasks::Socket`].
pub type Socket = connect_socket_core::tasks::Socket<Tokio>;
/// The result of a command, as a future; see [`connect_socket_core::tasks::Call`].
pub type Call = connect_socket_core::tasks::Call<Tokio>;
/// Everything that a Mini Program observes, as a stream; see [`connect_socket_core::tasks::Events`].
pub type Events = connect_socket_core::tasks::Events<Tokio>;
/// Only the messages, as a stream and a sink; see [`connect_socket_core::tasks::Messages`].
pub type Messages = connect_socket_core::tasks::Messages<Tokio>;
/// Any number of sockets that share their memory; see [`connect_socket_core::tasks::Group`].
pub type Group = connect_socket_core::tasks::Group<Tokio>;
