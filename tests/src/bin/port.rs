//! Runs a port's replay of the vectors and judges what it prints: every case has one result, and what fails is
//! known to fail.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use clap::Parser;
use connect_socket_tests::results::{CaseFile, Counts, Known, Report};
use connect_socket_tests::vectors::FOLDER;

#[derive(Parser)]
#[command(about)]
struct Arguments {
    /// A file with a JSON object from ids of known failures (`*` stands for any text) to the reasons.
    #[arg(long)]
    known_failures: Option<PathBuf>,
    /// The replay, with its arguments.
    #[arg(required = true, trailing_var_arg = true)]
    command: Vec<String>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(report) if report.errors.is_empty() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(words) => {
            eprintln!("port: {words}");
            ExitCode::from(2)
        }
    }
}

/// An error is a command line that makes no sense.
fn run(arguments: &Arguments) -> Result<Report, String> {
    let known = arguments.known_failures.as_deref().map(Known::from_file).transpose()?.unwrap_or_default();
    let files = CaseFile::all_in(Path::new(FOLDER)).map_err(|error| format!("{FOLDER}: {error}"))?;
    let [program, rest @ ..] = &arguments.command[..] else { return Err("no command".to_owned()) };
    let began = Instant::now();
    let output = Command::new(program)
        .args(rest)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("{program}: {error}"))?;
    let took = began.elapsed().as_secs_f64();
    let failure = (!output.status.success()).then(|| output.status.to_string());
    let report = Report::new(&files, &String::from_utf8_lossy(&output.stdout), failure, &known);
    for error in &report.errors {
        eprintln!("{error}");
    }
    for (path, counts) in &report.counts {
        println!("{path:<24} {counts}");
    }
    let all: Counts = report.counts.iter().map(|(_, counts)| *counts).sum();
    println!("{:<24} {all}, in {took:.2} s; {} errors", "all", report.errors.len());
    Ok(report)
}
