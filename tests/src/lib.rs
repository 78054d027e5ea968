//! What the end-to-end tests of connectSocket are made of.

pub mod generated;

/// README's programs are compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// Those of the crates' own pages too.
#[cfg(doctest)]
#[doc = include_str!("../../core/README.md")]
#[doc = include_str!("../../adapter-mio/README.md")]
pub struct CrateReadmes;
