//! What a script passes: the JavaScript values of which parameters can consist.
//!
//! A script decides how deeply they are nested, so nothing here is recursive (rule M1).

mod build;
mod read;
mod walk;
mod write;

use core::fmt;
use std::borrow::Cow;
use std::sync::Arc;

pub use read::InvalidJson;
pub(crate) use write::write_json;

use url::Url;

use crate::show::ShowText;
use walk::{Step, Walk};

/// How many values of a list or an object [`Debug`](fmt::Debug) shows, including nested ones.
const SHOWN: usize = 64;

/// A value as a script passes it, of any type. The checks find out whether the url is a string and `data` is an object
/// ([V](crate::rules#v)).
///
/// An object keeps its members in the order in which they were added ([Q1](crate::rules#q1)), including members with
/// equal names. An absent parameter is [`Value::Null`], like one that is `null`.
///
/// It may be nested as deeply as memory allows. Reading, cloning, comparing, showing and dropping it take no more stack
/// for that ([M1](crate::rules#m1)). For this it implements [`Drop`], so patterns cannot move its content out. Use
/// [`Value::into_string`], [`Value::into_array`] and [`Value::into_object`] instead.
///
/// ```
/// use connect_socket_core::Value;
///
/// let value = Value::from_json(r#"{"b": 1, "a": ["x", null]}"#)?;
/// let list = Value::Array(vec![Value::from("x"), Value::Null]);
/// assert_eq!(value, Value::Object(vec![("b".into(), Value::from(1)), ("a".into(), list)]));
/// # Ok::<(), connect_socket_core::InvalidJson>(())
/// ```
#[derive(Default)]
pub enum Value {
    /// `null`, or a value that was left out.
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// A number. JavaScript has only this kind.
    Number(f64),
    /// A string.
    String(String),
    /// A list.
    Array(Vec<Value>),
    /// An object: its members in order.
    Object(Vec<(String, Value)>),
}

impl Value {
    /// The string, if it is one.
    pub fn into_string(mut self) -> Option<String> {
        match &mut self {
            Self::String(text) => Some(core::mem::take(text)),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Array(_) | Self::Object(_) => None,
        }
    }

    /// The elements, if it is a list.
    pub fn into_array(mut self) -> Option<Vec<Value>> {
        match &mut self {
            Self::Array(elements) => Some(core::mem::take(elements)),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) | Self::Object(_) => None,
        }
    }

    /// The members in order, if it is an object.
    ///
    /// ```
    /// use connect_socket_core::Value;
    ///
    /// let members = Value::from_json(r#"{"b": 1, "a": 2}"#)?.into_object();
    /// assert_eq!(members, Some(vec![("b".to_owned(), Value::from(1)), ("a".to_owned(), Value::from(2))]));
    /// # Ok::<(), connect_socket_core::InvalidJson>(())
    /// ```
    pub fn into_object(mut self) -> Option<Vec<(String, Value)>> {
        match &mut self {
            Self::Object(members) => Some(core::mem::take(members)),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) | Self::Array(_) => None,
        }
    }

    /// Adds a member at the end of an object. Any other value becomes an object.
    pub(crate) fn push_member(&mut self, name: String, value: Value) {
        if let Self::Object(members) = self {
            members.push((name, value));
        } else {
            *self = Self::Object(vec![(name, value)]);
        }
    }

    fn is_nested(&self) -> bool {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => false,
            Self::Array(_) | Self::Object(_) => true,
        }
    }

    /// Moves the lists and objects inside it to `waiting`, and drops everything else inside it.
    fn give_up(&mut self, waiting: &mut Vec<Value>) {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => {}
            Self::Array(elements) => waiting.extend(elements.drain(..).filter(Self::is_nested)),
            Self::Object(members) => {
                waiting.extend(members.drain(..).map(|(_, value)| value).filter(Self::is_nested));
            }
        }
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        let mut waiting = Vec::new();
        self.give_up(&mut waiting);
        while let Some(mut value) = waiting.pop() {
            value.give_up(&mut waiting);
        }
    }
}

impl Clone for Value {
    fn clone(&self) -> Self {
        build::build(Walk::new(self))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        Walk::new(self).eq(Walk::new(other))
    }
}

impl fmt::Debug for Value {
    /// Shows it as a script would write it, in one line. Long strings and large values are shown in part.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (count, step) in Walk::new(self).enumerate() {
            if count >= SHOWN && !matches!(step, Step::EndList | Step::EndObject) {
                return f.write_str(" and more");
            }
            if !matches!(step, Step::EndList | Step::EndObject) {
                f.write_str(separator)?;
            }
            separator = match step {
                Step::BeginList | Step::BeginObject => "",
                Step::Name(_) => ": ",
                Step::Null
                | Step::Bool(_)
                | Step::Number(_)
                | Step::String(_)
                | Step::EndList
                | Step::EndObject => ", ",
            };
            match step {
                Step::Null => f.write_str("null")?,
                Step::Bool(value) => write!(f, "{value}")?,
                Step::Number(value) => write!(f, "{value:?}")?,
                Step::Name(text) | Step::String(text) => write!(f, "{:?}", ShowText(text))?,
                Step::BeginList => f.write_str("[")?,
                Step::EndList => f.write_str("]")?,
                Step::BeginObject => f.write_str("{")?,
                Step::EndObject => f.write_str("}")?,
            }
        }
        Ok(())
    }
}

/// A number as JavaScript prints it (rule Q1).
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

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::String(value.clone())
    }
}

impl From<Cow<'_, str>> for Value {
    fn from(value: Cow<'_, str>) -> Self {
        Self::String(value.into_owned())
    }
}

impl From<Box<str>> for Value {
    fn from(value: Box<str>) -> Self {
        Self::String(value.into())
    }
}

impl From<Arc<str>> for Value {
    fn from(value: Arc<str>) -> Self {
        Self::String(value.as_ref().to_owned())
    }
}

impl From<Url> for Value {
    fn from(value: Url) -> Self {
        Self::String(value.into())
    }
}

impl From<&Url> for Value {
    fn from(value: &Url) -> Self {
        Self::String(value.as_str().to_owned())
    }
}

impl From<Vec<Value>> for Value {
    fn from(value: Vec<Value>) -> Self {
        Self::Array(value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    /// Runs on a stack on which a recursion of some hundred levels ends the program.
    fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
        let thread = std::thread::Builder::new().stack_size(64 * 1024).spawn(test);
        assert!(thread.is_ok_and(|thread| thread.join().is_ok()));
    }

    const DEEP: usize = 1_000_000;

    fn deep(value: Value) -> Value {
        (0..DEEP / 2).fold(value, |inner, _| {
            Value::Array(vec![Value::Null, Value::Object(vec![("k".to_owned(), inner)])])
        })
    }

    #[test]
    fn m1_a_value_of_any_depth_is_read_copied_compared_shown_written_and_dropped() {
        on_a_small_stack(|| {
            let value = deep(Value::Null);
            let mut copy = value.clone();
            assert!(copy == value);
            assert!(deep(Value::from(1)) != value);
            assert!(format!("{value:?}").len() < 1000);
            let mut text = String::new();
            assert!(write_json(&value, &mut text).is_ok());
            let read = Value::from_json(&text);
            assert!(read.as_ref() == Ok(&value));
            copy.push_member("k".to_owned(), Value::Null);
            assert!(Value::from_json(&"[".repeat(DEEP)).is_err());
            assert!(Value::from_json(&"{\"a\":".repeat(DEEP)).is_err());
        });
    }

    #[test]
    fn m1_a_wide_value_is_gone_through_in_steps_too() {
        let members =
            (0..1000).map(|at| (format!("k{at}"), Value::Array(vec![Value::from(at); 50]))).collect();
        let value = Value::Object(members);
        assert!(value.clone() == value);
        assert!(format!("{value:?}").len() < 1000);
    }

    #[test]
    fn a_value_is_shown_as_a_script_would_write_it() {
        let value = Value::from_json(r#"{"a": [1, "x", [], {}], "b": {"": true}, "c": null}"#);
        let shown = r#"{"a": [1.0, "x", [], {}], "b": {"": true}, "c": null}"#;
        assert_eq!(value.map(|value| format!("{value:?}")).as_deref(), Ok(shown));
        assert_eq!(
            format!("{:?}", Value::from("x".repeat(1000))).len(),
            48 + 2 + " and 952 bytes more".len()
        );
        let long = Value::Array(vec![Value::Null; 1000]);
        assert!(format!("{long:?}").ends_with(", null and more"), "{long:?}");
    }

    /// Shallow values, because derived code would recurse as deeply as they are nested.
    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            prop_oneof![any::<f64>(), Just(0.0), Just(-0.0)].prop_map(Value::Number),
            "[ab]{0,2}|\\PC{0,3}".prop_map(Value::String),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                prop::collection::vec(("[ab]{0,2}", inner), 0..4).prop_map(Value::Object),
            ]
        })
    }

    #[expect(clippy::float_cmp, reason = "as JavaScript compares them")]
    fn is_equal(one: &Value, other: &Value) -> bool {
        match (one, other) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(one), Value::Bool(other)) => one == other,
            (Value::Number(one), Value::Number(other)) => one == other,
            (Value::String(one), Value::String(other)) => one == other,
            (Value::Array(one), Value::Array(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_equal(one, other))
            }
            (Value::Object(one), Value::Object(other)) => {
                let both = one.iter().zip(other);
                one.len() == other.len()
                    && both.into_iter().all(|(one, other)| one.0 == other.0 && is_equal(&one.1, &other.1))
            }
            _ => false,
        }
    }

    fn json(value: &Value) -> String {
        let list = |parts: Vec<String>| parts.join(",");
        match value {
            Value::Number(number) if number.is_finite() => number_text(*number),
            Value::Null | Value::Number(_) => "null".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::String(text) => serde_json::Value::from(text.as_str()).to_string(),
            Value::Array(elements) => format!("[{}]", list(elements.iter().map(json).collect())),
            Value::Object(members) => {
                let member = |(name, value): &(String, Value)| {
                    format!("{}:{}", json(&Value::from(name.as_str())), json(value))
                };
                format!("{{{}}}", list(members.iter().map(member).collect()))
            }
        }
    }

    proptest! {
        #[test]
        fn m1_without_recursion_all_is_as_with_it(one in any_value(), other in any_value()) {
            prop_assert_eq!(one == other, is_equal(&one, &other));
            prop_assert_eq!(one == one.clone(), is_equal(&one, &one));
            let mut text = String::new();
            prop_assert!(write_json(&one, &mut text).is_ok());
            prop_assert_eq!(&text, &json(&one));
            let read = Value::from_json(&text);
            prop_assert_eq!(read.as_ref().map(json), Ok(text));
        }
    }
}
