//! JSON as a script's engine reads it. Core's own reader refuses what a line may well hold: nesting deeper than
//! it goes, numbers beyond a double, halves of surrogate pairs. Here those are values like others, because a
//! value never ends the harness: what is wrong with it is for the session to say.

use connect_socket_core::Value;

/// Deeper nesting than this is read and left out: it is far beyond what any parameter may have, so the session
/// refuses it just the same.
const DEPTH: usize = 200;

/// Why a text is not JSON: at which byte it goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotJson(pub(super) usize);

/// Reads one value that fills the text.
pub(super) fn parse(text: &str) -> Result<Value, NotJson> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value()?;
    reader.blanks();
    if reader.at == text.len() { Ok(value) } else { Err(NotJson(reader.at)) }
}

/// A list or an object that is not complete.
enum Open {
    List(Vec<Value>),
    /// With the name whose value comes next.
    Object(Vec<(String, Value)>, String),
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    /// Without recursion: the depth is the sender's choice.
    fn value(&mut self) -> Result<Value, NotJson> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            self.blanks();
            let mut value = match self.peek() {
                Some(b'[') => {
                    self.at += 1;
                    if !self.takes(b']') {
                        open.push(Open::List(Vec::new()));
                        continue;
                    }
                    Value::Array(Vec::new())
                }
                Some(b'{') => {
                    self.at += 1;
                    if !self.takes(b'}') {
                        let name = self.name()?;
                        open.push(Open::Object(Vec::new(), name));
                        continue;
                    }
                    Value::Object(Vec::new())
                }
                Some(b'"') => Value::String(self.string()?),
                Some(b't') => self.word("true", Value::Bool(true))?,
                Some(b'f') => self.word("false", Value::Bool(false))?,
                Some(b'n') => self.word("null", Value::Null)?,
                _ => self.number()?,
            };
            // The value is complete, and perhaps what it stands in, and what that stands in.
            loop {
                let depth = open.len();
                let Some(around) = open.last_mut() else { return Ok(value) };
                let value_here = if depth > DEPTH { Value::Null } else { value };
                match around {
                    Open::List(elements) => elements.push(value_here),
                    Open::Object(members, name) => members.push((std::mem::take(name), value_here)),
                }
                if self.takes(b',') {
                    if let Open::Object(_, name) = around {
                        *name = self.name()?;
                    }
                    break;
                }
                value = match open.pop() {
                    Some(Open::List(elements)) if self.takes(b']') => Value::Array(elements),
                    Some(Open::Object(members, _)) if self.takes(b'}') => Value::Object(members),
                    Some(Open::List(_) | Open::Object(..)) | None => return Err(NotJson(self.at)),
                };
            }
        }
    }

    /// A member's name and its colon.
    fn name(&mut self) -> Result<String, NotJson> {
        self.blanks();
        let name = self.string()?;
        if self.takes(b':') { Ok(name) } else { Err(NotJson(self.at)) }
    }

    fn string(&mut self) -> Result<String, NotJson> {
        let start = self.at;
        if !self.takes(b'"') {
            return Err(NotJson(start));
        }
        let mut units = String::new();
        // The first half of a surrogate pair, until its second half comes.
        let mut half: Option<u32> = None;
        loop {
            let mut rest = self.text.get(self.at..).ok_or(NotJson(self.at))?;
            if half.is_none() {
                // Megabytes of base64 lie in one piece.
                let special = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | ..b' '));
                let (plain, behind) = rest.split_at(special.unwrap_or(rest.len()));
                units.push_str(plain);
                self.at += plain.len();
                rest = behind;
            }
            let next = rest.chars().next().ok_or(NotJson(self.at))?;
            let unit = match next {
                '\\' => self.escape()?,
                '"' | ' '.. => {
                    self.at += next.len_utf8();
                    if next == '"' {
                        units.extend(half.map(|_| char::REPLACEMENT_CHARACTER));
                        return Ok(units);
                    }
                    u32::from(next)
                }
                _ => return Err(NotJson(self.at)),
            };
            match (half.take(), unit) {
                (Some(high), 0xdc00..=0xdfff) => {
                    units.extend(char::from_u32(0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00)));
                    continue;
                }
                (Some(_), _) => units.push(char::REPLACEMENT_CHARACTER),
                (None, _) => {}
            }
            match unit {
                0xd800..=0xdbff => half = Some(unit),
                _ => units.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)),
            }
        }
    }

    /// One escape: a character, or half a surrogate pair.
    fn escape(&mut self) -> Result<u32, NotJson> {
        let wrong = NotJson(self.at);
        let kind = *self.text.as_bytes().get(self.at + 1).ok_or(wrong)?;
        self.at += 2;
        let character = match kind {
            b'"' | b'\\' | b'/' => char::from(kind),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let digits = self.text.get(self.at..self.at + 4).ok_or(wrong)?;
                self.at += 4;
                // from_str_radix would take a sign.
                if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                    return Err(wrong);
                }
                return u32::from_str_radix(digits, 16).map_err(|_| wrong);
            }
            _ => return Err(wrong),
        };
        Ok(u32::from(character))
    }

    fn number(&mut self) -> Result<Value, NotJson> {
        let start = self.at;
        self.takes_here(b'-');
        let whole = self.digits();
        let leading_zero = whole > 1 && self.text.as_bytes().get(self.at - whole) == Some(&b'0');
        let fraction_missing = self.takes_here(b'.') && self.digits() == 0;
        let exponent_missing = (self.takes_here(b'e') || self.takes_here(b'E')) && {
            let _ = self.takes_here(b'+') || self.takes_here(b'-');
            self.digits() == 0
        };
        if whole == 0 || leading_zero || fraction_missing || exponent_missing {
            return Err(NotJson(start));
        }
        // Too large is infinite, as in JavaScript.
        let number = self.text.get(start..self.at).and_then(|digits| digits.parse().ok());
        number.map(Value::Number).ok_or(NotJson(start))
    }

    fn digits(&mut self) -> usize {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        count
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, NotJson> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word) {
            return Err(NotJson(self.at));
        }
        self.at += word.len();
        Ok(value)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Takes `byte` if it comes next, behind blanks.
    fn takes(&mut self, byte: u8) -> bool {
        self.blanks();
        self.takes_here(byte)
    }

    fn takes_here(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_core_reads() {
        for text in [
            "null",
            " true ",
            "false",
            "0",
            "-0",
            "12.5e-3",
            "1E+2",
            r#""a\"\\\/\b\f\n\r\té€\u00e9\ud83d\ude00""#,
            "[]",
            "[1,[2,[]],{}]",
            "{}",
            r#"{ "b" : 1 , "a" : [ "x" , null ] , "b" : 2 }"#,
            "\"\u{7f}\"",
        ] {
            assert_eq!(parse(text).ok(), Value::from_json(text).ok(), "{text}");
            assert!(parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn refuses_what_core_refuses() {
        for text in [
            "",
            " ",
            "nul",
            "nulll",
            "tru",
            "01",
            "-",
            "1.",
            ".5",
            "1e",
            "1e+",
            "+1",
            "NaN",
            "'a'",
            "\"",
            "\"\\\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u+123\"",
            "\"\n\"",
            "[",
            "[1",
            "[1,",
            "[1,]",
            "[,]",
            "[1 2]",
            "]",
            "{",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "{\"a\":1,",
            "{\"a\":1,}",
            "{a:1}",
            "{1:1}",
            "[1}",
            "{\"a\":1]",
            "1 2",
            "{} {}",
            "[]]",
            "\u{a0}1",
            "\u{feff}1",
        ] {
            assert!(parse(text).is_err(), "{text:?}");
            assert!(Value::from_json(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn reads_what_an_engine_reads() {
        assert_eq!(parse("1e999"), Ok(Value::Number(f64::INFINITY)));
        let replaced = |text: &str| Ok(Value::String(text.to_owned()));
        assert_eq!(parse(r#""\ud800""#), replaced("\u{fffd}"));
        assert_eq!(parse(r#""\udc00x""#), replaced("\u{fffd}x"));
        assert_eq!(parse(r#""\ud800\ud83d\ude00""#), replaced("\u{fffd}😀"));
        let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
        let mut value = parse(&deep).expect("JSON");
        let mut depth = 0;
        while let Value::Array(mut elements) = value {
            depth += 1;
            value = elements.pop().unwrap_or_default();
        }
        assert!(depth >= DEPTH);
        assert!(parse(&"[".repeat(1_000_000)).is_err());
    }
}
