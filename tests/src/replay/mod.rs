//! Replay: the committed vectors, played on this implementation.

pub mod bytes;
