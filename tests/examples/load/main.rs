//! Many connections in one loop and one thread: what each costs in memory while it is idle, and in time.
//!
//! `cargo run --release -p connect-socket-tests --example load -- --connections 10000` opens them against an echo
//! server in a process of its own, leaves them alone for a while, sends a message on each, and leaves them alone
//! again. Then one of them is kept busy beside the idle others, as it was when it was alone. Last, some of them send and await
//! echoes in turns, without and with one more whose server never stops sending.

mod client;
mod limit;
mod mio;
mod report;
mod server;
mod smol;
mod tokio;

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use clap::{Parser, ValueEnum};
use connect_socket_mio::connect_socket_core::Config;
use connect_socket_mio::connect_socket_core::tls::TlsConfig;

use client::{Client, Sessions};
use report::Report;

#[derive(Parser)]
#[command(about = "Opens many connections in one loop, and says what they cost.")]
struct Arguments {
    /// How many connections.
    #[arg(long, default_value_t = 1_000)]
    connections: usize,
    /// Which adapter drives them.
    #[arg(long, value_enum, default_value_t = Adapter::Mio)]
    adapter: Adapter,
    /// Over TLS.
    #[arg(long)]
    wss: bool,
    /// The longest message that a connection accepts, in bytes. It does not affect the cost.
    #[arg(long, default_value_t = Config::default().message_limit)]
    message_limit: usize,
    /// Run as the server.
    #[arg(long, hide = true)]
    serve: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Adapter {
    Mio,
    Smol,
    Tokio,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    limit::raise(arguments.connections)?;
    if arguments.serve {
        return Ok(server::run(arguments.connections, arguments.wss)?);
    }
    let mut server = ServerProcess::start(&arguments)?;

    let mut config = Config::default().message_limit(arguments.message_limit);
    config.tls = server.roots.take().map(|roots| TlsConfig::with_roots_pem(roots.as_bytes())).transpose()?;
    let sessions: Box<dyn Sessions> = match arguments.adapter {
        Adapter::Mio => Box::new(mio::Driven::new(config, arguments.connections)?),
        Adapter::Smol => Box::new(smol::Tasks::new(config, arguments.connections)?),
        Adapter::Tokio => Box::new(tokio::Tasks::new(config, arguments.connections)?),
    };
    let mut client = Client::new(sessions, &server.urls);
    let report = Report::measure(&mut client, arguments.connections, &server.flood)?;
    let scheme = if arguments.wss { "wss" } else { "ws" };
    print!("{} {scheme} connections, one thread\n{report}", arguments.connections);
    Ok(())
}

/// The server, in a process of its own so that its memory is not counted. It ends when its input does.
struct ServerProcess {
    process: Child,
    urls: Vec<String>,
    /// The url of the server that floods.
    flood: String,
    roots: Option<String>,
}

impl ServerProcess {
    fn start(arguments: &Arguments) -> Result<Self, Box<dyn Error>> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--serve", "--connections", &arguments.connections.to_string()]);
        if arguments.wss {
            command.arg("--wss");
        }
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let output = process.stdout.take().ok_or("the server has no output")?;
        let (urls, flood, roots) = introduction(BufReader::new(output))?;
        Ok(Self { process, urls, flood, roots })
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// What the server says until it is ready: its urls, the one that floods, and whom to trust.
fn introduction(output: BufReader<ChildStdout>) -> std::io::Result<(Vec<String>, String, Option<String>)> {
    let (mut urls, mut flood, mut roots) = (Vec::new(), String::new(), String::new());
    for line in output.lines() {
        match line? {
            line if line == server::READY => break,
            line if line.starts_with("ws") => urls.push(line),
            line if line.starts_with(server::FLOOD) => flood = line.replacen(server::FLOOD, "", 1),
            line => roots.extend([&line, "\n"]),
        }
    }
    Ok((urls, flood, Some(roots).filter(|roots| !roots.is_empty())))
}
