//! A client under test with the words that scenarios are written in. Every event is expected by name and in
//! order: what nobody expected fails the test at the next expectation.

use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use connect_socket_core::lifecycle::CloseCause;
use connect_socket_core::{CloseOptions, Config, ConnectOptions, Opened, Payload, Value};

use crate::client::{Call, Client, Inside, Raised, Resolver, Seen};
use crate::peers::echo::EchoServer;
use crate::peers::mailbox::Mailbox;
use crate::peers::wire::Told;

/// How long anything that must happen may take. It is spent only by a test that fails.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A timeout for tests that wait until it fires, and in which nothing else has to happen in time.
pub const SHORT: Duration = Duration::from_millis(150);

/// The same where something does: a connect after the one that timed out has to open under it, and machines
/// that run tests are busy.
pub const ROOMY: Duration = Duration::from_millis(1200);

/// A client under test.
pub struct Stage<C> {
    client: C,
    /// Events that came while the test listened to a server.
    waiting: VecDeque<Seen>,
    transcript: Vec<String>,
}

impl<C: Client> Stage<C> {
    /// A client with the contract's defaults.
    pub fn new() -> Self {
        Self::with(Config::default())
    }

    /// A client with this configuration.
    pub fn with(config: Config) -> Self {
        Self::start(config, None)
    }

    /// A client with this configuration and resolver.
    ///
    /// # Panics
    /// If the adapter cannot start.
    pub fn start(config: Config, resolver: Option<Resolver>) -> Self {
        let client = C::start(config, resolver).expect("a session");
        Self { client, waiting: VecDeque::new(), transcript: Vec::new() }
    }

    /// The client itself.
    pub fn client(&mut self) -> &mut C {
        &mut self.client
    }

    /// What is beyond the API; `needs` says what for. A scenario that relies on the client being served in its
    /// own turns alone says so by this, too.
    pub fn inside(&mut self, needs: &'static str) -> &mut dyn Inside {
        self.client.inside(needs)
    }

    /// connectSocket to `url` and nothing else.
    pub fn connect(&mut self, url: &str) -> Call {
        self.connect_with(&ConnectOptions::new(url))
    }

    /// connectSocket.
    pub fn connect_with(&mut self, options: &ConnectOptions) -> Call {
        let call = self.client.connect(options);
        self.transcript.push(format!("> connect = {call}"));
        call
    }

    /// sendSocketMessage with text.
    pub fn send(&mut self, text: &str) -> Call {
        self.send_payload(Payload::Text(text))
    }

    /// sendSocketMessage.
    pub fn send_payload(&mut self, payload: Payload<'_>) -> Call {
        let call = self.client.send(payload);
        self.transcript.push(format!("> send = {call}"));
        call
    }

    /// closeSocket with the defaults: 1000 and no reason.
    pub fn close(&mut self) -> Call {
        self.close_with(&CloseOptions::default())
    }

    /// closeSocket.
    pub fn close_with(&mut self, options: &CloseOptions) -> Call {
        let call = self.client.close(options);
        self.transcript.push(format!("> close = {call}"));
        call
    }

    /// The next event.
    ///
    /// # Panics
    /// If none comes.
    pub fn event(&mut self) -> Seen {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(seen) = self.waiting.pop_front().or_else(|| self.poll(deadline)) {
                return seen;
            }
            assert!(Instant::now() < deadline, "no event came{}", self.story());
        }
    }

    /// One look for an event that may well be none.
    fn poll(&mut self, deadline: Instant) -> Option<Seen> {
        let seen = self.client.next(deadline).expect("a sound event loop")?;
        self.transcript.push(shortened(&seen));
        Some(seen)
    }

    /// Serves the client until a server tells something.
    ///
    /// # Panics
    /// If it never does.
    pub fn hear<T>(&mut self, mailbox: &Mailbox<T>) -> T {
        mailbox.watch(self.client.waker());
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(item) = mailbox.take() {
                return item;
            }
            assert!(Instant::now() < deadline, "the server told nothing{}", self.story());
            if let Some(seen) = self.poll(deadline) {
                self.waiting.push_back(seen);
            }
        }
    }

    /// Serves the client until `done` says that it is. Looks often: not everything that changes is an event.
    ///
    /// # Panics
    /// If it never is.
    pub fn serve_until(&mut self, mut done: impl FnMut(&mut C) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !done(&mut self.client) {
            assert!(Instant::now() < deadline, "it never came to that{}", self.story());
            if let Some(seen) = self.poll(Instant::now() + Duration::from_millis(2)) {
                self.waiting.push_back(seen);
            }
        }
    }

    /// Serves the client until all calls so far have been made, wherever it runs: what is refused behind them is
    /// told.
    ///
    /// # Panics
    /// If it is not.
    pub fn serve_calls(&mut self) {
        let refused = self.connect_with(&ConnectOptions::new(Value::Null));
        let deadline = Instant::now() + PATIENCE;
        loop {
            assert!(Instant::now() < deadline, "no call is refused{}", self.story());
            match self.poll(deadline) {
                Some(Seen::Settled { call, result: Err(_) }) if call == refused => return,
                seen => self.waiting.extend(seen),
            }
        }
    }

    /// Serves the client for as long as that needs no waiting.
    pub fn serve_a_little(&mut self) {
        if let Some(seen) = self.poll(Instant::now()) {
            self.waiting.push_back(seen);
        }
    }

    /// Serves the client until a script has come to this point.
    pub fn hear_mark(&mut self, mailbox: &Mailbox<Told>, point: &'static str) {
        let told = self.hear(mailbox);
        assert_eq!(told, Told::Mark(point), "what the script tells{}", self.story());
    }

    /// Success and complete of a call.
    pub fn success(&mut self, call: Call) {
        match self.event() {
            Seen::Settled { call: settled, result: Ok(()) } if settled == call => {}
            other => self.surprise(&format!("success of {call}"), &other),
        }
    }

    /// Fail with this code, and complete, of a call.
    pub fn fail(&mut self, call: Call, code: u8) -> Raised {
        match self.event() {
            Seen::Settled { call: settled, result: Err(error) } if settled == call && error.code == code => {
                error
            }
            other => self.surprise(&format!("failure of {call} with {code}"), &other),
        }
    }

    /// onSocketOpen of the connection `number`.
    pub fn open(&mut self, number: u64) -> Arc<Opened> {
        match self.event() {
            Seen::Open { connection, opened } if connection == number => opened,
            other => self.surprise(&format!("open of connection {number}"), &other),
        }
    }

    /// onSocketMessage with text.
    pub fn text(&mut self, number: u64, expected: &str) {
        match self.event() {
            Seen::Text { connection, text, last: true } if connection == number && text == expected => {}
            other => self.surprise(&format!("text on connection {number}: {expected:.80}"), &other),
        }
    }

    /// A part of a text message that goes on.
    pub fn part(&mut self, number: u64, expected: &str) {
        match self.event() {
            Seen::Text { connection, text, last: false } if connection == number && text == expected => {}
            other => self.surprise(&format!("a part on connection {number}: {expected:.80}"), &other),
        }
    }

    /// onSocketMessage with bytes.
    pub fn binary(&mut self, number: u64, expected: &[u8]) {
        match self.event() {
            Seen::Binary { connection, bytes, last: true } if connection == number && bytes == expected => {}
            other => self.surprise(&format!("{} bytes on connection {number}", expected.len()), &other),
        }
    }

    /// onSocketError with this code.
    pub fn error(&mut self, number: u64, code: u8) -> Raised {
        match self.event() {
            Seen::Error { connection, error } if connection == number && error.code == code => error,
            other => self.surprise(&format!("error {code} of connection {number}"), &other),
        }
    }

    /// onSocketClose.
    pub fn closed(&mut self, number: u64, code: u16, reason: &str, cause: CloseCause) {
        match self.event() {
            Seen::Close { connection, code: told, reason: words, cause: why }
                if (connection, told, &*words, why) == (number, code, reason, cause) => {}
            other => {
                self.surprise(&format!("close of connection {number}: {code} {reason:?} {cause:?}"), &other)
            }
        }
    }

    /// onSocketClose where the contract leaves the reason open; gives it.
    pub fn ended(&mut self, number: u64, code: u16, cause: CloseCause) -> String {
        match self.event() {
            Seen::Close { connection, code: told, reason, cause: why }
                if (connection, told, why) == (number, code, cause) =>
            {
                reason
            }
            other => self.surprise(&format!("close of connection {number}: {code} {cause:?}"), &other),
        }
    }

    /// A connect that opens: success, complete, Open (rule S1).
    pub fn connected(&mut self, url: &str, number: u64) -> Arc<Opened> {
        let call = self.connect(url);
        self.success(call);
        self.open(number)
    }

    /// A connect that never opens: fail, complete, Error, all with one code and one message (rules S1, G2).
    pub fn failed(&mut self, call: Call, number: u64, code: u8) -> Raised {
        let failure = self.fail(call, code);
        let error = self.error(number, code);
        assert_eq!(failure, error, "fail and onSocketError say the same");
        error
    }

    /// The same, whatever the code.
    pub fn failed_somehow(&mut self, call: Call, number: u64) -> Raised {
        match self.event() {
            Seen::Settled { call: settled, result: Err(failure) } if settled == call => {
                let error = self.error(number, failure.code);
                assert_eq!(failure, error, "fail and onSocketError say the same");
                error
            }
            other => self.surprise(&format!("failure of {call}"), &other),
        }
    }

    /// Sends `text` to an echo server and gets it back, and nothing else.
    pub fn echoes(&mut self, number: u64, text: &str) {
        let call = self.send(text);
        self.success(call);
        self.text(number, text);
    }

    /// Proves that nothing waits to be told: the refusal of a call is the next event (rules S4, G5).
    pub fn quiet(&mut self) {
        let call = self.connect_with(&ConnectOptions::new(Value::Null));
        self.fail(call, 3);
    }

    /// Proves that the session still works and that nothing else is told meanwhile, whatever came late from
    /// servers: connects to a new server as connection `number`, and closes.
    pub fn works(&mut self, number: u64) {
        let server = EchoServer::start();
        self.connected(&server.url(), number);
        self.echoes(number, "still alive");
        let call = self.close();
        self.success(call);
        self.closed(number, 1000, "", CloseCause::Local);
        self.quiet();
    }

    fn surprise(&self, expected: &str, seen: &Seen) -> ! {
        panic!("expected {expected}, but saw {}{}", shortened(seen), self.story())
    }

    fn story(&self) -> String {
        let mut story = String::from("\nwhat happened:");
        for line in &self.transcript {
            let _ = write!(story, "\n  {line}");
        }
        story
    }
}

impl<C: Client> Default for Stage<C> {
    fn default() -> Self {
        Self::new()
    }
}

/// An event in one line, without megabytes of payload.
fn shortened(seen: &Seen) -> String {
    match seen {
        Seen::Text { connection, text, .. } if text.len() > 200 => {
            format!("Text {{ connection: {}, {} bytes }}", connection, text.len())
        }
        Seen::Binary { connection, bytes, .. } if bytes.len() > 100 => {
            format!("Binary {{ connection: {}, {} bytes }}", connection, bytes.len())
        }
        other => format!("{other:?}"),
    }
}
