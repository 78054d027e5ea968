//! One transport, as its host knows it.

use std::collections::VecDeque;

use connect_socket_core::{TransportError, TransportId};

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It is to be connected.
    Dialled,
    /// It is.
    Connected,
    /// It could not be.
    Failed,
    /// The session has let it go.
    Released,
}

/// A transport, with what is known of its far end.
#[derive(Debug)]
pub struct Line<F> {
    /// How far it is.
    pub stage: Stage,
    /// What the server has sent and the host has not read.
    pub unread: VecDeque<u8>,
    /// The client's half is shut down.
    pub shut: bool,
    /// The session was told that nothing more comes.
    pub ended: bool,
    /// The server, or what a test needs of it.
    pub far: F,
}

impl<F> Line<F> {
    /// One that is dialled.
    pub(super) fn new(far: F) -> Self {
        Self { stage: Stage::Dialled, unread: VecDeque::new(), shut: false, ended: false, far }
    }

    /// Whether it is connected, and not let go.
    pub fn is_connected(&self) -> bool {
        self.stage == Stage::Connected
    }

    /// Whether the session has to let it go some time.
    pub fn is_live(&self) -> bool {
        matches!(self.stage, Stage::Dialled | Stage::Connected)
    }

    /// Reads `most` bytes at most into `room`; gives how many.
    pub fn read(&mut self, most: usize, room: &mut [u8]) -> usize {
        let count = most.min(room.len()).min(self.unread.len());
        self.unread.drain(..count).zip(room).for_each(|(byte, place)| *place = byte);
        count
    }
}

/// Of which connection `id` is a transport, as a number.
pub fn connection_of(id: TransportId) -> u64 {
    id.connection().get()
}

/// A transport's error.
pub fn broken() -> TransportError {
    TransportError::new(std::io::ErrorKind::ConnectionReset, "reset")
}
