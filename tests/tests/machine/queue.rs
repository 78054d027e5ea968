//! The model's book of what waits to be written: frame by frame where the session has bytes.

use std::collections::VecDeque;

use connect_socket_core::frame::header_len;

use super::seen::Got;

/// A frame on its way, with the call that waits for it.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) what: Got,
    pub(crate) call: Option<u64>,
    /// A control frame that the transport was offered, and that it may have taken: a newer pong does not take its
    /// place before that is known.
    offered: bool,
}

impl Waiting {
    fn len(&self) -> usize {
        let payload = match &self.what {
            Got::Request(length) => return *length,
            Got::Message(message) => message.as_bytes().len(),
            Got::Ping => 0,
            Got::Pong(payload) | Got::Close(payload) => payload.len(),
        };
        header_len(payload) + payload
    }

    fn is_ping(&self) -> bool {
        matches!(self.what, Got::Ping)
    }

    fn is_pong(&self) -> bool {
        matches!(self.what, Got::Pong(_))
    }
}

/// What waits for one transport.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    /// What is partly out, and how much of it is not.
    partial: Option<(Waiting, usize)>,
    control: VecDeque<Waiting>,
    data: VecDeque<Waiting>,
    /// Our close frame has been queued: nothing goes behind it (F4).
    closed: bool,
    /// Memory is held for data frames.
    pub(crate) keeps_memory: bool,
}

impl Queue {
    pub(crate) fn buffered(&self) -> usize {
        let waiting = self.control.iter().chain(&self.data).map(Waiting::len).sum::<usize>();
        waiting + self.partial.as_ref().map_or(0, |(_, left)| *left)
    }

    /// What that counts on the high-water mark: 16 bytes more for every message whose last byte is not out (M3).
    pub(crate) fn charge(&self) -> usize {
        let partial = self.partial.iter().map(|(waiting, _)| waiting);
        self.buffered() + 16 * partial.chain(&self.data).filter(|waiting| waiting.call.is_some()).count()
    }

    /// Puts the request, a message or our close frame behind all that waits.
    pub(crate) fn push(&mut self, what: Got, call: Option<u64>) {
        if !self.closed {
            self.closed = matches!(what, Got::Close(_));
            self.keeps_memory |= !matches!(what, Got::Request(_));
            self.data.push_back(Waiting { what, call, offered: false });
        }
    }

    /// Puts a ping or a pong ahead of all data that has not begun to leave; a pong in the place of one that waits, a
    /// ping only if none does (M3).
    pub(crate) fn push_control(&mut self, what: Got) {
        let control = Waiting { what, call: None, offered: false };
        if control.is_pong() {
            self.control.retain(|waiting| !waiting.is_pong() || waiting.offered);
        }
        let another = control.is_ping() && self.control.iter().any(Waiting::is_ping);
        if !self.closed && !another {
            self.control.push_back(control);
        }
    }

    /// The transport is offered what waits.
    pub(crate) fn offer(&mut self) {
        self.withdraw();
        self.control.iter_mut().for_each(|waiting| waiting.offered = true);
    }

    /// What waits is known not to be out: of the pongs, the newest stays.
    fn withdraw(&mut self) {
        let newest = self.control.iter().rposition(Waiting::is_pong);
        let mut at = 0..;
        self.control.retain(|waiting| {
            let at = at.next();
            !waiting.is_pong() || at == newest
        });
        self.control.iter_mut().for_each(|waiting| waiting.offered = false);
    }

    /// Of what was offered it takes `most` bytes; what is whole with them, in order.
    pub(crate) fn write(&mut self, mut most: usize) -> Vec<Waiting> {
        self.offer();
        let mut whole = Vec::new();
        while most > 0
            && let Some((waiting, left)) = self.next()
        {
            let count = most.min(left);
            most -= count;
            if count == left {
                whole.push(waiting);
            } else {
                self.partial = Some((waiting, left - count));
            }
        }
        self.withdraw();
        whole
    }

    fn next(&mut self) -> Option<(Waiting, usize)> {
        self.partial.take().or_else(|| {
            let waiting = self.control.pop_front().or_else(|| self.data.pop_front())?;
            let length = waiting.len();
            Some((waiting, length))
        })
    }

    /// The connection ended: the calls whose last byte is not out, oldest first. What is partly out is finished, and
    /// our close frame leaves; nothing else does (F5).
    pub(crate) fn abandon(&mut self) -> Vec<u64> {
        let partial = self.partial.as_ref().and_then(|(waiting, _)| waiting.call);
        let calls = partial.into_iter().chain(self.data.iter().filter_map(|waiting| waiting.call)).collect();
        self.control.clear();
        self.data.retain(|waiting| matches!(waiting.what, Got::Close(_)));
        calls
    }
}
