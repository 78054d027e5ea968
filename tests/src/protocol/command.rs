//! The lines of standard input. Names are checked here and nothing else: what a member's value is worth is for the
//! session to say (rules V, C).

use connect_socket_core::{CloseOptions, ConnectOptions, Value};

use super::harness::Failure;
use super::json::{Members, json, push_list, push_string, take};

/// Batches are nested so deeply at most; what is deeper runs nothing, because a value never ends the harness.
const DEPTH: usize = 100;

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

impl Command {
    /// Writes the command, without the end of a line.
    pub(super) fn write(&self, to: &mut String) {
        match self {
            Self::Configure(members) => {
                let members = members.iter().map(|(name, value)| (name.as_str(), value));
                write(to, "configure", members);
            }
            Self::Connect { call, options } => {
                write(to, "connectSocket", [("call", call)].into_iter().chain(options.values()));
            }
            Self::Send { call, data, is_buffer } => {
                write(to, "sendSocketMessage", [("call", call), ("data", data), ("isBuffer", is_buffer)]);
            }
            Self::Close { call, options } => {
                write(to, "closeSocket", [("call", call)].into_iter().chain(options.values()));
            }
            Self::Batch(commands) => {
                to.push_str("{\"do\":\"batch\",\"commands\":");
                push_list(to, "[]", commands, |to, command| command.write(to));
                to.push('}');
            }
            Self::Wait { event, call, ms } => {
                write(to, "wait", [("for", event), ("call", call), ("ms", ms)]);
            }
        }
    }

    /// Reads a line.
    pub(super) fn read(line: &[u8]) -> Result<Self, Failure> {
        let text = std::str::from_utf8(line).map_err(|error| misused(format!("not UTF-8: {error}")))?;
        let value = Value::from_json(text).map_err(|error| misused(format!("{error}: {}", shown(text))))?;
        Self::of(value, DEPTH)
    }

    fn of(value: Value, depth: usize) -> Result<Self, Failure> {
        let mut members = value.into_object().ok_or_else(|| misused("a command is an object".to_owned()))?;
        let name = take(&mut members, "do").and_then(Value::into_string);
        let name = name.ok_or_else(|| misused("a command has a member \"do\" that names it".to_owned()))?;
        let mut fields = Fields { name: &name, members };
        let command = match &*name {
            "configure" => Self::Configure(std::mem::take(&mut fields.members)),
            "connectSocket" => {
                let options = ConnectOptions::new(fields.value("url"))
                    .with_data(fields.value("data"))
                    .with_header(fields.value("header"))
                    .with_protocols(fields.value("protocols"));
                Self::Connect { call: fields.call()?, options }
            }
            "sendSocketMessage" => {
                let (data, is_buffer) = (fields.value("data"), fields.value("isBuffer"));
                Self::Send { call: fields.call()?, data, is_buffer }
            }
            "closeSocket" => {
                let options = CloseOptions::from_script(fields.value("code"), fields.value("reason"));
                Self::Close { call: fields.call()?, options }
            }
            "batch" => {
                // What is no list runs nothing either.
                let commands =
                    fields.value("commands").into_array().filter(|_| depth > 0).unwrap_or_default();
                let commands = commands.into_iter().map(|value| Self::of(value, depth - 1));
                Self::Batch(commands.collect::<Result<_, _>>()?)
            }
            "wait" => {
                Self::Wait { event: fields.value("for"), call: fields.value("call"), ms: fields.value("ms") }
            }
            _ => return Err(misused(format!("unknown command {name:?}"))),
        };
        fields.finish()?;
        Ok(command)
    }
}

/// Writes a command and those of its members that are not null, which is the same as not to be there.
fn write<'a>(to: &mut String, name: &str, members: impl IntoIterator<Item = (&'a str, &'a Value)>) {
    to.extend(["{\"do\":\"", name, "\""]);
    for (name, value) in members.into_iter().filter(|(_, value)| **value != Value::Null) {
        to.push(',');
        push_string(to, name);
        to.extend([":", &json(value)]);
    }
    to.push('}');
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

fn misused(words: String) -> Failure {
    Failure::Misused(words)
}

fn shown(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_of_any_depth_are_read() {
        let line = |depth| {
            let (before, after) = (r#"{"do":"batch","commands":["#, "]}");
            before.repeat(depth) + r#"{"do":"wait"}"# + &after.repeat(depth)
        };
        let waits = |line: &str| format!("{:?}", Command::read(line.as_bytes())).contains("Wait");
        assert!(waits(&line(DEPTH)));
        assert!(!waits(&line(DEPTH + 1)));
        assert!(Command::read(line(100_000).as_bytes()).is_ok());
    }

    #[test]
    fn what_is_written_is_what_was_read() {
        for line in [
            r#"{"do":"configure","sink":"echo","highWaterBytes":300000}"#,
            r#"{"do":"connectSocket","call":1,"url":"ws://h","data":{"z":1,"a":2.5,"z":"3\n"},"header":{"X":"1","x":"2"},"protocols":["a","b"]}"#,
            r#"{"do":"sendSocketMessage","call":"two","data":"AA==","isBuffer":true}"#,
            r#"{"do":"closeSocket","call":3,"code":3000,"reason":"\"\\"}"#,
            r#"{"do":"batch","commands":[{"do":"closeSocket","call":4},{"do":"wait","for":"call","call":4,"ms":5}]}"#,
            r#"{"do":"batch","commands":[]}"#,
            r#"{"do":"wait"}"#,
        ] {
            let mut written = String::new();
            Command::read(line.as_bytes()).expect(line).write(&mut written);
            assert_eq!(written, line);
        }
    }
}
