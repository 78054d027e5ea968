//! An open session whose entropy is zeros, for tests of what comes after that.
#![allow(dead_code, reason = "a test takes what it needs")]

use connect_socket_core::{
    Action, Config, ConnectOptions, Event, ReceiveBuffer, Session, Tape, Time, TransportId,
};

pub(crate) const NOW: Time = Time::ZERO;

/// The answer to the key that a tape of zeros makes.
pub(crate) const ANSWER: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=\r\n\r\n";

/// Connects, and has told that the connection is open.
pub(crate) fn open(config: Config, buffer: &mut ReceiveBuffer) -> (Session<Tape>, TransportId) {
    let mut session = Session::new(config, Tape::default());
    let transport = connect(&mut session, buffer);
    (session, transport)
}

/// The same with a session that has had a connection before; what became of that has been told.
pub(crate) fn connect(session: &mut Session<Tape>, buffer: &mut ReceiveBuffer) -> TransportId {
    session.connect(NOW, &ConnectOptions::new("ws://192.0.2.1"));
    let Some(Action::Dial { transport, .. }) = session.poll_action() else { panic!("no dial") };
    session.handle_connected(NOW, transport);
    let request = session.poll_transmit(transport).len();
    session.handle_transmitted(NOW, transport, request).expect("as offered");
    while session.poll_event(buffer).is_some() {}
    read(session, transport, buffer, ANSWER);
    assert!(matches!(session.poll_event(buffer), Some(Event::Settled { result: Ok(()), .. })));
    assert!(matches!(session.poll_event(buffer), Some(Event::Open { .. })));
    transport
}

/// Reads all of `bytes`, in as many reads as that takes, without polling in between.
pub(crate) fn read(
    session: &mut Session<Tape>,
    transport: TransportId,
    buffer: &mut ReceiveBuffer,
    mut bytes: &[u8],
) {
    while !bytes.is_empty() {
        let window = session.receive_window(transport, buffer).expect("a window");
        let count = window.len().min(bytes.len());
        window[..count].copy_from_slice(&bytes[..count]);
        assert_eq!(session.handle_received(NOW, transport, buffer, count), Ok(()));
        bytes = &bytes[count..];
    }
}

/// The next message, as bytes.
pub(crate) fn message(session: &mut Session<Tape>, buffer: &mut ReceiveBuffer) -> Option<Vec<u8>> {
    match session.poll_event(buffer) {
        None => None,
        Some(Event::Message { message, .. }) => Some(message.as_bytes().into()),
        Some(other) => panic!("{other:?}"),
    }
}
