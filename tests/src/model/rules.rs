//! One row as a value that may be anything, and the table as a function that may be another: what checks and
//! replays are given, so that they can be given a broken one.

use connect_socket_core::lifecycle::{self, Action, Ended, Event, State, Step};

/// What an event does in a state. Unlike [`Step`] it can say what no row of the real table says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    /// The state from here on.
    pub next: State,
    /// How the connection that was current ended, if it did.
    pub ended: Option<Ended>,
    /// What to do, in this order.
    pub actions: Vec<Action>,
}

impl Row {
    /// Whether the row leaves all as it is and tells nothing.
    pub fn does_nothing(&self, state: State) -> bool {
        self.next == state && self.ended.is_none() && self.actions.is_empty()
    }
}

impl From<Step> for Row {
    fn from(step: Step) -> Self {
        Self { next: step.next, ended: step.ended, actions: step.actions.into_iter().collect() }
    }
}

/// A table: the real one, or one with a fault in it.
pub type Rules<'a> = &'a dyn Fn(State, Event) -> Row;

/// The table of the lifecycle.
pub fn real(state: State, event: Event) -> Row {
    lifecycle::step(state, event).into()
}
