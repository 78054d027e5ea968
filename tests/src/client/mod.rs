//! What a test needs of an implementation: one trait, so that every adapter and every other program passes the
//! same scenarios. It has what a Mini Program has; what only somebody inside the same process can do is apart.

pub mod event_loop;
pub mod mio;
pub mod smol;
pub mod tasks;
pub mod tokio;
mod told;

use std::io;
use std::time::Instant;

use connect_socket_core::{CloseOptions, Config, ConnectOptions, Payload, Stats};

pub use crate::peers::mailbox::Wake;
pub use connect_socket_core::host::Resolve as Resolver;
pub use told::{Call, Raised, Seen};

/// A session, as the one thread of a test or of the harness drives it.
pub trait Client: Sized {
    /// Makes the session. Without a resolver, names are looked up as the implementation does by itself.
    ///
    /// # Errors
    /// The system has no resources for it.
    fn start(config: Config, resolver: Option<Resolver>) -> io::Result<Self>;

    /// connectSocket.
    fn connect(&mut self, options: &ConnectOptions) -> Call;

    /// sendSocketMessage.
    fn send(&mut self, payload: Payload<'_>) -> Call;

    /// closeSocket.
    fn close(&mut self, options: &CloseOptions) -> Call;

    /// Gives the next event, and serves the network until there is one. None: `deadline` has come, or the
    /// [`waker`](Client::waker) was used. Calls that were made since the last time were made in one turn.
    ///
    /// # Errors
    /// The implementation itself failed.
    fn next(&mut self, deadline: Instant) -> io::Result<Option<Seen>>;

    /// Makes [`next`](Client::next) return from any thread.
    fn waker(&self) -> Wake;

    /// Whether there is no current connection, as far as this client can know.
    fn is_idle(&self) -> bool;

    /// What else can be asked and set from within the same process. A client that is another process does not
    /// return: the scenario that `needs` it cannot be played there.
    fn inside(&mut self, needs: &'static str) -> &mut dyn Inside;
}

/// What an adapter offers to the program that embeds it, beyond the API. That there is one also says that the
/// network is served in calls of [`Client::next`] alone.
pub trait Inside {
    /// Stops reading from the network, and delivering what was read, or goes on with it.
    fn set_receiving(&mut self, receiving: bool);

    /// Whether a message of so many bytes would be taken now.
    fn can_send(&self, length: usize) -> bool;

    /// Whether a part of so many bytes would be taken now.
    fn can_send_part(&self, length: usize) -> bool;

    /// Sends a part of a message.
    fn send_part(&mut self, payload: Payload<'_>, last: bool) -> Call;

    /// How many bytes wait to be handed to the transport.
    fn buffered_amount(&self) -> usize;

    /// What was received and sent so far.
    fn stats(&self) -> Stats;
}
