//! connectSocket beside its peers and beside what the machine can do at most, measured in one run.
#![forbid(unsafe_code)]

mod build_cost;
mod charts;
mod codec;
mod deflate;
mod loopback;
mod machine;
mod measure;
mod report;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};

use measure::Case;
use report::Report;

/// Measures connectSocket, its peers and the limits of the machine in turns, and prints tables in Markdown.
#[derive(Parser)]
struct Options {
    /// Only the rows whose names contain this; the name of a row begins with that of its group.
    #[arg(long, value_name = "WORD")]
    group: Option<String>,
    /// Only the contenders whose names contain this: to look at one with a profiler. Ratios are missing then.
    #[arg(long, value_name = "WORD")]
    contender: Option<String>,
    /// How often each contender of a row is measured; without it, as often as the row needs.
    #[arg(long, value_name = "N")]
    rounds: Option<usize>,
    /// Few and short rounds: to see that it works, not how fast it is.
    #[arg(long)]
    quick: bool,
    /// Over loopback, put the server on a core of its own.
    #[arg(long)]
    apart: bool,
    /// Measure compression, and nothing else.
    #[arg(long)]
    compression: bool,
    /// Also build ours and the peers from nothing, which takes minutes.
    #[arg(long)]
    build_cost: bool,
    /// Keep what was measured in this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draw one SVG per group into this folder.
    #[arg(long, value_name = "FOLDER")]
    charts: Option<PathBuf>,
    /// Measure nothing: take what was kept in this file. Given more than once, the rows of all.
    #[arg(long, value_name = "FILE")]
    from: Vec<PathBuf>,
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(loopback::ARGUMENT) {
        let apart = std::env::args().nth(2).as_deref() == Some(loopback::APART);
        return match loopback::serve(apart) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("the server: {error}");
                ExitCode::FAILURE
            }
        };
    }
    let options = Options::parse();
    if options.apart {
        loopback::put_server_apart();
    }
    if options.compression {
        deflate::print();
        return ExitCode::SUCCESS;
    }
    match run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("a contender did not do what is measured; see above");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every contender did what is measured.
fn run(options: &Options) -> Result<bool, String> {
    let report = if options.from.is_empty() { measured(options) } else { kept(options)? };
    print!("{}", report.tables());
    if let Some(path) = &options.json {
        report.write(path)?;
    }
    if let Some(folder) = &options.charts {
        charts::draw(&report, folder)?;
    }
    Ok(report.sound())
}

/// All rows, or those that were asked for.
fn measured(options: &Options) -> Report {
    let wanted =
        |case: &Case| options.group.as_ref().is_none_or(|word| case.full_name().contains(word.as_str()));
    let builds = if options.build_cost { build_cost::rows() } else { Vec::new() };
    let cases: Vec<Case> = codec::rows()
        .into_iter()
        .chain(loopback::rows())
        .chain(builds)
        .filter(wanted)
        .map(|case| match &options.contender {
            Some(word) => case.only(word),
            None => case,
        })
        .collect();

    let style = ProgressStyle::with_template("{bar:30} {pos}/{len}, {eta} left: {msg}");
    let progress = ProgressBar::new(cases.len() as u64).with_style(style.expect("a template"));
    let mut report =
        Report { date: machine::date(), machine: machine::name(), command: command(), rows: Vec::new() };
    for case in cases {
        report.rows.push(case.measure(options.rounds, options.quick, &progress));
        progress.inc(1);
    }
    progress.finish_and_clear();
    report
}

/// The rows of all files; date, machine and command of the first.
fn kept(options: &Options) -> Result<Report, String> {
    let mut reports = options.from.iter().map(|path| Report::read(path));
    let mut report = reports.next().unwrap_or(Err("no file".to_owned()))?;
    for next in reports {
        report.rows.extend(next?.rows);
    }
    if let Some(word) = &options.group {
        report.rows.retain(|row| row.full_name().contains(word.as_str()));
    }
    Ok(report)
}

/// What somebody types who wants the same.
fn command() -> String {
    let mut words = vec!["cargo run --release --manifest-path tests/bench/Cargo.toml".to_owned()];
    let given: Vec<String> = std::env::args().skip(1).collect();
    if !given.is_empty() {
        words.push(format!("-- {}", given.join(" ")));
    }
    words.join(" ")
}
