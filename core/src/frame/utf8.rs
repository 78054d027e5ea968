//! UTF-8 that arrives in pieces. Every byte is validated once, and bytes that cannot begin a valid text are found at
//! once (RFC 6455 §8.1, rule F2).

use super::error::FrameError;

/// A text that lies whole in memory. None if it is not UTF-8. (A `Result` would go through memory, which takes as long
/// as a short text.)
#[expect(clippy::inline_always, reason = "as a call it takes a fifth longer for a short text")]
#[inline(always)]
pub(crate) fn validate(bytes: &[u8]) -> Option<&str> {
    if is_quick(bytes) { smoothutf8::from_utf8(bytes) } else { simdutf8::basic::from_utf8(bytes).ok() }
}

/// Whether smoothutf8 is faster than simdutf8. It has almost no fixed cost, but it works on words instead of vectors,
/// and on bytes if a text is not ASCII. The beginning of the text is taken as typical.
#[inline]
fn is_quick(bytes: &[u8]) -> bool {
    match bytes.first_chunk::<64>() {
        None => true,
        Some(beginning) => bytes.len() < 256 && beginning.is_ascii(),
    }
}

/// The first bytes of a character that was cut, at most three.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Carry {
    bytes: [u8; 4],
    length: u8,
}

impl Carry {
    pub(super) fn is_empty(self) -> bool {
        self.length == 0
    }

    /// Validates `piece`. Returns the character that was cut before it, if it is now complete, and the text after that.
    /// A character that is cut at the end is kept for the next piece.
    pub(super) fn split<'p>(&mut self, mut piece: &'p [u8]) -> Result<(Option<char>, &'p str), FrameError> {
        let mut joined = None;
        while self.length > 0 {
            let Some((&byte, rest)) = piece.split_first() else { return Ok((None, "")) };
            piece = rest;
            self.push(byte)?;
            joined = core::str::from_utf8(self.kept()).ok().and_then(|text| text.chars().next());
            if joined.is_some() {
                self.length = 0;
            }
        }
        let tail = cut(piece);
        let body = piece.get(..piece.len() - tail.len()).unwrap_or_default();
        let text = validate(body).ok_or(FrameError::TextNotUtf8)?;
        tail.iter().try_for_each(|&byte| self.push(byte))?;
        Ok((joined, text))
    }

    fn kept(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }

    fn push(&mut self, byte: u8) -> Result<(), FrameError> {
        let slot = self.bytes.get_mut(usize::from(self.length)).ok_or(FrameError::TextNotUtf8)?;
        *slot = byte;
        self.length += 1;
        if can_begin(self.kept()) { Ok(()) } else { Err(FrameError::TextNotUtf8) }
    }
}

/// The bytes at the end of `bytes` that belong to a character that goes on behind them.
pub(super) fn cut(bytes: &[u8]) -> &[u8] {
    for back in 1..=3 {
        let Some(tail) = bytes.len().checked_sub(back).and_then(|from| bytes.get(from..)) else { break };
        match tail.first() {
            Some(0x80..=0xbf) => {}
            Some(&byte @ 0xc0..) => return if width(byte) > back { tail } else { &[] },
            Some(0..=0x7f) | None => break,
        }
    }
    &[]
}

/// How many bytes a character that begins with `lead` has; 1 for a byte that begins none.
fn width(lead: u8) -> usize {
    match lead {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        0..=0xc1 | 0xf5.. => 1,
    }
}

/// Whether some valid character begins with `bytes`, or is `bytes` (the table of RFC 3629 §4).
pub(super) fn can_begin(bytes: &[u8]) -> bool {
    let Some((&lead, rest)) = bytes.split_first() else { return true };
    let Some((&second, rest)) = rest.split_first() else { return lead < 0x80 || width(lead) > 1 };
    let second_fits = match lead {
        0xe0 => matches!(second, 0xa0..=0xbf),
        0xed => matches!(second, 0x80..=0x9f),
        0xf0 => matches!(second, 0x90..=0xbf),
        0xf4 => matches!(second, 0x80..=0x8f),
        _ => matches!(second, 0x80..=0xbf),
    };
    second_fits && bytes.len() <= width(lead) && rest.iter().all(|byte| matches!(byte, 0x80..=0xbf))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rule F2: bytes are kept exactly if they are a character or may become one.
    #[test]
    fn can_begin_agrees_with_the_standard_library() {
        let check = |bytes: &[u8]| {
            let expected = match core::str::from_utf8(bytes) {
                Ok(text) => text.chars().count() == 1,
                Err(error) => error.valid_up_to() == 0 && error.error_len().is_none(),
            };
            assert_eq!(can_begin(bytes), expected, "{bytes:x?}");
        };
        for first in 0..=255 {
            check(&[first]);
            for second in 0..=255 {
                check(&[first, second]);
                for third in [0, 0x7f, 0x80, 0xbf, 0xc0, 0xff] {
                    check(&[first, second, third]);
                    for fourth in [0, 0x7f, 0x80, 0xbf, 0xc0, 0xff] {
                        check(&[first, second, third, fourth]);
                    }
                }
            }
        }
    }

    /// Rule F2: wherever a text is cut, it comes together again.
    #[test]
    fn cuts_do_not_show() {
        let text = "aß€😀\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}z";
        for a in 0..=text.len() {
            for b in a..=text.len() {
                let (mut carry, mut joined) = (Carry::default(), String::new());
                for piece in [&text.as_bytes()[..a], &text.as_bytes()[a..b], &text.as_bytes()[b..]] {
                    let (character, text) = carry.split(piece).unwrap();
                    joined.extend(character);
                    joined.push_str(text);
                }
                assert!(carry.is_empty());
                assert_eq!(joined, text);
            }
        }
    }

    /// F2: a text is judged the same whatever its length, however it begins, and whichever validator that chooses.
    #[test]
    fn texts_of_every_length_are_judged_alike() {
        let beginnings = ["", &"a".repeat(64)];
        let mut bytes: Vec<Vec<u8>> = (0..=300).map(|length| vec![b'a'; length]).collect();
        for beginning in beginnings {
            let whole = beginning.to_owned() + &"aé€😀".repeat(30);
            for start in 0..10 {
                bytes.extend((start..=whole.len()).map(|end| whole.as_bytes()[start..end].to_vec()));
            }
        }
        for valid in bytes.clone() {
            for place in [0, 63, 64, 127, valid.len().wrapping_sub(1)] {
                let mut invalid = valid.clone();
                if let Some(byte) = invalid.get_mut(place) {
                    *byte = 0xff;
                    bytes.push(invalid);
                }
            }
        }
        for bytes in bytes {
            assert_eq!(validate(&bytes), core::str::from_utf8(&bytes).ok(), "{bytes:x?}");
        }
    }
}
