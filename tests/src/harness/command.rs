//! What a line can say. Names are checked here and nothing else: what a member's value is worth is for the
//! session to say (semantics V, C).

use connect_socket_core::{CloseOptions, ConnectOptions, Value};

use super::Failure;

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

/// The members of a command, in order.
pub(super) type Members = Vec<(String, Value)>;

/// Reads a line.
pub(super) fn parse(line: &[u8]) -> Result<Command, Failure> {
    let text = std::str::from_utf8(line).map_err(|error| misused(format!("not UTF-8: {error}")))?;
    let value = Value::from_json(text).map_err(|error| misused(format!("{error}: {}", shown(text))))?;
    command(value, DEPTH)
}

fn command(value: Value, depth: usize) -> Result<Command, Failure> {
    let mut members = value.into_object().ok_or_else(|| misused("a command is an object".to_owned()))?;
    let name = take(&mut members, "do").and_then(Value::into_string);
    let name = name.ok_or_else(|| misused("a command has a member \"do\" that names it".to_owned()))?;
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
        "batch" => {
            // What is no list runs nothing either.
            let commands = fields.value("commands").into_array().filter(|_| depth > 0).unwrap_or_default();
            let commands = commands.into_iter().map(|value| command(value, depth - 1));
            Command::Batch(commands.collect::<Result<_, _>>()?)
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_of_any_depth_are_read() {
        let line = |depth| {
            let (before, after) = (r#"{"do":"batch","commands":["#, "]}");
            before.repeat(depth) + r#"{"do":"wait"}"# + &after.repeat(depth)
        };
        let waits = |line: &str| format!("{:?}", parse(line.as_bytes())).contains("Wait");
        assert!(waits(&line(DEPTH)));
        assert!(!waits(&line(DEPTH + 1)));
        assert!(parse(line(100_000).as_bytes()).is_ok());
    }
}
