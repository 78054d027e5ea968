//! Tests.

pub mod fuzz;
