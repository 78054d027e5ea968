//! What a line can say. Names are checked here and nothing else: what a member's value is worth is for the
//! session to say (semantics V, C).

use connect_socket_core::{CloseOptions, ConnectOptions, Value};

use super::{Failure, json};

/// One command.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Command {
    Configure(Members),
    Connect { call: Value, options: ConnectOptions },
    Send { call: Value, data: Value, is_buffer: Value },
    Close { call: Value, options: CloseOptions },
    Batch(Vec<Command>),
    Wait { event: Value, call: Value, ms: Value },
}

/// The members of a command, in order.
pub(super) type Members = Vec<(String, Value)>;

/// Reads a line.
pub(super) fn parse(line: &[u8]) -> Result<Command, Failure> {
    let text = std::str::from_utf8(line).map_err(|error| misused(format!("not UTF-8: {error}")))?;
    let value = json::parse(text)
        .map_err(|wrong| misused(format!("not JSON, from byte {} on: {}", wrong.0, shown(text))))?;
    command(value)
}

fn command(value: Value) -> Result<Command, Failure> {
    let Value::Object(mut members) = value else {
        return Err(misused("a command is an object".to_owned()));
    };
    let Some(Value::String(name)) = take(&mut members, "do") else {
        return Err(misused("a command has a member \"do\" that names it".to_owned()));
    };
    let mut fields = Fields { name: &name, members };
    let command = match &*name {
        "configure" => Command::Configure(std::mem::take(&mut fields.members)),
        "connectSocket" => {
            let options = ConnectOptions::new(fields.value("url"))
                .with_data(fields.value("data"))
                .with_header(fields.value("header"))
                .with_protocols(fields.value("protocols"));
            Command::Connect { call: fields.call()?, options }
        }
        "sendSocketMessage" => {
            let (data, is_buffer) = (fields.value("data"), fields.value("isBuffer"));
            Command::Send { call: fields.call()?, data, is_buffer }
        }
        "closeSocket" => {
            let options = CloseOptions::from_script(fields.value("code"), fields.value("reason"));
            Command::Close { call: fields.call()?, options }
        }
        "batch" => match fields.value("commands") {
            Value::Array(commands) => {
                Command::Batch(commands.into_iter().map(command).collect::<Result<_, _>>()?)
            }
            // Nothing to run: a value never ends the harness.
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                Command::Batch(Vec::new())
            }
        },
        "wait" => {
            Command::Wait { event: fields.value("for"), call: fields.value("call"), ms: fields.value("ms") }
        }
        _ => return Err(misused(format!("unknown command {name:?}"))),
    };
    fields.finish()?;
    Ok(command)
}

/// The members that have not been taken yet.
struct Fields<'a> {
    name: &'a str,
    members: Members,
}

impl Fields<'_> {
    /// A member that may be missing.
    fn value(&mut self, name: &str) -> Value {
        take(&mut self.members, name).unwrap_or_default()
    }

    /// The number of a call, which may not.
    fn call(&mut self) -> Result<Value, Failure> {
        take(&mut self.members, "call")
            .ok_or_else(|| misused(format!("{} has no member \"call\"", self.name)))
    }

    fn finish(self) -> Result<(), Failure> {
        match self.members.first() {
            None => Ok(()),
            Some((member, _)) => Err(misused(format!("{} has no member {member:?}", self.name))),
        }
    }
}

/// Takes every member called `name`; the last one counts, as in JavaScript.
pub(super) fn take(members: &mut Members, name: &str) -> Option<Value> {
    members.extract_if(.., |(found, _)| found == name).last().map(|(_, value)| value)
}

fn misused(words: String) -> Failure {
    Failure::Misused(words)
}

fn shown(text: &str) -> String {
    text.chars().take(200).collect()
}
