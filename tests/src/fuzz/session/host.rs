//! What the host does with one transport: reads, writes, and does wrong.

use connect_socket_core::{Misuse, Phase, Reason, Time, TransportId, Workspace};

use super::line::Line;
use super::world::Slot;
use crate::memory::line::{Stage, broken};

impl Slot {
    pub(super) fn read(&mut self, now: Time, work: &mut Workspace, which: u8, most: usize, between: u8) {
        let host = &mut self.host;
        let Some(id) = host.choose(which, |line| line.is_connected() && !line.ended) else { return };
        if between.is_multiple_of(8) {
            if let Some(piece) = host.read_in_place(now, work, id, most) {
                self.note_read(id, &piece);
            }
            return;
        }
        if !host.session.wants_read(id) {
            return;
        }
        let mut window = work.take();
        let count = host.line(id).read(most, window.as_mut());
        // A host whose reads are completed by the system may be called back between a read and its report.
        match between % 8 {
            1 => self.close(now, 0),
            2 => self.connect(now, "ws://192.0.2.7", 0),
            3 => self.send(0, 20),
            4 => self.offer(work, which),
            5 => self.host.set_receiving(false),
            _ => {}
        }
        self.note_read(id, &window.as_ref()[..count]);
        let taken = self.host.session.handle_window(now, id, window, count, work);
        taken.expect("what was read lay in the window");
    }

    fn note_read(&mut self, id: TransportId, piece: &[u8]) {
        if self.host.is_current(id) && self.host.session.phase() != Phase::Idle {
            self.host.line(id).far.read.extend_from_slice(piece);
        }
    }

    pub(super) fn write(&mut self, now: Time, work: &mut Workspace, which: u8, most: usize) {
        let Some(id) = self.host.choose(which, Line::is_connected) else { return };
        self.offer_on(work, id);
        self.report_on(now, id, most);
    }

    pub(super) fn offer(&mut self, work: &mut Workspace, which: u8) {
        if let Some(id) = self.host.choose(which, Line::is_connected) {
            self.offer_on(work, id);
        }
    }

    fn offer_on(&mut self, work: &mut Workspace, id: TransportId) {
        let bytes = self.host.offer(work, id);
        self.host.line(id).far.offer = Some(bytes);
    }

    pub(super) fn report(&mut self, now: Time, which: u8, most: usize) {
        if let Some(id) = self.host.choose(which, |line| line.is_connected() && line.far.offer.is_some()) {
            self.report_on(now, id, most);
        }
    }

    /// Of what was offered, `most` bytes at most have been written; the others may be reported later.
    fn report_on(&mut self, now: Time, id: TransportId, most: usize) {
        let far = &mut self.host.line(id).far;
        let Some(mut offer) = far.offer.take() else { return };
        offer.truncate(most);
        far.written.extend_from_slice(&offer);
        self.note(|| format!("{id} writes {}", offer.escape_ascii()));
        let taken = self.host.session.handle_transmitted(now, id, offer.len());
        taken.expect("what was written had been offered");
    }

    /// G1: an input for a transport that is gone changes nothing.
    pub(super) fn stale(&mut self, now: Time, work: &mut Workspace, which: u8, kind: u8) {
        let Some(id) = self.host.choose(which, |line| line.stage == Stage::Released) else { return };
        self.has_input(work);
        self.actions(usize::MAX);
        let before = self.state(work);
        match kind % 8 {
            0 => self.host.session.handle_resolved(now, id.connection(), Ok(&[])),
            1 => self.host.session.handle_connected(now, id),
            2 => self.host.session.handle_connect_failed(now, id, broken()),
            3 => {
                assert!(
                    self.host.session.receive_space(id, work).is_none(),
                    "room for a transport that is gone"
                );
            }
            4 => {
                let window = work.take();
                self.host.session.handle_window(now, id, window, 7, work).expect("late bytes are swallowed");
            }
            5 => self.host.session.handle_end_of_stream(now, id),
            6 => self.host.session.handle_transport_error(now, id, broken()),
            _ => {
                assert!(self.host.session.poll_transmit(id, work).is_empty());
                self.host.session.handle_transmitted(now, id, 7).expect("late reports are swallowed");
            }
        }
        // A second answer to a question of a connection that is still there is no stale input.
        if !kind.is_multiple_of(8) || !self.host.is_current(id) {
            assert_eq!(self.state(work), before, "a stale input of kind {} (G1)", kind % 8);
            assert_eq!(self.host.session.poll_action(), None, "a stale input of kind {} (G1)", kind % 8);
        }
    }

    /// Whether the session has paused between two frames for the host to write; it goes on with the next poll.
    pub(super) fn has_input(&mut self, work: &mut Workspace) -> bool {
        self.host.session.has_event(work);
        let paused = self.host.session.poll_timeout().is_some_and(|(_, reason)| reason == Reason::Input);
        paused && self.host.session.has_event(work)
    }

    /// All of a session that can be seen without taking anything out of it.
    fn state(&mut self, work: &mut Workspace) -> String {
        let announced = self.host.session.has_event(work);
        let buffered = self.host.session.buffered_amount();
        let (session, deadline, drawn) =
            (&self.host.session, self.host.session.poll_timeout(), self.drawn.get());
        format!("{session:?} {deadline:?} {announced} {buffered} {drawn} {}", session.is_quiet())
    }

    /// Misuse is told, and does no harm.
    pub(super) fn misuse(&mut self, now: Time, work: &mut Workspace, which: u8, kind: u8) {
        let Some(id) = self.host.choose(which, Line::is_connected) else { return };
        if kind.is_multiple_of(2) {
            let before = self.host.session.buffered_amount();
            let offered = self.host.session.poll_transmit(id, work).slices().concat();
            let count = offered.len() + 1 + usize::from(kind);
            let told = self.host.session.handle_transmitted(now, id, count);
            let expected = Misuse::TransmittedTooMuch { reported: count, offered: offered.len() };
            // Reports for a transport that is let go, which the host may not know yet, are swallowed.
            let gone = offered.is_empty() && !self.host.is_current(id);
            assert!(told == Err(expected) || (told == Ok(()) && gone), "{told:?}");
            assert!(self.host.session.buffered_amount() <= before);
            let line = self.host.line(id);
            line.far.offer = None;
            line.far.written.extend(offered);
        } else if self.host.receiving && !self.host.session.wants_read(id) {
            // What was read before has not been taken, or nobody wants more.
            let (current, ended) = (self.host.is_current(id), self.host.line(id).ended);
            let window = work.take();
            let told = self.host.session.handle_window(now, id, window, 1, work);
            assert!(told == Err(Misuse::NotReceiving) || (told == Ok(()) && (!current || ended)), "{told:?}");
        }
    }
}
