//! What a program has at hand is taken as it is, for messages and for urls.

mod memory;

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use connect_socket_core::{
    AsPayload, Config, ConnectOptions, End, Error, Event, Message, OwnedMessage, Payload, Session, Tape,
    Time, Value, Workspace,
};
use url::Url;

#[test]
fn messages_are_sent_from_whatever_holds_them() {
    let text = String::from("hi");
    let bytes = vec![1_u8, 2];
    let texts: [&dyn AsPayload; 12] = [
        &"hi",
        &text,
        &&text,
        &Cow::Borrowed("hi"),
        &Cow::<str>::Owned(text.clone()),
        &Box::<str>::from("hi"),
        &Rc::<str>::from("hi"),
        &Arc::<str>::from("hi"),
        &Arc::new(text.clone()),
        &Message::Text("hi"),
        &OwnedMessage::from(&text),
        &Payload::Text("hi"),
    ];
    assert!(texts.iter().all(|it| it.as_payload() == Payload::Text("hi")));
    let binary: [&dyn AsPayload; 10] = [
        &&bytes[..],
        &bytes,
        &&bytes,
        &[1, 2],
        &&[1, 2],
        &Cow::Borrowed(&bytes[..]),
        &Box::<[u8]>::from([1, 2]),
        &Arc::<[u8]>::from([1, 2]),
        &Message::Binary(&bytes),
        &OwnedMessage::from([1, 2]),
    ];
    assert!(binary.iter().all(|it| it.as_payload() == Payload::Binary(&[1, 2])));

    let mut work = Workspace::default();
    let (mut session, transport) = memory::open(Config::default(), &mut work);
    session.send(text);
    session.send(bytes);
    session.send([3; 4]);
    session.send("hi");
    let sent = session.poll_transmit(transport, &mut work).len();
    assert_eq!(sent, 4 * 6 + 2 + 2 + 4 + 2);
    session.handle_transmitted(memory::NOW, transport, sent).expect("as offered");
    for _ in 0..4 {
        assert!(matches!(session.poll_event(&mut work), Some(Event::Settled { result: Ok(()), .. })));
    }
}

#[test]
fn urls_are_taken_from_whatever_holds_them() {
    let text = String::from("wss://example.com/");
    let url = Url::parse(&text).expect("a url");
    let expected = ConnectOptions::new("wss://example.com/");
    for value in [
        Value::from(&text),
        Value::from(text.clone()),
        Value::from(Cow::Borrowed(text.as_str())),
        Value::from(Box::<str>::from(text.as_str())),
        Value::from(Arc::<str>::from(text.as_str())),
        Value::from(&url),
        Value::from(url.clone()),
    ] {
        assert_eq!(ConnectOptions::new(value), expected);
    }
    assert_eq!(ConnectOptions::new(&url), expected);
    let list = vec![Value::from("a"), Value::from(1.0)];
    assert_eq!(Value::from(list.clone()), Value::Array(list));
}

/// An error goes through functions of I/O, and comes out again.
#[test]
fn errors_are_errors_of_io() {
    let mut session = Session::new(Config::default(), Tape::default());
    session.connect(Time::ZERO, &ConnectOptions::new(""));
    let Some(End::Failed(error)) = session.end().cloned() else { panic!("it has no url") };
    let io = std::io::Error::from(error.clone());
    assert_eq!(io.to_string(), error.to_string());
    assert_eq!(io.downcast::<Error>().expect("it is ours"), error);
}
