//! The reference model: the table of the lifecycle with the little that a session adds to it, and the proof
//! that what it says holds everywhere.

mod ledger;
mod rules;

pub use ledger::{Input, Ledger, Told, Turn};
pub use rules::{Row, Rules, real};
