//! Boxes, lines and texts as SVG, for a light and a dark page alike: the sheet has a colour of its own. No styles
//! and no fonts are asked for beyond what every viewer has.

use std::fmt::Write;

/// From one line of text to the next.
pub(super) const LINE: usize = 18;

/// Where a text stands from its place.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
}

/// What a text is.
#[derive(Clone, Copy)]
pub(super) enum Text {
    /// Of a state.
    Name,
    Event,
    Effect,
    Failed,
    Closed,
    Replaced,
}

impl Text {
    /// Colour, size, weight.
    const fn look(self) -> (&'static str, usize, &'static str) {
        match self {
            Self::Name => ("#0b3d66", 17, "bold"),
            Self::Event => ("#1f2328", 13, "normal"),
            Self::Effect => ("#57606a", 13, "normal"),
            Self::Failed => ("#b3261e", 13, "bold"),
            Self::Closed => ("#0b6b3a", 13, "bold"),
            Self::Replaced => ("#8a5300", 13, "bold"),
        }
    }
}

/// A drawing that grows downwards.
pub(super) struct Canvas {
    width: usize,
    shapes: String,
}

const INK: &str = "#57606a";

impl Canvas {
    pub(super) fn new(width: usize) -> Self {
        Self { width, shapes: String::new() }
    }

    pub(super) fn state(&mut self, (left, right): (usize, usize), (top, bottom): (usize, usize)) {
        let (width, height) = (right - left, bottom - top);
        self.shape(&format!(
            r##"<rect x="{left}" y="{top}" width="{width}" height="{height}" rx="8" fill="#eaf3fb" stroke="#2f6f9f" stroke-width="1.5"/>"##
        ));
    }

    pub(super) fn text(&mut self, x: usize, y: usize, anchor: Anchor, text: Text, words: &str) {
        let (colour, size, weight) = text.look();
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
        };
        let words = words.replace('&', "&amp;").replace('<', "&lt;");
        self.shape(&format!(
            r#"<text x="{x}" y="{y}" font-family="Helvetica, Arial, sans-serif" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" fill="{colour}">{words}</text>"#
        ));
    }

    pub(super) fn line(&mut self, points: &[(usize, usize)]) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
        let points = points.join(" ");
        self.shape(&format!(
            r#"<polyline points="{points}" fill="none" stroke="{INK}" stroke-width="1.5" stroke-linejoin="round"/>"#
        ));
    }

    /// A line with a head at its end, which goes down, right or left.
    pub(super) fn arrow(&mut self, points: &[(usize, usize)]) {
        self.line(points);
        let [.., (from, _), (x, y)] = *points else { return };
        let back = |by: usize| if from < x { x - by } else { x + by };
        let (a, b) =
            if from == x { ((x - 5, y - 9), (x + 5, y - 9)) } else { ((back(9), y - 5), (back(9), y + 5)) };
        let head = format!("{x},{y} {},{} {},{}", a.0, a.1, b.0, b.1);
        self.shape(&format!(r#"<polygon points="{head}" fill="{INK}"/>"#));
    }

    fn shape(&mut self, shape: &str) {
        _ = writeln!(self.shapes, "{shape}");
    }

    /// The whole, this high.
    pub(super) fn finish(self, height: usize) -> String {
        let Self { width, shapes } = self;
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" style="max-width: 100%; height: auto">
<title>The lifecycle of a session</title>
<rect width="{width}" height="{height}" rx="10" fill="#ffffff"/>
{shapes}</svg>
"##
        )
    }
}

/// A text in lines of at most so many letters, broken where there is a blank.
pub(super) fn wrapped(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
