//! What one session may do in one turn, before others have theirs.

use crate::event::Reason;
use crate::time::Time;

/// What is left of a session's share of the turn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    /// Bytes of the current transport that may still be read. The last read may take more.
    pub(super) read: usize,
    /// Bytes that may still be written. The last write may take more.
    pub(super) written: usize,
    /// Events that may still be reported. While it is zero and an event waits, nothing is written or read: each byte
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

/// What is to be done about the timers of a session.
pub(super) enum Due {
    /// None has run out, or what runs out has to wait for the next turn.
    Nothing,
    /// Its socket is to be read first: what a timer waits for may be there, though nobody has said so yet.
    Read,
    /// They run out: [`handle_timeout`](crate::Session::handle_timeout).
    Timeout,
}

impl Share {
    pub(super) const WHOLE: Self = Self { read: BYTES, written: BYTES, events: EVENTS, lingering: true };

    /// What is to be done about the next deadline of a session, behind everything that was read (rule F8). `looked`: a read
    /// was tried since it was found to be due.
    #[inline]
    pub(super) fn due(&self, deadline: Option<(Time, Reason)>, now: Time, looked: &mut bool) -> Due {
        match deadline.filter(|(at, _)| *at <= now) {
            None => Due::Nothing,
            // What is to be written goes before the next frame, also where that is in the next turn.
            Some((_, Reason::Input)) if self.written == 0 => Due::Nothing,
            Some((_, reason)) if reason != Reason::Input && !*looked && self.read > 0 => {
                *looked = true;
                Due::Read
            }
            Some(_) => Due::Timeout,
        }
    }
}
