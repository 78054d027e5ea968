//! What the host does with one transport: reads, writes, and does wrong.

use connect_socket_core::lifecycle::Phase;
use connect_socket_core::{Misuse, Reason, Time, TransportId, Workspace};

use super::line::{Line, Stage};
use super::world::{Slot, broken};

impl Slot {
    pub(super) fn read(&mut self, now: Time, work: &mut Workspace, which: u8, most: usize, between: u8) {
        let Some(id) = self.choose(which, |line| line.stage == Stage::Connected && !line.ended) else {
            return;
        };
        if between.is_multiple_of(8) {
            self.read_in_place(now, work, id, most);
            return;
        }
        if !self.session.wants_read(id) {
            return;
        }
        let mut window = work.take();
        let count = self.take_in(id, most, window.as_mut());
        // A host whose reads are completed by the system may be called back between a read and its report.
        match between % 8 {
            1 => self.close(now, 0),
            2 => self.connect(now, "ws://192.0.2.7", 0),
            3 => self.send(0, 20),
            4 => self.offer(work, which),
            5 => self.set_receiving(false),
            _ => {}
        }
        self.note_read(id, &window.as_ref()[..count]);
        self.session.handle_window(now, id, window, count, work).expect("what was read lay in the window");
    }

    fn read_in_place(&mut self, now: Time, work: &mut Workspace, id: TransportId, most: usize) {
        let Self { session, lines, .. } = self;
        let wanted = session.wants_read(id);
        let Some(mut space) = session.receive_space(id, work) else {
            assert!(!wanted, "no room for a read that is wanted");
            return;
        };
        assert!(wanted && !space.is_empty(), "room for a read that is not wanted, or none");
        let inbox = &mut lines.get_mut(&id).expect("chosen among them").inbox;
        let count = most.min(space.len()).min(inbox.len());
        space[..count].copy_from_slice(&inbox[..count]);
        space.filled(now, count).expect("what was read lay in the space");
        let piece: Vec<u8> = inbox.drain(..count).collect();
        self.note_read(id, &piece);
    }

    /// Reads what the server has sent, as far as there is room; how much it was.
    fn take_in(&mut self, id: TransportId, most: usize, room: &mut [u8]) -> usize {
        let inbox = &mut self.line(id).inbox;
        let count = most.min(room.len()).min(inbox.len());
        room[..count].copy_from_slice(&inbox[..count]);
        inbox.drain(..count);
        count
    }

    fn note_read(&mut self, id: TransportId, piece: &[u8]) {
        let current = self.session.connection() == Some(id.connection());
        if current && self.session.phase() != Phase::Idle {
            self.line(id).read.extend_from_slice(piece);
        }
    }

    pub(super) fn write(&mut self, now: Time, work: &mut Workspace, which: u8, most: usize) {
        let Some(id) = self.choose(which, |line| line.stage == Stage::Connected) else { return };
        self.offer_on(work, id);
        self.report_on(now, id, most);
    }

    pub(super) fn offer(&mut self, work: &mut Workspace, which: u8) {
        if let Some(id) = self.choose(which, |line| line.stage == Stage::Connected) {
            self.offer_on(work, id);
        }
    }

    fn offer_on(&mut self, work: &mut Workspace, id: TransportId) {
        let wanted = self.session.wants_write(id);
        let transmit = self.session.poll_transmit(id, work);
        let bytes = transmit.slices().concat();
        assert_eq!((transmit.len(), transmit.is_empty()), (bytes.len(), bytes.is_empty()));
        assert_eq!(wanted, !bytes.is_empty(), "what is wanted is not what is offered");
        let line = self.line(id);
        assert!(!line.shut || bytes.is_empty(), "something is to be written behind the end");
        line.offer = Some(bytes);
    }

    pub(super) fn report(&mut self, now: Time, which: u8, most: usize) {
        let offered = |line: &Line| line.stage == Stage::Connected && line.offer.is_some();
        if let Some(id) = self.choose(which, offered) {
            self.report_on(now, id, most);
        }
    }

    /// Of what was offered, `most` bytes at most have been written; the others may be reported later.
    fn report_on(&mut self, now: Time, id: TransportId, most: usize) {
        let line = self.line(id);
        let Some(mut offer) = line.offer.take() else { return };
        let count = most.min(offer.len());
        line.written.extend(offer.drain(..count));
        let written: Vec<u8> =
            if count > 0 { line.written[line.written.len() - count..].to_vec() } else { Vec::new() };
        self.note(|| format!("{id} writes {}", written.escape_ascii()));
        self.session.handle_transmitted(now, id, count).expect("what was written had been offered");
    }

    /// G1: an input for a transport that is gone changes nothing.
    pub(super) fn stale(&mut self, now: Time, work: &mut Workspace, which: u8, kind: u8) {
        let Some(id) = self.choose(which, |line| line.stage == Stage::Released) else { return };
        self.has_input(work);
        self.actions(usize::MAX);
        let before = self.state(work);
        match kind % 8 {
            0 => self.session.handle_resolved(now, id.connection(), Ok(&[])),
            1 => self.session.handle_connected(now, id),
            2 => self.session.handle_connect_failed(now, id, broken()),
            3 => {
                assert!(self.session.receive_space(id, work).is_none(), "room for a transport that is gone");
            }
            4 => {
                let window = work.take();
                self.session.handle_window(now, id, window, 7, work).expect("late bytes are swallowed");
            }
            5 => self.session.handle_end_of_stream(now, id),
            6 => self.session.handle_transport_error(now, id, broken()),
            _ => {
                assert!(self.session.poll_transmit(id, work).is_empty());
                self.session.handle_transmitted(now, id, 7).expect("late reports are swallowed");
            }
        }
        // A second answer to a question of a connection that is still there is no stale input.
        if !kind.is_multiple_of(8) || self.session.connection() != Some(id.connection()) {
            assert_eq!(self.state(work), before, "a stale input of kind {} (G1)", kind % 8);
            assert_eq!(self.session.poll_action(), None, "a stale input of kind {} (G1)", kind % 8);
        }
    }

    /// Whether the session has paused between two frames for the host to write; it goes on with the next poll.
    pub(super) fn has_input(&mut self, work: &mut Workspace) -> bool {
        self.session.has_event(work);
        let paused = self.session.poll_timeout().is_some_and(|(_, reason)| reason == Reason::Input);
        paused && self.session.has_event(work)
    }

    /// All of a session that can be seen without taking anything out of it.
    fn state(&mut self, work: &mut Workspace) -> String {
        let announced = self.session.has_event(work);
        let buffered = self.session.buffered_amount();
        let (session, deadline, drawn) = (&self.session, self.session.poll_timeout(), self.drawn.get());
        format!("{session:?} {deadline:?} {announced} {buffered} {drawn} {}", session.is_quiet())
    }

    /// Misuse is told, and does no harm.
    pub(super) fn misuse(&mut self, now: Time, work: &mut Workspace, which: u8, kind: u8) {
        let Some(id) = self.choose(which, |line| line.stage == Stage::Connected) else { return };
        if kind.is_multiple_of(2) {
            let before = self.session.buffered_amount();
            let offered = self.session.poll_transmit(id, work).slices().concat();
            let count = offered.len() + 1 + usize::from(kind);
            let told = self.session.handle_transmitted(now, id, count);
            let expected = Misuse::TransmittedTooMuch { reported: count, offered: offered.len() };
            // Reports for a transport that is let go, which the host may not know yet, are swallowed.
            let gone = offered.is_empty() && self.session.connection() != Some(id.connection());
            assert!(told == Err(expected) || (told == Ok(()) && gone), "{told:?}");
            assert!(self.session.buffered_amount() <= before);
            let line = self.line(id);
            line.offer = None;
            line.written.extend(offered);
        } else if self.receiving && !self.session.wants_read(id) {
            // What was read before has not been taken, or nobody wants more.
            let (current, ended) = (self.session.connection() == Some(id.connection()), self.line(id).ended);
            let window = work.take();
            let told = self.session.handle_window(now, id, window, 1, work);
            assert!(told == Err(Misuse::NotReceiving) || (told == Ok(()) && (!current || ended)), "{told:?}");
        }
    }
}
