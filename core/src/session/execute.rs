//! Carries out what the lifecycle table says: the one place where its actions become events, frames, timers
//! and transports.

use std::sync::Arc;

use super::Session;
use super::connection::{Connection, Stage};
use crate::entropy::Entropy;
use crate::error::{AnswerError, Cause, Error, SendError, UrlError};
use crate::event::{Action as HostAction, Opened};
use crate::frame::{FrameError, Opcode};
use crate::ids::{CallId, ConnectionId, TransportId};
use crate::lifecycle::{Action, Call, CloseCode, CloseFrameKind, Code, Event, Notice, Outcome, Timer, step};
use crate::params::Request;
use crate::send_queue::SendQueue;

/// What an event brings along for the actions to use: the table itself holds no bytes.
#[derive(Default)]
pub(super) struct Facts<'f> {
    /// The call that is being made.
    pub(super) call: Option<CallId>,
    /// Why that call fails, if it does.
    pub(super) call_cause: Option<Cause>,
    /// Why the connection ends, if it does.
    pub(super) cause: Option<Cause>,
    /// What a new connection asks for.
    pub(super) request: Option<Box<Request>>,
    /// What the server answered.
    pub(super) opened: Option<Arc<Opened>>,
    /// The code and reason of the peer's close frame; none if it was empty.
    pub(super) close: Option<(u16, &'f str)>,
    /// The payload of the peer's ping.
    pub(super) ping: &'f [u8],
}

impl<E: Entropy> Session<E> {
    /// One step of the lifecycle.
    pub(super) fn run(&mut self, event: Event, mut facts: Facts<'_>) {
        let step = step(self.state, event);
        // The slot has its new state before any of this can be observed (G4).
        self.state = step.next;
        self.lane = 0;
        for action in step.actions.as_slice() {
            self.perform(*action, &mut facts);
        }
        if matches!(self.current.as_deref(), Some(Connection { stage: Stage::Ended, .. })) {
            self.current = None;
        }
    }

    fn perform(&mut self, action: Action, facts: &mut Facts<'_>) {
        match action {
            Action::Settle(call, outcome) => self.settle(call, outcome, facts),
            Action::FailSends => self.fail_sends(),
            Action::Tell(notice) => self.tell(notice, facts),
            Action::Begin => self.begin(facts),
            // The payload was put into the queue before the table was asked; see `Session::send`.
            Action::QueueMessage => {}
            Action::SendClose(kind) => self.send_close(kind, facts),
            Action::AnswerPing => {
                let mask = self.entropy.mask();
                if let Some(stream) = self.stream() {
                    // Where there is no memory for a pong, none goes out: nobody is owed an end for that.
                    let _ = stream.queue.push_pong(facts.ping, mask);
                }
            }
            Action::SendPing => {
                let mask = self.entropy.mask();
                self.heard = false;
                if let Some(stream) = self.stream() {
                    let _ = stream.queue.push_control(Opcode::Ping, &[], mask);
                }
            }
            Action::Arm(timer) => self.arm(timer),
            Action::Disarm(timer) => self.deadlines.set(timer, None),
            Action::Drop => self.drop_transports(facts),
            Action::Linger => self.linger(),
        }
    }

    fn settle(&mut self, call: Call, outcome: Outcome, facts: &mut Facts<'_>) {
        let (call, cause, url) = match (call, self.current.as_deref()) {
            (Call::Connect, Some(connection)) => {
                (Some(connection.call), facts.cause.clone(), Some(connection.url.clone()))
            }
            (Call::Connect, None) => return,
            (Call::This | Call::Send, _) => (facts.call, facts.call_cause.take(), None),
        };
        let result = match outcome {
            Outcome::Success => Ok(()),
            Outcome::Fail(code) => Err(Error::new(matching(code, cause), url)),
        };
        if let Some(call) = call {
            self.told.settled(call, result);
        }
    }

    fn fail_sends(&mut self) {
        let Self { current, told, .. } = self;
        if let Some(stream) = current.as_deref_mut().and_then(Connection::stream) {
            stream.abandon(&mut |call| {
                told.settled(call, Err(Error::new(Cause::SendFailed(SendError::Ended), None)));
            });
        }
    }

    fn tell(&mut self, notice: Notice, facts: &mut Facts<'_>) {
        let Some(connection) = self.current.as_deref_mut() else { return };
        let id = connection.id;
        match notice {
            Notice::Opened => {
                if let Some(opened) = facts.opened.take() {
                    self.told.open(id, opened);
                }
            }
            // Delivered by `poll_event` itself, straight from the receive buffer.
            Notice::Message => {}
            Notice::Error(code) => {
                let cause = matching(code, facts.cause.clone());
                self.told.error(id, Error::new(cause, Some(connection.url.clone())));
            }
            Notice::Closed(code, cause) => {
                let (code, reason) = match code {
                    CloseCode::Normal => (1000, "".into()),
                    CloseCode::AsRequested => {
                        connection.requested.take().map_or((1000, "".into()), |requested| *requested)
                    }
                    CloseCode::OfPeer => {
                        facts.close.map_or((1005, "".into()), |(code, reason)| (code, reason.into()))
                    }
                    CloseCode::Abnormal => (1006, "".into()),
                    CloseCode::Protocol => (1002, "".into()),
                    CloseCode::NotUtf8 => (1007, "".into()),
                    CloseCode::TooBig => (1009, "".into()),
                };
                self.told.close(id, code, reason, cause);
            }
        }
    }

    fn begin(&mut self, facts: &mut Facts<'_>) {
        let (Some(call), Some(request)) = (facts.call, facts.request.take()) else { return };
        self.last_connection += 1;
        self.stash = None;
        self.current = Some(Box::new(Connection {
            id: ConnectionId(self.last_connection),
            call,
            url: request.shown_url().clone(),
            stage: Stage::Resolving(request),
            requested: None,
        }));
    }

    fn send_close(&mut self, kind: CloseFrameKind, facts: &Facts<'_>) {
        let mask = self.entropy.mask();
        let Some(connection) = self.current.as_deref_mut() else { return };
        let requested = connection.requested.as_deref().cloned();
        let (code, reason) = match kind {
            CloseFrameKind::Normal => (Some(1000), "".into()),
            CloseFrameKind::AsRequested => {
                requested.map_or((Some(1000), "".into()), |(code, reason)| (Some(code), reason))
            }
            CloseFrameKind::Reply => (facts.close.map(|(code, _)| code), "".into()),
            CloseFrameKind::Protocol => (Some(1002), "".into()),
            CloseFrameKind::NotUtf8 => (Some(1007), "".into()),
            CloseFrameKind::TooBig => (Some(1009), "".into()),
        };
        let mut payload = Vec::new();
        if let Some(code) = code {
            payload.extend_from_slice(&code.to_be_bytes());
            payload.extend_from_slice(str::as_bytes(&reason));
        }
        if let Stage::Framing(stream, framing) = &mut connection.stage {
            let _ = stream.queue.push_close(&payload, mask);
            framing.decoder.discard_messages();
            framing.held = None;
        }
    }

    fn arm(&mut self, timer: Timer) {
        let keepalive = self.config.keepalive;
        let after = match timer {
            Timer::Connect => Some(self.config.connect_timeout),
            Timer::Close => Some(self.config.close_timeout),
            Timer::Ping => keepalive.map(|keepalive| keepalive.interval),
            Timer::Pong => keepalive.map(|keepalive| keepalive.timeout),
        };
        self.deadlines.set(timer, after.map(|after| self.now + after));
    }

    /// The transports of the current connection go at once; a TLS alert that is owed goes out first.
    fn drop_transports(&mut self, facts: &Facts<'_>) {
        let owes_alert = matches!(facts.cause, Some(Cause::Certificate(_) | Cause::Tls(_)));
        let Some(connection) = self.current.as_deref_mut() else { return };
        let id = connection.id;
        match core::mem::replace(&mut connection.stage, Stage::Ended) {
            Stage::Resolving(_) | Stage::Ended => {}
            Stage::Dialling(dialling) => {
                for &attempt in dialling.1.in_flight() {
                    let transport = TransportId { connection: id, attempt };
                    self.actions.push_back(HostAction::Release { transport });
                }
            }
            Stage::Upgrading(mut stream, _) | Stage::Framing(mut stream, _) => {
                if owes_alert && stream.end.is_none() {
                    stream.queue = SendQueue::new();
                    self.lingering.add(stream, self.now, self.config.close_timeout, &mut self.actions);
                } else {
                    self.actions.push_back(HostAction::Release { transport: stream.transport });
                }
            }
        }
    }

    /// The transport of the current connection finishes what it owes, and goes (F5).
    fn linger(&mut self) {
        let Some(connection) = self.current.as_deref_mut() else { return };
        match core::mem::replace(&mut connection.stage, Stage::Ended) {
            Stage::Framing(stream, _) | Stage::Upgrading(stream, _) => {
                self.lingering.add(stream, self.now, self.config.close_timeout, &mut self.actions);
            }
            stage @ (Stage::Resolving(_) | Stage::Dialling(_) | Stage::Ended) => connection.stage = stage,
        }
    }
}

/// The cause that is told with `code`: the one that is known, if it is of that code, else what the code itself
/// says (a policy decides after the parameters were checked, V5 before V6).
fn matching(code: Code, cause: Option<Cause>) -> Cause {
    match cause {
        Some(cause) if cause.code().number() == code.number() => cause,
        Some(_) | None => match code {
            Code::AlreadyConnected => Cause::AlreadyConnected,
            Code::NotOpen => Cause::NotOpen,
            Code::SendFailed => Cause::SendFailed(SendError::Ended),
            Code::UrlMissing => Cause::UrlMissing,
            Code::UrlInvalid => Cause::UrlInvalid(UrlError::NoHost),
            Code::SchemeInvalid => Cause::SchemeInvalid,
            Code::TimedOut => Cause::PongTimeout,
            Code::CertificateInvalid => Cause::Certificate("it was refused".into()),
            Code::AnswerInvalid => Cause::Answer(AnswerError::Malformed("it was refused")),
            Code::SubprotocolMissing => Cause::Answer(AnswerError::SubprotocolUnasked),
            Code::OutOfMemory => Cause::Frame(FrameError::OutOfMemory { wanted: 0 }),
            Code::Unknown => Cause::ClosedWhileConnecting,
        },
    }
}
