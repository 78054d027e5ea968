//! One session and its host: commands, actions, events and time.

use std::collections::{BTreeMap, BTreeSet};

use connect_socket_core::{
    Action, CallId, CloseCause, CloseOptions, Config, ConnectOptions, Entropy, Error, ErrorCode, Payload,
    Phase, Reason, Time, TransportId, Workspace,
};

use super::Outside;
use super::line::{Far, Line};
use crate::memory::frames::{payload, whole_text};
use crate::memory::host::Host;
use crate::memory::line::{Stage, connection_of};
use crate::memory::server::{Plain, Server};
use crate::memory::watch::Seen;

/// Numbers that count up.
pub(super) struct Counting(u8);

impl Entropy for Counting {
    fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            self.0 = self.0.wrapping_add(29);
            *byte = self.0;
        }
    }
}

pub(super) struct Client<'o> {
    outside: &'o Outside<'o>,
    pub(super) host: Host<Counting, Far>,
    /// Its urls are of wss.
    pub(super) secure: bool,
    /// How many messages of each connection were delivered.
    pub(super) delivered: BTreeMap<u64, usize>,
    /// Sends of an open connection whose writing has failed.
    refused: BTreeSet<CallId>,
    /// The most that waited to be sent.
    pub(super) most_buffered: usize,
    /// A round of reading is going on.
    pub(super) in_round: bool,
    /// It asks whether there is an event before it polls one.
    asks: bool,
}

impl<'o> Client<'o> {
    pub(super) fn new(outside: &'o Outside<'o>, config: &Config, flags: u8) -> Self {
        Self {
            outside,
            host: Host::new(config.clone(), Counting(flags), outside.tls.is_some()),
            secure: flags & 1 == 0 && outside.tls.is_some(),
            delivered: BTreeMap::new(),
            refused: BTreeSet::new(),
            most_buffered: 0,
            in_round: false,
            asks: flags & 2 == 0,
        }
    }

    pub(super) fn connect(&mut self, now: Time) {
        let url = if self.secure { "wss://192.0.2.1/" } else { "ws://192.0.2.1/" };
        self.host.connect(now, &ConnectOptions::new(url));
        assert!(self.host.current().is_some(), "all urls are good");
        self.note_buffered();
    }

    pub(super) fn send(&mut self, length: usize) {
        let (text, bytes) = (whole_text(length), payload(false, length));
        let is_text = length & 1 == 0;
        let sent = if is_text { text.len() } else { length };
        let is_writable = self.line().is_some_and(|line| !line.far.unwritable);
        assert!(!self.host.session.can_send(sent) || is_writable, "can_send, but not written (F7)");
        let call = self.host.send(if is_text { Payload::Text(&text) } else { Payload::Binary(&bytes) });
        if self.host.session.phase() == Phase::Open && !is_writable {
            self.refused.insert(call);
        }
        self.note_buffered();
    }

    pub(super) fn close(&mut self, now: Time) {
        self.host.close(now, &CloseOptions::default());
    }

    /// The transport of the current connection, once it is dialled: there is one address.
    pub(super) fn transport(&self) -> Option<TransportId> {
        self.host.lines.keys().copied().find(|id| self.host.is_current(*id))
    }

    pub(super) fn line(&self) -> Option<&Line> {
        self.transport().and_then(|id| self.host.lines.get(&id))
    }

    pub(super) fn line_mut(&mut self) -> Option<&mut Line> {
        self.transport().and_then(|id| self.host.lines.get_mut(&id))
    }

    pub(super) fn line_of(&self, connection: u64) -> Option<&Line> {
        self.host.lines.iter().find(|(id, _)| connection_of(**id) == connection).map(|(_, line)| line)
    }

    pub(super) fn note_buffered(&mut self) {
        self.most_buffered = self.most_buffered.max(self.host.session.buffered_amount());
    }

    /// Does what the session asks for. A socket is connected at once, but for what the host is told of it.
    pub(super) fn act(&mut self) {
        let (outside, secure) = (self.outside, self.secure);
        let far = || {
            let layer = match outside.tls {
                Some(accept) if secure => accept(),
                Some(_) | None => Box::new(Plain::default()),
            };
            Far::new(Server::new(layer), secure)
        };
        while let Some(action) = self.host.action(far) {
            match action {
                Action::Resolve { .. } => panic!("an address is looked up"),
                Action::Dial { .. } => {}
                Action::ShutdownWrite { transport } => {
                    let line = self.host.line(transport);
                    assert!(!line.far.unwritable, "the end of what cannot be written");
                }
                // What was written is on its way.
                Action::Release { transport } => {
                    self.host.line(transport).serve();
                }
            }
        }
        self.host.assert_few_linger();
    }

    /// Tells the session of sockets that are connected; whether there were any.
    pub(super) fn connected(&mut self, now: Time) -> bool {
        let dialled = |(_, line): &(&TransportId, &Line)| line.stage == Stage::Dialled;
        let Some((&id, _)) = self.host.lines.iter().find(dialled) else { return false };
        self.host.connected(now, id);
        self.note_buffered();
        true
    }

    /// Polls `most` events; whether there were any.
    pub(super) fn events(&mut self, work: &mut Workspace, most: usize) -> bool {
        for polled in 0..most {
            if self.asks && !self.host.session.has_event(work) {
                return polled > 0;
            }
            let Some((seen, ())) = self.host.event(work, |_| ()) else {
                assert!(!self.asks, "an event was announced that is not there");
                return polled > 0;
            };
            match &seen {
                Seen::Message(connection, message) => {
                    let at = self.delivered.get(connection).copied().unwrap_or(0);
                    let line = self.line_of(*connection).expect("it was dialled");
                    let (said, end) = line.far.server.said.get(at).expect("a message that was never sent");
                    assert!(message == said, "message {at} is another than was sent");
                    assert!(*end <= line.far.given, "a message before it was there");
                    self.delivered.insert(*connection, at + 1);
                }
                Seen::Error(connection, code) => self.failed(*connection, *code),
                Seen::Close(connection, code, _, cause) => self.closed(*connection, *code, *cause),
                Seen::Settled(call, result) if self.refused.remove(call) => {
                    let code = result.as_ref().map_err(Error::code);
                    assert_eq!(code, Err(ErrorCode::SendFailed), "writing has failed (F7)");
                }
                Seen::Settled(..) | Seen::Open(_) => {}
            }
        }
        true
    }

    fn failed(&self, connection: u64, code: ErrorCode) {
        let Some(line) = self.line_of(connection) else { return };
        let opened = self.host.watch.seats[&connection].opened;
        match code {
            ErrorCode::TimedOut if opened => {
                assert!(
                    !self.in_round || !line.far.fresh,
                    "something had come before the time was up (F6, F8)"
                );
            }
            ErrorCode::TimedOut => assert!(!line.far.is_answered(), "the answer had come (F8)"),
            ErrorCode::Unknown => {
                assert!(line.may_end(), "it fails, and nothing has");
            }
            other => panic!("it fails with {other}, and the server did nothing wrong"),
        }
    }

    /// What had come before the end was delivered, unless the user wanted the end (G5, F6, F7).
    fn closed(&self, connection: u64, code: u16, cause: CloseCause) {
        let seat = &self.host.watch.seats[&connection];
        let Some(line) = self.line_of(connection).filter(|_| seat.opened) else { return };
        let delivered = self.delivered.get(&connection).copied().unwrap_or(0);
        match cause {
            CloseCause::Remote => {
                assert_eq!(code, 3000);
                assert!(
                    line.far.lost || delivered == line.far.server.said.len(),
                    "messages before Close are lost"
                );
            }
            CloseCause::Abnormal => {
                assert!(line.may_end(), "it ends, and nothing has");
                assert!(line.far.lost || line.unread.is_empty(), "it ends, and the socket was not read");
            }
            CloseCause::TimedOut => {}
            CloseCause::Local | CloseCause::Replaced => return,
            CloseCause::Protocol | CloseCause::TooBig => panic!("the server did nothing wrong"),
        }
        // A closing connection drops what comes (T).
        if !seat.closing {
            assert_eq!(delivered, line.far.whole(), "messages that were read are lost ({cause})");
        }
    }

    /// Polls until there is nothing more; whether there was anything.
    pub(super) fn drain(&mut self, work: &mut Workspace) -> bool {
        let (mut any, mut nothing) = (false, 0);
        // The session lets the host write before it goes on, and then goes on.
        while nothing < 2 {
            let some = self.events(work, usize::MAX);
            self.act();
            any |= some;
            nothing = if some { 0 } else { nothing + 1 };
        }
        let takes = self.host.receiving || self.host.session.phase() != Phase::Open;
        if let Some(line) = self.line_mut().filter(|_| takes) {
            line.far.taken = line.far.given;
        }
        self.assert_drained();
        any
    }

    fn assert_drained(&self) {
        let Some((id, line)) = self.transport().and_then(|id| Some((id, self.host.lines.get(&id)?))) else {
            return;
        };
        if line.is_connected() && !line.ended {
            let paused = !self.host.receiving && self.host.session.phase() == Phase::Open;
            assert_eq!(self.host.session.wants_read(id), !paused, "a drained session and its socket (G7)");
        }
        if line.far.unwritable {
            assert!(self.refused.is_empty(), "writing has failed, and a send waits (F7)");
            let waits = self.host.watch.has_unsettled_sends(connection_of(id));
            assert!(!waits, "writing failed, and sends wait (F7)");
            assert!(
                !self.host.session.can_send(0) && !self.host.session.wants_write(id),
                "writing has failed (F7)"
            );
        }
    }

    /// Whether a timer is due that a host has carried out.
    pub(super) fn assert_no_timer_is_due(&self, now: Time) {
        let next = self.host.session.poll_timeout();
        let fine = next.is_none_or(|(at, reason)| at > now || reason == Reason::Unwritable);
        assert!(fine, "{next:?} is due at {now:?}, and was not carried out");
    }
}
