//! TLS under wss. Everything that names rustls is in here, so that a new version of it changes one place.
//!
//! Without the feature `tls` the machine is a type that has no values: the session is written once, and a wss
//! url fails because no machine can be made.
//!
//! rustls is the one part under a session that looks beyond its arguments. Keys are drawn by the crypto
//! provider, and the time at which certificates must be valid is asked of the system, unless the
//! configuration brings a provider or a time source of its own (`ClientConfig::builder_with_details`).

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
