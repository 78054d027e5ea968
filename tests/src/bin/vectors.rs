//! Plays the committed vectors against the real code, and prints how much there is of them. Exit 1 if anything
//! is not as they say.

use std::process::ExitCode;
use std::time::Duration;

use connect_socket_core::lifecycle::{Event, State, table};
use connect_socket_tests::replay::SUITES;

fn main() -> std::io::Result<ExitCode> {
    let moving = table().filter(|(state, _, step)| step.next != *state).count();
    let idle = table().filter(|(state, _, step)| step.next == *state && step.actions.is_empty()).count();
    println!(
        "table          {} states, {} events, {} rows",
        State::ALL.len(),
        Event::ALL.len(),
        table().len()
    );
    println!("               {moving} rows change the phase, {idle} do nothing");

    println!("\n{:<24} {:>8} {:>8} {:>10} {:>12}", "file", "cases", "steps", "time", "differences");
    let (mut cases, mut steps, mut time, mut differences) = (0, 0, Duration::ZERO, 0);
    for suite in SUITES {
        let (played, took) = suite.run()?;
        line(suite.file, played.cases, played.steps, took, played.differences.len());
        for difference in &played.differences {
            println!("  {}: {}", difference.id, difference.what);
        }
        cases += played.cases;
        steps += played.steps;
        time += took;
        differences += played.differences.len();
    }
    line("all", cases, steps, time, differences);
    Ok(ExitCode::from(u8::from(differences > 0)))
}

fn line(file: &str, cases: usize, steps: usize, time: Duration, differences: usize) {
    println!("{file:<24} {cases:>8} {steps:>8} {:>7} ms {differences:>12}", time.as_millis());
}
