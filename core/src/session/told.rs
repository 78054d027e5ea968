//! The events that wait to be polled, in order (semantics G5).

use std::collections::VecDeque;

use crate::error::Error;
use crate::event::{Event, Opened};
use crate::ids::{CallId, ConnectionId};
use crate::lifecycle::CloseCause;

/// A queue in which a run of sends that succeeded one after the other takes one place, so that small messages
/// cost little.
#[derive(Default)]
pub(super) struct Told {
    queue: VecDeque<Entry>,
}

enum Entry {
    /// The sends from `next` to `last` succeeded.
    Sent {
        next: u64,
        last: u64,
    },
    Settled {
        call: CallId,
        result: Result<(), Error>,
    },
    Open {
        connection: ConnectionId,
        opened: Box<Opened>,
    },
    Error {
        connection: ConnectionId,
        error: Error,
    },
    Close {
        connection: ConnectionId,
        code: u16,
        reason: Box<str>,
        cause: CloseCause,
    },
}

impl Told {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    #[inline]
    pub(super) fn sent(&mut self, call: CallId) {
        if let Some(Entry::Sent { last, .. }) = self.queue.back_mut()
            && last.wrapping_add(1) == call.0
        {
            *last = call.0;
            return;
        }
        self.queue.push_back(Entry::Sent { next: call.0, last: call.0 });
    }

    pub(super) fn settled(&mut self, call: CallId, result: Result<(), Error>) {
        self.queue.push_back(Entry::Settled { call, result });
    }

    pub(super) fn open(&mut self, connection: ConnectionId, opened: Box<Opened>) {
        self.queue.push_back(Entry::Open { connection, opened });
    }

    pub(super) fn error(&mut self, connection: ConnectionId, error: Error) {
        self.queue.push_back(Entry::Error { connection, error });
    }

    pub(super) fn close(&mut self, connection: ConnectionId, code: u16, reason: Box<str>, cause: CloseCause) {
        self.queue.push_back(Entry::Close { connection, code, reason, cause });
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<Event<'static>> {
        match self.queue.front_mut()? {
            Entry::Sent { next, last } if *next < *last => {
                let call = CallId(*next);
                *next += 1;
                return Some(Event::Settled { call, result: Ok(()) });
            }
            Entry::Sent { .. }
            | Entry::Settled { .. }
            | Entry::Open { .. }
            | Entry::Error { .. }
            | Entry::Close { .. } => {}
        }
        Some(match self.queue.pop_front()? {
            Entry::Sent { next, .. } => Event::Settled { call: CallId(next), result: Ok(()) },
            Entry::Settled { call, result } => Event::Settled { call, result },
            Entry::Open { connection, opened } => Event::Open { connection, opened },
            Entry::Error { connection, error } => Event::Error { connection, error },
            Entry::Close { connection, code, reason, cause } => {
                Event::Close { connection, code, reason, cause }
            }
        })
    }
}
