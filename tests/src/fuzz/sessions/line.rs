//! The socket between a host and a server, and what is known of both ends.

use super::server::Server;

/// How far a transport is, as its host knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Dialled,
    Connected,
    Released,
}

/// How reading ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    EndOfStream,
    Reset,
}

#[expect(clippy::struct_excessive_bools, reason = "what happened to the socket, each on its own")]
pub(super) struct Line {
    pub(super) stage: Stage,
    pub(super) server: Server,
    /// There is TLS on it.
    pub(super) secure: bool,
    inbox: Vec<u8>,
    /// How much of `inbox` was read.
    read: usize,
    /// How many bytes were read in all.
    pub(super) given: usize,
    /// How many of them the session has looked at, up to their end.
    pub(super) taken: usize,
    /// What was written, and the server has not read.
    pub(super) outbox: Vec<u8>,
    /// What comes behind `inbox`.
    pub(super) end: Option<End>,
    /// The session was told so.
    pub(super) ended: bool,
    /// The client's half has ended.
    pub(super) shut: bool,
    /// A write fails.
    pub(super) broken: bool,
    /// The session was told so.
    pub(super) unwritable: bool,
    /// Some of what the server sent is lost.
    pub(super) lost: bool,
    /// A byte of a frame was given to the session in this round.
    pub(super) fresh: bool,
}

impl Line {
    pub(super) fn new(server: Server, secure: bool) -> Self {
        Self {
            stage: Stage::Dialled,
            server,
            secure,
            inbox: Vec::new(),
            read: 0,
            given: 0,
            taken: 0,
            outbox: Vec::new(),
            end: None,
            ended: false,
            shut: false,
            broken: false,
            unwritable: false,
            lost: false,
            fresh: false,
        }
    }

    pub(super) fn is_connected(&self) -> bool {
        self.stage == Stage::Connected
    }

    /// The server reads what was written, and answers. Whether anything happened.
    pub(super) fn serve(&mut self) -> bool {
        let wire = core::mem::take(&mut self.outbox);
        if self.end.is_some() || self.broken {
            return false;
        }
        let before = self.server.sent;
        let out = self.server.serve(&wire);
        self.inbox.extend(out);
        // Whoever has both close frames ends the stream (RFC 6455 §7.1.1).
        if (self.server.closed && self.server.closing) || self.shut {
            self.finish(End::EndOfStream, self.server.sent.is_multiple_of(2));
        }
        !wire.is_empty() || self.server.sent > before
    }

    /// The stream ends; in the way of TLS, or short.
    pub(super) fn finish(&mut self, end: End, politely: bool) {
        if self.end.is_none() {
            if politely {
                let out = self.server.end();
                self.inbox.extend(out);
            }
            self.end = Some(end);
        }
    }

    /// The stream is reset, and takes with it what was not read.
    pub(super) fn lose(&mut self) {
        if self.end.is_none() {
            (self.end, self.lost) = (Some(End::Reset), true);
            (self.inbox, self.read) = (Vec::new(), 0);
        }
    }

    /// What the system holds.
    pub(super) fn unread(&self) -> &[u8] {
        &self.inbox[self.read..]
    }

    /// `count` bytes were read.
    pub(super) fn take(&mut self, count: usize) {
        self.read += count;
        if self.read == self.inbox.len() {
            (self.inbox, self.read) = (Vec::new(), 0);
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

    /// The session knows that nothing more comes, or that nothing more goes. TLS has an end of its own.
    pub(super) fn may_end(&self) -> bool {
        self.ended || self.unwritable || (self.secure && self.end == Some(End::EndOfStream))
    }

    /// How many messages were given to the session whole.
    pub(super) fn whole(&self) -> usize {
        self.server.said.iter().take_while(|(_, end)| *end <= self.given).count()
    }
}
