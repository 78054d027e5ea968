//! What is done to the model: calls, and what the network and the clock do.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

use connect_socket_core::dial::{DialPlan, Next};
use connect_socket_core::frame::{FrameErrorKind, Opcode, header_len};
use connect_socket_core::lifecycle::{
    CloseVerdict, ConnectVerdict, Failure, Phase, SendVerdict, Signal, Timer, Trigger,
};
use connect_socket_core::params::Request;
use connect_socket_core::proptest::{Answered, Broken, Connect, Frame, OwnedPayload, messages};
use connect_socket_core::{CloseOptions, ErrorCode, Reason, Time, TransportError, Workspace};

use super::model::{Coming, Connection, Facts, Linger, Model, Stage, Stream, StreamEnd};
use super::queue::Queue;
use super::seen::{Asked, Got};
use super::transition::Call;

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
        self.run(Trigger::Connect(verdict), Facts { request: request.clone(), ..Facts::default() });
        let Some(request) = request.filter(|_| self.connections > before) else { return };
        if secure {
            // There is no TLS here.
            self.signal(Signal::Failed(Failure::Unknown), Facts::default());
            return;
        }
        match request.host() {
            url::Host::Domain(_) => self.seen.asked.push(Asked::Resolve(self.connections)),
            url::Host::Ipv4(address) => self.dial(&[SocketAddr::new(IpAddr::V4(*address), 0)]),
            url::Host::Ipv6(address) => self.dial(&[SocketAddr::new(IpAddr::V6(*address), 0)]),
        }
    }

    fn send(&mut self, payload: &OwnedPayload) {
        let message = payload.message().filter(|message| {
            let length = message.as_bytes().len();
            let after = self.charge() + header_len(length) + length + 16;
            length <= self.config().message_limit && after <= self.config().high_water
        });
        let verdict = if message.is_some() { SendVerdict::Accepted } else { SendVerdict::Refused };
        self.run(Trigger::Send(verdict), Facts { send: message, ..Facts::default() });
    }

    fn close(&mut self, options: &CloseOptions) {
        let Ok((code, reason)) = options.check() else {
            return self.run(Trigger::Close(CloseVerdict::Refused), Facts::default());
        };
        if let Some(connection) = &mut self.current {
            connection.requested.get_or_insert_with(|| (code, reason.to_owned()));
        }
        self.run(Trigger::Close(CloseVerdict::Accepted), Facts::default());
    }

    pub(crate) fn dial(&mut self, addresses: &[SocketAddr]) {
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
            Next::Replace { oldest, attempt } => {
                self.release(self.connections, *oldest);
                self.seen.asked.push(Asked::Dial(self.connections, attempt.number, attempt.address));
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
        if let Some(stream) = self.stream_mut() {
            stream.arrived += most.min(stream.sent - stream.arrived).min(Workspace::DEFAULT_WINDOW);
            // A byte of a frame has come, unless these are of the answer (F6).
            self.signal(Signal::Heard, Facts::default());
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
            self.signal(Signal::Heard, Facts::default());
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
                    self.timers.set(Timer::Ping, None);
                    self.signal(Signal::PingDue, Facts::default());
                }
                Reason::Pong => self.signal(Signal::PongTimeout, Facts::default()),
                Reason::Linger => {
                    let (over, stay) = self
                        .lingering
                        .drain(..)
                        .partition(|linger| linger.until.is_some_and(|until| until <= at));
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
                Reason::Unwritable => {
                    unreachable!("the world tells an error of a write as one of the transport")
                }
                new => unreachable!("the model has to learn of {new:?}"),
            }
        }
    }

    /// Takes what has come, as far as the user wants it, and the end behind it.
    pub(crate) fn take(&mut self) {
        loop {
            let paused = !self.receiving && self.state.phase == Phase::Open;
            let Some(stream) = self.stream_mut().filter(|_| !paused) else { return };
            match stream.coming.front() {
                Some((at, _)) if *at <= stream.arrived => {
                    let Some((_, coming)) = stream.coming.pop_front() else { return };
                    self.come(coming);
                }
                Some(_) | None => match stream.end {
                    None => return,
                    Some(StreamEnd::EndOfStream) => self.signal(Signal::EndOfStream, Facts::default()),
                    Some(StreamEnd::Reset) => self.signal(Signal::TransportError, Facts::default()),
                },
            }
        }
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

/// An error of a transport, for whoever needs one.
pub(crate) fn broken() -> TransportError {
    TransportError::new(std::io::ErrorKind::ConnectionReset, "reset")
}
