//! Do the vectors bite? The table is changed one entry at a time, and the committed traces have to notice.

mod make;

use std::collections::HashMap;
use std::path::Path;
use std::{fs, io};

use connect_socket_core::lifecycle::{Phase, State, Trigger};

pub use make::{Kind, Mutant, all};

use crate::model::{Check, Contract, Ledger, real, walk};
use crate::replay::traces::{Sight, input, replay};
use crate::vectors::shape::{Trace, TraceFile};

/// The files of traces, those first that come by every row.
const FILES: [&str; 2] = ["traces/rows.json", "traces/stories.json"];

/// The committed traces, by the rows that they come by.
pub struct Hunters {
    traces: Vec<Trace>,
    /// By row, the places of the traces that come by it. Up to there a mutant of the row is as the real table.
    by_row: HashMap<(State, Trigger), Vec<usize>>,
}

impl Hunters {
    /// Reads the committed files.
    pub fn read() -> io::Result<Self> {
        let mut hunters = Self { traces: Vec::new(), by_row: HashMap::new() };
        for file in FILES {
            let text = fs::read_to_string(Path::new(crate::vectors::FOLDER).join(file))?;
            let file: TraceFile = serde_json::from_str(&text)?;
            file.traces.into_iter().for_each(|trace| hunters.add(trace));
        }
        Ok(hunters)
    }

    fn add(&mut self, trace: Trace) {
        let place = self.traces.len();
        let settings = State::ALL.into_iter().find(|state| {
            state.phase == Phase::Idle
                && state.settle.name() == trace.settle
                && state.on_existing.name() == trace.on_existing
        });
        let mut ledger = Ledger::new(settings.unwrap_or_default());
        for step in &trace.steps {
            let Some(input) = input(&step.input) else { continue };
            let row = (ledger.state(), ledger.trigger(input));
            let places = self.by_row.entry(row).or_default();
            if places.last() != Some(&place) {
                places.push(place);
            }
            ledger.take(&real, input);
        }
        self.traces.push(trace);
    }

    /// The first trace that tells the mutant from the real table.
    pub fn catch(&self, mutant: &Mutant, sight: Sight) -> Option<&Trace> {
        let places = self.by_row.get(&(mutant.state, mutant.trigger))?;
        let rules = |state, trigger| mutant.rules(state, trigger);
        places.iter().map(|&place| &self.traces[place]).find(|trace| replay(trace, &rules, sight).is_err())
    }
}

/// The check that finds the mutant, with no trace and no line written by hand.
pub fn found_by_rules(mutant: &Mutant) -> Option<Check> {
    let rules = |state, trigger| mutant.rules(state, trigger);
    let from = [mutant.state.in_phase(Phase::Idle)];
    walk(&rules, from.into_iter()).err().map(|breach| breach.check)
}

/// Whether the rows written by hand tell the mutant from the real table.
pub fn found_by_hand(contract: &Contract, mutant: &Mutant) -> bool {
    let rules = |state, trigger| mutant.rules(state, trigger);
    contract.check(&rules, mutant.state, mutant.trigger).is_err()
}
