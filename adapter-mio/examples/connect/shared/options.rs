//! The command line.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use connect_socket_core::{Config, ConnectOptions, Keepalive, tls::TlsConfig};

use super::insecure;

/// The name of the example: each adapter has one of its own.
pub(crate) const NAME: &str = env!("CARGO_BIN_NAME");

/// The exit status for a command line that cannot be used (`EX_USAGE` of `sysexits.h`): 1 to 12 are the API's.
pub(crate) const USAGE: u8 = 64;

const ABOUT: &str = "\
A WebSocket client on my.connectSocket.

Without a URL, it starts its own server and shows the life of two connections: connect, upgrade,
messages, replacement, refused urls, close.

With a URL, it sends each line of standard input as a message, and prints each received message
to standard output, with a line end. Standard error shows what happens to the connection. At the
end of the input, it waits until each line has had an answer (--wait sets how long), and then
closes with code 1000. Ctrl-C closes at once; a second Ctrl-C ends the program without the
server's answer. When the server closes, the program ends.";

/// How long a server may take to answer a ping.
const PONG: Duration = Duration::from_secs(10);

/// NAME stands for the name of the example.
const AFTER: &str = "\
Examples:
  NAME                                           a tour, with its own server
  NAME wss://host/feed                           type lines; Ctrl-D ends
  echo hello | NAME ws://localhost:9001          one message, and its answers
  NAME wss://host --listen --json </dev/null     everything that comes, for another program
  NAME wss://localhost:9443 --ca ca.pem --protocol chat --header 'Authorization: Bearer 0123'

Exit status:
  0      the connection was closed properly, by either side
  1-12   the error code of the API:
           1 unknown (also: refused, not found, reset)   7 certificate not valid
           2 replaced                                    8 the answer is not a WebSocket upgrade
           3 no url                                      9 a subprotocol that was not asked for
           4 url not valid                              10 not open
           5 neither ws nor wss                         11 a message could not be sent
           6 timed out                                  12 a message or an answer exceeds its limit
  64     the command line cannot be used";

#[derive(Parser)]
#[command(name = NAME, version, about = ABOUT, after_help = AFTER.replace("NAME", NAME))]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Options {
    /// Where to connect to, with ws:// or wss://
    pub(crate) url: Option<String>,

    /// A header of the request; repeatable
    #[arg(short = 'H', long, value_name = "NAME: VALUE", value_parser = header)]
    header: Vec<(String, String)>,

    /// A member of `data`, which goes into the query of the url; repeatable
    #[arg(short, long, value_name = "KEY=VALUE", value_parser = member)]
    data: Vec<(String, String)>,

    /// A subprotocol to offer; repeatable
    #[arg(short, long, value_name = "NAME")]
    protocol: Vec<String>,

    /// Trust the certificates of this PEM file, and no others
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,

    /// Accept any certificate: anybody on the network path can then read and change everything
    #[arg(short = 'k', long, conflicts_with = "ca")]
    insecure: bool,

    /// Give up connecting after this many seconds
    #[arg(short, long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    timeout: Duration,

    /// Send lines as binary messages
    #[arg(short, long)]
    pub(crate) binary: bool,

    /// Ping the server after this many seconds without a message, and give up if it stays silent for 10 more; 0: never
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    keepalive: Duration,

    /// After the end of the input, close if no answer has come for this many seconds
    #[arg(short, long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub(crate) wait: Duration,

    /// After the end of the input, stay until the server closes
    #[arg(short, long)]
    pub(crate) listen: bool,

    /// Print only messages, and why the connection failed
    #[arg(short, long, requires = "url", conflicts_with = "json")]
    pub(crate) quiet: bool,

    /// Print everything that happens to standard output, one JSON object per line
    #[arg(short, long)]
    pub(crate) json: bool,
}

impl Options {
    /// Reads the command line. The error is the exit status if there is nothing more to do.
    pub(crate) fn read() -> Result<Self, u8> {
        Self::try_parse().map_err(|error| {
            // If not even this can be printed, the status still says it.
            let _ = error.print();
            if error.use_stderr() { USAGE } else { 0 }
        })
    }

    pub(crate) fn config(&self) -> io::Result<Config> {
        if self.insecure {
            let tls = insecure::any_certificate().map_err(io::Error::other)?;
            return Ok(self.configured().tls(tls));
        }
        let tls = self.ca.as_ref().map(|path| {
            let named = |error: &dyn std::fmt::Display| {
                let words = format!("--ca {}: {error}", path.display());
                io::Error::new(io::ErrorKind::InvalidInput, words)
            };
            let pem = std::fs::read(path).map_err(|error| named(&error))?;
            TlsConfig::with_roots_pem(&pem).map_err(|error| named(&error))
        });
        Ok(self.configured().tls(tls.transpose()?))
    }

    fn configured(&self) -> Config {
        let config = Config::default().connect_timeout(self.timeout);
        if self.keepalive.is_zero() { config } else { config.keepalive(Keepalive::new(self.keepalive, PONG)) }
    }

    pub(crate) fn connect(&self, url: &str) -> ConnectOptions {
        let mut options = ConnectOptions::new(url);
        for (name, value) in &self.header {
            options = options.header(name, value.as_str());
        }
        for (key, value) in &self.data {
            options = options.data(key, value.as_str());
        }
        self.protocol.iter().fold(options, |options, name| options.protocol(name.as_str()))
    }
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write it as 'Name: value'")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn member(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as key=value")?;
    Ok((key.to_owned(), value.to_owned()))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "not a number of seconds")?;
    Duration::try_from_secs_f64(number).map_err(|error| error.to_string())
}
