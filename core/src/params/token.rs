//! HTTP's token: the form of the names of headers and subprotocols.

use core::cmp::Ordering;

/// Which bytes may be in a token (RFC 9110 §5.6.2).
const TOKEN_BYTES: [bool; 256] = {
    let listed = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&'*+-.^_`|~";
    let mut may_be = [false; 256];
    let mut at = 0;
    while at < listed.len() {
        may_be[listed[at] as usize] = true;
        at += 1;
    }
    may_be
};

/// Whether `byte` may be in a token. It is looked up, as the names of headers are read byte by byte.
pub(crate) const fn is_token_byte(byte: u8) -> bool {
    TOKEN_BYTES[byte as usize]
}

/// Whether `text` is a token. The empty text is not.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

/// `text` without blanks at its ends: the spaces and tabs that HTTP allows around values and list elements (RFC 9110
/// §5.6.3). Other white space is not a blank.
pub(crate) fn trim_blanks(text: &str) -> &str {
    let is_no_blank = |byte| !matches!(byte, b' ' | b'\t');
    let begin = text.bytes().position(is_no_blank).unwrap_or(text.len());
    let end = text.bytes().rposition(is_no_blank).map_or(begin, |last| last + 1);
    text.get(begin..end).unwrap_or_default()
}

/// The name of a header, compared without regard to letter case.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FieldName<'a>(pub(crate) &'a str);

impl FieldName<'_> {
    fn letters(&self) -> impl Iterator<Item = u8> {
        self.0.bytes().map(|byte| byte.to_ascii_lowercase())
    }
}

impl PartialEq for FieldName<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(other.0)
    }
}

impl Eq for FieldName<'_> {}

impl PartialOrd for FieldName<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for FieldName<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.letters().cmp(other.letters())
    }
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
    fn q2_names_are_equal_in_any_letter_case_and_in_order_otherwise() {
        let names = ["", "A", "a", "aB", "Ab", "b", "_", "Z", "a-b"];
        for (one, other) in names.iter().flat_map(|one| names.map(|other| (*one, other))) {
            let lower = (one.to_ascii_lowercase(), other.to_ascii_lowercase());
            assert_eq!(FieldName(one).cmp(&FieldName(other)), lower.0.cmp(&lower.1), "{one} {other}");
            assert_eq!(FieldName(one) == FieldName(other), lower.0 == lower.1, "{one} {other}");
        }
    }

    #[test]
    fn q2_only_spaces_and_tabs_are_blanks() {
        assert_eq!(trim_blanks(" \t a b\t "), "a b");
        assert_eq!(trim_blanks("\u{a0}a\u{3000}"), "\u{a0}a\u{3000}");
    }
}
