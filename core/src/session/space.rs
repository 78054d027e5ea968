//! Where the bytes of a transport are read to, and who owns them then.

use core::ops::{Deref, DerefMut};

use super::Session;
use super::connection::{Connection, Stage};
use super::machine::Machine;
use crate::entropy::Entropy;
use crate::event::Misuse;
use crate::ids::TransportId;
use crate::time::Time;
use crate::workspace::{Window, Workspace};

/// A frame that lacks at least this many bytes is read straight into its own memory. A shorter rest comes through a
/// window, so that what follows it is read in the same system call. Over loopback a message of 1 MiB takes 521 µs in
/// place and 713 µs through windows; one of 256 KiB, 159 and 163 µs.
const IN_PLACE: usize = 16 * 1024;

/// How much is read behind a message of at least [`LARGE`] bytes. The next one is probably as large, and what comes of it
/// in a window is copied.
const AFTER_LARGE: usize = 4 * 1024;

/// So many bytes are read in place behind such a short read.
pub(super) const LARGE: u64 = (AFTER_LARGE + IN_PLACE) as u64;

/// Room for one read of one transport. Read into the bytes to which it dereferences, then report how many came with
/// [`ReceiveSpace::filled`]. If you drop it instead, nothing was read.
///
/// ```
/// use std::io::Read;
/// use connect_socket_core::{Entropy, Session, Time, TransportId, Workspace};
///
/// /// Reads once. The end of the stream and an error are inputs of their own.
/// fn read<E: Entropy>(
///     now: Time,
///     mut socket: impl Read,
///     transport: TransportId,
///     session: &mut Session<E>,
///     work: &mut Workspace,
/// ) {
///     let Some(mut space) = session.receive_space(transport, work) else { return };
///     match socket.read(&mut space) {
///         Ok(0) => session.handle_end_of_stream(now, transport),
///         Ok(count) => space.filled(now, count).expect("a socket reads no more than fits"),
///         Err(error) => session.handle_transport_error(now, transport, error.into()),
///     }
/// }
/// ```
pub struct ReceiveSpace<'a, E> {
    session: &'a mut Session<E>,
    work: &'a mut Workspace,
    place: Place,
    /// How much of a window may be filled.
    most: usize,
}

/// What a read fills.
#[derive(Clone, Copy)]
enum Place {
    /// A window, which becomes the session's.
    Window,
    /// The memory of a large frame.
    Assembly,
    /// A window whose bytes are dropped: the transport of an ended connection is drained (F5).
    Nowhere,
}

impl<E: Entropy> Session<E> {
    /// Whether `transport` may be read now. It may not while [`Session::poll_event`] has not taken the bytes of the
    /// last read, while the host takes no messages ([`Session::set_receiving`]), after its end, or once it is released.
    ///
    /// The transport of an ended connection is read even while the host takes no messages, and its bytes are dropped
    /// ([F5](crate::rules#f5)).
    #[inline]
    pub fn wants_read(&self, transport: TransportId) -> bool {
        match self.machine.current.as_deref().and_then(Connection::stream_ref) {
            Some(stream) if stream.transport == transport => {
                stream.end.is_none() && !self.machine.holds_back() && !self.has_untaken_bytes()
            }
            Some(_) | None => self.machine.lingering.wants_read(transport),
        }
    }

    /// The memory for the next bytes of `transport`. None if [`Session::wants_read`] says no.
    ///
    /// Usually that is a window of `work`. For the rest of a large frame, it is the memory of that frame.
    #[inline]
    pub fn receive_space<'a>(
        &'a mut self,
        transport: TransportId,
        work: &'a mut Workspace,
    ) -> Option<ReceiveSpace<'a, E>> {
        let (place, most) = match self.machine.current.as_deref() {
            Some(connection) if connection.transport() == Some(transport) => {
                if self.machine.holds_back() || self.has_untaken_bytes() {
                    return None;
                }
                self.place()?
            }
            Some(_) | None => {
                (self.machine.lingering.wants_read(transport).then_some(Place::Nowhere)?, usize::MAX)
            }
        };
        work.next();
        Some(ReceiveSpace { session: self, work, place, most })
    }

    /// What the next read of the current transport fills, and how much of it. None after its end.
    #[inline]
    fn place(&mut self) -> Option<(Place, usize)> {
        match &mut self.machine.current.as_deref_mut()?.stage {
            Stage::Framing(stream, framing) if stream.can_bring_no_more() => {
                let in_place = framing.pipeline.space(IN_PLACE).is_some();
                let most = if stream.follows_large { AFTER_LARGE } else { usize::MAX };
                Some((if in_place { Place::Assembly } else { Place::Window }, most))
            }
            Stage::Framing(stream, _) | Stage::Upgrading(stream, _) => {
                stream.end.is_none().then_some((Place::Window, usize::MAX))
            }
            Stage::Resolving(_) | Stage::Dialling(_) | Stage::Ended => None,
        }
    }

    /// The first `count` bytes of `window` were read from `transport`. The session owns the window from now on. This is
    /// for hosts that give memory to the system before they know what comes ([`Workspace::take`]); others read into a
    /// [`Session::receive_space`].
    ///
    /// The read may have begun before the host stopped taking messages, or before its connection ended. What came is
    /// kept until messages are wanted again, or dropped. Hand in what has completed before you call
    /// [`Session::handle_timeout`], because a timer may wait for it.
    pub fn handle_window(
        &mut self,
        now: Time,
        transport: TransportId,
        window: Window,
        count: usize,
        work: &mut Workspace,
    ) -> Result<(), Misuse> {
        self.machine.advance_clock(now);
        let possible = window.as_ref().len();
        let current = self.machine.current.as_deref().and_then(Connection::stream_ref);
        match current.filter(|stream| stream.transport == transport) {
            Some(_) if self.has_untaken_bytes() => {
                work.give(window);
                return Err(Misuse::NotReceiving);
            }
            Some(stream) if stream.end.is_none() => self.own(window, count, work),
            Some(_) | None => work.give(window),
        }
        self.machine.received(count, possible)
    }

    /// Hands in bytes of `transport` that lie elsewhere. It copies as many as may be read now, and returns how many. It
    /// is for tests, replays, and systems that bring their own memory.
    pub fn handle_bytes(
        &mut self,
        now: Time,
        transport: TransportId,
        bytes: &[u8],
        work: &mut Workspace,
    ) -> usize {
        let Some(mut space) = self.receive_space(transport, work) else { return 0 };
        let count = bytes.len().min(space.len());
        let (Some(room), Some(bytes)) = (space.get_mut(..count), bytes.get(..count)) else { return 0 };
        room.copy_from_slice(bytes);
        // This is never more than fits.
        let _ = space.filled(now, count);
        count
    }

    /// `count` bytes of the current transport lie in `window`. They follow the rest of earlier bytes.
    fn own(&mut self, mut window: Window, count: usize, work: &mut Workspace) {
        self.forget();
        let Some(stream) = self.machine.current.as_deref_mut().and_then(Connection::stream) else { return };
        stream.received();
        let plain = stream.layer.received().is_none();
        let place = stream.layer.received_mut().unwrap_or(&mut self.window);
        window.fill(count, place.waiting());
        work.give(core::mem::replace(place, window));
        self.machine.untaken = true;
        if plain {
            self.machine.heard();
        }
    }

    /// `count` bytes of a large frame were read into its memory.
    fn filled_in_place(&mut self, count: usize) {
        let Some(Connection { stage: Stage::Framing(stream, framing), .. }) =
            self.machine.current.as_deref_mut()
        else {
            return;
        };
        stream.received();
        framing.pipeline.filled(count, &mut self.machine.counters);
        stream.follows_large = framing.pipeline.framer.is_between_frames();
        self.machine.untaken = true;
        self.machine.heard();
    }
}

impl<E: Entropy> ReceiveSpace<'_, E> {
    /// Reports that `count` bytes were read into the front of this space. [`Session::poll_event`] takes them.
    #[inline]
    pub fn filled(self, now: Time, count: usize) -> Result<(), Misuse> {
        let possible = self.len();
        let Self { session, work, place, most: _ } = self;
        session.machine.advance_clock(now);
        match place {
            Place::Window if count > 0 => {
                let window = work.take();
                session.own(window, count.min(possible), work);
            }
            Place::Assembly => session.filled_in_place(count.min(possible)),
            Place::Window | Place::Nowhere => {}
        }
        session.machine.received(count, possible)
    }
}

impl<E> Deref for ReceiveSpace<'_, E> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match self.place {
            Place::Window | Place::Nowhere => {
                let window = self.work.next_ref().as_ref();
                window.get(..self.most).unwrap_or(window)
            }
            Place::Assembly => match self.session.machine.current.as_deref() {
                Some(Connection { stage: Stage::Framing(_, framing), .. }) => framing.pipeline.space_ref(),
                Some(_) | None => &[],
            },
        }
    }
}

impl<E> DerefMut for ReceiveSpace<'_, E> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u8] {
        match self.place {
            Place::Window | Place::Nowhere => {
                let window = self.work.next().as_mut();
                let most = window.len().min(self.most);
                window.get_mut(..most).unwrap_or_default()
            }
            Place::Assembly => match self.session.machine.current.as_deref_mut() {
                Some(Connection { stage: Stage::Framing(_, framing), .. }) => {
                    framing.pipeline.space(0).unwrap_or_default()
                }
                Some(_) | None => &mut [],
            },
        }
    }
}

impl<E> Machine<E> {
    /// The host says that it read `reported` bytes, and there was room for `possible`.
    #[inline]
    fn received(&mut self, reported: usize, possible: usize) -> Result<(), Misuse> {
        let bytes = &mut self.counters.received.bytes;
        if reported > possible {
            *bytes += possible as u64;
            return Err(Misuse::ReceivedTooMuch { reported, possible });
        }
        *bytes += reported as u64;
        Ok(())
    }
}
