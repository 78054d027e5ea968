//! How bytes and texts are shown to people: as a program would write them, and only in part if they are long.

use core::fmt;

/// So much is shown: bytes, or characters.
const SHOWN: usize = 48;

/// Bytes as a byte string.
pub(crate) struct ShowBytes<'a>(pub(crate) &'a [u8]);

impl fmt::Debug for ShowBytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (shown, rest) = self.0.split_at(self.0.len().min(SHOWN));
        write!(f, "b\"{}\"", shown.escape_ascii())?;
        if rest.is_empty() { Ok(()) } else { write!(f, " and {} more", rest.len()) }
    }
}

/// A text in quotes.
pub(crate) struct ShowText<'a>(pub(crate) &'a str);

impl fmt::Debug for ShowText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(SHOWN) {
            Some((end, _)) => {
                let (shown, rest) = self.0.split_at(end);
                write!(f, "{shown:?} and {} bytes more", rest.len())
            }
            None => fmt::Debug::fmt(self.0, f),
        }
    }
}
