//! The agent of the Autobahn suite: asks a fuzzing server for its cases and echoes what each of them sends, through
//! the mio adapter or, with `--adapter smol` or `--adapter tokio`, through that one. `tests/autobahn.sh` runs it and judges the report.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use connect_socket_core::{CallId, Config, ConnectOptions, Error, OwnedEvent, OwnedMessage};
use connect_socket_mio::{EventLoop, Waited};
use smol::future::FutureExt;
use smol::stream::StreamExt;
use smol::{Timer, block_on};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

const MIB: usize = 1024 * 1024;

/// The longest that a case of the suite may take; the slowest waits for some seconds on purpose.
const CASE_LIMIT: Duration = Duration::from_secs(60);

/// What a case needs of an adapter.
trait Client {
    fn connect(&mut self, options: &ConnectOptions) -> CallId;
    fn send(&mut self, message: &OwnedMessage);
    /// The next event; none if the time is up.
    fn next(&mut self, left: Duration) -> Result<Option<OwnedEvent>, String>;
}

impl Client for EventLoop {
    fn connect(&mut self, options: &ConnectOptions) -> CallId {
        self.connect(options)
    }

    fn send(&mut self, message: &OwnedMessage) {
        self.send(message);
    }

    fn next(&mut self, left: Duration) -> Result<Option<OwnedEvent>, String> {
        match self.wait(Some(left)).map_err(|error| format!("polling failed: {error}"))? {
            Waited::Event(event) => Ok(Some(event)),
            Waited::Woken | Waited::TimedOut => Ok(None),
        }
    }
}

impl Client for (connect_socket_smol::Socket, connect_socket_smol::Events) {
    fn connect(&mut self, options: &ConnectOptions) -> CallId {
        self.0.connect(options).id()
    }

    fn send(&mut self, message: &OwnedMessage) {
        // It is given with the call; its result is an event, too.
        drop(self.0.send(message));
    }

    fn next(&mut self, left: Duration) -> Result<Option<OwnedEvent>, String> {
        let time_is_up = async {
            Timer::after(left).await;
            None
        };
        Ok(block_on(self.1.next().or(time_is_up)))
    }
}

/// A socket and its events, on a runtime of one thread.
struct OnTokio(connect_socket_tokio::Socket, connect_socket_tokio::Events, Runtime);

impl OnTokio {
    fn new(config: Config) -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let inside = runtime.enter();
        let (socket, events) = connect_socket_tokio::Socket::new(config)?;
        drop(inside);
        Ok(Self(socket, events, runtime))
    }
}

impl Client for OnTokio {
    fn connect(&mut self, options: &ConnectOptions) -> CallId {
        self.0.connect(options).id()
    }

    fn send(&mut self, message: &OwnedMessage) {
        drop(self.0.send(message));
    }

    fn next(&mut self, left: Duration) -> Result<Option<OwnedEvent>, String> {
        let Self(_, events, runtime) = self;
        // A timer is made in the runtime.
        Ok(runtime.block_on(async { timeout(left, events.next()).await.ok().flatten() }))
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (adapter, server, agent) = match words[..] {
        [server, agent] => ("mio", server, agent),
        ["--adapter", adapter @ ("mio" | "smol" | "tokio"), server, agent] => (adapter, server, agent),
        _ => {
            eprintln!("usage: autobahn [--adapter mio|smol|tokio] ws://HOST:PORT AGENT");
            return ExitCode::from(2);
        }
    };
    // The longest message of the suite has 16 MiB; an echo needs room for it and its header.
    let config = Config::default().message_limit(32 * MIB).frame_limit(32 * MIB).high_water(64 * MIB);
    let server = server.trim_end_matches('/');
    let no_socket = |error| format!("no socket: {error}");
    let answered = match adapter {
        "smol" => connect_socket_smol::Socket::new(config)
            .map_err(no_socket)
            .and_then(|mut client| run(&mut client, server, agent)),
        "tokio" => {
            OnTokio::new(config).map_err(no_socket).and_then(|mut client| run(&mut client, server, agent))
        }
        _ => EventLoop::new(config).map_err(no_socket).and_then(|mut client| run(&mut client, server, agent)),
    };
    match answered {
        Ok(cases) => {
            println!("{cases} cases answered as {agent} through {adapter}");
            ExitCode::SUCCESS
        }
        Err(words) => {
            eprintln!("autobahn: {words}");
            ExitCode::FAILURE
        }
    }
}

/// Runs every case in one session, as one Mini Program after the other would.
fn run(client: &mut impl Client, server: &str, agent: &str) -> Result<u32, String> {
    let count = converse(client, &ConnectOptions::new(format!("{server}/getCaseCount")), false)?;
    let cases = count
        .and_then(|text| text.trim().parse::<u32>().ok())
        .ok_or("the server did not say how many cases it has")?;
    for case in 1..=cases {
        let options =
            ConnectOptions::new(format!("{server}/runCase")).data("case", case).data("agent", agent);
        converse(client, &options, true).map_err(|words| format!("case {case} of {cases}: {words}"))?;
    }
    let report = ConnectOptions::new(format!("{server}/updateReports")).data("agent", agent);
    converse(client, &report, false)?;
    Ok(cases)
}

/// One connection from its connect to its end, which the server brings about. Gives the last text it sent.
fn converse(
    client: &mut impl Client,
    options: &ConnectOptions,
    echo: bool,
) -> Result<Option<String>, String> {
    let connect = client.connect(options);
    let deadline = Instant::now() + CASE_LIMIT;
    let mut last = None;
    loop {
        match client.next(deadline.saturating_duration_since(Instant::now()))? {
            None => return Err(format!("not over after {} s", CASE_LIMIT.as_secs())),
            Some(OwnedEvent::Settled { call, result: Err(error) }) if call == connect => {
                return Err(told(&error));
            }
            Some(OwnedEvent::Close { .. }) => return Ok(last),
            Some(OwnedEvent::Message { message, .. }) if echo => client.send(&message),
            Some(OwnedEvent::Message { message: OwnedMessage::Text(text), .. }) => last = Some(text),
            Some(
                OwnedEvent::Settled { .. }
                | OwnedEvent::Open { .. }
                | OwnedEvent::Message { .. }
                | OwnedEvent::Error { .. },
            ) => {}
        }
    }
}

fn told(error: &Error) -> String {
    format!("{error} (code {})", error.code().number())
}
