//! What was measured, what it is compared with, and whether it reaches its mark; kept as JSON, so that tables and
//! charts can be made again without measuring.

use std::fmt::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// One run.
#[derive(Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) date: String,
    pub(crate) machine: String,
    pub(crate) command: String,
    pub(crate) rows: Vec<Row>,
}

/// What all contenders were measured doing.
#[derive(Serialize, Deserialize)]
pub(crate) struct Row {
    /// The rows of a group share a table and a chart.
    pub(crate) group: String,
    pub(crate) name: String,
    /// Of the samples. Less is better.
    pub(crate) unit: String,
    pub(crate) bars: Vec<Bar>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) notes: Vec<String>,
    /// Contenders that did not do what is measured.
    pub(crate) failures: Vec<String>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) role: Role,
    /// One of each round.
    pub(crate) samples: Vec<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Role {
    Ours,
    Peer,
    /// What nobody can be faster than who does it this way.
    Limit,
}

/// What our first entry of a row must reach.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Bar {
    /// The fastest peer's figure divided by ours is at least this.
    Peers(f64),
    /// The named peer's figure divided by ours is at least this.
    Peer(String, f64),
    /// Ours divided by the named limit's is at most this.
    Limit(String, f64),
    /// Our figure is at most this.
    AtMost(f64),
}

/// Medians of what was found in each round, and between which values the middle half lies.
#[derive(Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

impl Spread {
    /// Of at least one value.
    pub(crate) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |quarter: usize| values.get((values.len() - 1) * quarter / 4).copied().unwrap_or(f64::NAN);
        Self { low: at(1), median: at(2), high: at(3) }
    }
}

impl Entry {
    pub(crate) fn median(&self) -> f64 {
        Spread::of(self.samples.clone()).median
    }
}

impl Row {
    pub(crate) fn new(group: &str, name: String, unit: &str) -> Self {
        Self {
            group: group.to_owned(),
            name,
            unit: unit.to_owned(),
            bars: Vec::new(),
            entries: Vec::new(),
            notes: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// Its name with that of its group, as the table of all rows has it.
    pub(crate) fn full_name(&self) -> String {
        format!("{}, {}", self.group, self.name)
    }

    pub(crate) fn ours(&self) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.role == Role::Ours)
    }

    pub(crate) fn fastest_peer(&self) -> Option<&Entry> {
        self.entries
            .iter()
            .filter(|entry| entry.role == Role::Peer)
            .min_by(|one, other| one.median().total_cmp(&other.median()))
    }

    pub(crate) fn named(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// What a bar asks and what was reached, in words, and whether that suffices.
    pub(crate) fn verdict(&self, bar: &Bar) -> Option<Verdict> {
        let ours = self.ours()?;
        let (asked, reached, met) = match bar {
            Bar::Peers(least) => {
                let reached = ratio(self.fastest_peer()?, ours);
                (format!("≥ {least} ×"), reached, reached.median >= *least)
            }
            Bar::Peer(name, least) => {
                let reached = ratio(self.named(name)?, ours);
                (format!("≥ {least} × {name}"), reached, reached.median >= *least)
            }
            Bar::Limit(name, most) => {
                let reached = ratio(ours, self.named(name)?);
                (format!("≤ {most} of {name}"), reached, reached.median <= *most)
            }
            Bar::AtMost(most) => {
                let reached = Spread::of(ours.samples.clone());
                (format!("≤ {} {}", figure(*most), self.unit), reached, reached.median <= *most)
            }
        };
        Some(Verdict { asked, reached, met })
    }
}

pub(crate) struct Verdict {
    pub(crate) asked: String,
    pub(crate) reached: Spread,
    pub(crate) met: bool,
}

/// One entry's figures divided by another's, round by round.
pub(crate) fn ratio(of: &Entry, to: &Entry) -> Spread {
    Spread::of(of.samples.iter().zip(&to.samples).map(|(of, to)| of / to).collect())
}

/// Three digits that count, or a whole number.
pub(crate) fn figure(value: f64) -> String {
    match value.abs() {
        whole if whole < 1000.0 && whole.fract() == 0.0 => format!("{value:.0}"),
        small if small < 10.0 => format!("{value:.2}"),
        middle if middle < 100.0 => format!("{value:.1}"),
        _ => {
            let digits = format!("{value:.0}");
            let mut grouped = String::new();
            for (at, digit) in digits.chars().enumerate() {
                if at > 0 && (digits.len() - at).is_multiple_of(3) && grouped != "-" {
                    grouped.push(',');
                }
                grouped.push(digit);
            }
            grouped
        }
    }
}

impl Report {
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    pub(crate) fn write(&self, path: &Path) -> Result<(), String> {
        let text = serde_json::to_string(self).map_err(|error| error.to_string())?;
        std::fs::write(path, text + "\n").map_err(|error| format!("{}: {error}", path.display()))
    }

    /// The names of the groups, in the order of their rows.
    pub(crate) fn groups(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for row in &self.rows {
            if !names.contains(&row.group.as_str()) {
                names.push(&row.group);
            }
        }
        names
    }

    pub(crate) fn group<'report>(&'report self, name: &'report str) -> impl Iterator<Item = &'report Row> {
        self.rows.iter().filter(move |row| row.group == name)
    }

    /// Whether every contender did what is measured.
    pub(crate) fn sound(&self) -> bool {
        self.rows.iter().all(|row| row.failures.is_empty())
    }

    /// Everything, in Markdown: a table per group, then what had to be reached.
    pub(crate) fn tables(&self) -> String {
        let mut out = String::new();
        for name in self.groups() {
            out += &self.group_table(name);
            out.push('\n');
        }
        out + &self.summary()
    }

    /// Contenders down, rows across.
    fn group_table(&self, name: &str) -> String {
        let rows: Vec<&Row> = self.group(name).collect();
        let mut names: Vec<(Role, &str)> = Vec::new();
        for entry in rows.iter().flat_map(|row| &row.entries) {
            if !names.iter().any(|(_, name)| *name == entry.name) {
                names.push((entry.role, &entry.name));
            }
        }
        let unit = rows.first().map_or("", |row| &row.unit);
        let mut table = vec![vec![unit.to_owned()]];
        table[0].extend(rows.iter().map(|row| row.name.clone()));
        for (role, name) in names {
            let shown = match role {
                Role::Ours => format!("**{name}**"),
                Role::Peer => name.to_owned(),
                Role::Limit => format!("*{name}*"),
            };
            let mut line = vec![shown];
            line.extend(
                rows.iter().map(|row| row.named(name).map_or("–".into(), |entry| figure(entry.median()))),
            );
            table.push(line);
        }
        let mut out = format!("### {name}\n\n{}", markdown(&table));
        for row in rows {
            for note in row.notes.iter().chain(&row.failures) {
                let _ = writeln!(out, "\n{}: {note}", row.name);
            }
        }
        out
    }

    /// A line per bar.
    pub(crate) fn summary(&self) -> String {
        let head = ["row", "ours", "fastest peer", "", "asked", "reached", "middle half", "met"];
        let mut table = vec![head.map(str::to_owned).to_vec()];
        for row in &self.rows {
            for bar in &row.bars {
                let (Some(ours), Some(verdict)) = (row.ours(), row.verdict(bar)) else { continue };
                let peer = row.fastest_peer();
                table.push(vec![
                    row.full_name(),
                    figure(ours.median()),
                    peer.map_or("–".into(), |peer| peer.name.clone()),
                    peer.map_or("–".into(), |peer| figure(peer.median())),
                    verdict.asked,
                    figure(verdict.reached.median),
                    format!("{} – {}", figure(verdict.reached.low), figure(verdict.reached.high)),
                    if verdict.met { "yes" } else { "**no**" }.to_owned(),
                ]);
            }
        }
        markdown(&table)
    }
}

/// A table whose columns are as wide on a terminal as what is in them. The first line is its head.
fn markdown(table: &[Vec<String>]) -> String {
    let columns = table.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        table.iter().map(|line| line.get(column).map_or(0, |cell| cell.chars().count())).max()
    };
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0).max(3)).collect();
    let mut out = String::new();
    for (at, line) in table.iter().enumerate() {
        for (column, width) in widths.iter().enumerate() {
            let cell = line.get(column).map_or("", String::as_str);
            let _ =
                if column == 0 { write!(out, "| {cell:width$} ") } else { write!(out, "| {cell:>width$} ") };
        }
        out += "|\n";
        if at == 0 {
            for (column, width) in widths.iter().enumerate() {
                let dashes = "-".repeat(width + 1);
                let _ = write!(out, "|{dashes}{}", if column == 0 { '-' } else { ':' });
            }
            out += "|\n";
        }
    }
    out
}
