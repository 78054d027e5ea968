//! What `{:?}` shows (rule G6): of a url the scheme, host, port and path at most, of headers the names, of seeds
//! nothing, and of a payload its beginning. It is short however much there is.
//!
//! Every public type of the crate is on one of the lists below, so that a new one is not forgotten.

mod memory;

use std::collections::BTreeSet;
use std::path::Path;

use connect_socket_core::frame::{Decoder, Item, Limits};
use connect_socket_core::host::{Hub, Socket};
use connect_socket_core::params::Request;
use connect_socket_core::script::{Field, Outgoing, Parameter};
use connect_socket_core::upgrade::Answer;
use connect_socket_core::{
    CloseOptions, Config, ConnectOptions, Entropy, Event, Inbox, Message, OwnedMessage, Payload,
    SeededEntropy, Session, SharedEntropy, Tape, Value, Workspace,
};

const SECRET: &str = "SECRET";

/// Longer than anything may be when it is shown.
const LONG: usize = 1 << 16;

/// What a type shows that carries something to be kept; the secret stands behind what may be shown of a payload.
#[expect(clippy::too_many_lines, reason = "one list of all types")]
fn shown() -> Vec<(&'static str, Vec<String>)> {
    fn show(it: &impl std::fmt::Debug) -> String {
        format!("{it:?}{it:#?}")
    }
    let text = "a".repeat(100) + SECRET + &"b".repeat(LONG);
    let bytes = text.as_bytes();
    let options = ConnectOptions::new(format!("ws://192.0.2.1/path?token={SECRET}"))
        .data("d", SECRET)
        .data(SECRET, "d")
        .header("Cookie", SECRET)
        .header("Authorization", SECRET)
        .protocol(SECRET);
    let unusable = ConnectOptions::new(format!("ws://{SECRET}@h?{SECRET}#{SECRET}")).with_header(SECRET);
    let long = ConnectOptions::new(format!("ws://h?{text}")).with_header(Value::Object(vec![
        (
            "n".repeat(1000),
            Value::from(&*text)
        );
        1000
    ]));
    let request = Request::check(&options, false, usize::MAX).expect("valid");
    let refused = ConnectOptions::new("ws://h").header("Cookie", format!("{SECRET}\n"));
    let refusal = Request::check(&refused, false, usize::MAX).expect_err("a line feed");
    let misused = ConnectOptions::new("ws://h").header("n ".repeat(LONG), "a");
    let misused = Request::check(&misused, false, usize::MAX).expect_err("no token");

    let mut work = Workspace::default();
    let mut session = Session::new(Config::default(), Tape::default());
    session.connect(memory::NOW, &options);
    let Some(action) = session.poll_action() else { panic!("no dial") };
    let connect_socket_core::Action::Dial { transport, .. } = action else { panic!("{action:?}") };
    session.handle_connected(memory::NOW, transport);
    let transmit = session.poll_transmit(transport, &mut work);
    assert!(transmit.slices().concat().windows(SECRET.len()).any(|part| part == SECRET.as_bytes()));
    let (transmit, length) = (show(&transmit), transmit.len());
    session.handle_transmitted(memory::NOW, transport, length).expect("as offered");
    let answer = String::from_utf8_lossy(memory::ANSWER).replace(
        "\r\n\r\n",
        &format!("\r\nSec-WebSocket-Protocol: {SECRET}\r\nSet-Cookie: session={SECRET}\r\n\r\n"),
    );
    memory::read(&mut session, transport, &mut work, answer.as_bytes());
    let undrained = show(&session);
    let mut window = work.take();
    window.as_mut()[..SECRET.len()].copy_from_slice(SECRET.as_bytes());
    let window = show(&window);
    assert!(matches!(session.poll_event(&mut work), Some(Event::Settled { .. })));
    let open = session.poll_event(&mut work).expect("an event").into_owned();
    let Event::Open { opened, .. } = &open else { panic!("{open:?}") };
    assert_eq!(
        opened.response.headers.iter().next_back().map(|(_, value)| value.contains(SECRET)),
        Some(true)
    );
    assert!(show(&opened.response).contains("set-cookie"));
    session.send(Payload::Text(&text));
    let mut inbox = Inbox::new(usize::MAX);
    memory::read(&mut session, transport, &mut work, b"\x81\x06SECRET");
    assert!(inbox.pull(&mut session, &mut work));

    let connection = session.connection().expect("open");
    let message = Event::Message { connection, message: Message::Text(&text), last: true };
    let mut decoder = Decoder::new(Limits { frame: u64::MAX, message: u64::MAX });
    let cut = [&[0x81, 127][..], &(bytes.len() as u64).to_be_bytes(), &bytes[..200]].concat();
    assert!(matches!(decoder.decode(&mut cut.as_slice(), &mut work), Ok(None)));
    let mut answer = Answer::new([0; 16], Vec::new(), usize::MAX);
    let busy = format!("HTTP/1.1 503 {SECRET}\r\nSet-Cookie: {SECRET}\r\n\r\n{SECRET}");
    assert!(answer.receive(&mut busy.as_bytes()).is_err());
    let refused = answer.take_refused().expect("its head is complete");
    let mut head = Answer::new([0; 16], Vec::from([SECRET.to_owned()]), usize::MAX);
    let cut = format!("HTTP/1.1 101 x\r\nSet-Cookie: {SECRET}");
    assert!(matches!(head.receive(&mut cut.as_bytes()), Ok(None)));
    let seeded = SeededEntropy::new([0xab; 32]);
    let first = seeded.clone().mask();
    let mut shared = SharedEntropy::new(seeded.clone());
    shared.mask();
    let tape = Tape::new(SECRET.as_bytes().into());
    let seeds = [show(&seeded), show(&shared), show(&tape)];
    for seed in [&[0xab; 4][..], &first, b"SEC"] {
        let numbers = format!("{seed:?}");
        let numbers = numbers.trim_matches(['[', ']']);
        assert!(
            seeds.iter().all(|shown| !shown.replace(['\n', ' '], "").contains(&numbers.replace(' ', "")))
        );
    }

    let mut hub = Hub::<Never, _>::new(Workspace::default());
    let key = hub.add(Session::new(Config::default(), Tape::new(SECRET.as_bytes().into())));
    let mut slot = hub.slot(memory::NOW, key).expect("it was just added");
    slot.connect(&options);
    slot.send(Payload::Text(&text));
    let slot = show(&slot);

    let of = |names: &'static str, shown: &[String]| {
        names.split(' ').map(|name| (name, shown.to_vec())).collect::<Vec<_>>()
    };
    [
        of("SeededEntropy SharedEntropy Tape", &seeds),
        of("ConnectOptions", &[show(&options), show(&unusable), show(&long)]),
        of("Request", &[show(&request)]),
        of("Refusal Cause ParameterError", &[show(&refusal), show(&misused)]),
        of("CloseOptions Value", &[show(&CloseOptions::new(3000, &text)), show(&Value::from(&*text))]),
        of(
            "Payload",
            &[Payload::Text(&text), Payload::Base64(&text), Payload::Binary(bytes)].map(|it| show(&it)),
        ),
        of("Message", &[show(&Message::Text(&text)), show(&Message::Binary(bytes))]),
        of("OwnedMessage", &[show(&OwnedMessage::from(&*text)), show(&OwnedMessage::from(bytes.to_vec()))]),
        of("Event", &[show(&message), show(&message.into_owned()), show(&open)]),
        of("Opened Response Headers", &[show(opened), show(&opened.response.headers)]),
        of("Transmit", &[transmit]),
        of("Workspace Window", &[show(&work), window]),
        of("Session", &[undrained, show(&session)]),
        of("Inbox", &[show(&inbox)]),
        of("Hub Slot", &[slot, show(&hub)]),
        of("Item", &[Item::Text(&text), Item::Binary(bytes), Item::Ping(bytes)].map(|it| show(&it))),
        of("Decoder", &[show(&decoder)]),
        of("Answer RefusedAnswer", &[show(&head), show(&refused)]),
        of(
            "Parameter Outgoing",
            &[
                show(&Parameter::Text(text.clone())),
                show(&Parameter::Json(text.clone())),
                show(&Outgoing::Text(text.clone())),
                show(&Outgoing::Bytes(bytes.into())),
            ],
        ),
        of(
            "Field",
            &[show(&Field::Text(text.clone())), show(&Field::Texts(vec![(text.clone(), text.clone())]))],
        ),
    ]
    .concat()
}

/// Public types that carry nothing of the kind: numbers, names of things, words of the system, or at most the 125
/// bytes of a control frame.
const NOTHING_TO_KEEP: &str = "\
    Action Agreement AnswerError Argument Ask Attempt Backoff Binary CallId Callbacks CloseError CloseFrame Compression Config ConnectPhase ConnectionId \
    DialPlan Effect Effects End Error ExtensionError FrameError FrameErrorKind InflateError Interest InvalidJson Invocation Keepalive Limits Link Listener Lookups Method \
    Misuse Next Notice Offer Opcode Outcome Question QuestionId Ready Reason ResolveError Resolver Rows Script SendError SessionKey Settings Signal SocketKey \
    State Stats Step Time Timers Timing TlsConfig TlsConfigError Traffic TransportError TransportId Trigger Uncompressed UnknownCode \
    UrlError";

/// Public types that `{:?}` does not show.
const NOT_SHOWN: &str =
    "Call EventLoop Events Group LookUp Messages ReceiveSpace ResolverThreads ResolverWork Socket";

/// A socket that is never connected.
enum Never {}

impl Socket for Never {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        match *self {}
    }

    fn write(&mut self, _: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> {
        match *self {}
    }

    fn shut_down_write(&mut self) {
        match *self {}
    }
}

#[test]
fn g6_secrets_are_not_shown_and_what_is_shown_is_short() {
    for (name, shown) in shown() {
        for text in shown {
            assert!(!text.contains(SECRET), "{name}: {text}");
            assert!(text.len() < 10_000, "{name} takes {} bytes", text.len());
        }
    }
}

#[test]
fn g6_every_public_type_is_on_a_list() {
    let mut found = BTreeSet::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    let mut listed: BTreeSet<String> = shown().into_iter().map(|(name, _)| name.to_owned()).collect();
    listed.extend([NOTHING_TO_KEEP, NOT_SHOWN].iter().flat_map(|list| list.split(' ')).map(str::to_owned));
    assert!(found.len() > 50, "{found:?}");
    assert_eq!(found, listed);
}

/// The names of the types that the files below `folder` declare public. What is made up for tests is no secret.
fn collect(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            if !path.ends_with("proptest") {
                collect(&path, found);
            }
        } else {
            let text = std::fs::read_to_string(&path).expect("a source file");
            let declared = text.lines().filter_map(|line| {
                line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum "))
            });
            let name = |rest: &str| rest.chars().take_while(|letter| letter.is_alphanumeric()).collect();
            found.extend(declared.map(name));
        }
    }
}
