//! Where a message comes together that does not lie whole in the input: fragmented, or in a frame that is cut.

use core::mem;

use super::error::FrameError;
use super::utf8::Carry;

/// A buffer that messages come together in, kept for the next one. One serves all the connections of a loop.
///
/// Only a message that is fragmented or cut takes it. At most one buffer is kept, of at most 1 MiB.
#[derive(Debug, Default)]
pub struct Spare {
    bytes: Vec<u8>,
}

impl Spare {
    /// A bigger buffer is freed with its message.
    const RETAINED: usize = 1024 * 1024;

    pub(super) fn take(&mut self) -> Vec<u8> {
        mem::take(&mut self.bytes)
    }

    pub(super) fn give(&mut self, bytes: Vec<u8>) {
        if bytes.capacity() <= Self::RETAINED && bytes.capacity() > self.bytes.capacity() {
            self.bytes = bytes;
        }
    }
}

/// What a data message is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Binary,
}

/// The payload of the message under way, as far as it is here.
#[derive(Debug)]
pub(super) enum Assembly {
    Empty,
    /// A `String`, so that nothing has to be validated again when it is complete.
    Text {
        text: String,
        carry: Carry,
    },
    /// `bytes[..filled]` are the message; what is behind them is initialised, and no more than that.
    Binary {
        bytes: Vec<u8>,
        filled: usize,
    },
}

impl Assembly {
    /// Makes room for `length` bytes more. A first frame gets exactly that; further fragments let the buffer
    /// double, up to the `limit` of a message, so that many small ones take linear time.
    pub(super) fn reserve(
        &mut self,
        kind: Kind,
        length: u64,
        limit: u64,
        spare: &mut Spare,
    ) -> Result<(), FrameError> {
        let refused = FrameError::OutOfMemory { wanted: length };
        let length = usize::try_from(length).map_err(|_| refused)?;
        if length == 0 {
            return Ok(());
        }
        if let Self::Empty = self {
            let mut bytes = spare.take();
            if bytes.capacity() < length {
                bytes = Vec::new();
            }
            *self = match kind {
                Kind::Text => {
                    bytes.clear();
                    Self::Text { text: String::from_utf8(bytes).unwrap_or_default(), carry: Carry::default() }
                }
                Kind::Binary => Self::Binary { bytes, filled: 0 },
            };
        }
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        match self {
            Self::Empty => Ok(()),
            Self::Text { text, carry: _ } => {
                // The bytes of a character that was cut were counted with an earlier piece, but are not in
                // `text` yet.
                let wanted = length.saturating_add(3);
                match growth(text.len(), text.capacity(), wanted, limit) {
                    0 => Ok(()),
                    more => text.try_reserve_exact(more).map_err(|_| refused),
                }
            }
            Self::Binary { bytes, filled } => match growth(*filled, bytes.capacity(), length, limit) {
                0 => Ok(()),
                more => {
                    bytes.truncate(*filled);
                    bytes.try_reserve_exact(more).map_err(|_| refused)
                }
            },
        }
    }

    /// Appends what came of the frame that was reserved for.
    pub(super) fn append(&mut self, piece: &[u8]) -> Result<(), FrameError> {
        match self {
            Self::Empty => Ok(()),
            Self::Text { text, carry } => carry.append(text, piece),
            Self::Binary { bytes, filled } => {
                let end = filled.saturating_add(piece.len());
                if let Some(room) = bytes.get_mut(*filled..end) {
                    room.copy_from_slice(piece);
                } else {
                    bytes.truncate(*filled);
                    bytes.extend_from_slice(piece);
                }
                *filled = end;
                Ok(())
            }
        }
    }

    /// Where the next bytes of a binary message may be put, `wanted` at most: within what was reserved, and
    /// not much more at once than has come so far, so that an announcement alone takes no memory.
    pub(super) fn space(&mut self, wanted: usize) -> Option<&mut [u8]> {
        const STEP_MIN: usize = 32 * 1024;
        const STEP_MAX: usize = 1024 * 1024;
        let Self::Binary { bytes, filled } = self else { return None };
        let step = wanted.min((*filled).clamp(STEP_MIN, STEP_MAX));
        let end = filled.checked_add(step)?;
        if bytes.len() < end {
            if bytes.capacity() < end {
                return None;
            }
            bytes.resize(end, 0);
        }
        let end = bytes.len().min(filled.saturating_add(wanted));
        bytes.get_mut(*filled..end)
    }

    /// `count` bytes of the space hold payload now; fewer if it is not that long. Says how many.
    pub(super) fn filled(&mut self, count: usize) -> usize {
        match self {
            Self::Empty | Self::Text { .. } => 0,
            Self::Binary { bytes, filled } => {
                let count = count.min(bytes.len().saturating_sub(*filled));
                *filled = filled.saturating_add(count);
                count
            }
        }
    }

    /// Whether the message ends in the middle of a character.
    pub(super) fn is_cut(&self) -> bool {
        match self {
            Self::Empty | Self::Binary { .. } => false,
            Self::Text { text: _, carry } => !carry.is_empty(),
        }
    }

    pub(super) fn text(&self) -> &str {
        match self {
            Self::Text { text, carry: _ } => text,
            Self::Empty | Self::Binary { .. } => "",
        }
    }

    pub(super) fn binary(&self) -> &[u8] {
        match self {
            Self::Binary { bytes, filled } => bytes.get(..*filled).unwrap_or_default(),
            Self::Empty | Self::Text { .. } => &[],
        }
    }

    /// Empties it, and gives its buffer back.
    pub(super) fn release(&mut self, spare: &mut Spare) {
        match mem::replace(self, Self::Empty) {
            Self::Empty => {}
            Self::Text { text, carry: _ } => spare.give(text.into_bytes()),
            Self::Binary { bytes, filled: _ } => spare.give(bytes),
        }
    }
}

/// How much to reserve behind `length` bytes for `wanted` more: nothing if they fit, else at least `wanted`,
/// and twice the capacity as long as that stays within `limit`.
fn growth(length: usize, capacity: usize, wanted: usize, limit: usize) -> usize {
    if capacity.saturating_sub(length) >= wanted {
        return 0;
    }
    wanted.max(capacity.saturating_mul(2).min(limit).saturating_sub(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Semantics G7: what is kept for the next message is bounded.
    #[test]
    fn a_big_buffer_is_not_kept() {
        let mut spare = Spare::default();
        spare.give(Vec::with_capacity(Spare::RETAINED + 1));
        assert_eq!(spare.bytes.capacity(), 0);
        spare.give(Vec::with_capacity(100));
        spare.give(Vec::with_capacity(10));
        assert_eq!(spare.bytes.capacity(), 100);
    }

    /// Semantics G7: the buffer of a fragmented message does not double past the message limit.
    #[test]
    fn growth_stops_at_the_limit() {
        assert_eq!(growth(0, 0, 10, 100), 10);
        assert_eq!(growth(10, 10, 5, 100), 10);
        assert_eq!(growth(60, 60, 5, 100), 40);
        assert_eq!(growth(60, 60, 40, 100), 40);
        assert_eq!(growth(60, 100, 40, 100), 0);
        assert_eq!(growth(10, 10, usize::MAX, 100), usize::MAX);
    }
}
