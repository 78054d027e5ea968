//! The three calls: which parameters they have, and what each value that script passes means.

use core::fmt;

use crate::params::{CloseOptions, ConnectOptions, Payload};
use crate::value::Value;

/// A call of the API that has a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// `my.connectSocket`.
    ConnectSocket,
    /// `my.sendSocketMessage`.
    SendSocketMessage,
    /// `my.closeSocket`.
    CloseSocket,
}

/// What script passed for one parameter, in the detail that a binding has to know. Core does the checks
/// ([V](crate::rules#v), [C](crate::rules#c)). `{:?}` shows its type, but no content ([G6](crate::rules#g6)).
#[derive(Clone, Default, PartialEq)]
pub enum Parameter {
    /// `null`, `undefined` or missing.
    #[default]
    Absent,
    /// A string. An unpaired surrogate becomes U+FFFD.
    Text(String),
    /// The bytes of an `ArrayBuffer` or of a view of one.
    Bytes(Vec<u8>),
    /// The same bytes in base64, from an engine that does not lend its memory.
    Base64(String),
    /// Anything else, as the engine's `JSON.stringify` writes it. It reads getters and calls `toJSON` (so a `Date` is a
    /// string), a `Map` is an empty object, NaN is null, and functions and symbols inside are left out.
    Json(String),
    /// What `JSON.stringify` does not write: a function, a symbol, a `BigInt`, something cyclic or nested too deeply
    /// for the engine, or something with a getter that throws. No parameter accepts it.
    Unreadable,
}

impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absent => "Absent",
            Self::Text(_) => "Text(..)",
            Self::Bytes(_) => "Bytes(..)",
            Self::Base64(_) => "Base64(..)",
            Self::Json(_) => "Json(..)",
            Self::Unreadable => "Unreadable",
        })
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(..)",
            Self::Bytes(_) => "Bytes(..)",
            Self::Base64(_) => "Base64(..)",
            Self::Invalid => "Invalid",
        })
    }
}

impl Parameter {
    /// The value, if it is one. Something that only JSON makes a string, like a `Date`, is not a string, and something
    /// that only JSON makes null, like NaN, is not absent.
    fn value(self) -> Option<Value> {
        match self {
            Self::Absent => Some(Value::Null),
            Self::Text(text) => Some(Value::String(text)),
            Self::Json(text) => {
                Value::from_json(&text).ok().filter(|value| !matches!(value, Value::String(_) | Value::Null))
            }
            Self::Bytes(_) | Self::Base64(_) | Self::Unreadable => None,
        }
    }

    /// The same, with a number in place of something that is not a value. It is for parameters that cannot be a number.
    fn value_or_number(self) -> Value {
        self.value().unwrap_or(Value::Number(f64::NAN))
    }

    /// The same, with a list.
    fn value_or_list(self) -> Value {
        self.value().unwrap_or(Value::Array(Vec::new()))
    }
}

/// A call with its parameters. They are not checked yet, but they no longer depend on the engine.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// `my.connectSocket`.
    Connect(ConnectOptions),
    /// `my.sendSocketMessage`.
    Send(Outgoing),
    /// `my.closeSocket`.
    Close(CloseOptions),
}

/// A message to send. `{:?}` shows its type, but no content ([G6](crate::rules#g6)).
#[derive(Clone, PartialEq)]
pub enum Outgoing {
    /// A text message.
    Text(String),
    /// A binary message.
    Bytes(Vec<u8>),
    /// A binary message in base64.
    Base64(String),
    /// Something that cannot be sent: the call fails with code 11.
    Invalid,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ConnectSocket, Self::SendSocketMessage, Self::CloseSocket];

    /// The name of the function.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ConnectSocket => "connectSocket",
            Self::SendSocketMessage => "sendSocketMessage",
            Self::CloseSocket => "closeSocket",
        }
    }

    /// Makes a call from the members of script's options object. `read` returns the member with a name. It is called
    /// once for each, in the order of the API's documentation, and may run script's getters. If script passed something
    /// other than an object, it has no members.
    pub fn call(self, mut read: impl FnMut(&'static str) -> Parameter) -> Call {
        match self {
            Self::ConnectSocket => Call::Connect(
                ConnectOptions::new(read("url").value_or_number())
                    .with_data(read("data").value_or_number())
                    .with_header(read("header").value_or_number())
                    .with_protocols(read("protocols").value_or_number()),
            ),
            Self::SendSocketMessage => {
                let data = read("data");
                Call::Send(Outgoing::new(data, read("isBuffer")))
            }
            Self::CloseSocket => {
                let code = read("code").value_or_list();
                Call::Close(CloseOptions::from_script(code, read("reason").value_or_list()))
            }
        }
    }
}

impl Call {
    /// Which call it is.
    pub fn method(&self) -> Method {
        match self {
            Self::Connect(_) => Method::ConnectSocket,
            Self::Send(_) => Method::SendSocketMessage,
            Self::Close(_) => Method::CloseSocket,
        }
    }
}

impl Outgoing {
    /// The engine's bytes are binary with or without `isBuffer` (rule L).
    fn new(data: Parameter, is_buffer: Parameter) -> Self {
        match (data, is_buffer.value_or_list()) {
            (Parameter::Bytes(bytes), _) => Self::Bytes(bytes),
            (Parameter::Base64(text), _) | (Parameter::Text(text), Value::Bool(true)) => Self::Base64(text),
            (Parameter::Text(text), Value::Bool(false) | Value::Null) => Self::Text(text),
            (
                Parameter::Text(_),
                Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_),
            )
            | (Parameter::Absent | Parameter::Json(_) | Parameter::Unreadable, _) => Self::Invalid,
        }
    }

    /// The message, borrowed for a send.
    pub fn as_payload(&self) -> Payload<'_> {
        match self {
            Self::Text(text) => Payload::Text(text),
            Self::Bytes(bytes) => Payload::Binary(bytes),
            Self::Base64(text) => Payload::Base64(text),
            Self::Invalid => Payload::Invalid,
        }
    }
}
