//! Long texts that are read straight to their place: they come as they were sent, and what is no text is found at once.

mod memory;

use connect_socket_core::{CloseOptions, Config};
use memory::{Host, frame, open, read_silently};

/// How long the texts are; the loop's buffer has been used so far.
const LENGTH: usize = 200_000;

/// The length of the head of their frames.
const HEAD: usize = 10;

/// So much of a frame comes with the first read, and with the first two.
const CUTS: [usize; 2] = [1000, 150_000];

fn ascii() -> Vec<u8> {
    (b' '..=b'~').cycle().take(LENGTH).collect()
}

/// A host whose loop has received a long text.
fn warm() -> Host {
    let mut host = Host::open(Config::default());
    receive_text(&mut host);
    host
}

fn receive_text(host: &mut Host) {
    read_silently(&mut host.session, host.transport, &mut host.work, &frame(0x81, &ascii()));
    assert_eq!(host.message(), Some(ascii()));
    assert_eq!(host.message(), None);
}

/// The room for the rest of the frame, and nothing behind it, if that is where the next bytes are read to.
fn is_in_place(host: &mut Host, rest: usize) -> bool {
    host.session.receive_space(host.transport, &mut host.work).expect("room").len() == rest
}

/// What is told of `payload` as a text in one frame, and by which of three reads.
fn told(host: &mut Host, payload: &[u8]) -> Vec<(usize, String)> {
    let frame = frame(0x81, payload);
    let mut told = Vec::new();
    for (at, (from, to)) in [(0, CUTS[0]), (CUTS[0], CUTS[1]), (CUTS[1], frame.len())].into_iter().enumerate()
    {
        if !told.is_empty() {
            break;
        }
        let mut bytes = &frame[from..to];
        while !bytes.is_empty() {
            let count = host.session.handle_bytes(memory::NOW, host.transport, bytes, &mut host.work);
            bytes = &bytes[count..];
            let events = host.told();
            if count == 0 || !events.is_empty() {
                told.extend(events.into_iter().map(|event| (at, event)));
                break;
            }
        }
    }
    told
}

/// Only what gains by it is read to its place: a long text that begins in ASCII and fits the loop's buffer.
#[test]
fn which_texts_are_read_in_place() {
    let mut host = warm();
    let text = frame(0x81, &ascii());
    let short = frame(0x81, &ascii()[..131_071]);
    let mixed = frame(0x81, &["é".as_bytes(), &ascii()[2..]].concat());
    let longer = frame(0x81, &[ascii(), ascii()].concat());
    for (frame, in_place) in
        [(&text, true), (&short, false), (&mixed, false), (&longer, false), (&text, true)]
    {
        host.read(&frame[..CUTS[0]]);
        assert_eq!(host.message(), None);
        assert_eq!(is_in_place(&mut host, frame.len() - CUTS[0]), in_place);
        read_silently(&mut host.session, host.transport, &mut host.work, &frame[CUTS[0]..]);
        assert!(host.message().as_deref() == Some(&frame[HEAD..]));
        assert_eq!(host.message(), None);
        // Now the buffer is as long as it was.
        receive_text(&mut host);
    }
}

/// Of a fragmented text, no frame is read to its place.
#[test]
fn fragments_are_not_read_in_place() {
    let mut host = Host::open(Config::default().message_limit(LENGTH));
    receive_text(&mut host);
    let (front, end) = (frame(0x01, &ascii()[..50_000]), frame(0x80, &ascii()[50_000..]));
    for (frame, message) in [(front, None), (end, Some(ascii()))] {
        host.read(&frame[..CUTS[0]]);
        assert_eq!(host.message(), None);
        assert!(!is_in_place(&mut host, frame.len() - CUTS[0]));
        read_silently(&mut host.session, host.transport, &mut host.work, &frame[CUTS[0]..]);
        assert_eq!(host.message(), message);
    }
}

/// Characters of every length, at every place that a read or the message begins or ends with.
#[test]
fn a_character_lies_across_reads() {
    let mut host = warm();
    for character in ["é", "€", "😀"] {
        for end in [CUTS[0] - HEAD, CUTS[1] - HEAD, LENGTH] {
            for from in end - character.len() - 1..=(end + 1).min(LENGTH - character.len()) {
                let mut payload = ascii();
                payload[from..from + character.len()].copy_from_slice(character.as_bytes());
                let text = String::from_utf8(payload).expect("a text");
                let told = told(&mut host, text.as_bytes());
                assert_eq!(told.len(), 1, "{character} at {from}");
                assert!(told == [(2, format!("text {text}"))], "{character} at {from}");
            }
        }
    }
}

/// A character began in a fragment, and only one more byte of it comes with the head of the long frame that ends the text.
#[test]
fn a_character_lies_across_frames() {
    let mut host = warm();
    let text = ["😀".as_bytes(), &ascii()[4..]].concat();
    let end = frame(0x80, &text[1..]);
    host.read(&[&frame(0x01, &text[..1]), &end[..=HEAD]].concat());
    assert_eq!(host.message(), None);
    read_silently(&mut host.session, host.transport, &mut host.work, &end[HEAD + 1..]);
    assert_eq!(host.message(), Some(text));
}

/// Rule F2: the read that brings the first byte with which the text cannot go on ends the connection.
#[test]
fn what_is_no_text_is_found_at_once() {
    let bad: [&[u8]; 7] =
        [b"\xff", b"\xc3a", b"\xc3", b"\xe2\x82a", b"\xed\xa0\x80", b"\xf0\x9f\x98a", b"\xf4\x90"];
    for bytes in bad {
        for end in [CUTS[0] - HEAD, CUTS[1] - HEAD, LENGTH] {
            for from in end - bytes.len() - 1..=(end + 1).min(LENGTH - bytes.len()) {
                let mut payload = ascii();
                payload[from..from + bytes.len()].copy_from_slice(bytes);
                // What lacks more bytes is no fault yet, unless the text ends with it.
                let fault = (from..LENGTH)
                    .find(|&at| {
                        let so_far = core::str::from_utf8(&payload[..=at]);
                        so_far.is_err_and(|error| error.error_len().is_some() || at + 1 == LENGTH)
                    })
                    .expect("a fault");
                let read = CUTS.iter().filter(|&&cut| HEAD + fault >= cut).count();
                let mut host = warm();
                let told = told(&mut host, &payload);
                assert_eq!(told.first().map(|it| it.0), Some(read), "{bytes:x?} at {from}");
                let words: Vec<_> = told.iter().map(|it| it.1.as_str()).collect();
                assert!(
                    matches!(words[..], ["error 1", close] if close.starts_with("close 1007")),
                    "{bytes:x?} at {from}: {words:?}"
                );
            }
        }
    }
}

/// One read brings the rest of a text, and frames behind it.
#[test]
fn frames_come_with_the_end_of_a_text() {
    let mut host = warm();
    let text = frame(0x81, &ascii());
    host.read(&text[..CUTS[0]]);
    assert_eq!(host.message(), None);
    host.read(&[&text[CUTS[0]..], b"\x89\x01p\x82\x01b"].concat());
    assert_eq!(host.message(), Some(ascii()));
    assert_eq!(host.message().as_deref(), Some(&b"b"[..]));
    assert_eq!(host.message(), None);
    assert_eq!(host.write(), [&[0x8a, 0x81][..], &[0; 4], b"p"].concat());
}

/// What was read to its place waits as other bytes do: it is not judged before it is asked for, and nothing more is read
/// meanwhile.
#[test]
fn what_was_read_in_place_waits() {
    for (last, judged) in [(b'!', true), (0xff, false)] {
        let mut host = warm();
        let mut text = frame(0x81, &ascii());
        *text.last_mut().expect("it is long") = last;
        host.read(&text[..CUTS[0]]);
        assert_eq!(host.message(), None);
        host.session.set_receiving(false);
        host.session.set_receiving(true);
        host.read(&text[CUTS[0]..]);
        host.session.set_receiving(false);
        assert!(!host.session.wants_read(host.transport));
        assert_eq!(host.event(), None, "messages are not wanted");
        host.session.shrink(&mut host.work);
        host.session.set_receiving(true);
        assert!(!host.session.wants_read(host.transport), "it has not been taken");
        let event = host.event().expect("what waited");
        assert_eq!(event.starts_with("text "), judged);
        assert_eq!(event == "error 1", !judged);
    }
}

/// The connection is closed while the end of a text waits: it is skipped, and so may what comes behind it be.
#[test]
fn what_waits_is_skipped_when_the_connection_closes() {
    let mut host = warm();
    let before = host.session.stats().received;
    let text = frame(0x81, &ascii());
    host.read(&text[..CUTS[0]]);
    assert_eq!(host.message(), None);
    host.read(&[&text[CUTS[0]..], b"\x81\x01a"].concat());
    host.session.close(memory::NOW, &CloseOptions::default());
    let told = host.told();
    assert!(matches!(&told[..], [call] if call.ends_with(" ok")), "{told:?}");
    assert!(!host.write().is_empty(), "the close frame goes first");
    assert_eq!(host.event(), None);
    assert_eq!(host.session.stats().received.frames - before.frames, 2);
    assert!(host.session.wants_read(host.transport));
    host.read(b"\x88\x02\x03\xe8");
    assert_eq!(host.told(), ["close 1000 local"]);
}

/// Rule M2: the buffer is lent to one connection at a time, and comes back with the text.
#[test]
fn the_buffer_comes_back() {
    let mut host = warm();
    let (mut other, transport) = open(Config::default(), &mut host.work);
    let text = frame(0x81, &ascii());
    host.read(&text[..CUTS[0]]);
    assert_eq!(host.message(), None);
    read_silently(&mut other, transport, &mut host.work, &text[..CUTS[0]]);
    assert!(other.poll_event(&mut host.work).is_none());
    let room = other.receive_space(transport, &mut host.work).expect("room").len();
    assert_ne!(room, text.len() - CUTS[0], "the buffer is lent");
    assert!(is_in_place(&mut host, text.len() - CUTS[0]));
    host.read(&text[CUTS[0]..]);
    assert_eq!(host.message(), Some(ascii()));
    assert_eq!(host.message(), None);
    read_silently(&mut other, transport, &mut host.work, &text[CUTS[0]..]);
    assert_eq!(memory::message(&mut other, &mut host.work), Some(ascii()));
    assert!(other.poll_event(&mut host.work).is_none());
    receive_text(&mut host);
    host.read(&text[..CUTS[0]]);
    assert_eq!(host.message(), None);
    assert!(is_in_place(&mut host, text.len() - CUTS[0]));
}
