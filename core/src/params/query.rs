//! The query: the url's own, and `data` (rule Q1).

use core::fmt::{self, Write as _};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::ParameterError;
use crate::value::{Value, number_text, write_json};

/// The characters to encode: all but letters, digits and `-_.!~*()`. encodeURIComponent encodes these except the
/// apostrophe, which the URL standard encodes afterwards.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'(')
    .remove(b')');

/// The members of `data` (V6).
pub(crate) fn members_of(data: &Value) -> Result<&[(String, Value)], ParameterError> {
    match data {
        Value::Null => Ok(&[]),
        Value::Object(members) => Ok(members),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(ParameterError::DataNotAnObject)
        }
    }
}

/// Writes a url's `own` query and `data`, joined with one `&`. There is no `&` if `own` is absent, empty or ends in
/// one.
pub(crate) fn write_query(
    own: Option<&str>,
    data: &[(String, Value)],
    out: &mut impl fmt::Write,
) -> fmt::Result {
    let mut separator = match own {
        None => "?",
        Some(own) if own.is_empty() || own.ends_with('&') => "",
        Some(_) => "&",
    };
    if let Some(own) = own {
        out.write_str("?")?;
        out.write_str(own)?;
    }
    for (key, value) in data {
        if key.is_empty() || matches!(value, Value::Null) {
            continue;
        }
        out.write_str(separator)?;
        separator = "&";
        let mut component = Component(out);
        component.write_str(key)?;
        component.0.write_str("=")?;
        write_text(value, &mut component)?;
    }
    Ok(())
}

fn write_text(value: &Value, out: &mut impl fmt::Write) -> fmt::Result {
    match value {
        Value::Null => Ok(()),
        Value::Bool(true) => out.write_str("true"),
        Value::Bool(false) => out.write_str("false"),
        Value::String(text) => out.write_str(text),
        Value::Number(number) => out.write_str(&number_text(*number)),
        Value::Array(_) | Value::Object(_) => write_json(value, out),
    }
}

/// Percent-encodes what is written.
struct Component<'o, O>(&'o mut O);

impl<O: fmt::Write> fmt::Write for Component<'_, O> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        utf8_percent_encode(text, COMPONENT).try_for_each(|part| self.0.write_str(part))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn object(members: &[(&str, Value)]) -> Value {
        Value::Object(members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    }

    fn query_of(own: Option<&str>, data: &Value) -> String {
        let mut query = String::new();
        let written = members_of(data).is_ok_and(|data| write_query(own, data, &mut query).is_ok());
        assert!(written, "{data:?}");
        query
    }

    fn pairs(query: &str) -> Vec<(String, String)> {
        let query = query.strip_prefix('?').unwrap_or_default();
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
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
            query_of(None, &data),
            "?b=x%20y%26%3D%2B%23%2F%3F%C3%A9&a=0&big=1e%2B21&nan=NaN&t=true&f=false&empty=&k%20ey=-_.!~*%27()&b=again"
        );
    }

    #[test]
    fn q1_nested_values_as_json_stringify_writes_them() {
        let data = Value::from_json(
            r#"{"a":[1, -0, 1e21, 0.5, null, true, [], {}, "\u0000\u001f\b\f\n\r\t\"\\\/\u007f\u2028é"],"o":{"x":null,"":1}}"#,
        );
        let query = query_of(None, &data.unwrap_or_default());
        let nested =
            "[1,0,1e+21,0.5,null,true,[],{},\"\\u0000\\u001f\\b\\f\\n\\r\\t\\\"\\\\/\u{7f}\u{2028}é\"]";
        assert_eq!(pairs(&query), [("a".into(), nested.into()), ("o".into(), r#"{"x":null,"":1}"#.into())]);
        let data = object(&[("a", Value::Array(vec![Value::from(f64::INFINITY)]))]);
        assert_eq!(query_of(None, &data), "?a=%5Bnull%5D");
    }

    #[test]
    fn q1_joined_with_one_ampersand() {
        for (own, data, joined) in [
            (None, "{}", ""),
            (Some(""), "{}", "?"),
            (Some(""), r#"{"a":1}"#, "?a=1"),
            (Some("x"), r#"{"a":1}"#, "?x&a=1"),
            (Some("x"), r#"{"a":1,"b":null,"":2,"c":3}"#, "?x&a=1&c=3"),
            (Some("x&"), r#"{"a":1}"#, "?x&a=1"),
            (Some("x&&"), r#"{"a":1}"#, "?x&&a=1"),
            (Some("&"), r#"{"a":1}"#, "?&a=1"),
            (Some("x&"), r#"{"a":null}"#, "?x&"),
            (Some("%41%27%27%"), r#"{"a":"'"}"#, "?%41%27%27%&a=%27"),
        ] {
            assert_eq!(query_of(own, &Value::from_json(data).unwrap_or_default()), joined);
        }
    }

    #[test]
    fn v6_data_must_be_an_object() {
        assert_eq!(query_of(None, &Value::Null), "");
        assert_eq!(query_of(None, &Value::Object(vec![])), "");
        for data in [Value::from(1), Value::from("a=1"), Value::from(true), Value::Array(vec![])] {
            assert_eq!(members_of(&data), Err(ParameterError::DataNotAnObject));
        }
    }

    /// What encodeURIComponent encodes.
    const SCRIPT: &AsciiSet = &COMPONENT.remove(b'\'');

    proptest! {
        #[test]
        fn q1_a_query_reads_back_as_what_was_given(
            members in prop::collection::vec((any::<String>(), any::<String>()), 0..8),
        ) {
            let data = Value::Object(members.iter().map(|(k, v)| (k.clone(), Value::from(v.as_str()))).collect());
            let given: Vec<_> = members.into_iter().filter(|(key, _)| !key.is_empty()).collect();
            prop_assert_eq!(pairs(&query_of(None, &data)), given);
        }

        /// Writing directly gives the same as parsing a url that contains the encoded data.
        #[test]
        fn q1_the_whole_goes_out_as_the_url_standard_writes_it(
            own in prop_oneof![Just(String::new()), "\\?[!-~é]{0,6}&?"],
            key in "[a-z'&=é\u{1}]{1,4}",
            value in "[ -~é\u{85}]{0,6}",
        ) {
            let own = own.replace('#', "");
            let url = url::Url::parse(&format!("wss://h/{own}")).expect("a url");
            let data = object(&[(&key, Value::from(value.as_str()))]);
            let encoded = format!("{}={}", utf8_percent_encode(&key, SCRIPT), utf8_percent_encode(&value, SCRIPT));
            let joined = match url.query() {
                None | Some("") => encoded,
                Some(own) if own.ends_with('&') => format!("{own}{encoded}"),
                Some(own) => format!("{own}&{encoded}"),
            };
            let mut whole = url.clone();
            whole.set_query(Some(&joined));
            prop_assert_eq!(query_of(url.query(), &data), format!("?{}", whole.query().unwrap_or_default()));
        }
    }
}
