//! The patterns that a client plays with the server: who sends what, how often and on how many connections.

/// One row: every connection sends a batch, awaits all replies to it, and sends the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// How many connections one loop has.
    pub(crate) connections: usize,
    /// How many messages a client sends at once.
    pub(crate) batch: usize,
    /// How many bytes each of them has.
    pub(crate) sent: usize,
    /// How many messages answer each of them.
    pub(crate) replies: usize,
    /// How many bytes a reply has.
    pub(crate) received: usize,
}

impl Pattern {
    /// One message, and one back.
    pub(crate) const fn ping_pong(size: usize, connections: usize) -> Self {
        Self { connections, batch: 1, sent: size, replies: 1, received: size }
    }

    /// Sixty-four messages in a batch, each of which is answered.
    pub(crate) const fn pipelined(size: usize) -> Self {
        Self { connections: 1, batch: 64, sent: size, replies: 1, received: size }
    }

    /// Many messages for one small. What is under way fits into the cache of a core, or the row would measure that.
    pub(crate) const fn bulk(size: usize) -> Self {
        Self { connections: 1, batch: 1, sent: 16, replies: 16, received: size }
    }

    /// How many replies answer a batch.
    pub(crate) const fn replies_to_batch(&self) -> usize {
        self.batch * self.replies
    }

    /// How many messages come when every connection sends one batch.
    pub(crate) const fn messages(&self) -> usize {
        self.connections * self.replies_to_batch()
    }

    /// How many bytes a message to the server has on the wire, with its head and mask.
    pub(crate) const fn sent_on_wire(&self) -> usize {
        head_length(self.sent) + 4 + self.sent
    }

    /// How many bytes a reply has on the wire.
    pub(crate) const fn received_on_wire(&self) -> usize {
        head_length(self.received) + self.received
    }

    /// The path of the url by which a client asks the server for this pattern.
    pub(crate) fn path(&self) -> String {
        format!("/{}/{}/{}", self.sent_on_wire(), self.replies, self.received)
    }
}

const fn head_length(payload: usize) -> usize {
    match payload {
        0..=125 => 2,
        126..=0xffff => 4,
        _ => 10,
    }
}

/// A message of the server as it is on the wire.
pub(crate) fn frame(payload: &[u8]) -> Vec<u8> {
    let length = payload.len();
    let mut frame = vec![0x82];
    match head_length(length) {
        2 => frame.push(length as u8),
        4 => {
            frame.push(126);
            frame.extend((length as u16).to_be_bytes());
        }
        _ => {
            frame.push(127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}
