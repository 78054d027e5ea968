//! The parameters of closeSocket and their check (rule T).

use crate::error::CloseError;
use crate::value::Value;

/// How many bytes of UTF-8 fit after the code: a control frame holds 125 bytes (RFC 6455 §5.5).
const REASON_LIMIT: usize = 123;

/// The parameters of a closeSocket call, as given. They are checked when the call is made.
///
/// ```
/// use connect_socket_core::CloseOptions;
///
/// assert_eq!(CloseOptions::default().check(), Ok((1000, "")));
/// assert_eq!(CloseOptions::new(3001, "bye").check(), Ok((3001, "bye")));
/// assert!(CloseOptions::new(1001, "").check().is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CloseOptions {
    code: Value,
    reason: Value,
}

impl CloseOptions {
    /// A close with this code and reason.
    pub fn new(code: u16, reason: &str) -> Self {
        Self { code: Value::from(u32::from(code)), reason: Value::from(reason) }
    }

    /// A close as a script asks for it. Null stands for the default: 1000 and an empty reason.
    pub fn from_script(code: Value, reason: Value) -> Self {
        Self { code, reason }
    }

    /// The parameters as given, with their names. It is for a host that passes the call on.
    ///
    /// ```
    /// use connect_socket_core::{CloseOptions, Value};
    ///
    /// let options = CloseOptions::from_script(Value::from(5), Value::Null);
    /// assert_eq!(options.values(), [("code", &Value::from(5)), ("reason", &Value::Null)]);
    /// ```
    pub fn values(&self) -> [(&'static str, &Value); 2] {
        [("code", &self.code), ("reason", &self.reason)]
    }

    /// The code and reason to send, if they may be sent: the code is 1000 or a whole number from 3000 to 4999, and the
    /// reason has at most 123 bytes of UTF-8.
    pub fn check(&self) -> Result<(u16, &str), CloseError> {
        let code = match self.code {
            Value::Null => 1000,
            Value::Number(number) => sendable(number).ok_or(CloseError::Code)?,
            Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                return Err(CloseError::Code);
            }
        };
        let reason = match &self.reason {
            Value::Null => "",
            Value::String(reason) => reason.as_str(),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                return Err(CloseError::ReasonNotAString);
            }
        };
        if reason.len() > REASON_LIMIT {
            return Err(CloseError::ReasonTooLong { length: reason.len() });
        }
        Ok((code, reason))
    }
}

fn sendable(number: f64) -> Option<u16> {
    // Within the range, the conversion only loses a fraction, which is checked. NaN is in no range.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let code = if (1000.0..5000.0).contains(&number) && number.fract() == 0.0 { number as u16 } else { 0 };
    (code == 1000 || code >= 3000).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: Value, reason: Value) -> Result<(u16, String), CloseError> {
        CloseOptions::from_script(code, reason).check().map(|(code, reason)| (code, reason.to_owned()))
    }

    #[test]
    fn t_codes_that_may_be_sent() {
        for code in 0..=u16::MAX {
            let allowed = code == 1000 || (3000..=4999).contains(&code);
            assert_eq!(CloseOptions::new(code, "").check().is_ok(), allowed, "{code}");
        }
        for code in [-1000.0, 1000.5, 2999.9, 4999.5, 1e21, f64::NAN, f64::INFINITY, 66536.0] {
            assert_eq!(check(Value::from(code), Value::Null), Err(CloseError::Code), "{code}");
        }
        for code in [Value::from("1000"), Value::from(true), Value::Array(vec![]), Value::Object(vec![])] {
            assert_eq!(check(code, Value::Null), Err(CloseError::Code));
        }
        assert_eq!(check(Value::Null, Value::Null), Ok((1000, String::new())));
    }

    #[test]
    fn t_reasons_that_may_be_sent() {
        let longest = "\u{e9}".repeat(61) + "x";
        assert_eq!(check(Value::Null, Value::from(longest.as_str())), Ok((1000, longest.clone())));
        let too_long = longest + "x";
        assert_eq!(check(Value::Null, Value::from(too_long)), Err(CloseError::ReasonTooLong { length: 124 }));
        for reason in [Value::from(1), Value::from(false), Value::Array(vec![]), Value::Object(vec![])] {
            assert_eq!(check(Value::Null, reason), Err(CloseError::ReasonNotAString));
        }
    }
}
