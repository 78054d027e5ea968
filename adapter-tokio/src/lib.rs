#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
// docs.rs shows which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

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
/// A session in one task, which borrows each message; see [`connect_socket_core::tasks::EventLoop`].
///
/// ```
/// use connect_socket_tokio::EventLoop;
/// use connect_socket_tokio::connect_socket_core::{Config, ConnectOptions};
/// use tokio::sync::mpsc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let (sender, mut lines) = mpsc::channel::<String>(16);
/// let mut socket = EventLoop::new(Config::default())?;
/// socket.connect(&ConnectOptions::new("https://no.websocket.example"));
/// loop {
///     tokio::select! {
///         event = socket.next_event() => match event {
///             Some(event) => println!("{event:?}"),
///             None => break,
///         },
///         // What other tasks want to send.
///         Some(line) = lines.recv() => {
///             socket.send(&line);
///         }
///     }
/// }
/// let error = socket.end().and_then(|end| end.error()).expect("the url was refused");
/// assert_eq!(error.code().number(), 5);
/// # drop(sender);
/// # Ok(())
/// # }
/// ```
pub type EventLoop = connect_socket_core::tasks::EventLoop<Tokio>;
/// Any number of sockets that share their memory; see [`connect_socket_core::tasks::Group`].
///
/// ```
/// use connect_socket_tokio::Group;
/// use connect_socket_tokio::connect_socket_core::Config;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let group = Group::new(Config::default())?;
/// let sockets: Vec<_> = (0..1000).map(|_| group.socket()).collect();
/// # assert_eq!(sockets.len(), 1000);
/// # Ok(())
/// # }
/// ```
pub type Group = connect_socket_core::tasks::Group<Tokio>;
