//! Plays the committed vectors against the real code, and prints how much there is of them and of what is proven
//! about the table. Exit 1 if anything is not as they say.

use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use connect_socket_core::lifecycle::{State, Trigger, table};
use connect_socket_tests::model::{BOUNDS, Breach, Check, Contract, beginnings, compose, real, walk};
use connect_socket_tests::replay::SUITES;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    size();
    let differences = replay()?;
    if let Err(breach) = prove() {
        println!("\n{breach}");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::from(u8::from(differences > 0)))
}

fn size() {
    let moving = table().filter(|(state, _, step)| step.next != *state).count();
    let ending = table().filter(|(_, _, step)| step.ended.is_some()).count();
    let silent = table().filter(|(state, _, step)| step.next == *state && step.effects.is_empty()).count();
    println!("The table: {} states, {} events, {} rows", State::ALL.len(), Trigger::ALL.len(), table().len());
    println!("  {moving} change the phase, {ending} end a connection, {silent} do nothing");
}

/// Plays every file; how many cases are not as they say.
fn replay() -> std::io::Result<usize> {
    println!("\n{:<24} {:>8} {:>8} {:>10} {:>12}", "replayed", "cases", "steps", "time", "differences");
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
    Ok(differences)
}

fn line(file: &str, cases: usize, steps: usize, time: Duration, differences: usize) {
    println!("{file:<24} {cases:>8} {steps:>8} {:>7} ms {differences:>12}", time.as_millis());
}

fn prove() -> Result<(), Breach> {
    let begun = Instant::now();
    println!("\nThe lifecycle: {}", walk(&real, beginnings())?);
    let contract = Contract::read();
    println!("By hand: {} rows in {} lines", contract.check_all(&real)?, contract.lines());
    let composed = compose(&real, beginnings(), BOUNDS)?;
    println!(
        "Composed: {composed}; {} connections, {} reports in flight, {} sends waiting",
        BOUNDS.connections, BOUNDS.in_flight, BOUNDS.sends
    );
    println!("{} checks hold, after {} ms:", Check::ALL.len(), begun.elapsed().as_millis());
    println!("  {}", Check::ALL.map(Check::name).join("; "));
    Ok(())
}
