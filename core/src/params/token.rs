//! The token of HTTP: what the names of headers and subprotocols are made of.

/// Whether `byte` may stand in a token (RFC 9110 §5.6.2).
pub(crate) const fn is_token_byte(byte: u8) -> bool {
    matches!(byte,
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z'
        | b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~')
}

/// Whether `text` is a token; the empty text is none.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

/// `text` without the blanks at its ends: spaces and tabs, as HTTP has them around values and list elements
/// (RFC 9110 §5.6.3). No other white space is a blank there.
pub(crate) fn trim_blanks(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v6_a_token_is_visible_ascii_without_delimiters() {
        for byte in 0..=u8::MAX {
            let expected = byte.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]{}".contains(&byte);
            assert_eq!(is_token_byte(byte), expected, "{byte:#x}");
        }
        assert!(!is_token(""));
        assert!(!is_token("é"));
    }

    #[test]
    fn q2_only_spaces_and_tabs_are_blanks() {
        assert_eq!(trim_blanks(" \t a b\t "), "a b");
        assert_eq!(trim_blanks("\u{a0}a\u{3000}"), "\u{a0}a\u{3000}");
    }
}
