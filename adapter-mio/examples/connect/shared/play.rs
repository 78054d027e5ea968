//! From the command line to a program that is under way, and to its exit status.

use std::io::{self, BufRead, ErrorKind, stdin};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use super::client::Client;
use super::json::Json;
use super::options::{NAME, Options, USAGE};
use super::show::{Show, View};
use super::table::Table;
use super::tour::Tour;
use super::{Input, Program, server};

/// How many inputs are taken at a time.
pub(crate) const BATCH: usize = 16;

/// How long the server may take to end the stream once everything has been reported.
pub(crate) const FAREWELL: Duration = Duration::from_millis(500);

/// Reads the command line, runs what it asks for, and says how that ended.
pub(crate) fn main(run: impl FnOnce(&Options) -> io::Result<u8>) -> ExitCode {
    let options = match Options::read() {
        Ok(options) => options,
        Err(status) => return ExitCode::from(status),
    };
    // What RUST_LOG selects is shown in addition to the output.
    #[cfg(feature = "tracing")]
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(io::stderr)
        .init();
    match run(&options) {
        Ok(status) => ExitCode::from(status),
        // The reader of our output has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{NAME}: {error}");
            ExitCode::from(if error.kind() == ErrorKind::InvalidInput { USAGE } else { 1 })
        }
    }
}

/// The program that the command line asks for, and how it is shown. Its input goes to `tell`.
pub(crate) fn start(
    options: &Options,
    tell: impl Fn(Input) + Clone + Send + 'static,
) -> io::Result<(Box<dyn Program>, Show)> {
    let json = options.json.then(|| Box::new(Json) as Box<dyn View>);
    if let Some(url) = &options.url {
        let wait = (!options.listen).then_some(options.wait);
        let client = Client::new(options.connect(url), url.clone(), options.binary, wait);
        let view = json.unwrap_or_else(|| Box::new(Table::beside_messages(options.quiet)));
        end_with_ctrl_c(tell.clone())?;
        thread::spawn(move || read_lines(&tell));
        Ok((Box::new(client), Show::new(view)))
    } else {
        let tour = Tour::new(&server::start(2, tell)?);
        let view = match json {
            Some(json) => json,
            None => Box::new(Table::of_everything()?),
        };
        Ok((Box::new(tour), Show::new(view)))
    }
}

/// Passes on at most this much of the input that is there, and returns how much it was.
pub(crate) fn take(
    inputs: impl Iterator<Item = Input>,
    most: usize,
    program: &mut dyn Program,
    show: &mut Show,
) -> io::Result<usize> {
    let mut taken = 0;
    for input in inputs.take(most) {
        show.input(&input)?;
        program.input(input);
        taken += 1;
    }
    Ok(taken)
}

/// The first Ctrl-C is an input, so that the connection is closed. The second ends the process, with the status that
/// shells give to an interrupted program.
fn end_with_ctrl_c(tell: impl Fn(Input) + Clone + Send + 'static) -> io::Result<()> {
    const INTERRUPTED: i32 = 130;
    let mut tell = Some(tell);
    let handle = move || match tell.take() {
        Some(tell) => tell(Input::Interrupt),
        None => std::process::exit(INTERRUPTED),
    };
    ctrlc::set_handler(handle).map_err(io::Error::other)
}

fn read_lines(tell: &impl Fn(Input)) {
    let mut input = stdin().lock();
    loop {
        let mut line = Vec::new();
        match input.read_until(b'\n', &mut line) {
            // An input error counts as the end of the input.
            Ok(0) | Err(_) => break,
            Ok(_) => {
                line.pop_if(|last| *last == b'\n');
                line.pop_if(|last| *last == b'\r');
                tell(Input::Line(line));
            }
        }
    }
    tell(Input::End);
}
