//! Messages that are sent in parts (RFC 6455 §5.4; rules F3, F5, T).

mod memory;

use connect_socket_core::{CallId, Cause, CloseOptions, Config, Event, Payload, SendError};
use memory::{Host, NOW};

/// How a call ended that is settled by now.
fn refusal(host: &mut Host, call: CallId) -> Cause {
    match host.session.poll_event(&mut host.work) {
        Some(Event::Settled { call: settled, result: Err(error) }) if settled == call => {
            error.cause().clone()
        }
        other => panic!("{other:?}"),
    }
}

/// Sends a part that is refused; says why.
fn refused(host: &mut Host, part: Payload<'_>, last: bool) -> SendError {
    let call = host.session.send_part(part, last);
    let Cause::SendFailed(error) = refusal(host, call) else { panic!("not for the part's sake") };
    error
}

#[test]
fn each_part_is_a_frame_and_a_call() {
    let mut host = Host::open(Config::default());
    host.session.send_part("one ", false);
    host.session.send_part("two ", false);
    host.session.send_part("", true);
    host.session.send("whole");
    assert_eq!(
        host.write(),
        b"\x01\x84\0\0\0\0one \x00\x84\0\0\0\0two \x80\x80\0\0\0\0\x81\x85\0\0\0\0whole"
    );
    assert_eq!(host.told(), ["call 2 ok", "call 3 ok", "call 4 ok", "call 5 ok"]);
    let sent = host.session.stats().sent;
    assert_eq!((sent.messages, sent.frames), (2, 4));
}

/// One part that is the last is a message like any other.
#[test]
fn a_message_of_one_part_is_whole() {
    let mut host = Host::open(Config::default());
    host.session.send_part([1, 2], true);
    host.session.send_part(Payload::Base64("AwQ="), true);
    assert_eq!(host.write(), b"\x82\x82\0\0\0\0\x01\x02\x82\x82\0\0\0\0\x03\x04");
}

/// RFC 6455 §5.4: control frames may come between parts, and no other message.
#[test]
fn only_control_frames_come_between() {
    let mut host = Host::open(Config::default());
    host.session.send_part("one", false);
    assert!(!host.session.can_send(1));
    assert!(host.session.can_send_part(1));
    let call = host.session.send("another");
    assert_eq!(refusal(&mut host, call), Cause::SendFailed(SendError::InParts));
    assert_eq!(refused(&mut host, Payload::Binary(b"bytes"), true), SendError::PartOfAnotherKind);
    host.write();
    host.read(b"\x89\x01?");
    assert_eq!(host.told(), ["call 2 ok"]);
    host.session.send_part("two", true);
    assert_eq!(host.write(), b"\x8a\x81\0\0\0\0?\x80\x83\0\0\0\0two");
    assert!(host.session.can_send(1));
}

/// F3: the limit is that of the whole message, and what is refused leaves it as it was.
#[test]
fn f3_the_limit_is_that_of_the_message() {
    let mut host = Host::open(Config::default().message_limit(10));
    host.session.send_part("12345", false);
    assert!(host.session.can_send_part(5) && !host.session.can_send_part(6));
    let too_big = SendError::TooBig { length: 11, limit: 10 };
    assert_eq!(refused(&mut host, Payload::Text("678901"), true), too_big);
    assert_eq!(refused(&mut host, Payload::Invalid, true), SendError::NotAMessage);
    assert_eq!(refused(&mut host, Payload::Base64("?"), true), SendError::NotBase64);
    host.session.send_part("67890", true);
    assert_eq!(host.write(), b"\x01\x85\0\0\0\x0012345\x80\x85\0\0\0\x0067890");
}

/// F3: what is exactly as long as the limit is not too long, and is refused for what it lacks: here, room.
#[test]
fn f3_a_message_of_the_limit_fits_it() {
    let mut host = Host::open(Config::default().message_limit(40).high_water(80));
    let message = "x".repeat(40);
    host.session.send(&message);
    let full = || Cause::SendFailed(SendError::BufferFull { buffered: 46, high_water: 80 });
    let call = host.session.send(&message);
    assert_eq!(refusal(&mut host, call), full());
    let call = host.session.send_part(&message, true);
    assert_eq!(refusal(&mut host, call), full());
    // 30 bytes, in 40 letters.
    let mut host = Host::open(Config::default().message_limit(30));
    host.session.send(Payload::Base64(&"AAAA".repeat(10)));
    host.session.send_part(Payload::Base64(&"AAAA".repeat(10)), true);
    assert_eq!(host.write().len(), 2 * (6 + 30));
}

/// F3: a part that does not fit below the mark is refused, and can be sent later.
#[test]
fn f3_the_high_water_mark_holds() {
    let mut host = Host::open(Config::default().high_water(60));
    host.session.send_part("12345", false);
    host.session.send_part("67890", false);
    assert!(!host.session.can_send_part(5));
    let full = SendError::BufferFull { buffered: 22, high_water: 60 };
    assert_eq!(refused(&mut host, Payload::Text("abcde"), true), full);
    host.write();
    assert!(host.session.can_send_part(5));
    host.session.send_part("abcde", true);
    assert_eq!(host.write(), b"\x80\x85\0\0\0\0abcde");
}

/// T: where no connection is open the code is 10, and a new connection knows nothing of the old one's message.
#[test]
fn t_a_message_under_way_ends_with_its_connection() {
    let mut host = Host::open(Config::default());
    host.session.send_part("one", false);
    host.reconnect();
    host.session.send("whole");
    assert_eq!(host.write(), b"\x81\x85\0\0\0\0whole");
    host.session.close(NOW, &CloseOptions::default());
    let call = host.session.send_part("no more", true);
    assert_eq!(host.told()[0], format!("call {} ok", call.get() - 2));
    assert!(!host.session.can_send_part(0));
}

/// F4, F5: closeSocket goes behind the parts that wait; the message stays without its end.
#[test]
fn f4_close_goes_behind_the_parts() {
    let mut host = Host::open(Config::default());
    host.session.send_part("one", false);
    host.session.close(NOW, &CloseOptions::default());
    assert_eq!(host.write(), b"\x01\x83\0\0\0\0one\x88\x82\0\0\0\0\x03\xe8");
}

/// F5: at an end the part that is partly out is finished, and those behind it fail; the count is that of a capture.
#[test]
fn f5_a_part_that_is_partly_out_is_finished() {
    let mut host = Host::open(Config::default());
    for part in ["one", "two", "three"] {
        host.session.send_part(part, false);
    }
    let Host { session, work, transport } = &mut host;
    assert_eq!(session.poll_transmit(*transport, work).len(), 29);
    assert_eq!(session.handle_transmitted(NOW, *transport, 11), Ok(()));
    host.read(b"\x88\x00");
    assert_eq!(host.told(), ["call 2 ok", "call 3 fail 11", "call 4 fail 11", "close 1005 remote"]);
    assert_eq!(host.write(), b"\0\0\0\0two\x88\x80\0\0\0\0");
    let sent = host.session.stats().sent;
    assert_eq!((sent.messages, sent.frames), (0, 3));
}

/// F7: behind a failed write there is no part either.
#[test]
fn f7_nothing_goes_behind_a_failed_write() {
    let mut host = Host::open(Config::default());
    host.session.send_part("one", false);
    host.session.handle_write_failed(
        NOW,
        host.transport,
        std::io::Error::from(std::io::ErrorKind::BrokenPipe).into(),
    );
    assert_eq!(host.told(), ["call 2 fail 11"]);
    assert_eq!(refused(&mut host, Payload::Text("two"), true), SendError::Ended);
}
