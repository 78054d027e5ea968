//! The memory in which a message is put together if it does not lie whole in the input. It judges nothing.

use core::mem;

use super::error::FrameError;
use super::framer::Kind;
use super::reader::Content;
use super::utf8::validate;
use crate::copy::{append, append_text, copy};
use crate::workspace::{Loan, RETAINED, Workspace};

/// The payload of the current message, as far as it has come.
///
/// Its memory grows with what has come, to at most twice that (rule M2); an announced length takes none. If the loop's
/// assembly buffer is free, it is used first.
#[derive(Default)]
pub(crate) struct Assembly {
    memory: Memory,
    state: State,
    /// The memory is the loop's.
    loan: Option<Loan>,
    /// So many bytes were read straight to their place, behind those that have been taken.
    placed: u32,
}

#[derive(Default)]
enum Memory {
    #[default]
    Nothing,
    /// A `String`, so that nothing has to be validated again when it is complete.
    Text(String),
    /// `bytes[..filled]` are the message, which is binary, or a text that is read straight to its place and is validated
    /// again when it is handed out. The rest is initialised memory.
    Bytes { bytes: Vec<u8>, filled: usize },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// There is no message, or not all of it.
    #[default]
    Growing,
    /// It, or a part of it, waits to be polled.
    Complete {
        kind: Kind,
        /// The message ends with it.
        last: bool,
    },
    /// It was polled, and may still be borrowed.
    HandedOut,
}

impl Assembly {
    /// Appends a part of a message that will have at most `most` bytes.
    pub(crate) fn append(
        &mut self,
        content: Content<'_>,
        most: u64,
        work: &mut Workspace,
    ) -> Result<(), FrameError> {
        let length = content.len();
        if length == 0 {
            return Ok(());
        }
        if let Memory::Nothing = self.memory {
            let (bytes, loan) = work.lend().map_or((Vec::new(), None), |(bytes, loan)| (bytes, Some(loan)));
            self.loan = loan;
            self.memory = Memory::of(&content, bytes);
        }
        match (&mut self.memory, content) {
            (Memory::Text(text), Content::Text { joined, text: more }) => {
                // Small fragments have room most of the time, and no character that was cut.
                let growth = growth(text.len(), text.capacity(), length, most);
                if growth > 0 {
                    text.try_reserve_exact(growth).map_err(|_| refused(length))?;
                }
                if let Some(joined) = joined {
                    text.push(joined);
                }
                append_text(text, more);
            }
            (Memory::Bytes { bytes, filled }, Content::Binary(more)) => {
                let end = filled.saturating_add(length);
                if let Some(room) = bytes.get_mut(*filled..end) {
                    copy(more, room);
                } else {
                    bytes.truncate(*filled);
                    let growth = growth(*filled, bytes.capacity(), length, most);
                    bytes.try_reserve_exact(growth).map_err(|_| refused(length))?;
                    append(bytes, more);
                }
                *filled = end;
            }
            (Memory::Nothing | Memory::Text(_) | Memory::Bytes { .. }, _) => {
                debug_assert!(false, "all pieces of a message are of one kind");
            }
        }
        Ok(())
    }

    /// The message is all here, or so much of it as is delivered at once; `last` if it ends with that.
    pub(crate) fn complete(&mut self, kind: Kind, last: bool) {
        self.state = State::Complete { kind, last };
    }

    /// What waits to be polled, if something does: its kind, and whether its message ends with it.
    pub(crate) fn waiting(&self) -> Option<(Kind, bool)> {
        match self.state {
            State::Complete { kind, last } => Some((kind, last)),
            State::Growing | State::HandedOut => None,
        }
    }

    /// Whether nothing of a message is in it.
    pub(crate) fn is_empty(&self) -> bool {
        match &self.memory {
            Memory::Nothing => true,
            Memory::Text(text) => text.is_empty(),
            Memory::Bytes { bytes: _, filled } => *filled == 0,
        }
    }

    /// Whether nothing waits to be polled and nothing may be borrowed.
    #[inline]
    pub(crate) fn is_growing(&self) -> bool {
        self.state == State::Growing
    }

    /// Hands out the waiting text.
    pub(crate) fn hand_out_text(&mut self) -> &str {
        self.state = State::HandedOut;
        match &self.memory {
            Memory::Text(text) => text,
            Memory::Bytes { bytes, filled } => bytes.get(..*filled).and_then(validate).unwrap_or_default(),
            Memory::Nothing => "",
        }
    }

    /// Hands out the waiting bytes.
    pub(crate) fn hand_out_binary(&mut self) -> &[u8] {
        self.state = State::HandedOut;
        match &self.memory {
            Memory::Bytes { bytes, filled } => bytes.get(..*filled).unwrap_or_default(),
            Memory::Nothing | Memory::Text(_) => &[],
        }
    }

    /// Releases a message that was handed out.
    #[inline]
    pub(crate) fn release(&mut self, work: &mut Workspace) {
        if self.state == State::HandedOut {
            self.clear(work);
        }
    }

    #[inline(never)]
    fn clear(&mut self, work: &mut Workspace) {
        self.state = State::Growing;
        let memory = mem::take(&mut self.memory);
        if let Some(loan) = self.loan.take() {
            work.take_back(memory.into_bytes(), &loan);
        }
    }

    /// Forgets the message, whatever its state, and frees its memory. What was read to its place is still to be taken.
    pub(crate) fn discard(&mut self) {
        *self = Self { placed: self.placed, ..Self::default() };
    }

    /// Memory for reading the next bytes of a message directly, at most `to_come`. It is only initialised memory of the
    /// loop's buffer.
    #[inline]
    pub(crate) fn space(&mut self, to_come: usize) -> Option<&mut [u8]> {
        let Memory::Bytes { bytes, filled } = &mut self.memory else { return None };
        self.loan.as_ref()?;
        let end = filled.saturating_add(to_come).min(bytes.len()).min(RETAINED);
        bytes.get_mut(*filled..end)
    }

    pub(crate) fn space_ref(&self, to_come: usize) -> Option<&[u8]> {
        let Memory::Bytes { bytes, filled } = &self.memory else { return None };
        self.loan.as_ref()?;
        bytes.get(*filled..filled.saturating_add(to_come).min(bytes.len()).min(RETAINED))
    }

    /// `count` bytes were read there. They wait to be taken, as what is read into a window does.
    #[expect(clippy::cast_possible_truncation, reason = "no more than 1 MiB is lent")]
    pub(crate) fn filled(&mut self, count: usize) {
        self.placed += count as u32;
    }

    /// How many bytes were read there and have not been taken.
    #[inline]
    pub(crate) fn placed(&self) -> usize {
        self.placed as usize
    }

    /// Takes them. There is nothing if the message was discarded since.
    pub(super) fn take_placed(&mut self) -> Option<&[u8]> {
        let count = mem::take(&mut self.placed) as usize;
        let Memory::Bytes { bytes, filled } = &mut self.memory else { return None };
        let from = *filled;
        *filled = filled.saturating_add(count).min(bytes.len());
        bytes.get(from..*filled)
    }

    /// Whether the message can be read straight to its place.
    pub(crate) fn is_in_place(&self) -> bool {
        matches!(self.memory, Memory::Bytes { .. })
    }
}

impl Memory {
    fn of(content: &Content<'_>, mut bytes: Vec<u8>) -> Self {
        match content {
            Content::Binary(_) => Self::Bytes { bytes, filled: 0 },
            Content::Text { .. } => {
                bytes.clear();
                Self::Text(String::from_utf8(bytes).unwrap_or_default())
            }
        }
    }

    fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Text(text) => text.into_bytes(),
            Self::Bytes { bytes, filled: _ } => bytes,
        }
    }
}

fn refused(length: usize) -> FrameError {
    FrameError::OutOfMemory { wanted: length as u64 }
}

/// How much to reserve after `length` bytes for `wanted` more. Nothing if they fit; otherwise enough for twice what was
/// there, or for what is wanted if that is more, but not for more than `most` (rule M2).
fn growth(length: usize, capacity: usize, wanted: usize, most: u64) -> usize {
    let needed = length.saturating_add(wanted);
    if needed <= capacity {
        return 0;
    }
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    needed.max(length.saturating_mul(2).min(most)) - length
}

#[cfg(test)]
mod tests {
    use super::*;

    /// M2: memory doubles with what has come, and stops at what the message can become.
    #[test]
    fn growth_stops_at_the_most() {
        assert_eq!(growth(0, 0, 10, 100), 10);
        assert_eq!(growth(10, 10, 5, 100), 10);
        assert_eq!(growth(60, 60, 5, 100), 40);
        assert_eq!(growth(60, 60, 40, 100), 40);
        assert_eq!(growth(60, 100, 40, 100), 0);
        assert_eq!(growth(10, 10, usize::MAX, 100), usize::MAX - 10);
        assert_eq!(growth(10, 10, 1, u64::MAX), 10);
    }
}
