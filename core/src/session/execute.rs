//! Carries out what the lifecycle table says: the one place where its effects become events, frames, timers
//! and transports.

use std::sync::Arc;

use super::connection::{Connection, Progress, Stage};
use super::machine::Machine;
use crate::code::ErrorCode;
use crate::end::End;
use crate::entropy::Entropy;
use crate::error::{Cause, Error};
use crate::event::{Action, Event, Opened};
use crate::frame::FastPath;
use crate::ids::{CallId, ConnectionId, TransportId};
use crate::lifecycle::{
    Call, CloseCause, CloseCode, CloseFrameKind, Effect, Notice, Outcome, SHORTCUTS, Trigger, step,
};
use crate::params::Request;
use crate::send_queue::{Outgoing, SendQueue};
use crate::upgrade::RefusedAnswer;

/// What a trigger brings along for its effects, as the table itself holds no bytes.
#[derive(Default)]
pub(super) struct Facts<'f> {
    /// The call that is being made.
    pub(super) call: Option<CallId>,
    /// What happened: why that call fails, or why the current connection ends, if the row says so.
    pub(super) cause: Option<Cause>,
    /// What a new connection asks for.
    pub(super) request: Option<Box<Request>>,
    /// What the server answered.
    pub(super) opened: Option<Arc<Opened>>,
    /// The server's answer, if it was refused.
    pub(super) answer: Option<Arc<RefusedAnswer>>,
    /// The code and reason of the peer's close frame; none if it was empty.
    pub(super) close: Option<(u16, &'f str)>,
    /// The payload of the peer's ping.
    pub(super) ping: &'f [u8],
}

impl Facts<'_> {
    /// What happened, for a row that gives it this code. Every trigger is reported together with the cause that its
    /// rows need, so this is never none.
    fn cause(&self, code: ErrorCode) -> Option<Cause> {
        let cause = self.cause.clone();
        debug_assert_eq!(cause.as_ref().map(Cause::code), Some(code), "{cause:?} is not what the row says");
        cause
    }
}

impl<E: Entropy> Machine<E> {
    /// One step of the lifecycle.
    pub(super) fn run(&mut self, trigger: Trigger, mut facts: Facts<'_>) {
        debug_assert!(SHORTCUTS.iter().all(|(taken, _)| *taken != trigger), "{trigger} has a way of its own");
        let step = step(self.state, trigger);
        #[cfg(feature = "tracing")]
        super::trace::step(self, trigger, &step, &facts);
        // The slot has its new state before any of this can be observed (G4).
        self.state = step.next;
        self.fast_path = FastPath::CLOSED;
        for effect in step.effects.as_slice() {
            self.perform(*effect, &mut facts);
        }
        if matches!(self.current.as_deref(), Some(Connection { stage: Stage::Ended, .. })) {
            self.current = None;
            self.forget_input();
        }
    }

    /// Drops what was read of a connection that is no longer current (G1).
    fn forget_input(&mut self) {
        (self.fast_path, self.untaken, self.forgets) = (FastPath::CLOSED, false, true);
    }

    fn perform(&mut self, effect: Effect, facts: &mut Facts<'_>) {
        match effect {
            Effect::Settle(Call::This, outcome) => self.settle_this(outcome, facts),
            Effect::Settle(Call::Connect, outcome) => self.settle_connect(outcome, facts),
            Effect::FailSends => self.fail_sends(),
            Effect::Tell(Notice::Opened) => self.tell_open(facts),
            Effect::Tell(Notice::Error(code)) => self.tell_error(code, facts),
            Effect::Tell(Notice::Closed(code, cause)) => self.tell_close(code, cause, facts),
            Effect::Begin => self.begin(facts),
            Effect::SendClose(kind) => self.send_close(kind, facts),
            Effect::AnswerPing => {
                let Self { current, entropy, .. } = self;
                if let Some(stream) = current.as_deref_mut().and_then(Connection::stream) {
                    stream.queue.push(Outgoing::Pong(facts.ping), || entropy.mask());
                }
            }
            Effect::SendPing => {
                let Self { current, entropy, .. } = self;
                if let Some(stream) = current.as_deref_mut().and_then(Connection::stream) {
                    stream.queue.push(Outgoing::Ping, || entropy.mask());
                }
            }
            Effect::Arm(timer) => self.timer.arm(timer, self.now),
            Effect::Disarm(timer) => self.timer.disarm(timer),
            Effect::Drop => self.drop_transports(facts),
            Effect::Linger => self.linger(),
            // Only rows of triggers that do not come here have these effects: see `SHORTCUTS`.
            Effect::Settle(Call::Send, _) | Effect::Tell(Notice::Message) | Effect::QueueMessage => {
                debug_assert!(false, "{effect} is done past the table");
            }
        }
    }

    fn settle_this(&mut self, outcome: Outcome, facts: &Facts<'_>) {
        let result = match outcome {
            Outcome::Success => Ok(()),
            // The table judges the policy, after the url and before the other parameters (V5).
            Outcome::Fail(ErrorCode::AlreadyConnected) => Err(Cause::AlreadyConnected),
            Outcome::Fail(code) => match facts.cause(code) {
                Some(cause) => Err(cause),
                None => return,
            },
        };
        if let Some(call) = facts.call {
            let result = result.map_err(|cause| Error::new(cause, None));
            self.events.push(Event::Settled { call, result });
        }
    }

    fn settle_connect(&mut self, outcome: Outcome, facts: &Facts<'_>) {
        let Some(connection) = self.current.as_deref() else { return };
        let result = match outcome {
            Outcome::Success => Ok(()),
            Outcome::Fail(code) => match facts.cause(code) {
                Some(cause) => Err(Error::connecting(cause, connection.url.clone(), facts.answer.clone())),
                None => return,
            },
        };
        if let Err(error) = &result {
            self.end = Some(Box::new(End::Failed(error.clone())));
        }
        self.events.push(Event::Settled { call: connection.call, result });
    }

    fn fail_sends(&mut self) {
        let Self { current, events, .. } = self;
        if let Some(stream) = current.as_deref_mut().and_then(Connection::stream) {
            events.unsent(stream.abandon());
            #[cfg(feature = "deflate")]
            events.unsent(stream.abandon_staged());
        }
    }

    fn tell_open(&mut self, facts: &mut Facts<'_>) {
        if let (Some(connection), Some(opened)) = (self.current.as_deref(), facts.opened.take()) {
            self.events.push(Event::Open { connection: connection.id, opened });
        }
    }

    fn tell_error(&mut self, code: ErrorCode, facts: &Facts<'_>) {
        if let (Some(connection), Some(cause)) = (self.current.as_deref(), facts.cause(code)) {
            let error = Error::connecting(cause, connection.url.clone(), facts.answer.clone());
            self.end = Some(Box::new(End::Failed(error.clone())));
            self.events.push(Event::Error { connection: connection.id, error });
        }
    }

    fn tell_close(&mut self, code: CloseCode, cause: CloseCause, facts: &Facts<'_>) {
        let Some(connection) = self.current.as_deref_mut() else { return };
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
        // A connection that never opened has failed, although script gets its close event, too.
        if self.end.is_none() || self.open == connection.id {
            let error = self.end.take().and_then(|end| end.error().cloned());
            self.end = Some(Box::new(End::Closed { code, reason: reason.clone(), cause, error }));
        }
        self.events.push(Event::Close { connection: connection.id, code, reason, cause });
    }

    fn begin(&mut self, facts: &mut Facts<'_>) {
        let (Some(call), Some(request)) = (facts.call, facts.request.take()) else { return };
        self.last_connection += 1;
        self.counters.begin();
        self.end = None;
        self.forget_input();
        self.current = Some(Box::new(Connection {
            id: ConnectionId(self.last_connection),
            call,
            url: request.shown_url().clone(),
            stage: Stage::Resolving(request),
            progress: Some(Box::new(Progress::new(self.now))),
            requested: None,
        }));
    }

    fn send_close(&mut self, kind: CloseFrameKind, facts: &Facts<'_>) {
        let Self { current, entropy, .. } = self;
        let Some(connection) = current.as_deref_mut() else { return };
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
            stream.queue.push(Outgoing::Close(&payload), || entropy.mask());
            framing.pipeline.discard_messages();
        }
    }

    /// Releases the transports of the current connection at once, after a TLS alert that has to be sent.
    fn drop_transports(&mut self, facts: &Facts<'_>) {
        let owes_alert = matches!(facts.cause, Some(Cause::Certificate(_) | Cause::Tls(_)));
        let Some(connection) = self.current.as_deref_mut() else { return };
        let id = connection.id;
        match core::mem::replace(&mut connection.stage, Stage::Ended) {
            Stage::Resolving(_) | Stage::Ended => {}
            Stage::Dialling(_, plan) => {
                for &attempt in plan.in_flight() {
                    let transport = TransportId { connection: id, attempt };
                    self.actions.push_back(Action::Release { transport });
                }
            }
            Stage::Upgrading(mut stream, _) | Stage::Framing(mut stream, _) => {
                if owes_alert && stream.end.is_none() {
                    stream.queue = SendQueue::new();
                    self.lingering.add(stream, self.now, self.config.close_timeout, &mut self.actions);
                } else {
                    self.actions.push_back(Action::Release { transport: stream.transport });
                }
            }
        }
    }

    /// The transport of the current connection finishes what it has to send, and is released (F5).
    fn linger(&mut self) {
        let Some(connection) = self.current.as_deref_mut() else { return };
        match core::mem::replace(&mut connection.stage, Stage::Ended) {
            Stage::Framing(stream, _) | Stage::Upgrading(stream, _) => {
                self.lingering.add(stream, self.now, self.config.close_timeout, &mut self.actions);
            }
            stage @ (Stage::Resolving(_) | Stage::Dialling(..) | Stage::Ended) => connection.stage = stage,
        }
    }
}
