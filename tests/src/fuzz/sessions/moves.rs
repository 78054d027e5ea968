//! What a host moves over its sockets.

use connect_socket_core::{Time, TransportId, Workspace};

use super::client::Client;
use super::line::End;
use super::ops::{Between, Read, Way};
use crate::memory::line::broken;

impl Client<'_> {
    /// Reads once; whether there was anything. The session may be in the hands of another workspace than the one that
    /// the window comes from.
    pub(super) fn read(
        &mut self,
        now: Time,
        [work, other]: [&mut Workspace; 2],
        id: TransportId,
        read: Read,
    ) -> bool {
        let current = self.host.is_current(id);
        let host = &mut self.host;
        let wanted = host.session.wants_read(id);
        let Some(line) = host.lines.get_mut(&id).filter(|line| line.is_connected()) else { return false };
        assert!(!wanted || !line.ended, "it is read behind its end");
        if !wanted {
            assert!(host.session.receive_space(id, work).is_none(), "room, but it is not read");
            return false;
        }
        if line.unread.is_empty() {
            match line.far.end {
                None => return false,
                Some(End::EndOfStream) => host.session.handle_end_of_stream(now, id),
                Some(End::Reset) => host.session.handle_transport_error(now, id, broken()),
            }
            line.ended = true;
            return true;
        }
        let count = match read.way {
            Way::Space => host.read_in_place(now, work, id, read.most).expect("room, as it is read").len(),
            Way::Copied => {
                let count = read.most.min(line.unread.len());
                let count = host.session.handle_bytes(now, id, &line.unread.make_contiguous()[..count], work);
                line.unread.drain(..count);
                count
            }
            Way::Completion(between) => {
                let mut window = work.take();
                let count = line.read(read.most, window.as_mut());
                self.between(now, other, between);
                let still = self.host.is_current(id);
                self.host.session.handle_window(now, id, window, count, other).expect("as much as fits");
                if current && still {
                    self.host.line(id).far.give(count);
                }
                return true;
            }
        };
        assert!(count > 0, "a read for nothing");
        if current {
            self.host.line(id).far.give(count);
        }
        true
    }

    fn between(&mut self, now: Time, work: &mut Workspace, between: Between) {
        match between {
            Between::Nothing => {}
            Between::Pause => self.host.set_receiving(false),
            Between::Close => self.close(now),
            Between::Replace => self.connect(now),
            Between::Send => self.send(40),
            Between::Shrink => self.host.session.shrink(work),
        }
    }

    /// Offers and writes, `most` bytes at most; whether anything went, or failed to.
    pub(super) fn write(&mut self, now: Time, work: &mut Workspace, id: TransportId, most: usize) -> bool {
        let Some(line) = self.host.lines.get_mut(&id).filter(|line| line.is_connected()) else {
            return false;
        };
        if line.far.broken {
            let wanted = self.host.session.wants_write(id);
            if wanted {
                self.write_fails(now, id);
            }
            return wanted;
        }
        let offered = self.host.offer(work, id);
        let count = most.min(offered.len());
        self.host.line(id).far.outbox.extend_from_slice(&offered[..count]);
        self.host.session.handle_transmitted(now, id, count).expect("it was offered");
        self.note_buffered();
        count > 0
    }

    /// The system has said that writing fails.
    pub(super) fn write_fails(&mut self, now: Time, id: TransportId) {
        let current = self.host.is_current(id);
        if let Some(line) = self.host.lines.get_mut(&id).filter(|line| line.is_connected()) {
            line.far.unwritable = true;
            self.host.session.handle_write_failed(now, id, broken());
            self.act();
            let released = !self.host.line(id).is_connected();
            assert!(current || released, "it lingers for nothing");
        }
    }
}
