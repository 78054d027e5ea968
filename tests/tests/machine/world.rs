//! The system under test: a session, its transports and the servers behind them, under the care of a host that does
//! at once whatever there is to do, but for reading and writing.

use connect_socket_core::proptest::Bytes;
use connect_socket_core::{Action, OwnedMessage, Reason, Tape, Time, TransportId, Workspace};
use connect_socket_tests::memory::frames::client_frame;
use connect_socket_tests::memory::host::Host;
use connect_socket_tests::memory::line::{Line, Stage, broken};
use connect_socket_tests::memory::server::head;

use super::model::Model;
use super::seen::{Asked, Got, Seen, Told};
use super::transition::{Call, Late, Transition, Which};

pub(crate) struct World {
    host: Host<Tape, Written>,
    work: Workspace,
    now: Time,
    /// In the order in which they went.
    gone: Vec<TransportId>,
    seen: Seen,
}

/// What the host wrote to a transport.
#[derive(Default)]
struct Written {
    /// What is not whole yet; the request stays.
    rest: Vec<u8>,
    request: Option<Vec<u8>>,
}

impl World {
    pub(crate) fn new(model: &Model) -> Self {
        let tape = (0..8192_u32).map(|at| (at * 167 + 13).to_le_bytes()[0]).collect();
        Self {
            host: Host::new(model.config().clone(), Tape::new(tape), false),
            work: Workspace::default(),
            now: Time::ZERO,
            gone: Vec::new(),
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
            (self.host.session.phase(), self.host.current()),
            (after.state.phase, current),
            "phase and connection"
        );
        assert_eq!(self.host.session.buffered_amount(), after.buffered(), "the bytes that wait");
        assert_eq!(self.host.session.poll_timeout(), after.deadline(), "the next deadline (left)");
    }

    fn apply(&mut self, transition: &Transition) {
        let now = self.now;
        match transition {
            Transition::Calls(calls) => calls.iter().for_each(|call| self.call(call)),
            Transition::Open(_) => unreachable!("it is made of others"),
            Transition::Resolve(answer) => {
                let connection = self.host.session.connection().expect("one that resolves");
                self.host.session.handle_resolved(now, connection, answer.as_answer());
            }
            Transition::Connected(which) => {
                let id = self.dialled(*which);
                self.host.connected(now, id);
            }
            Transition::Refused(which) => {
                let id = self.dialled(*which);
                self.host.line(id).stage = Stage::Failed;
                self.gone.push(id);
                self.host.session.handle_connect_failed(now, id, broken());
            }
            Transition::Write(which, most) => self.write(*which, *most),
            Transition::WriteFails => {
                let id = self.transport(Which::Current);
                assert_eq!(
                    self.host.session.poll_transmit(id, &mut self.work).is_empty(),
                    self.host.session.buffered_amount() == 0
                );
                self.host.session.handle_transport_error(now, id, broken());
            }
            Transition::Answer(answer) => {
                let line = self.current_line();
                let request = line.far.request.as_deref().expect("it is written");
                let answered = answer.to(request).expect("it is an upgrade");
                line.unread.extend(answered.bytes.iter());
            }
            Transition::Serve(frames) => {
                let stream = connect_socket_core::proptest::stream(frames);
                self.current_line().unread.extend(stream);
            }
            Transition::Violate(broken) => self.current_line().unread.extend(broken.bytes.iter()),
            Transition::Read(most) => self.read(*most),
            Transition::Drain(which) => {
                let id = self.transport(Which::Lingering(*which));
                // None where the server has ended: nothing is read then.
                self.host.session.handle_bytes(now, id, b"\x88\x00", &mut self.work);
            }
            Transition::End(which) => {
                let id = self.transport(*which);
                self.host.session.handle_end_of_stream(now, id);
            }
            Transition::Reset(which) => {
                let id = self.transport(*which);
                self.host.session.handle_transport_error(now, id, broken());
            }
            Transition::Late(which, late) => self.late(*which, *late),
            Transition::Clock(jump) => {
                let deadline = self.host.session.poll_timeout().map(|(at, _)| at);
                self.now = jump.from(now, deadline);
                self.host.session.handle_timeout(self.now);
            }
            Transition::Receiving(receiving) => self.host.set_receiving(*receiving),
        }
        self.settle_down();
    }

    fn call(&mut self, call: &Call) {
        match call {
            Call::Connect(connect) => self.host.connect(self.now, &connect.options()),
            Call::Refused(refused) => self.host.connect(self.now, &refused.connect.options()),
            Call::Send(payload) => self.host.send(payload.as_payload()),
            Call::Close(options) => self.host.close(self.now, options),
        };
    }

    /// Offers what there is, and reports `most` bytes of it at most as written.
    fn write(&mut self, which: Which, most: usize) {
        let id = self.transport(which);
        let offered = self.host.offer(&mut self.work, id);
        let count = most.min(offered.len());
        self.host.session.handle_transmitted(self.now, id, count).expect("it was offered");
        let Written { rest, request } = &mut self.host.line(id).far;
        rest.extend_from_slice(&offered[..count]);
        let mut got = Vec::new();
        if request.is_none()
            && let Some(length) = head(rest).map(str::len)
        {
            let behind = rest.split_off(length);
            got.push(Got::Request(length));
            *request = Some(std::mem::replace(rest, behind));
        }
        while request.is_some()
            && let Some((first, payload, behind)) = client_frame(rest)
        {
            got.push(match first {
                0x81 => Got::Message(OwnedMessage::Text(String::from_utf8(payload).expect("text"))),
                0x82 => Got::Message(OwnedMessage::Binary(payload)),
                0x88 => Got::Close(payload.into()),
                0x89 if payload.is_empty() => Got::Ping,
                0x8a => Got::Pong(Bytes(payload)),
                other => panic!("a client frame begins with {other:#x}: {payload:?}"),
            });
            *rest = behind.to_vec();
        }
        self.seen.got.extend(got.into_iter().map(|got| (id.connection().get(), got)));
    }

    fn read(&mut self, most: usize) {
        let id = self.transport(Which::Current);
        let mut piece = vec![0; most.min(Workspace::DEFAULT_WINDOW)];
        let count = self.host.line(id).read(most, &mut piece);
        piece.truncate(count);
        assert!(self.host.session.wants_read(id), "the model would read");
        // What is read into the memory of a large frame ends with that frame.
        while !piece.is_empty() && self.host.session.wants_read(id) {
            let count = self.host.session.handle_bytes(self.now, id, &piece, &mut self.work);
            piece.drain(..count);
            self.settle_down();
        }
    }

    /// G1: comes for a transport that is gone.
    fn late(&mut self, which: u8, late: Late) {
        let now = self.now;
        let id = self.gone[self.gone.len() - 1 - usize::from(which) % self.gone.len()];
        let session = &mut self.host.session;
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
            while let Some((_, told)) = self.host.event(&mut self.work, |event| Told::from(event)) {
                self.seen.told.push(told);
            }
            while let Some(action) = self.host.action(Written::default) {
                self.act(&action);
            }
            if self.host.session.poll_timeout().is_none_or(|(_, reason)| reason != Reason::Input) {
                break;
            }
        }
    }

    fn act(&mut self, action: &Action) {
        let name = |id: TransportId| (id.connection().get(), id.attempt());
        self.seen.asked.push(match *action {
            Action::Resolve { connection, .. } => Asked::Resolve(connection.get()),
            Action::Dial { transport, address } => {
                let (connection, attempt) = name(transport);
                Asked::Dial(connection, attempt, address)
            }
            Action::ShutdownWrite { transport } => {
                let (connection, attempt) = name(transport);
                Asked::ShutdownWrite(connection, attempt)
            }
            Action::Release { transport } => {
                self.gone.push(transport);
                let (connection, attempt) = name(transport);
                Asked::Release(connection, attempt)
            }
        });
    }

    /// Everything is over: nothing is left to do, and nobody waits (G2, G7).
    pub(crate) fn assert_over(&self) {
        self.host.assert_over();
    }

    fn dialled(&self, which: u8) -> TransportId {
        let dialled = self.ids(|line| line.stage == Stage::Dialled);
        let dialled: Vec<_> = dialled.filter(|id| self.host.is_current(*id)).collect();
        dialled[usize::from(which) % dialled.len()]
    }

    fn transport(&self, which: Which) -> TransportId {
        let (current, lingering): (Vec<_>, Vec<_>) =
            self.ids(Line::is_connected).partition(|id| self.host.is_current(*id));
        match which {
            Which::Current => current[0],
            Which::Lingering(which) => lingering[usize::from(which) % lingering.len()],
        }
    }

    /// The transports that fit, in order.
    fn ids(&self, fits: impl Fn(&Line<Written>) -> bool) -> impl Iterator<Item = TransportId> {
        self.host.lines.iter().filter(move |(_, line)| fits(line)).map(|(id, _)| *id)
    }

    fn current_line(&mut self) -> &mut Line<Written> {
        let id = self.transport(Which::Current);
        self.host.line(id)
    }
}
