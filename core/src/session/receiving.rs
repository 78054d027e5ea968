//! From bytes to events: the layer, the upgrade and the frames, one piece at a time, only when the host polls.

use super::Session;
use super::connection::{Connection, Framing, Stage};
use super::stream::StreamEnd;
use crate::entropy::Entropy;
use crate::error::{AnswerError, Cause};
use crate::event::{Event, Message};
use crate::frame::{Content, FastPath, Kind, NextPart, PartInInput, PartsAbove, Step, WholeMessage};
use crate::lifecycle::{Failure, Signal};
use crate::workspace::Workspace;

/// What there is to poll.
#[derive(Clone, Copy)]
pub(crate) enum Found {
    Nothing,
    /// An event waits in the queue.
    Queued,
    /// A message lies whole in the window.
    InWindow(WholeMessage),
    /// A part of one does.
    PartInWindow(PartInInput),
    /// A message, or a part of one, is complete in the assembly; whether it is the last.
    Assembled(Kind, bool),
}

impl Found {
    /// Whether there is something.
    pub(crate) const fn is_some(self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Queued | Self::InWindow(_) | Self::PartInWindow(_) | Self::Assembled(..) => true,
        }
    }
}

/// The outcome of one turn of work.
enum Turn {
    /// Something happened: look again.
    Worked,
    /// What waits to be written goes first.
    Paused,
    /// There is nothing to take, or the host takes nothing.
    Idle,
    /// A message is there.
    Found(Found),
}

impl<E: Entropy> Session<E> {
    /// Everything that the hot path does not find.
    #[inline(never)]
    pub(super) fn poll_other(&mut self, work: &mut Workspace) -> Option<Event<Message<'_>>> {
        let found = self.look(work);
        self.deliver(found)
    }

    /// Works until there is something to poll, or nothing more to work on.
    #[inline(never)]
    pub(super) fn look(&mut self, work: &mut Workspace) -> Found {
        let found = loop {
            if !self.machine.events.is_empty() {
                break Found::Queued;
            }
            match self.turn(work) {
                Turn::Worked => {}
                Turn::Found(found) => break found,
                Turn::Paused => break Found::Nothing,
                Turn::Idle if self.run_late_timers() => {}
                Turn::Idle => {
                    self.shrink(work);
                    break Found::Nothing;
                }
            }
        };
        self.machine.fast_path = self.fast_path_now();
        found
    }

    pub(super) fn deliver_assembled(&mut self, kind: Kind, last: bool) -> Option<Event<Message<'_>>> {
        #[cfg(feature = "tracing")]
        if last {
            self.machine.trace_message();
        }
        let Some(Connection { id, stage: Stage::Framing(_, framing), .. }) =
            self.machine.current.as_deref_mut()
        else {
            return None;
        };
        let assembly = &mut framing.pipeline.assembly;
        self.machine.fast_path = FastPath::CLOSED;
        let message = match kind {
            Kind::Text => Message::Text(assembly.hand_out_text()),
            Kind::Binary => Message::Binary(assembly.hand_out_binary()),
        };
        Some(Event::Message { connection: *id, message, last })
    }

    /// Takes the part that lies in the window, and hands it out.
    #[cold]
    pub(super) fn deliver_part(&mut self, part: PartInInput) -> Option<Event<Message<'_>>> {
        let Self { machine, window } = self;
        machine.fast_path = FastPath::CLOSED;
        let above = PartsAbove::new(machine.config.parts_above);
        let Some(Connection { id, stage: Stage::Framing(_, framing), .. }) = machine.current.as_deref_mut()
        else {
            return None;
        };
        let connection = *id;
        framing.pipeline.take_part(&part, window.waiting(), above);
        let bytes = window.take(part.header, part.length)?;
        let message = match framing.pipeline.read_part(&part, bytes, &mut machine.counters) {
            Ok(Content::Text { joined: _, text }) => Message::Text(text),
            Ok(Content::Binary(bytes)) => Message::Binary(bytes),
            Err(error) => {
                machine.violated(error);
                return machine.events.pop();
            }
        };
        #[cfg(feature = "tracing")]
        if part.last {
            machine.trace_message();
        }
        Some(Event::Message { connection, message, last: part.last })
    }

    /// Whether something was reported that [`Session::poll_event`] has not reached: bytes, or the end of a stream. What
    /// the host holds back does not count.
    pub(super) fn has_untaken_input(&self) -> bool {
        let ended = |connection: &Connection| connection.stream_ref().is_some_and(|it| it.end.is_some());
        !self.machine.holds_back()
            && (self.has_untaken_bytes() || self.machine.current.as_deref().is_some_and(ended))
    }

    /// Whether bytes were read that [`Session::poll_event`] has not reached.
    #[inline]
    pub(super) fn has_untaken_bytes(&self) -> bool {
        self.machine.untaken
            && (!self.window.is_empty()
                || match self.machine.current.as_deref().map(|connection| &connection.stage) {
                    // Only pulling shows what the layer can still make of them.
                    Some(Stage::Upgrading(stream, _)) => stream.layer.received().is_some(),
                    Some(Stage::Framing(stream, framing)) => {
                        stream.layer.received().is_some()
                            || framing.pipeline.assembly.placed() > 0
                            || framing.pipeline.assembly.waiting().is_some()
                    }
                    Some(Stage::Resolving(_) | Stage::Dialling(..) | Stage::Ended) | None => false,
                })
    }

    /// Keeps no more memory than the bytes that were read and not taken need. Call it before you go on to something
    /// else while events are still to be polled. [`Session::poll_event`] does it by itself when it returns none.
    pub fn shrink(&mut self, work: &mut Workspace) {
        self.forget();
        self.window.shrink(work);
        if let Some(Connection { stage, .. }) = self.machine.current.as_deref_mut() {
            match stage {
                Stage::Framing(stream, framing) => {
                    framing.pipeline.assembly.release(work);
                    stream.layer.shrink(work);
                }
                Stage::Upgrading(stream, _) => stream.layer.shrink(work),
                Stage::Resolving(_) | Stage::Dialling(..) | Stage::Ended => {}
            }
        }
    }

    /// Forgets what was read of a connection that has ended (G1).
    pub(super) fn forget(&mut self) {
        if core::mem::take(&mut self.machine.forgets) {
            self.window.clear();
        }
    }

    /// One piece of work on what was read.
    fn turn(&mut self, work: &mut Workspace) -> Turn {
        self.forget();
        let holds_back = self.machine.holds_back();
        let Some(connection) = self.machine.current.as_deref_mut() else { return Turn::Idle };
        match &mut connection.stage {
            Stage::Resolving(_) | Stage::Dialling(..) | Stage::Ended => Turn::Idle,
            Stage::Framing(..) if holds_back => Turn::Idle,
            Stage::Framing(stream, framing) => {
                let Framing { pipeline, paused } = framing;
                *paused = false;
                pipeline.assembly.release(work);
                if let Some((kind, last)) = pipeline.assembly.waiting() {
                    return Turn::Found(Found::Assembled(kind, last));
                }
                if let Some(whole) = pipeline.framer.whole(self.window.waiting()) {
                    return Turn::Found(Found::InWindow(whole));
                }
                if self.machine.untaken && !self.window.is_empty() && stream.wants_flush() {
                    *paused = true;
                    return Turn::Paused;
                }
                let above = PartsAbove::new(self.machine.config.parts_above);
                match pipeline.next_part(self.window.waiting(), above) {
                    NextPart::Found(part) => Turn::Found(Found::PartInWindow(part)),
                    NextPart::Cut => self.refill(work),
                    NextPart::Other => self.take_frame(work, above),
                }
            }
            Stage::Upgrading(_, answer) => {
                let mut input = self.window.waiting();
                if input.is_empty() {
                    return self.refill(work);
                }
                let before = input.len();
                let answered = answer.receive(&mut input);
                let refused = answer.take_refused();
                let taken = before - input.len();
                self.window.advance(taken);
                match answered {
                    Ok(None) => {}
                    Ok(Some(response)) => self.machine.opened(response),
                    Err(error) => self.machine.refuse_answer(failure(&error), error, refused),
                }
                Turn::Worked
            }
        }
    }

    /// Takes one frame, or what is there of it.
    fn take_frame(&mut self, work: &mut Workspace, above: PartsAbove) -> Turn {
        let Self { machine, window } = self;
        let Some(Connection { stage: Stage::Framing(stream, framing), .. }) = machine.current.as_deref_mut()
        else {
            return Turn::Idle;
        };
        let mut input = window.waiting();
        let before = input.len();
        let turn = match framing.pipeline.step(&mut input, above, work, &mut machine.counters) {
            Ok(None) => Turn::Idle,
            Ok(Some(Step::Assembled(kind, last))) => {
                stream.follows_large = framing.pipeline.follows_large();
                Turn::Found(Found::Assembled(kind, last))
            }
            Ok(Some(Step::Control(frame))) => {
                machine.control(frame);
                Turn::Worked
            }
            Err(error) => {
                machine.violated(error);
                Turn::Worked
            }
        };
        let taken = before - input.len();
        window.advance(taken);
        match turn {
            Turn::Idle => self.refill(work),
            Turn::Worked | Turn::Paused | Turn::Found(_) => turn,
        }
    }

    /// The window is empty, except for a rest that waits for more. Lets the layer make more from what was read, and
    /// reports the end of the stream once there is no more (F6).
    fn refill(&mut self, work: &mut Workspace) -> Turn {
        let Some(connection) = self.machine.current.as_deref_mut() else { return Turn::Idle };
        let phase = connection.phase();
        let Some(stream) = connection.stream() else { return Turn::Idle };
        if stream.layer.received().is_some() {
            let mut window = work.take();
            let handshaking = stream.layer.is_handshaking();
            let pulled = stream.layer.pull(window.as_mut());
            if handshaking && !stream.layer.is_handshaking() {
                connection.done(self.machine.now, |timing, took| timing.secured = Some(took));
            }
            match pulled {
                Ok(0) => work.give(window),
                Ok(count) => {
                    self.window.follow(&mut window, count);
                    work.give(window);
                    self.machine.heard();
                    return Turn::Worked;
                }
                Err(cause) => {
                    work.give(window);
                    self.machine.tls_failed(cause);
                    return Turn::Worked;
                }
            }
        }
        self.machine.untaken = false;
        let Some(stream) = self.machine.stream() else { return Turn::Idle };
        let (signal, cause) = match (stream.end.as_deref(), stream.write_error()) {
            (None, _) if !stream.layer.peer_closed() => return Turn::Idle,
            // The reason why writing failed says more than the end of reading (F7).
            (_, Some(error)) => (Signal::TransportError, Cause::Transport(phase, error.clone())),
            (Some(StreamEnd::Failed(error)), None) => {
                (Signal::TransportError, Cause::Transport(phase, error.clone()))
            }
            (None | Some(StreamEnd::EndOfStream), None) => (Signal::EndOfStream, Cause::EndOfStream(phase)),
        };
        self.machine.signal(signal, Some(cause));
        Turn::Worked
    }
}

/// What an invalid answer means to the lifecycle.
fn failure(error: &AnswerError) -> Failure {
    match error {
        AnswerError::SubprotocolUnasked => Failure::Subprotocol,
        AnswerError::HeadTooLong { .. } | AnswerError::OutOfMemory => Failure::Memory,
        AnswerError::Malformed(_)
        | AnswerError::Status(_)
        | AnswerError::Upgrade
        | AnswerError::Connection
        | AnswerError::Accept
        | AnswerError::Subprotocol
        | AnswerError::Extension => Failure::Answer,
        #[cfg(feature = "deflate")]
        AnswerError::Compression(_) => Failure::Answer,
    }
}
