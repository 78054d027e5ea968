//! The hot path: messages that lie whole in the receive buffer, handed out past everything else that a session does.

use super::Session;
use super::connection::{Connection, Framing, Stage};
use super::stream::Stream;
use crate::entropy::Entropy;
use crate::event::{Event, Message};
use crate::frame::{Decoder, FrameError, Whole};
use crate::ids::ConnectionId;
use crate::receive::{ReceiveBuffer, Region};

/// The bit of [`Session::lane`] that stands for messages of medium length.
pub(super) const MEDIUM: u64 = 1;

impl<E: Entropy> Session<E> {
    /// The hot path, once the lane is open: finds the next message if it is a short one that lies whole in the
    /// buffer.
    #[inline]
    pub(super) fn peek(&self, buffer: &ReceiveBuffer) -> Option<Whole> {
        let (framing, waiting) = self.framing(buffer)?;
        framing.decoder.whole_short(waiting)
    }

    /// Whether messages may be taken now, and no event but sends that succeeded is told before them.
    #[inline]
    fn has_lane(&self, buffer: &ReceiveBuffer) -> bool {
        debug_assert!(self.lane == 0 || !self.told.has_queue(), "something is told before the messages");
        self.lane | MEDIUM == buffer.ticket | MEDIUM
    }

    /// The state of an open connection, and the bytes that it has not taken.
    #[inline]
    fn framing<'a>(&'a self, buffer: &'a ReceiveBuffer) -> Option<(&'a Framing, &'a [u8])> {
        let connection = self.current.as_deref()?;
        let Stage::Framing(_, framing) = &connection.stage else { return None };
        let Region { bytes, start, end } = &buffer.input;
        Some((framing, bytes.get(*start..*end)?))
    }

    /// Whether an open connection has taken all that was read, has nothing to tell, and waits for a message, of
    /// which it may keep the front.
    #[inline]
    pub(super) fn is_drained(&self, buffer: &ReceiveBuffer) -> bool {
        if !self.has_lane(buffer) || !self.told.is_empty() {
            return false;
        }
        let Some((framing, [])) = self.framing(buffer) else { return false };
        let stream = self.current.as_deref().and_then(Connection::stream_ref);
        framing.decoder.is_waiting() && stream.is_some_and(Stream::can_bring_no_more)
    }

    /// Takes the message that lies whole in the buffer, and hands it out.
    #[inline]
    pub(super) fn deliver_here<'a>(
        &'a mut self,
        whole: Whole,
        buffer: &'a mut ReceiveBuffer,
    ) -> Option<Event<'a>> {
        let connection = self.current.as_deref_mut()?;
        let Region { bytes, start, .. } = &mut buffer.input;
        let from = *start + whole.header;
        *start = from + whole.length;
        let waiting = bytes.get(from..)?;
        let (connection, payload) = (connection.id, waiting.get(..whole.length)?);
        self.heard = true;
        if whole.text {
            return self.deliver_text(connection, payload);
        }
        if whole.length > 48 {
            // The window does not fit the processor's first cache. Where messages go on like this one, a byte from where
            // the fourth will be brings its head near by its turn; what byte it is, is of no interest.
            core::hint::black_box(waiting.get(whole.length.wrapping_mul(4)).copied());
        }
        Some(Event::Message { connection, message: Message::Binary(payload) })
    }

    /// Not inlined: binary messages would save registers for it.
    #[inline(never)]
    fn deliver_text<'a>(&mut self, connection: ConnectionId, payload: &'a [u8]) -> Option<Event<'a>> {
        match Decoder::text(payload) {
            Some(text) => Some(Event::Message { connection, message: Message::Text(text) }),
            None => self.refuse_text(),
        }
    }

    #[cold]
    fn refuse_text(&mut self) -> Option<Event<'static>> {
        self.violated(FrameError::TextNotUtf8);
        self.told.pop()
    }

    /// The same as `poll_event` where the last message was of medium length, 126 bytes to 64 KiB, and for whatever is
    /// not a short one: it is asked first where it is expected.
    #[inline(never)]
    pub(super) fn poll_medium<'a>(&'a mut self, buffer: &'a mut ReceiveBuffer) -> Option<Event<'a>> {
        match self.peek_medium(buffer) {
            Some(whole) => {
                self.lane = buffer.ticket | MEDIUM;
                self.deliver_here(whole, buffer)
            }
            None if self.has_lane(buffer) => self.poll_short(buffer),
            None => self.poll_other(buffer),
        }
    }

    #[inline]
    pub(super) fn peek_medium(&self, buffer: &ReceiveBuffer) -> Option<Whole> {
        if !self.has_lane(buffer) {
            return None;
        }
        let (framing, waiting) = self.framing(buffer)?;
        framing.decoder.whole_medium(waiting)
    }

    /// The same for a short message where one of medium length was expected.
    #[inline(never)]
    fn poll_short<'a>(&'a mut self, buffer: &'a mut ReceiveBuffer) -> Option<Event<'a>> {
        self.lane &= !MEDIUM;
        match self.peek(buffer) {
            Some(whole) => self.deliver_here(whole, buffer),
            None if self.is_drained(buffer) || self.keep_front(buffer) => None,
            None => self.poll_other(buffer),
        }
    }

    /// Keeps the front of a message that the end of the read cuts, if the read ends with that and no more can come of
    /// it.
    fn keep_front(&mut self, buffer: &mut ReceiveBuffer) -> bool {
        let Some(Stage::Framing(stream, framing)) = self.current.as_deref_mut().map(|it| &mut it.stage)
        else {
            return false;
        };
        let kept =
            stream.can_bring_no_more() && framing.decoder.keep_front(&mut buffer.input, &mut buffer.spare);
        self.heard |= kept;
        kept
    }
}
