//! From bytes to events: TLS, the upgrade and the frames, one piece at a time, only when the host polls.

use std::sync::Arc;

use super::Session;
use super::connection::{Framing, Held, Stage};
use super::execute::Facts;
use super::stream::StreamEnd;
use crate::code::ErrorCode;
use crate::entropy::Entropy;
use crate::error::{AnswerError, Cause};
use crate::event::{Event, Message, Opened};
use crate::frame::{CloseFrame, Decoder, FrameError, FrameErrorKind, Item, Limits, Step, Whole};
use crate::lifecycle::{self, Failure, Origin, Phase, Signal, delivers};
use crate::receive::{ReceiveBuffer, Region};
use crate::upgrade::Response;

/// What there is to poll.
pub(super) enum Found {
    Nothing,
    /// An event waits in the queue.
    Told,
    /// A message lies whole in the receive buffer.
    Here(Whole),
    /// A message is assembled in the decoder.
    Held(Held),
}

/// What one turn of work came to.
enum Turn {
    /// Something happened: look again.
    Worked,
    /// There is nothing to work on.
    Idle,
    /// A message is there.
    Found(Found),
}

impl<E: Entropy> Session<E> {
    /// Whatever is not a message that lies whole in the buffer.
    #[inline(never)]
    pub(super) fn poll_other<'a>(&'a mut self, buffer: &'a mut ReceiveBuffer) -> Option<Event<'a>> {
        if !self.told.is_empty() {
            return self.told.pop();
        }
        match self.look(buffer) {
            Found::Nothing => None,
            Found::Told => self.told.pop(),
            Found::Here(whole) => self.deliver_here(whole, buffer),
            Found::Held(held) => self.deliver_held(held),
        }
    }

    /// Works until there is something to poll, or nothing more to work on.
    #[inline(never)]
    pub(super) fn look(&mut self, buffer: &mut ReceiveBuffer) -> Found {
        if self.is_drained(buffer) {
            return Found::Nothing;
        }
        loop {
            if !self.told.is_empty() {
                return Found::Told;
            }
            match self.turn(buffer) {
                Turn::Found(found) => return found,
                Turn::Idle if self.told.is_empty() => return Found::Nothing,
                Turn::Idle | Turn::Worked => {}
            }
        }
    }

    #[cold]
    fn deliver_held(&mut self, held: Held) -> Option<Event<'_>> {
        let connection = self.current.as_deref_mut()?;
        let Stage::Framing(_, framing) = &mut connection.stage else { return None };
        framing.held = None;
        let message = match held {
            Held::Text => Message::Text(framing.decoder.held_text()),
            Held::Binary => Message::Binary(framing.decoder.held_binary()),
        };
        Some(Event::Message { connection: connection.id, message })
    }

    /// Whether there would be messages, and the host wants none.
    pub(super) fn holds_back(&self) -> bool {
        !self.receiving && delivers(self.state.phase)
    }

    /// One piece of work on what was read.
    fn turn(&mut self, buffer: &mut ReceiveBuffer) -> Turn {
        self.claim(buffer);
        let mine = self.ticket == buffer.ticket;
        let holds_back = self.holds_back();
        let Some(connection) = self.current.as_deref_mut() else { return Turn::Idle };
        match &mut connection.stage {
            Stage::Resolving(_) | Stage::Dialling(_) | Stage::Ended => Turn::Idle,
            Stage::Framing(..) if holds_back => Turn::Idle,
            Stage::Framing(_, Framing { held: Some(held), .. }) => Turn::Found(Found::Held(*held)),
            Stage::Framing(stream, framing) => {
                framing.decoder.release(&mut buffer.spare);
                framing.paused = false;
                if mine && let Some(whole) = framing.decoder.whole(buffer.input.waiting()) {
                    self.lane = self.ticket;
                    return Turn::Found(Found::Here(whole));
                }
                if mine && framing.decoder.keep_front(&mut buffer.input, &mut buffer.spare) {
                    self.heard = true;
                    return if stream.can_bring_no_more() { Turn::Idle } else { Turn::Worked };
                }
                if framing.filled || (mine && !buffer.input.is_empty()) {
                    if stream.goes_first() {
                        framing.paused = true;
                        return Turn::Idle;
                    }
                    framing.filled = false;
                    self.take_frame(buffer)
                } else {
                    self.refill(buffer, mine)
                }
            }
            Stage::Upgrading(_, answer) => {
                if !mine || buffer.input.is_empty() {
                    return self.refill(buffer, mine);
                }
                let region = &mut buffer.input;
                let mut input = region.waiting();
                let before = input.len();
                let answered = answer.receive(&mut input);
                let taken = before - input.len();
                region.take(taken);
                match answered {
                    Ok(None) => {}
                    Ok(Some(response)) => self.opened(response),
                    Err(error) => self.fail(failure(&error), Cause::Answer(error)),
                }
                Turn::Worked
            }
        }
    }

    /// The upgrade is accepted: from here on there are frames.
    fn opened(&mut self, response: Response) {
        let limits =
            Limits { frame: self.config.frame_limit as u64, message: self.config.message_limit as u64 };
        let Some(connection) = self.current.as_deref_mut() else { return };
        match core::mem::replace(&mut connection.stage, Stage::Ended) {
            Stage::Upgrading(mut stream, _) => {
                // The request is out; what it took is more than most connections ever need again.
                stream.give_back();
                let tls = stream.tls.as_ref().and_then(|tls| tls.machine.version());
                let framing =
                    Framing { decoder: Decoder::new(limits), held: None, filled: false, paused: false };
                connection.stage = Stage::Framing(stream, framing);
                self.heard = false;
                let opened = Some(Arc::new(Opened { response, tls }));
                let facts = Facts { opened, ..Facts::default() };
                self.run(lifecycle::Event::Signal(Origin::Current, Signal::Opened), facts);
            }
            stage @ (Stage::Resolving(_) | Stage::Dialling(_) | Stage::Framing(..) | Stage::Ended) => {
                connection.stage = stage;
            }
        }
    }

    /// Takes one frame, or what is there of it.
    fn take_frame(&mut self, buffer: &mut ReceiveBuffer) -> Turn {
        let Some(connection) = self.current.as_deref_mut() else { return Turn::Idle };
        let Stage::Framing(_, framing) = &mut connection.stage else { return Turn::Idle };
        let mine = self.ticket == buffer.ticket;
        let ReceiveBuffer { input: Region { bytes, start, end }, spare, .. } = buffer;
        let mut input = bytes.get(*start..*end).filter(|_| mine).unwrap_or_default();
        let step = framing.decoder.step(&mut input, spare);
        if mine {
            *start = *end - input.len();
        }
        self.heard = true;
        match step {
            Ok(None) => {}
            Ok(Some(Step::HeldText)) => framing.held = Some(Held::Text),
            Ok(Some(Step::HeldBinary)) => framing.held = Some(Held::Binary),
            Ok(Some(Step::HeldControl)) => {
                // Copied, so that the decoder is free while the table acts on it: at most 125 bytes.
                let mut copy = [0; 125];
                match framing.decoder.held_control() {
                    Some(Item::Ping(payload)) => {
                        let payload = copied(&mut copy, payload);
                        self.control(Item::Ping(payload));
                    }
                    Some(Item::Close(Some(CloseFrame { code, reason }))) => {
                        let reason = copied(&mut copy, reason.as_bytes());
                        let reason = core::str::from_utf8(reason).unwrap_or_default();
                        self.control(Item::Close(Some(CloseFrame { code, reason })));
                    }
                    Some(Item::Close(None)) => self.control(Item::Close(None)),
                    Some(Item::Pong(_) | Item::Text(_) | Item::Binary(_)) | None => {}
                }
            }
            Ok(Some(Step::Whole(item))) => self.control(item),
            Err(error) => self.violated(error),
        }
        Turn::Worked
    }

    fn control(&mut self, item: Item<'_>) {
        let (signal, facts) = match item {
            Item::Ping(ping) => (Signal::Ping, Facts { ping, ..Facts::default() }),
            Item::Close(frame) => {
                let close = frame.map(|frame| (frame.code, frame.reason));
                (Signal::PeerClose, Facts { close, ..Facts::default() })
            }
            // A pong needs no answer; that it came has been noted. Messages that lie whole in the input are
            // taken by the hot path before a step is made.
            Item::Pong(_) | Item::Text(_) | Item::Binary(_) => return,
        };
        self.run(lifecycle::Event::Signal(Origin::Current, signal), facts);
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

    /// Nothing waits: lets TLS make more of what was read, and tells the end of the stream once there is no
    /// more (F6).
    fn refill(&mut self, buffer: &mut ReceiveBuffer, mine: bool) -> Turn {
        let Some(connection) = self.current.as_deref_mut() else { return Turn::Idle };
        let phase = connection.phase();
        let Some(stream) = connection.stream() else { return Turn::Idle };
        if mine {
            match stream.refill(buffer) {
                Ok(true) => {
                    if let Stage::Framing(_, framing) = &mut connection.stage {
                        framing.decoder.put_back(&mut buffer.input, &mut buffer.spare);
                    }
                    return Turn::Worked;
                }
                Ok(false) => {}
                Err(cause) => {
                    self.tls_failed(cause);
                    return Turn::Worked;
                }
            }
        }
        if self.stash.is_some() {
            return Turn::Idle;
        }
        let closed = stream.tls.as_ref().is_some_and(|tls| tls.machine.peer_closed());
        match stream.end.as_deref() {
            None if !closed => return Turn::Idle,
            None | Some(StreamEnd::EndOfStream) => {
                self.signal(Signal::EndOfStream, Some(Cause::EndOfStream(phase)));
            }
            Some(StreamEnd::Failed(error)) => {
                let cause = Cause::Transport(phase, error.clone());
                self.signal(Signal::TransportError, Some(cause));
            }
        }
        Turn::Worked
    }

    fn tls_failed(&mut self, cause: Cause) {
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
    }
}

/// Copies a payload of at most 125 bytes into `copy`.
fn copied<'c>(copy: &'c mut [u8; 125], payload: &[u8]) -> &'c [u8] {
    let room = copy.get_mut(..payload.len()).unwrap_or_default();
    room.copy_from_slice(payload.get(..room.len()).unwrap_or_default());
    room
}
