//! What a server answers to the upgrade: an answer that is accepted, or one with a known fault.

use proptest::prelude::*;
use proptest::sample::select;

use super::show::Bytes;
use crate::code::ErrorCode;
use crate::upgrade::key::accept_to;

/// What a server answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// The upgrade, as short as allowed.
    Accepts,
    /// The upgrade, with the first offered subprotocol, if there is one ([U4](crate::rules#u4)).
    AcceptsSubprotocol,
    /// An interim answer with this status, and then the upgrade ([U1](crate::rules#u1)).
    AcceptsLater(u16),
    /// The upgrade, with lines that end in a bare LF ([U2](crate::rules#u2)).
    AcceptsTersely,
    /// Another final status ([U1](crate::rules#u1)).
    Status(u16),
    /// The upgrade, but to another key ([U3](crate::rules#u3)).
    WrongKey,
    /// The upgrade to another protocol ([U3](crate::rules#u3)).
    WrongUpgrade,
    /// The upgrade, with a subprotocol that was not offered ([U4](crate::rules#u4)).
    WrongSubprotocol,
    /// The upgrade, with an extension that was not offered ([U5](crate::rules#u5)).
    WrongExtension,
    /// No HTTP at all ([U2](crate::rules#u2)).
    NotHttp,
    /// A head of more bytes than this ([Q5](crate::rules#q5)).
    LongerThan(usize),
}

/// An [`Answer`] to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// What goes over the wire.
    pub bytes: Bytes,
    /// The code with which the connect fails. None if it succeeds.
    pub code: Option<ErrorCode>,
    /// After how many bytes this is decided, and not before.
    pub judged_after: usize,
}

impl Answer {
    /// The answer to the request whose head is `request`. None if that is not a request for an upgrade, or not
    /// complete.
    pub fn to(&self, request: &[u8]) -> Option<Answered> {
        let request = core::str::from_utf8(request).ok().filter(|request| request.ends_with("\r\n\r\n"))?;
        let field = |name| request.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let accept = accept_to(field("Sec-WebSocket-Key")?.as_bytes());
        let accept = String::from_utf8_lossy(&accept);
        let offered = field("Sec-WebSocket-Protocol").and_then(|list| list.split(", ").next());
        let upgrade = |to: &str, accept: &str, more: &str| {
            format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: {to}\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Accept: {accept}\r\n{more}\r\n"
            )
        };
        let plain = upgrade("websocket", &accept, "");
        let invalid = Some(ErrorCode::AnswerInvalid);
        let (text, code) = match self {
            Self::Accepts => (plain, None),
            Self::AcceptsSubprotocol => {
                let chosen =
                    offered.map_or(String::new(), |name| format!("Sec-WebSocket-Protocol: {name}\r\n"));
                (upgrade("websocket", &accept, &chosen), None)
            }
            Self::AcceptsLater(status) => (format!("HTTP/1.1 {status} Wait\r\n\r\n{plain}"), None),
            Self::AcceptsTersely => (plain.replace("\r\n", "\n"), None),
            Self::Status(status) => (format!("HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n"), invalid),
            Self::WrongKey => (upgrade("websocket", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", ""), invalid),
            Self::WrongUpgrade => (upgrade("h2c", &accept, ""), invalid),
            Self::WrongSubprotocol => {
                let code = offered.map_or(ErrorCode::SubprotocolMissing, |_| ErrorCode::AnswerInvalid);
                (upgrade("websocket", &accept, "Sec-WebSocket-Protocol: ~nobody~\r\n"), Some(code))
            }
            Self::WrongExtension => {
                (upgrade("websocket", &accept, "Sec-WebSocket-Extensions: permessage-deflate\r\n"), invalid)
            }
            Self::NotHttp => ("SSH-2.0-OpenSSH\r\n".to_owned(), invalid),
            Self::LongerThan(limit) => {
                let long = format!("X: {}\r\n", "x".repeat(*limit));
                (upgrade("websocket", &accept, &long), Some(ErrorCode::OutOfMemory))
            }
        };
        let judged_after = match self {
            Self::NotHttp => 1,
            Self::LongerThan(limit) => limit + 1,
            Self::Accepts
            | Self::AcceptsSubprotocol
            | Self::AcceptsLater(_)
            | Self::AcceptsTersely
            | Self::Status(_)
            | Self::WrongKey
            | Self::WrongUpgrade
            | Self::WrongSubprotocol
            | Self::WrongExtension => text.len(),
        };
        Some(Answered { bytes: Bytes(text.into_bytes()), code, judged_after })
    }
}

/// Answers that open the connection.
pub fn accepting_answer() -> impl Strategy<Value = Answer> + Clone {
    prop_oneof![
        3 => Just(Answer::Accepts),
        1 => Just(Answer::AcceptsSubprotocol),
        1 => prop_oneof![Just(100_u16), 102..=199_u16].prop_map(Answer::AcceptsLater),
        1 => Just(Answer::AcceptsTersely),
    ]
}

/// Answers that do not open the connection. `head_limit` is the session's
/// [`response_head_limit`](crate::Config::response_head_limit).
pub fn refusing_answer(head_limit: usize) -> impl Strategy<Value = Answer> + Clone {
    prop_oneof![
        2 => select(vec![200, 301, 400, 404, 426, 503_u16]).prop_map(Answer::Status),
        1 => Just(Answer::WrongKey),
        1 => Just(Answer::WrongUpgrade),
        1 => Just(Answer::WrongSubprotocol),
        1 => Just(Answer::WrongExtension),
        1 => Just(Answer::NotHttp),
        1 => Just(Answer::LongerThan(head_limit)),
    ]
}
