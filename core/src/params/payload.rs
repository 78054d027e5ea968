//! What sendSocketMessage is given to send, and the base64 in which scripts hand over bytes (semantics L).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::SendError;
use crate::value::Value;

/// The message of a sendSocketMessage call, as given: nothing is checked before the call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload<'a> {
    /// A text message.
    Text(&'a str),
    /// A binary message.
    Binary(&'a [u8]),
    /// A binary message in base64: what a script sends with `isBuffer` true.
    Base64(&'a str),
    /// Nothing that could be sent: the call fails with 11.
    Invalid,
}

impl<'a> Payload<'a> {
    /// What a script asks to send by `data` and `isBuffer` ([`Value::Null`] for false, too).
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

/// The bytes of a [`Payload::Base64`]: standard alphabet, padded, and nothing else (semantics L).
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l_only_strict_base64_is_decoded() {
        assert_eq!(decode_base64(""), Ok(vec![]));
        assert_eq!(decode_base64("+/8="), Ok(vec![0xfb, 0xff]));
        assert_eq!(decode_base64("AA=="), Ok(vec![0]));
        for text in [
            "-_8=", "AA", "AA=", "AAA", "AAAA=", "AB==", "AAB=", "A A=", "AA==\n", " AA==", "AA== ", "=",
            "====", "A===", "AA==AA==", "AAAAA", "é", "AA\0=",
        ] {
            assert_eq!(decode_base64(text), Err(SendError::NotBase64), "{text:?}");
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
