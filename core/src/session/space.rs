//! Where the bytes of a transport are read to, and who owns them then.

use core::ops::{Deref, DerefMut};

use super::Session;
use super::connection::{Connection, Stage};
use super::machine::Machine;
use crate::copy::copy;
use crate::entropy::Entropy;
use crate::event::Misuse;
use crate::frame::Pipeline;
use crate::ids::TransportId;
use crate::time::Time;
use crate::workspace::{Window, Workspace};

/// A frame that lacks at least this many bytes is read straight into its own memory, and so is the rest of a large
/// frame, however short. Over loopback a message of 1 MiB takes 521 µs in place and 713 µs through windows.
const IN_PLACE: usize = 16 * 1024;

/// How much of a window is read behind a large frame: the head of the next one, and little of its payload.
const BEHIND: usize = 4 * 1024;

/// Room for one read of one transport. Read into the bytes to which it dereferences, then report how many came with
/// [`ReceiveSpace::filled`]. If you drop it instead, nothing was read. A vectored read into its
/// [`slices`](ReceiveSpace::slices) needs fewer system calls where messages are large.
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
    /// How much of the window may be filled. `most <= work.next().len()`.
    most: usize,
    /// How much of a window was lent for what follows a large frame.
    behind: usize,
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
        let most = work.prepare().as_ref().len().min(most);
        Some(ReceiveSpace { session: self, work, place, most, behind: 0 })
    }

    /// What the next read of the current transport fills, and how much of a window. None after its end.
    #[inline]
    fn place(&mut self) -> Option<(Place, usize)> {
        match &mut self.machine.current.as_deref_mut()?.stage {
            Stage::Framing(stream, framing) if stream.can_bring_no_more() => {
                if framing.pipeline.framer.to_come().is_some() {
                    Some(within_frame(&mut framing.pipeline))
                } else {
                    Some((Place::Window, if stream.follows_large { BEHIND } else { usize::MAX }))
                }
            }
            Stage::Framing(stream, _) | Stage::Upgrading(stream, _) => {
                stream.end.is_none().then_some((Place::Window, usize::MAX))
            }
            Stage::Resolving(_) | Stage::Dialling(..) | Stage::Ended => None,
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
        mut window: Window,
        count: usize,
        work: &mut Workspace,
    ) -> Result<(), Misuse> {
        self.machine.advance_clock(now);
        let possible = window.as_ref().len();
        let read = count.min(possible);
        let current = self.machine.current.as_deref().and_then(Connection::stream_ref);
        match current.filter(|stream| stream.transport == transport) {
            Some(_) if self.has_untaken_bytes() => {
                work.give(window);
                return Err(Misuse::NotReceiving);
            }
            Some(stream) if stream.end.is_none() && read > 0 => {
                self.own(&mut window, read);
                work.give(window);
            }
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
        let [first, second] = space.slices();
        let mut count = copy(bytes, first);
        if let Some(more @ [_, ..]) = bytes.get(count..) {
            count += copy(more, second);
        }
        // This is never more than fits.
        let _ = space.filled(now, count);
        count
    }

    /// `count` bytes of the current transport were read into `window`. They follow the rest of earlier bytes, whose memory
    /// is in `window` then.
    #[inline]
    fn own(&mut self, window: &mut Window, count: usize) {
        self.forget();
        let Some(stream) = self.machine.current.as_deref_mut().and_then(Connection::stream) else { return };
        stream.received();
        let plain = stream.layer.received().is_none();
        let place = stream.layer.received_mut().unwrap_or(&mut self.window);
        place.follow(window, count);
        self.machine.untaken = true;
        if plain {
            self.machine.heard();
        }
    }

    /// `count` bytes were read: the first `room` of a large frame, into its memory, and what follows them into a window.
    #[inline(never)]
    fn filled_in_place(&mut self, count: usize, room: usize, work: &mut Workspace) {
        let Some(Connection { stage: Stage::Framing(stream, framing), .. }) =
            self.machine.current.as_deref_mut()
        else {
            return;
        };
        stream.received();
        framing.pipeline.assembly.filled(count.min(room));
        self.machine.untaken = true;
        self.machine.heard();
        if count > room {
            self.own(work.next(), count - room);
            work.taken();
        }
    }
}

impl<E: Entropy> ReceiveSpace<'_, E> {
    /// Reports that `count` bytes were read into the front of this space. [`Session::poll_event`] takes them.
    #[inline]
    pub fn filled(mut self, now: Time, count: usize) -> Result<(), Misuse> {
        // Most reads go to a window of a connection that holds nothing else. In the same function as everything that may
        // happen otherwise, they take twice as many instructions.
        if self.takes_over(now, count) { Ok(()) } else { self.filled_otherwise(now, count) }
    }

    /// Whether this was a read into a window, of plain frames, with nothing before it.
    #[inline]
    fn takes_over(&mut self, now: Time, count: usize) -> bool {
        let Self { session: Session { machine, window }, work, place: Place::Window, most, .. } = self else {
            return false;
        };
        let Some(Connection { stage: Stage::Framing(stream, _), .. }) = machine.current.as_deref_mut() else {
            return false;
        };
        let usual = window.has_no_memory() && !machine.forgets && stream.layer.received().is_none();
        if !usual || !(1..=*most).contains(&count) {
            return false;
        }
        stream.received();
        window.take_over(work.next(), count);
        machine.untaken = true;
        machine.advance_clock(now);
        machine.heard();
        machine.counters.received.bytes += count as u64;
        true
    }

    #[inline(never)]
    fn filled_otherwise(self, now: Time, count: usize) -> Result<(), Misuse> {
        let Self { session, work, place, most, behind } = self;
        session.machine.advance_clock(now);
        let possible = match place {
            Place::Window => {
                if count > 0 {
                    session.own(work.next(), count.min(most));
                    work.taken();
                }
                most
            }
            Place::Assembly => {
                let room = session.machine.frame_space().len();
                session.filled_in_place(count.min(room + behind), room, work);
                room + behind
            }
            Place::Nowhere => most,
        };
        session.machine.received(count, possible)
    }
}

impl<E> ReceiveSpace<'_, E> {
    /// The room for a vectored read. The first part is that to which this space dereferences. If that is the memory of
    /// a large frame, the second part is for what follows the frame; otherwise it is empty.
    ///
    /// ```
    /// use std::io::{IoSliceMut, Read};
    /// use connect_socket_core::{Entropy, ReceiveSpace};
    ///
    /// fn read<E: Entropy>(mut socket: impl Read, space: &mut ReceiveSpace<'_, E>) -> std::io::Result<usize> {
    ///     socket.read_vectored(&mut space.slices().map(IoSliceMut::new))
    /// }
    /// ```
    #[inline]
    pub fn slices(&mut self) -> [&mut [u8]; 2] {
        self.slices_at_most(usize::MAX)
    }

    /// The same, for at most `limit` bytes in all.
    #[inline]
    pub(crate) fn slices_at_most(&mut self, limit: usize) -> [&mut [u8]; 2] {
        let Self { session, work, place, most, behind } = self;
        let window = at_most(work.next().as_mut(), *most);
        match place {
            Place::Window | Place::Nowhere => [at_most(window, limit), &mut []],
            Place::Assembly => {
                let frame = at_most(session.machine.frame_space(), limit);
                // Together as much as a window takes, unless the next frame is probably large.
                let wanted = window.len().saturating_sub(frame.len()).max(BEHIND);
                *behind = wanted.min(window.len()).min(limit - frame.len());
                [frame, at_most(window, *behind)]
            }
        }
    }
}

/// What the next read fills within a data frame, and how much of a window.
#[inline(never)]
fn within_frame(pipeline: &mut Pipeline) -> (Place, usize) {
    let large = pipeline.framer.is_large();
    match pipeline.space(if large { 1 } else { IN_PLACE }) {
        Some(_) => (Place::Assembly, if large { BEHIND } else { usize::MAX }),
        None => (Place::Window, usize::MAX),
    }
}

fn at_most(window: &mut [u8], most: usize) -> &mut [u8] {
    let most = window.len().min(most);
    window.get_mut(..most).unwrap_or_default()
}

impl<E> Deref for ReceiveSpace<'_, E> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match self.place {
            Place::Window | Place::Nowhere => {
                self.work.next_ref().as_ref().get(..self.most).unwrap_or_default()
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
            Place::Window | Place::Nowhere => at_most(self.work.next().as_mut(), self.most),
            Place::Assembly => self.session.machine.frame_space(),
        }
    }
}

impl<E> Machine<E> {
    /// The memory for the rest of a large frame.
    fn frame_space(&mut self) -> &mut [u8] {
        match self.current.as_deref_mut() {
            Some(Connection { stage: Stage::Framing(_, framing), .. }) => {
                framing.pipeline.space(0).unwrap_or_default()
            }
            Some(_) | None => &mut [],
        }
    }

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
