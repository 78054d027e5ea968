//! One session and its host: commands, actions, events and time.

use std::collections::{BTreeMap, BTreeSet};

use connect_socket_core::lifecycle::Phase;
use connect_socket_core::{
    Action, CallId, CloseCause, CloseOptions, Config, ConnectOptions, ConnectionId, Entropy, Error,
    ErrorCode, Payload, Reason, Session, Settle, Time, TransportId, Workspace,
};

use super::super::session::watch::{Asked, Seen, Watch};
use super::super::wire;
use super::Outside;
use super::line::{Line, Stage};
use super::server::{Plain, Server};

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

#[expect(clippy::struct_excessive_bools, reason = "what the host knows, each on its own")]
pub(super) struct Client<'o> {
    outside: &'o Outside<'o>,
    pub(super) session: Session<Counting>,
    pub(super) watch: Watch,
    pub(super) lines: BTreeMap<TransportId, Line>,
    pub(super) receiving: bool,
    /// Its urls are of wss.
    pub(super) secure: bool,
    /// How many connects there were.
    connects: u64,
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
            session: Session::new(config.clone(), Counting(flags)),
            watch: Watch::new(config.settle == Settle::OnAccept),
            lines: BTreeMap::new(),
            receiving: true,
            secure: flags & 1 == 0 && outside.tls.is_some(),
            connects: 0,
            delivered: BTreeMap::new(),
            refused: BTreeSet::new(),
            most_buffered: 0,
            in_round: false,
            asks: flags & 2 == 0,
        }
    }

    pub(super) fn connect(&mut self, now: Time) {
        let url = if self.secure { "wss://192.0.2.1/" } else { "ws://192.0.2.1/" };
        let call = self.session.connect(now, &ConnectOptions::new(url));
        self.connects += 1;
        assert_eq!(self.session.connection().map(ConnectionId::get), Some(self.connects));
        self.watch.called(call, &Asked::Connect(Some(self.connects)));
        self.note_buffered();
    }

    pub(super) fn send(&mut self, length: usize) {
        let (text, bytes) = (wire::whole_text(length), wire::payload(false, length));
        let is_text = length & 1 == 0;
        let payload = if is_text { Payload::Text(&text) } else { Payload::Binary(&bytes) };
        let sent = if is_text { text.as_bytes() } else { &bytes };
        let possible = self.session.can_send(sent.len());
        let current = self.current();
        assert!(
            !possible || self.line().is_some_and(|line| !line.unwritable),
            "can_send, but not written (F7)"
        );
        let call = self.session.send(payload);
        self.watch.called(call, &Asked::Send(current, is_text, sent.to_vec()));
        if self.session.phase() == Phase::Open && self.line().is_some_and(|line| line.unwritable) {
            self.refused.insert(call);
        }
        self.note_buffered();
    }

    pub(super) fn close(&mut self, now: Time) {
        let (before, phase) = (self.current(), self.session.phase());
        let call = self.session.close(now, &CloseOptions::default());
        self.watch.closed(before, phase);
        self.watch.called(call, &Asked::Close);
    }

    pub(super) fn set_receiving(&mut self, receiving: bool) {
        self.receiving = receiving;
        self.session.set_receiving(receiving);
    }

    pub(super) fn current(&self) -> Option<u64> {
        self.session.connection().map(ConnectionId::get)
    }

    /// The transport of the current connection, once it is dialled: there is one address.
    pub(super) fn transport(&self) -> Option<TransportId> {
        let current = self.session.connection()?;
        self.lines.keys().copied().find(|id| id.connection() == current)
    }

    pub(super) fn line(&self) -> Option<&Line> {
        self.transport().and_then(|id| self.lines.get(&id))
    }

    pub(super) fn line_mut(&mut self) -> Option<&mut Line> {
        self.transport().and_then(|id| self.lines.get_mut(&id))
    }

    pub(super) fn line_of(&self, connection: u64) -> Option<&Line> {
        self.lines.iter().find(|(id, _)| id.connection().get() == connection).map(|(_, line)| line)
    }

    pub(super) fn note_buffered(&mut self) {
        self.most_buffered = self.most_buffered.max(self.session.buffered_amount());
    }

    /// Does what the session asks for. A socket is connected at once, but for what the host is told of it.
    pub(super) fn act(&mut self) {
        while let Some(action) = self.session.poll_action() {
            match action {
                Action::Resolve { .. } => panic!("an address is looked up"),
                Action::Dial { transport, .. } => {
                    let layer = match self.outside.tls {
                        Some(accept) if self.secure => accept(),
                        Some(_) | None => Box::new(Plain::default()),
                    };
                    let line = Line::new(Server::new(layer), self.secure);
                    assert!(self.lines.insert(transport, line).is_none(), "dialled twice");
                }
                Action::ShutdownWrite { transport } => {
                    let line = self.lines.get_mut(&transport).expect("it was dialled");
                    assert!(line.is_connected() && !line.unwritable, "the end of what cannot be written");
                    assert!(!core::mem::replace(&mut line.shut, true), "shut down twice");
                }
                Action::Release { transport } => {
                    let line = self.lines.get_mut(&transport).expect("it was dialled");
                    assert_ne!(line.stage, Stage::Released, "released twice");
                    // What was written is on its way.
                    line.serve();
                    line.stage = Stage::Released;
                }
            }
        }
        let lingering = self.lines.iter().filter(|(id, line)| {
            Some(id.connection()) != self.session.connection() && line.stage != Stage::Released
        });
        assert!(lingering.count() <= 8, "more than eight transports linger (F5)");
    }

    /// Tells the session of sockets that are connected; whether there were any.
    pub(super) fn connected(&mut self, now: Time) -> bool {
        let dialled = |(_, line): &(&TransportId, &mut Line)| line.stage == Stage::Dialled;
        let Some((&id, line)) = self.lines.iter_mut().find(dialled) else { return false };
        line.stage = Stage::Connected;
        self.session.handle_connected(now, id);
        self.note_buffered();
        true
    }

    /// Polls `most` events; whether there were any.
    pub(super) fn events(&mut self, work: &mut Workspace, most: usize) -> bool {
        for polled in 0..most {
            if self.asks && !self.session.has_event(work) {
                return polled > 0;
            }
            let Some(event) = self.session.poll_event(work) else {
                assert!(!self.asks, "an event was announced that is not there");
                return polled > 0;
            };
            let seen = Seen::from(event);
            let (current, phase) = (self.current(), self.session.phase());
            self.watch.see(&seen, current, phase);
            match &seen {
                Seen::Message(connection, message) => {
                    assert!(self.receiving, "a message in a pause");
                    let at = self.delivered.get(connection).copied().unwrap_or(0);
                    let line = self.line_of(*connection).expect("it was dialled");
                    let (said, end) = line.server.said.get(at).expect("a message that was never sent");
                    assert!(message == said, "message {at} is another than was sent");
                    assert!(*end <= line.given, "a message before it was there");
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
        let opened = self.watch.seats[&connection].opened;
        match code {
            ErrorCode::TimedOut if opened => {
                assert!(!self.in_round || !line.fresh, "something had come before the time was up (F6, F8)");
            }
            ErrorCode::TimedOut => assert!(!line.is_answered(), "the answer had come (F8)"),
            ErrorCode::Unknown => {
                assert!(line.may_end(), "it fails, and nothing has");
            }
            other => panic!("it fails with {other}, and the server did nothing wrong"),
        }
    }

    /// What had come before the end was delivered, unless the user wanted the end (G5, F6, F7).
    fn closed(&self, connection: u64, code: u16, cause: CloseCause) {
        let seat = &self.watch.seats[&connection];
        let Some(line) = self.line_of(connection).filter(|_| seat.opened) else { return };
        let delivered = self.delivered.get(&connection).copied().unwrap_or(0);
        match cause {
            CloseCause::Remote => {
                assert_eq!(code, 3000);
                assert!(line.lost || delivered == line.server.said.len(), "messages before Close are lost");
            }
            CloseCause::Abnormal => {
                assert!(line.may_end(), "it ends, and nothing has");
                assert!(line.lost || line.unread().is_empty(), "it ends, and the socket was not read");
            }
            CloseCause::TimedOut => {}
            CloseCause::Local | CloseCause::Replaced => return,
            CloseCause::Protocol | CloseCause::TooBig => panic!("the server did nothing wrong"),
        }
        // A closing connection drops what comes (T).
        if !seat.closing {
            assert_eq!(delivered, line.whole(), "messages that were read are lost ({cause})");
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
        let takes = self.receiving || self.session.phase() != Phase::Open;
        if let Some(line) = self.line_mut().filter(|_| takes) {
            line.taken = line.given;
        }
        self.assert_drained();
        any
    }

    fn assert_drained(&self) {
        let Some((id, line)) = self.transport().and_then(|id| Some((id, self.lines.get(&id)?))) else {
            return;
        };
        if line.is_connected() && !line.ended {
            let paused = !self.receiving && self.session.phase() == Phase::Open;
            assert_eq!(self.session.wants_read(id), !paused, "a drained session and its socket (G7)");
        }
        if line.unwritable {
            assert!(self.refused.is_empty(), "writing has failed, and a send waits (F7)");
            let waits = self.watch.has_unsettled_sends(id.connection().get());
            assert!(!waits, "writing failed, and sends wait (F7)");
            assert!(!self.session.can_send(0) && !self.session.wants_write(id), "writing has failed (F7)");
        }
    }

    /// Whether a timer is due that a host has carried out.
    pub(super) fn assert_no_timer_is_due(&self, now: Time) {
        let next = self.session.poll_timeout();
        let fine = next.is_none_or(|(at, reason)| at > now || reason == Reason::Unwritable);
        assert!(fine, "{next:?} is due at {now:?}, and was not carried out");
    }
}
