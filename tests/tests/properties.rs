//! Properties that hold for whatever is put in. A failure prints the input it was shrunk to, and its seed goes into
//! `properties.regressions` beside this file, which is committed and tried first from then on.

use connect_socket_core::frame::{Decoder, Item, Limits, Opcode, encode_frame, header_len};
use connect_socket_core::params::Request;
use connect_socket_core::proptest::{self as made_up, Cuts, Frame};
use connect_socket_core::{ConnectOptions, OwnedMessage, Value, Workspace};
use connect_socket_tests::fuzz::Got;
use connect_socket_tests::fuzz::oracle;
use connect_socket_tests::fuzz::session::{Jump, Op, Said, Settings, Stream, play};
use connect_socket_tests::memory::frames::{payload as made_of, server_frame};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use tungstenite::Message;
use tungstenite::protocol::Role;
use url::Url;

const LIMITS: Limits = Limits { frame: 1 << 20, message: 1 << 20 };

/// The request line's target and the value of `Host`.
fn target_and_host(options: &ConnectOptions) -> Option<(String, String)> {
    let head = Request::check(options, false, 1 << 20).ok()?.head([0; 16]);
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.split("\r\n");
    let target = lines.next()?.strip_prefix("GET ")?.strip_suffix(" HTTP/1.1")?.to_owned();
    Some((target, lines.next()?.strip_prefix("Host: ")?.to_owned()))
}

/// Reads a server's stream in pieces.
fn decode(stream: &[u8], cuts: &Cuts) -> Vec<Got> {
    let (mut decoder, mut work) = (Decoder::new(LIMITS), Workspace::default());
    let mut items = Vec::new();
    for mut piece in cuts.pieces(stream) {
        while let Some(item) = decoder.decode(&mut piece, &mut work).unwrap() {
            items.push(Got::from(item));
        }
    }
    items
}

/// A message as tungstenite has it, and what is to be read of it.
fn message() -> impl Strategy<Value = (Message, Got)> {
    let control = made_up::control().prop_map(|Frame { opcode, payload, .. }| match opcode {
        Opcode::Ping => (Message::Ping(payload.0.clone().into()), Got::Ping(payload.0)),
        _ => (Message::Pong(payload.0.clone().into()), Got::Pong(payload.0)),
    });
    let data = made_up::message().prop_map(|message| match message {
        OwnedMessage::Text(text) => (Message::text(text.clone()), Got::Text(text)),
        OwnedMessage::Binary(bytes) => (Message::binary(bytes.clone()), Got::Binary(bytes)),
    });
    prop_oneof![3 => data, 1 => control]
}

fn op() -> impl Strategy<Value = Op> {
    let some = || prop_oneof![3 => Just(0_u8), 1 => any::<u8>()];
    let much = || prop_oneof![2 => Just(u16::MAX), 1 => any::<u16>(), 2 => 0..20_u16];
    let frame = prop_oneof![
        (prop_oneof![Just(0x81_u8), Just(0x82), Just(0x01), Just(0x80), Just(0x89)], 0..300_usize)
            .prop_map(|(first, length)| server_frame(first, &made_of(first & 1 == 1, length))),
        prop::sample::select(vec![&b""[..], b"\x03\xe8", b"\x0b\xb8bye", b"\x03\xed"])
            .prop_map(|payload| server_frame(0x88, payload)),
        vec(any::<u8>(), 1..8),
    ];
    let jump = prop_oneof![
        2 => Just(Jump::Deadline),
        1 => any::<u16>().prop_map(Jump::By),
        1 => any::<u16>().prop_map(Jump::Unnoticed),
        1 => Just(Jump::Far),
        1 => Just(Jump::Back),
    ];
    prop_oneof![
        2 => Just(Op::Switch),
        3 => (some(), any::<u8>()).prop_map(|(url, extra)| Op::Connect(url, extra)),
        1 => any::<String>().prop_map(Op::ConnectTo),
        5 => (any::<u8>(), 0..1000_usize).prop_map(|(kind, length)| Op::Send(kind, length)),
        2 => any::<u8>().prop_map(Op::Close),
        5 => some().prop_map(Op::Resolve),
        5 => some().prop_map(Op::Connected),
        1 => some().prop_map(Op::Refused),
        5 => (some(), prop_oneof![3 => Just(0x20_u8), 1 => any::<u8>()])
            .prop_map(|(which, way)| Op::Answer(which, way)),
        8 => (some(), frame).prop_map(|(which, frame)| Op::Serve(which, Stream(frame))),
        5 => (some(), said()).prop_map(|(which, said)| Op::Say(which, said)),
        9 => (some(), much(), some()).prop_map(|(which, most, between)| Op::Read(which, most, between)),
        8 => (some(), much()).prop_map(|(which, most)| Op::Write(which, most)),
        2 => some().prop_map(Op::Offer),
        2 => (some(), much()).prop_map(|(which, most)| Op::Report(which, most)),
        1 => some().prop_map(Op::End),
        1 => some().prop_map(Op::Break),
        3 => any::<u8>().prop_map(Op::Events),
        5 => any::<u8>().prop_map(Op::Actions),
        2 => jump.prop_map(Op::Time),
        2 => any::<bool>().prop_map(Op::Receiving),
        1 => Just(Op::Shrink),
        2 => (some(), any::<u8>()).prop_map(|(which, kind)| Op::Stale(which, kind)),
        1 => (some(), any::<u8>()).prop_map(|(which, kind)| Op::Misuse(which, kind)),
    ]
}

/// A message of a server, right two times out of three.
fn said() -> impl Strategy<Value = Said> {
    let payload = (any::<bool>(), 0..2000_usize).prop_map(|(text, length)| made_of(text, length));
    let fault = prop_oneof![2 => Just(u8::MAX), 1 => 0..6_u8];
    (any::<u8>(), fault, payload).prop_map(|(shape, fault, payload)| Said { shape, fault, payload })
}

fn settings() -> impl Strategy<Value = Settings> {
    (any::<[bool; 7]>(), any::<Option<u8>>()).prop_map(|(switches, compression)| {
        let [eager, on_accept, reject, wss, keepalive, narrow, small_window] = switches;
        Settings {
            eager,
            on_accept,
            reject: reject && on_accept,
            require_wss: wss && reject && keepalive,
            keepalive,
            narrow,
            small_window,
            compression,
            record: false,
        }
    })
}

fn config(cases: u32) -> ProptestConfig {
    let failure_persistence = Some(Box::new(FileFailurePersistence::WithSource("regressions")) as Box<_>);
    ProptestConfig { cases, failure_persistence, max_shrink_iters: 20_000, ..ProptestConfig::default() }
}

/// What leads to an open connection, so that most runs have one.
fn opening() -> Vec<Op> {
    vec![
        Op::Connect(0, 0),
        Op::Actions(9),
        Op::Resolve(0),
        Op::Actions(9),
        Op::Connected(0),
        Op::Write(0, u16::MAX),
        // With small windows, if compression is offered.
        Op::Answer(0, 0x40),
        Op::Read(0, u16::MAX, 0),
        Op::Events(9),
    ]
}

proptest! {
    #![proptest_config(config(128))]

    /// V2, Q4: what is accepted at all goes out as the URL standard writes it.
    #[test]
    fn q4_urls_go_out_as_the_standard_writes_them(
        scheme in prop_oneof![Just("ws"), Just("wss"), Just("WS"), Just("wSs")],
        host in prop_oneof!["[a-z0-9.-]{1,12}", "\\PC{1,6}", Just("[2001:db8::1]".to_owned()), Just("127.1".to_owned())],
        port in prop_oneof![Just(String::new()), Just(":".to_owned()), "(:[0-9]{1,5})"],
        rest in prop_oneof![Just(String::new()), "/[ -~]{0,20}", "[/?]\\PC{0,20}", "/(\\.\\.?/){0,3}%2e[a-z?&='\"]{0,9}"],
    ) {
        let text = format!("{scheme}://{host}{port}{rest}");
        if let Some((target, shown_host)) = target_and_host(&ConnectOptions::new(text.as_str())) {
            let url = Url::parse(&text).unwrap();
            // The standard writes `^` in a path as %5E, which the url crate does not do yet.
            let query = url.query().map_or(String::new(), |query| format!("?{query}"));
            prop_assert_eq!(&target, &format!("{}{query}", url.path().replace('^', "%5E")));
            let port = url.port().map_or(String::new(), |port| format!(":{port}"));
            prop_assert_eq!(shown_host, format!("{}{port}", url.host_str().unwrap()));
            prop_assert!(url.fragment().is_none() && url.username().is_empty() && url.password().is_none());
            prop_assert!(target.starts_with('/') && target.bytes().all(|byte| byte.is_ascii_graphic()));
        }
    }

    /// V2, G7: no string panics, and what is accepted was written with white space and control characters nowhere.
    #[test]
    fn v2_any_string_is_judged(text in prop_oneof![any::<String>(), "(?i)wss?:(//)?\\PC{0,20}", "ws://[\\x00-\\x7f]{0,16}"]) {
        let options = ConnectOptions::new(text.as_str());
        if Request::check(&options, false, 1 << 16).is_ok() {
            prop_assert!(!text.chars().any(|letter| letter.is_whitespace() || letter.is_control()), "{text:?}");
            prop_assert!(!text.contains('#'));
            prop_assert!(Url::parse(&text).is_ok_and(|url| url.has_host()));
        }
    }

    /// Q1: what goes into the query comes out of it, in order, behind what the url had.
    #[test]
    fn q1_data_comes_back_from_the_query(
        pairs in vec((any::<String>(), any::<String>()), 0..6),
        own in prop_oneof![Just(""), Just("?"), Just("?a=1"), Just("?a=1&")],
    ) {
        let mut options = ConnectOptions::new(format!("ws://h/p{own}"));
        for (key, value) in &pairs {
            options = options.data(key.clone(), value.as_str());
        }
        let (target, _) = target_and_host(&options).unwrap();
        let url = Url::parse(&format!("ws://h{target}")).unwrap();
        let read: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let before = own.contains('a').then(|| ("a".to_owned(), "1".to_owned()));
        let kept = pairs.into_iter().filter(|(key, _)| !key.is_empty());
        prop_assert_eq!(read, before.into_iter().chain(kept).collect::<Vec<_>>());
    }

    /// Q1: nested values go out as JSON text that reads back as the same values, but for nulls of the top level.
    #[test]
    fn q1_nested_data_is_json(texts in vec(any::<String>(), 0..4), number in any::<f64>(), key in "[a-z]{1,4}") {
        let number = if number.is_finite() { number } else { 0.5 };
        let mut list: Vec<Value> = texts.iter().map(|text| Value::from(text.as_str())).collect();
        list.extend([Value::from(number), Value::Null, Value::from(true)]);
        let nested = Value::Object(vec![(key.clone(), Value::Array(list))]);
        let options = ConnectOptions::new("ws://h").data("k", nested.clone());
        let (target, _) = target_and_host(&options).unwrap();
        let url = Url::parse(&format!("ws://h{target}")).unwrap();
        let text = url.query_pairs().next().unwrap().1.into_owned();
        prop_assert_eq!(Value::from_json(&text), Ok(nested), "{}", text);
    }

    /// RFC 6455 §5.2, §5.3: what we encode, a server reads.
    #[test]
    fn f_a_server_reads_our_frames(messages in vec((message(), any::<[u8; 4]>()), 0..5)) {
        let mut stream = Vec::new();
        let mut expected = Vec::new();
        for ((_, got), mask) in messages {
            let (opcode, payload) = match &got {
                Got::Text(text) => (Opcode::Text, text.as_bytes()),
                Got::Binary(bytes) => (Opcode::Binary, &bytes[..]),
                Got::Ping(bytes) => (Opcode::Ping, &bytes[..]),
                Got::Pong(bytes) => (Opcode::Pong, &bytes[..]),
                Got::Close(_) => unreachable!("not generated"),
            };
            let start = stream.len();
            let length = header_len(payload.len()) + payload.len();
            stream.resize(start + length, 0);
            prop_assert_eq!(encode_frame(&mut stream[start..], opcode, payload, mask), Some(length));
            prop_assert_eq!(encode_frame(&mut vec![0; length - 1], opcode, payload, mask), None);
            expected.push(got);
        }
        let (read, end) = oracle::read(Role::Server, &stream, 1 << 20, 1 << 20);
        prop_assert_eq!(read, expected);
        prop_assert!(matches!(end, oracle::End::Waits));
    }

    /// RFC 6455 §5: what a server writes, we read, however it is cut.
    #[test]
    fn f_we_read_a_servers_frames(
        messages in vec(message(), 0..5),
        cuts in made_up::cuts(),
    ) {
        let (messages, expected): (Vec<_>, Vec<_>) = messages.into_iter().unzip();
        let stream = oracle::write(Role::Server, messages);
        prop_assert_eq!(&decode(&stream, &cuts), &expected);
        prop_assert_eq!(&decode(&stream, &Cuts::default()), &expected);
    }

    /// RFC 6455 §5.4, rule F2: fragments make one message, wherever they and the reads are cut, also within
    /// characters; control frames may stand between them.
    #[test]
    fn f_fragments_make_one_message(frames in made_up::frames(), cuts in made_up::cuts()) {
        let items = decode(&made_up::stream(&frames), &cuts);
        let messages: Vec<Got> = made_up::messages(&frames).into_iter().map(|message| match message {
            OwnedMessage::Text(text) => Got::Text(text),
            OwnedMessage::Binary(bytes) => Got::Binary(bytes),
        }).collect();
        let (data, control): (Vec<_>, Vec<_>) =
            items.into_iter().partition(|item| matches!(item, Got::Text(_) | Got::Binary(_)));
        prop_assert_eq!(data, messages);
        prop_assert_eq!(control.len(), frames.iter().filter(|frame| frame.opcode.is_control()).count());
    }

    /// The decoder holds nothing back: what lies whole in the input is given without another byte.
    #[test]
    fn f_whole_frames_are_given_at_once(payload in vec(any::<u8>(), 0..70_000)) {
        let stream = server_frame(0x82, &payload);
        let (mut decoder, mut work) = (Decoder::new(LIMITS), Workspace::default());
        let mut input = &stream[..];
        prop_assert_eq!(decoder.decode(&mut input, &mut work), Ok(Some(Item::Binary(&payload))));
        prop_assert!(input.is_empty());
    }
}

proptest! {
    #![proptest_config(config(256))]

    /// G1 to G5, G7 and T, as `fuzz::session` checks them, from the idle state on.
    #[test]
    fn g_any_sequence_keeps_the_ground_rules(settings in settings(), ops in vec(op(), 0..120)) {
        play(settings, &ops);
    }

    /// The same from an open connection on.
    #[test]
    fn g_any_sequence_after_open_keeps_the_ground_rules(settings in settings(), ops in vec(op(), 0..80)) {
        play(Settings { require_wss: false, ..settings }, &[opening(), ops].concat());
    }
}
