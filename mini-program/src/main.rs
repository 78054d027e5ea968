//! Runs scripts of Mini Programs that use `my.connectSocket`. The package's README.md says what they can do. To bind
//! another engine, read `binding.rs`.

mod binding;
mod host;
mod network;
mod timers;
mod tour;

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use connect_socket_core::script::{Binary, Settings};
use connect_socket_core::tls::TlsConfig;
use connect_socket_core::{Config, OnExisting, Settle};

use host::{Source, Surroundings};
use network::{Adapter, Network};

/// Runs scripts that use my.connectSocket. Without a file, it gives a tour with its own server.
///
/// It ends when no timer is left and there is no connection. Its status is 0, or 1 if an exception or a rejection was
/// not caught, or 2 if an option or a file cannot be used.
#[derive(Parser)]
#[command(name = "mini-program")]
struct Options {
    /// Scripts, run in one global scope in this order; a file that is an ES module runs as one.
    files: Vec<PathBuf>,
    /// What drives the socket.
    #[arg(long, value_enum, default_value_t = Adapter::Mio)]
    adapter: Adapter,
    /// Refuse ws urls with code 8.
    #[arg(long)]
    require_wss: bool,
    /// When connectSocket succeeds.
    #[arg(long, value_enum, default_value_t = SettleOn::Outcome)]
    settle: SettleOn,
    /// What connectSocket does to an existing connection.
    #[arg(long, value_enum, default_value_t = Existing::Replace)]
    on_existing: Existing,
    /// How long a connect may take, in seconds.
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    timeout: Duration,
    /// Trust the authorities in this PEM file for wss, instead of those that the system trusts.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Report connections that a newer one replaced to onSocketClose.
    #[arg(long)]
    tell_replaced: bool,
    /// The form in which script gets binary messages.
    #[arg(long, value_enum, default_value_t = Form::Base64)]
    binary: Form,
    /// The values of the scripts' global `argv`.
    #[arg(last = true)]
    arguments: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum SettleOn {
    /// When the connection is open.
    Outcome,
    /// As soon as its parameters are accepted.
    Accept,
}

#[derive(Clone, Copy, ValueEnum)]
enum Existing {
    /// Replaces it.
    Replace,
    /// Fails with code 2.
    Reject,
}

#[derive(Clone, Copy, ValueEnum)]
enum Form {
    /// A string of base64.
    Base64,
    /// An `ArrayBuffer`.
    #[value(name = "arraybuffer")]
    ArrayBuffer,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

impl Options {
    fn config(&self) -> Result<Config, Box<dyn Error>> {
        let tls = match &self.ca {
            None => None,
            Some(path) => {
                let pem = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
                Some(TlsConfig::with_roots_pem(&pem)?)
            }
        };
        Ok(Config::default()
            .connect_timeout(self.timeout)
            .require_wss(self.require_wss)
            .settle(match self.settle {
                SettleOn::Outcome => Settle::OnOutcome,
                SettleOn::Accept => Settle::OnAccept,
            })
            .on_existing(match self.on_existing {
                Existing::Replace => OnExisting::Replace,
                Existing::Reject => OnExisting::Reject,
            })
            .tls(tls))
    }

    fn settings(&self) -> Settings {
        let binary = match self.binary {
            Form::Base64 => Binary::Base64,
            Form::ArrayBuffer => Binary::ArrayBuffer,
        };
        Settings::default().binary(binary).tell_replaced(self.tell_replaced)
    }

    fn run(mut self) -> Result<bool, Box<dyn Error>> {
        let mut sources = Vec::new();
        for path in &self.files {
            let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
            sources.push(Source { name: path.to_string_lossy().into_owned(), text });
        }
        if sources.is_empty() {
            self.arguments = vec![tour::serve()?];
            sources.push(tour::script());
        }
        let network = Network::new(self.adapter, self.config()?)?;
        host::run(&sources, network, self.settings(), &Surroundings { arguments: self.arguments })
    }
}

fn main() -> ExitCode {
    match Options::parse().run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("mini-program: {error}");
            ExitCode::from(2)
        }
    }
}
