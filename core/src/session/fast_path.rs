//! The hot path: messages that lie whole in the window are handed out without any of the other work of a session.

use super::Session;
use super::connection::{Connection, Stage};
use super::machine::Machine;
use super::receiving::Found;
use super::stream::Stream;
use crate::entropy::Entropy;
use crate::event::{Event, Message};
use crate::frame::{FastPath, FrameError, Kind, WholeMessage, validate};
use crate::ids::{CallId, ConnectionId};
use crate::workspace::Workspace;

impl<E> Session<E> {
    /// The next message, if it may be taken now, lies whole in the window, and has at most 65,535 bytes.
    #[inline]
    pub(super) fn peek(&self) -> Option<WholeMessage> {
        debug_assert!(
            !self.machine.fast_path.is_open() || self.machine.fast_path == self.fast_path_now(),
            "the fast path is open and should not be"
        );
        // The fast path is read in place. A copy would load the limit for medium messages for short ones, too, which
        // costs as much as counting a message.
        let (machine, waiting) = (&self.machine, self.window.waiting());
        machine.fast_path.short(waiting).or_else(|| machine.fast_path.medium(waiting))
    }

    /// Whether everything that was read is taken, and there is nothing else to look for.
    #[inline]
    fn is_drained(&self) -> bool {
        self.window.is_empty()
            && self.machine.fast_path.is_open()
            && self.machine.late.is_none()
            && self
                .machine
                .current
                .as_deref()
                .and_then(Connection::stream_ref)
                .is_some_and(Stream::can_bring_no_more)
    }

    /// The value that [`Machine::fast_path`] should have now.
    pub(super) fn fast_path_now(&self) -> FastPath {
        match self.machine.current.as_deref() {
            Some(Connection { stage: Stage::Framing(_, framing), .. })
                if self.machine.receiving && !self.machine.events.has_queue() =>
            {
                framing.pipeline.fast_path()
            }
            Some(_) | None => FastPath::CLOSED,
        }
    }
}

impl<E: Entropy> Session<E> {
    /// There is nothing to poll, as at the end of every read. This is a function of its own because the long way would
    /// save registers for it.
    #[inline(never)]
    pub(super) fn poll_drained(&mut self, work: &mut Workspace) -> Option<Event<Message<'_>>> {
        if self.is_drained() {
            self.rest(work);
            return None;
        }
        self.poll_other(work)
    }

    /// Whether there is something to poll that the hot path does not find.
    #[inline(never)]
    pub(super) fn has_other(&mut self, work: &mut Workspace) -> bool {
        if self.is_drained() && self.machine.events.is_empty() {
            self.rest(work);
            return false;
        }
        !matches!(self.look(work), Found::Nothing)
    }

    /// The message that [`Session::poll_event`] would return without any work, if there is one.
    /// [`Session::deliver_from_window`] hands it out.
    #[inline]
    pub(crate) fn message_at_hand(&self) -> Option<WholeMessage> {
        if self.machine.events.has_sent() { None } else { self.peek() }
    }

    /// The next send that succeeded, if that is what [`Session::poll_event`] would report.
    #[inline]
    pub(crate) fn pop_sent(&mut self) -> Option<CallId> {
        self.machine.events.pop_sent()
    }

    /// What [`Session::poll_event`] would return without any work.
    #[inline]
    pub(crate) fn glance(&self) -> Found {
        if self.machine.events.has_sent() {
            return Found::Queued;
        }
        self.peek().map_or(Found::Nothing, Found::InWindow)
    }

    /// The next event, if [`Session::poll_event`] would return it without any work, and if the rest in the window needs its
    /// memory.
    #[cfg(feature = "tasks")]
    pub(crate) fn poll_at_hand(&mut self) -> Option<Event<Message<'_>>> {
        if let Some(call) = self.machine.events.pop_sent() {
            return Some(Event::Settled { call, result: Ok(()) });
        }
        if self.window.is_loose() {
            return None;
        }
        self.peek().and_then(|whole| self.deliver_from_window(whole))
    }

    /// Does the work of [`Session::poll_event`] and says what it would return. It is for loops that go on to another
    /// session when there is nothing, and so must not hold a borrow. [`Session::deliver`] hands out what was found.
    #[inline(never)]
    pub(crate) fn find(&mut self, work: &mut Workspace) -> Found {
        match self.glance() {
            Found::Nothing if self.is_drained() && self.machine.events.is_empty() => {
                self.rest(work);
                Found::Nothing
            }
            Found::Nothing => self.look(work),
            found @ (Found::Queued | Found::InWindow(_) | Found::PartInWindow(_) | Found::Assembled(..)) => {
                found
            }
        }
    }

    /// Hands out what was found last.
    #[inline]
    pub(crate) fn deliver(&mut self, found: Found) -> Option<Event<Message<'_>>> {
        match found {
            Found::InWindow(whole) => self.deliver_from_window(whole),
            Found::Nothing => None,
            Found::Queued => self.machine.events.pop(),
            Found::PartInWindow(part) => self.deliver_part(part),
            Found::Assembled(kind, last) => self.deliver_assembled(kind, last),
        }
    }

    /// Nothing that was read is left: the window goes back.
    #[inline]
    fn rest(&mut self, work: &mut Workspace) {
        self.machine.untaken = false;
        self.window.shrink(work);
    }

    /// Takes the message that lies whole in the window, and hands it out.
    #[inline]
    pub(crate) fn deliver_from_window(&mut self, whole: WholeMessage) -> Option<Event<Message<'_>>> {
        let connection = self.machine.open;
        match whole.kind {
            Kind::Binary => {
                let Some(payload) = self.window.take(whole.header, whole.length) else { return gone() };
                self.machine.counters.received.messages += 1;
                #[cfg(feature = "tracing")]
                self.machine.trace_message();
                Some(Event::Message { connection, message: Message::Binary(payload), last: true })
            }
            Kind::Text => self.deliver_text(connection, whole),
        }
    }

    /// Not inlined: binary messages would save registers for it.
    #[inline(never)]
    fn deliver_text(&mut self, connection: ConnectionId, whole: WholeMessage) -> Option<Event<Message<'_>>> {
        let payload = self.window.take(whole.header, whole.length)?;
        match validate(payload) {
            Some(text) => {
                self.machine.counters.received.messages += 1;
                #[cfg(feature = "tracing")]
                self.machine.trace_message();
                Some(Event::Message { connection, message: Message::Text(text), last: true })
            }
            None => self.machine.refuse_text(),
        }
    }
}

impl<E: Entropy> Machine<E> {
    #[cold]
    fn refuse_text(&mut self) -> Option<Event<Message<'static>>> {
        self.violated(FrameError::TextNotUtf8);
        self.events.pop()
    }
}

/// The message that was found whole is missing. This never happens; a cold function keeps a jump out of the path of
/// every message.
#[cold]
#[inline(never)]
fn gone() -> Option<Event<Message<'static>>> {
    None
}
