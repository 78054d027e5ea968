//! The second statement of the rules: every row of the table written by hand (`contract.txt`), and compared.
//!
//! Nothing in it comes from the code, so it is wrong in another way if it is wrong; and it covers what no
//! invariant tells, such as which failure has which code.

use connect_socket_core::lifecycle::{Origin, State, Trigger};

use super::checks::{Breach, Check};
use super::rules::{Row, Rules};

const LINES: &str = include_str!("contract.txt");

/// The lines, read.
#[derive(Debug)]
pub struct Contract(Vec<Line>);

#[derive(Debug)]
struct Line {
    settings: Vec<&'static str>,
    phases: Vec<&'static str>,
    events: Vec<&'static str>,
    effects: &'static str,
    next: &'static str,
    ended: &'static str,
}

impl Line {
    fn read(line: &'static str) -> Self {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [settings, phases, events, effects, next, ended] = cells[..] else {
            panic!("six cells: {line}");
        };
        let list = |cell: &'static str| cell.split(',').map(str::trim).collect();
        Self {
            settings: settings.split(' ').collect(),
            phases: list(phases),
            events: list(events),
            effects: if effects == "-" { "" } else { effects },
            next,
            ended,
        }
    }

    fn covers(&self, state: State, trigger: Trigger) -> bool {
        let set = |&it: &&str| it == "*" || it == state.settle.name() || it == state.on_existing.name();
        let is_late = matches!(trigger, Trigger::Signal(Origin::Stale, _));
        self.settings.iter().all(set)
            && self.phases.iter().any(|&it| it == "*" || it == state.phase.name())
            && self.events.iter().any(|&it| it == trigger.name() || (is_late && it == "stale-*"))
    }

    fn differs(&self, state: State, row: &Row) -> Option<String> {
        let effects: Vec<String> = row.effects.iter().map(ToString::to_string).collect();
        let next = if self.next == "same" { state.phase.name() } else { self.next };
        if effects.join("; ") != self.effects {
            Some(format!("by hand: {}; it does: {}", self.effects, effects.join("; ")))
        } else if row.next.phase.name() != next || row.next != state.in_phase(row.next.phase) {
            Some(format!("by hand it is {next} behind it, and not {}", row.next))
        } else if row.ended.map_or("-", |ended| ended.name()) != self.ended {
            Some(format!("by hand the old connection ends {}, and not {:?}", self.ended, row.ended))
        } else {
            None
        }
    }
}

impl Contract {
    /// Reads the lines. A line that covers nothing is a mistake in them, and so are two for one row.
    pub fn read() -> Self {
        let lines = LINES.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self(lines.map(Line::read).collect())
    }

    /// How many lines there are.
    pub fn lines(&self) -> usize {
        self.0.len()
    }

    /// Whether the row is as its line says.
    pub fn check(&self, rules: Rules<'_>, state: State, trigger: Trigger) -> Result<(), Breach> {
        let breach = |what: &str| Breach::new(Check::Contract, format!("{trigger} in {state}: {what}"));
        let mut covering = self.0.iter().filter(|line| line.covers(state, trigger));
        let line = covering.next().ok_or_else(|| breach("no line"))?;
        if covering.next().is_some() {
            return Err(breach("two lines"));
        }
        line.differs(state, &rules(state, trigger)).map_or(Ok(()), |what| Err(breach(&what)))
    }

    /// Compares every row, and sees to it that every line covers one and names events that exist; how many
    /// rows were compared.
    pub fn check_all(&self, rules: Rules<'_>) -> Result<usize, Breach> {
        let mut compared = 0;
        for state in State::ALL {
            for trigger in Trigger::ALL {
                self.check(rules, state, trigger)?;
                compared += 1;
            }
        }
        let exists =
            |name: &str| name == "stale-*" || Trigger::ALL.iter().any(|trigger| trigger.name() == name);
        let covers = |line: &Line| {
            State::ALL
                .into_iter()
                .any(|state| Trigger::ALL.into_iter().any(|trigger| line.covers(state, trigger)))
        };
        match self.0.iter().find(|line| !covers(line) || !line.events.iter().all(|name| exists(name))) {
            Some(line) => Err(Breach::new(Check::Contract, format!("an idle line: {line:?}"))),
            None => Ok(compared),
        }
    }
}
