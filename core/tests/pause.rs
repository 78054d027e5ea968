//! While the host takes no messages, everything else goes on.

mod memory;

use connect_socket_core::{Action, Config, Event};
use memory::{Host, NOW, read, write};

/// Rule F5: the connection that was replaced ends with its peer, although what has come on the new one waits to be
/// taken. Whether that lies in a window or in memory of its own size makes no difference.
#[test]
fn a_replaced_connection_ends_in_a_pause() {
    for shrinks in [false, true] {
        let mut host = Host::open(Config::default());
        let old = host.reconnect();
        write(&mut host.session, old, &mut host.work, NOW);
        assert_eq!(host.session.poll_action(), Some(Action::ShutdownWrite { transport: old }));

        host.read(b"\x81\x02hi");
        host.session.set_receiving(false);
        for last_words in [&b"\x81\x04late"[..], b"\x88\x02\x03\xe8"] {
            assert_eq!(host.event(), None, "messages are not wanted");
            if shrinks {
                host.session.shrink(&mut host.work);
            }
            read(&mut host.session, old, &mut host.work, last_words);
        }
        assert!(!host.session.wants_read(host.transport), "messages are not wanted");
        host.session.handle_end_of_stream(NOW, old);
        assert_eq!(host.session.poll_action(), Some(Action::Release { transport: old }));

        host.session.set_receiving(true);
        match host.session.poll_event(&mut host.work) {
            Some(Event::Message { message, connection, .. }) => {
                assert_eq!((message.as_bytes(), connection), (&b"hi"[..], host.transport.connection()));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(host.event(), None);
        assert!(host.session.wants_read(host.transport));
    }
}
