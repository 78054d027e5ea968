//! The decoder on its own, for tests and tools: bytes go in, in pieces of any size; messages and control frames come
//! out. A session uses its parts.

use core::fmt;

use super::Limits;
use super::close::CloseFrame;
use super::error::FrameError;
use super::framer::{Control, Kind, control};
use super::header::Opcode;
use super::parts::PartsAbove;
use super::pipeline::{Pipeline, Step};
use super::utf8;
use super::whole::WholeMessage;
use crate::show::{ShowBytes, ShowText};
use crate::stats::Counters;
use crate::workspace::Workspace;

/// What a decoder returns: a whole message, or a control frame.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Item<'a> {
    /// A text message.
    Text(&'a str),
    /// A binary message.
    Binary(&'a [u8]),
    /// A ping. It has to be answered with a pong with the same payload (RFC 6455 §5.5.2).
    Ping(&'a [u8]),
    /// A pong.
    Pong(&'a [u8]),
    /// A close frame. None if it is empty, which is reported as 1005 (RFC 6455 §7.1.5).
    Close(Option<CloseFrame<'a>>),
}

/// Decodes the frames that a server sends, in pieces of any size. The result does not depend on where the stream was
/// cut.
pub struct Decoder {
    pipeline: Pipeline,
    /// The beginning of a head or of a control frame that a piece has cut: at most 126 bytes, and one more while it is
    /// parsed.
    cut: Vec<u8>,
    /// The item in `cut` has been returned, and may still be borrowed.
    given: bool,
    failed: Option<FrameError>,
    /// What a session would count. It is not used here.
    counters: Counters,
}

impl Decoder {
    /// A decoder at the start of a stream.
    pub fn new(limits: Limits) -> Self {
        Self {
            pipeline: Pipeline::new(limits),
            cut: Vec::new(),
            given: false,
            failed: None,
            counters: Counters::default(),
        }
    }

    /// Takes the next item off the front of `input`. None means that all of `input` was taken and no item is complete.
    ///
    /// After an error, the decoder is done: every later call returns the same error.
    pub fn decode<'a, 'i: 'a>(
        &'a mut self,
        input: &mut &'i [u8],
        work: &mut Workspace,
    ) -> Result<Option<Item<'a>>, FrameError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.pipeline.assembly.release(work);
        match self.find(input, work) {
            Err(error) => {
                self.failed = Some(error);
                Err(error)
            }
            Ok(Found::Nothing) => Ok(None),
            Ok(Found::Here(item)) => Ok(Some(item)),
            Ok(Found::Cut(opcode)) => {
                self.given = true;
                control(opcode, self.cut.get(2..).unwrap_or_default()).map(|it| Some(it.into()))
            }
            Ok(Found::Assembled(Kind::Text)) => Ok(Some(Item::Text(self.pipeline.assembly.hand_out_text()))),
            Ok(Found::Assembled(Kind::Binary)) => {
                Ok(Some(Item::Binary(self.pipeline.assembly.hand_out_binary())))
            }
        }
    }

    fn find<'i>(&mut self, input: &mut &'i [u8], work: &mut Workspace) -> Result<Found<'i>, FrameError> {
        if core::mem::take(&mut self.given) {
            self.cut.clear();
        }
        while !self.cut.is_empty() {
            let Some((&byte, rest)) = input.split_first() else { return Ok(Found::Nothing) };
            *input = rest;
            self.cut.push(byte);
            let mut bytes = self.cut.as_slice();
            match self.pipeline.step(&mut bytes, PartsAbove::NEVER, work, &mut self.counters)? {
                // The beginning of a frame waits for more, and a complete head was taken.
                None if !bytes.is_empty() => {}
                None => self.cut.clear(),
                Some(Step::Assembled(kind, _)) => {
                    self.cut.clear();
                    return Ok(Found::Assembled(kind));
                }
                Some(Step::Control(control)) => return Ok(Found::Cut(control.opcode())),
            }
        }
        if let Some(WholeMessage { kind, header, length }) = self.pipeline.framer.whole(input)
            && let Some((frame, rest)) = input.split_at_checked(header + length)
        {
            *input = rest;
            let payload = frame.get(header..).unwrap_or_default();
            return Ok(Found::Here(match kind {
                Kind::Text => Item::Text(utf8::validate(payload).ok_or(FrameError::TextNotUtf8)?),
                Kind::Binary => Item::Binary(payload),
            }));
        }
        Ok(match self.pipeline.step(input, PartsAbove::NEVER, work, &mut self.counters)? {
            None => {
                self.cut.extend_from_slice(input);
                *input = &[];
                Found::Nothing
            }
            Some(Step::Assembled(kind, _)) => Found::Assembled(kind),
            Some(Step::Control(control)) => Found::Here(control.into()),
        })
    }

    /// From now on, messages may be compressed, as agreed with the server.
    ///
    /// ```
    /// use connect_socket_core::Workspace;
    /// use connect_socket_core::deflate::{Agreement, Offer};
    /// use connect_socket_core::frame::{Decoder, Item, Limits};
    ///
    /// let agreed = Agreement::judge(["permessage-deflate"], &[Offer::new()]).unwrap().unwrap();
    /// let mut decoder = Decoder::new(Limits { frame: 1024, message: 1024 });
    /// decoder.inflate(agreed);
    /// // The example of RFC 7692 §7.2.3.1.
    /// let mut input: &[u8] = &[0xc1, 0x07, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    /// assert_eq!(decoder.decode(&mut input, &mut Workspace::default()), Ok(Some(Item::Text("Hello"))));
    /// ```
    #[cfg(feature = "deflate")]
    pub fn inflate(&mut self, agreed: crate::deflate::Agreement) {
        self.pipeline.inflate(agreed);
    }

    /// From now on, data messages are skipped: they are not stored, validated or limited, as after our close frame
    /// ([T](crate::rules#t), closing). Heads are still checked, and control frames still returned.
    pub fn discard_messages(&mut self) {
        self.pipeline.discard_messages();
    }

    /// Whether the stream so far ends between two messages and between two frames.
    pub fn is_between_messages(&self) -> bool {
        (self.cut.is_empty() || self.given) && self.pipeline.framer.is_between()
    }
}

impl fmt::Debug for Item<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.debug_tuple("Text").field(&ShowText(text)).finish(),
            Self::Binary(bytes) => f.debug_tuple("Binary").field(&ShowBytes(bytes)).finish(),
            Self::Ping(bytes) => f.debug_tuple("Ping").field(&ShowBytes(bytes)).finish(),
            Self::Pong(bytes) => f.debug_tuple("Pong").field(&ShowBytes(bytes)).finish(),
            Self::Close(frame) => f.debug_tuple("Close").field(frame).finish(),
        }
    }
}

impl fmt::Debug for Decoder {
    /// Shows how far it is, but not what it has read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").field("framer", &self.pipeline.framer).finish_non_exhaustive()
    }
}

/// Where an item is.
enum Found<'i> {
    Nothing,
    /// In the input.
    Here(Item<'i>),
    /// A control frame in [`Decoder::cut`].
    Cut(Opcode),
    /// In the assembly.
    Assembled(Kind),
}

impl<'a> From<Control<'a>> for Item<'a> {
    fn from(control: Control<'a>) -> Self {
        match control {
            Control::Ping(payload) => Self::Ping(payload),
            Control::Pong(payload) => Self::Pong(payload),
            Control::Close(frame) => Self::Close(frame),
        }
    }
}
