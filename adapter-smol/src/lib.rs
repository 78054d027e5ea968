#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod runtime;

pub use connect_socket_core as core;
pub use core::{OwnedEvent as Event, OwnedMessage as Message};
pub use runtime::{Resolve, Smol, Transport};

/// Gives commands; see [`core::tasks::Socket`].
pub type Socket = core::tasks::Socket<Smol>;
/// The result of a command; see [`core::tasks::Call`].
pub type Call = core::tasks::Call<Smol>;
/// Everything that a Mini Program observes, as a stream; see [`core::tasks::Events`].
pub type Events = core::tasks::Events<Smol>;
/// Messages alone, as a stream and a sink; see [`core::tasks::Messages`].
pub type Messages = core::tasks::Messages<Smol>;
/// Any number of sockets that share their memory; see [`core::tasks::Group`].
///
/// ```no_run
/// use connect_socket_smol::core::{Config, ConnectOptions};
/// use connect_socket_smol::{Group, Socket};
///
/// let group = Group::new(Config::default())?;
/// let sockets: Vec<_> = (0..1000).map(|_| group.socket()).collect();
/// # Ok::<(), std::io::Error>(())
/// ```
pub type Group = core::tasks::Group<Smol>;
