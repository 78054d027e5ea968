//! End-to-end tests of connect-socket: real peers, the scenarios that every adapter must pass, and the harness.
#![forbid(unsafe_code)]

pub mod certs;
pub mod client;
pub mod peers;
pub mod scenarios;
pub mod stage;
