//! One JSON object per line, for programs: events as the harness prints them, with the time and the state.

use std::io::{self, Write, stdout};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connect_socket_core::{Event, Message};
use serde_json::{Map, Value, json};

use super::show::{Row, View};
use super::{Command, Content};

pub(crate) struct Json;

impl View for Json {
    fn command(&mut self, row: Row, call: u64, command: &Command) -> io::Result<()> {
        let body = match command {
            Command::Connect { url, .. } => json!({ "do": "connectSocket", "url": url }),
            Command::Send(Content::Text(text)) => json!({ "do": "sendSocketMessage", "data": text }),
            Command::Send(content @ (Content::Binary(_) | Content::NotText(_))) => {
                let data = STANDARD.encode(content.as_bytes());
                json!({ "do": "sendSocketMessage", "data": data, "isBuffer": true })
            }
            Command::Close(options) => match options.check() {
                Ok((code, reason)) => json!({ "do": "closeSocket", "code": code, "reason": reason }),
                Err(_) => json!({ "do": "closeSocket" }),
            },
        };
        line(row, Some(call), body)
    }

    fn event(&mut self, row: Row, api: &'static str, event: &Event<Message<'_>>) -> io::Result<()> {
        let (call, body) = match event {
            Event::Settled { call, result: Ok(()) } => {
                (Some(call.get()), json!({ "api": api, "result": "success" }))
            }
            Event::Settled { call, result: Err(error) } => {
                let (code, message) = (error.code().number(), error.to_string());
                let body = json!({ "api": api, "result": "fail", "error": code, "errorMessage": message });
                (Some(call.get()), body)
            }
            Event::Open { opened, .. } => {
                let headers = opened.response.headers.joined().into_iter();
                let header: Map<String, Value> = headers.map(|(name, value)| (name, value.into())).collect();
                let mut body =
                    json!({ "event": "open", "protocol": opened.response.protocol, "header": header });
                if let Some(version) = opened.tls {
                    body["tls"] = version.into();
                }
                (None, body)
            }
            Event::Message { message: Message::Text(text), .. } => {
                (None, json!({ "event": "message", "data": text, "isBuffer": false }))
            }
            Event::Message { message: Message::Binary(bytes), .. } => {
                (None, json!({ "event": "message", "data": STANDARD.encode(bytes), "isBuffer": true }))
            }
            Event::Error { error, .. } => {
                let (code, message) = (error.code().number(), error.to_string());
                (None, json!({ "event": "error", "error": code, "errorMessage": message }))
            }
            Event::Close { code, reason, cause, .. } => {
                (None, json!({ "event": "close", "code": code, "reason": reason, "cause": cause.name() }))
            }
        };
        line(row, call, body)
    }

    fn server(&mut self, time: Duration, connection: u64, words: &str) -> io::Result<()> {
        let time = time.as_secs_f64();
        print(&json!({ "time": time, "connection": connection, "server": words }))
    }
}

fn line(row: Row, call: Option<u64>, body: Value) -> io::Result<()> {
    let mut line = Map::new();
    line.insert("time".into(), row.time.as_secs_f64().into());
    line.insert("state".into(), row.state.name().into());
    for (name, value) in [("connection", row.connection), ("call", call)] {
        if let Some(value) = value {
            line.insert(name.into(), value.into());
        }
    }
    if let Value::Object(body) = body {
        line.extend(body);
    }
    print(&Value::Object(line))
}

fn print(value: &Value) -> io::Result<()> {
    let mut output = stdout().lock();
    writeln!(output, "{value}")?;
    output.flush()
}
