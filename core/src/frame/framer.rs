//! The grammar of frames (RFC 6455 §5): which bytes of the input belong to which message or control frame. It stores
//! nothing, and judges what heads announce before anything is stored (rules F1, F3).

use super::Limits;
use super::close::CloseFrame;
use super::error::FrameError;
use super::header::{COMPRESSED, Header, Opcode, Rules};
use super::whole::{FastPath, WholeMessage};

/// What the framer finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Frame<'w> {
    /// A part of a message's payload: as much of one frame as is there.
    Piece(Piece<'w>),
    /// The same while messages are discarded.
    Skipped {
        /// The message ends with it.
        last: bool,
    },
    /// A whole control frame.
    Control(Control<'w>),
}

/// A part of a message's payload. It is empty if only the head of the frame is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece<'w> {
    pub(crate) kind: Kind,
    /// The message is compressed.
    pub(crate) compressed: bool,
    /// The message ends with it.
    pub(crate) last: bool,
    pub(crate) bytes: &'w [u8],
}

/// The kind of a data message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Binary,
}

/// A control frame (RFC 6455 §5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control<'w> {
    Ping(&'w [u8]),
    Pong(&'w [u8]),
    /// None if it is empty, which is reported as 1005 (RFC 6455 §7.1.5).
    Close(Option<CloseFrame<'w>>),
}

/// From this length on, a frame is large: probably the next one is, too. If they can be read straight to their place, each
/// gets a read of its own. That takes less time than to copy what lies in two windows: one more read costs 0.7 µs, and
/// the copy of 64 KiB 1.1 µs.
const LARGE: u64 = 40 * 1024;

/// The position of a connection in its stream of frames.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "none of them depends on another")]
pub(crate) struct Framer {
    limits: Limits,
    /// How much payload of the current frame is still to come; 0 between frames.
    remaining: u64,
    /// The length of the current message, according to the heads of its frames so far.
    announced: u64,
    /// The current message: its first head has been taken, but not the end of its last frame.
    message: Option<Kind>,
    /// The current frame, or the last one of an unfinished message, ends its message.
    fin: bool,
    discarding: bool,
    /// Messages may be compressed.
    inflates: bool,
    /// The current message is compressed.
    compressed: bool,
    /// The current data frame is large, or the last one was.
    large: bool,
}

impl Framer {
    pub(crate) const fn new(limits: Limits) -> Self {
        Self {
            limits,
            remaining: 0,
            announced: 0,
            message: None,
            fin: false,
            discarding: false,
            inflates: false,
            compressed: false,
            large: false,
        }
    }

    /// From now on messages may be compressed.
    #[cfg_attr(not(feature = "deflate"), expect(dead_code, reason = "nothing else asks for it"))]
    pub(crate) fn inflate(&mut self) {
        self.inflates = true;
    }

    /// Whether the stream so far ends between two frames. (A head that is cut has not been taken.)
    #[inline]
    pub(crate) fn is_between_frames(&self) -> bool {
        self.remaining == 0
    }

    /// Whether the stream so far ends between two frames and between two messages. (A head that is cut has not been
    /// taken.)
    #[inline]
    pub(crate) fn is_between(&self) -> bool {
        self.is_between_frames() && self.message.is_none()
    }

    /// From now on, data is skipped: it is not returned, validated or limited, as after our close frame (rule T,
    /// closing). Heads are still checked, and control frames still returned.
    pub(crate) fn discard_messages(&mut self) {
        self.discarding = true;
    }

    /// Which messages may be handed out in place: none within a message, or while messages are discarded.
    #[inline]
    pub(crate) fn fast_path(&self) -> FastPath {
        let open = self.is_between() && !self.discarding;
        if open { FastPath::up_to(self.limits.frame.min(self.limits.message)) } else { FastPath::CLOSED }
    }

    /// The message at the front of `input`, if it is there whole and unfragmented. Nothing is taken.
    ///
    /// [`Framer::step`] reports what is wrong with a head.
    pub(crate) fn whole(&self, input: &[u8]) -> Option<WholeMessage> {
        if !self.is_between() || self.discarding {
            return None;
        }
        let Header { fin, opcode, compressed, length, size } = Header::parse(input, self.rules()).ok()??;
        let kind = match opcode {
            Opcode::Text => Kind::Text,
            Opcode::Binary => Kind::Binary,
            Opcode::Continuation | Opcode::Close | Opcode::Ping | Opcode::Pong => return None,
        };
        let length = usize::try_from(length).ok().filter(|_| fin && !compressed && self.allows(length))?;
        (length <= input.len() - size).then_some(WholeMessage { kind, header: size, length })
    }

    fn allows(&self, length: u64) -> bool {
        length <= self.limits.frame && length <= self.limits.message
    }

    fn rules(&self) -> Rules {
        // A continuation does not have the bit (RFC 7692 §6.1).
        let reserved = if self.inflates && self.message.is_none() { COMPRESSED } else { 0 };
        Rules { reserved, continuing: self.message.is_some() }
    }

    /// Takes the next piece or control frame off the front of `input`. None means that the rest of `input`, at most 126
    /// bytes, is the beginning of a head or of a control frame, and has to be put in front of what comes next. Of a
    /// compressed message it takes at most `compressed_piece` bytes at a time.
    #[inline]
    pub(crate) fn step<'w>(
        &mut self,
        input: &mut &'w [u8],
        compressed_piece: u64,
    ) -> Result<Option<Frame<'w>>, FrameError> {
        if self.remaining == 0 {
            let Some(header) = Header::parse(input, self.rules())? else { return Ok(None) };
            let rest = input.get(header.size..).unwrap_or_default();
            match header.opcode {
                Opcode::Close | Opcode::Ping | Opcode::Pong => {
                    let length = usize::try_from(header.length).unwrap_or(usize::MAX);
                    let Some((payload, rest)) = rest.split_at_checked(length) else { return Ok(None) };
                    *input = rest;
                    return control(header.opcode, payload).map(|it| Some(Frame::Control(it)));
                }
                Opcode::Text => self.begin(header, Kind::Text)?,
                Opcode::Binary => self.begin(header, Kind::Binary)?,
                Opcode::Continuation => self.go_on(header)?,
            }
            *input = rest;
        } else if input.is_empty() {
            return Ok(None);
        }
        // There is a current message, or the head would have been refused.
        let kind = self.message.unwrap_or(Kind::Binary);
        let bytes =
            take(input, if self.compressed { self.remaining.min(compressed_piece) } else { self.remaining });
        let last = self.advance(bytes.len() as u64);
        Ok(Some(if self.discarding {
            Frame::Skipped { last }
        } else {
            Frame::Piece(Piece { kind, compressed: self.compressed, last, bytes })
        }))
    }

    /// The length of the next frame, if it is one that [`Framer::take_fragment`] may take, and one like it follows.
    #[inline]
    pub(super) fn next_fragment(&self, input: &[u8]) -> Option<usize> {
        let begun = self.remaining == 0 && self.message.is_some();
        let (payload, length) = fragment(input).filter(|_| begun && !self.compressed && !self.discarding)?;
        (payload.get(length) == Some(&0)).then_some(length)
    }

    /// Takes the frame at the front of `input` if it is there whole, is a continuation of at most `most` bytes, does not end
    /// its message, and is within the limits. Otherwise nothing is taken.
    #[inline]
    pub(super) fn take_fragment<'w>(&mut self, input: &mut &'w [u8], most: usize) -> Option<&'w [u8]> {
        debug_assert!(self.is_between_frames() && self.message.is_some() && !self.compressed);
        let (payload, length) = fragment(input).filter(|(_, length)| *length <= most)?;
        let (bytes, rest) = payload.split_at_checked(length)?;
        let announced = self.announced.saturating_add(length as u64);
        if length as u64 > self.limits.frame || announced > self.limits.message {
            return None;
        }
        (*input, self.announced, self.large) = (rest, announced, length as u64 >= LARGE);
        Some(bytes)
    }

    /// The kind of the message under way.
    pub(super) fn kind(&self) -> Option<Kind> {
        self.message
    }

    /// The first frame of a message begins.
    fn begin(&mut self, header: Header, kind: Kind) -> Result<(), FrameError> {
        (self.announced, self.compressed) = (0, header.compressed);
        self.go_on(header)?;
        self.message = Some(kind);
        Ok(())
    }

    /// A frame of a message begins (rule F3).
    fn go_on(&mut self, header: Header) -> Result<(), FrameError> {
        let Header { fin, length, .. } = header;
        let announced = self.announced.saturating_add(length);
        if !self.discarding {
            let limit = self.limits.frame;
            let most = if self.compressed { compressed_most(limit) } else { limit };
            if length > most {
                return Err(FrameError::FrameTooBig { announced: length, limit });
            }
            // A compressed message is measured while it is inflated.
            if announced > self.limits.message && !self.compressed {
                return Err(FrameError::MessageTooBig { announced, limit: self.limits.message });
            }
        }
        (self.announced, self.fin, self.remaining) = (announced, fin, length);
        self.large = length >= LARGE;
        Ok(())
    }

    /// `count` bytes of the current frame were taken. Says whether the message ends with them.
    fn advance(&mut self, count: u64) -> bool {
        debug_assert!(count <= self.remaining);
        self.remaining = self.remaining.saturating_sub(count);
        let last = self.remaining == 0 && self.fin;
        if last {
            self.message = None;
        }
        last
    }

    /// How much of the current data frame is still to come. None if there is none, if it is compressed, or if its bytes
    /// are skipped.
    pub(crate) fn to_come(&self) -> Option<u64> {
        let wanted = self.remaining > 0 && !self.discarding && !self.compressed;
        wanted.then_some(self.remaining)
    }

    /// Whether the current data frame is large, or the last one was.
    pub(crate) fn is_large(&self) -> bool {
        self.large
    }

    /// Whether the current frame ends its message.
    pub(super) fn ends_message(&self) -> bool {
        self.fin
    }

    /// `count` bytes of that frame were read into its memory. Says whether the message ends with them.
    pub(crate) fn skip(&mut self, count: u64) -> bool {
        self.advance(count.min(self.remaining))
    }

    /// The highest length that the current message can have: what its heads announce, or the limit as long as more
    /// frames may come.
    pub(crate) fn most(&self) -> u64 {
        if self.fin && !self.compressed { self.announced } else { self.limits.message }
    }

    /// How long the message under way is by the heads of its frames so far, or the last one was.
    pub(crate) fn announced(&self) -> u64 {
        self.announced
    }

    /// Whether the message under way is compressed, or the last one was.
    #[cfg(feature = "deflate")]
    pub(crate) fn is_compressed(&self) -> bool {
        self.compressed
    }

    /// The last `count` bytes that were taken of the frame under way were not: they come again.
    pub(crate) fn give_back(&mut self, count: usize) {
        debug_assert!(count == 0 || self.remaining > 0, "the end of a frame is not given back");
        self.remaining = self.remaining.saturating_add(count as u64);
    }

    /// The limits.
    #[cfg(feature = "deflate")]
    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }
}

/// What is behind the head of a continuation that does not end its message, and how long its payload is, if that has at most
/// 16 bits.
#[inline]
fn fragment(input: &[u8]) -> Option<(&[u8], usize)> {
    match input {
        [0, length @ 0..=125, payload @ ..] => Some((payload, usize::from(*length))),
        [0, 126, high, low, payload @ ..] => {
            let length = u16::from_be_bytes([*high, *low]);
            (length > 125).then_some((payload, length.into()))
        }
        _ => None,
    }
}

/// The highest length of a compressed frame that inflates to at most `limit` bytes. Fixed codes take at most nine bits
/// for a byte (RFC 1951 §3.2.6), and a block has a head. So a limit never refuses what it allows.
const fn compressed_most(limit: u64) -> u64 {
    limit.saturating_add(limit / 8).saturating_add(64)
}

impl Control<'_> {
    pub(super) fn opcode(&self) -> Opcode {
        match self {
            Self::Ping(_) => Opcode::Ping,
            Self::Pong(_) => Opcode::Pong,
            Self::Close(_) => Opcode::Close,
        }
    }
}

/// A control frame with its whole payload.
pub(super) fn control(opcode: Opcode, payload: &[u8]) -> Result<Control<'_>, FrameError> {
    match opcode {
        Opcode::Ping => Ok(Control::Ping(payload)),
        Opcode::Pong => Ok(Control::Pong(payload)),
        Opcode::Close => CloseFrame::parse(payload).map(Control::Close),
        Opcode::Continuation | Opcode::Text | Opcode::Binary => Err(FrameError::ReservedOpcode(opcode as u8)),
    }
}

/// Takes at most `length` bytes off the front of `input`.
fn take<'i>(input: &mut &'i [u8], length: u64) -> &'i [u8] {
    let length = usize::try_from(length).unwrap_or(usize::MAX).min(input.len());
    let (piece, rest) = input.split_at(length);
    *input = rest;
    piece
}
