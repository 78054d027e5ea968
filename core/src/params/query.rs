//! `data` as a query (semantics Q1).

use core::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::ParameterError;
use crate::value::{Value, number_text};

/// How deep a value in `data` may be nested. JSON readers commonly stop there too, and a writer that goes
/// down level by level needs an end to be safe (G7).
pub(crate) const DEPTH_LIMIT: usize = 128;

/// What encodeURIComponent encodes: all but letters, digits and `-_.!~*'()`.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// The query that `data` stands for; empty if there is nothing to send.
pub(crate) fn query_of(data: &Value) -> Result<String, ParameterError> {
    let members = match data {
        Value::Null => return Ok(String::new()),
        Value::Object(members) => members,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            return Err(ParameterError::DataNotAnObject);
        }
    };
    let mut query = String::new();
    for (key, value) in members {
        let nested;
        let text = match value {
            Value::Null => continue,
            Value::Bool(true) => "true",
            Value::Bool(false) => "false",
            Value::String(text) => text,
            Value::Number(number) => {
                nested = number_text(*number);
                &nested
            }
            Value::Array(_) | Value::Object(_) => {
                nested = json(value)?;
                &nested
            }
        };
        if key.is_empty() {
            continue;
        }
        let separator = if query.is_empty() { "" } else { "&" };
        query.push_str(separator);
        query.extend(utf8_percent_encode(key, COMPONENT));
        query.push('=');
        query.extend(utf8_percent_encode(text, COMPONENT));
    }
    Ok(query)
}

/// The compact text that JSON.stringify writes.
fn json(value: &Value) -> Result<String, ParameterError> {
    let mut out = String::new();
    write_json(value, DEPTH_LIMIT, &mut out)?;
    Ok(out)
}

fn write_json(value: &Value, levels: usize, out: &mut String) -> Result<(), ParameterError> {
    match value {
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) if number.is_finite() => out.push_str(&number_text(*number)),
        // JSON has no infinities and no NaN.
        Value::Null | Value::Number(_) => out.push_str("null"),
        Value::String(text) => write_json_string(text, out),
        Value::Array(elements) => {
            let levels = levels.checked_sub(1).ok_or(ParameterError::DataTooDeep)?;
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                write_json(element, levels, out)?;
            }
            out.push(']');
        }
        Value::Object(members) => {
            let levels = levels.checked_sub(1).ok_or(ParameterError::DataTooDeep)?;
            out.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                write_json_string(name, out);
                out.push(':');
                write_json(member, levels, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn write_json_string(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}' => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            _ => out.push(letter),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn object(members: &[(&str, Value)]) -> Value {
        Value::Object(members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    }

    #[test]
    fn q1_plain_values_in_order() {
        let data = object(&[
            ("b", Value::from("x y&=+#/?é")),
            ("a", Value::from(-0.0)),
            ("n", Value::Null),
            ("", Value::from("skipped")),
            ("big", Value::from(1e21)),
            ("nan", Value::from(f64::NAN)),
            ("t", Value::from(true)),
            ("f", Value::from(false)),
            ("empty", Value::from("")),
            ("k ey", Value::from("-_.!~*'()")),
            ("b", Value::from("again")),
        ]);
        assert_eq!(
            query_of(&data).as_deref(),
            Ok(
                "b=x%20y%26%3D%2B%23%2F%3F%C3%A9&a=0&big=1e%2B21&nan=NaN&t=true&f=false&empty=&k%20ey=-_.!~*'()&b=again"
            )
        );
    }

    #[test]
    fn q1_nested_values_as_json_stringify_writes_them() {
        let data = Value::from_json(
            r#"{"a":[1, -0, 1e21, 0.5, null, true, [], {}, "\u0000\u001f\b\f\n\r\t\"\\\/\u007f\u2028é"],"o":{"x":null,"":1}}"#,
        );
        let data = data.unwrap_or_default();
        let Value::Object(members) = &data else { panic!("an object") };
        let texts: Vec<_> = members.iter().map(|(_, value)| json(value)).collect();
        assert_eq!(
            texts,
            [
                Ok("[1,0,1e+21,0.5,null,true,[],{},\"\\u0000\\u001f\\b\\f\\n\\r\\t\\\"\\\\/\u{7f}\u{2028}é\"]".to_owned()),
                Ok(r#"{"x":null,"":1}"#.to_owned()),
            ]
        );
        assert_eq!(json(&Value::Array(vec![Value::from(f64::INFINITY)])).as_deref(), Ok("[null]"));
    }

    #[test]
    fn v6_data_must_be_an_object_of_bounded_depth() {
        assert_eq!(query_of(&Value::Null).as_deref(), Ok(""));
        assert_eq!(query_of(&Value::Object(vec![])).as_deref(), Ok(""));
        for data in [Value::from(1), Value::from("a=1"), Value::from(true), Value::Array(vec![])] {
            assert_eq!(query_of(&data), Err(ParameterError::DataNotAnObject));
        }
        let mut deep = Value::Null;
        for _ in 0..DEPTH_LIMIT {
            deep = Value::Array(vec![deep]);
        }
        assert!(query_of(&object(&[("d", deep.clone())])).is_ok());
        let deeper = Value::Array(vec![deep]);
        assert_eq!(query_of(&object(&[("d", deeper.clone())])), Err(ParameterError::DataTooDeep));
        // V6 is judged before anything is dropped, an empty key included.
        assert_eq!(query_of(&object(&[("", deeper)])), Err(ParameterError::DataTooDeep));
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            prop::num::f64::NORMAL.prop_map(Value::Number),
            any::<String>().prop_map(Value::String),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                prop::collection::vec((any::<String>(), inner), 0..4).prop_map(Value::Object),
            ]
        })
    }

    proptest! {
        #[test]
        fn q1_a_query_reads_back_as_what_was_given(
            members in prop::collection::vec((any::<String>(), any::<String>()), 0..8),
        ) {
            let data = Value::Object(members.iter().map(|(k, v)| (k.clone(), Value::from(v.as_str()))).collect());
            let query = query_of(&data).unwrap_or_default();
            let read: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
            let given: Vec<_> = members.into_iter().filter(|(key, _)| !key.is_empty()).collect();
            prop_assert_eq!(read, given);
        }

        #[test]
        fn q1_json_reads_back_as_what_was_given(value in any_value()) {
            let text = json(&value).unwrap_or_default();
            prop_assert_eq!(Value::from_json(&text), Ok(value));
        }
    }
}
