//! The lines of standard output: what was seen, and the end. They are read as strictly as they are written: every
//! member there is, and no other.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connect_socket_core::lifecycle::CloseCause;
use connect_socket_core::upgrade::Response;
use connect_socket_core::{Opened, Value};

use super::json::{Members, push_list, push_string, text, truth};
use crate::client::{Call, Raised, Seen};

/// What is told in one line, or, of a call that is over, in two.
#[derive(Debug)]
pub(super) enum Told {
    Seen(Seen),
    End(Counts),
}

/// What the last line counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Messages that were delivered.
    pub(super) received: u64,
    /// The bytes of their payloads.
    pub(super) received_bytes: u64,
    /// Sends that succeeded.
    pub(super) sent: u64,
}

/// How lines name the causes of a close.
const CAUSES: [(&str, CloseCause); 7] = [
    ("local", CloseCause::Local),
    ("remote", CloseCause::Remote),
    ("abnormal", CloseCause::Abnormal),
    ("replaced", CloseCause::Replaced),
    ("timeout", CloseCause::TimedOut),
    ("protocol", CloseCause::Protocol),
    ("tooBig", CloseCause::TooBig),
];

/// The word for a cause, in lines and in vectors.
pub(crate) fn cause_word(cause: CloseCause) -> &'static str {
    CAUSES.into_iter().find(|(_, it)| *it == cause).map_or("", |(word, _)| word)
}

/// The versions of TLS that a connection may have.
const VERSIONS: [&str; 2] = ["TLSv1_2", "TLSv1_3"];

/// Writes the lines of a call's end: success or fail, and complete. `call` is JSON.
pub(super) fn write_settled(to: &mut String, call: &str, result: &Result<(), Raised>) {
    match result {
        Ok(()) => push(to, format_args!("{{\"call\":{call},\"result\":\"success\"}}\n")),
        Err(error) => {
            push(to, format_args!("{{\"call\":{call},\"result\":\"fail\","));
            push_error(to, error);
        }
    }
    push(to, format_args!("{{\"call\":{call},\"result\":\"complete\"}}\n"));
}

/// Writes what tells `seen`. A call has its number for a name.
pub(super) fn write(to: &mut String, seen: &Seen) {
    match seen {
        Seen::Settled { call, result } => write_settled(to, &call.0.to_string(), result),
        Seen::Open { connection, opened } => {
            push_event(to, "open", *connection);
            to.push_str("\"protocol\":");
            push_string(to, &opened.response.protocol);
            to.push_str(",\"header\":");
            push_list(to, "{}", &opened.response.headers.joined(), |to, (name, value)| {
                push_string(to, name);
                to.push(':');
                push_string(to, value);
            });
            if let Some(tls) = opened.tls {
                to.push_str(",\"tls\":");
                push_string(to, tls);
            }
            to.push_str("}\n");
        }
        Seen::Text { connection, text, last } => push_message(to, *connection, text, false, *last),
        Seen::Binary { connection, bytes, last } => {
            push_message(to, *connection, &STANDARD.encode(bytes), true, *last);
        }
        Seen::Error { connection, error } => {
            push_event(to, "error", *connection);
            push_error(to, error);
        }
        Seen::Close { connection, code, reason, cause } => {
            push_event(to, "close", *connection);
            push(to, format_args!("\"code\":{code},\"reason\":"));
            push_string(to, reason);
            let name = CAUSES.iter().find(|(_, known)| known == cause).expect("all have names").0;
            push(to, format_args!(",\"cause\":\"{name}\"}}\n"));
        }
    }
}

/// Writes the last line.
pub(super) fn write_end(to: &mut String, Counts { received, received_bytes, sent }: Counts) {
    let counts = format_args!("\"received\":{received},\"receivedBytes\":{received_bytes},\"sent\":{sent}");
    push(to, format_args!("{{\"end\":true,{counts}}}\n"));
}

/// A message, or a part of one that goes on; what ends a message is a message.
fn push_message(to: &mut String, connection: u64, data: &str, is_buffer: bool, last: bool) {
    push_event(to, if last { "message" } else { "part" }, connection);
    to.push_str("\"data\":");
    push_string(to, data);
    push(to, format_args!(",\"isBuffer\":{is_buffer}}}\n"));
}

fn push_event(to: &mut String, event: &str, connection: u64) {
    push(to, format_args!("{{\"event\":\"{event}\",\"connection\":{connection},"));
}

/// The members of an error, and the end of the line.
fn push_error(to: &mut String, error: &Raised) {
    push(to, format_args!("\"error\":{},\"errorMessage\":", error.code));
    push_string(to, &error.message);
    to.push_str("}\n");
}

fn push(to: &mut String, words: fmt::Arguments<'_>) {
    to.write_fmt(words).expect("a String takes everything");
}

/// Reads lines of a program, one after the other.
#[derive(Default)]
pub(super) struct Reader {
    /// A result whose complete has not come yet.
    result: Option<(Call, Result<(), Raised>)>,
}

impl Reader {
    /// Reads a line: what it tells, if it tells something whole. An error says what is wrong with it.
    pub(super) fn read(&mut self, line: &str) -> Result<Option<Told>, String> {
        let members = Value::from_json(line).ok().and_then(Value::into_object).ok_or("not a JSON object")?;
        let mut fields = Fields(members);
        let told = if fields.has("call") {
            self.read_result(&mut fields)?
        } else if self.result.is_some() {
            return Err("complete does not come right behind the result".to_owned());
        } else if fields.has("event") {
            Some(Told::Seen(event(&mut fields)?))
        } else {
            Some(Told::End(end(&mut fields)?))
        };
        match fields.0.first() {
            None => Ok(told),
            Some((name, _)) => Err(format!("there is no member {name:?} here")),
        }
    }

    fn read_result(&mut self, fields: &mut Fields) -> Result<Option<Told>, String> {
        let call = Call(fields.number("call")?);
        let result = match &*fields.text("result")? {
            "success" => Ok(()),
            "fail" => Err(raised(fields)?),
            "complete" => {
                return match self.result.take() {
                    Some((settled, result)) if settled == call => {
                        Ok(Some(Told::Seen(Seen::Settled { call, result })))
                    }
                    Some(_) | None => Err("complete without the call's result before it".to_owned()),
                };
            }
            other => return Err(format!("no result is called {other:?}")),
        };
        match self.result.replace((call, result)) {
            None => Ok(None),
            Some(_) => Err("complete does not come right behind the result".to_owned()),
        }
    }
}

fn event(fields: &mut Fields) -> Result<Seen, String> {
    let name = fields.text("event")?;
    let connection = fields.number("connection")?;
    match &*name {
        "open" => Ok(Seen::Open { connection, opened: Arc::new(opened(fields)?) }),
        "message" | "part" => {
            let data = fields.text("data")?;
            let last = name == "message";
            match truth(&fields.take("isBuffer")?) {
                Some(false) => Ok(Seen::Text { connection, text: data, last }),
                Some(true) => match STANDARD.decode(&data) {
                    Ok(bytes) => Ok(Seen::Binary { connection, bytes, last }),
                    Err(error) => Err(format!("bytes that are not base64: {error}")),
                },
                None => Err("isBuffer is true or false".to_owned()),
            }
        }
        "error" => Ok(Seen::Error { connection, error: raised(fields)? }),
        "close" => {
            let code = u16::try_from(fields.number("code")?).map_err(|_| "no close code")?;
            let (reason, name) = (fields.text("reason")?, fields.text("cause")?);
            let cause = CAUSES.iter().find(|(known, _)| *known == name);
            let (_, cause) = *cause.ok_or_else(|| format!("no cause of a close is called {name:?}"))?;
            Ok(Seen::Close { connection, code, reason, cause })
        }
        other => Err(format!("no event is called {other:?}")),
    }
}

fn opened(fields: &mut Fields) -> Result<Opened, String> {
    let mut response = Response::default();
    response.protocol = fields.text("protocol")?;
    let header = fields.take("header")?.into_object().ok_or("header is an object")?;
    let headers = header.into_iter().map(|(name, value)| match value.into_string() {
        Some(value) => Ok((name, value)),
        None => Err(format!("the header {name:?} is no string")),
    });
    response.headers = headers.collect::<Result<_, _>>()?;
    let mut opened = Opened::default();
    if fields.has("tls") {
        let name = fields.text("tls")?;
        let version = VERSIONS.into_iter().find(|known| *known == name);
        opened.tls = Some(version.ok_or_else(|| format!("no version of TLS is called {name:?}"))?);
    }
    opened.response = response;
    Ok(opened)
}

fn raised(fields: &mut Fields) -> Result<Raised, String> {
    match u8::try_from(fields.number("error")?) {
        Ok(code @ 1..=12) => Ok(Raised::told(code, fields.text("errorMessage")?)),
        Ok(_) | Err(_) => Err("errors are numbered from 1 to 12".to_owned()),
    }
}

fn end(fields: &mut Fields) -> Result<Counts, String> {
    if fields.take("end")? != Value::Bool(true) {
        return Err("end is true".to_owned());
    }
    let [received, received_bytes] = [fields.number("received")?, fields.number("receivedBytes")?];
    Ok(Counts { received, received_bytes, sent: fields.number("sent")? })
}

/// The members that have not been taken yet, each of which is there once.
struct Fields(Members);

impl Fields {
    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(found, _)| found == name)
    }

    fn take(&mut self, name: &str) -> Result<Value, String> {
        let place = self.0.iter().position(|(found, _)| found == name);
        place.map(|place| self.0.remove(place).1).ok_or_else(|| format!("there is no member {name:?}"))
    }

    fn text(&mut self, name: &str) -> Result<String, String> {
        let value = self.take(name)?;
        text(&value).map(str::to_owned).ok_or_else(|| format!("{name} is no string"))
    }

    fn number(&mut self, name: &str) -> Result<u64, String> {
        match self.take(name)? {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked")]
            Value::Number(number) if (0.0..9e15).contains(&number) && number.fract() == 0.0 => {
                Ok(number as u64)
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => Err(format!("{name} is no whole number")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::json::json;
    use super::*;

    /// Lines of each kind, as the harness prints them.
    const SOUND: [&str; 11] = [
        "{\"call\":1,\"result\":\"success\"}\n{\"call\":1,\"result\":\"complete\"}\n",
        "{\"call\":1,\"result\":\"fail\",\"error\":6,\"errorMessage\":\"too late\"}\n{\"call\":1,\"result\":\"complete\"}\n",
        "{\"event\":\"open\",\"connection\":1,\"protocol\":\"\",\"header\":{\"a\":\"b\"}}\n",
        "{\"event\":\"open\",\"connection\":1,\"protocol\":\"\",\"header\":{},\"tls\":\"TLSv1_3\"}\n",
        "{\"event\":\"message\",\"connection\":1,\"data\":\"a\\n\",\"isBuffer\":false}\n",
        "{\"event\":\"message\",\"connection\":1,\"data\":\"AA==\",\"isBuffer\":true}\n",
        "{\"event\":\"error\",\"connection\":1,\"error\":12,\"errorMessage\":\"too big\"}\n",
        "{\"event\":\"close\",\"connection\":1,\"code\":1006,\"reason\":\"\",\"cause\":\"abnormal\"}\n",
        "{\"event\":\"close\",\"connection\":2,\"code\":1009,\"reason\":\"\\\"\",\"cause\":\"tooBig\"}\n",
        "{\"end\":true,\"received\":1,\"receivedBytes\":20,\"sent\":3}\n",
        "{\"event\":\"part\",\"connection\":1,\"data\":\"a\",\"isBuffer\":false}\n",
    ];

    /// What lines tell, in which something whole must come of the last one alone.
    fn read(lines: &str) -> Result<Told, String> {
        let mut reader = Reader::default();
        let mut told = None;
        for line in lines.lines() {
            assert!(told.is_none(), "{lines}");
            told = reader.read(line)?;
        }
        told.ok_or_else(|| "nothing whole".to_owned())
    }

    #[test]
    fn what_is_written_is_what_was_read() {
        for lines in SOUND {
            let mut written = String::new();
            match read(lines).expect(lines) {
                Told::Seen(seen) => write(&mut written, &seen),
                Told::End(counts) => write_end(&mut written, counts),
            }
            assert_eq!(written, lines);
        }
    }

    #[test]
    fn every_member_counts() {
        for lines in SOUND {
            let (line, behind) = lines.split_once('\n').expect("a line");
            let members = Value::from_json(line).ok().and_then(Value::into_object).expect("an object");
            for gone in 0..members.len() {
                let mut fewer = members.clone();
                let (name, member) = fewer.remove(gone);
                let line = json(&Value::Object(fewer.clone()));
                assert!(name == "tls" || read(&format!("{line}\n{behind}")).is_err(), "{line}");
                fewer.extend([(name.clone(), member.clone()), (name, member)]);
                let line = json(&Value::Object(fewer));
                assert!(read(&format!("{line}\n{behind}")).is_err(), "{line}");
            }
            let more = lines.replacen('{', "{\"more\":1,", 1);
            assert!(read(&more).is_err(), "{more}");
        }
    }

    #[test]
    fn values_that_nothing_has_are_refused() {
        for (lines, from, to) in [
            (SOUND[0], "success", "done"),
            (SOUND[0], ":1", ":1.5"),
            (SOUND[0], ":1", ":2"),
            (SOUND[1], ":6", ":13"),
            (SOUND[2], "\"b\"", "5"),
            (SOUND[3], "TLSv1_3", "TLSv1_1"),
            (SOUND[5], "AA==", "AA"),
            (SOUND[5], "true", "1"),
            (SOUND[7], "1006", "70000"),
            (SOUND[7], "abnormal", "odd"),
            (SOUND[9], "true", "false"),
        ] {
            let lines = lines.replacen(from, to, 1);
            assert!(read(&lines).is_err(), "{lines}");
        }
    }

    #[test]
    fn a_result_and_its_complete_are_one() {
        let lines: Vec<_> = SOUND[0].split_inclusive('\n').collect();
        let [result, complete] = lines[..] else { panic!("two lines") };
        for lines in [complete.to_owned(), format!("{result}{result}"), format!("{result}{}", SOUND[9])] {
            assert!(read(&lines).is_err(), "{lines}");
        }
    }
}
