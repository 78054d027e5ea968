//! What a script hands over, in a case: JSON, letter for letter as it is written in the generator, because
//! `1` and `1.0` are one number to JavaScript, but not to every language that a port may be written in.
//!
//! What JSON cannot say is in no case: not-a-number and the infinities, half a surrogate pair, nesting without
//! end. `null` stands for what is absent, too.

use connect_socket_core::Value;
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
        Value::deserialize(deserializer).map(|value| Self { value, text: None })
    }
}
