//! Two sessions over one receive buffer: neither takes what the other has read (semantics G1).

use connect_socket_core::{
    Action, Config, ConnectOptions, Event, Message, ReceiveBuffer, Session, Tape, Time, TransportId,
};

const NOW: Time = Time::ZERO;

/// The answer to the key that a tape of zeros makes.
const ANSWER: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=\r\n\r\n";

fn open(buffer: &mut ReceiveBuffer) -> (Session<Tape>, TransportId) {
    let mut session = Session::new(Config::default(), Tape::default());
    session.connect(NOW, &ConnectOptions::new("ws://192.0.2.1"));
    let Some(Action::Dial { transport, .. }) = session.poll_action() else { panic!("no dial") };
    session.handle_connected(NOW, transport);
    let request = session.poll_transmit(transport).len();
    session.handle_transmitted(NOW, transport, request).expect("as offered");
    read(&mut session, transport, buffer, ANSWER);
    assert!(matches!(session.poll_event(buffer), Some(Event::Settled { result: Ok(()), .. })));
    assert!(matches!(session.poll_event(buffer), Some(Event::Open { .. })));
    (session, transport)
}

/// Reads all of `bytes`, in as many reads as that takes, without polling in between.
fn read(session: &mut Session<Tape>, transport: TransportId, buffer: &mut ReceiveBuffer, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let window = session.receive_window(transport, buffer).expect("a window");
        let count = window.len().min(bytes.len());
        window[..count].copy_from_slice(&bytes[..count]);
        assert_eq!(session.handle_received(NOW, transport, buffer, count), Ok(()));
        bytes = &bytes[count..];
    }
}

/// A large frame is read past the buffer, straight to its place; before its session is polled, another may
/// have read into the buffer.
#[test]
fn what_was_read_in_place_is_judged_alone() {
    let mut buffer = ReceiveBuffer::default();
    let (mut first, a) = open(&mut buffer);
    let (mut second, b) = open(&mut buffer);

    read(&mut first, a, &mut buffer, &[&[0x82, 126, 0x75, 0x30][..], &[1; 10_000]].concat());
    assert!(first.poll_event(&mut buffer).is_none());
    read(&mut first, a, &mut buffer, &vec![2; 19_999]);
    read(&mut second, b, &mut buffer, b"\x81\x02hi");

    assert!(first.poll_event(&mut buffer).is_none());
    match second.poll_event(&mut buffer) {
        Some(Event::Message { message: Message::Text(text), .. }) => assert_eq!(text, "hi"),
        other => panic!("{other:?}"),
    }
    assert!(second.poll_event(&mut buffer).is_none());

    read(&mut first, a, &mut buffer, &[2]);
    match first.poll_event(&mut buffer) {
        Some(Event::Message { message: Message::Binary(bytes), .. }) => {
            assert_eq!(bytes, [vec![1; 10_000], vec![2; 20_000]].concat());
        }
        other => panic!("{other:?}"),
    }
    assert!(first.poll_event(&mut buffer).is_none());
}

/// What was put aside comes back in whichever buffer the session is polled with next, one that has never been
/// read into too: hosts with several threads have several.
#[test]
fn what_was_put_aside_comes_back_in_another_buffer() {
    let mut buffer = ReceiveBuffer::default();
    let (mut session, transport) = open(&mut buffer);
    read(&mut session, transport, &mut buffer, b"\x81\x02hi\x81\x03you");
    assert!(matches!(session.poll_event(&mut buffer), Some(Event::Message { .. })));
    session.detach(&mut buffer);
    assert!(buffer.is_empty());

    let mut another = ReceiveBuffer::default();
    match session.poll_event(&mut another) {
        Some(Event::Message { message: Message::Text(text), .. }) => assert_eq!(text, "you"),
        other => panic!("{other:?}"),
    }
    assert!(session.poll_event(&mut another).is_none());
}
