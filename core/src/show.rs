//! How bytes and texts are shown to people: as literals, and only in part if they are long.

use core::fmt;
use std::sync::Arc;

/// How many bytes or characters are shown.
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

/// The names of headers.
pub(crate) struct ShowNames<I>(pub(crate) I);

impl<'a, I: Iterator<Item = &'a str> + Clone> fmt::Debug for ShowNames<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = self.0.clone();
        let mut list = f.debug_list();
        list.entries(names.by_ref().take(SHOWN).map(ShowText));
        if names.next().is_some() { list.finish_non_exhaustive() } else { list.finish() }
    }
}

/// The beginning of a text, for an error message: a script may have made the text as long as it likes (rule M1).
pub(crate) fn shortened(text: &str) -> Arc<str> {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}\u{2026}", text.get(..end).unwrap_or_default()).into(),
        None => text.into(),
    }
}
