//! The checks of a connect call's parameters (rule V) and what goes out of them (rule Q), as far as
//! they show from outside.

use super::prelude::*;

fn each_fails<C: Client>(code: u8, options: impl IntoIterator<Item = ConnectOptions>) {
    let mut stage = Stage::<C>::new();
    for options in options {
        let call = stage.connect_with(&options);
        stage.fail(call, code);
        assert!(stage.client().is_idle());
    }
    stage.works(1);
}

pub(super) fn missing_urls_are_3<C: Client>() {
    each_fails::<C>(3, ["", " ", "\t\r\n", "\u{a0}\u{2003}"].map(ConnectOptions::new));
    each_fails::<C>(3, [ConnectOptions::new(Value::Null)]);
}

pub(super) fn invalid_urls_are_4<C: Client>() {
    let urls = [
        "test.php",
        "//h/",
        "mailto:x",
        "ws:h",
        "ws:/h",
        "ws:///h",
        "ws:\\\\h",
        "ws://",
        "ws:// h/",
        " ws://h/",
        "ws://h/\n",
        "ws://h/a b",
        "ws://h/\u{85}",
        "ws://h/#",
        "ws://h/#part",
        "ws://h:0/",
        "ws://h:65536/",
        "ws://h:x/",
        "ws://user@h/",
        "ws://user:word@h/",
        "ws://@h/",
        "ws://:@h/",
        "ws://[::1/",
        "ws://h%/",
        // V2 comes before V3.
        "http://h/#",
        "http://user@h/",
    ];
    each_fails::<C>(4, urls.map(ConnectOptions::new));
    each_fails::<C>(
        4,
        [Value::from(1), Value::from(true), Value::Array(Vec::new()), Value::Object(Vec::new())]
            .map(ConnectOptions::new),
    );
}

pub(super) fn other_schemes_are_5<C: Client>() {
    let urls = ["http://h/", "https://h/", "ftp://h/", "wsx://h/", "HTTP://h"];
    each_fails::<C>(5, urls.map(ConnectOptions::new));
}

pub(super) fn invalid_parameters_are_1<C: Client>() {
    let options = || ConnectOptions::new("ws://h.invalid/");
    each_fails::<C>(
        1,
        [
            options().header("not a token", "x"),
            options().header("", "x"),
            options().header("X-Break", "a\r\nb"),
            options().header("X-Null", "a\0b"),
            options().header("X-C1", "a\u{85}b"),
            options().header("X-Object", Value::Object(Vec::new())),
            // Q2 would drop this one, but it is checked before.
            options().header("Host", "a\nb"),
            options().protocol("not a token"),
            options().header("Sec-WebSocket-Protocol", "a b"),
            options().with_header(Value::from("x")),
            options().with_header(Value::Array(Vec::new())),
            options().with_data(Value::from("x")),
            options().with_protocols("not a token"),
            options().with_protocols(true),
            options().with_protocols(Value::Array(vec![Value::from(1)])),
            options().header("X-Long", "x".repeat(65 * 1024)),
        ],
    );
}

pub(super) fn schemes_in_any_letter_case<C: Client>() {
    let server = EchoServer::start();
    let mut stage = Stage::<C>::new();
    stage.connected(&format!("Ws://{}", server.address()), 1);
    stage.echoes(1, "V3");
}

/// What an echo server is asked for these options.
fn request<C: Client>(
    url: &str,
    options: impl FnOnce(ConnectOptions) -> ConnectOptions,
) -> (String, Vec<(String, String)>) {
    let server = EchoServer::start();
    let mut stage = Stage::<C>::new();
    let options = options(ConnectOptions::new(url.replace("{server}", &server.address().to_string())));
    let call = stage.connect_with(&options);
    stage.success(call);
    stage.open(1);
    match stage.hear(server.heard()).what {
        What::Request { target, headers } => (target, headers),
        other => panic!("expected a request, but heard {other:?}"),
    }
}

pub(super) fn data_becomes_the_query<C: Client>() {
    let (target, _) = request::<C>("ws://{server}/path?own=1", |options| {
        options
            .data("text", "a b&c=d'é")
            .data("number", 1.5)
            .data("truth", true)
            .data("nothing", Value::Null)
            .data("list", Value::from_json(r#"[1,null,"x"]"#).expect("JSON"))
            .data("object", Value::from_json(r#"{"b":1e21,"a":-0}"#).expect("JSON"))
    });
    let expected = "/path?own=1&text=a%20b%26c%3Dd%27%C3%A9&number=1.5&truth=true\
        &list=%5B1%2Cnull%2C%22x%22%5D&object=%7B%22b%22%3A1e%2B21%2C%22a%22%3A0%7D";
    assert_eq!(target, expected, "Q1");
    let (target, _) = request::<C>("ws://{server}/path?", |options| options.data("a", "b"));
    assert_eq!(target, "/path?a=b");
    let (target, _) = request::<C>("ws://{server}", |options| options.data("a", "b"));
    assert_eq!(target, "/?a=b");
}

pub(super) fn headers_go_out<C: Client>() {
    let (_, headers) = request::<C>("ws://{server}/", |options| {
        options
            .header("Origin", "https://mini.test")
            .header("X-Twice", "first")
            .header("Host", "elsewhere")
            .header("sec-websocket-version", "12")
            .header("X-Number", 7)
            .header("X-Blank", "  trimmed\t")
            .header("x-twice", "last")
            .header("X-Nothing", Value::Null)
            .header("sec-websocket-protocol", "b, a")
            .protocol("c")
            .protocol("a")
    });
    let all = |name: &str| -> Vec<&str> {
        headers.iter().filter(|(found, _)| found == name).map(|(_, value)| &**value).collect()
    };
    assert_eq!(all("origin"), ["https://mini.test"]);
    assert_eq!(all("x-twice"), ["last"], "Q2: the last wins");
    assert_eq!(all("x-number"), ["7"]);
    assert_eq!(all("x-blank"), ["trimmed"]);
    assert_eq!(all("x-nothing"), [""; 0]);
    assert_eq!(all("sec-websocket-version"), ["13"]);
    assert_eq!(all("sec-websocket-protocol"), ["b, a, c"], "Q3: one offer, one line");
    assert_eq!(all("host").len(), 1);
    assert!(all("host")[0].starts_with("127.0.0.1:"), "Q4: {:?}", all("host"));
    assert_eq!(all("user-agent"), [""; 0], "nothing of the kind is added");
    let order: Vec<_> =
        headers.iter().map(|(name, _)| &**name).filter(|name| name.starts_with("x-")).collect();
    assert_eq!(order, ["x-number", "x-blank", "x-twice"], "the last one's place");
}
