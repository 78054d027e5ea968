//! `requests.json`: the upgrade request of valid calls, byte for byte (Q1 to Q4).
//!
//! Every row says the head by hand but for the lines that are always the same; what the code writes must be that.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::urls::Call;
use super::{Case, Hex, Json, Section};

/// What goes in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// The parameters of the call.
    pub call: Call,
    /// The sixteen bytes of entropy that the key is made of.
    pub key_hex: Hex,
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The subprotocols offered, in order: what the server's answer is compared with.
    pub offered: Vec<String>,
    /// The head of the request, through its blank line.
    pub head_hex: Hex,
}

/// The sample of RFC 6455 §1.3.
const KEY: &[u8; 16] = b"the sample nonce";

/// The text of the file.
pub(super) fn text() -> String {
    let flags = [
        ("equal-members", "a reader of JSON must keep members of one name apart, in their places"),
        ("integer-names", "a reader of JSON must keep members whose names are whole numbers in their places"),
    ];
    let sections = vec![targets(), values(), as_handed_over(), dropped(), passed(), protocols(), keys()];
    super::text::<Input>("requests", &flags, sections)
}

/// What a request must be: its target, the value of `Host`, what is offered, and the lines of the script.
struct Expected<'e> {
    target: &'e str,
    host: &'e str,
    offered: &'e [&'e str],
    lines: &'e [&'e str],
}

impl Expected<'_> {
    fn is(&self, key: &[u8], outcome: &Outcome) -> bool {
        let offer = format!("Sec-WebSocket-Protocol: {}", self.offered.join(", "));
        let mut lines = vec![
            format!("GET {} HTTP/1.1", self.target),
            format!("Host: {}", self.host),
            "Upgrade: websocket".to_owned(),
            "Connection: Upgrade".to_owned(),
            format!("Sec-WebSocket-Key: {}", STANDARD.encode(key)),
            "Sec-WebSocket-Version: 13".to_owned(),
        ];
        lines.extend((!self.offered.is_empty()).then_some(offer));
        lines.extend(self.lines.iter().map(|line| (*line).to_owned()));
        outcome.offered == self.offered
            && outcome.head_hex.0 == format!("{}\r\n\r\n", lines.join("\r\n")).as_bytes()
    }
}

/// A call to `ws://h/` with this `header` and these `protocols`.
fn input(header: &str, protocols: &str) -> Input {
    let call = Call {
        url: "ws://h/".into(),
        data: Json::null(),
        header: Json::read(header),
        protocols: Json::read(protocols),
    };
    Input { call, key_hex: KEY.into() }
}

/// Cases of `header` alone: what it is, and the lines that it becomes.
fn headers(path: &'static str, comment: &str, rows: &[(&str, &str, &[&str])]) -> Vec<Case<Input, Outcome>> {
    let mut section = Section::new(path, &["Q2"]);
    for (name, header, lines) in rows {
        let expected = Expected { target: "/", host: "h", offered: &[], lines };
        section.case(name, comment, input(header, "null"), |outcome| expected.is(KEY, outcome));
    }
    section.done()
}

fn targets() -> Vec<Case<Input, Outcome>> {
    let mut section = Section::new("requests/target", &["Q1", "Q4"]);
    for (name, url, data, target, host) in [
        ("plain", "ws://example.test/chat", "null", "/chat", "example.test"),
        ("no-path", "wss://example.test", "null", "/", "example.test"),
        ("default-port", "wss://example.test:443/", "null", "/", "example.test"),
        ("other-port", "wss://example.test:80/", "null", "/", "example.test:80"),
        ("ipv6", "ws://[2001:db8::1]:8080/", "null", "/", "[2001:db8::1]:8080"),
        ("idna", "ws://b\u{fc}cher.example/", "null", "/", "xn--bcher-kva.example"),
        ("data", "ws://h/p?own", r#"{"b":1,"a":["x",null]}"#, "/p?own&b=1&a=%5B%22x%22%2Cnull%5D", "h"),
        ("apostrophe", "ws://h/'?'", r#"{"'":"'"}"#, "/'?%27&%27=%27", "h"),
        ("empty-query", "ws://h/?", "{}", "/?", "h"),
    ] {
        let call = Call { url: url.into(), data: Json::read(data), ..Call::default() };
        let expected = Expected { target, host, offered: &[], lines: &[] };
        section.case(name, "The request line and Host.", Input { call, key_hex: KEY.into() }, |outcome| {
            expected.is(KEY, outcome)
        });
    }
    section.done()
}

fn values() -> Vec<Case<Input, Outcome>> {
    headers(
        "requests/header",
        "Names, values and their order.",
        &[
            ("null", "null", &[]),
            ("empty", "{}", &[]),
            ("order", r#"{"Z":"1","a":"2","M":"3"}"#, &["Z: 1", "a: 2", "M: 3"]),
            ("spelling-kept", r#"{"X-cUSTOM":"v"}"#, &["X-cUSTOM: v"]),
            ("value-empty", r#"{"a":""}"#, &["a: "]),
            ("value-trimmed", r#"{"a":" \t x\ty \t "}"#, &["a: x\ty"]),
            ("value-blank", r#"{"a":" \t "}"#, &["a: "]),
            ("value-utf-8", r#"{"a":"\u00e9\u20ac"}"#, &["a: \u{e9}\u{20ac}"]),
            ("value-other-space-kept", r#"{"a":"\u00a0x\u3000"}"#, &["a: \u{a0}x\u{3000}"]),
            ("value-numbers", r#"{"a":1,"b":-0,"c":1e21,"d":0.1}"#, &["a: 1", "b: 0", "c: 1e+21", "d: 0.1"]),
            ("value-booleans", r#"{"a":true,"b":false}"#, &["a: true", "b: false"]),
            ("null-skipped", r#"{"a":null,"b":"1"}"#, &["b: 1"]),
            ("last-wins", r#"{"Cookie":"1","x":"y","cookie":"2"}"#, &["x: y", "cookie: 2"]),
            ("last-wins-of-three", r#"{"Abc":"1","ABC":"2","x":"y","abc":"3"}"#, &["x: y", "abc: 3"]),
            ("null-not-compared", r#"{"Cookie":"1","x":"y","cookie":null}"#, &["Cookie: 1", "x: y"]),
            ("token-marks", r#"{"!#$%&'*+-.^_`|~09":"x"}"#, &["!#$%&'*+-.^_`|~09: x"]),
            ("value-colon-comma", r#"{"a":"b: c, \"d\""}"#, &["a: b: c, \"d\""]),
        ],
    )
}

/// What some readers of JSON lose.
fn as_handed_over() -> Vec<Case<Input, Outcome>> {
    let mut section = Section::new("requests/header", &["Q2"]);
    for (name, comment, header, lines) in [
        (
            "equal-members",
            "A name twice in JSON is like one that differs in letter case: the last stays, in its place.",
            r#"{"a":"1","x":"y","a":"2"}"#,
            &["x: y", "a: 2"][..],
        ),
        (
            "integer-names",
            "Lines go out in the order in which they are handed over.",
            r#"{"b":"x","2":"y","1":"z"}"#,
            &["b: x", "2: y", "1: z"],
        ),
    ] {
        let expected = Expected { target: "/", host: "h", offered: &[], lines };
        section
            .case(name, comment, input(header, "null"), |outcome| expected.is(KEY, outcome))
            .flags
            .push(name.to_owned());
    }
    section.done()
}

fn dropped() -> Vec<Case<Input, Outcome>> {
    headers(
        "requests/dropped",
        "Left out without a word, in any letter case.",
        &[
            ("host", r#"{"Host":"evil","x":"1"}"#, &["x: 1"]),
            ("connection", r#"{"connection":"close"}"#, &[]),
            ("upgrade", r#"{"UPGRADE":"h2c"}"#, &[]),
            ("content-length", r#"{"Content-Length":"5"}"#, &[]),
            ("transfer-encoding", r#"{"Transfer-Encoding":"chunked"}"#, &[]),
            ("referer", r#"{"Referer":"https://o/"}"#, &[]),
            ("key", r#"{"Sec-WebSocket-Key":"AAAAAAAAAAAAAAAAAAAAAA=="}"#, &[]),
            ("version", r#"{"sec-websocket-version":8}"#, &[]),
            ("accept", r#"{"Sec-WebSocket-Accept":"x"}"#, &[]),
            ("extensions", r#"{"Sec-WebSocket-Extensions":"permessage-deflate"}"#, &[]),
            ("with-others", r#"{"a":"1","hOST":"evil","b":"2"}"#, &["a: 1", "b: 2"]),
        ],
    )
}

fn passed() -> Vec<Case<Input, Outcome>> {
    headers(
        "requests/passed",
        "Nothing of the kind is added, and what is given passes.",
        &[
            ("origin", r#"{"Origin":"https://o"}"#, &["Origin: https://o"]),
            ("cookie", r#"{"Cookie":"a=b; c=d"}"#, &["Cookie: a=b; c=d"]),
            ("authorization", r#"{"Authorization":"Bearer x"}"#, &["Authorization: Bearer x"]),
            ("user-agent", r#"{"User-Agent":"t/1"}"#, &["User-Agent: t/1"]),
            (
                "names-alike",
                r#"{"Hosts":"1","X-Host":"2","Sec-WebSocket":"3"}"#,
                &["Hosts: 1", "X-Host: 2", "Sec-WebSocket: 3"],
            ),
        ],
    )
}

fn protocols() -> Vec<Case<Input, Outcome>> {
    let mut section = Section::new("requests/protocols", &["Q3"]);
    for (name, header, protocols, offered) in [
        ("header", r#"{"Sec-WebSocket-Protocol":"chat"}"#, "null", &["chat"][..]),
        ("header-letter-case", r#"{"sec-websocket-PROTOCOL":"chat"}"#, "null", &["chat"]),
        ("header-list", r#"{"Sec-WebSocket-Protocol":" a,b ,\tc"}"#, "null", &["a", "b", "c"]),
        ("header-empty-ones", r#"{"Sec-WebSocket-Protocol":",a,, b,"}"#, "null", &["a", "b"]),
        ("header-repeats", r#"{"Sec-WebSocket-Protocol":"a, b, a"}"#, "null", &["a", "b"]),
        ("header-repeats-letter-case", r#"{"Sec-WebSocket-Protocol":"a,A,a"}"#, "null", &["a", "A"]),
        ("header-empty-first", r#"{"Sec-WebSocket-Protocol":", a"}"#, "null", &["a"]),
        ("header-empty-between", r#"{"Sec-WebSocket-Protocol":"a,,b"}"#, "null", &["a", "b"]),
        ("header-empty-then-list", r#"{"Sec-WebSocket-Protocol":"a,"}"#, r#"["","b"]"#, &["a", "b"]),
        ("header-number", r#"{"Sec-WebSocket-Protocol":7}"#, "null", &["7"]),
        ("header-boolean", r#"{"Sec-WebSocket-Protocol":true}"#, "null", &["true"]),
        (
            "header-null-after",
            r#"{"Sec-WebSocket-Protocol":"a","sec-websocket-protocol":null}"#,
            "null",
            &["a"],
        ),
        ("header-empty-after", r#"{"Sec-WebSocket-Protocol":"a","sec-websocket-protocol":""}"#, "null", &[]),
        ("header-twice", r#"{"Sec-WebSocket-Protocol":"a","sec-websocket-protocol":"b"}"#, "null", &["b"]),
        ("header-null", r#"{"Sec-WebSocket-Protocol":null}"#, r#"["a"]"#, &["a"]),
        ("list", "null", r#"["v2","v1"]"#, &["v2", "v1"]),
        ("list-empty", "null", "[]", &[]),
        ("list-empty-ones", "null", r#"["","a",""]"#, &["a"]),
        ("list-empty-between", "null", r#"["a","","b"]"#, &["a", "b"]),
        ("list-empty-first", "null", r#"["","a"]"#, &["a"]),
        ("list-twice", "null", r#"["a","b","a"]"#, &["a", "b"]),
        ("string", "null", r#""mqtt""#, &["mqtt"]),
        ("string-empty", "null", r#""""#, &[]),
        ("string-behind-header", r#"{"Sec-WebSocket-Protocol":"b, c"}"#, r#""a""#, &["b", "c", "a"]),
        ("string-in-header-too", r#"{"Sec-WebSocket-Protocol":"b, a"}"#, r#""a""#, &["b", "a"]),
        ("both", r#"{"Sec-WebSocket-Protocol":"b, c"}"#, r#"["a","b"]"#, &["b", "c", "a"]),
        ("letter-case-differs", r#"{"Sec-WebSocket-Protocol":"A,a"}"#, r#"["a","A"]"#, &["A", "a"]),
        ("nothing-but-commas", r#"{"Sec-WebSocket-Protocol":" , ,"}"#, r#"[""]"#, &[]),
    ] {
        let expected = Expected { target: "/", host: "h", offered, lines: &[] };
        section.case(
            name,
            "One offer, one line, none twice, the header's first.",
            input(header, protocols),
            |outcome| expected.is(KEY, outcome),
        );
    }
    let place = Expected { target: "/", host: "h", offered: &["p"], lines: &["a: 1", "b: 2"] };
    let header = r#"{"a":"1","Sec-WebSocket-Protocol":"p","b":"2"}"#;
    section.case("place", "The offer stands before the other lines.", input(header, "null"), |outcome| {
        place.is(KEY, outcome)
    });
    section.done()
}

fn keys() -> Vec<Case<Input, Outcome>> {
    let mut section = Section::new("requests/key", &["Q4"]);
    for (name, key) in [("zeros", [0; 16]), ("ones", [0xff; 16]), ("plus-and-slash", [0xfb; 16])] {
        let expected = Expected { target: "/", host: "h", offered: &[], lines: &[] };
        let input = Input { key_hex: key.into(), ..input("null", "null") };
        section.case(name, "The key is the entropy in base64.", input, |outcome| expected.is(&key, outcome));
    }
    section.done()
}
