//! While the host takes no messages, everything else goes on.

mod opened;

use connect_socket_core::{Action, Config, Event, Message, Workspace};
use opened::{NOW, connect, open, read};

/// Semantics F5: the connection that was replaced ends with its peer, although what has come on the new one waits to be
/// taken. Whether that lies in a window or in memory of its own size makes no difference.
#[test]
fn a_replaced_connection_ends_in_a_pause() {
    for shrinks in [false, true] {
        let mut work = Workspace::default();
        let (mut session, old) = open(Config::default(), &mut work);
        let new = connect(&mut session, &mut work);
        let close = session.poll_transmit(old, &mut work).len();
        assert_eq!(session.handle_transmitted(NOW, old, close), Ok(()));
        assert_eq!(session.poll_action(), Some(Action::ShutdownWrite { transport: old }));

        read(&mut session, new, &mut work, b"\x81\x02hi");
        session.set_receiving(false);
        for last_words in [&b"\x81\x04late"[..], b"\x88\x02\x03\xe8"] {
            assert!(session.poll_event(&mut work).is_none(), "messages are not wanted");
            if shrinks {
                session.shrink(&mut work);
            }
            read(&mut session, old, &mut work, last_words);
        }
        assert!(!session.wants_read(new), "messages are not wanted");
        session.handle_end_of_stream(NOW, old);
        assert_eq!(session.poll_action(), Some(Action::Release { transport: old }));

        session.set_receiving(true);
        match session.poll_event(&mut work) {
            Some(Event::Message { message: Message::Text(text), connection }) => {
                assert_eq!((text, connection), ("hi", new.connection()));
            }
            other => panic!("{other:?}"),
        }
        assert!(session.poll_event(&mut work).is_none());
        assert!(session.wants_read(new));
    }
}
