//! The picture that README and core's documentation show.
//!
//! Drawn here: layout-rs, the crate that lays out DOT without Graphviz, sets the labels of this table far from
//! their arrows on a sheet of five thousand pixels, and Graphviz itself is not to be asked of whoever runs
//! the tests. The lifecycle has a shape that needs no layout: the states are a column, what leads on goes down,
//! what ends goes by the left to idle, and what replaces goes by the right to connecting. An arrow that is none
//! of these is a new shape, and the generator says so.

use connect_socket_core::lifecycle::{Ended, Phase};

use super::canvas::{Anchor, Canvas, LINE, Text, wrapped};
use super::{Arrow, Diagram, Label};

/// The sheet, its margin, and the column of states in it.
const WIDTH: usize = 1080;
const MARGIN: usize = 24;
const COLUMN: (usize, usize) = (380, 700);
/// Where what ends and what replaces runs up.
const RAILS: (usize, usize) = (MARGIN + 12, WIDTH - MARGIN - 12);

const PADDING: usize = 14;
/// Between two arrows on one side.
const SPACE: usize = 16;

/// The text of the file. It has no empty line, so that Markdown takes it as one piece of HTML.
pub fn svg() -> String {
    let diagram = Diagram::new();
    let mut canvas = Canvas::new(WIDTH);
    let mut top = MARGIN;
    let mut rails = Rails::default();
    for (phase, inside) in &diagram.inside {
        let sides = Sides::of(&diagram, *phase);
        let bottom = top + sides.height(inside);
        state(&mut canvas, *phase, inside, (top, bottom));
        rails.attach(&mut canvas, *phase, &sides, (top, bottom));
        top = match sides.down {
            Some(arrow) => down(&mut canvas, arrow, bottom),
            None => bottom,
        };
    }
    rails.draw(&mut canvas);
    let height = notes(&mut canvas, &diagram.notes, top + 2 * SPACE);
    canvas.finish(height + MARGIN)
}

/// The arrows of a state, by the side on which they leave.
struct Sides<'a> {
    down: Option<&'a Arrow>,
    left: Vec<&'a Arrow>,
    right: Vec<&'a Arrow>,
}

impl<'a> Sides<'a> {
    fn of(diagram: &'a Diagram, phase: Phase) -> Self {
        let mut sides = Self { down: None, left: Vec::new(), right: Vec::new() };
        for arrow in diagram.arrows.iter().filter(|arrow| arrow.from == phase) {
            match (arrow.ended, arrow.to) {
                (None, to) if to as usize == phase as usize + 1 && sides.down.is_none() => {
                    sides.down = Some(arrow);
                }
                (Some(Ended::Failed | Ended::Closed), Phase::Idle) => sides.left.push(arrow),
                (Some(Ended::Replaced), Phase::Connecting) => sides.right.push(arrow),
                (ended, to) => panic!("the drawing has no place for {phase} to {to}, {ended:?}"),
            }
        }
        sides
    }

    fn height(&self, inside: &[Label]) -> usize {
        let inside: usize = inside.iter().map(|label| entry(label, INSIDE).len() * LINE).sum();
        let beside =
            |arrows: &[&Arrow]| arrows.iter().map(|arrow| block(arrow).len() * LINE + SPACE).sum::<usize>();
        // One line for the arrow that comes in.
        (inside + 2 * LINE).max(beside(&self.left) + LINE).max(beside(&self.right) + LINE) + 2 * PADDING
    }
}

/// How many letters fit into a state, and beside one.
const INSIDE: usize = 44;
const BESIDE: usize = 47;

fn state(canvas: &mut Canvas, phase: Phase, inside: &[Label], (top, bottom): (usize, usize)) {
    canvas.state(COLUMN, (top, bottom));
    let (left, right) = COLUMN;
    let mut y = top + PADDING + LINE / 2;
    canvas.text(usize::midpoint(left, right), y, Anchor::Middle, Text::Name, phase.name());
    y += LINE / 2;
    for label in inside {
        for (text, line) in entry(label, INSIDE) {
            y += LINE;
            canvas.text(left + PADDING, y, Anchor::Start, text, &line);
        }
    }
}

/// What happens within a state: the events and what they do, in one line where it fits.
fn entry(label: &Label, most: usize) -> Vec<(Text, String)> {
    let both = format!("{}: {}", label.events, label.effect);
    if both.chars().count() <= most {
        return vec![(Text::Event, both)];
    }
    let events = wrapped(&label.events, most).into_iter().map(|line| (Text::Event, line));
    events.chain(wrapped(&label.effect, most).into_iter().map(|line| (Text::Effect, line))).collect()
}

/// What stands at an arrow.
fn block(arrow: &Arrow) -> Vec<(Text, String)> {
    let mut lines = Vec::new();
    for label in &arrow.labels {
        lines.extend(wrapped(&label.events, BESIDE).into_iter().map(|line| (Text::Event, line)));
        lines.extend(wrapped(&label.effect, BESIDE).into_iter().map(|line| (Text::Effect, line)));
    }
    lines.extend(arrow.ended.map(|ended| match ended {
        Ended::Failed => (Text::Failed, "the connection has failed".to_owned()),
        Ended::Closed => (Text::Closed, "the connection is closed".to_owned()),
        Ended::Replaced => (Text::Replaced, "the connection is replaced".to_owned()),
    }));
    lines
}

/// The arrow to the next state; where that begins.
fn down(canvas: &mut Canvas, arrow: &Arrow, top: usize) -> usize {
    let lines = block(arrow);
    let x = usize::midpoint(COLUMN.0, COLUMN.1);
    let bottom = top + lines.len() * LINE + 2 * PADDING + LINE / 2;
    canvas.arrow(&[(x, top), (x, bottom)]);
    for (nth, (text, line)) in lines.iter().enumerate() {
        canvas.text(x + PADDING, top + PADDING + (nth + 1) * LINE, Anchor::Start, *text, line);
    }
    bottom
}

/// The ways that several arrows share.
#[derive(Default)]
struct Rails {
    /// From where arrows come, and where they end: at idle.
    left: (usize, usize),
    /// The same on the right: at connecting.
    right: (usize, usize),
}

impl Rails {
    fn attach(&mut self, canvas: &mut Canvas, phase: Phase, sides: &Sides<'_>, (top, _): (usize, usize)) {
        let enters = top + PADDING;
        match phase {
            Phase::Idle => self.left = (enters, enters),
            Phase::Connecting => self.right = (enters, enters),
            Phase::Open | Phase::Closing => {}
        }
        let mut y = enters;
        for arrow in &sides.left {
            y = lines(canvas, arrow, y, RAILS.0 + PADDING);
            canvas.line(&[(COLUMN.0, y), (RAILS.0, y)]);
            self.left.0 = y;
            y += SPACE / 2;
        }
        y = enters;
        for arrow in &sides.right {
            y = lines(canvas, arrow, y + SPACE / 2, COLUMN.1 + PADDING);
            canvas.line(&[(COLUMN.1, y), (RAILS.1, y)]);
            self.right.0 = y;
            y += SPACE / 2;
        }
    }

    fn draw(&self, canvas: &mut Canvas) {
        let (from, to) = self.left;
        canvas.arrow(&[(RAILS.0, from), (RAILS.0, to), (COLUMN.0, to)]);
        let (from, to) = self.right;
        canvas.arrow(&[(RAILS.1, from), (RAILS.1, to), (COLUMN.1, to)]);
    }
}

/// The lines of an arrow; where the arrow itself is, right below them.
fn lines(canvas: &mut Canvas, arrow: &Arrow, mut y: usize, x: usize) -> usize {
    for (text, line) in block(arrow) {
        y += LINE;
        canvas.text(x, y, Anchor::Start, text, &line);
    }
    y + SPACE / 2
}

fn notes(canvas: &mut Canvas, notes: &[String], mut y: usize) -> usize {
    for note in notes {
        canvas.text(RAILS.0, y, Anchor::Start, Text::Effect, note);
        y += LINE;
    }
    y - LINE
}
