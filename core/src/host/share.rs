//! What one session may do in one turn, before others have theirs.

/// What is left of a session's share of the turn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    /// Bytes of the current transport that may still be read. The last read may take more.
    pub(super) read: usize,
    /// Bytes that may still be written. The last write may take more.
    pub(super) written: usize,
    /// Events that may still be told. While it is zero and an event waits, nothing is written or read: each byte
    /// written may make an event that goes before a message, so whoever sends on each success would never come to one.
    pub(super) events: u32,
    /// The transports that linger have not been read in this turn. Each is read once, at most [`LINGERING`] bytes.
    pub(super) lingering: bool,
}

/// A share is a millisecond's work or less: four windows of the default size, and small messages from one of them.
const BYTES: usize = 256 * 1024;
const EVENTS: u32 = 1024;

/// What a lingering transport still says is dropped, so it is read as slowly as the network's buffers bear.
pub(super) const LINGERING: usize = 16 * 1024;

impl Share {
    pub(super) const WHOLE: Self = Self { read: BYTES, written: BYTES, events: EVENTS, lingering: true };
}
