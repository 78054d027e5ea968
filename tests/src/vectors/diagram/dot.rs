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
    _ = writeln!(text, "  label=\"{}\\l\"\n}}", diagram.notes.join("\\l"));
    text
}

/// Lines that are set to the left.
fn lines(labels: &[Label]) -> String {
    labels.iter().fold(String::new(), |text, Label { events, effect }| text + events + ": " + effect + "\\l")
}
