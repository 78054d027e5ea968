//! The harness protocol itself: what a program reads, what it prints, how it ends. Every program that speaks it
//! has to pass these.

use std::io::Write as _;

use connect_socket_core::Value as Ordered;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::certs::{self, Leaf};
use crate::peers::deaf::refusing;
use crate::peers::echo::{EchoOptions, EchoServer, What};
use crate::peers::frames;
use crate::peers::script::ScriptedServer;
use crate::peers::wire::{self, Told};
use crate::protocol::program::Program;
use crate::protocol::talk::{Talk, Whole, close, connect, read, send};
use crate::stage::PATIENCE;

/// One case.
pub struct Case {
    /// Its name.
    pub name: &'static str,
    /// Plays it; panics if the program does otherwise.
    pub run: fn(&Program),
}

/// Plays one case by its name.
///
/// # Panics
/// If the program does otherwise, or there is no such case.
pub fn run(name: &str, program: &Program) {
    let case = ALL.iter().find(|case| case.name == name);
    (case.expect("a case of the list").run)(program);
}

// As with the scenarios, the list becomes a constant and a macro that makes tests of it.
macro_rules! cases {
    ($d:tt $($name:ident,)+) => {
        /// All of them.
        pub const ALL: &[Case] = &[$(Case { name: stringify!($name), run: $name },)+];

        /// Makes a test of every case, against the program that the expression gives.
        #[macro_export]
        macro_rules! instantiate_cases {
            ($d program:expr) => {
                $(#[test]
                fn $name() {
                    $crate::conformance::cases::run(stringify!($name), &$d program);
                })+
            };
        }
    };
}

cases! { $
    a_session_from_open_to_close,
    objects_keep_their_order_and_equal_names,
    header_members_are_in_the_answers_order,
    a_batch_is_one_turn,
    waits_order_what_is_piped_in,
    input_that_ends_does_not_end_what_is_under_way,
    failures_carry_code_and_message,
    the_sink_echoes,
    the_sink_discards,
    everything_can_be_configured,
    values_never_end_it,
    misuse_is_2,
    other_exit_codes,
}

fn a_session_from_open_to_close(program: &Program) {
    let server = EchoServer::with(EchoOptions {
        subprotocol: Some("chat"),
        headers: vec![("x-b", "1"), ("x-a", "e\"\\"), ("x-b", "2")],
        ..EchoOptions::default()
    });
    let mut harness = Talk::start(program);
    let mut first = connect(1, &server.url_with("/p"));
    first["protocols"] = json!(["chat"]);
    harness.tell(&first);
    harness.succeeds(1);
    let open = harness.opens(1);
    assert_eq!(open["protocol"], "chat");
    assert_eq!(open["header"]["x-b"], "1, 2");
    assert_eq!(open.get("tls"), None);
    harness.tell(&send(2, "grüß \"dich\"\n"));
    harness.succeeds(2);
    harness.brings(1, "grüß \"dich\"\n", false);
    harness.tell(&json!({"do": "sendSocketMessage", "call": 3, "data": "AP8Q", "isBuffer": true}));
    harness.succeeds(3);
    harness.brings(1, "AP8Q", true);
    harness.tell(&json!({"do": "closeSocket", "call": 4, "code": 4000, "reason": "done"}));
    harness.succeeds(4);
    harness.closes(1, 4000, "done", "local");
    harness.ends(2, 17, 2);
}

fn objects_keep_their_order_and_equal_names(program: &Program) {
    let server = EchoServer::start();
    let mut harness = Talk::start(program);
    let line = format!(
        r#"{{"do":"connectSocket","call":1,"url":"{}","data":{{"z":1,"a":2,"z":3}},"header":{{"X-B":"1","x-b":"2"}}}}"#,
        server.url()
    );
    harness.tell_text(&line);
    harness.succeeds(1);
    harness.opens(1);
    let Some(What::Request { target, headers }) = server.heard().wait(PATIENCE).map(|heard| heard.what)
    else {
        panic!("no request");
    };
    assert_eq!(target, "/?z=1&a=2&z=3");
    assert_eq!(
        headers.iter().filter(|(name, _)| name == "x-b").map(|(_, value)| &**value).collect::<Vec<_>>(),
        ["2"]
    );
}

fn header_members_are_in_the_answers_order(program: &Program) {
    let server = ScriptedServer::start(|mut wire| {
        let head = wire.head();
        wire.send(&wire::accept(&head, "Z: 1\r\nA: 2\r\nz: 3\r\n"));
        wire.tell_all();
    });
    let mut harness = Talk::start(program);
    harness.tell(&connect(1, &server.url()));
    harness.succeeds(1);
    let line = harness.text().expect("a line");
    let members = Ordered::from_json(&line).ok().and_then(Ordered::into_object);
    let Some(members) = members else { panic!("no object: {line}") };
    let header = members.into_iter().find(|(name, _)| name == "header").map(|(_, header)| header);
    let Some(header) = header.and_then(Ordered::into_object) else { panic!("no header: {line}") };
    let own: Vec<_> = header.into_iter().filter(|(name, _)| name.len() == 1).collect();
    assert_eq!(own, [("z".to_owned(), Ordered::from("1, 3")), ("a".to_owned(), Ordered::from("2"))]);
}

fn a_batch_is_one_turn(program: &Program) {
    let server = EchoServer::start();
    let mut harness = Talk::start(program);
    let url = server.url();
    harness.tell(&json!({"do": "batch", "commands": [connect(1, &url), connect(2, &url), connect(3, &url)]}));
    harness.fails(1, 2);
    harness.closes(1, 1000, "", "replaced");
    harness.fails(2, 2);
    harness.closes(2, 1000, "", "replaced");
    harness.succeeds(3);
    harness.opens(3);
    harness.tell(&close(4));
    harness.succeeds(4);
    harness.closes(3, 1000, "", "local");
    harness.ends(0, 0, 0);
}

fn waits_order_what_is_piped_in(program: &Program) {
    let server = EchoServer::start();
    let lines = [
        connect(1, &server.url()),
        json!({"do": "wait", "for": "open", "ms": 20000}),
        // In a batch: what was printed before a command that is not a wait does not count any more.
        json!({"do": "batch", "commands": [send(2, "one"), send(3, "two")]}),
        // Each of these takes one line.
        json!({"do": "wait", "for": "message", "ms": 20000}),
        json!({"do": "wait", "for": "message", "ms": 20000}),
        // Complete long ago, and told before what was consumed.
        json!({"do": "wait", "for": "call", "call": 2}),
        // Never made.
        json!({"do": "wait", "for": "call", "call": 77}),
        json!({"do": "wait", "ms": 1}),
        json!({"do": "wait", "for": "open", "ms": 1}),
        close(4),
        json!({"do": "wait", "for": "close", "ms": 20000}),
        json!({"do": "wait", "for": "idle"}),
        // Nothing of the kind can come any more.
        json!({"do": "wait", "for": "open"}),
        json!({"do": "wait", "for": "no such event"}),
        json!({"do": "wait"}),
        send(5, "too late"),
    ];
    let output = Whole::of(program, &lines.map(|line| line.to_string() + "\n").concat());
    let lines: Vec<Value> = output.lines.iter().map(|line| read(line)).collect();
    let brief: Vec<String> = lines
        .iter()
        .map(|line| match (&line["call"], &line["event"]) {
            (Value::Null, Value::Null) => line.to_string(),
            (Value::Null, event) => event.as_str().expect("a name").to_owned(),
            (call, _) => format!("{call} {}", line["result"].as_str().expect("a result")),
        })
        .collect();
    let place = |what: &str| {
        brief.iter().position(|line| line == what).unwrap_or_else(|| panic!("{what}: {brief:?}"))
    };
    assert_eq!(brief[..3], ["1 success", "1 complete", "open"]);
    assert_eq!(brief.iter().filter(|line| *line == "message").count(), 2);
    assert!(place("4 success") > brief.iter().rposition(|line| line == "message").expect("messages"));
    assert_eq!(brief[brief.len() - 5..brief.len() - 1], ["4 complete", "close", "5 fail", "5 complete"]);
    let end = json!({"end": true, "received": 2, "receivedBytes": 6, "sent": 2});
    assert_eq!(lines.last(), Some(&end));
    assert_eq!(output.status, Some(0));
}

fn input_that_ends_does_not_end_what_is_under_way(program: &Program) {
    let server = ScriptedServer::start(|mut wire| {
        let head = wire.head();
        wire.pause();
        wire.send(&[wire::accept(&head, ""), frames::text("hello"), frames::close(4001, "bye")].concat());
        wire.tell_all();
    });
    let mut harness = Talk::start(program);
    harness.tell(&connect(1, &server.url()));
    harness.end_input();
    assert!(matches!(server.told().wait(PATIENCE), Some(Told::Head(_))));
    server.resume();
    harness.succeeds(1);
    harness.opens(1);
    harness.brings(1, "hello", false);
    harness.closes(1, 4001, "bye", "remote");
    harness.ends(1, 5, 0);
}

fn failures_carry_code_and_message(program: &Program) {
    let (_port, address) = refusing();
    let server = ScriptedServer::start(|mut wire| {
        wire.head();
        wire.send(b"HTTP/1.1 503 Busy\r\n\r\n");
        wire.until_end();
    });
    let mut harness = Talk::start(program);
    harness.tell(&json!({"do": "connectSocket", "call": 1}));
    harness.fails(1, 3);
    harness.tell(&connect(2, "test.php"));
    harness.fails(2, 4);
    harness.tell(&connect(3, "http://h"));
    harness.fails(3, 5);
    harness.tell(&connect(4, &format!("ws://{address}/")));
    let message = harness.fails(4, 1);
    harness.prints(&json!({"event": "error", "connection": 1, "error": 1, "errorMessage": message}));
    harness.tell(&connect(5, &server.url()));
    assert!(harness.fails(5, 8).contains("503"));
    let error = harness.line();
    assert_eq!(
        (&error["event"], &error["connection"], &error["error"]),
        (&json!("error"), &json!(2), &json!(8))
    );
    harness.tell(&send(6, "nobody there"));
    harness.fails(6, 10);
    harness.tell(&close(7));
    harness.succeeds(7);
    harness.ends(0, 0, 0);
}

fn the_sink_echoes(program: &Program) {
    let server = ScriptedServer::start(|mut wire| {
        wire.read_little();
        wire.open();
        // More than fits below the high-water mark, and nothing of it is read before all is sent.
        let big = vec![7; 200_000];
        for _ in 0..10 {
            wire.send(&frames::binary(&big));
        }
        wire.send(&frames::text("and a text"));
        for _ in 0..10 {
            assert_eq!((wire.frame().payload.len(), 0), (200_000, 0));
        }
        assert_eq!(wire.frame().payload, b"and a text");
        wire.send(&frames::close(1000, ""));
        wire.tell_all();
    });
    let mut harness = Talk::start(program);
    harness.tell(&json!({"do": "configure", "sink": "echo", "highWaterBytes": 300_000}));
    harness.tell(&connect(1, &server.url()));
    harness.succeeds(1);
    harness.opens(1);
    harness.closes(1, 1000, "", "remote");
    harness.ends(11, 2_000_010, 11);
}

fn the_sink_discards(program: &Program) {
    let server = ScriptedServer::start(|mut wire| {
        wire.open();
        wire.send(&[frames::text("é"), frames::binary(&vec![0; 70_000]), frames::close(1000, "")].concat());
        wire.tell_all();
    });
    let mut harness = Talk::start(program);
    harness.tell(&json!({"do": "configure", "sink": "discard"}));
    harness.tell(&connect(1, &server.url()));
    harness.succeeds(1);
    harness.opens(1);
    harness.closes(1, 1000, "", "remote");
    harness.ends(2, 70_002, 0);
}

fn everything_can_be_configured(program: &Program) {
    let mut pem = NamedTempFile::new().expect("a file");
    pem.write_all(certs::roots_pem().as_bytes()).expect("what is written");
    let server = EchoServer::start_tls(certs::server(Leaf::Good));
    let mut harness = Talk::start(program);
    // A send is no connect: it may come before.
    harness.tell(&send(1, "too early"));
    harness.fails(1, 10);
    harness.tell(&json!({
        "do": "configure", "connectTimeoutMs": 20000, "closeTimeoutMs": 20000, "maxMessageBytes": 5,
        "maxHeadBytes": 4000, "highWaterBytes": 5000, "pingIntervalMs": 60000, "pongTimeoutMs": 60000,
        "settle": "on_accept", "onExisting": "reject", "requireWss": true, "compression": false,
        "rootsPem": pem.path(), "sink": "events",
    }));
    harness.tell(&connect(2, "ws://h/"));
    harness.fails(2, 8);
    harness.tell(&connect(3, &server.url()));
    harness.succeeds(3);
    assert_eq!(harness.opens(1)["tls"], "TLSv1_3");
    harness.tell(&connect(4, &server.url()));
    harness.fails(4, 2);
    harness.tell(&send(5, "123456"));
    harness.fails(5, 11);
    harness.tell(&close(6));
    harness.succeeds(6);
    harness.closes(1, 1000, "", "local");
    harness.ends(0, 0, 0);
}

fn values_never_end_it(program: &Program) {
    let lines = [
        json!({"do": "configure", "connectTimeoutMs": "soon", "settle": 1, "sink": "kitchen", "rootsPem": 7}),
        json!({"do": "connectSocket", "call": 1, "url": 5, "header": 5, "data": 5, "protocols": 5}),
        json!({"do": "connectSocket", "call": "two", "url": null, "header": null}),
        json!({"do": "sendSocketMessage", "call": 3, "data": {"a": 1}, "isBuffer": "yes"}),
        json!({"do": "closeSocket", "call": 4, "code": "1000", "reason": 5}),
        json!({"do": "closeSocket", "call": 5.5, "code": null, "reason": null}),
        json!({"do": "batch", "commands": 5}),
        json!({"do": "batch", "commands": []}),
        json!({"do": "wait", "for": 5, "ms": "long", "call": {}}),
    ];
    // Valid JSON, however large, deep or odd it is.
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let extremes = [
        format!(r#"{{"do":"connectSocket","call":6,"url":"ws://h.invalid","data":{{"a":{deep}}}}}"#),
        format!(r#"{{"do":"connectSocket","call":7,"url":{deep}}}"#),
        r#"{"do":"closeSocket","call":8,"code":1e999}"#.to_owned(),
        r#"{"do":"sendSocketMessage","call":9,"data":"\ud800"}"#.to_owned(),
    ];
    let lines: Vec<_> = lines.iter().map(Value::to_string).chain(extremes).collect();
    let output = Whole::of(program, &(lines.join("\n") + "\n"));
    let mut results: Vec<_> = output.lines.iter().map(|line| read(line)).collect();
    let end = results.pop();
    let results: Vec<_> =
        results.iter().map(|line| json!([line["call"], line["result"], line["error"]])).collect();
    assert_eq!(
        results,
        [
            json!([1, "fail", 4]),
            json!([1, "complete", null]),
            json!(["two", "fail", 3]),
            json!(["two", "complete", null]),
            json!([3, "fail", 10]),
            json!([3, "complete", null]),
            json!([4, "fail", 1]),
            json!([4, "complete", null]),
            json!([5.5, "success", null]),
            json!([5.5, "complete", null]),
            json!([6, "fail", 1]),
            json!([6, "complete", null]),
            json!([7, "fail", 4]),
            json!([7, "complete", null]),
            json!([8, "fail", 1]),
            json!([8, "complete", null]),
            json!([9, "fail", 10]),
            json!([9, "complete", null]),
        ]
    );
    assert_eq!(end, Some(json!({"end": true, "received": 0, "receivedBytes": 0, "sent": 0})));
    assert_eq!(output.status, Some(0));
}

fn misuse_is_2(program: &Program) {
    let connect = r#"{"do":"connectSocket","call":1,"url":"http://h"}"#;
    for lines in [
        "no JSON",
        "{} {}",
        "[]",
        "{}",
        r#"{"do":5}"#,
        r#"{"do":"dance"}"#,
        r#"{"do":"connectSocket","call":1,"uri":"ws://h"}"#,
        r#"{"do":"connectSocket","url":"ws://h"}"#,
        r#"{"do":"configure","colour":"red"}"#,
        r#"{"do":"wait","until":5}"#,
        r#"{"do":"batch","commands":[{"do":"dance"}]}"#,
        &format!("{connect}\n{connect}"),
        &format!("{connect}\n{}", r#"{"do":"closeSocket","call":1}"#),
        &format!("{connect}\n{}", r#"{"do":"configure","settle":"on_accept"}"#),
    ] {
        let output = Whole::of(program, &format!("{lines}\n"));
        assert_eq!(output.status, Some(2), "{lines}");
        assert!(!output.complaints.is_empty(), "the reason is told: {lines}");
    }
}

fn other_exit_codes(program: &Program) {
    let status = |lines: &str| Whole::of(program, lines).status;
    assert_eq!(status(""), Some(0));
    // Whoever does not have it says so; whoever has it goes on.
    for optional in ["\"compression\":true", "\"partsAboveBytes\":1"] {
        let status = status(&format!("{{\"do\":\"configure\",{optional}}}\n"));
        assert!(matches!(status, Some(0 | 89)), "{optional}: {status:?}");
    }
    assert_eq!(status("{\"do\":\"configure\",\"rootsPem\":\"/no/such/file\"}\n"), Some(1));
    // A last line without its end is a line.
    assert_eq!(status("{\"do\":\"wait\",\"ms\":1}"), Some(0));
}
