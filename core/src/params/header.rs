//! `header` and `protocols` as the header lines of the request (rules Q2, Q3), and the parts of V6 about them.

use core::fmt::{self, Write as _};
use core::slice;
use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::error::ParameterError;
use crate::params::room::Room;
use crate::params::token::{FieldName, is_token, trim_blanks};
use crate::show::shortened;
use crate::value::{Value, number_text};

/// The headers that a script cannot set, because the handshake and the connection are ours (Q2).
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
    /// The header lines to send, in order: name and value.
    pub(crate) lines: Vec<(&'a str, Cow<'a, str>)>,
    /// The offered subprotocols, in order, without repetition.
    pub(crate) offer: Vec<String>,
}

impl<'a> Fields<'a> {
    /// Checks `header` and `protocols`, and collects what to send of them, at most as much as fits into `limit` bytes
    /// (M1).
    pub(crate) fn check(
        header: &'a Value,
        protocols: &'a Value,
        limit: usize,
    ) -> Result<Self, ParameterError> {
        // V6 applies to all members, before Q2 drops any of them.
        let members = checked_members(header)?;
        let listed = checked_protocols(protocols)?;
        let mut room = Room::new(limit);
        Self::gather(members, listed, &mut room).map_err(|fmt::Error| room.passed())
    }

    fn gather(
        members: &'a [(String, Value)],
        listed: &'a [Value],
        room: &mut Room,
    ) -> Result<Self, fmt::Error> {
        let mut fields = Self::default();
        let mut offered_in_header = Cow::Borrowed("");
        let mut seen = BTreeSet::new();
        for (name, value) in members.iter().rev() {
            let Some(text) = text_of(value) else { continue };
            let name = FieldName(name);
            if DROPPED.iter().any(|dropped| FieldName(dropped) == name) || !seen.insert(name) {
                continue;
            }
            if name == FieldName(SUBPROTOCOL) {
                offered_in_header = text;
            } else {
                write_line(name.0, &text, room)?;
                fields.lines.push((name.0, text));
            }
        }
        fields.lines.reverse();

        let listed = listed.iter().filter_map(as_text);
        let mut seen = BTreeSet::new();
        for name in listed_names(&offered_in_header).chain(listed) {
            if !name.is_empty() && seen.insert(name) {
                room.write_str(name)?;
                fields.offer.push(name.to_owned());
            }
        }
        Ok(fields)
    }

    /// Writes the lines as they are sent: the offer first, then the others in order.
    pub(crate) fn write(&self, out: &mut impl fmt::Write) -> fmt::Result {
        let mut separator = "Sec-WebSocket-Protocol: ";
        for name in &self.offer {
            out.write_str(separator)?;
            out.write_str(name)?;
            separator = ", ";
        }
        if !self.offer.is_empty() {
            out.write_str("\r\n")?;
        }
        self.lines.iter().try_for_each(|(name, value)| write_line(name, value, out))
    }
}

fn write_line(name: &str, value: &str, out: &mut impl fmt::Write) -> fmt::Result {
    [name, ": ", value, "\r\n"].into_iter().try_for_each(|part| out.write_str(part))
}

/// The members of `header`, if all of them are valid.
fn checked_members(header: &Value) -> Result<&[(String, Value)], ParameterError> {
    let members = match header {
        Value::Null => return Ok(&[]),
        Value::Object(members) => members,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            return Err(ParameterError::HeaderNotAnObject);
        }
    };
    for (name, value) in members {
        if !is_token(name) {
            return Err(ParameterError::HeaderName(shortened(name)));
        }
        match value {
            Value::String(text) if text.chars().any(|letter| letter.is_control() && letter != '\t') => {
                return Err(ParameterError::HeaderValue(shortened(name)));
            }
            Value::String(text) if FieldName(name) == FieldName(SUBPROTOCOL) => {
                listed_names(text).try_for_each(check_subprotocol)?;
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            Value::Array(_) | Value::Object(_) => {
                return Err(ParameterError::HeaderValueType(shortened(name)));
            }
        }
    }
    Ok(members)
}

/// The value of a header as it is sent, without blanks at its ends. None for null, which is left out.
fn text_of(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Bool(true) => Some("true".into()),
        Value::Bool(false) => Some("false".into()),
        Value::Number(number) => Some(number_text(*number).into()),
        Value::String(text) => Some(trim_blanks(text).into()),
        // Lists and objects have been refused.
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The elements of `protocols`, if all of them are valid. A string is a list with one element (Q3).
fn checked_protocols(protocols: &Value) -> Result<&[Value], ParameterError> {
    let elements = match protocols {
        Value::Null => &[],
        Value::String(_) => slice::from_ref(protocols),
        Value::Array(elements) => elements.as_slice(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
            return Err(ParameterError::ProtocolsNotAList);
        }
    };
    for element in elements {
        check_subprotocol(as_text(element).ok_or(ParameterError::ProtocolsNotAList)?)?;
    }
    Ok(elements)
}

fn as_text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The elements of a comma-separated list, including empty ones.
fn listed_names(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(trim_blanks)
}

/// An empty name is neither an offer nor an error (Q3).
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
        let (header, protocols) = (object(members), Value::Null);
        let fields = Fields::check(&header, &protocols, usize::MAX)?;
        Ok(fields.lines.iter().map(|(name, value)| ((*name).to_owned(), value.to_string())).collect())
    }

    fn offer(header: &[(&str, Value)], protocols: &Value) -> Result<Vec<String>, ParameterError> {
        let header = object(header);
        let fields = Fields::check(&header, protocols, usize::MAX)?;
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
        assert_eq!(offer(&header, &Value::from("A")), Ok(vec!["a".into(), "b".into(), "A".into()]));
        assert_eq!(offer(&[], &Value::from("x")), Ok(vec!["x".into()]));
        assert_eq!(offer(&[], &Value::from("")), Ok(vec![]));
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
            // A later header with the same name would win, but an invalid value is still an error.
            assert_eq!(lines(&[(name, value), (name, Value::from("fine"))]), Err(expected));
        }
        for header in [Value::from("a: b"), Value::Array(vec![]), Value::from(0), Value::from(false)] {
            assert_eq!(Fields::check(&header, &Value::Null, usize::MAX), Err(E::HeaderNotAnObject));
        }
        for protocols in
            [Value::Object(vec![]), Value::from(0), Value::Array(vec![Value::from("a"), Value::Null])]
        {
            assert_eq!(Fields::check(&Value::Null, &protocols, usize::MAX), Err(E::ProtocolsNotAList));
        }
        for name in [" ", "a,b", "a b", " a", "é", "a/b"] {
            assert_eq!(
                Fields::check(&Value::Null, &Value::from(name), usize::MAX),
                Err(E::Subprotocol),
                "{name:?}"
            );
            assert_eq!(
                Fields::check(&Value::Null, &list(&[name]), usize::MAX),
                Err(E::Subprotocol),
                "{name:?}"
            );
        }
    }
}
