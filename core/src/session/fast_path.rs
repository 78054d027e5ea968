//! The hot path: messages that lie whole in the window are handed out without any of the other work of a session.

use core::convert::identity;

use super::Session;
use super::connection::{Connection, Stage};
use super::machine::Machine;
use super::receiving::Found;
use super::stream::Stream;
use crate::entropy::Entropy;
use crate::event::{Event, Message};
use crate::frame::{FastPath, FrameError, Kind, WholeMessage, validate};
use crate::ids::CallId;
use crate::workspace::{Window, Workspace};

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
        self.peek().and_then(|whole| self.deliver_from_window(whole, identity))
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
            Found::InWindow(whole) => self.deliver_from_window(whole, identity),
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

    /// Takes the message that lies whole in the window, and hands out what `wrap` makes of its event.
    ///
    /// A caller that made something of it afterwards would copy it, and the processor waits where it reads as a whole what it
    /// has just written in parts: that took a loop over mio 3 of 116 ns for each message.
    #[inline]
    pub(crate) fn deliver_from_window<'a, T>(
        &'a mut self,
        whole: WholeMessage,
        wrap: impl FnOnce(Event<Message<'a>>) -> T,
    ) -> Option<T> {
        let Self { machine, window } = self;
        let message = match whole.kind {
            Kind::Binary => match window.take(whole.header, whole.length) {
                Some(payload) => Message::Binary(payload),
                None => return gone(),
            },
            Kind::Text => match take_text(window, whole) {
                Some(text) => Message::Text(text),
                None => return machine.refuse_text().map(wrap),
            },
        };
        machine.counters.received.messages += 1;
        #[cfg(feature = "tracing")]
        machine.trace_message();
        Some(wrap(Event::Message { connection: machine.open, message, last: true }))
    }
}

impl<E: Entropy> Machine<E> {
    /// What was to be a text is none: the connection ends.
    #[cold]
    #[inline(never)]
    fn refuse_text(&mut self) -> Option<Event<Message<'static>>> {
        self.violated(FrameError::TextNotUtf8);
        self.events.pop()
    }
}

/// The text that lies whole in the window, if it is one. Not inlined: binary messages would save registers for it.
#[inline(never)]
fn take_text(window: &mut Window, whole: WholeMessage) -> Option<&str> {
    window.take(whole.header, whole.length).and_then(validate)
}

/// The message that was found whole is missing. This never happens; a cold function keeps a jump out of the path of
/// every message.
#[cold]
#[inline(never)]
fn gone<T>() -> Option<T> {
    None
}
