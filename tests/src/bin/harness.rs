//! Drives connectSocket by JSON lines on standard input and output: one object a line, commands in, what a Mini
//! Program would see out.

use std::io::{self, BufReader};
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use connect_socket_tests::client::mio::MioClient;
use connect_socket_tests::client::smol::SmolClient;
use connect_socket_tests::client::tokio::TokioClient;
use connect_socket_tests::protocol::harness::run;

#[derive(Parser)]
#[command(about)]
struct Arguments {
    /// Which adapter to drive.
    #[arg(long, value_enum)]
    adapter: Adapter,
}

#[derive(Clone, Copy, ValueEnum)]
enum Adapter {
    Mio,
    Smol,
    Tokio,
}

fn main() -> ExitCode {
    // A command line that cannot be understood ends with 2, as everything of that kind does.
    let Arguments { adapter } = Arguments::parse();
    // Standard output is flushed with every line anyway.
    let (input, output) = (BufReader::new(io::stdin()), io::stdout().lock());
    let ended = match adapter {
        Adapter::Mio => run::<MioClient>(input, output),
        Adapter::Smol => run::<SmolClient>(input, output),
        Adapter::Tokio => run::<TokioClient>(input, output),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("harness: {failure}");
            ExitCode::from(failure.status())
        }
    }
}
