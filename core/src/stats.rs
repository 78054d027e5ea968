//! What a session counts: bytes, frames and messages in each direction, and the round trip of a ping.

use core::time::Duration;

use crate::frame::Control;
use crate::time::Time;

/// What a session has received and sent so far, all its connections together: the figures only grow. What happened between
/// two moments is the difference of two readings.
///
/// The figures are those of a capture of the session's sockets, with these limits. A frame is counted once all of it has
/// come and is accepted, or once the transport has taken all of it. So what is dropped before it leaves, such as a pong
/// that a newer one replaces, does not count. Frames that come after a connection has ended are not read any more: only
/// their bytes count.
///
/// ```
/// use connect_socket_core::{Config, Session, Stats, Tape};
///
/// let session = Session::new(Config::default(), Tape::default());
/// assert_eq!(session.stats(), Stats::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// What came in.
    pub received: Traffic,
    /// What went out.
    pub sent: Traffic,
    /// How long the last keepalive ping took that was answered: from the moment the transport took all of it until its
    /// pong was read. None before the first answer, and always where [keepalive](crate::Config::keepalive) is off.
    pub round_trip: Option<Duration>,
}

/// One direction of [`Stats`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Traffic {
    /// Bytes on the wire: TLS records, the upgrade and frames, whatever they carry.
    pub bytes: u64,
    /// Frames (RFC 6455 §5.2) of every kind.
    pub frames: u64,
    /// Messages: text and binary, however many frames each has.
    pub messages: u64,
    /// Ping frames.
    pub pings: u64,
    /// Pong frames.
    pub pongs: u64,
}

/// [`Stats`] as a session keeps them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counters {
    pub(crate) received: Counts,
    pub(crate) sent: Counts,
    pub(crate) round_trip: Option<Duration>,
}

/// One direction. A frame counts in one field, so that the one that most have, a message of one frame, costs one addition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) bytes: u64,
    /// Frames that end a message.
    pub(crate) messages: u64,
    pub(crate) pings: u64,
    pub(crate) pongs: u64,
    /// Frames that are none of these: close frames, and those that a message goes on after.
    pub(crate) others: u64,
}

/// Whether a ping of ours is out on a connection and was not answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Asked {
    #[default]
    Never,
    Once(Time),
    /// Whichever of them a pong answers (RFC 6455 §5.5.3 allows one for all), it tells no round trip.
    Several,
}

impl Counters {
    pub(crate) fn stats(&self) -> Stats {
        Stats { received: self.received.traffic(), sent: self.sent.traffic(), round_trip: self.round_trip }
    }
}

impl Asked {
    /// The transport took all of a ping.
    pub(crate) fn sent(&mut self, now: Time) {
        *self = match self {
            Self::Never => Self::Once(now),
            Self::Once(_) | Self::Several => Self::Several,
        };
    }

    /// A pong with this payload came: the round trip, if it tells one. Our pings are empty, so a pong of any other payload
    /// answers none of them.
    pub(crate) fn answered(&mut self, now: Time, payload: &[u8]) -> Option<Duration> {
        if !payload.is_empty() {
            return None;
        }
        match core::mem::take(self) {
            Self::Once(then) => Some(now.since(then)),
            Self::Never | Self::Several => None,
        }
    }
}

impl Counts {
    fn traffic(&self) -> Traffic {
        let Self { bytes, messages, pings, pongs, others } = *self;
        Traffic { bytes, frames: messages + pings + pongs + others, messages, pings, pongs }
    }

    /// A data frame is complete.
    #[inline]
    pub(crate) fn data(&mut self, ends_message: bool) {
        if ends_message {
            self.messages += 1;
        } else {
            self.others += 1;
        }
    }

    /// A control frame is complete.
    pub(crate) fn control(&mut self, frame: Control<'_>) {
        match frame {
            Control::Ping(_) => self.pings += 1,
            Control::Pong(_) => self.pongs += 1,
            Control::Close(_) => self.others += 1,
        }
    }

    /// The frames of `more` as well.
    pub(crate) fn add(&mut self, more: Self) {
        self.bytes += more.bytes;
        self.messages += more.messages;
        self.pings += more.pings;
        self.pongs += more.pongs;
        self.others += more.others;
    }
}
