//! The model: the lifecycle table, and small books of what a session remembers. It knows no bytes but their number;
//! where a frame ends, or goes wrong, is known from where it was made up.

use std::collections::VecDeque;
use std::fmt;

use connect_socket_core::dial::{DialPlan, Next};
use connect_socket_core::frame::{FrameErrorKind, Opcode, header_len};
use connect_socket_core::lifecycle::{
    Action, Call as Whose, CloseCode, CloseFrameKind, CloseVerdict, ConnectVerdict, Ended, Event, Failure,
    Notice, Origin, Outcome, Phase, SendVerdict, Signal, State, Timer, step,
};
use connect_socket_core::params::Request;
use connect_socket_core::proptest::{
    Answered, Broken, Bytes, Connect, Frame, OwnedMessage, OwnedPayload, Settings, messages,
};
use connect_socket_core::{CloseOptions, Config, ErrorCode, Reason, ReceiveBuffer, Time, TransportError};

use super::queue::Queue;
use super::seen::{Asked, Got, Seen, Told};
use super::transition::Call;

/// So many transports linger at most (F5).
const MOST_LINGER: usize = 8;
/// What an idle connection sent with is given back after so long.
const QUIET: std::time::Duration = std::time::Duration::from_secs(1);

/// All that the model knows of a session.
#[derive(Clone)]
pub(crate) struct Model {
    pub(crate) settings: Settings,
    pub(crate) state: State,
    pub(crate) now: Time,
    pub(crate) receiving: bool,
    pub(crate) current: Option<Connection>,
    pub(crate) lingering: Vec<Linger>,
    /// The transports that are gone, by connection and address, in the order in which they went.
    pub(crate) gone: Vec<(u64, u32)>,
    /// What comes of the step that was made last.
    pub(crate) seen: Seen,
    calls: u64,
    connections: u64,
    timers: Timers,
    /// When bytes came last, and when bytes left last, on the transport of the current connection.
    received_at: Time,
    transmitted_at: Time,
}

impl fmt::Debug for Model {
    /// A run begins with an idle session: its settings are all there is to show.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.settings)
    }
}

#[derive(Clone, Debug, Default)]
struct Timers {
    connect: Option<Time>,
    close: Option<Time>,
    ping: Option<Time>,
    pong: Option<Time>,
}

impl Timers {
    fn set(&mut self, timer: Timer, at: Option<Time>) {
        match timer {
            Timer::Connect => self.connect = at,
            Timer::Close => self.close = at,
            Timer::Ping => self.ping = at,
            Timer::Pong => self.pong = at,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Connection {
    pub(crate) number: u64,
    call: u64,
    pub(crate) request: Request,
    /// What closeSocket was called with first.
    requested: Option<(u16, String)>,
    pub(crate) stage: Stage,
}

#[derive(Clone, Debug)]
pub(crate) enum Stage {
    Resolving,
    Dialling(DialPlan),
    Streaming(Stream),
}

/// The one transport of a connection, and the server behind it.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    pub(crate) attempt: u32,
    pub(crate) queue: Queue,
    /// How many bytes the server has sent, how many of them have come, and how many of those were taken.
    pub(crate) sent: usize,
    pub(crate) arrived: usize,
    taken: usize,
    /// What is still to be taken, each with the place of its last byte.
    coming: VecDeque<(usize, Coming)>,
    /// The server has answered the upgrade.
    pub(crate) answered: bool,
    /// It has sent something behind which there is nothing to send.
    pub(crate) said_all: bool,
    pub(crate) end: Option<StreamEnd>,
}

/// What the bytes of a server come to.
#[derive(Clone, Debug)]
enum Coming {
    Judged(Option<ErrorCode>),
    /// A fragment, or a pong.
    Nothing,
    Message(OwnedMessage),
    Ping(Bytes),
    Close(Option<(u16, String)>),
    Broken(FrameErrorKind),
    /// The same, but nobody looks once we are closing and messages are skipped.
    BadData(FrameErrorKind),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StreamEnd {
    EndOfStream,
    Reset,
}

/// The transport of a connection that has ended.
#[derive(Clone, Debug)]
pub(crate) struct Linger {
    pub(crate) number: u64,
    pub(crate) attempt: u32,
    pub(crate) queue: Queue,
    until: Time,
    half_closed: bool,
    ended: bool,
}

/// What an event brings along.
#[derive(Clone, Debug, Default)]
struct Facts {
    /// The send that is over.
    sent: Option<u64>,
    request: Option<Request>,
    send: Option<OwnedMessage>,
    received: Option<OwnedMessage>,
    ping: Bytes,
    close: Option<(u16, String)>,
}

impl Model {
    pub(crate) fn new(settings: Settings) -> Self {
        let state = State::idle(settings.0.settle, settings.0.on_existing);
        Self {
            settings,
            state,
            now: Time::ZERO,
            receiving: true,
            current: None,
            lingering: Vec::new(),
            gone: Vec::new(),
            seen: Seen::default(),
            calls: 0,
            connections: 0,
            timers: Timers::default(),
            received_at: Time::ZERO,
            transmitted_at: Time::ZERO,
        }
    }

    pub(crate) fn config(&self) -> &Config {
        &self.settings.0
    }

    pub(crate) fn stream(&self) -> Option<&Stream> {
        match &self.current.as_ref()?.stage {
            Stage::Streaming(stream) => Some(stream),
            Stage::Resolving | Stage::Dialling(_) => None,
        }
    }

    pub(crate) fn stream_mut(&mut self) -> Option<&mut Stream> {
        match &mut self.current.as_mut()?.stage {
            Stage::Streaming(stream) => Some(stream),
            Stage::Resolving | Stage::Dialling(_) => None,
        }
    }

    pub(crate) fn plan(&self) -> Option<&DialPlan> {
        match &self.current.as_ref()?.stage {
            Stage::Dialling(plan) => Some(plan),
            Stage::Resolving | Stage::Streaming(_) => None,
        }
    }

    pub(crate) fn is_resolving(&self) -> bool {
        matches!(self.current, Some(Connection { stage: Stage::Resolving, .. }))
    }

    /// The bytes of the current connection that wait to be written.
    pub(crate) fn buffered(&self) -> usize {
        self.stream().map_or(0, |stream| stream.queue.buffered())
    }

    /// Whether there is something to read, and the session reads: not while an open connection is paused, nor behind
    /// the end.
    pub(crate) fn can_read(&self) -> bool {
        let paused = !self.receiving && self.state.phase == Phase::Open;
        !paused && self.stream().is_some_and(|stream| stream.end.is_none() && stream.arrived < stream.sent)
    }

    /// Whether the stream of the current connection may end.
    pub(crate) fn can_end(&self) -> bool {
        self.stream().is_some_and(|stream| stream.end.is_none())
    }

    /// Whether a server has got the request and not answered.
    pub(crate) fn can_answer(&self) -> bool {
        self.stream().is_some_and(|stream| stream.queue.buffered() == 0 && !stream.answered)
    }

    /// Whether a server has accepted the upgrade and not said all.
    pub(crate) fn can_serve(&self) -> bool {
        self.stream().is_some_and(|stream| stream.answered && !stream.said_all)
    }

    /// The next deadline and its reason.
    pub(crate) fn deadline(&self) -> Option<(Time, Reason)> {
        let timers = &self.timers;
        let listens = self.config().keepalive.is_some() && self.receiving;
        let keepalive = match timers.pong {
            Some(at) => Some((at, Reason::Pong)),
            None => timers.ping.map(|at| (at, Reason::Ping)),
        };
        let holds = self.stream().filter(|it| it.queue.keeps_memory && it.queue.buffered() == 0);
        [
            timers.connect.map(|at| (at, Reason::Connect)),
            self.plan().and_then(|plan| Some((plan.deadline()?, Reason::Dial))),
            timers.close.map(|at| (at, Reason::Close)),
            keepalive.filter(|_| listens),
            self.lingering.iter().map(|linger| (linger.until, Reason::Linger)).min(),
            holds.map(|_| (self.transmitted_at + QUIET, Reason::Memory)),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

/// What is done to the session.
impl Model {
    pub(crate) fn call(&mut self, call: &Call) {
        self.calls += 1;
        match call {
            Call::Connect(connect) => self.connect(connect, None),
            Call::Refused(refused) => self.connect(&refused.connect, Some(refused.code)),
            Call::Send(payload) => self.send(payload),
            Call::Close(options) => self.close(options),
        }
    }

    /// V1 to V6, as far as the table does not judge them.
    fn connect(&mut self, connect: &Connect, wrong: Option<ErrorCode>) {
        let secure = Call::is_secure(connect);
        let verdict = match wrong {
            Some(ErrorCode::UrlMissing) => ConnectVerdict::UrlMissing,
            Some(ErrorCode::UrlInvalid) => ConnectVerdict::UrlInvalid,
            Some(ErrorCode::SchemeInvalid) => ConnectVerdict::SchemeInvalid,
            Some(_) | None if self.config().require_wss && !secure => ConnectVerdict::WssRequired,
            Some(_) => ConnectVerdict::ParameterInvalid,
            None => ConnectVerdict::Accepted,
        };
        let request = Request::check(&connect.options(), false, self.config().request_head_limit).ok();
        let before = self.connections;
        self.run(Event::Connect(verdict), Facts { request: request.clone(), ..Facts::default() });
        let Some(request) = request.filter(|_| self.connections > before) else { return };
        if secure {
            // There is no TLS here.
            self.signal(Signal::Failed(Failure::Unknown), Facts::default());
            return;
        }
        match request.host() {
            url::Host::Domain(_) => self.seen.asked.push(Asked::Resolve(self.connections)),
            url::Host::Ipv4(address) => self.dial(&[(*address).into()]),
            url::Host::Ipv6(address) => self.dial(&[(*address).into()]),
        }
    }

    fn send(&mut self, payload: &OwnedPayload) {
        let message = payload.message().filter(|message| {
            let length = message.as_bytes().len();
            let after = self.buffered() + header_len(length) + length;
            length <= self.config().message_limit && after <= self.config().high_water
        });
        let verdict = if message.is_some() { SendVerdict::Accepted } else { SendVerdict::Refused };
        self.run(Event::Send(verdict), Facts { send: message, ..Facts::default() });
    }

    fn close(&mut self, options: &CloseOptions) {
        let Ok((code, reason)) = options.check() else {
            return self.run(Event::Close(CloseVerdict::Refused), Facts::default());
        };
        if let Some(connection) = &mut self.current {
            connection.requested.get_or_insert_with(|| (code, reason.to_owned()));
        }
        self.run(Event::Close(CloseVerdict::Accepted), Facts::default());
    }

    pub(crate) fn dial(&mut self, addresses: &[std::net::IpAddr]) {
        let now = self.now;
        let Some(connection) = &mut self.current else { return };
        match DialPlan::start(now, addresses, connection.request.port()) {
            Ok((plan, first)) => {
                connection.stage = Stage::Dialling(plan);
                self.seen.asked.push(Asked::Dial(connection.number, first.number, first.address));
            }
            Err(_) => self.signal(Signal::Failed(Failure::Unknown), Facts::default()),
        }
    }

    fn dial_next(&mut self, next: &Next) {
        match next {
            Next::Dial(next) => {
                self.seen.asked.push(Asked::Dial(self.connections, next.number, next.address));
            }
            Next::Wait => {}
            Next::Failed(_) => self.signal(Signal::Failed(Failure::Unknown), Facts::default()),
        }
    }

    pub(crate) fn not_resolved(&mut self) {
        self.signal(Signal::Failed(Failure::Unknown), Facts::default());
    }

    /// The first socket that is connected wins.
    pub(crate) fn connected(&mut self, attempt: u32) {
        let Some(connection) = &mut self.current else { return };
        let (number, length) = (connection.number, connection.request.head([0; 16]).len());
        let Stage::Dialling(plan) = std::mem::replace(&mut connection.stage, Stage::Resolving) else {
            return;
        };
        let mut queue = Queue::default();
        queue.push(Got::Request(length), None);
        connection.stage = Stage::Streaming(Stream {
            attempt,
            queue,
            sent: 0,
            arrived: 0,
            taken: 0,
            coming: VecDeque::new(),
            answered: false,
            said_all: false,
            end: None,
        });
        for loser in plan.won(attempt).expect("it is in flight") {
            self.release(number, loser);
        }
    }

    pub(crate) fn refused(&mut self, attempt: u32, error: TransportError) {
        let now = self.now;
        let Some(Connection { number, stage: Stage::Dialling(plan), .. }) = &mut self.current else { return };
        self.gone.push((*number, attempt));
        let next = plan.failed(now, attempt, error);
        self.dial_next(&next);
    }

    pub(crate) fn write(&mut self, most: usize) {
        self.transmitted_at = self.now;
        let Some(stream) = self.stream_mut() else { return };
        for whole in stream.queue.write(most) {
            self.seen.got.push((self.connections, whole.what));
            if let Some(call) = whole.call {
                self.signal(Signal::Sent, Facts { sent: Some(call), ..Facts::default() });
            }
        }
    }

    pub(crate) fn write_lingering(&mut self, at: usize, most: usize) {
        let linger = &mut self.lingering[at];
        let whole = linger.queue.write(most);
        self.seen.got.extend(whole.into_iter().map(|waiting| (linger.number, waiting.what)));
        self.proceed(at);
    }

    /// The server answers the upgrade.
    pub(crate) fn answer(&mut self, answered: &Answered) {
        let Some(stream) = self.stream_mut() else { return };
        stream.coming.push_back((answered.judged_after, Coming::Judged(answered.code)));
        stream.sent += answered.bytes.len();
        stream.answered = true;
        stream.said_all = answered.code.is_some();
    }

    /// The server sends frames: each comes to something with its last byte, but one over a limit with its head's.
    pub(crate) fn serve(&mut self, frames: &[Frame]) {
        let (frame_limit, message_limit) = (self.config().frame_limit, self.config().message_limit);
        let Some(stream) = self.stream_mut() else { return };
        let (mut whole, mut length) = (messages(frames).into_iter(), 0);
        for frame in frames {
            let size = frame.bytes().len();
            let is_data = !frame.opcode.is_control();
            length += if is_data { frame.payload.len() } else { 0 };
            if is_data && (frame.payload.len() > frame_limit || length > message_limit) {
                let head = size - frame.payload.len();
                stream.coming.push_back((stream.sent + head, Coming::BadData(FrameErrorKind::TooBig)));
            }
            stream.sent += size;
            let coming = match frame.opcode {
                Opcode::Text | Opcode::Binary | Opcode::Continuation if frame.fin => {
                    length = 0;
                    Coming::Message(whole.next().expect("a message for every last frame"))
                }
                Opcode::Text | Opcode::Binary | Opcode::Continuation | Opcode::Pong => Coming::Nothing,
                Opcode::Ping => Coming::Ping(frame.payload.clone()),
                Opcode::Close => {
                    stream.said_all = true;
                    let said = frame.close_code_and_reason();
                    Coming::Close(said.map(|(code, reason)| (code, reason.to_owned())))
                }
            };
            stream.coming.push_back((stream.sent, coming));
        }
    }

    pub(crate) fn violate(&mut self, broken: &Broken) {
        let Some(stream) = self.stream_mut() else { return };
        let is_close = broken.bytes.first().is_some_and(|first| first & 0x0f == Opcode::Close as u8);
        let coming = match broken.kind {
            FrameErrorKind::NotUtf8 if !is_close => Coming::BadData(broken.kind),
            FrameErrorKind::Protocol | FrameErrorKind::NotUtf8 => Coming::Broken(broken.kind),
            FrameErrorKind::TooBig => Coming::BadData(broken.kind),
        };
        stream.coming.push_back((stream.sent + broken.refused_after, coming));
        stream.sent += broken.bytes.len();
        stream.said_all = true;
    }

    pub(crate) fn read(&mut self, most: usize) {
        self.received_at = self.now;
        if let Some(stream) = self.stream_mut() {
            stream.arrived += most.min(stream.sent - stream.arrived).min(ReceiveBuffer::DEFAULT_CAPACITY);
        }
    }

    pub(crate) fn end(&mut self, end: StreamEnd) {
        if let Some(stream) = self.stream_mut() {
            stream.end.get_or_insert(end);
        }
    }

    pub(crate) fn end_lingering(&mut self, at: usize, end: StreamEnd) {
        match end {
            StreamEnd::EndOfStream => {
                self.lingering[at].ended = true;
                self.proceed(at);
            }
            StreamEnd::Reset => {
                let linger = self.lingering.remove(at);
                self.release(linger.number, linger.attempt);
            }
        }
    }

    /// The user wants messages, or none. What may have come in a pause, nobody has seen: the pings begin anew (F6).
    pub(crate) fn set_receiving(&mut self, receiving: bool) {
        self.receiving = receiving;
        if receiving {
            self.received_at = self.now;
            self.heard();
        }
    }

    /// What is due by `now` happens, in its order.
    pub(crate) fn clock(&mut self, now: Time) {
        self.now = now;
        while let Some((at, reason)) = self.deadline().filter(|(at, _)| *at <= now) {
            match reason {
                Reason::Connect => self.signal(Signal::Failed(Failure::TimedOut), Facts::default()),
                Reason::Dial => {
                    if let Some(Connection { stage: Stage::Dialling(plan), .. }) = &mut self.current {
                        let next = plan.handle_timeout(now);
                        self.dial_next(&next);
                    }
                }
                Reason::Close => self.signal(Signal::CloseTimeout, Facts::default()),
                Reason::Ping => {
                    self.timers.ping = None;
                    self.signal(Signal::PingDue, Facts::default());
                }
                Reason::Pong => self.signal(Signal::PongTimeout, Facts::default()),
                Reason::Linger => {
                    let (over, stay) = self.lingering.drain(..).partition(|linger| linger.until <= at);
                    self.lingering = stay;
                    Vec::into_iter(over)
                        .for_each(|linger: Linger| self.release(linger.number, linger.attempt));
                }
                Reason::Memory => {
                    if let Some(stream) = self.stream_mut() {
                        stream.queue.keeps_memory = false;
                    }
                }
                Reason::Input => unreachable!("the world goes on where the session has paused"),
            }
        }
    }

    /// Takes what has come, as far as the user wants it, and the end behind it.
    pub(crate) fn take(&mut self) {
        loop {
            let paused = !self.receiving && self.state.phase == Phase::Open;
            let phase = self.state.phase;
            let Some(stream) = self.stream_mut().filter(|_| !paused) else { return };
            if phase != Phase::Connecting && stream.taken < stream.arrived {
                self.heard();
            }
            let Some(stream) = self.stream_mut() else { return };
            match stream.coming.front() {
                Some((at, _)) if *at <= stream.arrived => {
                    let Some((at, coming)) = stream.coming.pop_front() else { return };
                    stream.taken = at;
                    self.come(coming);
                }
                Some(_) | None => {
                    stream.taken = stream.arrived;
                    match stream.end {
                        None => return,
                        Some(StreamEnd::EndOfStream) => self.signal(Signal::EndOfStream, Facts::default()),
                        Some(StreamEnd::Reset) => self.signal(Signal::TransportError, Facts::default()),
                    }
                }
            }
        }
    }

    /// F6, by the table's row for a frame that was heard; the ping is due an interval after the read.
    fn heard(&mut self) {
        let now = std::mem::replace(&mut self.now, self.received_at);
        self.signal(Signal::Heard, Facts::default());
        self.now = now;
    }

    fn come(&mut self, coming: Coming) {
        let facts = Facts::default();
        match coming {
            Coming::Judged(None) => self.signal(Signal::Opened, facts),
            Coming::Judged(Some(code)) => self.signal(
                Signal::Failed(match code {
                    ErrorCode::SubprotocolMissing => Failure::Subprotocol,
                    ErrorCode::OutOfMemory => Failure::Memory,
                    _ => Failure::Answer,
                }),
                facts,
            ),
            Coming::Nothing => {}
            Coming::Message(message) => {
                self.signal(Signal::Message, Facts { received: Some(message), ..facts });
            }
            Coming::Ping(ping) => self.signal(Signal::Ping, Facts { ping, ..facts }),
            Coming::Close(close) => self.signal(Signal::PeerClose, Facts { close, ..facts }),
            Coming::BadData(_) if self.state.phase == Phase::Closing => {}
            Coming::Broken(kind) | Coming::BadData(kind) => self.signal(
                match kind {
                    FrameErrorKind::Protocol => Signal::Violation,
                    FrameErrorKind::NotUtf8 => Signal::NotUtf8,
                    FrameErrorKind::TooBig => Signal::OverLimit,
                },
                facts,
            ),
        }
    }
}

/// What the table says is done.
impl Model {
    fn signal(&mut self, signal: Signal, facts: Facts) {
        self.run(Event::Signal(Origin::Current, signal), facts);
    }

    fn run(&mut self, event: Event, mut facts: Facts) {
        let step = step(self.state, event);
        self.state = step.next;
        for action in &step.actions {
            self.perform(*action, &mut facts);
        }
        let over = matches!(step.ended, Some(Ended::Failed | Ended::Closed));
        assert!(!over || self.current.is_none(), "an ended connection keeps its transport");
    }

    fn perform(&mut self, action: Action, facts: &mut Facts) {
        match action {
            Action::Settle(call, outcome) => {
                let call = match call {
                    Whose::This => Some(self.calls),
                    Whose::Connect => self.current.as_ref().map(|connection| connection.call),
                    Whose::Send => facts.sent,
                };
                let result = match outcome {
                    Outcome::Success => Ok(()),
                    Outcome::Fail(code) => Err(code.number()),
                };
                self.seen.told.extend(call.map(|call| Told::Settled(call, result)));
            }
            Action::FailSends => {
                let calls = self.stream_mut().map(|stream| stream.queue.abandon()).unwrap_or_default();
                self.seen.told.extend(calls.into_iter().map(|call| Told::Settled(call, Err(11))));
            }
            Action::Tell(notice) => self.tell(notice, facts),
            Action::Begin => {
                self.connections += 1;
                self.current = facts.request.take().map(|request| Connection {
                    number: self.connections,
                    call: self.calls,
                    request,
                    requested: None,
                    stage: Stage::Resolving,
                });
            }
            Action::QueueMessage => {
                let (call, message) = (self.calls, facts.send.take());
                if let (Some(stream), Some(message)) = (self.stream_mut(), message) {
                    stream.queue.push(Got::Message(message), Some(call));
                }
            }
            Action::SendClose(kind) => self.send_close(kind, facts),
            Action::AnswerPing => {
                if let Some(stream) = self.stream_mut() {
                    stream.queue.push_control(Got::Pong(facts.ping.clone()));
                }
            }
            Action::SendPing => {
                if let Some(stream) = self.stream_mut() {
                    stream.queue.push_control(Got::Ping);
                }
            }
            Action::Arm(timer) => self.arm(timer),
            Action::Disarm(timer) => self.timers.set(timer, None),
            Action::Drop => match self.current.take() {
                Some(Connection { number, stage: Stage::Dialling(plan), .. }) => {
                    plan.in_flight().iter().for_each(|attempt| self.release(number, *attempt));
                }
                Some(Connection { number, stage: Stage::Streaming(stream), .. }) => {
                    self.release(number, stream.attempt);
                }
                Some(Connection { stage: Stage::Resolving, .. }) | None => {}
            },
            Action::Linger => self.linger(),
        }
    }

    fn tell(&mut self, notice: Notice, facts: &mut Facts) {
        let Some(connection) = &self.current else { return };
        let number = connection.number;
        self.seen.told.push(match notice {
            Notice::Opened => Told::Open(number),
            Notice::Message => Told::Message(number, facts.received.take().expect("a message came")),
            Notice::Error(code) => Told::Error(number, code.number()),
            Notice::Closed(code, cause) => {
                let plain = |code| (code, String::new());
                let (code, reason) = match code {
                    CloseCode::AsRequested => connection.requested.clone().expect("it was requested"),
                    CloseCode::OfPeer => facts.close.clone().unwrap_or(plain(1005)),
                    CloseCode::Normal => plain(1000),
                    CloseCode::Abnormal => plain(1006),
                    CloseCode::Protocol => plain(1002),
                    CloseCode::NotUtf8 => plain(1007),
                    CloseCode::TooBig => plain(1009),
                };
                Told::Close(number, code, reason, cause)
            }
        });
    }

    fn send_close(&mut self, kind: CloseFrameKind, facts: &Facts) {
        let requested = self.current.as_ref().and_then(|connection| connection.requested.clone());
        let plain = |code| Some((code, String::new()));
        let close = match kind {
            CloseFrameKind::AsRequested => requested,
            CloseFrameKind::Reply => facts.close.clone().map(|(code, _)| (code, String::new())),
            CloseFrameKind::Normal => plain(1000),
            CloseFrameKind::Protocol => plain(1002),
            CloseFrameKind::NotUtf8 => plain(1007),
            CloseFrameKind::TooBig => plain(1009),
        };
        let payload = close.map(|(code, reason)| [&code.to_be_bytes(), reason.as_bytes()].concat());
        if let Some(stream) = self.stream_mut() {
            stream.queue.push(Got::Close(payload.unwrap_or_default().into()), None);
        }
    }

    fn arm(&mut self, timer: Timer) {
        let config = self.config();
        let after = match timer {
            Timer::Connect => Some(config.connect_timeout),
            Timer::Close => Some(config.close_timeout),
            Timer::Ping => config.keepalive.map(|keepalive| keepalive.interval),
            Timer::Pong => config.keepalive.map(|keepalive| keepalive.timeout),
        };
        let at = after.map(|after| self.now + after);
        self.timers.set(timer, at);
    }

    fn linger(&mut self) {
        let until = self.now + self.config().close_timeout;
        let Some(Connection { number, stage: Stage::Streaming(stream), .. }) = self.current.take() else {
            return;
        };
        if self.lingering.len() == MOST_LINGER {
            let oldest = self.lingering.remove(0);
            self.release(oldest.number, oldest.attempt);
        }
        let Stream { attempt, queue, end, .. } = stream;
        let ended = end.is_some();
        self.lingering.push(Linger { number, attempt, queue, until, half_closed: false, ended });
        self.proceed(self.lingering.len() - 1);
    }

    /// Everything out: half-close. The peer has ended, too: away (F5).
    fn proceed(&mut self, at: usize) {
        let linger = &mut self.lingering[at];
        if linger.queue.buffered() > 0 {
            return;
        }
        if !std::mem::replace(&mut linger.half_closed, true) && !linger.ended {
            self.seen.asked.push(Asked::ShutdownWrite(linger.number, linger.attempt));
        }
        if linger.ended {
            let (number, attempt) = (linger.number, linger.attempt);
            self.lingering.remove(at);
            self.release(number, attempt);
        }
    }

    fn release(&mut self, number: u64, attempt: u32) {
        self.seen.asked.push(Asked::Release(number, attempt));
        self.gone.push((number, attempt));
    }
}

/// An error of a transport, for whoever needs one.
pub(crate) fn broken() -> TransportError {
    TransportError::new(std::io::ErrorKind::ConnectionReset, "reset")
}
