//! `table.dot`: the same for Graphviz.

use std::fmt::Write;

use super::{Diagram, Label};

/// The text of the file.
pub fn dot() -> String {
    let diagram = Diagram::new();
    let mut text = String::from(
        "digraph lifecycle {\n  node [shape=box, style=rounded, fontname=\"sans-serif\"]\n  \
         edge [fontname=\"sans-serif\", fontsize=10]\n",
    );
    for (phase, labels) in &diagram.inside {
        _ = writeln!(text, "  {phase} [label=\"{phase}\\n{}\"]", lines(labels));
    }
    for arrow in &diagram.arrows {
        let ended = arrow.ended.map(|ended| format!("({ended})\\l")).unwrap_or_default();
        _ = writeln!(text, "  {} -> {} [label=\"{}{ended}\"]", arrow.from, arrow.to, lines(&arrow.labels));
    }
    let notes: String = diagram.notes.iter().map(|note| format!("{note}\\l")).collect();
    _ = writeln!(text, "  label=\"{notes}\"\n}}");
    text
}

/// Lines that are set to the left.
fn lines(labels: &[Label]) -> String {
    labels.iter().map(|Label { events, effect }| format!("{events}: {effect}\\l")).collect()
}
