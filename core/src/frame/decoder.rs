//! The decoder: takes bytes off the front of the input and gives messages and control frames, in the input
//! where they lie whole in it.

use core::mem;

use super::Limits;
use super::assembly::{Assembly, Kind, Spare};
use super::error::FrameError;
use super::front::is_front;
use super::header::{HEADER_MAX, Header, Opcode, Rules};
use super::item::{Item, Step, control};
use super::utf8;
use super::whole::{Gate, Whole};
use crate::receive::Region;

/// The longest payload of a control frame (RFC 6455 §5.5), and the longest whose length has seven bits (§5.2).
pub(super) const CONTROL_MAX: u8 = 125;

/// Decodes the frames that a server sends, in pieces of any size. What comes out does not depend on where the
/// stream was cut. An idle decoder owns no memory beside itself.
#[derive(Debug)]
pub struct Decoder {
    limits: Limits,
    /// Of the frame under way, how much payload is still to come.
    remaining: u64,
    /// How long the message under way is by its frames so far, the current one included.
    announced: u64,
    assembly: Assembly,
    aside: Aside,
    /// The head under way, as far as it is here.
    head: [u8; HEADER_MAX],
    head_length: u8,
    gate: Gate,
    /// The frame under way: its head has been taken, its payload not all.
    frame: Option<Frame>,
    /// The fragmented message under way.
    message: Option<Kind>,
    held: Held,
    discarding: bool,
}

/// Things that are seldom there, and never together.
#[derive(Debug)]
enum Aside {
    Nothing,
    /// The payload of a control frame that was cut.
    Control(Vec<u8>),
    /// The front of a message that a read has cut, its head and all: see [`Decoder::keep_front`].
    Front(Vec<u8>),
    Failed(FrameError),
}

#[derive(Clone, Copy, Debug)]
struct Frame {
    opcode: Opcode,
    fin: bool,
}

/// What the last step gave out of the decoder's own memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Nothing,
    Message,
    Control(Opcode),
}

impl Decoder {
    /// A decoder at the start of a stream.
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits,
            remaining: 0,
            announced: 0,
            assembly: Assembly::Empty,
            aside: Aside::Nothing,
            head: [0; HEADER_MAX],
            head_length: 0,
            gate: Gate::open(limits),
            frame: None,
            message: None,
            held: Held::Nothing,
            discarding: false,
        }
    }

    /// Takes the next item off the front of `input`. None: all of `input` was taken, and no item is complete.
    ///
    /// Once it has failed the decoder is done: every later call answers the same error.
    #[inline]
    pub fn decode<'a, 'i: 'a>(
        &'a mut self,
        input: &mut &'i [u8],
        spare: &mut Spare,
    ) -> Result<Option<Item<'a>>, FrameError> {
        Ok(match self.step(input, spare)? {
            None => None,
            Some(Step::Whole(item)) => Some(item),
            Some(Step::HeldText) => Some(Item::Text(self.held_text())),
            Some(Step::HeldBinary) => Some(Item::Binary(self.held_binary())),
            Some(Step::HeldControl) => self.held_control(),
        })
    }

    /// [`Decoder::decode`] for a loop that must not borrow the decoder.
    #[inline]
    pub(crate) fn step<'i>(
        &mut self,
        input: &mut &'i [u8],
        spare: &mut Spare,
    ) -> Result<Option<Step<'i>>, FrameError> {
        if let Some(Whole { text, header, length }) = self.whole(input)
            && let Some((head, rest)) = input.split_at_checked(header + length)
        {
            let payload = head.get(header..).unwrap_or_default();
            if !text {
                *input = rest;
                return Ok(Some(Step::Whole(Item::Binary(payload))));
            }
            // What is not valid is judged by the long way once more.
            if let Some(text) = utf8::validate(payload) {
                *input = rest;
                return Ok(Some(Step::Whole(Item::Text(text))));
            }
        } else if input.is_empty() && self.is_resting() {
            return Ok(None);
        }
        self.long_way(input, spare)
    }

    /// Where the next message lies, if it lies whole and unfragmented at the front of `input`, and nothing is
    /// under way. Its text is not validated yet: that is done by whoever takes it, with [`Decoder::text`].
    ///
    /// What is wrong with a head is left to the step that takes it.
    #[inline]
    pub(crate) fn whole(&self, input: &[u8]) -> Option<Whole> {
        let Self { gate, limits, .. } = self;
        gate.short(input).or_else(|| gate.medium(input)).or_else(|| gate.long(input, *limits))
    }

    /// The same for a message of up to 125 bytes alone, in few instructions.
    #[inline]
    pub(crate) fn whole_short(&self, input: &[u8]) -> Option<Whole> {
        self.gate.short(input)
    }

    /// The same for one whose length takes 16 bits.
    #[inline]
    pub(crate) fn whole_medium(&self, input: &[u8]) -> Option<Whole> {
        self.gate.medium(input)
    }

    /// Whether it waits for the first byte of a message and holds nothing.
    #[inline]
    pub(crate) fn is_resting(&self) -> bool {
        self.gate.is_open()
    }

    /// Whether it waits for a message, and holds no more than the front of that.
    #[inline]
    pub(crate) fn is_waiting(&self) -> bool {
        self.is_resting() || matches!(self.aside, Aside::Front(_))
    }

    /// Validates the text of a [`Whole`]: none is [`FrameError::TextNotUtf8`].
    #[inline]
    pub(crate) fn text(payload: &[u8]) -> Option<&str> {
        utf8::validate(payload)
    }

    /// Gives the memory of what was told last back, before the next step would: an idle decoder holds nothing.
    pub(crate) fn release(&mut self, spare: &mut Spare) {
        match mem::replace(&mut self.held, Held::Nothing) {
            Held::Nothing => return,
            Held::Message => self.assembly.release(spare),
            Held::Control(_) => self.aside = Aside::Nothing,
        }
        self.set_gate();
    }

    fn set_gate(&mut self) {
        let failed = matches!(self.aside, Aside::Failed(_));
        let nothing_held = self.held == Held::Nothing && self.is_between_messages();
        let open = nothing_held && !self.discarding && !failed;
        self.gate = if open { Gate::open(self.limits) } else { Gate::CLOSED };
    }

    /// The text message that the last step told of.
    pub(crate) fn held_text(&self) -> &str {
        self.assembly.text()
    }

    /// The binary message that the last step told of.
    pub(crate) fn held_binary(&self) -> &[u8] {
        self.assembly.binary()
    }

    /// The control frame that the last step told of.
    pub(crate) fn held_control(&self) -> Option<Item<'_>> {
        match (&self.aside, self.held) {
            // It was judged before it was told of, so it is never an error here.
            (Aside::Control(payload), Held::Control(opcode)) => control(opcode, payload).ok(),
            _ => None,
        }
    }

    /// From now on data messages are skipped: not stored, not validated, not limited, as they are after our
    /// close frame (semantics T, closing). Heads are judged and control frames given as before.
    pub fn discard_messages(&mut self) {
        self.discarding = true;
        self.gate = Gate::CLOSED;
        if self.held != Held::Message {
            self.assembly = Assembly::Empty;
        }
    }

    /// Whether the stream so far ends between two messages, and between two frames.
    pub fn is_between_messages(&self) -> bool {
        self.head_length == 0 && self.frame.is_none() && self.message.is_none()
    }

    /// Where the next bytes of the stream may be read straight into, never past the end of their frame: when
    /// a binary frame was cut that lacks at least `min` bytes. Say with [`Decoder::filled`] how many came.
    pub fn space(&mut self, min: usize) -> Option<&mut [u8]> {
        let data = self.frame.is_some_and(|frame| !frame.opcode.is_control());
        let remaining = usize::try_from(self.remaining).ok()?;
        if !data || self.discarding || remaining == 0 || remaining < min {
            return None;
        }
        self.assembly.space(remaining)
    }

    /// `count` bytes were read into the front of [`Decoder::space`]. A message that they complete is given by
    /// the next call of [`Decoder::decode`], even with no input. Says how many bytes it can have been: not more than
    /// there was space for.
    pub fn filled(&mut self, count: usize) -> usize {
        let count = count.min(usize::try_from(self.remaining).unwrap_or(usize::MAX));
        // Messages may be discarded since the space was asked for; the bytes belong to the frame all the same.
        let count = if self.discarding { count } else { self.assembly.filled(count) };
        self.remaining = self.remaining.saturating_sub(count as u64);
        count
    }

    /// Takes the rest of what was read, if it is the front of a short message that the end of the read cuts, and
    /// keeps it for [`Decoder::put_back`]: then the message lies whole in the buffer after all, which is less work
    /// than to put it together in memory of its own.
    ///
    /// A message that a whole read did not complete is not kept again, so that every byte is copied once and a text
    /// validated once more at the most. Like [`Decoder::step`] this finds at once what cannot be valid.
    pub(crate) fn keep_front(&mut self, region: &mut Region, spare: &mut Spare) -> bool {
        let input = region.waiting();
        if !self.is_resting() || !region.follows() || !is_front(input, self.limits) {
            return false;
        }
        let mut front = spare.take();
        front.clear();
        if front.try_reserve_exact(input.len()).is_err() {
            return false;
        }
        front.extend_from_slice(input);
        region.clear();
        self.aside = Aside::Front(front);
        self.gate = Gate::CLOSED;
        true
    }

    /// Puts what was kept in front of what was read since.
    #[inline]
    pub(crate) fn put_back(&mut self, region: &mut Region, spare: &mut Spare) {
        if let Aside::Front(_) = self.aside {
            self.put_front_back(region, spare);
        }
    }

    #[inline(never)]
    fn put_front_back(&mut self, region: &mut Region, spare: &mut Spare) {
        let Aside::Front(front) = mem::replace(&mut self.aside, Aside::Nothing) else { return };
        region.put_before(&front);
        spare.give(front);
        self.set_gate();
    }

    /// Everything that is not a short, whole, unfragmented data frame at the front of the input.
    #[inline(never)]
    fn long_way<'i>(
        &mut self,
        input: &mut &'i [u8],
        spare: &mut Spare,
    ) -> Result<Option<Step<'i>>, FrameError> {
        if let Aside::Failed(error) = self.aside {
            return Err(error);
        }
        self.release(spare);
        let result = self.run(input, spare);
        if let Err(error) = result {
            self.assembly.release(spare);
            self.aside = Aside::Failed(error);
        }
        self.set_gate();
        result
    }

    fn run<'i>(&mut self, input: &mut &'i [u8], spare: &mut Spare) -> Result<Option<Step<'i>>, FrameError> {
        loop {
            let Some(frame) = self.frame else {
                let cut = self.head_length > 0;
                let Some(header) = self.take_header(input)? else { return Ok(None) };
                if let Some(step) = self.begin(header, cut, input, spare)? {
                    return Ok(Some(step));
                }
                continue;
            };
            let piece = take(input, self.remaining);
            self.remaining -= piece.len() as u64;
            if let (true, Aside::Control(payload)) = (frame.opcode.is_control(), &mut self.aside) {
                // 125 bytes were reserved, and no control frame announces more.
                payload.extend_from_slice(piece);
            } else if !self.discarding {
                self.assembly.append(piece)?;
            }
            if self.remaining > 0 {
                return Ok(None);
            }
            self.frame = None;
            if let Some(step) = self.end(frame)? {
                return Ok(Some(step));
            }
        }
    }

    /// Takes a head off the input. One that is cut is kept, and judged again with each byte that comes.
    fn take_header(&mut self, input: &mut &[u8]) -> Result<Option<Header>, FrameError> {
        // A place for permessage-deflate, which would allow RSV1 (RFC 7692 §6).
        let rules = Rules { reserved: 0, continuing: self.message.is_some() };
        if self.head_length == 0
            && let Some(header) = Header::parse(input, rules)?
        {
            *input = input.get(header.size..).unwrap_or_default();
            return Ok(Some(header));
        }
        while let Some((&byte, rest)) = input.split_first() {
            *input = rest;
            if let Some(slot) = self.head.get_mut(usize::from(self.head_length)) {
                *slot = byte;
                self.head_length += 1;
            }
            let head = self.head.get(..usize::from(self.head_length)).unwrap_or_default();
            if let Some(header) = Header::parse(head, rules)? {
                self.head_length = 0;
                return Ok(Some(header));
            }
        }
        Ok(None)
    }

    /// A head has been taken: gives the item if it lies whole in the input, else prepares for its payload. A
    /// message whose head was `cut` is not whole in the input, even where its payload is: it is held.
    fn begin<'i>(
        &mut self,
        header: Header,
        cut: bool,
        input: &mut &'i [u8],
        spare: &mut Spare,
    ) -> Result<Option<Step<'i>>, FrameError> {
        let Header { fin, opcode, length, size: _ } = header;
        let (kind, first) = match opcode {
            Opcode::Text => (Kind::Text, true),
            Opcode::Binary => (Kind::Binary, true),
            // A continuation without a message was refused with its first byte.
            Opcode::Continuation => (self.message.unwrap_or(Kind::Binary), false),
            Opcode::Close | Opcode::Ping | Opcode::Pong => {
                if let Some(payload) = take_whole(input, length) {
                    return control(opcode, payload).map(|item| Some(Step::Whole(item)));
                }
                let mut payload = Vec::new();
                payload
                    .try_reserve_exact(usize::from(CONTROL_MAX))
                    .map_err(|_| FrameError::OutOfMemory { wanted: u64::from(CONTROL_MAX) })?;
                self.aside = Aside::Control(payload);
                self.expect(Frame { opcode, fin }, length);
                return Ok(None);
            }
        };
        if self.discarding {
            self.message = Some(kind);
            self.expect(Frame { opcode, fin }, length);
            return Ok(None);
        }
        if length > self.limits.frame {
            return Err(FrameError::FrameTooBig { announced: length, limit: self.limits.frame });
        }
        let before = if first { 0 } else { self.announced };
        let announced = before.saturating_add(length);
        if announced > self.limits.message {
            return Err(FrameError::MessageTooBig { announced, limit: self.limits.message });
        }
        if first
            && fin
            && !cut
            && let Some(payload) = take_whole(input, length)
        {
            return Ok(Some(Step::Whole(match kind {
                Kind::Text => Item::Text(utf8::validate(payload).ok_or(FrameError::TextNotUtf8)?),
                Kind::Binary => Item::Binary(payload),
            })));
        }
        self.announced = announced;
        self.message = Some(kind);
        self.expect(Frame { opcode, fin }, length);
        self.assembly.reserve(kind, length, self.limits.message, spare)?;
        Ok(None)
    }

    fn expect(&mut self, frame: Frame, length: u64) {
        self.frame = Some(frame);
        self.remaining = length;
    }

    /// The last byte of a frame has been taken: gives the item that it completes.
    fn end<'i>(&mut self, frame: Frame) -> Result<Option<Step<'i>>, FrameError> {
        if frame.opcode.is_control() {
            if let Aside::Control(payload) = &self.aside {
                control(frame.opcode, payload)?;
            }
            self.held = Held::Control(frame.opcode);
            return Ok(Some(Step::HeldControl));
        }
        if !frame.fin {
            return Ok(None);
        }
        let kind = mem::take(&mut self.message);
        if self.discarding {
            return Ok(None);
        }
        if self.assembly.is_cut() {
            return Err(FrameError::TextNotUtf8);
        }
        self.held = Held::Message;
        Ok(kind.map(|kind| match kind {
            Kind::Text => Step::HeldText,
            Kind::Binary => Step::HeldBinary,
        }))
    }
}

/// Takes at most `length` bytes off the front of `input`.
fn take<'i>(input: &mut &'i [u8], length: u64) -> &'i [u8] {
    let length = usize::try_from(length).unwrap_or(usize::MAX).min(input.len());
    let (piece, rest) = input.split_at(length);
    *input = rest;
    piece
}

/// Takes exactly `length` bytes off the front of `input`, if they are there.
fn take_whole<'i>(input: &mut &'i [u8], length: u64) -> Option<&'i [u8]> {
    let (payload, rest) = input.split_at_checked(usize::try_from(length).ok()?)?;
    *input = rest;
    Some(payload)
}
