//! The arguments with which a script's functions are called.

use core::fmt;
use core::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Method;
use crate::error::Error;
use crate::event::{Opened, Timing};
use crate::host::owned::OwnedMessage;

/// The form in which script gets a binary message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Binary {
    /// Base64, with `isBuffer` true ([L](crate::rules#l)). The published clients expect this and decode it.
    #[default]
    Base64,
    /// An `ArrayBuffer`, with `isBuffer` true.
    ArrayBuffer,
}

/// The object that a function of a script gets: its members, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Argument {
    members: Vec<(&'static str, Field)>,
}

/// The value of a member, of a type that every engine has. `{:?}` shows its type, but no content
/// ([G6](crate::rules#g6)).
#[derive(Clone, PartialEq)]
pub enum Field {
    /// A string.
    Text(String),
    /// A number.
    Number(f64),
    /// A boolean.
    Bool(bool),
    /// An `ArrayBuffer` of its own.
    Bytes(Vec<u8>),
    /// An object whose members are strings.
    Texts(Vec<(String, String)>),
    /// An object whose members are numbers.
    Numbers(Vec<(&'static str, f64)>),
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => f.debug_tuple("Number").field(number).finish(),
            Self::Bool(value) => f.debug_tuple("Bool").field(value).finish(),
            Self::Numbers(members) => f.debug_tuple("Numbers").field(members).finish(),
            Self::Text(_) => f.debug_tuple("Text").finish_non_exhaustive(),
            Self::Bytes(_) => f.debug_tuple("Bytes").finish_non_exhaustive(),
            Self::Texts(_) => f.debug_tuple("Texts").finish_non_exhaustive(),
        }
    }
}

impl Argument {
    /// The members, in order, each once.
    pub fn into_members(self) -> Vec<(&'static str, Field)> {
        self.members
    }

    /// The member with that name.
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.members.iter().find(|(found, _)| *found == name).map(|(_, field)| field)
    }

    /// The member with that name, if it is a number.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.get(name).and_then(|field| if let Field::Number(number) = field { Some(*number) } else { None })
    }

    /// What success gets. The published types promise `success` of sendSocketMessage and `message` of closeSocket.
    pub(super) fn success(of: Method) -> Self {
        let members = match of {
            Method::ConnectSocket => vec![],
            Method::SendSocketMessage => vec![("success", Field::Bool(true))],
            Method::CloseSocket => vec![("message", Field::Text("ok".to_owned()))],
        };
        Self { members }
    }

    /// What fail and onSocketError get (rule G6).
    pub(super) fn error(error: &Error) -> Self {
        let code = f64::from(error.code().number());
        let message = Field::Text(error.to_string());
        Self { members: vec![("error", Field::Number(code)), ("errorMessage", message)] }
    }

    /// What onSocketOpen gets.
    pub(super) fn opened(opened: &Opened) -> Self {
        let header = Field::Texts(opened.response.headers.joined());
        Self { members: vec![("header", header), ("profile", Field::Numbers(profile(&opened.timing)))] }
    }

    /// What onSocketMessage gets.
    pub(super) fn message(message: OwnedMessage, binary: Binary) -> Self {
        let (data, is_buffer) = match (message, binary) {
            (OwnedMessage::Text(text), _) => (Field::Text(text), false),
            (OwnedMessage::Binary(bytes), Binary::Base64) => (Field::Text(STANDARD.encode(bytes)), true),
            (OwnedMessage::Binary(bytes), Binary::ArrayBuffer) => (Field::Bytes(bytes), true),
        };
        Self { members: vec![("data", data), ("isBuffer", Field::Bool(is_buffer))] }
    }

    /// What onSocketClose gets.
    pub(super) fn closed(code: u16, reason: Box<str>) -> Self {
        let code = Field::Number(f64::from(code));
        Self { members: vec![("code", code), ("reason", Field::Text(reason.into()))] }
    }
}

/// The times of a connection's steps, in milliseconds since the call of connectSocket, under the names of `WeChat`'s
/// `SocketProfile`. There, connecting means TCP and TLS, and the handshake is the upgrade.
fn profile(timing: &Timing) -> Vec<(&'static str, f64)> {
    let Timing { looked_up, connected, secured, upgraded } = *timing;
    let connect_start = looked_up.unwrap_or_default();
    let connect_end = secured.unwrap_or(connected);
    let times = [
        ("fetchStart", Duration::ZERO),
        ("domainLookUpStart", Duration::ZERO),
        ("domainLookUpEnd", connect_start),
        ("connectStart", connect_start),
        ("connectEnd", connect_end),
        ("rtt", connect_end.saturating_sub(connect_start)),
        ("handshakeCost", upgraded.saturating_sub(connect_end)),
        ("cost", upgraded),
    ];
    times.map(|(name, time)| (name, time.as_secs_f64() * 1000.0)).to_vec()
}
