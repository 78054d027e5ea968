//! Finds messages that lie whole in the input by their first two bytes, which works for most messages.

use super::framer::Kind;

/// A message that lies whole in the input: where its payload begins, and how long it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WholeMessage {
    pub(crate) kind: Kind,
    pub(crate) header: usize,
    pub(crate) length: usize,
}

/// The first byte of a text message in one frame, and of a binary one.
const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;

/// Which messages may be handed out in place. It accepts a message only if [`Framer::whole`](super::Framer::whole)
/// does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FastPath {
    /// Accepts payloads shorter than this, among those whose length has seven bits. It is at most 126, because longer
    /// payloads have longer heads. So one comparison checks the state, both limits, the mask bit and the form of the
    /// length. 0 accepts none.
    short: u8,
    /// Accepts payloads of at most this length, among those whose length has 16 bits. On the long way, a message of 1
    /// KiB would take half as many instructions again (281 instead of 184, including the copy of the read).
    medium: u16,
}

impl FastPath {
    /// Accepts no message.
    pub(crate) const CLOSED: Self = Self { short: 0, medium: 0 };

    /// Accepts all messages of at most `limit` bytes.
    pub(super) fn up_to(limit: u64) -> Self {
        Self {
            short: u8::try_from(limit.saturating_add(1)).unwrap_or(u8::MAX).min(126),
            medium: u16::try_from(limit).unwrap_or(u16::MAX),
        }
    }

    #[inline]
    pub(crate) fn is_open(self) -> bool {
        self.short > 0
    }

    /// The message at the front of `input`, if its length has seven bits.
    #[inline]
    pub(crate) fn short(self, input: &[u8]) -> Option<WholeMessage> {
        let &[first, second, ref rest @ ..] = input else { return None };
        let length = usize::from(second);
        let whole = second < self.short && matches!(first, TEXT | BINARY) && length <= rest.len();
        let kind = if first == TEXT { Kind::Text } else { Kind::Binary };
        whole.then_some(WholeMessage { kind, header: 2, length })
    }

    /// The same if its length has 16 bits.
    #[inline]
    pub(crate) fn medium(self, input: &[u8]) -> Option<WholeMessage> {
        let &[first, 126, high, low, ref rest @ ..] = input else { return None };
        let length = u16::from_be_bytes([high, low]);
        let fits = length > 125 && length <= self.medium;
        let whole = fits && matches!(first, TEXT | BINARY) && usize::from(length) <= rest.len();
        let kind = if first == TEXT { Kind::Text } else { Kind::Binary };
        whole.then_some(WholeMessage { kind, header: 4, length: length.into() })
    }
}
