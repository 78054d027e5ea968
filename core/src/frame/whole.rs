//! Messages that lie whole in the input: found by their heads alone, past the decoder's states. Most messages are.

use super::Limits;
use super::decoder::CONTROL_MAX;

/// A message that lies whole in the input: where its payload begins, and how long it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Whole {
    pub(crate) text: bool,
    pub(crate) header: usize,
    pub(crate) length: usize,
}

/// Which messages may be taken as they lie in the input: none while anything is under way. One comparison so judges
/// the state and both limits; for a short message, the mask bit and the form of the length as well.
///
/// It is not `Copy`: a copy would load all of it for each message, of which one half is asked.
#[derive(Debug)]
pub(super) struct Gate {
    /// Payloads shorter than this, of those whose length has seven bits; 126 where the limits allow them all.
    short: u8,
    /// Payloads not longer than this, of those whose length has 16 bits.
    medium: u16,
}

impl Gate {
    pub(super) const CLOSED: Self = Self { short: 0, medium: 0 };

    pub(super) const fn open(limits: Limits) -> Self {
        let limit = if limits.frame < limits.message { limits.frame } else { limits.message };
        let [.., high, low] = limit.to_be_bytes();
        Self {
            short: if limit < CONTROL_MAX as u64 { low + 1 } else { CONTROL_MAX + 1 },
            medium: if limit < u16::MAX as u64 { u16::from_be_bytes([high, low]) } else { u16::MAX },
        }
    }

    #[inline]
    pub(super) fn is_open(&self) -> bool {
        self.short > 0
    }

    /// The message at the front of `input`, if its length has seven bits.
    #[inline]
    pub(super) fn short(&self, input: &[u8]) -> Option<Whole> {
        let &[first, second, ref rest @ ..] = input else { return None };
        let length = usize::from(second);
        let whole = second < self.short && is_message(first) && length <= rest.len();
        whole.then_some(Whole { text: first == TEXT, header: 2, length })
    }

    /// If it has 16 bits.
    #[inline]
    pub(super) fn medium(&self, input: &[u8]) -> Option<Whole> {
        let &[first, 126, high, low, ref rest @ ..] = input else { return None };
        let length = u16::from_be_bytes([high, low]);
        let fits = length > CONTROL_MAX.into() && length <= self.medium;
        let whole = fits && is_message(first) && usize::from(length) <= rest.len();
        whole.then_some(Whole { text: first == TEXT, header: 4, length: length.into() })
    }

    /// If it has 64 bits.
    pub(super) fn long(&self, input: &[u8], limits: Limits) -> Option<Whole> {
        let (&[first, 127], rest) = input.split_first_chunk()? else { return None };
        let (length, rest) = rest.split_first_chunk()?;
        let length = u64::from_be_bytes(*length);
        let fits = length >= 1 << 16 && length <= limits.frame && length <= limits.message;
        let length = usize::try_from(length).ok().filter(|_| fits && self.is_open())?;
        let whole = is_message(first) && length <= rest.len();
        whole.then_some(Whole { text: first == TEXT, header: 10, length })
    }
}

/// The first byte of a text message in one frame, and of a binary one.
const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;

#[inline]
const fn is_message(first: u8) -> bool {
    matches!(first, TEXT | BINARY)
}
