//! `table.mmd`: a Mermaid state diagram, which forges and editors draw.

use std::fmt::Write;

use super::{Arrow, Diagram, Label};

/// The text of the file.
pub fn mermaid() -> String {
    let diagram = Diagram::new();
    let mut text = String::from("stateDiagram-v2\n    [*] --> idle\n");
    for arrow in &diagram.arrows {
        _ = writeln!(text, "    {} --> {}: {}", arrow.from, arrow.to, label(arrow));
    }
    for (phase, labels) in &diagram.inside {
        let lines: Vec<String> = labels.iter().map(line).collect();
        _ = writeln!(text, "    note right of {phase}\n        {}\n    end note", lines.join("<br/>"));
    }
    for note in &diagram.notes {
        _ = writeln!(text, "    %% {note}");
    }
    text
}

fn label(arrow: &Arrow) -> String {
    let mut lines: Vec<String> = arrow.labels.iter().map(line).collect();
    lines.extend(arrow.ended.map(|ended| format!("({ended})")));
    lines.join("<br/>")
}

/// A colon ends what comes before a label, so there is none within.
fn line(label: &Label) -> String {
    format!("{} → {}", label.events, label.effect)
}
