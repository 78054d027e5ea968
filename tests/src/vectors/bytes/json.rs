//! What a script hands over, in a case: JSON, letter for letter as it is written in the generator, because
//! `1` and `1.0` are one number to JavaScript, but not to every language that a port may be written in.
//!
//! What JSON cannot say is in no case: not-a-number and the infinities, half a surrogate pair, nesting without
//! end. `null` stands for what is absent, too.

use std::fmt;

use connect_socket_core::Value;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// Any value.
#[derive(Clone, Debug)]
pub struct Json {
    /// What it says.
    pub value: Value,
    /// How it is written; none if it was read, because what was read is not written again.
    text: Option<Box<RawValue>>,
}

impl Json {
    /// What `text` says.
    pub(super) fn read(text: &str) -> Self {
        let value = Value::from_json(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert!(text.is_ascii(), "written with escapes, so that a file shows every letter: {text}");
        Self { value, text: RawValue::from_string(text.to_owned()).ok() }
    }

    /// Nothing.
    pub(super) fn null() -> Self {
        Self::default()
    }
}

impl Default for Json {
    fn default() -> Self {
        Self::read("null")
    }
}

impl From<&str> for Json {
    /// A string.
    fn from(text: &str) -> Self {
        Self::read(super::super::frame::text(&text).trim_end())
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.text.as_ref().ok_or_else(|| serde::ser::Error::custom("it was read"))?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue).map(|value| Self { value, text: None })
    }
}

/// Reads what the files hold, which is nested a few levels at most.
struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null, a boolean, a number, a string, a list or an object")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
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
        while let Some(Json { value, .. }) = source.next_element()? {
            elements.push(value);
        }
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut source: A) -> Result<Value, A::Error> {
        let mut members = Vec::new();
        while let Some((name, Json { value, .. })) = source.next_entry()? {
            members.push((name, value));
        }
        Ok(Value::Object(members))
    }
}
