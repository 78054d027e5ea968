//! While the host takes no messages, everything else goes on.

mod opened;

use connect_socket_core::{Action, Config, Event, Message, ReceiveBuffer};
use opened::{NOW, connect, open, read};

/// Semantics F5: the connection that was replaced ends with its peer, although what has come on the new one waits to be
/// taken. Hosts with one session leave it in the buffer, others put it aside after every turn.
#[test]
fn a_replaced_connection_ends_in_a_pause() {
    for puts_aside in [false, true] {
        let mut buffer = ReceiveBuffer::default();
        let (mut session, old) = open(Config::default(), &mut buffer);
        let new = connect(&mut session, &mut buffer);
        let close = session.poll_transmit(old).len();
        assert_eq!(session.handle_transmitted(NOW, old, close), Ok(()));
        assert_eq!(session.poll_action(), Some(Action::ShutdownWrite { transport: old }));

        read(&mut session, new, &mut buffer, b"\x81\x02hi");
        session.set_receiving(false);
        for last_words in [&b"\x81\x04late"[..], b"\x88\x02\x03\xe8"] {
            assert!(session.poll_event(&mut buffer).is_none(), "messages are not wanted");
            if puts_aside {
                session.detach(&mut buffer);
            }
            read(&mut session, old, &mut buffer, last_words);
        }
        assert!(session.receive_window(new, &mut buffer).is_none(), "messages are not wanted");
        session.handle_end_of_stream(NOW, old);
        assert_eq!(session.poll_action(), Some(Action::Release { transport: old }));

        session.set_receiving(true);
        match session.poll_event(&mut buffer) {
            Some(Event::Message { message: Message::Text(text), connection }) => {
                assert_eq!((text, connection), ("hi", new.connection()));
            }
            other => panic!("{other:?}"),
        }
        assert!(session.poll_event(&mut buffer).is_none());
        assert!(session.receive_window(new, &mut buffer).is_some());
    }
}
