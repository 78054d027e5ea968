//! What a script hands over: the values of JavaScript that the parameters of the API can be made of.

use core::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A value as a script passes it, before anything is known of its type: that the url is a string and `data`
/// an object is for the checks to find out (semantics V).
///
/// An object keeps its members in the order in which they were put in (semantics Q1), members of equal name
/// too. A parameter that is absent and one that is `null` are both [`Value::Null`].
///
/// ```
/// use connect_socket_core::Value;
///
/// let value = Value::from_json(r#"{"b": 1, "a": ["x", null]}"#)?;
/// let list = Value::Array(vec![Value::from("x"), Value::Null]);
/// assert_eq!(value, Value::Object(vec![("b".into(), Value::from(1)), ("a".into(), list)]));
/// # Ok::<(), connect_socket_core::InvalidJson>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// `null`, and whatever was left out.
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// A number: JavaScript has but this one kind.
    Number(f64),
    /// A string.
    String(String),
    /// A list.
    Array(Vec<Value>),
    /// An object: its members in order.
    Object(Vec<(String, Value)>),
}

impl Value {
    /// Reads JSON text. Numbers become doubles, rounded as JavaScript rounds them; one beyond the range of a
    /// double, and nesting deeper than 127 levels, are errors.
    pub fn from_json(text: &str) -> Result<Self, InvalidJson> {
        serde_json::from_str(text).map_err(|error| InvalidJson(error.to_string()))
    }

    /// Adds a member at the end of an object; whatever is no object becomes one.
    pub(crate) fn push_member(&mut self, name: String, value: Value) {
        if let Self::Object(members) = self {
            members.push((name, value));
        } else {
            *self = Self::Object(vec![(name, value)]);
        }
    }

    /// Adds an element at the end of a list; whatever is no list becomes one.
    pub(crate) fn push_element(&mut self, value: Value) {
        if let Self::Array(elements) = self {
            elements.push(value);
        } else {
            *self = Self::Array(vec![value]);
        }
    }

    /// Frees a value level by level. A value may be nested so deeply that freeing it by recursion, as the
    /// compiler would, runs out of stack (semantics G7).
    pub(crate) fn dismantle(self) {
        let mut waiting = Vec::new();
        if matches!(self, Self::Array(_) | Self::Object(_)) {
            waiting.push(self);
        }
        while let Some(value) = waiting.pop() {
            match value {
                Self::Array(elements) => waiting.extend(elements),
                Self::Object(members) => waiting.extend(members.into_iter().map(|(_, value)| value)),
                Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => {}
            }
        }
    }
}

/// A number as JavaScript prints it (semantics Q1).
pub(crate) fn number_text(number: f64) -> String {
    ryu_js::Buffer::new().format(number).to_owned()
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Number(f64::from(value))
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Number(f64::from(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::String(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::String(value)
    }
}

impl From<Vec<Value>> for Value {
    fn from(value: Vec<Value>) -> Self {
        Self::Array(value)
    }
}

/// The text given to [`Value::from_json`] is no JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidJson(String);

impl fmt::Display for InvalidJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not valid JSON: {}", self.0)
    }
}

impl std::error::Error for InvalidJson {}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null, a boolean, a number, a string, a list or an object")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Deserialize::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    // Whole numbers beyond 2^53 are rounded to the nearest double, which is what a script would see.
    #[allow(clippy::cast_precision_loss)]
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    #[allow(clippy::cast_precision_loss)]
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut source: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = source.next_element()? {
            elements.push(element);
        }
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut source: A) -> Result<Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = source.next_entry()? {
            members.push(member);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q1_numbers_print_as_in_javascript() {
        for (number, text) in [
            (-0.0, "0"),
            (1.0, "1"),
            (1e21, "1e+21"),
            (1e20, "100000000000000000000"),
            (1e-7, "1e-7"),
            (0.000_001, "0.000001"),
            (0.1 + 0.2, "0.30000000000000004"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
            (5e-324, "5e-324"),
            (123_456_789_012_345_680.0, "123456789012345680"),
        ] {
            assert_eq!(number_text(number), text);
        }
    }

    #[test]
    fn json_keeps_order_and_equal_names_and_rounds_once() {
        let read = Value::from_json(r#"{"z":1,"a":-0,"z":9007199254740993,"f":0.1,"n":null}"#);
        let members = [
            ("z", Value::from(1)),
            ("a", Value::from(0)),
            ("z", Value::from(9_007_199_254_740_992.0)),
            ("f", Value::from(0.1)),
            ("n", Value::Null),
        ];
        assert_eq!(read, Ok(Value::Object(members.map(|(name, value)| (name.to_owned(), value)).into())));
    }

    #[test]
    fn g7_json_that_is_broken_or_endlessly_deep_is_an_error() {
        for text in ["", "{", "[1,]", "nul", "\"\\ud800\"", &"[".repeat(100_000), "1 2"] {
            assert!(Value::from_json(text).is_err());
        }
    }

    #[test]
    fn g7_a_deep_value_is_freed_without_recursion() {
        let mut value = Value::Null;
        for _ in 0..200_000 {
            value = Value::Array(vec![Value::Object(vec![(String::new(), value)])]);
        }
        value.dismantle();
    }
}
