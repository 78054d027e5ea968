//! TLS for wss: what a session trusts and offers, as a [rustls](https://docs.rs/rustls) configuration. Without the
//! feature `tls`, a wss url fails with code 1 and says so.
//!
//! rustls is the one part of a session that looks beyond its arguments. Its crypto provider draws keys, and it asks the
//! system for the day on which certificates must be valid. A configuration with a provider or a time source of its own
//! changes that (`ClientConfig::builder_with_details`).

// Everything that names rustls is in here, so that a new version of it changes one place. Without the feature the machine
// is a type that has no values: the session is written once, and a wss url fails because no machine can be made.
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

/// The rustls that [`TlsConfig`] is made from: build a configuration of your own with this one, and the
/// versions match.
#[cfg(feature = "tls")]
pub use rustls;
