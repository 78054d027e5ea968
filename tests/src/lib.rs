//! What the end-to-end tests of connectSocket are made of.

pub mod fuzz;
pub mod generated;

/// README's programs are compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
