//! `header` and `protocols` as the header lines of the request (semantics Q2, Q3), and what of V6 concerns
//! them.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::error::ParameterError;
use crate::params::token::{is_token, trim_blanks};
use crate::value::{Value, number_text};

/// What the script cannot set: the handshake and the connection are ours (Q2). In lower case.
const DROPPED: [&str; 10] = [
    "host",
    "connection",
    "upgrade",
    "content-length",
    "transfer-encoding",
    "referer",
    "sec-websocket-key",
    "sec-websocket-version",
    "sec-websocket-accept",
    "sec-websocket-extensions",
];

const SUBPROTOCOL: &str = "sec-websocket-protocol";

/// What the script adds to the request.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Fields<'a> {
    /// The header lines that go out, in order: name and value.
    pub(crate) lines: Vec<(&'a str, Cow<'a, str>)>,
    /// The subprotocols offered, in order, none twice.
    pub(crate) offer: Vec<String>,
}

impl<'a> Fields<'a> {
    pub(crate) fn check(header: &'a Value, protocols: &'a Value) -> Result<Self, ParameterError> {
        // V6 is judged on all there is, before Q2 drops any of it.
        let given = given_lines(header)?;
        let listed = listed_protocols(protocols)?;

        let mut fields = Self::default();
        let mut offered_in_header = None;
        let mut seen = HashSet::new();
        for (name, value) in given.into_iter().rev() {
            let key = name.to_ascii_lowercase();
            let dropped = DROPPED.contains(&key.as_str());
            let is_offer = key == SUBPROTOCOL;
            if dropped || !seen.insert(key) {
                continue;
            }
            if is_offer {
                offered_in_header = Some(value);
            } else {
                fields.lines.push((name, value));
            }
        }
        fields.lines.reverse();

        let offered_in_header = offered_in_header.unwrap_or_default();
        let mut seen = HashSet::new();
        for name in listed_names(&offered_in_header).chain(listed) {
            if !name.is_empty() && seen.insert(name) {
                fields.offer.push(name.to_owned());
            }
        }
        Ok(fields)
    }
}

/// The members of `header` that are not null, their values as text without the blanks at the ends.
fn given_lines(header: &Value) -> Result<Vec<(&str, Cow<'_, str>)>, ParameterError> {
    let members = match header {
        Value::Null => return Ok(Vec::new()),
        Value::Object(members) => members,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            return Err(ParameterError::HeaderNotAnObject);
        }
    };
    let mut lines = Vec::with_capacity(members.len());
    for (name, value) in members {
        if !is_token(name) {
            return Err(ParameterError::HeaderName(name.as_str().into()));
        }
        let text = match value {
            Value::Null => continue,
            Value::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
            Value::Number(number) => Cow::Owned(number_text(*number)),
            Value::String(text) => Cow::Borrowed(text.as_str()),
            Value::Array(_) | Value::Object(_) => {
                return Err(ParameterError::HeaderValueType(name.as_str().into()));
            }
        };
        if text.chars().any(|letter| letter.is_control() && letter != '\t') {
            return Err(ParameterError::HeaderValue(name.as_str().into()));
        }
        let text = match text {
            Cow::Borrowed(text) => Cow::Borrowed(trim_blanks(text)),
            Cow::Owned(text) => Cow::Owned(text),
        };
        if name.eq_ignore_ascii_case(SUBPROTOCOL) {
            listed_names(&text).try_for_each(check_subprotocol)?;
        }
        lines.push((name.as_str(), text));
    }
    Ok(lines)
}

fn listed_protocols(protocols: &Value) -> Result<Vec<&str>, ParameterError> {
    let elements = match protocols {
        Value::Null => return Ok(Vec::new()),
        Value::Array(elements) => elements,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            return Err(ParameterError::ProtocolsNotAList);
        }
    };
    let mut names = Vec::with_capacity(elements.len());
    for element in elements {
        let Value::String(name) = element else { return Err(ParameterError::ProtocolsNotAList) };
        check_subprotocol(name)?;
        names.push(name.as_str());
    }
    Ok(names)
}

/// The elements of a comma-separated list, empty ones too.
fn listed_names(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(trim_blanks)
}

/// An empty name is no offer and no fault either (Q3).
fn check_subprotocol(name: &str) -> Result<(), ParameterError> {
    if name.is_empty() || is_token(name) { Ok(()) } else { Err(ParameterError::Subprotocol) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(members: &[(&str, Value)]) -> Value {
        Value::Object(members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    }

    fn lines(members: &[(&str, Value)]) -> Result<Vec<(String, String)>, ParameterError> {
        let header = object(members);
        let fields = Fields::check(&header, &Value::Null)?;
        Ok(fields.lines.iter().map(|(name, value)| ((*name).to_owned(), value.to_string())).collect())
    }

    fn offer(header: &[(&str, Value)], protocols: &Value) -> Result<Vec<String>, ParameterError> {
        let header = object(header);
        let fields = Fields::check(&header, protocols)?;
        assert_eq!(fields.lines, [], "an offer is no line of the script's");
        Ok(fields.offer)
    }

    fn list(names: &[&str]) -> Value {
        Value::Array(names.iter().map(|name| Value::from(*name)).collect())
    }

    #[test]
    fn q2_values_names_and_order() {
        let sent = lines(&[
            ("Z", Value::from(" \ta\tb \t")),
            ("n", Value::from(1e21)),
            ("t", Value::from(true)),
            ("gone", Value::Null),
            ("e", Value::from("")),
            ("u", Value::from("\u{a0}é\u{3000}")),
            ("Origin", Value::from("https://o")),
        ]);
        let expected = [
            ("Z", "a\tb"),
            ("n", "1e+21"),
            ("t", "true"),
            ("e", ""),
            ("u", "\u{a0}é\u{3000}"),
            ("Origin", "https://o"),
        ];
        assert_eq!(sent, Ok(expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into()));
    }

    #[test]
    fn q2_the_last_of_equal_names_wins_and_null_is_not_compared() {
        let sent = lines(&[
            ("Cookie", Value::from("a")),
            ("X", Value::from("x")),
            ("cookie", Value::from("b")),
            ("Y", Value::from("y")),
            ("COOKIE", Value::Null),
        ]);
        let expected = [("X", "x"), ("cookie", "b"), ("Y", "y")];
        assert_eq!(sent, Ok(expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into()));
    }

    #[test]
    fn q2_our_own_headers_are_dropped_in_any_letter_case() {
        for name in DROPPED {
            for name in [name.to_owned(), name.to_uppercase()] {
                assert_eq!(lines(&[(&name, Value::from("x"))]), Ok(vec![]), "{name}");
                assert!(lines(&[(&name, Value::from("x\n"))]).is_err(), "V6 comes before Q2: {name}");
            }
        }
    }

    #[test]
    fn q3_header_first_then_the_list_without_duplicates() {
        let header = [("SEC-websocket-PROTOCOL", Value::from(" a ,, b,\tA,a"))];
        assert_eq!(
            offer(&header, &list(&["b", "", "c", "c"])),
            Ok(vec!["a".into(), "b".into(), "A".into(), "c".into()])
        );
        assert_eq!(offer(&[], &list(&["x"])), Ok(vec!["x".into()]));
        assert_eq!(offer(&[("Sec-WebSocket-Protocol", Value::from(" , "))], &list(&[""])), Ok(vec![]));
        assert_eq!(offer(&[("Sec-WebSocket-Protocol", Value::from(7))], &Value::Null), Ok(vec!["7".into()]));
        let twice =
            [("Sec-WebSocket-Protocol", Value::from("a")), ("sec-websocket-protocol", Value::from("b"))];
        assert_eq!(offer(&twice, &Value::Null), Ok(vec!["b".into()]));
    }

    #[test]
    fn v6_each_fault_is_found_wherever_it_stands() {
        use ParameterError as E;
        for (name, value, expected) in [
            ("", Value::from("x"), E::HeaderName("".into())),
            ("a b", Value::Null, E::HeaderName("a b".into())),
            ("a:", Value::from("x"), E::HeaderName("a:".into())),
            ("é", Value::from("x"), E::HeaderName("é".into())),
            ("a", Value::from("x\r\nb: c"), E::HeaderValue("a".into())),
            ("a", Value::from("x\n"), E::HeaderValue("a".into())),
            ("a", Value::from("\0"), E::HeaderValue("a".into())),
            ("a", Value::from("\u{7f}"), E::HeaderValue("a".into())),
            ("a", Value::from("\u{85}"), E::HeaderValue("a".into())),
            ("a", Value::Array(vec![]), E::HeaderValueType("a".into())),
            ("Host", Value::Object(vec![]), E::HeaderValueType("Host".into())),
            ("Sec-WebSocket-Protocol", Value::from("a, b c"), E::Subprotocol),
        ] {
            // A later header of the same name would win, but a fault is a fault.
            assert_eq!(lines(&[(name, value), (name, Value::from("fine"))]), Err(expected));
        }
        for header in [Value::from("a: b"), Value::Array(vec![]), Value::from(0), Value::from(false)] {
            assert_eq!(Fields::check(&header, &Value::Null), Err(E::HeaderNotAnObject));
        }
        for protocols in [
            Value::from("a"),
            Value::Object(vec![]),
            Value::from(0),
            Value::Array(vec![Value::from("a"), Value::Null]),
        ] {
            assert_eq!(Fields::check(&Value::Null, &protocols), Err(E::ProtocolsNotAList));
        }
        for name in [" ", "a,b", "a b", " a", "é", "a/b"] {
            assert_eq!(Fields::check(&Value::Null, &list(&[name])), Err(E::Subprotocol), "{name:?}");
        }
    }
}
