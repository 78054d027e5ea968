//! The agent of the Autobahn suite: asks a fuzzing server for its cases and echoes what each of them sends, through
//! the mio adapter or, with `--adapter smol` or `--adapter tokio`, through that one. With `--wss`, it does so over TLS: to a front
//! of its own, as the servers of the suite have none. `tests/autobahn.sh` runs it and judges the report.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use connect_socket_core::deflate::{Compression, Offer};
use connect_socket_core::tls::TlsConfig;
use connect_socket_core::{Config, ConnectOptions, Payload};
use connect_socket_tests::certs::{self, Leaf};
use connect_socket_tests::client::mio::MioClient;
use connect_socket_tests::client::smol::SmolClient;
use connect_socket_tests::client::tokio::TokioClient;
use connect_socket_tests::client::{Client, Seen};
use connect_socket_tests::peers::front;

const MIB: usize = 1024 * 1024;

/// The longest that a case of the suite may take; the largest of sections 12 and 13 send 131 MB, which the server compresses,
/// too, on whatever else the machine does.
const CASE_LIMIT: Duration = Duration::from_secs(1200);

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let secure = arguments.iter().position(|it| it == "--wss").map(|place| arguments.remove(place)).is_some();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (adapter, server, agent) = match words[..] {
        [server, agent] => ("mio", server, agent),
        ["--adapter", adapter @ ("mio" | "smol" | "tokio"), server, agent] => (adapter, server, agent),
        _ => {
            eprintln!("usage: autobahn [--adapter mio|smol|tokio] [--wss] ws://HOST:PORT AGENT");
            return ExitCode::from(2);
        }
    };
    // The longest message of the suite has 16 MiB; an echo needs room for it and its header.
    let config = Config::default().message_limit(32 * MIB).frame_limit(32 * MIB).high_water(64 * MIB);
    // One of its programs ends in an error of its own where an echo comes uncompressed, and does not run cases of section 13
    // where `client_no_context_takeover` was not offered.
    let offer = Offer::new().client_takeover(false);
    let config = config.compression(Compression::offering(offer).threshold(0));
    let server = server.trim_end_matches('/').to_owned();
    let prepared = if secure { behind_front(config, &server) } else { Ok((config, server)) };
    let answered = prepared.and_then(|(config, server)| match adapter {
        "smol" => start_and_run::<SmolClient>(config, &server, agent),
        "tokio" => start_and_run::<TokioClient>(config, &server, agent),
        _ => start_and_run::<MioClient>(config, &server, agent),
    });
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

/// A front of the server, and what trusts it.
fn behind_front(config: Config, server: &str) -> Result<(Config, String), String> {
    let address = server.strip_prefix("ws://").and_then(|address| address.parse().ok());
    let address = address.ok_or("with --wss the server's url is an address and a port")?;
    let front = front::start(certs::server(Leaf::Good), address).map_err(|error| error.to_string())?;
    let tls = TlsConfig::with_roots_pem(certs::roots_pem().as_bytes()).map_err(|error| error.to_string())?;
    Ok((config.tls(tls), format!("wss://{front}")))
}

fn start_and_run<C: Client>(config: Config, server: &str, agent: &str) -> Result<u32, String> {
    let mut client = C::start(config, None).map_err(|error| format!("no socket: {error}"))?;
    run(&mut client, server, agent)
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
        match client.next(deadline).map_err(|error| format!("polling failed: {error}"))? {
            None => return Err(format!("not over after {} s", CASE_LIMIT.as_secs())),
            Some(Seen::Settled { call, result: Err(error) }) if call == connect => {
                return Err(format!("{} (code {})", error.message, error.code));
            }
            Some(Seen::Close { .. }) => return Ok(last),
            Some(Seen::Text { text, .. }) if echo => {
                client.send(Payload::Text(&text));
            }
            Some(Seen::Binary { bytes, .. }) if echo => {
                client.send(Payload::Binary(&bytes));
            }
            Some(Seen::Text { text, .. }) => last = Some(text),
            Some(Seen::Settled { .. } | Seen::Open { .. } | Seen::Binary { .. } | Seen::Error { .. }) => {}
        }
    }
}
