//! The end of a run: the host does its work until nothing is left, and everything must add up.

use std::time::Duration;

use connect_socket_core::Phase;

use super::client::Client;
use super::ops::{Read, Way};
use super::world::World;
use crate::memory::line::connection_of;

/// More rounds than anything takes: some hundred thousand bytes through windows of 512.
const ROUNDS: usize = 20_000;

const ALL: Read = Read { most: usize::MAX, way: Way::Space };

impl World<'_> {
    pub(super) fn finish(mut self) {
        // Now and then they are dropped as they are.
        if self.ending.is_multiple_of(16) {
            self.drop_all();
            return;
        }
        self.deliver();
        for client in &self.clients {
            client.assert_delivered();
        }
        for at in 0..self.clients.len() {
            self.end_one(at);
        }
        for client in &self.clients {
            client.assert_balance();
        }
        self.drop_all();
    }

    /// Moves whatever there is to move, while no time passes.
    fn deliver(&mut self) {
        for client in &mut self.clients {
            client.host.set_receiving(true);
        }
        for round in 0..ROUNDS {
            let mut any = false;
            for at in 0..self.clients.len() {
                let work = at + round;
                any |= self.drain(at, work);
                any |= self.clients[at].connected(self.now);
                any |= self.write(at, work, usize::MAX);
                any |= self.serve(at);
                let ids: Vec<_> = self.clients[at].host.lines.keys().copied().collect();
                for id in ids {
                    any |= self.read_one(at, work, id, ALL);
                }
                any |= self.drain(at, work);
            }
            if !any {
                return;
            }
        }
        panic!("the host and the servers have always something to do (G7)");
    }

    /// The user closes, or does not; what has deadlines ends by them.
    fn end_one(&mut self, at: usize) {
        let start = self.now;
        let patient = self.ending >> at & 1 == 0;
        for round in 0..ROUNDS {
            self.deliver();
            let client = &mut self.clients[at];
            if client.host.session.is_quiet() {
                break;
            }
            let next = client.host.session.poll_timeout();
            // A connection that is open and at peace needs somebody to end it.
            let at_peace = next.is_none() || client.is_alive();
            if client.host.session.phase() == Phase::Open && (at_peace || !patient) {
                client.close(self.now);
                continue;
            }
            let (deadline, _) = next.expect("something is left to do, and nothing is awaited (G7)");
            self.now = self.now.max(deadline);
            self.round(at, at, ALL);
            assert!(round < 100, "the deadlines never end (G7)");
        }
        let spent = self.now.since(start);
        // Connect, keepalive, close, and lingering.
        assert!(spent <= Duration::from_secs(60 + 25 + 10 + 10), "it took {spent:?} to end (G7)");
    }
}

impl Client<'_> {
    /// The current connection can be used: nobody has ended it.
    fn is_alive(&self) -> bool {
        self.line().is_some_and(|line| line.far.end.is_none() && !line.far.broken)
    }

    /// G5: everything that was sent on a connection that is still there has arrived.
    fn assert_delivered(&self) {
        let (Some(line), Some(current)) = (self.line(), self.host.current()) else { return };
        if !line.is_connected() {
            return;
        }
        match self.host.session.phase() {
            Phase::Open => {
                assert!(line.unread.is_empty() || line.far.lost, "the socket is not read");
                let delivered = self.delivered.get(&current).copied().unwrap_or(0);
                assert_eq!(delivered, line.far.whole(), "messages that were read were not delivered (G5)");
                assert!(
                    line.far.broken || line.far.lost || delivered == line.far.server.said.len(),
                    "some are missing"
                );
            }
            Phase::Connecting => assert!(!self.is_alive(), "it never opens"),
            Phase::Closing | Phase::Idle => {}
        }
    }

    fn assert_balance(&self) {
        self.host.assert_over();
        for (id, line) in &self.host.lines {
            let queued = self.host.watch.queued(connection_of(*id));
            let heard = &line.far.server.heard;
            assert!(heard.len() <= queued.len(), "the server heard more than was sent");
            for (place, (out, text, payload)) in queued.into_iter().enumerate() {
                match heard.get(place) {
                    Some((is_text, got)) => {
                        assert!(*is_text == text && got == payload, "another message was written than sent");
                    }
                    None => assert!(!out || line.far.end.is_some() || line.far.broken, "a send got lost (T)"),
                }
            }
        }
    }
}
