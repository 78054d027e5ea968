//! End-to-end tests of connect-socket: real peers, the scenarios that every adapter must pass, and the harness.
#![forbid(unsafe_code)]

pub mod certs;
pub mod peers;
