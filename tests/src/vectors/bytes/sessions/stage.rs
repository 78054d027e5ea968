//! How sessions are written: an input, and by hand what must come of it, in a few words.
//!
//! The words of a step, each behind a semicolon: `success 1`, `fail 1 6`, `open 1`, `open 1 chat`, `text 1 hi`,
//! `binary 1 00ff`, `error 1 6`, `close 1 1000 bye local`; then what the host is to do: `resolve 1 h:80`,
//! `dial 1.0 192.0.2.1:80`, `half-close 1.0`, `release 1.0`; then what is written, read as frames: `1.0 request`,
//! `1.0 text hi`, `1.0 deflated text hi`, `1.0 close 1000`, `1.0 part`. Complete follows each success and fail, and is not written here.

use super::compressed::Compressing;
use super::{Event, Input, Session, Settings, Step, Task, Told, Written};
use crate::memory::server::{accept, head};
use crate::peers::frames;
use crate::replay::bytes::cuts::Cut;
use crate::replay::bytes::sessions::Player;
use crate::vectors::bytes::calls::Kind;
use crate::vectors::bytes::deflate::Agreed;
use crate::vectors::bytes::{Hex, Json};

/// A session that is being written.
pub(super) struct Stage {
    session: Session,
    host: Player,
    calls: u32,
    /// What was written to each transport and is not read as frames yet.
    unread: Vec<Written>,
    at_ms: u64,
}

/// An address, so that no name has to be looked up.
pub(super) const URL: &str = "ws://192.0.2.1/";

impl Stage {
    pub(super) fn new(id: &str, rules: &[&str], comment: &str) -> Self {
        Self::with(id, rules, comment, Settings::default())
    }

    pub(super) fn with(id: &str, rules: &[&str], comment: &str, settings: Settings) -> Self {
        let entropy: Hex = [&b"the sample nonce"[..], &(1..=200).collect::<Vec<u8>>()].concat().into();
        Self {
            host: Player::new(&settings, &entropy, Cut::Nowhere),
            session: Session {
                id: format!("sessions/{id}"),
                comment: comment.to_owned(),
                flags: Vec::new(),
                rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
                settings,
                entropy_hex: entropy,
                steps: Vec::new(),
            },
            calls: 0,
            unread: Vec::new(),
            at_ms: 0,
        }
    }

    /// One that is open, on transport 1.0, since 20 ms.
    pub(super) fn open(id: &str, rules: &[&str], comment: &str) -> Self {
        Self::open_with(id, rules, comment, Settings::default())
    }

    pub(super) fn open_with(id: &str, rules: &[&str], comment: &str, settings: Settings) -> Self {
        let mut stage = Self::with(id, rules, comment, settings);
        stage.connect(URL, "dial 1.0 192.0.2.1:80");
        stage.at(10).connected("1.0", "1.0 request");
        stage.at(20).accept("1.0", "success 1; open 1");
        stage
    }

    /// One that offers compression, to a server that agrees to what `agreed` says.
    pub(super) fn compressing(
        id: &str,
        rules: &[&str],
        comment: &str,
        settings: Settings,
        compressing: &Compressing,
        agreed: Option<Agreed>,
    ) -> Self {
        let mut stage = Self::with(id, rules, comment, settings);
        let Session { settings, entropy_hex, .. } = &stage.session;
        stage.host = Player::compressing(settings, compressing, agreed, entropy_hex, Cut::Nowhere);
        stage.session.id = format!("compressed/{id}");
        stage
    }

    pub(super) fn flag(mut self, flag: &str) -> Self {
        self.session.flags.push(flag.to_owned());
        self
    }

    /// The time from here on.
    pub(super) fn at(&mut self, at_ms: u64) -> &mut Self {
        self.at_ms = at_ms;
        self
    }

    pub(super) fn done(self) -> Session {
        self.session
    }

    fn step(&mut self, input: &Input, expected: &str) -> &mut Self {
        let id = &self.session.id;
        let number = self.session.steps.len() + 1;
        let step =
            self.host.play(self.at_ms, input).unwrap_or_else(|error| panic!("{id}, step {number}: {error}"));
        let words =
            [told_words(&step.told), step.host.iter().map(task_words).collect(), self.written_words(&step)];
        let words = words.concat().join("; ");
        assert!(words == expected, "{}, step {number}:\n got {words}\nmeant {expected}", self.session.id);
        self.session.steps.push(step);
        self
    }

    fn next_call(&mut self) -> u32 {
        self.calls += 1;
        self.calls
    }

    pub(super) fn connect(&mut self, url: &str, expected: &str) -> &mut Self {
        self.connect_with(url, "null", "null", expected)
    }

    pub(super) fn connect_with(
        &mut self,
        url: &str,
        header: &str,
        protocols: &str,
        expected: &str,
    ) -> &mut Self {
        let call = self.next_call();
        let (header, protocols) = (Json::read(header), Json::read(protocols));
        self.step(&Input::Connect { call, url: url.into(), data: Json::null(), header, protocols }, expected)
    }

    pub(super) fn connect_null(&mut self, expected: &str) -> &mut Self {
        let call = self.next_call();
        let [url, data, header, protocols] = [(); 4].map(|()| Json::null());
        self.step(&Input::Connect { call, url, data, header, protocols }, expected)
    }

    pub(super) fn send(&mut self, text: &str, expected: &str) -> &mut Self {
        let call = self.next_call();
        self.step(&Input::Send { call, data: text.into(), is_buffer: Json::null() }, expected)
    }

    pub(super) fn send_buffer(&mut self, base64: &str, expected: &str) -> &mut Self {
        let call = self.next_call();
        self.step(&Input::Send { call, data: base64.into(), is_buffer: Json::read("true") }, expected)
    }

    pub(super) fn close(&mut self, expected: &str) -> &mut Self {
        let call = self.next_call();
        self.step(&Input::Close { call, code: Json::null(), reason: Json::null() }, expected)
    }

    pub(super) fn close_with(&mut self, code: &str, reason: &str, expected: &str) -> &mut Self {
        let call = self.next_call();
        self.step(&Input::Close { call, code: Json::read(code), reason: reason.into() }, expected)
    }

    pub(super) fn resolved(&mut self, connection: u32, addresses: &[&str], expected: &str) -> &mut Self {
        let addresses = addresses.iter().map(|address| (*address).to_owned()).collect();
        self.step(&Input::Resolved { connection, addresses }, expected)
    }

    pub(super) fn not_found(&mut self, connection: u32, expected: &str) -> &mut Self {
        self.step(&Input::NotFound { connection }, expected)
    }

    pub(super) fn connected(&mut self, transport: &str, expected: &str) -> &mut Self {
        self.step(&Input::Connected { transport: transport.to_owned() }, expected)
    }

    pub(super) fn refused(&mut self, transport: &str, expected: &str) -> &mut Self {
        self.step(&Input::Refused { transport: transport.to_owned() }, expected)
    }

    pub(super) fn received(&mut self, transport: &str, bytes: impl AsRef<[u8]>, expected: &str) -> &mut Self {
        self.step(&Input::Received { transport: transport.to_owned(), bytes_hex: bytes.into() }, expected)
    }

    pub(super) fn ended(&mut self, transport: &str, expected: &str) -> &mut Self {
        self.step(&Input::Ended { transport: transport.to_owned() }, expected)
    }

    pub(super) fn reset(&mut self, transport: &str, expected: &str) -> &mut Self {
        self.step(&Input::Reset { transport: transport.to_owned() }, expected)
    }

    pub(super) fn write_failed(&mut self, transport: &str, expected: &str) -> &mut Self {
        self.step(&Input::WriteFailed { transport: transport.to_owned() }, expected)
    }

    pub(super) fn pause(&mut self, expected: &str) -> &mut Self {
        self.step(&Input::Pause, expected)
    }

    pub(super) fn resume(&mut self, expected: &str) -> &mut Self {
        self.step(&Input::Resume, expected)
    }

    pub(super) fn takes(&mut self, transport: &str, bytes: Option<usize>, expected: &str) -> &mut Self {
        self.step(&Input::Takes { transport: transport.to_owned(), bytes }, expected)
    }

    pub(super) fn time(&mut self, expected: &str) -> &mut Self {
        self.step(&Input::Time, expected)
    }

    /// The server accepts.
    pub(super) fn accept(&mut self, transport: &str, expected: &str) -> &mut Self {
        self.accept_with(transport, "", b"", expected)
    }

    /// The server accepts with `lines` more and `frames` behind the head.
    pub(super) fn accept_with(
        &mut self,
        transport: &str,
        lines: &str,
        frames: &[u8],
        expected: &str,
    ) -> &mut Self {
        let answer = [self.answer(transport, lines).as_bytes(), frames].concat();
        self.received(transport, answer, expected)
    }

    /// The answer to the request that was written to `transport`.
    pub(super) fn answer(&self, transport: &str, lines: &str) -> String {
        let written = self.session.steps.iter().rev().flat_map(|step| &step.sent);
        let mut written = written.filter(|written| written.transport == transport);
        let request = written.find_map(|written| head(&written.bytes_hex.0));
        accept(request.expect("a request was written"), lines)
    }

    /// What was written, read as a server reads it; a frame that is not complete is read with what follows.
    fn written_words(&mut self, step: &Step) -> Vec<String> {
        let mut words = Vec::new();
        for Written { transport, bytes_hex } in &step.sent {
            let place = self.unread.iter().position(|unread| unread.transport == *transport);
            let place = place.unwrap_or_else(|| {
                self.unread.push(Written { transport: transport.clone(), bytes_hex: Hex::default() });
                self.unread.len() - 1
            });
            let unread = &mut self.unread[place].bytes_hex.0;
            unread.extend_from_slice(&bytes_hex.0);
            if unread.starts_with(b"GET ") && unread.ends_with(b"\r\n\r\n") {
                unread.clear();
                words.push(format!("{transport} request"));
                continue;
            }
            let mut rest = unread.as_slice();
            loop {
                let before = rest;
                match frames::read(&mut rest) {
                    Ok(Some(frame)) => words.push(format!("{transport} {}", frame_words(&frame))),
                    Ok(None) => break,
                    Err(_) => {
                        rest = before;
                        words.push(format!("{transport} part"));
                        break;
                    }
                }
            }
            *unread = rest.to_vec();
        }
        words
    }
}

fn frame_words(frame: &frames::Frame) -> String {
    let text = String::from_utf8_lossy(&frame.payload);
    let words = match frame.first {
        0x81 => format!("text {text}"),
        0x82 => format!("binary {}", Hex::from(&frame.payload)),
        0xc1 => format!("deflated text {text}"),
        0xc2 => format!("deflated binary {}", Hex::from(&frame.payload)),
        0x88 => match frame.close() {
            (1005, _) => "close".to_owned(),
            (code, reason) => format!("close {code} {reason}"),
        },
        0x89 => format!("ping {text}"),
        0x8a => format!("pong {text}"),
        _ => format!("{frame:?}"),
    };
    words.trim_end().to_owned()
}

fn told_words(told: &[Told]) -> Vec<String> {
    let mut words = Vec::new();
    let mut completes = None;
    for told in told {
        match told {
            Told::Result(result) if result.result == "complete" => {
                assert_eq!(completes.take(), Some(result.call), "complete belongs to the result before it");
            }
            Told::Result(result) => {
                assert_eq!(completes.replace(result.call), None, "a result without its complete");
                let error = result.error.map_or_else(String::new, |error| format!(" {error}"));
                words.push(format!("{} {}{error}", result.result, result.call));
            }
            Told::Event(event) => {
                assert_eq!(completes, None, "a result without its complete");
                words.push(event_words(event));
            }
        }
    }
    assert_eq!(completes, None, "a result without its complete");
    words
}

fn event_words(event: &Event) -> String {
    match event {
        Event::Open { connection, protocol, .. } => {
            format!("open {connection} {protocol}").trim_end().to_owned()
        }
        Event::Message { connection, kind: Kind::Text, data_hex } => {
            format!("text {connection} {}", String::from_utf8_lossy(&data_hex.0)).trim_end().to_owned()
        }
        Event::Message { connection, data_hex, .. } => {
            format!("binary {connection} {data_hex}").trim_end().to_owned()
        }
        Event::Error { connection, error } => format!("error {connection} {error}"),
        Event::Close { connection, code, reason, cause } if reason.is_empty() => {
            format!("close {connection} {code} {cause}")
        }
        Event::Close { connection, code, reason, cause } => {
            format!("close {connection} {code} {reason} {cause}")
        }
    }
}

fn task_words(task: &Task) -> String {
    match task {
        Task::Resolve { connection, host, port } => format!("resolve {connection} {host}:{port}"),
        Task::Dial { transport, address } => format!("dial {transport} {address}"),
        Task::HalfClose { transport } => format!("half-close {transport}"),
        Task::Release { transport } => format!("release {transport}"),
    }
}
