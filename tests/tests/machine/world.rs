//! The system under test: a session, its transports and the servers behind them, under the care of a host that does
//! at once whatever there is to do, but for reading and writing.

use std::collections::{BTreeMap, BTreeSet};

use connect_socket_core::proptest::Bytes;
use connect_socket_core::{
    Action, ConnectionId, OwnedMessage, Reason, Session, Tape, Time, TransportId, Workspace,
};
use connect_socket_tests::fuzz::session::watch::{Asked as About, Seen as Observed, Watch};
use connect_socket_tests::fuzz::wire::client_frame;

use super::inputs::broken;
use super::model::Model;
use super::seen::{Asked, Got, Seen, Told};
use super::transition::{Call, Late, Transition, Which};

pub(crate) struct World {
    session: Session<Tape>,
    work: Workspace,
    now: Time,
    receiving: bool,
    /// How many connects were accepted.
    accepted: u64,
    lines: BTreeMap<TransportId, Line>,
    /// In the order in which they went.
    gone: Vec<TransportId>,
    /// The calls that are not settled yet.
    waiting: BTreeSet<u64>,
    watch: Watch,
    seen: Seen,
}

/// A live transport.
#[derive(Default)]
struct Line {
    connected: bool,
    /// What the server has sent, and the host has not read.
    inbox: Vec<u8>,
    /// What the host wrote of what is not whole yet; the request stays.
    written: Vec<u8>,
    request: Option<Vec<u8>>,
}

impl World {
    pub(crate) fn new(model: &Model) -> Self {
        let tape = (0..8192_u32).map(|at| (at * 167 + 13).to_le_bytes()[0]).collect();
        Self {
            session: Session::new(model.config().clone(), Tape::new(tape)),
            work: Workspace::default(),
            now: Time::ZERO,
            receiving: true,
            accepted: 0,
            lines: BTreeMap::new(),
            gone: Vec::new(),
            waiting: BTreeSet::new(),
            watch: Watch::new(model.config().settle == connect_socket_core::Settle::OnAccept),
            seen: Seen::default(),
        }
    }

    /// Makes a step, and compares all that comes of it, and all that can be seen of the session, with what the model
    /// says.
    pub(crate) fn step(&mut self, transition: &Transition, after: &Model) {
        self.seen = Seen::default();
        match transition {
            Transition::Open(times) => {
                let opening = (0..*times).flat_map(|_| Transition::opening());
                opening.for_each(|transition| self.apply(&transition));
            }
            other => self.apply(other),
        }
        assert_eq!(self.seen.told, after.seen.told, "what is told (left) is not what the model says");
        assert_eq!(self.seen.asked, after.seen.asked, "what is asked (left) is not what the model says");
        assert_eq!(self.seen.got, after.seen.got, "what was written (left) is not what the model says");
        let current = after.current.as_ref().map(|connection| connection.number);
        assert_eq!(
            (self.session.phase(), self.session.connection().map(ConnectionId::get)),
            (after.state.phase, current),
            "phase and connection"
        );
        assert_eq!(self.session.buffered_amount(), after.buffered(), "the bytes that wait");
        assert_eq!(self.session.poll_timeout(), after.deadline(), "the next deadline (left)");
    }

    fn apply(&mut self, transition: &Transition) {
        let now = self.now;
        match transition {
            Transition::Calls(calls) => calls.iter().for_each(|call| self.call(call)),
            Transition::Open(_) => unreachable!("it is made of others"),
            Transition::Resolve(answer) => {
                let connection = self.session.connection().expect("one that resolves");
                self.session.handle_resolved(now, connection, answer.as_answer());
            }
            Transition::Connected(which) => {
                let id = self.dialled(*which);
                self.line(id).connected = true;
                self.session.handle_connected(now, id);
            }
            Transition::Refused(which) => {
                let id = self.dialled(*which);
                self.lines.remove(&id);
                self.gone.push(id);
                self.session.handle_connect_failed(now, id, broken());
            }
            Transition::Write(which, most) => self.write(*which, *most),
            Transition::WriteFails => {
                let id = self.transport(Which::Current);
                assert_eq!(
                    self.session.poll_transmit(id, &mut self.work).is_empty(),
                    self.session.buffered_amount() == 0
                );
                self.session.handle_transport_error(now, id, broken());
            }
            Transition::Answer(answer) => {
                let line = self.current_line();
                let request = line.request.as_deref().expect("it is written");
                let answered = answer.to(request).expect("it is an upgrade");
                line.inbox.extend_from_slice(&answered.bytes);
            }
            Transition::Serve(frames) => {
                let stream = connect_socket_core::proptest::stream(frames);
                self.current_line().inbox.extend(stream);
            }
            Transition::Violate(broken) => self.current_line().inbox.extend_from_slice(&broken.bytes),
            Transition::Read(most) => self.read(*most),
            Transition::Drain(which) => {
                let id = self.transport(Which::Lingering(*which));
                // None where the server has ended: nothing is read then.
                self.session.handle_bytes(now, id, b"\x88\x00", &mut self.work);
            }
            Transition::End(which) => {
                let id = self.transport(*which);
                self.session.handle_end_of_stream(now, id);
            }
            Transition::Reset(which) => {
                let id = self.transport(*which);
                self.session.handle_transport_error(now, id, broken());
            }
            Transition::Late(which, late) => self.late(*which, *late),
            Transition::Clock(jump) => {
                let deadline = self.session.poll_timeout().map(|(at, _)| at);
                self.now = jump.from(now, deadline);
                self.session.handle_timeout(self.now);
            }
            Transition::Receiving(receiving) => {
                self.receiving = *receiving;
                self.session.set_receiving(*receiving);
            }
        }
        self.settle_down();
    }

    fn call(&mut self, call: &Call) {
        let (before, phase) = (self.session.connection().map(ConnectionId::get), self.session.phase());
        let (id, about) = match call {
            Call::Connect(connect) => {
                let id = self.session.connect(self.now, &connect.options());
                let secure = Call::is_secure(connect);
                let begun = self.session.connection().filter(|begun| Some(begun.get()) != before);
                // Without TLS, a secure connection has ended as soon as it has begun.
                let refused = self.session.config().require_wss && !secure;
                let keeps = self.session.config().on_existing == connect_socket_core::OnExisting::Reject
                    && before.is_some();
                let number = self.accepted + 1;
                let accepted = (!refused && !keeps).then_some(number);
                self.accepted += u64::from(accepted.is_some());
                assert_eq!(begun.map(ConnectionId::get), accepted.filter(|_| !secure));
                (id, About::Connect(accepted))
            }
            Call::Refused(refused) => {
                (self.session.connect(self.now, &refused.connect.options()), About::Connect(None))
            }
            Call::Send(payload) => {
                let id = self.session.send(payload.as_payload());
                (id, About::Send(before, false, Vec::new()))
            }
            Call::Close(options) => {
                let id = self.session.close(self.now, options);
                if options.check().is_ok() {
                    self.watch.closed(before, phase);
                }
                (id, About::Close)
            }
        };
        self.watch.called(id, &about);
        self.waiting.insert(id.get());
    }

    /// Offers what there is, and reports `most` bytes of it at most as written.
    fn write(&mut self, which: Which, most: usize) {
        let id = self.transport(which);
        let offered = self.session.poll_transmit(id, &mut self.work).slices().concat();
        let count = most.min(offered.len());
        self.session.handle_transmitted(self.now, id, count).expect("it was offered");
        let line = self.line(id);
        line.written.extend_from_slice(&offered[..count]);
        let mut got = Vec::new();
        if line.request.is_none()
            && let Some(end) = line.written.windows(4).position(|bytes| bytes == b"\r\n\r\n")
        {
            let behind = line.written.split_off(end + 4);
            got.push(Got::Request(line.written.len()));
            line.request = Some(std::mem::replace(&mut line.written, behind));
        }
        while line.request.is_some()
            && let Some((first, payload, behind)) = client_frame(&line.written)
        {
            got.push(match first {
                0x81 => Got::Message(OwnedMessage::Text(String::from_utf8(payload).expect("text"))),
                0x82 => Got::Message(OwnedMessage::Binary(payload)),
                0x88 => Got::Close(payload.into()),
                0x89 if payload.is_empty() => Got::Ping,
                0x8a => Got::Pong(Bytes(payload)),
                other => panic!("a client frame begins with {other:#x}: {payload:?}"),
            });
            line.written = behind.to_vec();
        }
        self.seen.got.extend(got.into_iter().map(|got| (id.connection().get(), got)));
    }

    fn read(&mut self, most: usize) {
        let id = self.transport(Which::Current);
        let line = self.lines.get_mut(&id).expect("a live transport");
        let count = most.min(line.inbox.len()).min(Workspace::DEFAULT_WINDOW);
        let mut piece: Vec<u8> = line.inbox.drain(..count).collect();
        assert!(self.session.wants_read(id), "the model would read");
        // What is read into the memory of a large frame ends with that frame.
        while !piece.is_empty() && self.session.wants_read(id) {
            let count = self.session.handle_bytes(self.now, id, &piece, &mut self.work);
            piece.drain(..count);
            self.settle_down();
        }
    }

    /// G1: comes for a transport that is gone.
    fn late(&mut self, which: u8, late: Late) {
        let now = self.now;
        let id = self.gone[self.gone.len() - 1 - usize::from(which) % self.gone.len()];
        let session = &mut self.session;
        match late {
            Late::Resolved => {
                session.handle_resolved(
                    now,
                    id.connection(),
                    Ok(&[(std::net::Ipv4Addr::LOCALHOST, 0).into()]),
                );
            }
            Late::NotFound => {
                session.handle_resolved(
                    now,
                    id.connection(),
                    Err(connect_socket_core::ResolveError::NotFound),
                );
            }
            Late::Connected => session.handle_connected(now, id),
            Late::Refused => session.handle_connect_failed(now, id, broken()),
            Late::Received => {
                assert!(session.receive_space(id, &mut self.work).is_none());
                let window = self.work.take();
                assert_eq!(session.handle_window(now, id, window, 2, &mut self.work), Ok(()));
            }
            Late::Transmitted => {
                assert!(session.poll_transmit(id, &mut self.work).is_empty());
                assert_eq!(session.handle_transmitted(now, id, 2), Ok(()));
            }
            Late::End => session.handle_end_of_stream(now, id),
            Late::Reset => session.handle_transport_error(now, id, broken()),
        }
    }

    /// Does all that there is to do without reading and writing.
    fn settle_down(&mut self) {
        loop {
            while let Some(event) = self.session.poll_event(&mut self.work) {
                let told = Told::from(&event);
                let observed = Observed::from(event);
                let current = self.session.connection().map(ConnectionId::get);
                self.watch.see(&observed, current, self.session.phase());
                if let Told::Settled(call, _) = told {
                    assert!(self.waiting.remove(&call), "call {call} settles twice (G2)");
                }
                self.seen.told.push(told);
            }
            while let Some(action) = self.session.poll_action() {
                self.act(&action);
            }
            if self.session.poll_timeout().is_none_or(|(_, reason)| reason != Reason::Input) {
                break;
            }
        }
    }

    fn act(&mut self, action: &Action) {
        let name = |id: TransportId| (id.connection().get(), id.attempt());
        self.seen.asked.push(match *action {
            Action::Resolve { connection, .. } => Asked::Resolve(connection.get()),
            Action::Dial { transport, address } => {
                self.lines.insert(transport, Line::default());
                let (connection, attempt) = name(transport);
                Asked::Dial(connection, attempt, address)
            }
            Action::ShutdownWrite { transport } => {
                let (connection, attempt) = name(transport);
                Asked::ShutdownWrite(connection, attempt)
            }
            Action::Release { transport } => {
                self.lines.remove(&transport).expect("released once");
                self.gone.push(transport);
                let (connection, attempt) = name(transport);
                Asked::Release(connection, attempt)
            }
        });
    }

    /// Everything is over: nothing is left to do, and nobody waits (G2, G7).
    pub(crate) fn assert_over(&self) {
        assert!(self.session.is_quiet() && self.lines.is_empty(), "something is left to do");
        assert!(self.waiting.is_empty(), "calls {:?} never settle (G2)", self.waiting);
    }

    fn dialled(&self, which: u8) -> TransportId {
        let current = self.session.connection();
        let dialled =
            |(id, line): &(&TransportId, &Line)| Some(id.connection()) == current && !line.connected;
        let dialled: Vec<_> = self.lines.iter().filter(dialled).map(|(id, _)| *id).collect();
        dialled[usize::from(which) % dialled.len()]
    }

    fn transport(&self, which: Which) -> TransportId {
        let current = self.session.connection();
        let connected = self.lines.iter().filter(|(_, line)| line.connected).map(|(id, _)| *id);
        let (current, lingering): (Vec<_>, Vec<_>) =
            connected.partition(|id: &TransportId| Some(id.connection()) == current);
        match which {
            Which::Current => current[0],
            Which::Lingering(which) => lingering[usize::from(which) % lingering.len()],
        }
    }

    fn line(&mut self, id: TransportId) -> &mut Line {
        self.lines.get_mut(&id).expect("a live transport")
    }

    fn current_line(&mut self) -> &mut Line {
        let id = self.transport(Which::Current);
        self.line(id)
    }
}
