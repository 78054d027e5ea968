//! The agent of the Autobahn suite: asks a fuzzing server for its cases and echoes what each of them sends,
//! through the mio adapter. `tests/autobahn.sh` runs it and judges the report.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use connect_socket_mio::EventLoop;
use connect_socket_mio::core::{Config, ConnectOptions, Error, Event, Message, Payload};

const MIB: usize = 1024 * 1024;

/// The longest that a case of the suite may take; the slowest waits for some seconds on purpose.
const CASE_LIMIT: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [server, agent] = arguments.as_slice() else {
        eprintln!("usage: autobahn ws://HOST:PORT AGENT");
        return ExitCode::from(2);
    };
    match run(server.trim_end_matches('/'), agent) {
        Ok(cases) => {
            println!("{cases} cases answered as {agent}");
            ExitCode::SUCCESS
        }
        Err(words) => {
            eprintln!("autobahn: {words}");
            ExitCode::FAILURE
        }
    }
}

/// Runs every case in one session, as one Mini Program after the other would.
fn run(server: &str, agent: &str) -> Result<u32, String> {
    // The longest message of the suite has 16 MiB; an echo needs room for it and its header.
    let config = Config::default().message_limit(32 * MIB).frame_limit(32 * MIB).high_water(64 * MIB);
    let mut socket = EventLoop::new(config).map_err(|error| format!("no event loop: {error}"))?;

    let count = converse(&mut socket, &ConnectOptions::new(format!("{server}/getCaseCount")), false)?;
    let cases = count
        .and_then(|text| text.trim().parse::<u32>().ok())
        .ok_or("the server did not say how many cases it has")?;
    for case in 1..=cases {
        let options =
            ConnectOptions::new(format!("{server}/runCase")).data("case", case).data("agent", agent);
        converse(&mut socket, &options, true).map_err(|words| format!("case {case} of {cases}: {words}"))?;
    }
    let report = ConnectOptions::new(format!("{server}/updateReports")).data("agent", agent);
    converse(&mut socket, &report, false)?;
    Ok(cases)
}

/// One connection from its connect to its end, which the server brings about. Gives the last text it sent.
fn converse(socket: &mut EventLoop, options: &ConnectOptions, echo: bool) -> Result<Option<String>, String> {
    let connect = socket.connect(options);
    let deadline = Instant::now() + CASE_LIMIT;
    let mut last = None;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let event = socket.next_event(Some(left)).map_err(|error| format!("polling failed: {error}"))?;
        let payload = match event {
            None => return Err(format!("not over after {} s", CASE_LIMIT.as_secs())),
            Some(Event::Settled { call, result: Err(error) }) if call == connect => return Err(told(&error)),
            Some(Event::Close { .. }) => return Ok(last),
            Some(Event::Message { message, .. }) => Held::from(message),
            Some(Event::Settled { .. } | Event::Open { .. } | Event::Error { .. }) => continue,
        };
        if echo {
            socket.send(payload.lend());
        } else if let Held::Text(text) = payload {
            last = Some(text);
        }
    }
}

fn told(error: &Error) -> String {
    format!("{error} (code {})", error.code().number())
}

/// A message that outlives the event that brought it.
enum Held {
    Text(String),
    Binary(Vec<u8>),
}

impl From<Message<'_>> for Held {
    fn from(message: Message<'_>) -> Self {
        match message {
            Message::Text(text) => Self::Text(text.to_owned()),
            Message::Binary(bytes) => Self::Binary(bytes.to_owned()),
        }
    }
}

impl Held {
    fn lend(&self) -> Payload<'_> {
        match self {
            Self::Text(text) => Payload::Text(text),
            Self::Binary(bytes) => Payload::Binary(bytes),
        }
    }
}
