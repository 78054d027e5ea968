//! An open session whose entropy is zeros, for tests of what comes after that.
#![allow(dead_code, reason = "a test takes what it needs")]

use connect_socket_core::{
    Action, Config, ConnectOptions, Event, Session, Tape, Time, TransportId, Workspace,
};

pub(crate) const NOW: Time = Time::ZERO;

/// The answer to the key that a tape of zeros makes.
pub(crate) const ANSWER: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=\r\n\r\n";

/// Connects, and has told that the connection is open.
pub(crate) fn open(config: Config, work: &mut Workspace) -> (Session<Tape>, TransportId) {
    let mut session = Session::new(config, Tape::default());
    let transport = connect(&mut session, work);
    (session, transport)
}

/// The same with a session that has had a connection before; what became of that has been told.
pub(crate) fn connect(session: &mut Session<Tape>, work: &mut Workspace) -> TransportId {
    session.connect(NOW, &ConnectOptions::new("ws://192.0.2.1"));
    let Some(Action::Dial { transport, .. }) = session.poll_action() else { panic!("no dial") };
    session.handle_connected(NOW, transport);
    let request = session.poll_transmit(transport, work).len();
    session.handle_transmitted(NOW, transport, request).expect("as offered");
    while session.poll_event(work).is_some() {}
    read(session, transport, work, ANSWER);
    assert!(matches!(session.poll_event(work), Some(Event::Settled { result: Ok(()), .. })));
    assert!(matches!(session.poll_event(work), Some(Event::Open { .. })));
    transport
}

/// Reads all of `bytes`, in as many reads as that takes; what each brings is taken, but no event polled.
pub(crate) fn read(session: &mut Session<Tape>, transport: TransportId, work: &mut Workspace, bytes: &[u8]) {
    let count = session.handle_bytes(NOW, transport, bytes, work);
    assert_eq!(count, bytes.len(), "the window takes all of it");
}

/// Reads `bytes` of which no event comes, in as many reads as that takes.
pub(crate) fn read_silently(
    session: &mut Session<Tape>,
    transport: TransportId,
    work: &mut Workspace,
    mut bytes: &[u8],
) {
    while !bytes.is_empty() {
        let count = session.handle_bytes(NOW, transport, bytes, work);
        assert!(count > 0, "bytes are wanted");
        bytes = &bytes[count..];
        assert!(bytes.is_empty() || session.poll_event(work).is_none());
    }
}

/// The next message, as bytes.
pub(crate) fn message(session: &mut Session<Tape>, work: &mut Workspace) -> Option<Vec<u8>> {
    match session.poll_event(work) {
        None => None,
        Some(Event::Message { message, .. }) => Some(message.as_bytes().into()),
        Some(other) => panic!("{other:?}"),
    }
}
