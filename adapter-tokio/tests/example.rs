//! The `tokio-connect` example as its users see it, by the tests of the one on mio.

#[path = "../../adapter-mio/tests/example.rs"]
mod example;
