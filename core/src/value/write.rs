//! The compact text that JSON.stringify writes (rule Q1).

use core::fmt;

use super::walk::{Step, Walk};
use super::{Value, number_text};

/// Writes `value` to `out`, which may also just count. An error comes from `out`.
pub(crate) fn write_json(value: &Value, out: &mut impl fmt::Write) -> fmt::Result {
    let mut separator = "";
    for step in Walk::new(value) {
        match step {
            Step::EndList => out.write_str("]")?,
            Step::EndObject => out.write_str("}")?,
            Step::Null
            | Step::Bool(_)
            | Step::Number(_)
            | Step::String(_)
            | Step::BeginList
            | Step::BeginObject
            | Step::Name(_) => out.write_str(separator)?,
        }
        separator = ",";
        match step {
            Step::Bool(true) => out.write_str("true")?,
            Step::Bool(false) => out.write_str("false")?,
            Step::Number(number) if number.is_finite() => out.write_str(number_text(number).as_str())?,
            // JSON has no infinities and no NaN.
            Step::Null | Step::Number(_) => out.write_str("null")?,
            Step::String(text) => write_string(text, out)?,
            Step::Name(name) => {
                write_string(name, out)?;
                separator = ":";
            }
            Step::BeginList => {
                out.write_str("[")?;
                separator = "";
            }
            Step::BeginObject => {
                out.write_str("{")?;
                separator = "";
            }
            Step::EndList | Step::EndObject => {}
        }
    }
    Ok(())
}

fn write_string(text: &str, out: &mut impl fmt::Write) -> fmt::Result {
    out.write_str("\"")?;
    for part in text.split_inclusive(is_escaped) {
        let mut letters = part.chars();
        match letters.next_back() {
            Some(letter) if is_escaped(letter) => {
                out.write_str(letters.as_str())?;
                write_escaped(letter, out)?;
            }
            Some(_) | None => out.write_str(part)?,
        }
    }
    out.write_str("\"")
}

fn is_escaped(letter: char) -> bool {
    matches!(letter, '"' | '\\' | '\0'..='\u{1f}')
}

fn write_escaped(letter: char, out: &mut impl fmt::Write) -> fmt::Result {
    match letter {
        '\u{8}' => out.write_str("\\b"),
        '\u{c}' => out.write_str("\\f"),
        '\n' => out.write_str("\\n"),
        '\r' => out.write_str("\\r"),
        '\t' => out.write_str("\\t"),
        '\0'..='\u{1f}' => write!(out, "\\u{:04x}", u32::from(letter)),
        _ => write!(out, "\\{letter}"),
    }
}
