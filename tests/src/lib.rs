//! What the end-to-end tests of connectSocket are made of: real peers, the scenarios that every adapter must
//! pass, and the harness.
#![forbid(unsafe_code)]

pub mod certs;
pub mod client;
pub mod conformance;
pub mod fuzz;
pub mod generated;
pub mod memory_tls;
pub mod model;
pub mod mutants;
pub mod peers;
pub mod protocol;
pub mod replay;
pub mod results;
pub mod scenarios;
pub mod stage;
pub mod vectors;

/// README's programs are compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// Those of the crates' own pages too.
#[cfg(doctest)]
#[doc = include_str!("../../core/README.md")]
#[doc = include_str!("../../adapter-mio/README.md")]
pub struct CrateReadmes;
