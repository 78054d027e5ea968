//! A connection in a task: what each client on smol and tokio has to bring, and the pattern that it plays.

use std::future::Future;
use std::io;
use std::net::SocketAddr;

use super::pattern::Pattern;

/// One connection of a client.
pub(crate) trait Talk: Sized + 'static {
    /// What the connections of a client share.
    type Group;

    /// Makes it, in the runtime.
    fn group(pattern: &Pattern) -> io::Result<Self::Group>;

    /// A connection that is open, in the runtime.
    fn open(
        group: &Self::Group,
        server: SocketAddr,
        pattern: &Pattern,
    ) -> impl Future<Output = io::Result<Self>>;

    /// Sends so many messages as a batch. They are with the system when this is over, or when the next reply is awaited.
    fn send(&mut self, batch: usize) -> impl Future<Output = ()>;

    /// Awaits one message, and says how many bytes it has.
    fn receive(&mut self) -> impl Future<Output = usize>;
}

/// Sends so many batches on one connection, and awaits the replies to each.
pub(crate) async fn play(talk: &mut impl Talk, pattern: Pattern, batches: usize) {
    for _ in 0..batches {
        talk.send(pattern.batch).await;
        for _ in 0..pattern.replies_to_batch() {
            assert_eq!(talk.receive().await, pattern.received, "a reply of another length");
        }
    }
}
