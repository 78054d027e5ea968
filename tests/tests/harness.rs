//! The harness as a process, with every adapter: the same commands give the same lines.

// Each module is named as its adapter is; the cases ask for their module's name.
#[path = "harness/cases.rs"]
mod mio;
#[expect(clippy::duplicate_mod, reason = "the same cases, with another adapter")]
#[path = "harness/cases.rs"]
mod smol;
