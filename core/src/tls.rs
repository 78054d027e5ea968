//! TLS for wss: what a session trusts and offers, as a [rustls](https://docs.rs/rustls) configuration. Without the
//! feature `tls`, a wss url fails with code 1 and says so.
//!
//! rustls is the only part of a session that uses more than its arguments. Its crypto provider draws keys, and it asks
//! the system for the date on which certificates must be valid. To change that, use a configuration with your own
//! provider or time source (`ClientConfig::builder_with_details`).

// Everything that names rustls is in this module, so a new version of rustls changes only this place. Without the
// feature, the machine is a type without values, so the session needs no conditional code, and a wss url fails because
// no machine can be made.
#[cfg(not(feature = "tls"))]
mod absent;
#[cfg(feature = "tls")]
mod alert;
#[cfg(feature = "tls")]
mod config;
#[cfg(feature = "tls")]
mod error;
#[cfg(feature = "tls")]
mod machine;
#[cfg(all(test, any(feature = "aws-lc-rs", feature = "ring")))]
mod tests;

#[cfg(not(feature = "tls"))]
pub(crate) use absent::{TlsConfig, TlsMachine};
#[cfg(feature = "tls")]
pub use config::{TlsConfig, TlsConfigError};
#[cfg(feature = "tls")]
pub(crate) use machine::TlsMachine;

/// The rustls version that [`TlsConfig`] uses. Build your own configuration with it, so that the versions match.
#[cfg(feature = "tls")]
pub use rustls;
