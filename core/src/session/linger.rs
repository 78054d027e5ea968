//! What happens to the transport of a connection that has ended (rule F5): it finishes the frame that is partly written
//! and its close frame, half-closes, drains what still comes, and is released.

use core::time::Duration;
use std::collections::VecDeque;

use super::stream::Stream;
use crate::event::Action;
use crate::ids::TransportId;
use crate::time::Time;

/// How many may linger at most. The oldest is released first (F5).
const MOST: usize = 8;

#[derive(Default)]
pub(super) struct Lingering {
    streams: Vec<Linger>,
}

struct Linger {
    stream: Stream,
    /// None if it may linger without limit.
    until: Option<Time>,
    progress: Progress,
}

/// How far the transport of an ended connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// Frames wait to be written.
    Flushing,
    /// The `close_notify` of TLS waits to be written (RFC 8446 §6.1).
    Notifying,
    /// The sending half is shut down; the peer has not ended yet.
    HalfClosed,
}

impl Lingering {
    /// Takes over the stream of a connection that has ended. A stream that cannot be written has nothing to finish.
    pub(super) fn add(
        &mut self,
        mut stream: Stream,
        now: Time,
        most: Duration,
        actions: &mut VecDeque<Action>,
    ) {
        if !stream.is_writable() {
            actions.push_back(Action::Release { transport: stream.transport });
            return;
        }
        // It keeps what it still has to send, and nothing else (M4).
        stream.layer.forget_received();
        if self.streams.len() >= MOST {
            let oldest = self.streams.remove(0);
            actions.push_back(Action::Release { transport: oldest.stream.transport });
        }
        let transport = stream.transport;
        self.streams.push(Linger { stream, until: now.checked_add(most), progress: Progress::Flushing });
        self.proceed(transport, actions);
    }

    pub(super) fn get(&mut self, transport: TransportId) -> Option<&mut Stream> {
        self.streams.iter_mut().map(|linger| &mut linger.stream).find(|stream| stream.transport == transport)
    }

    /// Whether `transport` is to be read. What comes is dropped.
    pub(super) fn wants_read(&self, transport: TransportId) -> bool {
        let mut streams = self.streams.iter().map(|linger| &linger.stream);
        streams.any(|stream| stream.transport == transport && stream.end.is_none())
    }

    /// Whether `transport` has something to write.
    pub(super) fn wants_write(&self, transport: TransportId) -> bool {
        let mut streams = self.streams.iter().map(|linger| &linger.stream);
        streams.any(|stream| stream.transport == transport && stream.wants_write())
    }

    /// Goes as far as possible now: the rest of the output, then the end of TLS, then the half-close, and the release
    /// once the peer has ended as well.
    pub(super) fn proceed(&mut self, transport: TransportId, actions: &mut VecDeque<Action>) {
        let Some(linger) = self.streams.iter_mut().find(|linger| linger.stream.transport == transport) else {
            return;
        };
        if linger.progress == Progress::Flushing && linger.stream.is_flushed() {
            linger.stream.layer.close();
            linger.progress = Progress::Notifying;
        }
        if linger.progress == Progress::Notifying && linger.stream.is_flushed() {
            linger.progress = Progress::HalfClosed;
            if linger.stream.end.is_none() {
                actions.push_back(Action::ShutdownWrite { transport });
            }
        }
        if linger.progress == Progress::HalfClosed && linger.stream.end.is_some() {
            self.release(transport, actions);
        }
    }

    /// Releases `transport`, whatever is left.
    pub(super) fn release(&mut self, transport: TransportId, actions: &mut VecDeque<Action>) {
        let before = self.streams.len();
        self.streams.retain(|linger| linger.stream.transport != transport);
        if self.streams.len() < before {
            actions.push_back(Action::Release { transport });
        }
        self.give_back();
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        self.streams.iter().filter_map(|linger| linger.until).min()
    }

    pub(super) fn expire(&mut self, now: Time, actions: &mut VecDeque<Action>) {
        self.streams.retain(|linger| {
            let stays = linger.until.is_none_or(|until| until > now);
            if !stays {
                actions.push_back(Action::Release { transport: linger.stream.transport });
            }
            stays
        });
        self.give_back();
    }

    /// A session without lingering transports keeps no memory for them.
    fn give_back(&mut self) {
        if self.streams.is_empty() {
            self.streams = Vec::new();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }
}
