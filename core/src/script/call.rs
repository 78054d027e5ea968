//! The three calls: which parameters they have, and what is made of what script passes for each.

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

/// What script passed for one parameter, as far as a binding has to know: the checks are core's ([V](crate::rules#v), [C](crate::rules#c)).
/// `{:?}` shows its type and no content ([G6](crate::rules#g6)).
#[derive(Clone, Default, PartialEq)]
pub enum Parameter {
    /// `null`, `undefined`, or not there.
    #[default]
    Absent,
    /// A string. Half a surrogate pair is U+FFFD.
    Text(String),
    /// The bytes of an `ArrayBuffer` or of a view of one.
    Bytes(Vec<u8>),
    /// The same bytes in base64, from an engine that does not lend its memory.
    Base64(String),
    /// Anything else, as the engine's `JSON.stringify` writes it: getters are read, `toJSON` is called (so a `Date` is a string), a
    /// `Map` is an empty object, NaN is null, functions and symbols inside are left out.
    Json(String),
    /// What `JSON.stringify` does not write: a function, a symbol, a `BigInt`, something cyclic, nested too deeply for the engine, or
    /// with a getter that throws. It has no type that any parameter could have.
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
    /// The value, if a value is what it is. What only JSON makes a string, like a `Date`, is no string; and what only JSON makes null,
    /// like NaN, is not left out.
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

    /// The same, with a number in the place of what is no value: for parameters that cannot be a number.
    fn value_or_number(self) -> Value {
        self.value().unwrap_or(Value::Number(f64::NAN))
    }

    /// The same, with a list.
    fn value_or_list(self) -> Value {
        self.value().unwrap_or(Value::Array(Vec::new()))
    }
}

/// A call with its parameters: not checked yet, but nothing of the engine is in it any more.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// `my.connectSocket`.
    Connect(ConnectOptions),
    /// `my.sendSocketMessage`.
    Send(Outgoing),
    /// `my.closeSocket`.
    Close(CloseOptions),
}

/// What is to be sent. `{:?}` shows its type and no content ([G6](crate::rules#g6)).
#[derive(Clone, PartialEq)]
pub enum Outgoing {
    /// A text message.
    Text(String),
    /// A binary message.
    Bytes(Vec<u8>),
    /// A binary message in base64.
    Base64(String),
    /// Nothing that could be sent: the call fails with 11.
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

    /// Makes a call of the members of script's options object. `read` gives the member of a name; it is asked for each once, in
    /// the order of the page, and may run script's getters. What is passed instead of an object has no members.
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
    /// Bytes of the engine are binary with or without `isBuffer` (rule L).
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

    /// The message, lent to a send.
    pub fn as_payload(&self) -> Payload<'_> {
        match self {
            Self::Text(text) => Payload::Text(text),
            Self::Bytes(bytes) => Payload::Binary(bytes),
            Self::Base64(text) => Payload::Base64(text),
            Self::Invalid => Payload::Invalid,
        }
    }
}
