//! What the fuzz targets run, as plain functions of bytes: deterministic, and silent unless a property is
//! violated. The targets in `fuzz/` call them with what libFuzzer makes up, `tests/corpus.rs` with the files
//! that are kept, and `tests/properties.rs` with what proptest makes up.
//!
//! The folder needs nothing but core, without TLS, tungstenite and flate2, so that `fuzz/` can include it by path and
//! build in seconds.

mod frames;
mod inflate;
pub mod oracle;
pub mod session;
pub mod sessions;
mod source;
mod upgrade;
mod wire;

pub use frames::{Got, frames};
pub use inflate::inflate;
pub use upgrade::upgrade;

/// Decodes the bytes into operations on two sessions and plays them; see [`session::Op`].
pub fn session(data: &[u8]) {
    let (settings, ops) = session::decode(data);
    session::play(settings, &ops);
}
