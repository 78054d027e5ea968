//! Two scores of the committed vectors. It changes the table of the lifecycle one entry at a time, and counts which
//! changes the traces notice, and which are noticed by the rules that are checked everywhere. Then it has node put
//! mistakes into the port in JavaScript, one at a time, and counts which of them the vectors notice.
//!
//! Exit 1 if one is missed; 2 if node is not there, as the second score is then unknown.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::process::{Command, ExitCode};
use std::time::Instant;

use connect_socket_tests::model::{Check, Contract};
use connect_socket_tests::mutants::{Hunters, Kind, all, found_by_hand, found_by_rules};
use connect_socket_tests::replay::traces::Sight;

/// How many mutants of a kind were found by what.
#[derive(Clone, Copy, Default)]
struct Score {
    mutants: usize,
    by_traces: usize,
    from_outside: usize,
    by_rules: usize,
    by_hand: usize,
}

/// What puts mistakes into the port.
const PORT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/ports/javascript/mutants.mjs");

fn main() -> std::io::Result<ExitCode> {
    println!("Changes of the table:");
    let missed = table()?;
    println!("\nMistakes in the port in JavaScript:");
    let port = match Command::new("node").arg(PORT).status() {
        Ok(status) => u8::from(!status.success()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("not tried, because node is not there: install it, or run {PORT} where it is");
            2
        }
        Err(error) => return Err(error),
    };
    Ok(ExitCode::from(if missed { 1 } else { port }))
}

/// Whether the traces miss a change of the table.
fn table() -> std::io::Result<bool> {
    let begun = Instant::now();
    let hunters = Hunters::read()?;
    let contract = Contract::read();
    let mut scores: BTreeMap<Kind, Score> = BTreeMap::new();
    let mut checks: BTreeMap<Check, usize> = BTreeMap::new();
    let mut survivors = Vec::new();
    for mutant in all() {
        let score = scores.entry(mutant.kind).or_default();
        score.mutants += 1;
        let caught = hunters.catch(&mutant, Sight::Whole).is_some();
        score.by_traces += usize::from(caught);
        score.from_outside += usize::from(hunters.catch(&mutant, Sight::Outside).is_some());
        let check = found_by_rules(&mutant);
        score.by_rules += usize::from(check.is_some());
        score.by_hand += usize::from(found_by_hand(&contract, &mutant));
        if let Some(check) = check {
            *checks.entry(check).or_default() += 1;
        }
        if !caught {
            survivors.push(mutant);
        }
    }
    print(&scores);
    println!("\nThe rules that find one first:");
    for (check, mutants) in checks {
        println!("  {:<28} {mutants:>6}", check.name());
    }
    println!("\n{} survive the traces, after {:.1} s", survivors.len(), begun.elapsed().as_secs_f32());
    for mutant in &survivors {
        println!("  {mutant}");
    }
    Ok(!survivors.is_empty())
}

fn print(scores: &BTreeMap<Kind, Score>) {
    println!(
        "{:<18} {:>8} {:>10} {:>14} {:>10} {:>10}",
        "changed", "mutants", "by traces", "phase and told", "by rules", "by hand"
    );
    let mut all = Score::default();
    for (kind, score) in scores {
        line(kind.name(), *score);
        all.mutants += score.mutants;
        all.by_traces += score.by_traces;
        all.from_outside += score.from_outside;
        all.by_rules += score.by_rules;
        all.by_hand += score.by_hand;
    }
    line("all", all);
}

fn line(name: &str, score: Score) {
    let Score { mutants, by_traces, from_outside, by_rules, by_hand } = score;
    println!("{name:<18} {mutants:>8} {by_traces:>10} {from_outside:>14} {by_rules:>10} {by_hand:>10}");
}
