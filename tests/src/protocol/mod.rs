//! The harness protocol: a session driven by lines of JSON, one object a line. Commands go in, what a Mini Program would
//! see comes out (tests/vectors/README.md says what each means).
//!
//! Both sides are here, over one codec:
//!
//! - `command`, `settings`, `events`: the lines, each written and read in one place; `json` is what lines are made of.
//! - [`harness`]: the side that is driven, over any adapter. The binary `harness` is this with a command line.
//! - [`program`]: the side that drives: a process, started and listened to. [`client`] plays scenarios against it,
//!   [`talk`] compares its lines.

pub mod client;
mod command;
mod events;
pub mod harness;
mod json;
pub mod program;
mod settings;
pub mod talk;

pub(crate) use events::cause_word;

/// The exit status of an implementation that does not have the feature which was asked for.
const MISSING: u8 = 89;
