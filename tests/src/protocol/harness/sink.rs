//! What becomes of messages: printed, sent back, or counted.

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
}

impl Echo {
    /// Sends `text` back, now or when there is room.
    pub(super) fn text<C: Client>(&mut self, client: &mut C, text: String) -> Option<Call> {
        self.owe(client, Owed::Text(text))
    }

    /// Sends `bytes` back, now or when there is room.
    pub(super) fn binary<C: Client>(&mut self, client: &mut C, bytes: Vec<u8>) -> Option<Call> {
        self.owe(client, Owed::Binary(bytes))
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
        if self.owed.take().is_some() {
            client.inside(ECHO).set_receiving(true);
        }
    }
}
