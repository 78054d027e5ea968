//! One row as a value that may be anything, and the table as a function that may be another: what checks and
//! replays are given, so that they can be given a broken one.

use connect_socket_core::lifecycle::{self, Effect, Ended, State, Step, Trigger};

/// What an event does in a state. Unlike [`Step`] it can say what no row of the real table says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    /// The state from here on.
    pub next: State,
    /// How the connection that was current ended, if it did.
    pub ended: Option<Ended>,
    /// What to do, in this order.
    pub effects: Vec<Effect>,
}

impl Row {
    /// Whether the row leaves all as it is and tells nothing.
    pub fn does_nothing(&self, state: State) -> bool {
        self.next == state && self.ended.is_none() && self.effects.is_empty()
    }
}

impl From<Step> for Row {
    fn from(step: Step) -> Self {
        Self { next: step.next, ended: step.ended, effects: step.effects.into_iter().collect() }
    }
}

/// A table: the real one, or one with a fault in it.
pub type Rules<'a> = &'a dyn Fn(State, Trigger) -> Row;

/// The table of the lifecycle.
pub fn real(state: State, trigger: Trigger) -> Row {
    lifecycle::step(state, trigger).into()
}
