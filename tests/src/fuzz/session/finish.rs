//! The end of a run: time passes until nothing is left, and then everything must add up.

use std::time::Duration;

use connect_socket_core::frame::{FrameError, FrameErrorKind};
use connect_socket_core::{CloseCause, CloseOptions, OwnedMessage, Phase};

use super::super::frames::Got;
use super::line::{Bounds, Line};
use super::world::{Slot, World};
use crate::memory::line::connection_of;
use crate::memory::watch::Seat;

/// More steps than timers could ever take.
const STEPS: usize = 1_000;

impl World {
    /// Lets everything end, by nothing but a close and the time, and balances the books. Gives what was recorded.
    pub(super) fn finish(mut self) -> Vec<String> {
        for slot in &mut self.slots {
            slot.host.set_receiving(true);
        }
        self.drain();
        for at in 0..self.slots.len() {
            if self.slots[at].host.session.phase() == Phase::Open {
                self.assert_all_delivered(at);
                self.slots[at].host.close(self.now, &CloseOptions::default());
            }
            self.pass_time(at);
        }
        self.drain();
        for at in 0..self.slots.len() {
            self.assert_balance(at);
        }
        let [one, two] = self.slots;
        [one.log, two.log].concat()
    }

    /// Polls both sessions until neither has anything to say.
    fn drain(&mut self) {
        let mut any = true;
        while any {
            any = false;
            for slot in &mut self.slots {
                any |= slot.events(&mut self.work, usize::MAX) || slot.has_input(&mut self.work);
                slot.actions(usize::MAX);
                slot.host.assert_few_linger();
            }
        }
        self.slots.iter().for_each(Slot::assert_reads);
    }

    /// G7: nothing hangs past its timeout.
    fn pass_time(&mut self, at: usize) {
        let slot = &mut self.slots[at];
        let start = self.now;
        for _ in 0..STEPS {
            let Some((deadline, _)) = slot.host.session.poll_timeout() else {
                let spent = self.now.since(start);
                // Connect, dial and close timeouts, and lingering.
                assert!(spent <= Duration::from_secs(60 + 10 + 10), "it took {spent:?} to end");
                return;
            };
            self.now = self.now.max(deadline);
            slot.time(&mut self.work, self.now, self.now);
            slot.actions(usize::MAX);
            slot.events(&mut self.work, usize::MAX);
        }
        panic!("the timers never end");
    }

    /// G5: everything that came is there.
    fn assert_all_delivered(&self, at: usize) {
        let slot = &self.slots[at];
        let Some(connection) = slot.host.current() else { return };
        let (expected, close) = self.expected(slot, connection);
        assert!(close.is_none(), "an open connection was closed by its peer");
        let seat = &slot.host.watch.seats[&connection];
        assert!(seat.messages == expected, "not every message was delivered (G5)");
    }

    /// The messages up to the first close frame that the bytes of a connection hold, and the code that tells of it, 1005 for none.
    fn expected(&self, slot: &Slot, connection: u64) -> (Vec<OwnedMessage>, Option<u16>) {
        let Some(line) = line_of(slot, connection) else { return (Vec::new(), None) };
        let mut messages = Vec::new();
        for item in line.far.expected(&self.bounds).0 {
            match item {
                Got::Text(text) => messages.push(OwnedMessage::Text(text)),
                Got::Binary(bytes) => messages.push(OwnedMessage::Binary(bytes)),
                Got::Close(frame) => return (messages, Some(frame.map_or(1005, |(code, _)| code))),
                Got::Ping(_) | Got::Pong(_) => {}
            }
        }
        (messages, None)
    }

    fn assert_balance(&self, at: usize) {
        let slot = &self.slots[at];
        slot.host.assert_over();
        for (connection, seat) in &slot.host.watch.seats {
            self.assert_seat(slot, *connection, seat);
            assert_client_stream(slot, *connection, &self.bounds);
        }
    }

    /// What a connection delivered, and how it ended, fits to what was read from it.
    fn assert_seat(&self, slot: &Slot, connection: u64, seat: &Seat) {
        let (expected, peer) = self.expected(slot, connection);
        let delivered = seat.messages.len();
        assert!(expected.get(..delivered) == Some(&seat.messages[..]), "other messages than were sent");
        let Some((code, cause)) = seat.closed.filter(|_| seat.opened) else { return };
        match cause {
            CloseCause::Remote => assert_eq!(Some(code), peer, "Close has another code than the peer sent"),
            CloseCause::Protocol | CloseCause::TooBig => {
                let error = line_of(slot, connection).and_then(|line| line.far.expected(&self.bounds).1);
                let expected = error.map(FrameError::kind);
                assert_eq!(
                    expected.map(FrameErrorKind::close_code),
                    Some(code),
                    "Close for the wrong reason"
                );
            }
            // Polled at once, a close frame that came in time is what the Close tells (T, closing).
            CloseCause::Local if self.settings.eager && seat.closing && peer.is_some() => {
                assert_eq!(Some(code), peer, "the peer's close frame was missed");
            }
            CloseCause::Local | CloseCause::Replaced | CloseCause::Abnormal | CloseCause::TimedOut => {}
        }
        let in_order = match cause {
            CloseCause::Remote | CloseCause::Protocol | CloseCause::TooBig | CloseCause::Abnormal => {
                !seat.closing
            }
            CloseCause::Local | CloseCause::Replaced | CloseCause::TimedOut => false,
        };
        assert!(!in_order || delivered == expected.len(), "messages before the end were lost (G5, F6)");
    }
}

/// The transports of a connection.
fn lines_of(slot: &Slot, connection: u64) -> impl Iterator<Item = &Line> {
    slot.host.lines.iter().filter(move |(id, _)| connection_of(**id) == connection).map(|it| it.1)
}

/// The far end that a connection was read from.
fn line_of(slot: &Slot, connection: u64) -> Option<&Line> {
    lines_of(slot, connection).find(|line| !line.far.read.is_empty())
}

/// What was written is what was asked for: all of what is known to be out, and nothing else (T, F4, F5).
fn assert_client_stream(slot: &Slot, connection: u64, bounds: &Bounds) {
    let queued = slot.host.watch.queued(connection);
    let mut lines = lines_of(slot, connection);
    let line = lines.find(|line| !line.far.written.is_empty());
    assert!(
        lines.all(|line| line.far.written.is_empty()),
        "two transports of one connection were written to"
    );
    let Some((line, stream)) = line.and_then(|line| Some((line, line.far.client_stream(bounds)?))) else {
        assert!(queued.iter().all(|send| !send.0), "a send succeeded before the request was out");
        return;
    };
    assert!(stream.messages.len() <= queued.len(), "more messages were written than sent");
    for (place, (out, text, payload)) in queued.iter().enumerate() {
        match stream.messages.get(place) {
            Some((is_text, written)) => {
                assert!(is_text == text && written == payload, "another message was written than sent");
            }
            None => assert!(!out, "a send succeeded that was not written (T)"),
        }
    }
    assert!(!line.shut || !stream.cut, "the sending half was shut down inside a frame (F5)");
    let seat = &slot.host.watch.seats[&connection];
    if let (Some(payload), Some((code, CloseCause::Remote))) = (&stream.close, seat.closed) {
        let echo = if code == 1005 { Vec::new() } else { code.to_be_bytes().to_vec() };
        assert_eq!(*payload, echo, "the reply has another code than the peer's frame (F4)");
    }
}
