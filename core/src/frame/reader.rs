//! The content of a message's pieces. Text is validated as it comes, each byte once (rule F2); what is read straight to its
//! place, too. Compressed pieces are inflated before they come here.

use super::error::FrameError;
use super::framer::{Kind, Piece};
use super::utf8::Carry;

/// Validates the current message.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reader {
    carry: Carry,
}

/// What a piece adds to its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content<'p> {
    Text {
        /// A character that began in an earlier piece.
        joined: Option<char>,
        /// What follows it, without a character that continues in the next piece.
        text: &'p str,
    },
    Binary(&'p [u8]),
}

impl Content<'_> {
    /// How many bytes it adds.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Text { joined, text } => text.len() + joined.map_or(0, char::len_utf8),
            Self::Binary(bytes) => bytes.len(),
        }
    }
}

impl Reader {
    /// Whether no character was cut at the end of the last piece.
    pub(crate) fn is_between_characters(self) -> bool {
        self.carry.is_empty()
    }

    /// Reads the next piece.
    pub(crate) fn take<'p>(&mut self, piece: &Piece<'p>) -> Result<Content<'p>, FrameError> {
        match piece.kind {
            Kind::Binary => Ok(Content::Binary(piece.bytes)),
            Kind::Text => {
                let (joined, text) = self.carry.split(piece.bytes)?;
                if piece.last && !self.carry.is_empty() {
                    return Err(FrameError::TextNotUtf8);
                }
                Ok(Content::Text { joined, text })
            }
        }
    }
}
