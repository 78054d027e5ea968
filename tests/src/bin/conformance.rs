//! Plays the project's scenarios against any program that speaks the harness protocol. Results go to standard
//! output, one JSON object a line; a summary for readers goes to standard error.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use connect_socket_tests::conformance::{Entry, entries, play};
use connect_socket_tests::protocol::program::Program;
use connect_socket_tests::results::{Complaint, Counts, Known, Status, judge};

#[derive(Parser)]
#[command(about)]
struct Arguments {
    /// The program with its arguments, quoted as in a shell.
    #[arg(long, required_unless_present = "list")]
    harness: Option<String>,
    /// Plays only cases with this word in their names.
    #[arg(long, default_value = "", hide_default_value = true)]
    only: String,
    /// Only prints the names and rules of the cases.
    #[arg(long)]
    list: bool,
    /// A file with a JSON object from names of known failures (`*` stands for any text) to the reasons.
    #[arg(long)]
    known_failures: Option<PathBuf>,
    /// How many cases run at once; most of them wait most of the time.
    #[arg(long, default_value_t = 8)]
    at_once: usize,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(status) => status,
        Err(words) => {
            eprintln!("conformance: {words}");
            ExitCode::from(2)
        }
    }
}

/// An error is a command line that makes no sense.
fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    let known = arguments.known_failures.as_deref().map(Known::from_file).transpose()?.unwrap_or_default();
    let mut chosen = entries();
    chosen.retain(|entry| entry.id.contains(&arguments.only));
    if chosen.is_empty() {
        return Err(format!("nothing has {:?} in its name", arguments.only));
    }
    let Some(command) = arguments.harness.as_ref().filter(|_| !arguments.list) else {
        for Entry { id, rules, .. } in &chosen {
            println!("{id:<80} {rules}");
        }
        return Ok(ExitCode::SUCCESS);
    };
    let program = Program::from_line(command).ok_or_else(|| format!("{command:?} is no command"))?;
    drop(program.start().map_err(|error| format!("{program}: {error}"))?);
    Ok(play_and_judge(arguments, chosen, &program, &known))
}

fn play_and_judge(arguments: &Arguments, chosen: Vec<Entry>, program: &Program, known: &Known) -> ExitCode {
    // What a scenario panics with is told as its result.
    std::panic::set_hook(Box::new(|_| {}));
    let began = Instant::now();
    let ids: Vec<_> = chosen.iter().map(|entry| entry.id.clone()).collect();
    let mut results = Vec::new();
    for result in play(chosen, program, arguments.at_once.max(1)) {
        println!("{result}");
        results.push(result);
    }
    for result in results.iter().filter(|result| result.status == Status::Unsupported) {
        eprintln!("{} is unsupported: {}", result.id, result.got.as_str().unwrap_or_default());
    }
    let mut complaints = judge(&ids, &results, known);
    if !arguments.only.is_empty() {
        complaints.retain(|complaint| !matches!(complaint, Complaint::Unused(_)));
    }
    for complaint in &complaints {
        eprintln!("{complaint}");
    }
    let counts = Counts::of(&results);
    eprintln!("{program}: {counts}, in {:.1} s", began.elapsed().as_secs_f64());
    if complaints.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
