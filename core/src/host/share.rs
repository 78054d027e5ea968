//! What one session may do in one turn, before the others have theirs.

use crate::event::Reason;
use crate::time::Time;

/// What is left of a session's share of the turn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    /// Bytes of the current transport that may still be read. The last read may take more.
    pub(super) read: usize,
    /// Bytes that may still be written. The last write may take more.
    pub(super) written: usize,
    /// Events that may still be reported. While this is zero and an event waits, nothing is written or read. Each byte
    /// written may cause an event that comes before a message, so a program that sends on each success would never get
    /// a message.
    pub(super) events: u32,
    /// The transports that linger have not been read in this turn. Each is read once, at most [`LINGERING`] bytes.
    pub(super) lingering: bool,
}

/// A share takes a millisecond or less: four windows of the default size, with one of them full of small messages.
const BYTES: usize = 256 * 1024;
const EVENTS: u32 = 1024;

/// What comes from a lingering transport is dropped, so it may be read slowly.
pub(super) const LINGERING: usize = 16 * 1024;

/// What to do about the timers of a session.
pub(super) enum Due {
    /// None has run out, or what runs out has to wait for the next turn.
    Nothing,
    /// Its socket has to be read first: what a timer waits for may be there, although it has not been reported yet.
    Read,
    /// They run out: [`handle_timeout`](crate::Session::handle_timeout).
    Timeout,
}

impl Share {
    pub(super) const WHOLE: Self = Self { read: BYTES, written: BYTES, events: EVENTS, lingering: true };

    /// What to do about the next deadline of a session, after everything that was read (rule F8). `looked` says whether
    /// a read was tried since the deadline was found to be due.
    #[inline]
    pub(super) fn due(&self, deadline: Option<(Time, Reason)>, now: Time, looked: &mut bool) -> Due {
        match deadline.filter(|(at, _)| *at <= now) {
            None => Due::Nothing,
            // What has to be written goes out before the next frame is parsed, even if that is in the next turn.
            Some((_, Reason::Input)) if self.written == 0 => Due::Nothing,
            Some((_, reason)) if reason != Reason::Input && !*looked && self.read > 0 => {
                *looked = true;
                Due::Read
            }
            Some(_) => Due::Timeout,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::from_millis(10);
    const WRITTEN: Share = Share { written: 0, ..Share::WHOLE };
    const READ: Share = Share { read: 0, ..Share::WHOLE };

    /// A deadline that has come takes effect after a read, unless the share leaves no read. What was received and waits for
    /// a write needs no read, but a share that leaves the write (rule F8).
    #[test]
    fn what_is_due_depends_on_the_share() {
        for (reason, at, share, looked, expected) in [
            (Reason::Pong, 11, Share::WHOLE, false, "nothing"),
            (Reason::Pong, 10, Share::WHOLE, false, "read"),
            (Reason::Pong, 9, Share::WHOLE, true, "timeout"),
            (Reason::Pong, 10, WRITTEN, false, "read"),
            (Reason::Pong, 10, READ, false, "timeout"),
            (Reason::Input, 11, Share::WHOLE, false, "nothing"),
            (Reason::Input, 10, Share::WHOLE, false, "timeout"),
            (Reason::Input, 10, READ, false, "timeout"),
            (Reason::Input, 10, WRITTEN, false, "nothing"),
            (Reason::Input, 10, WRITTEN, true, "nothing"),
        ] {
            let mut after = looked;
            let due = match share.due(Some((Time::from_millis(at), reason)), NOW, &mut after) {
                Due::Nothing => "nothing",
                Due::Read => "read",
                Due::Timeout => "timeout",
            };
            assert_eq!(due, expected, "{reason:?} at {at} of {share:?}, looked: {looked}");
            assert_eq!(after, looked || due == "read");
        }
        assert!(matches!(Share::WHOLE.due(None, NOW, &mut false), Due::Nothing));
    }
}
