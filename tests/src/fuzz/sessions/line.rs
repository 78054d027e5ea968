//! The far end of a socket: its server, what is on the way, and what is known of both ends.

use crate::memory::line;
use crate::memory::server::Server;

pub(super) type Line = line::Line<Far>;

/// How reading ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    EndOfStream,
    Reset,
}

#[expect(clippy::struct_excessive_bools, reason = "what happened to the socket, each on its own")]
pub(super) struct Far {
    pub(super) server: Server,
    /// There is TLS on it.
    pub(super) secure: bool,
    /// How many bytes were read in all.
    pub(super) given: usize,
    /// How many of them the session has looked at, up to their end.
    pub(super) taken: usize,
    /// What was written, and the server has not read.
    pub(super) outbox: Vec<u8>,
    /// What comes behind what is unread.
    pub(super) end: Option<End>,
    /// A write fails.
    pub(super) broken: bool,
    /// The session was told so.
    pub(super) unwritable: bool,
    /// Some of what the server sent is lost.
    pub(super) lost: bool,
    /// A byte of a frame was given to the session in this round.
    pub(super) fresh: bool,
}

impl Far {
    pub(super) fn new(server: Server, secure: bool) -> Self {
        Self {
            server,
            secure,
            given: 0,
            taken: 0,
            outbox: Vec::new(),
            end: None,
            broken: false,
            unwritable: false,
            lost: false,
            fresh: false,
        }
    }

    /// `count` bytes were given to the session, and are of its current connection.
    pub(super) fn give(&mut self, count: usize) {
        let before = self.given;
        self.given += count;
        self.fresh |= if self.secure {
            // A record says something once it is there whole; the last one of a frame is there with that.
            self.server.ends.iter().any(|end| (before + 1..=self.given).contains(end))
        } else {
            count > 0 && self.server.answered.is_some_and(|answered| self.given > answered)
        };
    }

    /// The answer was given to the session whole.
    pub(super) fn is_answered(&self) -> bool {
        self.server.answered.is_some_and(|answered| self.given >= answered)
    }

    /// How many messages were given to the session whole.
    pub(super) fn whole(&self) -> usize {
        self.server.said.iter().take_while(|(_, end)| *end <= self.given).count()
    }
}

impl Line {
    /// The server reads what was written, and answers. Whether anything happened.
    pub(super) fn serve(&mut self) -> bool {
        let far = &mut self.far;
        let wire = core::mem::take(&mut far.outbox);
        if far.end.is_some() || far.broken {
            return false;
        }
        let before = far.server.sent;
        self.unread.extend(far.server.serve(&wire));
        let is_served = !wire.is_empty() || far.server.sent > before;
        // Whoever has both close frames ends the stream (RFC 6455 §7.1.1).
        if (far.server.closed && far.server.closing) || self.shut {
            let politely = far.server.sent.is_multiple_of(2);
            self.finish(End::EndOfStream, politely);
        }
        is_served
    }

    /// The stream ends; in the way of TLS, or short.
    pub(super) fn finish(&mut self, end: End, politely: bool) {
        if self.far.end.is_none() {
            if politely {
                self.unread.extend(self.far.server.end());
            }
            self.far.end = Some(end);
        }
    }

    /// The stream is reset, and takes with it what was not read.
    pub(super) fn lose(&mut self) {
        if self.far.end.is_none() {
            (self.far.end, self.far.lost) = (Some(End::Reset), true);
            self.unread.clear();
        }
    }

    /// The session knows that nothing more comes, or that nothing more goes. TLS has an end of its own.
    pub(super) fn may_end(&self) -> bool {
        self.ended || self.far.unwritable || (self.far.secure && self.far.end == Some(End::EndOfStream))
    }
}
