//! From bytes to messages. The framer finds pieces, compressed ones are inflated, the reader validates them, and the
//! assembly joins them.

use super::Limits;
use super::assembly::Assembly;
use super::error::FrameError;
use super::framer::{Control, Frame, Framer, Kind, Piece};
use super::parts::PartsAbove;
use super::reader::{Content, Reader};
use super::whole::FastPath;
#[cfg(feature = "deflate")]
use crate::deflate::{Agreement, Inflating};
use crate::stats::Counters;
use crate::workspace::Workspace;

/// The stages of receiving, one after another. When idle, it owns no memory beside itself, except the window of a
/// compressed connection.
pub(crate) struct Pipeline {
    pub(crate) framer: Framer,
    #[cfg(feature = "deflate")]
    inflating: Option<Box<Inflating>>,
    pub(super) reader: Reader,
    pub(crate) assembly: Assembly,
}

/// So much of a text is validated, and then copied while it is still in the nearest cache. With 4 KiB at a time, a
/// message of 64 KiB takes 10 % longer, and 20 % if it is ASCII.
const TEXT_PIECE: usize = 16 * 1024;

/// A text in one frame of at least this length is read straight to its place, if its beginning is ASCII. It is validated
/// as it comes, and once more when it is handed out, because safe code makes a `&str` of bytes in no other way. In
/// ASCII, that takes half of the time of the copy that is saved, and in other texts three times that time, so the
/// beginning is taken as typical. Over loopback, a text of 128 KiB takes 7 % less, one of 512 KiB 34 %, and one of 64 KiB
/// 9 % more, as it takes a read more.
const TEXT_IN_PLACE: u64 = 128 * 1024;

/// The result of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step<'w> {
    /// A message, or a part of one, is complete in the assembly; whether the message ends with it.
    Assembled(Kind, bool),
    /// A control frame.
    Control(Control<'w>),
}

impl Pipeline {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            framer: Framer::new(limits),
            #[cfg(feature = "deflate")]
            inflating: None,
            reader: Reader::default(),
            assembly: Assembly::default(),
        }
    }

    /// From now on, messages may be compressed, as agreed.
    #[cfg(feature = "deflate")]
    pub(crate) fn inflate(&mut self, agreed: Agreement) {
        self.framer.inflate();
        self.inflating = Some(Box::new(Inflating::new(agreed)));
    }

    /// Takes what was read to its place, then frames off the front of `input`, until there is a result. None means that
    /// more has to come, and that the rest of `input` has to be put in front of it, as [`Framer::step`] says.
    ///
    /// It counts every frame that does not lie whole in a window or is not a message, but for those that
    /// [`Pipeline::read_part`] counts.
    pub(crate) fn step<'w>(
        &mut self,
        input: &mut &'w [u8],
        above: PartsAbove,
        work: &mut Workspace,
        counters: &mut Counters,
    ) -> Result<Option<Step<'w>>, FrameError> {
        if let Some(kind) = self.take_placed(counters)? {
            return Ok(Some(Step::Assembled(kind, true)));
        }
        loop {
            if above == PartsAbove::NEVER {
                self.take_run(input, work, counters)?;
            }
            let Some(frame) = self.framer.step(input, above.compressed_piece())? else { return Ok(None) };
            match frame {
                Frame::Control(control) => {
                    counters.received_control(control);
                    return Ok(Some(Step::Control(control)));
                }
                Frame::Skipped { last } => self.count(last, counters),
                Frame::Piece(piece) => {
                    if piece.compressed {
                        self.take_compressed(&piece, work)?;
                    } else {
                        self.read(&piece, work)?;
                    }
                    self.count(piece.last, counters);
                    if piece.last || (!self.assembly.is_empty() && above.splits(self.length())) {
                        self.assembly.complete(piece.kind, piece.last);
                        return Ok(Some(Step::Assembled(piece.kind, piece.last)));
                    }
                }
            }
        }
    }

    /// Validates a piece and appends it to its message.
    pub(super) fn read(&mut self, piece: &Piece<'_>, work: &mut Workspace) -> Result<(), FrameError> {
        let at_a_time = match piece.kind {
            Kind::Text => TEXT_PIECE,
            Kind::Binary => usize::MAX,
        };
        let mut rest = piece.bytes;
        loop {
            let (bytes, more) = rest.split_at(rest.len().min(at_a_time));
            let last = piece.last && more.is_empty();
            let content = self.reader.take(&Piece { last, bytes, ..*piece })?;
            let content = if self.stays_bytes(content, work) { Content::Binary(bytes) } else { content };
            self.assembly.append(content, self.framer.most(), work)?;
            if more.is_empty() {
                return Ok(());
            }
            rest = more;
        }
    }

    /// Whether a piece goes to the message as bytes: so do all of a binary one, and of a text that is to be read straight to
    /// its place, which its first piece decides.
    fn stays_bytes(&self, content: Content<'_>, work: &Workspace) -> bool {
        match content {
            Content::Binary(_) => true,
            Content::Text { joined: None, text } if self.assembly.is_empty() => {
                self.places_text(work) && !text.is_empty() && text.is_ascii()
            }
            Content::Text { .. } => self.assembly.is_in_place(),
        }
    }

    /// Whether the text that begins is long, comes in one frame, and can be read straight to its place.
    fn places_text(&self, work: &Workspace) -> bool {
        let most = self.framer.most();
        self.framer.ends_message() && most >= TEXT_IN_PLACE && work.can_place(most)
    }

    /// How long the message under way is, as far as it is known: by what came out of the inflater, or by its heads.
    pub(super) fn length(&self) -> u64 {
        #[cfg(feature = "deflate")]
        if self.framer.is_compressed() {
            return self.inflating.as_deref().map_or(0, Inflating::produced);
        }
        self.framer.announced()
    }

    /// Inflates a piece, and takes the output as pieces.
    #[cfg(feature = "deflate")]
    fn take_compressed(&mut self, piece: &Piece<'_>, work: &mut Workspace) -> Result<(), FrameError> {
        let Self { framer, inflating, reader, assembly } = self;
        let Some(inflating) = inflating else { return Err(FrameError::ReservedBits) };
        let (kind, limit) = (piece.kind, framer.limits().message);
        inflating.take(piece.bytes, piece.last, limit, work, |bytes, work| {
            let content = reader.take(&Piece { kind, compressed: false, last: false, bytes })?;
            assembly.append(content, limit, work)
        })?;
        // Only the end shows whether the last character is complete.
        let end = Piece { compressed: false, bytes: &[], ..*piece };
        assembly.append(reader.take(&end)?, limit, work)
    }

    /// The framer returns no such piece.
    #[cfg(not(feature = "deflate"))]
    #[expect(clippy::unused_self, reason = "with the feature there is one")]
    fn take_compressed(&mut self, _: &Piece<'_>, _: &mut Workspace) -> Result<(), FrameError> {
        Err(FrameError::ReservedBits)
    }

    /// Which messages may be handed out in place: none within a message.
    #[inline]
    pub(crate) fn fast_path(&self) -> FastPath {
        if self.assembly.is_growing() { self.framer.fast_path() } else { FastPath::CLOSED }
    }

    /// From now on, messages are skipped, and what has come of one is dropped.
    pub(crate) fn discard_messages(&mut self) {
        self.framer.discard_messages();
        #[cfg(feature = "deflate")]
        if let Some(inflating) = &mut self.inflating {
            inflating.discard();
        }
        self.assembly.discard();
    }

    /// Whether a large data frame has just ended that could be read straight to its place.
    pub(crate) fn follows_large(&self) -> bool {
        self.framer.is_between_frames() && self.framer.is_large() && self.assembly.is_in_place()
    }

    /// Memory for reading the rest of a large frame directly, if at least `min` bytes of it are to come and fit.
    pub(crate) fn space(&mut self, min: usize) -> Option<&mut [u8]> {
        let to_come = usize::try_from(self.framer.to_come()?).ok()?;
        self.assembly.space(to_come).filter(|space| space.len() >= min)
    }

    /// The same memory, to look at.
    pub(crate) fn space_ref(&self) -> &[u8] {
        let to_come = self.framer.to_come().and_then(|it| usize::try_from(it).ok());
        to_come.and_then(|to_come| self.assembly.space_ref(to_come)).unwrap_or_default()
    }

    /// Takes what was read to its place. Returns the kind of the message if it is complete.
    #[inline]
    fn take_placed(&mut self, counters: &mut Counters) -> Result<Option<Kind>, FrameError> {
        let count = self.assembly.placed();
        if count == 0 {
            return Ok(None);
        }
        let kind = self.framer.kind().unwrap_or(Kind::Binary);
        let last = self.framer.skip(count as u64);
        // There is nothing if messages have been discarded since.
        let placed = self.assembly.take_placed();
        if let Some(bytes) = placed {
            self.reader.take(&Piece { kind, compressed: false, last, bytes })?;
        }
        let complete = last && placed.is_some();
        self.count(last, counters);
        if complete {
            self.assembly.complete(kind, true);
        }
        Ok(complete.then_some(kind))
    }

    /// Counts the data frame of which something was taken, if that was the rest of it. `last` says that it ends its
    /// message.
    #[inline]
    fn count(&self, last: bool, counters: &mut Counters) {
        if self.framer.is_between_frames() {
            counters.received_data(last);
        }
    }
}
