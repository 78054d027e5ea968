//! What sendSocketMessage can send, and the base64 in which scripts pass bytes (rule L).

use core::fmt;
use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::SendError;
use crate::event::Message;
use crate::show::{ShowBytes, ShowText};
use crate::value::Value;

/// The message of a sendSocketMessage call, as given. It is checked when the call is made. `{:?}` shows only the
/// beginning of a long one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Payload<'a> {
    /// A text message.
    Text(&'a str),
    /// A binary message.
    Binary(&'a [u8]),
    /// A binary message in base64: what a script sends with `isBuffer` true.
    Base64(&'a str),
    /// Something that cannot be sent: the call fails with code 11.
    Invalid,
}

impl<'a> Payload<'a> {
    /// The message that a script passes as `data` and `isBuffer` ([`Value::Null`] also means false).
    ///
    /// ```
    /// use connect_socket_core::{Payload, Value};
    ///
    /// let data = Value::from("aGk=");
    /// assert_eq!(Payload::from_script(&data, &Value::Null), Payload::Text("aGk="));
    /// assert_eq!(Payload::from_script(&data, &Value::from(true)), Payload::Base64("aGk="));
    /// assert_eq!(Payload::from_script(&Value::from(1), &Value::Null), Payload::Invalid);
    /// ```
    pub fn from_script(data: &'a Value, is_buffer: &Value) -> Self {
        match (data, is_buffer) {
            (Value::String(text), Value::Bool(true)) => Self::Base64(text),
            (Value::String(text), Value::Bool(false) | Value::Null) => Self::Text(text),
            (Value::String(_), Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_))
            | (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_), _) => {
                Self::Invalid
            }
        }
    }
}

impl fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.debug_tuple("Text").field(&ShowText(text)).finish(),
            Self::Binary(bytes) => f.debug_tuple("Binary").field(&ShowBytes(bytes)).finish(),
            Self::Base64(text) => f.debug_tuple("Base64").field(&ShowText(text)).finish(),
            Self::Invalid => f.write_str("Invalid"),
        }
    }
}

/// Types that can be sent: text as a text message, bytes as a binary one. You can write `send("hi")`, `send(&text)`,
/// `send(vec![1, 2])` or `send(&message)`.
///
/// Text is `str` and `String`. Bytes are slices, arrays and `Vec<u8>`. References, `Cow`, `Box`, `Rc` and `Arc` of
/// these work, too. For other types that contain bytes, such as `bytes::Bytes`, send the slice: `send(&bytes[..])`.
///
/// ```
/// use connect_socket_core::{AsPayload, Payload};
/// use std::borrow::Cow;
/// use std::sync::Arc;
///
/// assert_eq!(String::from("hi").as_payload(), Payload::Text("hi"));
/// assert_eq!(Cow::Borrowed("hi").as_payload(), Payload::Text("hi"));
/// assert_eq!(Arc::<str>::from("hi").as_payload(), Payload::Text("hi"));
/// assert_eq!([1, 2].as_payload(), Payload::Binary(&[1, 2]));
/// assert_eq!((&&vec![1, 2]).as_payload(), Payload::Binary(&[1, 2]));
/// ```
pub trait AsPayload {
    /// The message to send.
    fn as_payload(&self) -> Payload<'_>;

    /// Whether the message may be compressed if compression was agreed on. Everything but [`Uncompressed`] may.
    #[cfg(feature = "deflate")]
    #[inline]
    fn may_be_compressed(&self) -> bool {
        true
    }
}

/// A message that is never compressed, even if compression was agreed on. Then its length reveals nothing about earlier
/// messages, and the lengths of later messages reveal nothing about it. Use it for secrets, if others can influence the
/// content of other messages.
///
/// ```
/// use connect_socket_core::deflate::Uncompressed;
/// use connect_socket_core::{AsPayload, Payload};
///
/// let message = Uncompressed("the token");
/// assert_eq!(message.as_payload(), Payload::Text("the token"));
/// assert!(!message.may_be_compressed());
/// ```
#[cfg(feature = "deflate")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Uncompressed<T>(pub T);

#[cfg(feature = "deflate")]
impl<T> fmt::Debug for Uncompressed<T> {
    /// Shows nothing of the message, which may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Uncompressed").finish_non_exhaustive()
    }
}

#[cfg(feature = "deflate")]
impl<T: AsPayload> AsPayload for Uncompressed<T> {
    #[inline]
    fn as_payload(&self) -> Payload<'_> {
        self.0.as_payload()
    }

    #[inline]
    fn may_be_compressed(&self) -> bool {
        false
    }
}

impl AsPayload for Payload<'_> {
    #[inline]
    fn as_payload(&self) -> Payload<'_> {
        *self
    }
}

impl AsPayload for str {
    #[inline]
    fn as_payload(&self) -> Payload<'_> {
        Payload::Text(self)
    }
}

impl AsPayload for String {
    #[inline]
    fn as_payload(&self) -> Payload<'_> {
        Payload::Text(self)
    }
}

impl AsPayload for [u8] {
    #[inline]
    fn as_payload(&self) -> Payload<'_> {
        Payload::Binary(self)
    }
}

impl<const N: usize> AsPayload for [u8; N] {
    #[inline]
    fn as_payload(&self) -> Payload<'_> {
        Payload::Binary(self)
    }
}

impl AsPayload for Vec<u8> {
    #[inline]
    fn as_payload(&self) -> Payload<'_> {
        Payload::Binary(self)
    }
}

impl AsPayload for Message<'_> {
    #[inline]
    fn as_payload(&self) -> Payload<'_> {
        (*self).into()
    }
}

impl<T: AsPayload + ?Sized> AsPayload for &T {
    #[inline]
    fn as_payload(&self) -> Payload<'_> {
        (**self).as_payload()
    }

    #[cfg(feature = "deflate")]
    #[inline]
    fn may_be_compressed(&self) -> bool {
        (**self).may_be_compressed()
    }
}

impl<T: AsPayload + ToOwned + ?Sized> AsPayload for Cow<'_, T> {
    #[inline]
    fn as_payload(&self) -> Payload<'_> {
        (**self).as_payload()
    }

    #[cfg(feature = "deflate")]
    #[inline]
    fn may_be_compressed(&self) -> bool {
        (**self).may_be_compressed()
    }
}

impl<T: AsPayload + ?Sized> AsPayload for Box<T> {
    #[inline]
    fn as_payload(&self) -> Payload<'_> {
        (**self).as_payload()
    }

    #[cfg(feature = "deflate")]
    #[inline]
    fn may_be_compressed(&self) -> bool {
        (**self).may_be_compressed()
    }
}

impl<T: AsPayload + ?Sized> AsPayload for Rc<T> {
    #[inline]
    fn as_payload(&self) -> Payload<'_> {
        (**self).as_payload()
    }

    #[cfg(feature = "deflate")]
    #[inline]
    fn may_be_compressed(&self) -> bool {
        (**self).may_be_compressed()
    }
}

impl<T: AsPayload + ?Sized> AsPayload for Arc<T> {
    #[inline]
    fn as_payload(&self) -> Payload<'_> {
        (**self).as_payload()
    }

    #[cfg(feature = "deflate")]
    #[inline]
    fn may_be_compressed(&self) -> bool {
        (**self).may_be_compressed()
    }
}

impl<'a> From<Message<'a>> for Payload<'a> {
    fn from(message: Message<'a>) -> Self {
        match message {
            Message::Text(text) => Self::Text(text),
            Message::Binary(bytes) => Self::Binary(bytes),
        }
    }
}

impl<'a> From<&'a str> for Payload<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Payload<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Binary(bytes)
    }
}

/// Decodes a [`Payload::Base64`]. It accepts only the standard alphabet with padding ([L](crate::rules#l)).
///
/// ```
/// use connect_socket_core::params::decode_base64;
///
/// assert_eq!(decode_base64("aGk=").as_deref(), Ok(&b"hi"[..]));
/// assert!(decode_base64("aGk").is_err());
/// ```
pub fn decode_base64(text: &str) -> Result<Vec<u8>, SendError> {
    STANDARD.decode(text).map_err(|_| SendError::NotBase64)
}

/// How many bytes a base64 text stands for, judged by its length and padding only. It does not check that the text is
/// base64.
pub(crate) fn base64_length(text: &str) -> usize {
    let padding = text.bytes().rev().take(2).take_while(|byte| *byte == b'=').count();
    (text.len().div_ceil(4) * 3).saturating_sub(padding)
}

/// Why a base64 text of more than `limit` bytes cannot be sent: it is too big, or not base64. This takes no memory for
/// decoding (rule M1).
pub(crate) fn refuse_base64(text: &str, limit: usize) -> SendError {
    /// How many letters are decoded at a time.
    const LETTERS: usize = 1024;
    let mut bytes = [0; LETTERS / 4 * 3];
    let mut chunks = text.as_bytes().chunks(LETTERS).peekable();
    while let Some(chunk) = chunks.next() {
        let length = STANDARD.decode_slice(chunk, &mut bytes);
        // Padding may only be at the end of the text.
        let valid = length.is_ok_and(|length| chunks.peek().is_none() || length == bytes.len());
        if !valid {
            return SendError::NotBase64;
        }
    }
    SendError::TooBig { length: base64_length(text), limit }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l_only_strict_base64_is_decoded() {
        assert_eq!(decode_base64(""), Ok(vec![]));
        assert_eq!(decode_base64("+/8="), Ok(vec![0xfb, 0xff]));
        assert_eq!(decode_base64("AA=="), Ok(vec![0]));
        for text in FAULTS {
            assert_eq!(decode_base64(text), Err(SendError::NotBase64), "{text:?}");
        }
    }

    const FAULTS: [&str; 18] = [
        "-_8=", "AA", "AA=", "AAA", "AAAA=", "AB==", "AAB=", "A A=", "AA==\n", " AA==", "AA== ", "=", "====",
        "A===", "AA==AA==", "AAAAA", "é", "AA\0=",
    ];

    #[test]
    fn m1_base64_is_measured_without_being_decoded() {
        for length in (0..10).chain(764..772).chain(1533..1540) {
            let text = STANDARD.encode(vec![0xfb; length]);
            assert_eq!(base64_length(&text), length);
            assert_eq!(refuse_base64(&text, 7), SendError::TooBig { length, limit: 7 });
        }
    }

    #[test]
    fn l_what_is_too_long_and_no_base64_is_no_base64() {
        for before in [0, 1020, 1024, 2044, 2048] {
            for fault in FAULTS {
                let text = "A".repeat(before) + fault;
                assert_eq!(refuse_base64(&text, 7), SendError::NotBase64, "{before} {fault:?}");
                let text = text + &"AAAA".repeat(600);
                assert_eq!(refuse_base64(&text, 7), SendError::NotBase64, "{before} {fault:?} and more");
                assert!(decode_base64(&text).is_err());
            }
        }
    }

    #[test]
    fn l_data_must_be_a_string() {
        let text = Value::from("x");
        for data in
            [Value::Null, Value::from(1), Value::from(true), Value::Array(vec![]), Value::Object(vec![])]
        {
            assert_eq!(Payload::from_script(&data, &Value::from(true)), Payload::Invalid);
            assert_eq!(Payload::from_script(&data, &Value::Null), Payload::Invalid);
        }
        assert_eq!(Payload::from_script(&text, &Value::from(false)), Payload::Text("x"));
        assert_eq!(Payload::from_script(&text, &Value::from("true")), Payload::Invalid);
    }
}
