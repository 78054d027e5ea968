//! The servers that scripts are run against, by name: sound ones, and one for each way to be wrong.

use std::io::Write as _;
use std::net::TcpListener;

use connect_socket_tests::certs::{self, Leaf};
use connect_socket_tests::peers::deaf::DeafListener;
use connect_socket_tests::peers::echo::{EchoOptions, EchoServer};
use connect_socket_tests::peers::frames;
use connect_socket_tests::peers::script::ScriptedServer;
use connect_socket_tests::peers::wire::{self, Wire};
use tempfile::NamedTempFile;

/// The limit on messages, by default.
const LIMIT: usize = 10 * 1024 * 1024;

/// All of them, until it is dropped.
pub(crate) struct Servers {
    urls: Vec<(&'static str, String)>,
    ca: NamedTempFile,
    // Held, not used.
    _echo: Vec<EchoServer>,
    _scripted: Vec<ScriptedServer>,
    _deaf: DeafListener,
}

impl Servers {
    pub(crate) fn start() -> Self {
        let mut ca = NamedTempFile::new().expect("a file");
        ca.write_all(certs::roots_pem().as_bytes()).expect("it can be written");
        let mut urls = Vec::new();
        let mut echo = Vec::new();
        let chooses = EchoOptions { subprotocol: Some("chat"), ..EchoOptions::default() };
        let expired = EchoOptions { tls: Some(certs::server(Leaf::Expired)), ..EchoOptions::default() };
        let secure = EchoOptions { tls: Some(certs::server(Leaf::Good)), ..EchoOptions::default() };
        for (name, options) in [
            ("echo", EchoOptions::default()),
            ("unoffered", chooses),
            ("expired", expired),
            ("secure", secure),
        ] {
            let server = EchoServer::with(options);
            urls.push((name, server.url()));
            echo.push(server);
        }
        let mut scripted = Vec::new();
        for (name, script) in SCRIPTS {
            let server = ScriptedServer::start(script);
            urls.push((*name, server.url()));
            scripted.push(server);
        }
        // Whatever connects is held, and nothing is said.
        let silent = ScriptedServer::with_scripts(None, Vec::new());
        urls.extend([("silent", silent.url()), ("silentTls", silent.wss_url())]);
        scripted.push(silent);
        let deaf = DeafListener::start();
        urls.push(("deaf", deaf.url()));
        // Nobody listens at a port that was just given back.
        let free =
            TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
        urls.push(("refused", format!("ws://{free}/")));
        Self { urls, ca, _echo: echo, _scripted: scripted, _deaf: deaf }
    }

    pub(crate) fn url(&self, name: &str) -> String {
        let found = self.urls.iter().find(|(found, _)| *found == name);
        found.map(|(_, url)| url.clone()).expect("a server of that name")
    }

    /// The urls by their names.
    pub(crate) fn json(&self) -> String {
        let members: Vec<_> = self.urls.iter().map(|(name, url)| format!("\"{name}\":\"{url}\"")).collect();
        format!("{{{}}}", members.join(","))
    }

    /// The file of the authority to trust.
    pub(crate) fn ca(&self) -> String {
        self.ca.path().to_str().expect("UTF-8").to_owned()
    }
}

/// What a server does with its one connection, by its name.
type Script = (&'static str, fn(Wire));

const SCRIPTS: &[Script] = &[
    ("unavailable", |mut wire| {
        wire.head();
        wire.send(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
        wire.until_end();
    }),
    ("wrongAccept", |mut wire| {
        let head = wire.head();
        let right = wire::accept_key(&head);
        let answer = wire::accept(&head, "");
        let answer =
            String::from_utf8(answer).expect("UTF-8").replace(&right, "AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        wire.send(answer.as_bytes());
        wire.until_end();
    }),
    ("long", |mut wire| {
        let head = wire.head();
        let line = format!("X-Long: {}\r\n", "x".repeat(16 * 1024));
        let _ = wire.try_send(&wire::accept(&head, &line));
        wire.until_end();
    }),
    ("late", |mut wire| {
        let head = wire.head();
        wire.until_end();
        let _ = wire.try_send(&wire::accept(&head, ""));
    }),
    ("lateClose", |mut wire| {
        wire.open();
        wire.until_end();
        let _ = wire.try_send(&frames::close(1000, "late"));
    }),
    ("limit", |mut wire| {
        wire.open();
        let half = vec![b'x'; LIMIT / 2];
        wire.send(&frames::raw(0x01, &half));
        wire.send(&frames::raw(0x80, &half));
        wire.send(&frames::raw(0x01, &half));
        let _ = wire.try_send(&frames::head(0x80, LIMIT as u64 / 2 + 1));
        wire.until_end();
    }),
    ("eof", |mut wire| {
        wire.open();
        wire.half_close();
        wire.until_end();
    }),
    ("reset", |mut wire| {
        wire.open();
        // Only once the client has read that it is open.
        wire.frame();
        wire.reset();
    }),
    ("glued", |mut wire| {
        let head = wire.head();
        let frames =
            [frames::text("one"), frames::binary(&[2]), frames::text("three"), frames::close(4000, "four")];
        wire.send(&[wire::accept(&head, ""), frames.concat()].concat());
        wire.until_end();
    }),
];
