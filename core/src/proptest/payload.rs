//! What is sent in either direction: messages, and payloads that are not messages.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::show::Bytes;
use crate::host::owned::OwnedMessage;
use crate::params::{Payload, decode_base64};

/// An owned payload to send.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OwnedPayload {
    /// A message as it is.
    Message(OwnedMessage),
    /// A binary message in base64.
    Base64(String),
    /// Something that cannot be sent.
    Invalid,
}

impl OwnedPayload {
    /// The same in the type that the session takes.
    pub fn as_payload(&self) -> Payload<'_> {
        match self {
            Self::Message(message) => message.into(),
            Self::Base64(text) => Payload::Base64(text),
            Self::Invalid => Payload::Invalid,
        }
    }

    /// The message that the server gets. None if it cannot be sent.
    pub fn message(&self) -> Option<OwnedMessage> {
        match self {
            Self::Message(message) => Some(message.clone()),
            Self::Base64(text) => decode_base64(text).ok().map(OwnedMessage::Binary),
            Self::Invalid => None,
        }
    }
}

/// Lengths of payloads at which the head of a frame grows, and simpler ones to which they shrink.
const LENGTHS: [usize; 10] = [0, 1, 124, 125, 126, 127, 65_534, 65_535, 65_536, 65_537];

/// Messages: empty, short, and of lengths at which the head of a frame grows.
pub fn message() -> impl Strategy<Value = OwnedMessage> + Clone {
    prop_oneof![
        3 => text().prop_map(OwnedMessage::Text),
        2 => bytes(12).prop_map(|bytes| OwnedMessage::Binary(bytes.0)),
        1 => select(&LENGTHS[..6]).prop_map(|length| OwnedMessage::Text("t".repeat(length))),
        1 => select(&LENGTHS).prop_map(|length| OwnedMessage::Binary(vec![b'b'; length])),
    ]
}

/// Payloads that can be sent, if their length is within the limits.
pub fn payload() -> impl Strategy<Value = OwnedPayload> + Clone {
    prop_oneof![
        4 => message().prop_map(OwnedPayload::Message),
        1 => "([A-Za-z0-9+/]{4}){0,3}(AA==|AAA=)?".prop_map(OwnedPayload::Base64),
    ]
}

/// Payloads that cannot be sent: the call fails with code 11 while a connection is open, and with 10 otherwise.
pub fn refused_payload() -> impl Strategy<Value = OwnedPayload> + Clone {
    let base64 = select(vec!["A", "AA", "AAA", "AA=", "AB==", "-_8=", "AAAA=", " AA==", "AA==\n"]);
    prop_oneof![Just(OwnedPayload::Invalid), base64.prop_map(|text| OwnedPayload::Base64(text.into()))]
}

/// Short texts, with characters of all encoded lengths.
pub(super) fn text() -> impl Strategy<Value = String> + Clone {
    prop_oneof!["[a-z ]{0,12}", "[aé€😀\u{0}\u{7f}\u{80}\u{7ff}\u{ffff}]{0,6}", "\\PC{0,8}"]
}

/// At most `most` bytes, of any value.
pub(super) fn bytes(most: usize) -> impl Strategy<Value = Bytes> + Clone {
    vec(any::<u8>(), 0..=most).prop_map(Bytes)
}
