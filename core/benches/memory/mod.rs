//! Two WebSocket clients over memory, driven alike: a session of this crate through its public API, and
//! tungstenite with its default settings. Beside them, the copy that both are handed their bytes by.
#![allow(dead_code, unused_imports, reason = "a bench takes what it needs")]

use std::hint::black_box;

mod copy;
mod session;
mod tungstenite;
mod wire;

pub(crate) use copy::CopyPeer;
pub(crate) use session::{SessionPeer, SessionsPeer, connect};
pub(crate) use tungstenite::TungstenitePeer;
pub(crate) use wire::{Kind, Reads, Wire, payload};

/// What is measured of a client.
pub(crate) trait Peer {
    /// An open client that will read `wire` and send `payload`.
    fn open(wire: Wire, kind: Kind, payload: &[u8]) -> Self;

    /// Receives `count` messages and shows each to the optimiser.
    fn receive(&mut self, count: usize);

    /// Sends `count` messages, then hands all that waits to a transport that takes everything.
    fn send(&mut self, count: usize);
}

/// Where messages go. Pointer and length are shown one by one, as they are passed to a function: a pair is
/// written to memory and read back at another width, which costs more than the message.
#[inline]
fn sink(message: &[u8]) {
    black_box(message.as_ptr());
    black_box(message.len());
}

/// How many messages are sent between two flushes.
pub(crate) fn batch(size: usize) -> usize {
    if size < 16 * 1024 { 64 } else { 8 }
}
