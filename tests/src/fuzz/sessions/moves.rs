//! What a host moves over its sockets.

use connect_socket_core::{Time, TransportError, TransportId, Workspace};

use super::client::Client;
use super::line::End;
use super::ops::{Between, Read, Way};

/// An error of a transport.
fn broken() -> TransportError {
    TransportError::new(std::io::ErrorKind::ConnectionReset, "reset")
}

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
        let current = self.session.connection() == Some(id.connection());
        let wanted = self.session.wants_read(id);
        let Some(line) = self.lines.get_mut(&id).filter(|line| line.is_connected()) else { return false };
        assert!(!wanted || !line.ended, "it is read behind its end");
        if !wanted {
            assert!(self.session.receive_space(id, work).is_none(), "room, but it is not read");
            return false;
        }
        if line.unread().is_empty() {
            match line.end {
                None => return false,
                Some(End::EndOfStream) => self.session.handle_end_of_stream(now, id),
                Some(End::Reset) => self.session.handle_transport_error(now, id, broken()),
            }
            line.ended = true;
            return true;
        }
        let waiting = &line.unread()[..read.most.min(line.unread().len())];
        let count = match read.way {
            Way::Space => {
                let mut space = self.session.receive_space(id, work).expect("room, as it is read");
                let count = waiting.len().min(space.len());
                space[..count].copy_from_slice(&waiting[..count]);
                space.filled(now, count).expect("as much as fits");
                count
            }
            Way::Copied => self.session.handle_bytes(now, id, waiting, work),
            Way::Completion(between) => {
                let mut window = work.take();
                let count = waiting.len().min(window.as_mut().len());
                window.as_mut()[..count].copy_from_slice(&waiting[..count]);
                line.take(count);
                self.between(now, other, between);
                let still = self.session.connection() == Some(id.connection());
                self.session.handle_window(now, id, window, count, other).expect("as much as fits");
                if current && still {
                    self.lines.get_mut(&id).expect("chosen").give(count);
                }
                return true;
            }
        };
        assert!(count > 0, "a read for nothing");
        line.take(count);
        if current {
            line.give(count);
        }
        true
    }

    fn between(&mut self, now: Time, work: &mut Workspace, between: Between) {
        match between {
            Between::Nothing => {}
            Between::Pause => self.set_receiving(false),
            Between::Close => self.close(now),
            Between::Replace => self.connect(now),
            Between::Send => self.send(40),
            Between::Shrink => self.session.shrink(work),
        }
    }

    /// Offers and writes, `most` bytes at most; whether anything went, or failed to.
    pub(super) fn write(&mut self, now: Time, work: &mut Workspace, id: TransportId, most: usize) -> bool {
        let wanted = self.session.wants_write(id);
        let Some(line) = self.lines.get_mut(&id).filter(|line| line.is_connected()) else { return false };
        if line.broken {
            if wanted {
                self.write_fails(now, id);
            }
            return wanted;
        }
        let offered = self.session.poll_transmit(id, work).slices().concat();
        assert_eq!(wanted, !offered.is_empty(), "what is wanted is not what is offered");
        assert!(!line.shut || offered.is_empty(), "something is to be written behind the end");
        let count = most.min(offered.len());
        line.outbox.extend_from_slice(&offered[..count]);
        self.session.handle_transmitted(now, id, count).expect("it was offered");
        self.note_buffered();
        count > 0
    }

    /// The system has said that writing fails.
    pub(super) fn write_fails(&mut self, now: Time, id: TransportId) {
        let current = self.session.connection() == Some(id.connection());
        if let Some(line) = self.lines.get_mut(&id).filter(|line| line.is_connected()) {
            line.unwritable = true;
            self.session.handle_write_failed(now, id, broken());
            self.act();
            let released = !self.lines[&id].is_connected();
            assert!(current || released, "it lingers for nothing");
        }
    }
}
