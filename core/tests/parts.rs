//! Messages that are delivered in parts, as they arrive (rules F1, F2, F3, M2, T).

mod memory;

use connect_socket_core::{CloseOptions, Config, Event, Message, OwnedMessage, Workspace};
use memory::{ANSWER, Host, NOW, frame};
use proptest::prelude::*;

/// What a program gets: whole messages, each with how many parts it came in.
#[derive(Default)]
struct Received {
    messages: Vec<(OwnedMessage, usize)>,
    begun: Option<(OwnedMessage, usize)>,
    /// What else happened.
    others: Vec<String>,
}

impl Received {
    fn event(&mut self, event: &Event<Message<'_>>) {
        match event {
            Event::Message { message, last, .. } => {
                assert!(*last || !message.as_bytes().is_empty(), "nothing but a last part is empty");
                let (message, count) = match (self.begun.take(), *message) {
                    (None, message) => (message.into(), 1),
                    (Some((OwnedMessage::Text(text), count)), Message::Text(more)) => {
                        (OwnedMessage::Text(text + more), count + 1)
                    }
                    (Some((OwnedMessage::Binary(bytes), count)), Message::Binary(more)) => {
                        (OwnedMessage::Binary([&bytes, more].concat()), count + 1)
                    }
                    (Some((begun, _)), part) => panic!("{part:?} goes on with {begun:?}"),
                };
                if *last {
                    self.messages.push((message, count));
                } else {
                    self.begun = Some((message, count));
                }
            }
            Event::Settled { .. } | Event::Open { .. } => {}
            Event::Error { .. } | Event::Close { .. } => self.others.push(memory::words(event)),
        }
    }
}

/// Reads `pieces` with a loop that now and then asks before it takes, and writes in between.
fn receive(config: Config, pieces: &[&[u8]]) -> (Received, Host) {
    let mut host = Host::connecting(config);
    let mut received = Received::default();
    for (number, piece) in [&[ANSWER], pieces].concat().into_iter().enumerate() {
        let mut rest = piece;
        while !rest.is_empty() && host.session.wants_read(host.transport) {
            let count = host.session.handle_bytes(NOW, host.transport, rest, &mut host.work);
            rest = &rest[count..];
            loop {
                if number % 2 == 0 {
                    host.session.has_event(&mut host.work);
                }
                while let Some(event) = host.session.poll_event(&mut host.work) {
                    received.event(&event);
                }
                if host.write().is_empty() {
                    break;
                }
            }
        }
    }
    (received, host)
}

fn above(parts_above: usize) -> Config {
    Config::default().parts_above(parts_above)
}

/// A message as a server sends it: its kind, and its frames' payloads.
type Fragments = (bool, Vec<String>);

fn stream(messages: &[Fragments]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (text, fragments) in messages {
        // Fragments need not end between two characters: each takes a byte of the next one.
        let payload = fragments.concat().into_bytes();
        let mut cuts: Vec<usize> = fragments
            .iter()
            .scan(0, |end, part| {
                *end += part.len();
                Some((*end + 1).min(payload.len()))
            })
            .collect();
        *cuts.last_mut().unwrap() = payload.len();
        let mut from = 0;
        for (index, to) in cuts.iter().enumerate() {
            let opcode = if index > 0 {
                0
            } else if *text {
                1
            } else {
                2
            };
            let fin = if index + 1 == cuts.len() { 0x80 } else { 0 };
            bytes.extend(frame(fin | opcode, &payload[from..*to]));
            from = *to;
            if fin == 0 {
                bytes.extend_from_slice(b"\x89\x01?");
            }
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the stream is cut into and whatever is delivered in parts, the messages are the same ones.
    #[test]
    fn joined_parts_are_the_messages(
        messages in prop::collection::vec(
            (any::<bool>(), prop::collection::vec("[aé€😀]{0,90}", 1..4)), 1..6),
        cuts in prop::collection::vec(1..120_usize, 1..12),
        parts_above in prop::sample::select(vec![0, 1, 7, 40, 126, 200, 5000]),
        by_bytes in any::<bool>(),
    ) {
        let bytes = stream(&messages);
        let mut pieces: Vec<&[u8]> = Vec::new();
        let (mut rest, mut cuts) = (&bytes[..], cuts.iter().cycle());
        while !rest.is_empty() {
            let length = if by_bytes { 1 } else { *cuts.next().unwrap() };
            let (piece, behind) = rest.split_at(length.min(rest.len()));
            pieces.push(piece);
            rest = behind;
        }
        let (whole, host) = receive(Config::default(), &pieces);
        let (parts, in_parts) = receive(above(parts_above), &pieces);
        prop_assert_eq!(in_parts.session.stats().received, host.session.stats().received);
        prop_assert_eq!(whole.messages.len(), messages.len());
        prop_assert_eq!(&parts.others, &whole.others);
        for ((message, count), (expected, _)) in parts.messages.iter().zip(&whole.messages) {
            prop_assert_eq!(message, expected);
            prop_assert!(*count == 1 || expected.as_bytes().len() > parts_above);
        }
        prop_assert_eq!(parts.messages.len(), whole.messages.len());
    }
}

/// M2: what has come is delivered at once; nothing of a long message is kept.
#[test]
fn m2_a_long_message_is_delivered_as_it_arrives() {
    let mut host = Host::open(above(100));
    host.read(b"\x82\x7e\x03\xe8");
    assert_eq!(host.event(), None);
    for number in 0..10 {
        host.read(&[number; 100]);
        let kind = if number == 9 { "" } else { "part " };
        assert_eq!(host.told(), [format!("{kind}binary {:?}", [number; 100])]);
    }
    host.read(b"\x81\x02hi");
    assert_eq!(host.told(), ["text hi"]);
}

/// A message that lies whole in what was read comes whole, however long it is, and so does one of as many bytes as may
/// be kept.
#[test]
fn a_message_that_is_there_comes_whole() {
    let message = frame(0x82, &[7; 1000]);
    let (received, _) = receive(above(100), &[&message]);
    assert_eq!(received.messages[0].1, 1);
    let message = frame(0x82, &[7; 100]);
    let (received, _) = receive(above(100), &[&message[..50], &message[50..]]);
    assert_eq!(received.messages[0].1, 1);
    let message = frame(0x82, &[7; 101]);
    let (received, _) = receive(above(100), &[&message[..50], &message[50..]]);
    assert_eq!(received.messages[0].1, 2);
}

/// The fragments of a message are kept until there are too many; they are the first part then.
#[test]
fn fragments_come_together_until_they_are_too_long() {
    let mut host = Host::open(above(4));
    host.read(b"\x01\x02ab\x00\x02cd");
    assert_eq!(host.told(), [""; 0]);
    host.read(b"\x00\x01e");
    assert_eq!(host.told(), ["part text abcde"]);
    host.read(b"\x00\x02fg");
    assert_eq!(host.told(), ["part text fg"]);
    host.read(b"\x80\x00");
    assert_eq!(host.told(), ["text "]);
}

/// F1, F2: a text that cannot become right ends the connection with the byte that makes it wrong, behind the parts before.
#[test]
fn f2_a_text_is_judged_as_it_arrives() {
    let mut host = Host::open(above(4));
    host.read(b"\x81\x7e\x00\xffabc\xf0");
    assert_eq!(host.told(), ["part text abc"]);
    host.read(b"\x9f\x98");
    assert_eq!(host.told(), [""; 0], "the character is not whole");
    host.read(b"\x80d\xe2");
    assert_eq!(host.told(), ["part text 😀d"]);
    host.read(b"\x28");
    assert_eq!(host.told(), ["error 1", "close 1007 protocol"]);
}

/// F2: nor may a text end inside a character.
#[test]
fn f2_a_text_that_ends_inside_a_character_is_refused() {
    for last in [&b"\xe2\x82"[..], b"ab\xe2\x82"] {
        let mut host = Host::open(above(4));
        let mut bytes = vec![0x81, u8::try_from(5 + last.len()).unwrap()];
        bytes.extend_from_slice(b"abcde");
        host.read(&bytes);
        assert_eq!(host.told(), ["part text abcde"]);
        host.read(last);
        let told = host.told();
        assert_eq!(told[told.len() - 2..], ["error 1", "close 1007 protocol"], "{told:?}");
    }
}

/// F3: limits are those of the whole message, and judged by the heads: exact at the limit, refused one above.
#[test]
fn f3_the_limits_hold() {
    let config = || above(4).message_limit(10);
    let mut host = Host::open(config());
    host.read(b"\x02\x05abcde\x80\x05");
    assert_eq!(host.told(), ["part binary [97, 98, 99, 100, 101]"]);
    host.read(b"fghij");
    assert_eq!(host.told(), ["binary [102, 103, 104, 105, 106]"]);

    let mut host = Host::open(config());
    host.read(b"\x02\x05abcde");
    assert_eq!(host.told(), ["part binary [97, 98, 99, 100, 101]"]);
    host.read(b"\x80\x06");
    assert_eq!(host.told(), ["error 12", "close 1009 too-big"]);
}

/// T: behind closeSocket nothing of a message comes any more, and the frame under way is skipped, so that the server's close
/// frame is found behind it.
#[test]
fn t_nothing_comes_behind_closesocket() {
    let mut host = Host::open(above(4));
    host.read(b"\x82\x10abcdefgh");
    assert!(host.event().is_some());
    host.session.close(NOW, &CloseOptions::default());
    host.write();
    host.read(b"ijklmnop\x88\x02\x03\xe8");
    let told = host.told();
    assert_eq!(told.last().unwrap(), "close 1000 local");
    assert!(!told.iter().any(|it| it.contains("binary")), "{told:?}");
}

/// The connection ends inside a message: its never comes.
#[test]
fn an_end_in_the_middle_is_an_end() {
    let mut host = Host::open(above(4));
    host.read(b"\x82\x10abcdefgh");
    assert_eq!(host.told().len(), 1);
    host.session.handle_end_of_stream(NOW, host.transport);
    assert_eq!(host.told(), ["close 1006 abnormal"]);
}

/// A part that was looked for and not taken is there afterwards, also behind a pause.
#[test]
fn what_is_found_is_not_taken() {
    let mut host = Host::open(above(4));
    host.read(b"\x82\x10abcdefgh");
    assert!(host.session.has_event(&mut host.work));
    assert!(host.session.has_event(&mut host.work));
    host.session.set_receiving(false);
    assert_eq!(host.event(), None);
    assert!(!host.session.wants_read(host.transport));
    host.session.shrink(&mut host.work);
    host.session.set_receiving(true);
    let mut other = Workspace::default();
    std::mem::swap(&mut other, &mut host.work);
    assert_eq!(host.told(), ["part binary [97, 98, 99, 100, 101, 102, 103, 104]"]);
}
