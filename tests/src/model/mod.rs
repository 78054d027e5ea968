//! The reference model: the table of the lifecycle with the little that a session adds to it, and the proof
//! that what it says holds everywhere.

mod book;
mod checks;
mod composition;
mod contract;
mod explore;
mod judge;
mod ledger;
mod lifecycle;
mod rules;

pub use checks::{Breach, Check};
pub use composition::{BOUNDS, Bounds, Composed, compose};
pub use contract::Contract;
pub use ledger::{Input, Ledger, Told, Turn};
pub use lifecycle::{Walked, beginnings, walk};
pub use rules::{Row, Rules, real};
