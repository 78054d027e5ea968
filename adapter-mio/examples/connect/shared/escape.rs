//! Makes text from a network safe for a terminal: control characters are shown, not obeyed.

use std::fmt::Write as _;

/// `text` with its control characters written out.
pub(crate) fn text(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// The first bytes in hexadecimal.
pub(crate) fn bytes(bytes: &[u8]) -> String {
    const MOST: usize = 16;
    let mut shown = String::new();
    for byte in bytes.iter().take(MOST) {
        let _ = write!(shown, "{byte:02x} ");
    }
    shown.push_str(if bytes.len() > MOST { "… " } else { "" });
    let _ = write!(shown, "({} bytes)", bytes.len());
    shown
}

/// A text for one row: quoted, and cut if it is long.
pub(crate) fn quoted(whole: &str) -> String {
    const MOST: usize = 60;
    match whole.char_indices().nth(MOST) {
        None => format!("\"{}\"", text(whole)),
        Some((end, _)) => format!("\"{}…\" ({} bytes)", text(&whole[..end]), whole.len()),
    }
}
