//! What becomes of messages: printed, sent back, or counted.

use std::mem::take;

use connect_socket_core::Payload;

use crate::client::{Call, Client};

/// What an echo needs of an adapter.
const ECHO: &str = "back-pressure";

/// The member `sink` of `configure`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::protocol) enum Mode {
    #[default]
    Events,
    Echo,
    Discard,
}

impl Mode {
    /// How the protocol names them.
    pub(in crate::protocol) const NAMES: [(&str, Self); 3] =
        [("events", Self::Events), ("echo", Self::Echo), ("discard", Self::Discard)];
}

/// A message that is to go back.
enum Owed {
    Text(String),
    Binary(Vec<u8>),
}

/// The echo: it stops the reading while a message waits for room in the output buffer.
#[derive(Default)]
pub(super) struct Echo {
    owed: Option<Owed>,
    /// A message that comes in parts, as far as it is here.
    text: String,
    bytes: Vec<u8>,
}

impl Echo {
    /// Sends the message back that `text` ends, now or when there is room.
    pub(super) fn text<C: Client>(&mut self, client: &mut C, text: String, last: bool) -> Option<Call> {
        if last && self.text.is_empty() {
            return self.owe(client, Owed::Text(text));
        }
        self.text.push_str(&text);
        let whole = last.then(|| Owed::Text(take(&mut self.text)));
        whole.and_then(|whole| self.owe(client, whole))
    }

    /// The same for bytes.
    pub(super) fn binary<C: Client>(&mut self, client: &mut C, bytes: Vec<u8>, last: bool) -> Option<Call> {
        if last && self.bytes.is_empty() {
            return self.owe(client, Owed::Binary(bytes));
        }
        self.bytes.extend(bytes);
        let whole = last.then(|| Owed::Binary(take(&mut self.bytes)));
        whole.and_then(|whole| self.owe(client, whole))
    }

    fn owe<C: Client>(&mut self, client: &mut C, owed: Owed) -> Option<Call> {
        self.owed = Some(owed);
        let call = self.pay(client);
        if call.is_none() {
            client.inside(ECHO).set_receiving(false);
        }
        call
    }

    /// Sends what waits, if there is room now. Call it after every event.
    pub(super) fn pay<C: Client>(&mut self, client: &mut C) -> Option<Call> {
        let owed = self.owed.as_ref()?;
        let length = match owed {
            Owed::Text(text) => text.len(),
            Owed::Binary(bytes) => bytes.len(),
        };
        // What cannot be sent at all is given to the session to refuse: once nothing waits any more, or when
        // there is no connection for it.
        if !client.inside(ECHO).can_send(length) && client.inside(ECHO).buffered_amount() > 0 {
            return None;
        }
        let call = match owed {
            Owed::Text(text) => client.send(Payload::Text(text)),
            Owed::Binary(bytes) => client.send(Payload::Binary(bytes)),
        };
        self.owed = None;
        client.inside(ECHO).set_receiving(true);
        Some(call)
    }

    /// Whether a message waits.
    pub(super) fn is_waiting(&self) -> bool {
        self.owed.is_some()
    }

    /// The connection ended: nobody is owed anything.
    pub(super) fn forget<C: Client>(&mut self, client: &mut C) {
        (self.text, self.bytes) = Default::default();
        if self.owed.take().is_some() {
            client.inside(ECHO).set_receiving(true);
        }
    }
}
