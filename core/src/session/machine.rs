//! Everything in a session except the bytes that it has read: what the lifecycle table acts upon.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use super::connection::{Connection, Framing, Stage};
use super::events::EventQueue;
use super::execute::Facts;
use super::linger::Lingering;
use super::stream::Stream;
use super::timer::RunningTimer;
use crate::code::ErrorCode;
use crate::config::Config;
use crate::end::End;
use crate::entropy::Entropy;
use crate::error::{AnswerError, Cause};
use crate::event::{Action, Opened, Timing};
use crate::frame::{Control, FastPath, FrameError, FrameErrorKind, Limits, Pipeline};
use crate::ids::{CallId, ConnectionId};
use crate::lifecycle::{Failure, Origin, Phase, Signal, State, Trigger, delivers};
use crate::stats::Counters;
use crate::time::Time;
use crate::tls::TlsConfig;
use crate::upgrade::{RefusedAnswer, Response};

pub(super) struct Machine<E> {
    pub(super) config: Arc<Config>,
    pub(super) entropy: E,
    pub(super) state: State,
    pub(super) current: Option<Box<Connection>>,
    pub(super) lingering: Lingering,
    pub(super) events: EventQueue,
    /// Which messages may be handed out where they lie in the session's window: none, or
    /// `if open && receiving && events.queue.is_empty() && framer.is_between() && assembly.is_growing() { up_to(limits) }`.
    ///
    /// Everything that may make this untrue sets it to none; [`Session::look`](super::Session::look) sets it again.
    pub(super) fast_path: FastPath,
    /// The connection that is open, if one is.
    pub(super) open: ConnectionId,
    pub(super) actions: VecDeque<Action>,
    pub(super) timer: RunningTimer,
    pub(super) counters: Counters,
    pub(super) last_call: u64,
    pub(super) last_connection: u64,
    /// How the last connection ended. None while there is a connection, and before the first.
    pub(super) end: Option<Box<End>>,
    /// The latest time that the host reported.
    pub(super) now: Time,
    /// When bytes of the current connection were written last.
    pub(super) transmitted_at: Time,
    /// The host wants messages (back-pressure).
    pub(super) receiving: bool,
    /// Bytes were read, and [`Session::poll_event`](super::Session::poll_event) has not yet found that they hold no
    /// more events.
    pub(super) untaken: bool,
    /// The bytes in the session's window belong to a connection that has ended.
    pub(super) forgets: bool,
    /// The time of timers that ran out while input waited to be taken. They are carried out after it (F8).
    pub(super) late: Option<Time>,
}

impl<E: Entropy> Machine<E> {
    pub(super) fn new(config: Arc<Config>, entropy: E) -> Self {
        Self {
            state: State { phase: Phase::Idle, settle: config.settle, on_existing: config.on_existing },
            config,
            entropy,
            current: None,
            lingering: Lingering::default(),
            events: EventQueue::default(),
            fast_path: FastPath::CLOSED,
            open: ConnectionId(0),
            actions: VecDeque::new(),
            timer: RunningTimer::default(),
            counters: Counters::default(),
            last_call: 0,
            last_connection: 0,
            end: None,
            now: Time::ZERO,
            transmitted_at: Time::ZERO,
            receiving: true,
            untaken: false,
            forgets: false,
            late: None,
        }
    }

    #[cfg_attr(not(feature = "tls"), expect(clippy::unused_self, reason = "with TLS there is one"))]
    pub(super) fn tls_config(&self) -> Option<&TlsConfig> {
        #[cfg(feature = "tls")]
        return self.config.tls.as_ref();
        #[cfg(not(feature = "tls"))]
        None
    }

    /// A byte of a frame has come in, so no ping is needed and no pong is awaited (F6). This is the row of
    /// [`Signal::Heard`], carried out without the table, once for each read. To count only pongs, call it only for
    /// these, where frames are taken.
    #[inline]
    pub(super) fn heard(&mut self) {
        #[cfg(feature = "tracing")]
        if self.timer.listens() {
            super::trace::shortcut(self, Trigger::Signal(Origin::Current, Signal::Heard), &Facts::default());
        }
        self.timer.heard(self.now);
    }

    /// A signal of the current connection.
    pub(super) fn signal(&mut self, signal: Signal, cause: Option<Cause>) {
        self.report(Origin::Current, signal, cause);
    }

    /// The current connection fails before it is open.
    pub(super) fn fail(&mut self, failure: Failure, cause: Cause) {
        self.report(Origin::Current, Signal::Failed(failure), Some(cause));
    }

    /// The server's answer is no valid upgrade.
    pub(super) fn refuse_answer(
        &mut self,
        failure: Failure,
        error: AnswerError,
        answer: Option<RefusedAnswer>,
    ) {
        let facts =
            Facts { cause: Some(Cause::Answer(error)), answer: answer.map(Arc::new), ..Facts::default() };
        self.run(Trigger::Signal(Origin::Current, Signal::Failed(failure)), facts);
    }

    /// A signal of the current connection, or of one that is no longer current. The table says what it means (G1).
    pub(super) fn report(&mut self, origin: Origin, signal: Signal, cause: Option<Cause>) {
        let facts = Facts { cause, ..Facts::default() };
        self.run(Trigger::Signal(origin, signal), facts);
    }

    /// The upgrade is accepted. From here on, there are frames.
    pub(super) fn opened(&mut self, response: Response) {
        let limits =
            Limits { frame: self.config.frame_limit as u64, message: self.config.message_limit as u64 };
        let Some(connection) = self.current.as_deref_mut() else { return };
        match core::mem::replace(&mut connection.stage, Stage::Ended) {
            Stage::Upgrading(mut stream, _) => {
                // The request is out. It took more memory than most connections ever need again.
                stream.give_back();
                let (tls, writable) = (stream.layer.version(), stream.is_writable());
                #[cfg_attr(not(feature = "deflate"), expect(unused_mut, reason = "nothing is added"))]
                let mut pipeline = Pipeline::new(limits);
                #[cfg(feature = "deflate")]
                if let (Some(agreed), Some(compression)) = (response.compression, &self.config.compression) {
                    pipeline.inflate(agreed);
                    stream.queue.deflate(agreed, compression.effort());
                }
                let framing = Framing { pipeline, paused: false };
                connection.stage = Stage::Framing(stream, framing);
                self.open = connection.id;
                let timing = connection.upgraded(self.now);
                let opened = Some(Arc::new(Opened { response, tls, timing }));
                let facts = Facts { opened, ..Facts::default() };
                self.run(Trigger::Signal(Origin::Current, Signal::Opened), facts);
                if !writable {
                    self.signal(Signal::Unwritable, None);
                }
            }
            stage @ (Stage::Resolving(_) | Stage::Dialling(..) | Stage::Framing(..) | Stage::Ended) => {
                connection.stage = stage;
            }
        }
    }

    pub(super) fn control(&mut self, frame: Control<'_>) {
        let (signal, facts) = match frame {
            Control::Ping(ping) => (Signal::Ping, Facts { ping, ..Facts::default() }),
            Control::Close(frame) => {
                let close = frame.map(|frame| (frame.code, frame.reason));
                (Signal::PeerClose, Facts { close, ..Facts::default() })
            }
            // It needs no answer. That something came was noted when it was read.
            Control::Pong(payload) => return self.counters.answered(self.now, payload),
        };
        self.run(Trigger::Signal(Origin::Current, signal), facts);
    }

    /// The peer's frames cannot be accepted.
    #[cold]
    pub(super) fn violated(&mut self, error: FrameError) {
        self.signal(
            match error.kind() {
                FrameErrorKind::Protocol => Signal::Violation,
                FrameErrorKind::NotUtf8 => Signal::NotUtf8,
                FrameErrorKind::TooBig => Signal::OverLimit,
            },
            Some(Cause::Frame(error)),
        );
    }

    pub(super) fn tls_failed(&mut self, cause: Cause) {
        if delivers(self.state.phase) || self.state.phase == Phase::Closing {
            self.signal(Signal::TransportError, Some(cause));
            return;
        }
        let failure = if cause.code() == ErrorCode::CertificateInvalid {
            Failure::Certificate
        } else {
            Failure::Unknown
        };
        self.fail(failure, cause);
    }
}

impl<E> Machine<E> {
    /// A message is handed out.
    #[cfg(feature = "tracing")]
    pub(super) fn trace_message(&self) {
        super::trace::shortcut(self, Trigger::Signal(Origin::Current, Signal::Message), &Facts::default());
    }

    /// The transport has taken all of these sends.
    #[cfg(feature = "tracing")]
    pub(super) fn trace_sent(&self, calls: Vec<u64>) {
        for call in calls {
            let facts = Facts { call: Some(CallId(call)), ..Facts::default() };
            super::trace::shortcut(self, Trigger::Signal(Origin::Current, Signal::Sent), &facts);
        }
    }

    pub(super) fn stream(&mut self) -> Option<&mut Stream> {
        self.current.as_deref_mut().and_then(Connection::stream)
    }

    /// A step of the current connection is done.
    pub(super) fn done(&mut self, step: impl FnOnce(&mut Timing, Duration)) {
        if let Some(connection) = self.current.as_deref_mut() {
            connection.done(self.now, step);
        }
    }

    pub(super) fn next_call(&mut self) -> CallId {
        self.last_call += 1;
        CallId(self.last_call)
    }

    /// Notes the time. A clock that runs backwards counts as standing still.
    #[inline]
    pub(super) fn advance_clock(&mut self, now: Time) {
        self.now = self.now.max(now);
    }

    /// Whether messages could come, but the host wants none.
    #[inline]
    pub(super) fn holds_back(&self) -> bool {
        !self.receiving && delivers(self.state.phase)
    }
}
