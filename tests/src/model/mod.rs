//! The reference model: the table of the lifecycle with the little that a session adds to it, and the proof
//! that what it says holds everywhere.
//!
//! [`Ledger`] is the little: it knows calls and connections by their numbers, and so turns a row into what a user is
//! told. The proof has three parts, each given the table as a function so that it can be given a wrong one:
//!
//! - [`walk`] takes every event in every world of one connection after the other, with a book of what is
//!   settled, told, queued and armed. Signals come whenever they can come at all, as often as they like, so
//!   whatever order a network may choose is among them.
//! - [`compose`] has three connections by their numbers, over networks that are late, repeat themselves and
//!   know no order, and a judge who hears only what a Mini Program hears.
//! - [`Contract`] is the table a second time, written by hand.

mod book;
mod checks;
mod composition;
mod contract;
mod explore;
mod judge;
mod ledger;
mod lifecycle;
mod rules;
mod world;

pub use checks::{Breach, Check};
pub use composition::{BOUNDS, Bounds, Composed, compose};
pub use contract::Contract;
pub use ledger::{Input, Ledger, Told, Turn};
pub use lifecycle::{Walked, beginnings, walk};
pub use rules::{Row, Rules, real};
