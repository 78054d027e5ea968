//! The harness as a process: what it reads, what it prints, how it ends.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};

use connect_socket_tests::certs::{self, Leaf};
use connect_socket_tests::peers::deaf::refusing;
use connect_socket_tests::peers::echo::{EchoOptions, EchoServer, What};
use connect_socket_tests::peers::frames;
use connect_socket_tests::peers::script::ScriptedServer;
use connect_socket_tests::peers::wire::{self, Told};
use connect_socket_tests::stage::PATIENCE;
use serde_json::{Value, json};

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
    let adapter = module_path!().rsplit("::").next().expect("a module's name");
    command.args(["--adapter", adapter]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A harness that is talked to line by line.
struct Harness {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Harness {
    fn start() -> Self {
        let mut child = command().spawn().expect("the harness");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("its output"));
        Self { child, input, output }
    }

    fn tell(&mut self, line: &Value) {
        let input = self.input.as_mut().expect("its input");
        writeln!(input, "{line}").expect("it reads");
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("a line");
        line
    }

    /// The next line is exactly this.
    fn prints(&mut self, expected: &str) {
        assert_eq!(self.line().trim_end_matches('\n'), expected);
    }

    /// The next two lines: success and complete.
    fn succeeds(&mut self, call: u32) {
        self.prints(&format!(r#"{{"call":{call},"result":"success"}}"#));
        self.prints(&format!(r#"{{"call":{call},"result":"complete"}}"#));
    }

    /// The next two lines: fail with this code, and complete; gives the message.
    fn fails(&mut self, call: u32, code: u32) -> String {
        let line = self.line();
        let begin = format!(r#"{{"call":{call},"result":"fail","error":{code},"errorMessage":""#);
        assert!(line.starts_with(&begin), "{line}");
        self.prints(&format!(r#"{{"call":{call},"result":"complete"}}"#));
        serde_json::from_str::<Value>(&line).expect("JSON")["errorMessage"].as_str().expect("text").to_owned()
    }

    fn opens(&mut self, connection: u32) -> Value {
        let line = self.line();
        let begin = format!(r#"{{"event":"open","connection":{connection},"protocol":""#);
        assert!(line.starts_with(&begin), "{line}");
        serde_json::from_str(&line).expect("JSON")
    }

    /// Its input ends; it has nothing more to say than this, and exits with 0.
    fn ends(mut self, received: u32, bytes: u32, sent: u32) {
        self.input = None;
        self.prints(&format!(
            r#"{{"end":true,"received":{received},"receivedBytes":{bytes},"sent":{sent}}}"#
        ));
        self.prints("");
        assert_eq!(self.child.wait().expect("its status").code(), Some(0));
    }
}

impl Drop for Harness {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs it with all of its input at once.
fn run(lines: &str) -> Output {
    let mut child = command().spawn().expect("the harness");
    // It may end before it has read everything.
    let _ = child.stdin.take().expect("its input").write_all(lines.as_bytes());
    child.wait_with_output().expect("its end")
}

fn status(lines: &str) -> Option<i32> {
    run(lines).status.code()
}

fn connect(call: u32, url: &str) -> Value {
    json!({"do": "connectSocket", "call": call, "url": url})
}

fn send(call: u32, data: &str) -> Value {
    json!({"do": "sendSocketMessage", "call": call, "data": data})
}

fn close(call: u32) -> Value {
    json!({"do": "closeSocket", "call": call})
}

#[test]
fn a_session_from_open_to_close() {
    let server = EchoServer::with(EchoOptions {
        subprotocol: Some("chat"),
        headers: vec![("x-b", "1"), ("x-a", "e\"\\"), ("x-b", "2")],
        ..EchoOptions::default()
    });
    let mut harness = Harness::start();
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
    harness.prints(r#"{"event":"message","connection":1,"data":"grüß \"dich\"\n","isBuffer":false}"#);
    harness.tell(&json!({"do": "sendSocketMessage", "call": 3, "data": "AP8Q", "isBuffer": true}));
    harness.succeeds(3);
    harness.prints(r#"{"event":"message","connection":1,"data":"AP8Q","isBuffer":true}"#);
    harness.tell(&json!({"do": "closeSocket", "call": 4, "code": 4000, "reason": "done"}));
    harness.succeeds(4);
    harness.prints(r#"{"event":"close","connection":1,"code":4000,"reason":"done","cause":"local"}"#);
    harness.ends(2, 17, 2);
}

#[test]
fn objects_keep_their_order_and_equal_names() {
    let server = EchoServer::start();
    let mut harness = Harness::start();
    let line = format!(
        r#"{{"do":"connectSocket","call":1,"url":"{}","data":{{"z":1,"a":2,"z":3}},"header":{{"X-B":"1","x-b":"2"}}}}"#,
        server.url()
    );
    writeln!(harness.input.as_mut().expect("its input"), "{line}").expect("it reads");
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

#[test]
fn header_members_are_in_the_answers_order() {
    let server = ScriptedServer::start(|mut wire| {
        let head = wire.head();
        wire.send(&wire::accept(&head, "Z: 1\r\nA: 2\r\nz: 3\r\n"));
        wire.tell_all();
    });
    let mut harness = Harness::start();
    harness.tell(&connect(1, &server.url()));
    harness.succeeds(1);
    let line = harness.line();
    assert!(line.ends_with("\"z\":\"1, 3\",\"a\":\"2\"}}\n"), "{line}");
}

#[test]
fn a_batch_is_one_turn() {
    let server = EchoServer::start();
    let mut harness = Harness::start();
    let url = server.url();
    harness.tell(&json!({"do": "batch", "commands": [connect(1, &url), connect(2, &url), connect(3, &url)]}));
    harness.fails(1, 2);
    harness.prints(r#"{"event":"close","connection":1,"code":1000,"reason":"","cause":"replaced"}"#);
    harness.fails(2, 2);
    harness.prints(r#"{"event":"close","connection":2,"code":1000,"reason":"","cause":"replaced"}"#);
    harness.succeeds(3);
    harness.opens(3);
    harness.tell(&close(4));
    harness.succeeds(4);
    harness.prints(r#"{"event":"close","connection":3,"code":1000,"reason":"","cause":"local"}"#);
    harness.ends(0, 0, 0);
}

#[test]
fn waits_order_what_is_piped_in() {
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
    let output = run(&lines.map(|line| line.to_string() + "\n").concat());
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
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
    assert_eq!(text.lines().last(), Some(r#"{"end":true,"received":2,"receivedBytes":6,"sent":2}"#));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn input_that_ends_does_not_end_what_is_under_way() {
    let server = ScriptedServer::start(|mut wire| {
        let head = wire.head();
        wire.pause();
        wire.send(&[wire::accept(&head, ""), frames::text("hello"), frames::close(4001, "bye")].concat());
        wire.tell_all();
    });
    let mut harness = Harness::start();
    harness.tell(&connect(1, &server.url()));
    harness.input = None;
    assert!(matches!(server.told().wait(PATIENCE), Some(Told::Head(_))));
    server.resume();
    harness.succeeds(1);
    harness.opens(1);
    harness.prints(r#"{"event":"message","connection":1,"data":"hello","isBuffer":false}"#);
    harness.prints(r#"{"event":"close","connection":1,"code":4001,"reason":"bye","cause":"remote"}"#);
    harness.ends(1, 5, 0);
}

#[test]
fn failures_carry_code_and_message() {
    let (_port, address) = refusing();
    let server = ScriptedServer::start(|mut wire| {
        wire.head();
        wire.send(b"HTTP/1.1 503 Busy\r\n\r\n");
        wire.until_end();
    });
    let mut harness = Harness::start();
    harness.tell(&json!({"do": "connectSocket", "call": 1}));
    harness.fails(1, 3);
    harness.tell(&connect(2, "test.php"));
    harness.fails(2, 4);
    harness.tell(&connect(3, "http://h"));
    harness.fails(3, 5);
    harness.tell(&connect(4, &format!("ws://{address}/")));
    let message = harness.fails(4, 1);
    let message = serde_json::to_string(&message).expect("JSON");
    harness.prints(&format!(r#"{{"event":"error","connection":1,"error":1,"errorMessage":{message}}}"#));
    harness.tell(&connect(5, &server.url()));
    assert!(harness.fails(5, 8).contains("503"));
    assert!(harness.line().starts_with(r#"{"event":"error","connection":2,"error":8,"#));
    harness.tell(&send(6, "nobody there"));
    harness.fails(6, 10);
    harness.tell(&close(7));
    harness.succeeds(7);
    harness.ends(0, 0, 0);
}

#[test]
fn the_sink_echoes() {
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
    let mut harness = Harness::start();
    harness.tell(&json!({"do": "configure", "sink": "echo", "highWaterBytes": 300_000}));
    harness.tell(&connect(1, &server.url()));
    harness.succeeds(1);
    harness.opens(1);
    harness.prints(r#"{"event":"close","connection":1,"code":1000,"reason":"","cause":"remote"}"#);
    harness.ends(11, 2_000_010, 11);
}

#[test]
fn the_sink_discards() {
    let server = ScriptedServer::start(|mut wire| {
        wire.open();
        wire.send(&[frames::text("é"), frames::binary(&vec![0; 70_000]), frames::close(1000, "")].concat());
        wire.tell_all();
    });
    let mut harness = Harness::start();
    harness.tell(&json!({"do": "configure", "sink": "discard"}));
    harness.tell(&connect(1, &server.url()));
    harness.succeeds(1);
    harness.opens(1);
    harness.prints(r#"{"event":"close","connection":1,"code":1000,"reason":"","cause":"remote"}"#);
    harness.ends(2, 70_002, 0);
}

#[test]
fn everything_can_be_configured() {
    let pem = std::env::temp_dir().join(format!("connect-socket-roots-{}.pem", std::process::id()));
    std::fs::write(&pem, certs::roots_pem()).expect("a file");
    let server = EchoServer::start_tls(certs::server(Leaf::Good));
    let mut harness = Harness::start();
    // A send is no connect: it may come before.
    harness.tell(&send(1, "too early"));
    harness.fails(1, 10);
    harness.tell(&json!({
        "do": "configure", "connectTimeoutMs": 20000, "closeTimeoutMs": 20000, "maxMessageBytes": 5,
        "maxHeadBytes": 4000, "highWaterBytes": 5000, "pingIntervalMs": 60000, "pongTimeoutMs": 60000,
        "settle": "on_accept", "onExisting": "reject", "requireWss": true, "compression": false,
        "rootsPem": pem, "sink": "events",
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
    harness.prints(r#"{"event":"close","connection":1,"code":1000,"reason":"","cause":"local"}"#);
    harness.ends(0, 0, 0);
    let _ = std::fs::remove_file(&pem);
}

#[test]
fn values_never_end_it() {
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
    let output = run(&(lines.join("\n") + "\n"));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let results: Vec<_> =
        text.lines().map(|line| line.split(",\"errorMessage").next().expect("text")).collect();
    assert_eq!(
        results,
        [
            r#"{"call":1,"result":"fail","error":4"#,
            r#"{"call":1,"result":"complete"}"#,
            r#"{"call":"two","result":"fail","error":3"#,
            r#"{"call":"two","result":"complete"}"#,
            r#"{"call":3,"result":"fail","error":10"#,
            r#"{"call":3,"result":"complete"}"#,
            r#"{"call":4,"result":"fail","error":1"#,
            r#"{"call":4,"result":"complete"}"#,
            r#"{"call":5.5,"result":"success"}"#,
            r#"{"call":5.5,"result":"complete"}"#,
            r#"{"call":6,"result":"fail","error":1"#,
            r#"{"call":6,"result":"complete"}"#,
            r#"{"call":7,"result":"fail","error":4"#,
            r#"{"call":7,"result":"complete"}"#,
            r#"{"call":8,"result":"fail","error":1"#,
            r#"{"call":8,"result":"complete"}"#,
            r#"{"call":9,"result":"fail","error":10"#,
            r#"{"call":9,"result":"complete"}"#,
            r#"{"end":true,"received":0,"receivedBytes":0,"sent":0}"#,
        ]
    );
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn misuse_is_2() {
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
        let output = run(&format!("{lines}\n"));
        assert_eq!(output.status.code(), Some(2), "{lines}");
        assert!(!output.stderr.is_empty(), "the reason is told: {lines}");
    }
    let mut unknown = Command::new(env!("CARGO_BIN_EXE_harness"));
    let unknown = unknown.args(["--adapter", "pigeon"]).stderr(Stdio::null()).status();
    assert_eq!(unknown.expect("its status").code(), Some(2));
}

#[test]
fn other_exit_codes() {
    assert_eq!(status(""), Some(0));
    assert_eq!(status("{\"do\":\"configure\",\"compression\":true}\n"), Some(89));
    assert_eq!(status("{\"do\":\"configure\",\"rootsPem\":\"/no/such/file\"}\n"), Some(1));
    // A last line without its end is a line.
    assert_eq!(status("{\"do\":\"wait\",\"ms\":1}"), Some(0));
}
