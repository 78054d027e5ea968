//! What a script hands over takes no memory far beyond its limits (rule M1).

use super::*;

/// The most that was held while `work` was done, over what was held before.
fn peak<T>(work: impl FnOnce() -> T) -> (T, isize) {
    let before = HELD.get();
    MOST_HELD.set(before);
    let done = work();
    (done, MOST_HELD.get() - before)
}

/// The code of the error that the newest call failed with.
fn failed<E: Entropy>(session: &mut Session<E>) -> ErrorCode {
    let mut work = Workspace::default();
    match session.poll_event(&mut work) {
        Some(Event::Settled { result: Err(error), .. }) => error.code(),
        other => panic!("{other:?}"),
    }
}

/// Rule M1: what is far over the limit of the request head is refused without being built, or being put into an
/// index whose length is the script's to choose.
#[test]
fn parameters_over_their_limit_take_no_memory() {
    const LONG: usize = 30 << 20;
    const MANY: usize = 100_000;
    let list = |name: &dyn Fn(usize) -> String| Value::Array((0..MANY).map(|at| name(at).into()).collect());
    let object =
        |value: Value| Value::Object((0..MANY).map(|at| (format!("k{at}"), value.clone())).collect());
    let options = || ConnectOptions::new("ws://192.0.2.1");
    let long = "€".repeat(LONG / 3);
    let letters = "a".repeat(LONG);
    let deep = (0..MANY).fold(Value::Null, |inner, _| Value::Object(vec![("k".to_owned(), inner)]));
    // What is long takes nothing; what is many takes what an index of all that fits the limit does.
    let (little, index) = (2_048, 1 << 20);
    for (what, options, most) in [
        ("a long text", options().data("d", &*long), little),
        ("a long key", options().data(&*long, "d"), little),
        ("a long text in a list", options().data("d", Value::Array(vec![(&*long).into()])), little),
        ("a number of members", options().with_data(object("v".into())), little),
        ("a long list", options().data("d", list(&|_| "v".to_owned())), little),
        ("a deep value", options().with_data(deep.clone()), index),
        ("a deep value, and no object", options().with_data(Value::Array(vec![deep])), little),
        ("a long header", options().header("n", &*long), little),
        ("a long name", options().header(&*letters, "v"), little),
        ("a long name that is no token", options().header(&*long, "v"), little),
        ("a long header that is wrong at its end", options().header("n", long.clone() + "\n"), little),
        ("a number of headers", options().with_header(object("v".into())), index),
        ("a number of headers that are numbers", options().with_header(object(7.into())), index),
        ("a long name of a subprotocol", options().protocol(&*letters), little),
        ("the same in the header", options().header("Sec-WebSocket-Protocol", &*letters), little),
        ("a number of subprotocols", options().with_protocols(list(&|at| format!("p{at}"))), index),
    ] {
        let mut session = Session::new(Config::default(), SeededEntropy::new([7; 32]));
        let (_, peak) = peak(|| session.connect(NOW, &options));
        assert_eq!(failed(&mut session), ErrorCode::Unknown, "{what}");
        assert!(peak <= most, "{what}: {peak} bytes");
    }
}

/// Rule M1: base64 is measured by its length, and asked for where it would go, before it is decoded.
#[test]
fn base64_over_its_limit_takes_no_memory() {
    let valid = "AAAA".repeat(25 << 20);
    let invalid = valid.clone() + "A";
    let config = Arc::new(Config::default().message_limit(1000));
    let mut work = Workspace::default();
    for (text, open, code) in [
        (&valid, false, ErrorCode::NotOpen),
        (&invalid, false, ErrorCode::NotOpen),
        (&valid, true, ErrorCode::SendFailed),
        (&invalid, true, ErrorCode::SendFailed),
    ] {
        let mut session = if open {
            Host::open(&config, &mut work).session
        } else {
            Session::new(config.clone(), KnownKey(SeededEntropy::new([7; 32])))
        };
        let (_, peak) = peak(|| session.send(Payload::Base64(text)));
        assert_eq!(failed(&mut session), code);
        assert!(peak <= 1_024, "open: {open}: {peak} bytes");
    }
}
