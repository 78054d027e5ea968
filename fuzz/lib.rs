//! The bodies of the targets. They belong to the tests, which run them on the corpus with a stable compiler;
//! included by path, they come without what else the tests depend on.
#![forbid(unsafe_code)]

#[path = "../tests/src/fuzz/mod.rs"]
pub mod fuzz;
