//! What a session counts: bytes, frames and messages in each direction, and the round trip of a ping.

use core::time::Duration;

use crate::frame::Control;
use crate::time::Time;

/// What a session has received and sent so far, over all its connections. The counts only grow, so subtract two
/// readings to see what happened in between.
///
/// The counts equal those of a capture of the session's sockets, within these limits. A frame is counted once all of it
/// has come and is accepted, or once the transport has taken all of it. So what is dropped before it leaves, such as a
/// pong that a newer one replaces, does not count. Of frames that come after a connection has ended, only the bytes
/// count.
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
    /// What was received.
    pub received: Traffic,
    /// What was sent.
    pub sent: Traffic,
    /// The round trip of the last answered keepalive ping: from the moment the transport took all of it until its pong
    /// was read. None before the first answer, and always if [keepalive](crate::Config::keepalive) is off.
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
    /// Messages, text and binary. One message counts once, however many frames it has.
    pub messages: u64,
    /// Ping frames.
    pub pings: u64,
    /// Pong frames.
    pub pongs: u64,
}

/// [`Stats`] as a session keeps them. The counts to which every message adds lie here. The rest lies on the heap, once
/// there is any, so an idle connection takes little memory.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) received: Counts,
    pub(crate) sent: Counts,
    rare: Option<Box<Rare>>,
}

/// One direction.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) bytes: u64,
    /// Frames that end a message.
    pub(crate) messages: u64,
}

#[derive(Debug, Default)]
struct Rare {
    received: Others,
    sent: Others,
    asked: Asked,
    round_trip: Option<Duration>,
}

/// Frames of one direction that end no message.
#[derive(Clone, Copy, Debug, Default)]
struct Others {
    pings: u64,
    pongs: u64,
    /// Close frames, and frames whose message continues.
    further: u64,
}

/// Frames that were sent and whose messages, if any, no call waits for any more.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) messages: u64,
    /// Frames behind which their message goes on.
    pub(crate) parts: u64,
    pub(crate) pings: u64,
    pub(crate) pongs: u64,
    pub(crate) closes: u64,
}

/// Whether a ping of ours is out on the current connection and has not been answered.
#[derive(Clone, Copy, Debug, Default)]
enum Asked {
    #[default]
    Never,
    Once(Time),
    /// More than one. A pong may answer all of them (RFC 6455 §5.5.3), so it gives no round trip.
    Several,
}

impl Counters {
    pub(crate) fn stats(&self) -> Stats {
        let rare = self.rare.as_deref();
        let (received, sent) = rare.map_or_else(Default::default, |rare| (rare.received, rare.sent));
        Stats {
            received: traffic(&self.received, received),
            sent: traffic(&self.sent, sent),
            round_trip: rare.and_then(|rare| rare.round_trip),
        }
    }

    fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// A data frame has come.
    #[inline]
    pub(crate) fn received_data(&mut self, ends_message: bool) {
        if ends_message {
            self.received.messages += 1;
        } else {
            self.received_fragments(1);
        }
    }

    /// So many data frames have come that end no message.
    pub(crate) fn received_fragments(&mut self, count: u64) {
        self.rare().received.further += count;
    }

    /// A control frame has come.
    pub(crate) fn received_control(&mut self, frame: Control<'_>) {
        let received = &mut self.rare().received;
        match frame {
            Control::Ping(_) => received.pings += 1,
            Control::Pong(_) => received.pongs += 1,
            Control::Close(_) => received.further += 1,
        }
    }

    /// These frames are out.
    pub(crate) fn sent(&mut self, taken: &Taken) {
        self.sent.messages += taken.messages;
        let sent = &mut self.rare().sent;
        sent.pings += taken.pings;
        sent.pongs += taken.pongs;
        sent.further += taken.closes + taken.parts;
    }

    /// How many pings are out.
    #[inline]
    pub(crate) fn pings(&self) -> u64 {
        self.rare.as_deref().map_or(0, |rare| rare.sent.pings)
    }

    /// A ping of the current connection is out.
    #[cold]
    pub(crate) fn asked(&mut self, now: Time) {
        let asked = &mut self.rare().asked;
        *asked = match asked {
            Asked::Never => Asked::Once(now),
            Asked::Once(_) | Asked::Several => Asked::Several,
        };
    }

    /// A pong with this payload came. Our pings are empty, so a pong of any other payload answers none of them.
    pub(crate) fn answered(&mut self, now: Time, payload: &[u8]) {
        let rare = self.rare();
        if payload.is_empty()
            && let Asked::Once(then) = core::mem::take(&mut rare.asked)
        {
            rare.round_trip = Some(now.since(then));
        }
    }

    /// Another connection begins: no ping is out on it.
    pub(crate) fn begin(&mut self) {
        if let Some(rare) = &mut self.rare {
            rare.asked = Asked::Never;
        }
    }
}

fn traffic(counts: &Counts, others: Others) -> Traffic {
    let (&Counts { bytes, messages }, Others { pings, pongs, further }) = (counts, others);
    Traffic { bytes, frames: messages + pings + pongs + further, messages, pings, pongs }
}
