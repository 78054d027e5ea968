//! The connection that the slot holds, stage by stage.

use core::time::Duration;
use std::sync::Arc;

use super::stream::Stream;
use crate::dial::DialPlan;
use crate::error::ConnectPhase;
use crate::event::Timing;
use crate::frame::Pipeline;
use crate::ids::{CallId, ConnectionId, TransportId};
use crate::params::Request;
use crate::time::Time;
use crate::upgrade::Answer;

pub(super) struct Connection {
    pub(super) id: ConnectionId,
    /// The connect call that made it.
    pub(super) call: CallId,
    /// The url as messages may show it (G6).
    pub(super) url: Arc<str>,
    pub(super) stage: Stage,
    /// While it connects.
    pub(super) progress: Option<Box<Progress>>,
    /// The code and reason that closeSocket was called with.
    pub(super) requested: Option<Box<(u16, Box<str>)>>,
}

/// When the steps to an open connection were done.
pub(super) struct Progress {
    /// When connectSocket was called.
    called: Time,
    timing: Timing,
}

impl Progress {
    pub(super) fn new(called: Time) -> Self {
        Self { called, timing: Timing::default() }
    }
}

/// How far the connection has come, with what each stage needs and nothing else.
///
/// Every call looks at it. With a tag of its own, that is one comparison. In a niche of a nested field, it would be a
/// dozen instructions.
#[repr(u8)]
pub(super) enum Stage {
    /// The host name is being looked up.
    Resolving(Box<Request>),
    /// The addresses are being tried.
    Dialling(Box<Request>, DialPlan),
    /// TLS and the upgrade.
    Upgrading(Stream, Box<Answer>),
    /// Frames: open, or closing.
    Framing(Stream, Framing),
    /// It has ended, and its transports are gone or linger.
    Ended,
}

/// Receiving frames.
pub(super) struct Framing {
    pub(super) pipeline: Pipeline,
    /// What was read waits until the host has been offered what is to be written first.
    pub(super) paused: bool,
}

impl Connection {
    #[inline]
    pub(super) fn stream(&mut self) -> Option<&mut Stream> {
        match &mut self.stage {
            Stage::Resolving(_) | Stage::Dialling(..) | Stage::Ended => None,
            Stage::Upgrading(stream, _) | Stage::Framing(stream, _) => Some(stream),
        }
    }

    #[inline]
    pub(super) fn stream_ref(&self) -> Option<&Stream> {
        match &self.stage {
            Stage::Resolving(_) | Stage::Dialling(..) | Stage::Ended => None,
            Stage::Upgrading(stream, _) | Stage::Framing(stream, _) => Some(stream),
        }
    }

    /// Whether memory is held for sending although nothing waits to be sent.
    pub(super) fn keeps_memory(&self) -> bool {
        match &self.stage {
            Stage::Framing(stream, _) => stream.keeps_memory(),
            Stage::Resolving(_) | Stage::Dialling(..) | Stage::Upgrading(..) | Stage::Ended => false,
        }
    }

    /// A step to an open connection is done.
    pub(super) fn done(&mut self, now: Time, step: impl FnOnce(&mut Timing, Duration)) {
        if let Some(progress) = &mut self.progress {
            step(&mut progress.timing, now.since(progress.called));
        }
    }

    /// The last step is done: how long each has taken.
    pub(super) fn upgraded(&mut self, now: Time) -> Timing {
        self.done(now, |timing, took| timing.upgraded = took);
        self.progress.take().map(|progress| progress.timing).unwrap_or_default()
    }

    #[inline]
    pub(super) fn transport(&self) -> Option<TransportId> {
        self.stream_ref().map(|stream| stream.transport)
    }

    pub(super) fn is_resolving(&self) -> bool {
        matches!(self.stage, Stage::Resolving(_))
    }

    pub(super) fn dial_deadline(&self) -> Option<Time> {
        match &self.stage {
            Stage::Dialling(_, plan) => plan.deadline(),
            Stage::Resolving(_) | Stage::Upgrading(..) | Stage::Framing(..) | Stage::Ended => None,
        }
    }

    pub(super) fn is_paused(&self) -> bool {
        matches!(&self.stage, Stage::Framing(_, Framing { paused: true, .. }))
    }

    pub(super) fn resume(&mut self) {
        if let Stage::Framing(_, framing) = &mut self.stage {
            framing.paused = false;
        }
    }

    pub(super) fn phase(&self) -> ConnectPhase {
        match &self.stage {
            Stage::Resolving(_) => ConnectPhase::Resolving,
            Stage::Dialling(..) => ConnectPhase::Dialling,
            Stage::Upgrading(stream, _) if stream.layer.is_handshaking() => ConnectPhase::Tls,
            Stage::Upgrading(..) => ConnectPhase::Upgrade,
            Stage::Framing(..) | Stage::Ended => ConnectPhase::Open,
        }
    }
}
