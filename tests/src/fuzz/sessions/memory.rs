//! What a session may hold (rules M2, M4), seen by what is freed with it.

use super::client::Client;
use super::line::Line;
use super::world::World;

/// A session with a plain connection that is idle, and some room.
const PLAIN: usize = 3 * 1024;

/// What rustls holds for one connection, with a record that is there in part.
const TLS: usize = 40 * 1024;

/// A loop's own assembly buffer (M2).
const ASSEMBLY: usize = 1024 * 1024;

/// Before a window there is room for what a read leaves.
const ROOM: usize = 512;

impl World<'_> {
    /// Drops a session that was drained or shrunk. Says whether it held a loop's assembly buffer.
    pub(super) fn drop_small(&self, client: Client<'_>) -> bool {
        let (most, may_assemble) = (client.most_held(), client.may_assemble());
        let what = client.holds();
        let held = self.freed(|| drop(client.host.session));
        let most_of_all = most + if may_assemble { ASSEMBLY } else { 0 };
        assert!(held <= most_of_all, "it holds {held} bytes, {most_of_all} at most (M2); {what}");
        held > most
    }

    /// Drops all sessions and then all workspaces.
    pub(super) fn drop_all(mut self) {
        for at in 0..self.clients.len() {
            self.drain(at, at);
        }
        let clients = core::mem::take(&mut self.clients);
        let lent = clients.into_iter().map(|client| self.drop_small(client)).filter(|lent| *lent).count();
        assert!(lent <= self.works.len(), "{lent} sessions have an assembly buffer of a loop (M2)");
        for (work, size) in core::mem::take(&mut self.works).into_iter().zip(&self.sizes) {
            let held = self.freed(|| drop(work));
            // The next one to read into, and three more.
            assert!(held <= 4 * (size + ROOM) + ASSEMBLY, "a workspace of {size} holds {held} bytes (M2)");
        }
    }

    fn freed(&self, work: impl FnOnce()) -> usize {
        let before = (self.outside.held)();
        work();
        usize::try_from(before - (self.outside.held)()).unwrap_or(0)
    }
}

impl Client<'_> {
    /// How many bytes of the current connection were given to the session, and are not delivered.
    fn undelivered(&self) -> usize {
        let (Some(line), Some(current)) = (self.line(), self.host.current()) else { return 0 };
        let delivered = self.delivered.get(&current).copied().unwrap_or(0);
        let from = match delivered.checked_sub(1).and_then(|last| line.far.server.said.get(last)) {
            Some((_, end)) => *end,
            None => line.far.server.answered.filter(|end| *end <= line.far.given).unwrap_or(0),
        };
        line.far.given.saturating_sub(from)
    }

    /// The most that it may hold: twice what it keeps, and what its connections cost.
    fn most_held(&self) -> usize {
        let live = self.host.lines.values().filter(|line| line.is_connected());
        // One that lingers may have a frame to finish (F5).
        let costs = |line: &Line| 2 * self.most_buffered + if line.far.secure { TLS } else { PLAIN };
        PLAIN + live.map(costs).sum::<usize>() + 2 * self.undelivered()
    }

    /// Whether it may hold a loop's assembly buffer: part of a message was taken when it took something last.
    fn may_assemble(&self) -> bool {
        self.line().is_some_and(|line| {
            let at_answer = line.far.server.answered.is_none_or(|answered| line.far.taken <= answered);
            let between = at_answer || line.far.server.ends.contains(&line.far.taken);
            !between || (self.host.receiving && line.far.taken < line.far.given)
        })
    }

    /// What the limit was made of, for a failure.
    fn holds(&self) -> String {
        let lines = self.host.lines.iter().filter(|(_, line)| line.is_connected());
        let lines: Vec<_> = lines
            .map(|(id, line)| format!("{id}, TLS {}, {} bytes given", line.far.secure, line.far.given))
            .collect();
        let (undelivered, buffered) = (self.undelivered(), self.most_buffered);
        let session = &self.host.session;
        format!("{session:?}, {undelivered} bytes undelivered, {buffered} buffered, {}", lines.join("; "))
    }
}
