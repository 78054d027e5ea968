//! One session and its host. Whatever is done by these methods is held against the contract: calls are numbered and
//! judged as they should be, actions make sense, and what is wanted is what is offered (rules G, V, F5).

use std::collections::BTreeMap;

use connect_socket_core::params::{Request, decode_base64};
use connect_socket_core::{
    Action, CallId, CloseOptions, Config, ConnectOptions, ConnectionId, Entropy, Event, Message, OnExisting,
    Payload, Phase, Session, Settle, Time, TransportId, Workspace,
};

use super::line::{Line, Stage};
use super::watch::{Asked, Seen, Watch};

/// A session with all that its host knows of it; `F` is what lies at the far end of a transport.
#[derive(Debug)]
pub struct Host<E, F> {
    /// The session. Calls, actions and events go through the host.
    pub session: Session<E>,
    /// What a Mini Program has seen.
    pub watch: Watch,
    /// Every transport that was ever dialled.
    pub lines: BTreeMap<TransportId, Line<F>>,
    /// Connections that have begun, in order.
    pub connections: Vec<ConnectionId>,
    /// Those whose names were to be looked up.
    pub resolves: Vec<ConnectionId>,
    /// Messages are wanted.
    pub receiving: bool,
    /// There is TLS.
    tls: bool,
}

impl<E: Entropy, F> Host<E, F> {
    /// A host of an idle session, which has TLS or not.
    pub fn new(config: Config, entropy: E, tls: bool) -> Self {
        Self {
            watch: Watch::new(config.settle == Settle::OnAccept),
            session: Session::new(config, entropy),
            lines: BTreeMap::new(),
            connections: Vec::new(),
            resolves: Vec::new(),
            receiving: true,
            tls,
        }
    }

    /// The number of the current connection.
    pub fn current(&self) -> Option<u64> {
        self.session.connection().map(ConnectionId::get)
    }

    /// Whether `id` is a transport of the current connection.
    pub fn is_current(&self, id: TransportId) -> bool {
        self.session.connection() == Some(id.connection())
    }

    /// A transport that was dialled.
    ///
    /// # Panics
    /// If it was not.
    pub fn line(&mut self, id: TransportId) -> &mut Line<F> {
        self.lines.get_mut(&id).expect("a transport that was dialled")
    }

    /// The newest but `which` of the transports that fit.
    pub fn choose(&self, which: u8, fits: impl Fn(&Line<F>) -> bool) -> Option<TransportId> {
        let fitting: Vec<_> =
            self.lines.iter().rev().filter(|(_, line)| fits(line)).map(|(id, _)| *id).collect();
        fitting.get(usize::from(which) % fitting.len().max(1)).copied()
    }

    /// connectSocket. What is accepted begins; what is refused changes nothing (S4).
    pub fn connect(&mut self, now: Time, options: &ConnectOptions) -> CallId {
        let config = self.session.config();
        let (before, phase) = (self.session.connection(), self.session.phase());
        let rejects = config.on_existing == OnExisting::Reject && phase != Phase::Idle;
        // The offers count towards the limit, and this check knows nothing of them.
        let offers = config.compression.as_ref().map(|it| format!("Sec-WebSocket-Extensions: {it}\r\n"));
        let limit = config.request_head_limit.saturating_sub(offers.map_or(0, |line| line.len()));
        let request = Request::check(options, config.require_wss, limit);
        let request = request.ok().filter(|_| !rejects);
        let call = self.session.connect(now, options);
        let after = self.session.connection();
        let last = self.watch.seats.keys().next_back().copied().unwrap_or(0);
        let accepted = request.map(|request| {
            // Without TLS, a secure connection ends as soon as it has begun.
            let begun = (self.tls || !request.secure()).then_some(last + 1);
            assert_eq!(after.map(ConnectionId::get), begun, "an accepted connect did not begin");
            self.connections.extend(after);
            last + 1
        });
        let same = (before, phase) == (after, self.session.phase());
        assert!(accepted.is_some() || same, "a refused connect (S4)");
        self.watch.called(call, &Asked::Connect(accepted));
        call
    }

    /// sendSocketMessage. What can be sent is queued.
    pub fn send(&mut self, payload: Payload<'_>) -> CallId {
        let (text, sent) = match payload {
            Payload::Text(text) => (true, Some(text.as_bytes().to_vec())),
            Payload::Binary(bytes) => (false, Some(bytes.to_vec())),
            Payload::Base64(text) => (false, decode_base64(text).ok()),
            Payload::Invalid => (false, None),
        };
        let possible = sent.as_ref().is_some_and(|sent| self.session.can_send(sent.len()));
        let (current, before) = (self.current(), self.session.buffered_amount());
        let call = self.session.send(payload);
        assert_eq!(self.session.buffered_amount() > before, possible, "can_send and send differ");
        self.watch.called(call, &Asked::Send(current, text, sent.unwrap_or_default()));
        call
    }

    /// closeSocket. What is refused changes nothing (S4).
    pub fn close(&mut self, now: Time, options: &CloseOptions) -> CallId {
        let (before, phase) = (self.current(), self.session.phase());
        let call = self.session.close(now, options);
        if options.check().is_ok() {
            self.watch.closed(before, phase);
        } else {
            assert_eq!((before, phase), (self.current(), self.session.phase()), "a refused close (S4)");
        }
        self.watch.called(call, &Asked::Close);
        call
    }

    /// Wants messages, or a pause.
    pub fn set_receiving(&mut self, receiving: bool) {
        self.receiving = receiving;
        self.session.set_receiving(receiving);
    }

    /// Polls an event, and lets `look` see it as it is.
    pub fn event<T>(
        &mut self,
        work: &mut Workspace,
        look: impl FnOnce(&Event<Message<'_>>) -> T,
    ) -> Option<(Seen, T)> {
        let event = self.session.poll_event(work)?;
        let looked = look(&event);
        let seen = Seen::from(event);
        assert!(self.receiving || !matches!(seen, Seen::Message(..)), "a message in a pause");
        let (current, phase) = (self.current(), self.session.phase());
        self.watch.see(&seen, current, phase);
        Some((seen, looked))
    }

    /// Polls an action, and does it as far as it concerns transports; `far` makes the far end of one.
    pub fn action(&mut self, far: impl FnOnce() -> F) -> Option<Action> {
        let action = self.session.poll_action()?;
        match action {
            Action::Resolve { connection, .. } => {
                assert!(!self.resolves.contains(&connection), "a name is looked up twice");
                self.resolves.push(connection);
            }
            Action::Dial { transport, .. } => {
                assert!(self.connections.contains(&transport.connection()), "a dial for no connection");
                let known = self.lines.insert(transport, Line::new(far()));
                assert!(known.is_none(), "a transport is dialled twice");
            }
            Action::ShutdownWrite { transport } => {
                let line = self.line(transport);
                assert!(line.is_connected(), "the end of what is not connected");
                assert!(!core::mem::replace(&mut line.shut, true), "shut down twice");
            }
            Action::Release { transport } => {
                let line = self.line(transport);
                assert!(line.is_live(), "released, but it was gone");
                line.stage = Stage::Released;
            }
        }
        Some(action)
    }

    /// A dialled transport is connected.
    pub fn connected(&mut self, now: Time, id: TransportId) {
        self.line(id).stage = Stage::Connected;
        self.session.handle_connected(now, id);
    }

    /// What there is to write to a transport.
    pub fn offer(&mut self, work: &mut Workspace, id: TransportId) -> Vec<u8> {
        let wanted = self.session.wants_write(id);
        let transmit = self.session.poll_transmit(id, work);
        let bytes = transmit.slices().concat();
        assert_eq!((transmit.len(), transmit.is_empty()), (bytes.len(), bytes.is_empty()));
        assert_eq!(wanted, !bytes.is_empty(), "what is wanted is not what is offered");
        assert!(!self.line(id).shut || bytes.is_empty(), "something is to be written behind the end");
        bytes
    }

    /// Reads `most` bytes at most to where the session wants them, and gives them. `None`: it wants none.
    pub fn read_in_place(
        &mut self,
        now: Time,
        work: &mut Workspace,
        id: TransportId,
        most: usize,
    ) -> Option<Vec<u8>> {
        let wanted = self.session.wants_read(id);
        let Some(mut space) = self.session.receive_space(id, work) else {
            assert!(!wanted, "no room for a read that is wanted");
            return None;
        };
        assert!(wanted && !space.is_empty(), "room for a read that is not wanted, or none");
        let line = self.lines.get_mut(&id).expect("a transport that was dialled");
        let count = line.read(most, &mut space);
        let piece = space[..count].to_vec();
        space.filled(now, count).expect("what was read lay in the space");
        Some(piece)
    }

    /// F5: eight transports of ended connections at most, and one of a connection.
    pub fn assert_few_linger(&self) {
        let (current, ended): (Vec<_>, Vec<_>) = self.lines.iter().partition(|(id, _)| self.is_current(**id));
        let ended = ended.iter().filter(|(_, line)| line.is_live());
        assert!(ended.count() <= 8, "more than eight transports linger (F5)");
        let winners = current.iter().filter(|(_, line)| line.is_connected());
        assert!(winners.count() <= 1, "two transports of one connection");
    }

    /// G2, G3, G7: nothing is left to do, every call has settled and every connection has ended.
    pub fn assert_over(&self) {
        assert!(self.session.is_quiet() && self.session.phase() == Phase::Idle, "something is left to do");
        assert_eq!(self.session.poll_timeout(), None);
        self.watch.assert_over();
        assert!(self.lines.values().all(|line| !line.is_live()), "a transport is never released");
    }
}
