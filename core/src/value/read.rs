//! JSON text as JavaScript's JSON.parse reads it.

use core::fmt;

use super::Value;
use super::build::{Builder, Inside};

/// The text given to [`Value::from_json`] is not JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidJson {
    at: usize,
}

impl InvalidJson {
    /// Where the text stops being JSON, as a number of bytes from its start.
    pub fn offset(&self) -> usize {
        self.at
    }
}

impl fmt::Display for InvalidJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not valid JSON, from byte {} on", self.at)
    }
}

impl std::error::Error for InvalidJson {}

impl Value {
    /// Reads JSON text as JavaScript does, however deeply it is nested. Numbers are rounded to doubles, and a number
    /// beyond their range becomes an infinity. An unpaired surrogate, which a Rust string cannot hold, becomes U+FFFD.
    /// All members with equal names are kept.
    pub fn from_json(text: &str) -> Result<Self, InvalidJson> {
        let mut reader = Reader { text, rest: text };
        let value = reader.value()?;
        reader.skip_blanks();
        if reader.rest.is_empty() { Ok(value) } else { Err(reader.wrong()) }
    }
}

struct Reader<'a> {
    text: &'a str,
    /// What is not read yet: the end of `text`.
    rest: &'a str,
}

impl Reader<'_> {
    fn value(&mut self) -> Result<Value, InvalidJson> {
        let mut builder = Builder::default();
        loop {
            let whole = match self.next_token()? {
                b'[' => {
                    self.takes('[');
                    builder.begin_list();
                    if !self.takes(']') {
                        continue;
                    }
                    builder.end()
                }
                b'{' => {
                    self.takes('{');
                    builder.begin_object();
                    if !self.takes('}') {
                        builder.name(self.name()?);
                        continue;
                    }
                    builder.end()
                }
                b'"' => builder.put(Value::String(self.string()?)),
                b't' => builder.put(self.word("true", Value::Bool(true))?),
                b'f' => builder.put(self.word("false", Value::Bool(false))?),
                b'n' => builder.put(self.word("null", Value::Null)?),
                _ => builder.put(self.number()?),
            };
            if let Some(whole) = self.behind_value(&mut builder, whole)? {
                return Ok(whole);
            }
        }
    }

    /// A value is complete, and so may be the lists and objects around it. Returns the whole value, or stops where the
    /// next value begins.
    fn behind_value(
        &mut self,
        builder: &mut Builder,
        mut whole: Option<Value>,
    ) -> Result<Option<Value>, InvalidJson> {
        while let Some(inside) = builder.inside() {
            if self.takes(',') {
                if inside == Inside::Object {
                    builder.name(self.name()?);
                }
                return Ok(None);
            }
            let end = match inside {
                Inside::List => ']',
                Inside::Object => '}',
            };
            if !self.takes(end) {
                return Err(self.wrong());
            }
            whole = builder.end();
        }
        Ok(whole)
    }

    /// A member's name and its colon.
    fn name(&mut self) -> Result<String, InvalidJson> {
        if self.next_token()? != b'"' {
            return Err(self.wrong());
        }
        let name = self.string()?;
        if self.takes(':') { Ok(name) } else { Err(self.wrong()) }
    }

    fn string(&mut self) -> Result<String, InvalidJson> {
        self.rest = self.rest.strip_prefix('"').ok_or_else(|| self.wrong())?;
        let mut string = String::new();
        loop {
            let special = self.rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | ..b' '));
            let (plain, rest) = self.rest.split_at(special.unwrap_or(self.rest.len()));
            string.push_str(plain);
            self.rest = rest;
            if let Some(behind) = rest.strip_prefix('"') {
                self.rest = behind;
                return Ok(string);
            }
            string.push(self.escaped()?);
        }
    }

    /// The letter that an escape stands for, or two escapes that are the halves of a surrogate pair.
    fn escaped(&mut self) -> Result<char, InvalidJson> {
        let mut letters = self.rest.strip_prefix('\\').ok_or_else(|| self.wrong())?.chars();
        let letter = match letters.next() {
            Some(letter @ ('"' | '\\' | '/')) => letter,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => return self.escaped_units(),
            Some(_) | None => return Err(self.wrong()),
        };
        self.rest = letters.as_str();
        Ok(letter)
    }

    fn escaped_units(&mut self) -> Result<char, InvalidJson> {
        let (first, behind) = unit(self.rest).ok_or_else(|| self.wrong())?;
        self.rest = behind;
        let second = unit(behind).filter(|(second, _)| matches!(second, 0xdc00..=0xdfff));
        if let (0xd800..=0xdbff, Some((second, behind))) = (first, second) {
            self.rest = behind;
            return Ok(letter_of(&[first, second]));
        }
        Ok(letter_of(&[first]))
    }

    fn number(&mut self) -> Result<Value, InvalidJson> {
        let length = number_length(self.rest.as_bytes()).ok_or_else(|| self.wrong())?;
        let (number, rest) = self.rest.split_at(length);
        let number = number.parse().map_err(|_| self.wrong())?;
        self.rest = rest;
        Ok(Value::Number(number))
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, InvalidJson> {
        self.rest = self.rest.strip_prefix(word).ok_or_else(|| self.wrong())?;
        Ok(value)
    }

    /// The first byte after blanks. It is not taken.
    fn next_token(&mut self) -> Result<u8, InvalidJson> {
        self.skip_blanks();
        self.rest.bytes().next().ok_or_else(|| self.wrong())
    }

    /// Takes `letter` if it comes next after blanks.
    fn takes(&mut self, letter: char) -> bool {
        self.skip_blanks();
        let behind = self.rest.strip_prefix(letter);
        self.rest = behind.unwrap_or(self.rest);
        behind.is_some()
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    fn wrong(&self) -> InvalidJson {
        InvalidJson { at: self.text.len() - self.rest.len() }
    }
}

/// The code unit of an escape at the beginning of `text`, and what follows it.
fn unit(text: &str) -> Option<(u16, &str)> {
    let (digits, behind) = text.strip_prefix("\\u")?.split_at_checked(4)?;
    // The standard's reader of numbers would take a sign.
    let all_digits = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let unit = u16::from_str_radix(digits, 16).ok().filter(|_| all_digits)?;
    Some((unit, behind))
}

fn letter_of(units: &[u16]) -> char {
    let letter = char::decode_utf16(units.iter().copied()).next().and_then(Result::ok);
    letter.unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The length in bytes of the number with which `text` begins (RFC 8259 §6).
fn number_length(text: &[u8]) -> Option<usize> {
    let digits = |from: usize| {
        let digits = text.get(from..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
        (digits > 0).then_some(from + digits)
    };
    let is = |at: usize, bytes: &[u8]| text.get(at).is_some_and(|byte| bytes.contains(byte));
    let start = usize::from(is(0, b"-"));
    // An integer part that begins with zero is zero.
    let mut end = if is(start, b"0") { start + 1 } else { digits(start)? };
    if is(end, b".") {
        end = digits(end + 1)?;
    }
    if is(end, b"eE") {
        end = digits(end + 1 + usize::from(is(end + 1, b"+-")))?;
    }
    Some(end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_equal_members_and_their_order_are_kept_and_numbers_are_rounded_once() {
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
    fn what_json_parse_takes_and_a_double_or_a_string_cannot_hold() {
        let string = |text: &str| Ok(Value::String(text.to_owned()));
        assert_eq!(Value::from_json("1e999"), Ok(Value::Number(f64::INFINITY)));
        assert_eq!(Value::from_json("-1e999"), Ok(Value::Number(f64::NEG_INFINITY)));
        assert_eq!(Value::from_json(r#""\ud800""#), string("\u{fffd}"));
        assert_eq!(Value::from_json(r#""\udc00x""#), string("\u{fffd}x"));
        assert_eq!(Value::from_json(r#""\ud800\u0041""#), string("\u{fffd}A"));
        assert_eq!(Value::from_json(r#""\ud800\ud83d\ude00""#), string("\u{fffd}\u{1f600}"));
    }

    #[test]
    fn what_is_no_json_is_an_error_that_says_where() {
        for (text, offset) in [
            ("", 0),
            (" ", 1),
            ("nul", 0),
            ("nulll", 4),
            ("01", 1),
            ("-", 0),
            ("-01", 2),
            ("1.", 0),
            (".5", 0),
            ("1e", 0),
            ("1e+", 0),
            ("+1", 0),
            ("NaN", 0),
            ("'a'", 0),
            ("\"", 1),
            ("\"a\\", 2),
            ("\"\\x\"", 1),
            ("\"\\u12\"", 1),
            ("\"\\u+123\"", 1),
            ("\"\\u12é\"", 1),
            ("\"\n\"", 1),
            ("[", 1),
            ("[1", 2),
            ("[1,", 3),
            ("[1,]", 3),
            ("[,]", 1),
            ("[1 2]", 3),
            ("]", 0),
            ("{", 1),
            ("{\"a\"", 4),
            ("{\"a\":", 5),
            ("{\"a\":1", 6),
            ("{\"a\":1,}", 7),
            ("{a:1}", 1),
            ("[1}", 2),
            ("{\"a\":1]", 6),
            ("1 2", 2),
            ("[]]", 2),
            ("\u{a0}1", 0),
            ("\u{feff}1", 0),
        ] {
            let error = Value::from_json(text).err();
            assert_eq!(error.map(|error| error.offset()), Some(offset), "{text:?}");
        }
    }

    /// What serde's reader makes of the same text. None if it reads something differently from JSON.parse.
    fn oracle(text: &str) -> Option<serde_json::Value> {
        serde_json::from_str(text).ok()
    }

    fn is_same(ours: &Value, theirs: &serde_json::Value) -> bool {
        match (ours, theirs) {
            (Value::Null, serde_json::Value::Null) => true,
            (Value::Bool(ours), serde_json::Value::Bool(theirs)) => ours == theirs,
            (Value::Number(ours), serde_json::Value::Number(theirs)) => theirs.as_f64() == Some(*ours),
            (Value::String(ours), serde_json::Value::String(theirs)) => ours == theirs,
            (Value::Array(ours), serde_json::Value::Array(theirs)) => {
                ours.len() == theirs.len()
                    && ours.iter().zip(theirs).all(|(ours, theirs)| is_same(ours, theirs))
            }
            // It keeps the last of the members with equal names.
            (Value::Object(ours), serde_json::Value::Object(theirs)) => {
                theirs.iter().all(|(name, theirs)| {
                    let last = ours.iter().rev().find(|(own, _)| own == name);
                    last.is_some_and(|(_, ours)| is_same(ours, theirs))
                })
            }
            _ => false,
        }
    }

    proptest! {
        /// Texts that are JSON, nearly JSON, or not JSON at all.
        #[test]
        fn another_reader_reads_the_same(
            text in prop_oneof![
                "[\\[\\]{}:,\" \\\\ue0-9tfnrasl.+-]{0,12}",
                "(\\[|\\{\"a\": ?|-?[0-9]{1,3}(\\.[0-9]{1,20})?(e[+-]?[0-9]{1,2})?|true|null|,|\\]|\\}){0,8}",
                "\"(\\PC|\\\\[\"\\\\/bfnrt]|\\\\u[0-9a-fA-F]{4}){0,6}\"",
            ],
        ) {
            match (Value::from_json(&text), oracle(&text)) {
                (Ok(ours), Some(theirs)) => prop_assert!(is_same(&ours, &theirs), "{ours:?} {theirs:?}"),
                (Err(_), None) => {}
                (Err(error), Some(theirs)) => prop_assert!(false, "{error}, but {theirs:?}"),
                // It rejects an unpaired surrogate, and a number beyond a double.
                (Ok(ours), None) => {
                    let shown = format!("{ours:?}");
                    prop_assert!(shown.contains('\u{fffd}') || shown.contains("inf"), "{shown}");
                }
            }
        }
    }
}
