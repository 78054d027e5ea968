//! Parts of messages, joined: for those who take whole messages alone, whatever a session delivers.

use crate::copy::{append, append_text};
use crate::host::owned::OwnedMessage;
use crate::ids::ConnectionId;

/// The message of which not all parts have come.
#[derive(Debug, Default)]
pub(crate) struct Joined {
    /// With the connection that it comes on. What an older one left is forgotten.
    begun: Option<(ConnectionId, OwnedMessage)>,
}

impl Joined {
    /// Adds a part; gives the message if it was the last one.
    pub(crate) fn add(
        &mut self,
        connection: ConnectionId,
        part: OwnedMessage,
        last: bool,
    ) -> Option<OwnedMessage> {
        let begun = self.begun.take().filter(|(of, _)| *of == connection).map(|(_, message)| message);
        let message = match (begun, part) {
            (Some(OwnedMessage::Text(mut text)), OwnedMessage::Text(more)) => {
                append_text(&mut text, &more);
                OwnedMessage::Text(text)
            }
            (Some(OwnedMessage::Binary(mut bytes)), OwnedMessage::Binary(more)) => {
                append(&mut bytes, &more);
                OwnedMessage::Binary(bytes)
            }
            (Some(OwnedMessage::Text(_) | OwnedMessage::Binary(_)) | None, part) => part,
        };
        if last {
            return Some(message);
        }
        self.begun = Some((connection, message));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_become_the_message() {
        let (mut joined, connection) = (Joined::default(), ConnectionId(1));
        assert_eq!(joined.add(connection, "a".into(), false), None);
        assert_eq!(joined.add(connection, "".into(), false), None);
        assert_eq!(joined.add(connection, "bc".into(), true), Some("abc".into()));
        assert_eq!(joined.add(connection, OwnedMessage::from([1]), true), Some([1].into()));
    }

    /// G1: nothing of an older connection gets into a message of the newer one.
    #[test]
    fn g1_what_an_older_connection_left_is_forgotten() {
        let mut joined = Joined::default();
        assert_eq!(joined.add(ConnectionId(1), "old".into(), false), None);
        assert_eq!(joined.add(ConnectionId(2), "new".into(), true), Some("new".into()));
    }
}
