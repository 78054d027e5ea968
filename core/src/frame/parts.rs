//! Messages that are delivered in parts: which part may be handed out where it lies in the input.

use super::error::FrameError;
use super::framer::{Frame, Kind, Piece};
use super::pipeline::Pipeline;
use super::reader::Content;
use super::utf8;
use crate::stats::Counters;

/// A message of more bytes than this is delivered in parts, unless it lies whole in the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PartsAbove(u64);

/// While parts are delivered, so much of a compressed message is inflated at a time. Deflate makes at most 1,032 bytes of
/// one, so a part has little more than 1 MiB, whatever the server sends (rule M2).
const COMPRESSED_PIECE: u64 = 1024;

impl PartsAbove {
    /// Every message is delivered whole.
    pub(crate) const NEVER: Self = Self(u64::MAX);

    #[inline]
    pub(crate) fn new(setting: usize) -> Self {
        if setting == usize::MAX { Self::NEVER } else { Self(setting as u64) }
    }

    /// Whether a message of `length` bytes, or of more, is delivered in parts.
    pub(super) fn splits(self, length: u64) -> bool {
        length > self.0
    }

    /// How much of a compressed message to take at a time.
    pub(super) fn compressed_piece(self) -> u64 {
        if self == Self::NEVER { u64::MAX } else { COMPRESSED_PIECE }
    }
}

/// A part of a message that lies in the input: where its payload begins, and how long it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PartInInput {
    kind: Kind,
    pub(crate) header: usize,
    pub(crate) length: usize,
    /// So many bytes behind it begin a character that goes on.
    cut: usize,
    /// The message ends with it.
    pub(crate) last: bool,
    /// The frame does.
    ends_frame: bool,
}

/// What is next in the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NextPart {
    Found(PartInInput),
    /// The beginning of a character. It stays where it is until the rest has come.
    Cut,
    /// Nothing that can be handed out from where it lies.
    Other,
}

impl Pipeline {
    /// The part at the front of `input`. Nothing is taken.
    pub(crate) fn next_part(&self, input: &[u8], above: PartsAbove) -> NextPart {
        if above == PartsAbove::NEVER || !self.assembly.is_empty() || !self.reader.is_between_characters() {
            return NextPart::Other;
        }
        let (mut framer, mut rest) = (self.framer.clone(), input);
        let Ok(Some(Frame::Piece(piece))) = framer.step(&mut rest, above.compressed_piece()) else {
            return NextPart::Other;
        };
        let Piece { kind, compressed, last, bytes } = piece;
        if compressed || !above.splits(framer.announced()) {
            return NextPart::Other;
        }
        let ends_frame = framer.is_between_frames();
        let tail = match kind {
            Kind::Text if !last => utf8::cut(bytes),
            Kind::Text | Kind::Binary => &[],
        };
        // What is cut at the end of a frame waits in the reader: a head comes before the rest.
        let cut = if ends_frame { 0 } else { tail.len() };
        if tail.len() < bytes.len() || last {
            let header = input.len() - rest.len() - bytes.len();
            let length = bytes.len() - cut;
            NextPart::Found(PartInInput { kind, header, length, cut, last, ends_frame })
        } else if cut > 0 && utf8::can_begin(tail) {
            NextPart::Cut
        } else {
            NextPart::Other
        }
    }

    /// Takes the part that was found at the front of `input`, but for its bytes.
    pub(crate) fn take_part(&mut self, part: &PartInInput, mut input: &[u8], above: PartsAbove) {
        let taken = self.framer.step(&mut input, above.compressed_piece());
        debug_assert!(matches!(taken, Ok(Some(Frame::Piece(_)))), "the part has been looked at");
        self.framer.give_back(part.cut);
    }

    /// Reads the bytes of the part that was taken last.
    pub(crate) fn read_part<'p>(
        &mut self,
        part: &PartInInput,
        bytes: &'p [u8],
        counters: &mut Counters,
    ) -> Result<Content<'p>, FrameError> {
        let content =
            self.reader.take(&Piece { kind: part.kind, compressed: false, last: part.last, bytes })?;
        if part.ends_frame {
            counters.received_data(part.last);
        }
        Ok(content)
    }
}
