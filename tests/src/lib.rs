//! What the tests of connectSocket are made of, and where a test goes. The first of these rooms that can show a rule is
//! the one for it, so that there is one place for, say, a test of keepalive:
//!
//! 1. **Table**: what the lifecycle does, without bytes and times, is a row. Rows are written by hand in [`model`], and what
//!    holds of all of them is proved there (`tests/model.rs`). That a pong which does not come ends a connection is a row.
//! 2. **Session in memory**: what a session does with bytes, times and misuse, through core's public API, with a host that
//!    does what the test says. One case at a time: `core/tests`, a file for each subject (`keepalive.rs`: when pings go out,
//!    and what ends the wait), on the host in `core/tests/memory`; many sessions in one loop in `core/tests/hub`, and in tasks
//!    in `core/tests/tasks`. Whatever happens in whatever order: [`fuzz`] and `tests/machine`, on the hosts and servers in
//!    [`memory`].
//! 3. **Contract**: what a Mini Program sees, whoever implements it. [`scenarios`] (`keepalive.rs`: a server that is silent is
//!    given up) are played through every adapter, and by [`conformance`] through any program that speaks the [`protocol`].
//!    What ports replay without a network is in [`vectors`].
//! 4. **Network**: what depends on the sockets, threads or runtime of one adapter is tested beside that adapter, in its own
//!    `tests`: SIGPIPE, fairness among its tasks, a poll that is shared. Servers for the other rooms are [`peers`].
#![forbid(unsafe_code)]

pub mod certs;
pub mod client;
pub mod conformance;
pub mod fuzz;
pub mod generated;
pub mod memory;
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
