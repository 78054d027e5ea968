//! The events that wait to be polled, in order (rule G5).

use core::convert::Infallible;
use core::ops::Range;
use std::collections::VecDeque;

use crate::error::{Cause, Error, SendError};
use crate::event::{Event, Message};
use crate::ids::CallId;
use crate::send_queue::Receipts;

/// A queue in which sends that succeeded one after the other share one place, so that small messages cost little.
#[derive(Default)]
pub(super) struct EventQueue {
    /// The sends from `start` up to `end` succeeded; reported before anything in `queue`. Most of the time this is
    /// all there is.
    sent: Range<u64>,
    queue: VecDeque<Entry>,
}

enum Entry {
    /// The sends from `start` up to `end` succeeded.
    Sent(Range<u64>),
    /// These sends failed, all with the same error. There is at least one.
    Unsent { receipts: Receipts, error: Error },
    /// Any other event. Messages never wait here: they are taken when they are polled.
    Event(Event<Infallible>),
}

impl EventQueue {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.sent.start >= self.sent.end && self.queue.is_empty()
    }

    /// Whether [`EventQueue::pop_sent`] would give a call.
    #[inline]
    pub(super) fn has_sent(&self) -> bool {
        self.sent.start < self.sent.end
    }

    /// Whether something waits behind [`EventQueue::pop_sent`].
    #[inline]
    pub(super) fn has_queue(&self) -> bool {
        !self.queue.is_empty()
    }

    /// A run of sends succeeded.
    #[inline]
    pub(super) fn sent(&mut self, run: Range<u64>) {
        if !self.queue.is_empty() {
            self.sent_later(run);
        } else if self.sent.end == run.start {
            self.sent.end = run.end;
        } else if self.sent.is_empty() {
            self.sent = run;
        } else {
            self.sent_later(run);
        }
    }

    #[inline(never)]
    fn sent_later(&mut self, run: Range<u64>) {
        match self.queue.back_mut() {
            Some(Entry::Sent(sent)) if sent.end == run.start => sent.end = run.end,
            _ => self.queue.push_back(Entry::Sent(run)),
        }
    }

    /// The connection ended before the last byte of these was out. However many there are, this takes no memory beyond
    /// their receipts (rule M3).
    pub(super) fn unsent(&mut self, receipts: Receipts) {
        if !receipts.is_empty() {
            let error = Error::new(Cause::SendFailed(SendError::Ended), None);
            self.queue.push_back(Entry::Unsent { receipts, error });
        }
    }

    pub(super) fn push(&mut self, event: Event<Infallible>) {
        self.queue.push_back(Entry::Event(event));
    }

    /// The next send that succeeded, if that is the next event to report.
    #[inline]
    pub(super) fn pop_sent(&mut self) -> Option<CallId> {
        self.sent.next().map(CallId)
    }

    /// The next event. Most are sends that succeeded, so only these are inlined.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<Event<Message<'static>>> {
        match self.pop_sent() {
            Some(call) => Some(sent(call)),
            None => self.pop_queue(),
        }
    }

    #[inline(never)]
    fn pop_queue(&mut self) -> Option<Event<Message<'static>>> {
        if let Some(Entry::Unsent { receipts, error }) = self.queue.front_mut()
            && receipts.len() > 1
            && let Some(receipt) = receipts.pop()
        {
            return Some(Event::Settled { call: receipt.call(), result: Err(error.clone()) });
        }
        let entry = self.queue.pop_front()?;
        if self.queue.is_empty() {
            // An idle connection keeps no memory for events.
            self.queue = VecDeque::new();
        }
        match entry {
            Entry::Sent(run) => {
                self.sent = run;
                self.pop_sent().map(sent)
            }
            Entry::Unsent { mut receipts, error } => {
                receipts.pop().map(|last| Event::Settled { call: last.call(), result: Err(error) })
            }
            Entry::Event(event) => Some(event.map(|never| match never {})),
        }
    }
}

fn sent(call: CallId) -> Event<Message<'static>> {
    Event::Settled { call, result: Ok(()) }
}
