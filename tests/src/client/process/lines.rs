//! The lines of a program's standard output, read as strictly as the protocol has them: every member there is,
//! and no other.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connect_socket_core::lifecycle::CloseCause;
use connect_socket_core::upgrade::Response;
use connect_socket_core::{Opened, Value};

use crate::client::{Call, Raised, Seen};

/// What a line says.
pub(super) enum Line {
    Result { call: Call, result: Result<(), Raised> },
    Complete(Call),
    Event(Seen),
    End,
}

/// Reads a line; an error says what is wrong with it.
pub(super) fn read(line: &str) -> Result<Line, String> {
    let members = Value::from_json(line).ok().and_then(Value::into_object).ok_or("not a JSON object")?;
    let mut members = Members(members);
    let line = if members.has("call") {
        result(&mut members)?
    } else if members.has("event") {
        Line::Event(event(&mut members)?)
    } else {
        end(&mut members)?
    };
    match members.0.first() {
        None => Ok(line),
        Some((name, _)) => Err(format!("there is no member {name:?} here")),
    }
}

fn result(members: &mut Members) -> Result<Line, String> {
    let call = Call(members.number("call")?);
    match &*members.text("result")? {
        "success" => Ok(Line::Result { call, result: Ok(()) }),
        "fail" => Ok(Line::Result { call, result: Err(raised(members)?) }),
        "complete" => Ok(Line::Complete(call)),
        other => Err(format!("no result is called {other:?}")),
    }
}

fn event(members: &mut Members) -> Result<Seen, String> {
    let name = members.text("event")?;
    let connection = members.number("connection")?;
    match &*name {
        "open" => Ok(Seen::Open { connection, opened: Arc::new(opened(members)?) }),
        "message" => {
            let data = members.text("data")?;
            match members.take("isBuffer")? {
                Value::Bool(false) => Ok(Seen::Text { connection, text: data }),
                Value::Bool(true) => match STANDARD.decode(&data) {
                    Ok(bytes) => Ok(Seen::Binary { connection, bytes }),
                    Err(error) => Err(format!("bytes that are not base64: {error}")),
                },
                Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                    Err("isBuffer is true or false".to_owned())
                }
            }
        }
        "error" => Ok(Seen::Error { connection, error: raised(members)? }),
        "close" => {
            let code = u16::try_from(members.number("code")?).map_err(|_| "no close code")?;
            let reason = members.text("reason")?;
            let cause = cause(&members.text("cause")?)?;
            Ok(Seen::Close { connection, code, reason, cause })
        }
        other => Err(format!("no event is called {other:?}")),
    }
}

fn opened(members: &mut Members) -> Result<Opened, String> {
    let protocol = members.text("protocol")?;
    let header = members.take("header")?.into_object().ok_or("header is an object")?;
    let headers = header
        .into_iter()
        .map(|(name, value)| match value.into_string() {
            Some(value) => Ok((name, value)),
            None => Err(format!("the header {name:?} is no string")),
        })
        .collect::<Result<_, _>>()?;
    let tls = if members.has("tls") {
        match &*members.text("tls")? {
            "TLSv1_2" => Some("TLSv1_2"),
            "TLSv1_3" => Some("TLSv1_3"),
            other => return Err(format!("no version of TLS is called {other:?}")),
        }
    } else {
        None
    };
    let mut response = Response::default();
    (response.protocol, response.headers) = (protocol, headers);
    let mut opened = Opened::default();
    (opened.response, opened.tls) = (response, tls);
    Ok(opened)
}

fn raised(members: &mut Members) -> Result<Raised, String> {
    match u8::try_from(members.number("error")?) {
        Ok(code @ 1..=12) => Ok(Raised::told(code, members.text("errorMessage")?)),
        Ok(_) | Err(_) => Err("errors are numbered from 1 to 12".to_owned()),
    }
}

fn cause(name: &str) -> Result<CloseCause, String> {
    match name {
        "local" => Ok(CloseCause::Local),
        "remote" => Ok(CloseCause::Remote),
        "abnormal" => Ok(CloseCause::Abnormal),
        "replaced" => Ok(CloseCause::Replaced),
        "timeout" => Ok(CloseCause::TimedOut),
        "protocol" => Ok(CloseCause::Protocol),
        "tooBig" => Ok(CloseCause::TooBig),
        other => Err(format!("no cause of a close is called {other:?}")),
    }
}

fn end(members: &mut Members) -> Result<Line, String> {
    if members.take("end")? != Value::Bool(true) {
        return Err("end is true".to_owned());
    }
    for count in ["received", "receivedBytes", "sent"] {
        members.number(count)?;
    }
    Ok(Line::End)
}

/// The members that have not been taken yet.
struct Members(Vec<(String, Value)>);

impl Members {
    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(found, _)| found == name)
    }

    fn take(&mut self, name: &str) -> Result<Value, String> {
        let place = self.0.iter().position(|(found, _)| found == name);
        place.map(|place| self.0.remove(place).1).ok_or_else(|| format!("there is no member {name:?}"))
    }

    fn text(&mut self, name: &str) -> Result<String, String> {
        self.take(name)?.into_string().ok_or_else(|| format!("{name} is no string"))
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
    use super::*;

    /// A line of each kind, as the harness prints it.
    const SOUND: [&str; 9] = [
        r#"{"call":1,"result":"success"}"#,
        r#"{"call":1,"result":"fail","error":6,"errorMessage":"too late"}"#,
        r#"{"call":1,"result":"complete"}"#,
        r#"{"event":"open","connection":1,"protocol":"","header":{"a":"b"}}"#,
        r#"{"event":"open","connection":1,"protocol":"","header":{},"tls":"TLSv1_3"}"#,
        r#"{"event":"message","connection":1,"data":"AA==","isBuffer":true}"#,
        r#"{"event":"error","connection":1,"error":12,"errorMessage":"too big"}"#,
        r#"{"event":"close","connection":1,"code":1006,"reason":"","cause":"abnormal"}"#,
        r#"{"end":true,"received":0,"receivedBytes":0,"sent":0}"#,
    ];

    #[test]
    fn every_member_counts() {
        for line in SOUND {
            assert!(read(line).is_ok(), "{line}");
            let members = Value::from_json(line).ok().and_then(Value::into_object).expect("an object");
            for gone in 0..members.len() {
                let mut fewer = members.clone();
                let (name, _) = fewer.remove(gone);
                let fewer = crate::harness::json(&Value::Object(fewer));
                assert!(name == "tls" || read(&fewer).is_err(), "{fewer}");
            }
            let more = line.replacen('{', "{\"more\":1,", 1);
            assert!(read(&more).is_err(), "{more}");
        }
    }

    #[test]
    fn values_that_nothing_has_are_refused() {
        for (line, from, to) in [
            (SOUND[0], "success", "done"),
            (SOUND[0], ":1", ":1.5"),
            (SOUND[1], ":6", ":13"),
            (SOUND[3], "\"b\"", "5"),
            (SOUND[4], "TLSv1_3", "TLSv1_1"),
            (SOUND[5], "AA==", "AA"),
            (SOUND[5], "true", "1"),
            (SOUND[7], "1006", "70000"),
            (SOUND[7], "abnormal", "odd"),
            (SOUND[8], "true", "false"),
        ] {
            let line = line.replacen(from, to, 1);
            assert!(read(&line).is_err(), "{line}");
        }
    }
}
